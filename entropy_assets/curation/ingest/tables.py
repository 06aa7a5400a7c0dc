"""Parquet files -> rows."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets.curation.ingest.cells import STOPS, row_values
from entropy_assets.curation.ingest.fitting import ALL_MARKS, fits_of
from entropy_assets.curation.ingest.footers import readable
from entropy_assets.curation.ingest.layouts import READ_KEYS, without_nan
from entropy_assets.curation.ingest.leftovers import without_nulls
from entropy_assets.curation.ingest.pages import Damaged, unpacked
from entropy_assets.curation.ingest.prompts import are_turns
from entropy_assets.curation.ingest.reasons import Fault, Reason, Refused
from entropy_assets.curation.ingest.rows import Row, Told, too_large
from entropy_assets.curation.ingest.streams import most_bytes, too_much
from entropy_assets.curation.ingest.trial import takes_too_much
from entropy_assets.settings import IngestSettings

GROUP_BYTES = 4 << 30
"""Bytes that one row group may unpack to: a reader makes room for it at once."""

ROW_BYTES = 64
"""Bytes that a row counts at least: a null takes nothing in the file, and a row of them does here."""

_SLICE_ROWS = 10_000
_SLICE_CELLS = 4_000_000


def parquet_rows(path: Path, settings: IngestSettings) -> Iterator[Row | Told]:
    """Yield the rows of a Parquet file; a null is an absent key, so that one table may mix layouts.

    What cannot be read becomes one row with its fault. A column that alone cannot be read is left out and
    told, unless records are made of it. Sizes are looked at before anything is unpacked, and, since a
    repeated value may stand once in the file and in memory, before values become Python's.
    """
    n_rows = 0
    try:
        with readable(path) as found:
            for row in _rows(found.path, found.left_out, settings):
                n_rows += isinstance(row, Row)
                yield row
    except Refused as refused:
        yield Row(n_rows + 1, None, b"", refused.fault)
    except (Damaged, *STOPS, OSError) as error:
        # The message of a panic names threads, and which column is met first is no constant either.
        detail = f"the Parquet file is damaged: {error if type(error) is Damaged else type(error).__name__}"
        yield Row(n_rows + 1, None, b"", Fault(Reason.unreadable_file, detail))


def _rows(path: Path, left_out: dict[str, str], settings: IngestSettings) -> Iterator[Row | Told]:
    n_packed = path.stat().st_size
    stated = unpacked(path)
    if fault := too_much(stated.n_bytes, n_packed, settings) or _too_large_group(stated.largest_group):
        raise Refused(*fault)
    frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
    types = {name: kind for name, kind in frame.collect_schema().items() if name not in left_out}
    depth = 1 + max(map(_depth_of, types.values()), default=0)
    if depth > settings.max_depth:
        detail = f"the columns are nested {depth} deep, allowed are {settings.max_depth}"
        raise Refused(Reason.nested_too_deep, detail)
    slice_rows = max(1, min(_SLICE_ROWS, _SLICE_CELLS // max(len(types), 1)))
    if not stated.is_certain:
        allowed = int(min(most_bytes(n_packed, settings), GROUP_BYTES))
        if takes_too_much(path, allowed, slice_rows):
            detail = f"it unpacks to more than {allowed} bytes; nothing of it is read"
            raise Refused(Reason.compression_bomb, detail)
    for why in sorted(set(left_out.values())):
        yield Told(f"{why}, and are left out")
    height = frame.select(pl.len()).collect().item()
    if height and not types:
        raise Refused(Reason.unreadable_file, "no column of the file can be read")
    names = list(types)
    unread: Counter[str] = Counter()
    n_rows = n_bytes = 0
    for start in range(0, height, slice_rows):
        slice_, names, lost = _slice(frame.slice(start, slice_rows), names)
        yield from (Told(f"column {name!r} cannot be read and is left out") for name in lost)
        for part in _parts(slice_, settings.max_row_bytes):
            n_bytes += max(int(part.estimated_size()), ROW_BYTES * part.height)
            if fault := too_much(n_bytes, n_packed, settings):
                raise Refused(*fault)
            yield from _part_rows(part, n_rows, settings.max_row_bytes, unread)
            n_rows += part.height
    for name, n_values in sorted(unread.items()):
        yield Told(f"values of column {name!r} cannot be told and are null", n_values)


def _slice(rows: pl.LazyFrame, names: list[str]) -> tuple[pl.DataFrame, list[str], list[str]]:
    """Return rows with the columns `names`, less those that alone cannot be read; which stay, which not.

    A column of which records are made is never left out: then the file is damaged.

    Raises
    ------
    Refused
        No column is left.
    """
    try:
        return rows.select(names).collect(), names, []
    except STOPS:
        lost = [name for name in names if name not in READ_KEYS and not _is_readable(rows, name)]
    left = [name for name in names if name not in lost]
    if not left:
        raise Refused(Reason.unreadable_file, "no column of the file can be read")
    return rows.select(left).collect(), left, lost


def _is_readable(rows: pl.LazyFrame, name: str) -> bool:
    try:
        rows.select(name).collect()
    except STOPS:
        return False
    return True


def _too_large_group(size: int) -> Fault | None:
    if size <= GROUP_BYTES:
        return None
    detail = f"a row group unpacks to {size} bytes, allowed are {GROUP_BYTES}; write smaller row groups"
    return Fault(Reason.compression_bomb, detail)


def _parts(frame: pl.DataFrame, limit: int) -> Iterator[pl.DataFrame]:
    """Yield the rows in parts of at most `limit` bytes, or of one row."""
    if frame.height <= 1 or frame.estimated_size() <= limit:
        yield frame
        return
    half = frame.height // 2
    yield from _parts(frame[:half], limit)
    yield from _parts(frame[half:], limit)


def _part_rows(part: pl.DataFrame, n_before: int, limit: int, unread: Counter[str]) -> Iterator[Row]:
    size = int(part.estimated_size())
    if size > limit:
        fault = too_large(size, limit)
        yield Row(n_before + 1, None, b"", fault._replace(detail=fault.detail.partition(";")[0]))
        return
    row_size = max(ROW_BYTES, size // max(part.height, 1))
    n_at_once = max(1, min(512, _SLICE_CELLS // max(part.width, 1) // 8))
    nulls = [name for name in part.columns if name in ALL_MARKS and part[name].null_count()]
    for number, value in enumerate(row_values(part, n_at_once, unread), n_before + 1):
        row = without_nulls(value)
        if nulls:
            row = _with_needed(row, [name for name in nulls if name not in row])
        yield Row(number, None, b"", None, without_nan(row), row_size)


def _with_needed(row: dict[str, Any], nulls: list[str]) -> dict[str, Any]:
    """Return a row with its nulls where they are all that its one layout lacks, so that they are named."""
    marks = ALL_MARKS.intersection(row)
    if not nulls or fits_of(marks) or are_turns(row.get("prompt")) or len(fits_of(marks.union(nulls))) != 1:
        return row
    return {**row, **dict.fromkeys(nulls)}


def _depth_of(dtype: pl.DataType) -> int:
    """Return the levels of lists and structs of a column's type."""
    if isinstance(dtype, pl.List | pl.Array):
        return 1 + _depth_of(dtype.inner)  # type: ignore[arg-type]
    if isinstance(dtype, pl.BaseExtension):
        return _depth_of(dtype.ext_storage())  # type: ignore[arg-type]
    if isinstance(dtype, pl.Struct):
        return 1 + max((_depth_of(field.dtype) for field in dtype.fields), default=0)  # type: ignore[arg-type]
    return 0
