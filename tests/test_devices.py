import pytest
import torch

from entropy_assets.devices import isolated_torch, torch_threads


def test_inside_there_is_one_thread_and_autograd_and_after_an_error_all_is_as_before():
    before = torch.get_num_threads()

    def fail_inside() -> None:
        with isolated_torch():
            assert torch.get_num_threads() == 1
            assert torch.is_grad_enabled()
            assert not torch.is_inference_mode_enabled()
            raise ZeroDivisionError

    try:
        torch.set_num_threads(2)
        with torch.inference_mode():
            with pytest.raises(ZeroDivisionError):
                fail_inside()
            assert torch.is_inference_mode_enabled()
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_each_of_several_threads_has_one_torch_thread_and_after_them_all_is_as_before():
    before = torch.get_num_threads()

    def count(_: int) -> int:
        with isolated_torch():
            inside = torch.get_num_threads()
        return max(inside, torch.get_num_threads())

    try:
        torch.set_num_threads(2)
        with torch_threads(3) as threads:
            assert set(threads.map(count, range(30))) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
