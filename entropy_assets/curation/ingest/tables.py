"""Parquet files -> rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.curation.ingest.rows import Row

_BATCH_ROWS = 10_000


def parquet_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a Parquet file; a null is an absent key, so that one table may mix layouts.

    What cannot be read becomes one row with its fault.
    """
    n_rows = 0
    try:
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        height = frame.select(pl.len()).collect().item()
        for start in range(0, height, _BATCH_ROWS):
            for value in frame.slice(start, _BATCH_ROWS).collect().iter_rows(named=True):
                n_rows += 1
                yield Row(n_rows, None, b"", None, _without_nulls(value))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        detail = f"the Parquet file is damaged: {str(error).splitlines()[0] if str(error) else error!r}"
        yield Row(n_rows + 1, None, b"", Fault(Reason.unreadable_file, detail))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
