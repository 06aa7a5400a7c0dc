"""One drop of files -> records and quarantine: nothing stops it, and no row is lost.

Every row is decoded, parsed and recognised on its own, so a bad one costs only itself. Rows are counted
where they are cut from the bytes, before anything is known of them, and
``rows_in == records.height + quarantined.height`` is checked for every batch.

Modules in the order data flows: `streams` (file -> bytes), `rows` and `tables` (-> rows with their
place), `objects` (-> JSON object), `layouts` with `turns` (-> content of a record), `reasons` (why not).
"""

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets import records
from entropy_assets.curation.ingest.layouts import to_content, to_json
from entropy_assets.curation.ingest.objects import parse_object
from entropy_assets.curation.ingest.reasons import INCOMPLETE, REASONS, Fault, Reason, Refused
from entropy_assets.curation.ingest.rows import Row, split_rows
from entropy_assets.curation.ingest.streams import COMPRESSIONS, Stream
from entropy_assets.curation.ingest.tables import parquet_rows
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter

__all__ = ["QUARANTINE_SCHEMA", "REASONS", "Ingested", "Reason", "iter_drop", "read_drop", "read_file"]

QUARANTINE_SCHEMA = pl.Schema(
    {
        "drop": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "byte_offset": pl.Int64,
        "reason": pl.String,
        "detail": pl.String,
        "raw": pl.Binary,
    }
)
"""Columns of the quarantine. `line` counts rows from 1; `byte_offset` is the place of the row's first
byte in the decompressed stream, null for Parquet; `raw` is the row's bytes, at most `MAX_RAW_BYTES`."""

MAX_RAW_BYTES = 64 * 1024
_MAX_DETAIL_CHARS = 500
_LFS_POINTER = b"version https://git-lfs.github.com/spec"
_FORMAT = re.compile(r"(.+?)(\.jsonl|\.ndjson|\.json|\.parquet)?(\.gz|\.zst)?", re.IGNORECASE)


@dataclass(frozen=True)
class Ingested:
    """Records and quarantine of a file, a drop, or a part of one.

    Attributes
    ----------
    records
        Rows that became records, in file order; schema `records.SCHEMA`.
    quarantined
        Rows that did not, in file order; schema `QUARANTINE_SCHEMA`.
    rows_in
        Rows that were found: lines that are not blank, array elements, Parquet rows, and one for each
        whole-file problem.
    blank_lines
        Lines with nothing but white space; they are no rows.
    complete
        False when a stream was cut, a file could not be read, or is a pointer to data left elsewhere.
    """

    records: pl.DataFrame
    quarantined: pl.DataFrame
    rows_in: int
    blank_lines: int
    complete: bool

    def __post_init__(self) -> None:
        if self.rows_in != self.records.height + self.quarantined.height:
            raise CurationError(
                f"rows were lost: {self.rows_in} came in, {self.records.height} became records and "
                f"{self.quarantined.height} are in quarantine; please report this as a bug"
            )


def read_file(path: Path, *, drop: str, file: str | None = None) -> Ingested:
    """Read one file into records and quarantine.

    Parameters
    ----------
    path
        JSONL, a JSON array or object, or Parquet; all but Parquet also as ``.gz`` or ``.zst``.
    drop
        Name of the drop, written beside each row.
    file
        Name of the file, written beside each row; its own name if None.

    Returns
    -------
    Ingested
        Whatever the file holds: damage and unknown kinds are quarantine entries, never exceptions.
    """
    batch = _Batch(drop)
    for row in _file_rows(path):
        batch.add(row, path.name if file is None else file)
    return batch.close()


