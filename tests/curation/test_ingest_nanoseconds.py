"""Dates, times and spans of Parquet that Python cannot hold exactly are text to the nanosecond."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_file

ONE: Any = pl.Int64


def kept(folder: Path, values: list[Any], dtype: Any) -> list[Any]:
    path = folder / "a.parquet"
    table = pl.DataFrame(
        {"text": ["a", "b", "c"][: len(values)], "v": pl.Series(values, dtype=ONE).cast(dtype)}
    )
    table.write_parquet(path)
    found = read_file(path, drop="d")
    return [json.loads(said)["v"] for said in found.records["metadata"]]


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (pl.Duration("ns"), ["0:00:00.000000005", "0:00:00.000001", "1:00:00.000000001"]),
        (pl.Time, ["00:00:00.000000005", "00:00:00.000001", "01:00:00.000000001"]),
        (
            pl.Datetime("ns"),
            ["1970-01-01 00:00:00.000000005", "1970-01-01T00:00:00.000001", "1970-01-01 01:00:00.000000001"],
        ),
    ],
)
def test_nanoseconds_are_not_lost(tmp_path: Path, dtype: Any, expected: list[str]) -> None:
    assert kept(tmp_path, [5, 1000, 3_600_000_000_001], dtype) == expected


def test_nanoseconds_within_lists_and_structs(tmp_path: Path) -> None:
    spans = pl.Series([[5, None], [1000]], dtype=pl.List(pl.Int64)).cast(pl.List(pl.Duration("ns")))
    times = pl.DataFrame({"t": pl.Series([5, 7000], dtype=ONE).cast(pl.Time)}).to_struct("times")
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": ["a", "b"], "spans": spans, "times": times}).write_parquet(path)
    first, second = (json.loads(said) for said in read_file(path, drop="d").records["metadata"])
    assert first == {"spans": ["0:00:00.000000005", None], "times": {"t": "00:00:00.000000005"}}
    assert second == {"spans": ["0:00:00.000001"], "times": {"t": "00:00:00.000007"}}
