"""One drop of files -> records and quarantine: nothing stops it, and no row is lost.

Every row is decoded, parsed and recognised on its own, so a bad one costs only itself. Rows are counted
where they are cut from the bytes, before anything is known of them, and
``rows_in == records.height + quarantined.height`` is checked for every batch.

Modules in the order data flows: `files` (folder -> files, file -> its reader), `streams` (-> bytes),
`rows` with `arrays` and `structure`, `delimited`, `plain` and `tables` (-> rows with their place),
`objects` (-> JSON object), `layouts` with `turns` (-> content of a record), `batches` (-> frames),
`reasons` (why not).
"""

from collections.abc import Container, Iterator
from pathlib import Path

import polars as pl

from entropy_assets.curation.ingest.batches import QUARANTINE_SCHEMA, Batch, Ingested
from entropy_assets.curation.ingest.files import csv_header, drop_files, file_form, file_rows
from entropy_assets.curation.ingest.reasons import REASONS, Reason
from entropy_assets.curation.ingest.rows import Row
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import IngestSettings

__all__ = [
    "QUARANTINE_SCHEMA",
    "REASONS",
    "Ingested",
    "Reason",
    "iter_drop",
    "iter_file",
    "raw_rows",
    "read_drop",
    "read_file",
]

DEFAULTS = IngestSettings()


def read_file(
    path: Path, *, drop: str, file: str | None = None, settings: IngestSettings = DEFAULTS
) -> Ingested:
    """Read one file into records and quarantine.

    Parameters
    ----------
    path
        JSONL, a JSON array or object, CSV, plain text, or Parquet; all but Parquet also as ``.gz`` or
        ``.zst``.
    drop
        Name of the drop, written beside each row.
    file
        Name of the file, written beside each row; its own name if None.
    settings
        Limits, and what is one record of a text.

    Returns
    -------
    Ingested
        Whatever the file holds: damage and unknown kinds are quarantine entries, never exceptions.
    """
    batch = Batch(drop, settings.max_depth)
    for row in file_rows(path, settings):
        batch.add(row, path.name if file is None else file)
    return batch.close()


def iter_file(
    path: Path, drop: str, batch_rows: int = 50_000, settings: IngestSettings = DEFAULTS
) -> Iterator[Ingested]:
    """Yield one file in batches of `batch_rows` rows; see `read_file`, which reads it at once."""
    rows = ((path.name, row) for row in file_rows(path, settings))
    yield from _batches(rows, Batch(drop, settings.max_depth), batch_rows)


def iter_drop(
    folder: Path, drop: str, batch_rows: int = 50_000, settings: IngestSettings = DEFAULTS
) -> Iterator[Ingested]:
    """Yield a drop in batches of `batch_rows` rows, cut in file order, without holding it as a whole.

    Parameters
    ----------
    folder
        Folder of the drop. Files are read in the order of their relative paths; `_SUCCESS` and names
        that begin with a dot are passed over, links are never followed.
    drop
        Name of the drop.
    batch_rows
        Rows of each batch but the last, 1 or more.
    settings
        Limits, and what is one record of a text.

    Yields
    ------
    Ingested
        One batch; at least one, also where there is nothing to read.

    Raises
    ------
    InvalidInput
        `folder` is not a folder, or has more files than `settings` allow.
    InvalidParameter
        `batch_rows` is below 1.
    """
    if batch_rows < 1:
        raise InvalidParameter(f"batch_rows must be 1 or more, got {batch_rows}")
    if not folder.is_dir():
        raise InvalidInput(f"drop {drop!r} has no folder {folder}: deliver it there and try again")
    files = drop_files(folder, drop, settings.max_files)
    rows = ((relative, row) for relative, path in files for row in file_rows(path, settings))
    yield from _batches(rows, Batch(drop, settings.max_depth), batch_rows)


def _batches(rows: Iterator[tuple[str, Row | None]], empty: Batch, batch_rows: int) -> Iterator[Ingested]:
    batch = empty
    n_batches = 0
    for file, row in rows:
        batch.add(row, file)
        if batch.rows_in == batch_rows:
            yield batch.close()
            n_batches += 1
            batch = Batch(empty.drop, empty.max_depth)
    if not n_batches or not batch.is_empty:
        yield batch.close()


def read_drop(folder: Path, drop: str, settings: IngestSettings = DEFAULTS) -> Ingested:
    """Read a whole drop into memory; see `iter_drop`, which this puts together.

    Parameters
    ----------
    folder
        Folder of the drop.
    drop
        Name of the drop.
    settings
        Limits, and what is one record of a text.

    Returns
    -------
    Ingested
        All rows in file order.

    Raises
    ------
    InvalidInput
        `folder` is not a folder, or has more files than `settings` allow.
    """
    batches = list(iter_drop(folder, drop, settings=settings))
    return Ingested(
        records=pl.concat([batch.records for batch in batches]),
        quarantined=pl.concat([batch.quarantined for batch in batches]),
        rows_in=sum(batch.rows_in for batch in batches),
        blank_lines=sum(batch.blank_lines for batch in batches),
        complete=all(batch.complete for batch in batches),
    )


def raw_rows(path: Path, lines: Container[int] | None = None) -> tuple[str, dict[int, bytes]]:
    """Return the form of a file and the bytes of its rows, for writing rows back as they came.

    Parameters
    ----------
    path
        JSONL, a JSON array, CSV or plain text, plain, ``.gz`` or ``.zst``.
    lines
        The rows that are wanted, numbered as `line` of a record is; all if None.

    Returns
    -------
    tuple[str, dict[int, bytes]]
        ``"array"``, ``"lines"``, ``"csv"`` or ``"text"``, and row number -> bytes; 0 is the header of CSV.
    """
    form = file_form(path, DEFAULTS)
    rows = {0: csv_header(path, DEFAULTS)} if form == "csv" else {}
    for row in file_rows(path, DEFAULTS):
        if row is not None and (lines is None or row.line in lines):
            rows[row.line] = row.raw
    return form, rows