def iter_drop(folder: Path, drop: str, batch_rows: int = 50_000) -> Iterator[Ingested]:
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

    Yields
    ------
    Ingested
        One batch; at least one, also where there is nothing to read.

    Raises
    ------
    InvalidInput
        `folder` is not a folder.
    InvalidParameter
        `batch_rows` is below 1.
    """
    if batch_rows < 1:
        raise InvalidParameter(f"batch_rows must be 1 or more, got {batch_rows}")
    if not folder.is_dir():
        raise InvalidInput(f"drop {drop!r} has no folder {folder}: deliver it there and try again")
    batch = _Batch(drop)
    n_batches = 0
    for relative, path in sorted(_walk(folder, "")):
        for row in _file_rows(path):
            batch.add(row, relative)
            if batch.rows_in == batch_rows:
                yield batch.close()
                n_batches += 1
                batch = _Batch(drop)
    if not n_batches or not batch.is_empty:
        yield batch.close()


def read_drop(folder: Path, drop: str) -> Ingested:
    """Read a whole drop into memory; see `iter_drop`, which this puts together.

    Parameters
    ----------
    folder
        Folder of the drop.
    drop
        Name of the drop.

    Returns
    -------
    Ingested
        All rows in file order.

    Raises
    ------
    InvalidInput
        `folder` is not a folder.
    """
    batches = list(iter_drop(folder, drop))
    return Ingested(
        records=pl.concat([batch.records for batch in batches]),
        quarantined=pl.concat([batch.quarantined for batch in batches]),
        rows_in=sum(batch.rows_in for batch in batches),
        blank_lines=sum(batch.blank_lines for batch in batches),
        complete=all(batch.complete for batch in batches),
    )


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Yield relative path and path of everything in a folder that is no folder, or cannot be opened."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        yield prefix.rstrip("/"), folder
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "_SUCCESS":
            continue
        # A name need not be UTF-8, a column of strings must.
        name = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{name}/")
        else:
            yield name, folder / entry.name


def _file_rows(path: Path) -> Iterator[Row | None]:
    """Yield the rows of one file, and None for each blank line; a whole-file problem is one row."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            kind = (
                "a symbolic link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "special"
            )
            reason = Reason.unreadable_file if stat.S_ISDIR(mode) else Reason.unsupported_file
            yield Row(1, 0, b"", Fault(reason, f"it is {kind}; only regular files are read"))
            return
        with path.open("rb") as file:
            head = file.read(MAX_RAW_BYTES)
    except OSError as error:
        detail = f"the file cannot be read: {error.strerror or error}"
        yield Row(1, 0, b"", Fault(Reason.unreadable_file, detail))
        return
    _, layout, packing = _name_parts(path.name)
    if head.startswith(_LFS_POINTER):
        yield Row(1, 0, head, Fault(Reason.git_lfs_pointer, "fetch the data that this pointer stands for"))
    elif layout == ".parquet" and not packing:
        yield from parquet_rows(path)
    elif layout in (".jsonl", ".ndjson", ".json"):
        yield from split_rows(Stream(path, COMPRESSIONS.get(packing)), is_json=layout == ".json")
    else:
        detail = "read are .jsonl, .ndjson and .json, plain, .gz or .zst, and plain .parquet"
        yield Row(1, 0, b"", Fault(Reason.unsupported_file, detail))


def _name_parts(name: str) -> tuple[str, str, str]:
    """Return stem, format and compression of a file name, the suffixes in lower case or empty."""
    found = _FORMAT.fullmatch(name)
    stem, layout, packing = found.groups("") if found else (name, "", "")
    return stem, layout.lower(), packing.lower()


@dataclass
class _Batch:
    """Columns being filled; frames are made once, when the batch is closed."""

    drop: str
    rows_in: int = 0
    blank_lines: int = 0
    complete: bool = True
    records: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in records.SCHEMA})
    quarantined: list[tuple[Any, ...]] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.rows_in and not self.blank_lines

    def add(self, row: Row | None, file: str) -> None:
        """Count a row, then put it where it belongs; None is a blank line."""
        if row is None:
            self.blank_lines += 1
            return
        self.rows_in += 1
        if row.fault:
            self._quarantine(row, file, row.fault)
            return
        try:
            content = to_content(
                parse_object(row.raw) if row.value is None else row.value, self._default_source(file)
            )
        except Refused as refused:
            self._quarantine(row, file, refused.fault)
            return
        content["id"] = records.content_id(content)
        content["drop"] = self.drop
        content["file"] = file
        content["line"] = row.line
        for name, column in self.records.items():
            column.append(content.get(name))

    def _default_source(self, file: str) -> str:
        if file not in self.sources:
            self.sources[file] = _name_parts(file.rpartition("/")[2])[0]
        return self.sources[file]

    def _quarantine(self, row: Row, file: str, fault: Fault) -> None:
        raw = row.raw if row.value is None else to_json(row.value).encode()
        detail = fault.detail.encode("utf-8", "backslashreplace").decode()
        if len(detail) > _MAX_DETAIL_CHARS:
            detail = f"{detail[:_MAX_DETAIL_CHARS]}..."
        if len(raw) > MAX_RAW_BYTES:
            detail += f" (raw holds the first {MAX_RAW_BYTES} of {len(raw)} bytes)"
        self.complete = self.complete and fault.reason not in INCOMPLETE
        place = (self.drop, file, row.line, row.offset)
        self.quarantined.append((*place, str(fault.reason), detail, raw[:MAX_RAW_BYTES]))

    def close(self) -> Ingested:
        """Return what was added so far."""
        return Ingested(
            records=pl.DataFrame(self.records, schema=records.SCHEMA),
            quarantined=pl.DataFrame(self.quarantined, schema=QUARANTINE_SCHEMA, orient="row"),
            rows_in=self.rows_in,
            blank_lines=self.blank_lines,
            complete=self.complete,
        )
