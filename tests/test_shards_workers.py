"""`map_shards` and `iter_mapped` give the same, in order, for any number of processes."""

import itertools
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.errors import InvalidParameter
from entropy_assets.shards import iter_mapped, map_shards, parquet_bytes


def digest_and_process(frame: pl.DataFrame) -> tuple[bytes, int]:
    return parquet_bytes(frame.sort("line", descending=True)), os.getpid()


def refuse_the_third(number: int) -> int:
    if number == 3:
        raise InvalidParameter("the third")
    return number


def test_any_number_of_workers_gives_the_same_in_order() -> None:
    pieces = [pl.DataFrame({"line": range(n, 3 * n)}) for n in range(1, 8)]
    results = {workers: map_shards(digest_and_process, pieces, workers) for workers in (1, 2, 4)}
    expected = [digest_and_process(piece)[0] for piece in pieces]
    assert len(set(expected)) == 7
    for workers, result in results.items():
        assert [data for data, _ in result] == expected, f"{workers} workers"
        processes = {process for _, process in result}
        assert len(processes) <= workers
        assert (os.getpid() in processes) == (workers == 1)


@pytest.mark.parametrize("workers", [-1, 0, 1, 2])
def test_few_items_need_no_process(workers: int) -> None:
    """A lambda cannot be sent to a process, so this fails where one is started."""
    assert map_shards(lambda item: item + 1, [], workers) == []
    assert map_shards(lambda item: item + 1, [1], workers) == [2]
    if workers < 2:
        assert map_shards(lambda item: item + 1, [1, 2], workers) == [2, 3]


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_in_a_piece_reaches_the_caller(workers: int) -> None:
    with pytest.raises(InvalidParameter, match="the third"):
        map_shards(refuse_the_third, [1, 2, 3, 4], workers)


def number_and_process(number: int) -> tuple[int, int, int]:
    time.sleep(0.02 * (number % 3))  # later items are done before earlier ones
    return number * number, os.getpid(), pl.thread_pool_size()


def test_a_stream_comes_in_order_from_processes_of_one_thread() -> None:
    found = {n: list(iter_mapped(number_and_process, iter(range(20)), n)) for n in (1, 2, 4)}
    for workers, results in found.items():
        assert [square for square, _, _ in results] == [n * n for n in range(20)]
        processes = {process for _, process, _ in results}
        assert len(processes) <= workers
        assert (os.getpid() in processes) == (workers == 1)
        assert workers == 1 or {threads for _, _, threads in results} == {1}


@pytest.mark.parametrize(("n_items", "n_small"), [(0, 0), (0, 1), (1, 1), (5, 5)])
def test_a_small_stream_needs_no_process(n_items: int, n_small: int) -> None:
    """A lambda cannot be sent to a process."""
    found = iter_mapped(lambda item: item + 1, iter(range(n_items)), 2, n_small=n_small)
    assert list(found) == list(range(1, n_items + 1))


def test_few_items_of_a_stream_are_in_memory() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    results = iter_mapped(number_and_process, items(), 2, n_small=2)
    for n_used in range(30):
        next(results)
        assert len(taken) - n_used <= 2 * 2 + 2
    results.close()  # ends the workers, though the stream has no end


def test_an_error_in_a_stream_reaches_the_caller() -> None:
    results = iter_mapped(refuse_the_third, iter([1, 2, 3, 4, 5, 6]), 2)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(InvalidParameter, match="the third"):
        next(results)


def tell_and_wait(number: int) -> None:
    print(os.getpid(), flush=True)
    time.sleep(600)


STREAM = (
    "import itertools; from entropy_assets.shards import iter_mapped;"
    "from tests.test_shards_workers import number_and_process as fn;"
    "results = iter_mapped(fn, itertools.count(), 2);"
    "print(*{next(results)[1] for _ in range(20)}, flush=True);"
    "import time; time.sleep(600)"
)
BUSY = (
    "from entropy_assets.shards import map_shards; from tests.test_shards_workers import tell_and_wait as fn;"
    "map_shards(fn, [1, 2], 2)"
)


@pytest.mark.parametrize("code", [STREAM, BUSY], ids=["waiting", "busy"])
def test_workers_end_with_their_parent(code: str) -> None:
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=root, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
    assert workers
    for _ in range(3000):
        if not any(is_running(worker) for worker in workers):
            return
        time.sleep(0.01)
    pytest.fail(f"of the workers {workers} one is still there")


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
