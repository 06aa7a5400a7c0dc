"""One drop of files -> records and quarantine: nothing stops it, and no row is lost.

Every row is decoded, parsed and recognised on its own, so a bad one costs only itself. Rows are counted
where they are cut from the bytes, before anything is known of them, and
``rows_in == records.height + quarantined.height`` is checked for every batch.

Modules in the order data flows: `streams` (file -> bytes), `rows` and `tables` (-> rows with their
place), `pieces` (-> runs of rows, read on several processes), `objects` (-> JSON object), `layouts` with
`turns` (-> content of a record), `batches` (-> frames), `reasons` (why not).
"""

import itertools
import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path

from entropy_assets.curation.ingest.batches import MAX_RAW_BYTES, QUARANTINE_SCHEMA, Ingested, joined
from entropy_assets.curation.ingest.pieces import read_rows
from entropy_assets.curation.ingest.reasons import REASONS, Fault, Reason
from entropy_assets.curation.ingest.rows import BOM, Row, split_rows
from entropy_assets.curation.ingest.streams import COMPRESSIONS, Stream, name_parts
from entropy_assets.curation.ingest.tables import parquet_rows
from entropy_assets.errors import InvalidInput, InvalidParameter

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

_LFS_POINTER = b"version https://git-lfs.github.com/spec"


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
    name = path.name if file is None else file
    (found,) = read_rows(((name, row) for row in _file_rows(path)), drop)
    return found


def iter_file(path: Path, drop: str, batch_rows: int = 50_000, workers: int = 1) -> Iterator[Ingested]:
    """Yield one file in batches of `batch_rows` rows, read by `workers` processes; see `iter_drop`."""
    _check(batch_rows, workers)
    yield from read_rows(((path.name, row) for row in _file_rows(path)), drop, batch_rows, workers)


def iter_drop(folder: Path, drop: str, batch_rows: int = 50_000, workers: int = 1) -> Iterator[Ingested]:
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
    workers
        Processes that parse rows, 1 or more; batches do not depend on it. With one, and for a small
        drop, rows are parsed in this process.

    Yields
    ------
    Ingested
        One batch; at least one, also where there is nothing to read.

    Raises
    ------
    InvalidInput
        `folder` is not a folder.
    InvalidParameter
        `batch_rows` or `workers` is below 1.
    """
    _check(batch_rows, workers)
    if not folder.is_dir():
        raise InvalidInput(f"drop {drop!r} has no folder {folder}: deliver it there and try again")
    rows = ((relative, row) for relative, path in sorted(_walk(folder, "")) for row in _file_rows(path))
    yield from read_rows(rows, drop, batch_rows, workers)


def _check(batch_rows: int, workers: int) -> None:
    if batch_rows < 1:
        raise InvalidParameter(f"batch_rows must be 1 or more, got {batch_rows}")
    if workers < 1:
        raise InvalidParameter(f"workers must be 1 or more processes, got {workers}")


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
    return joined(list(iter_drop(folder, drop)))


def raw_rows(path: Path, lines: Container[int] | None = None) -> tuple[str, dict[int, bytes]]:
    """Return the form of a JSON file and the bytes of its rows, for writing rows back as they came.

    Parameters
    ----------
    path
        JSONL or a JSON array, plain, ``.gz`` or ``.zst``.
    lines
        The rows that are wanted, numbered as `line` of a record is; all if None.

    Returns
    -------
    tuple[str, dict[int, bytes]]
        ``"array"`` or ``"lines"``, and row number -> bytes.
    """
    _, layout, packing = name_parts(path.name)
    stream = Stream(path, COMPRESSIONS.get(packing))
    rows = {
        row.line: row.raw
        for row in split_rows(stream, is_json=layout == ".json")
        if row is not None and (lines is None or row.line in lines)
    }
    head = b"".join(itertools.islice(Stream(path, COMPRESSIONS.get(packing)), 1))
    is_array = head.removeprefix(BOM).lstrip()[:1] == b"["
    return "array" if is_array else "lines", rows


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
    _, layout, packing = name_parts(path.name)
    if head.startswith(_LFS_POINTER):
        yield Row(1, 0, head, Fault(Reason.git_lfs_pointer, "fetch the data that this pointer stands for"))
    elif layout == ".parquet" and not packing:
        yield from parquet_rows(path)
    elif layout in (".jsonl", ".ndjson", ".json"):
        yield from split_rows(Stream(path, COMPRESSIONS.get(packing)), is_json=layout == ".json")
    else:
        detail = "read are .jsonl, .ndjson and .json, plain, .gz or .zst, and plain .parquet"
        yield Row(1, 0, b"", Fault(Reason.unsupported_file, detail))
