"""Where a model runs, and the one condition for repeatable bits on a CPU: one thread.

A sum that several threads share is rounded according to how many there are. With one thread the same
input gives the same bits on any number of cores, and parallelism lies across runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from entropy_assets.errors import InvalidParameter
from entropy_assets.execution import Threads

if TYPE_CHECKING:
    import torch


@contextmanager
def isolated_torch() -> Iterator[None]:
    """Run the body with one torch thread and with autograd as it is by default; restore both after.

    The number of threads is global to the process: what is to run in several Python threads at once
    runs in those of `torch_threads`.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def torch_threads(n_threads: int) -> Iterator[Threads]:
    """Yield threads that may use torch at once, each with one torch thread: see `isolated_torch`.

    Parameters
    ----------
    n_threads
        How many, at least 1.
    """
    with isolated_torch(), Threads(n_threads, start=_one_torch_thread) as threads:
        yield threads


def _one_torch_thread() -> None:
    import torch

    torch.set_num_threads(1)


def pick_device(name: str) -> torch.device:
    """Return the torch device that a name stands for.

    Parameters
    ----------
    name
        One of `DEVICES`.

    Returns
    -------
    torch.device
        For ``"auto"`` CUDA where there is some, else the CPU.

    Raises
    ------
    InvalidParameter
        CUDA is asked for and there is none.
    """
    import torch

    has_cuda = torch.cuda.is_available()
    if name == "cuda" and not has_cuda:
        raise InvalidParameter("device 'cuda' was asked for and this machine has none: use 'auto' or 'cpu'")
    return torch.device("cuda" if has_cuda and name != "cpu" else "cpu")
