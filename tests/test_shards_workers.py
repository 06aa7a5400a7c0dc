"""`map_shards` gives the same, in order, for any number of processes."""

import os

import polars as pl
import pytest

from entropy_assets.errors import InvalidParameter
from entropy_assets.shards import map_shards, parquet_bytes


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
