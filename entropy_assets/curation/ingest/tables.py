"""Parquet files -> rows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.curation.ingest.rows import Row, too_large
from entropy_assets.curation.ingest.streams import too_much
from entropy_assets.settings import IngestSettings

_BATCH_ROWS = 10_000


def parquet_rows(path: Path, settings: IngestSettings) -> Iterator[Row]:
    """Yield the rows of a Parquet file; a null is an absent key, so that one table may mix layouts.

    What cannot be read becomes one row with its fault. A repeated value may stand once in the file and
    in memory, so sizes are looked at before values become Python's.
    """
    n_rows = n_bytes = 0
    try:
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        depth = 1 + max(map(_depth_of, frame.collect_schema().dtypes()), default=0)
        if depth > settings.max_depth:
            detail = f"the columns are nested {depth} deep, allowed are {settings.max_depth}"
            yield Row(1, None, b"", Fault(Reason.nested_too_deep, detail))
            return
        height = frame.select(pl.len()).collect().item()
        n_packed = path.stat().st_size
        for start in range(0, height, _BATCH_ROWS):
            for part in _parts(frame.slice(start, _BATCH_ROWS).collect(), settings.max_row_bytes):
                n_bytes += int(part.estimated_size())
                if fault := too_much(n_bytes, n_packed, settings):
                    yield Row(n_rows + 1, None, b"", fault)
                    return
                for row in _part_rows(part, n_rows, settings.max_row_bytes):
                    n_rows += 1
                    yield row
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        # The message of a panic names threads, and which column is met first is no constant either.
        detail = f"the Parquet file is damaged: {type(error).__name__}"
        yield Row(n_rows + 1, None, b"", Fault(Reason.unreadable_file, detail))


def _parts(frame: pl.DataFrame, limit: int) -> Iterator[pl.DataFrame]:
    """Yield the rows in parts of at most `limit` bytes, or of one row."""
    if frame.height <= 1 or frame.estimated_size() <= limit:
        yield frame
        return
    half = frame.height // 2
    yield from _parts(frame[:half], limit)
    yield from _parts(frame[half:], limit)


def _part_rows(part: pl.DataFrame, n_before: int, limit: int) -> Iterator[Row]:
    size = int(part.estimated_size())
    if size > limit:
        fault = too_large(size, limit)
        yield Row(n_before + 1, None, b"", fault._replace(detail=fault.detail.partition(";")[0]))
        return
    for number, value in enumerate(part.iter_rows(named=True), n_before + 1):
        yield Row(number, None, b"", None, _without_nulls(value))


def _depth_of(dtype: pl.DataType) -> int:
    """Return the levels of lists and structs of a column's type."""
    if isinstance(dtype, pl.List | pl.Array):
        return 1 + _depth_of(dtype.inner)  # type: ignore[arg-type]
    if isinstance(dtype, pl.Struct):
        return 1 + max((_depth_of(field.dtype) for field in dtype.fields), default=0)  # type: ignore[arg-type]
    return 0


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
