"""Folders -> files -> rows: which entries of a drop are read, and by which reader.

What belongs here: what a file is, by its kind, name and first bytes. What does not: what is in its rows.
"""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from entropy_assets.curation.ingest.arrays import split_rows
from entropy_assets.curation.ingest.declaration import DECLARATION, refuse_misnamed
from entropy_assets.curation.ingest.delimited import csv_rows, read_header
from entropy_assets.curation.ingest.kinds import PARQUET, foreign, packing_of, unknown
from entropy_assets.curation.ingest.plain import text_rows
from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.curation.ingest.rows import BOM, MAX_RAW_BYTES, Lines, Row, Told
from entropy_assets.curation.ingest.streams import LOOK_BYTES, Stream, name_parts, open_file
from entropy_assets.curation.ingest.tables import parquet_rows
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import IngestSettings
from entropy_assets.storage import SUCCESS_MARKER

_LFS_POINTER = b"version https://git-lfs.github.com/spec"


def drop_files(folder: Path, drop: str, max_files: int) -> list[tuple[str, Path]]:
    """Return relative path and path of every file of a drop, sorted by relative path.

    Names that begin with a dot, the marker and the declaration are passed over. What is no folder, or cannot
    be opened, counts as a file; a link is one and is never followed.

    Raises
    ------
    InvalidInput
        There are more than `max_files` files and folders, or a declaration would not be read.
    """
    found: list[tuple[str, Path]] = []
    folders = [("", folder)]
    n_seen = 0
    while folders:
        prefix, place = folders.pop()
        try:
            entries = os.scandir(place)
        except OSError:
            found.append((prefix.rstrip("/"), place))
            continue
        with entries:
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                if entry.name.startswith(".") or (entry.name == SUCCESS_MARKER and not is_folder):
                    continue
                refuse_misnamed(entry.name, prefix, drop)
                if not prefix and entry.name == DECLARATION:
                    continue
                n_seen += 1
                if n_seen > max_files:
                    raise InvalidInput(
                        f"drop {drop!r} has more than {max_files} files and folders: deliver fewer and "
                        "larger files, or raise ingest.max_files"
                    )
                # A name need not be UTF-8, a column of strings must.
                name = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
                if is_folder:
                    folders.append((f"{name}/", place / entry.name))
                else:
                    found.append((name, place / entry.name))
    return sorted(found)


def file_rows(path: Path, settings: IngestSettings) -> Iterator[Row | None]:
    """Yield the rows of one file, and None for each blank line; a whole-file problem is one row."""
    for part in file_parts(path, settings):
        if isinstance(part, Lines):
            yield from part.rows()
        elif not isinstance(part, Told):
            yield part


def told_parts(path: Path, settings: IngestSettings) -> Iterator[Row | Lines | Told | None]:
    """Yield what `file_parts` yields; of a file in which no row was found, that is told."""
    parts = file_parts(path, settings)
    for part in parts:
        yield part
        if isinstance(part, Row) or (isinstance(part, Lines) and part.n_blank() < len(part.raws)):
            yield from parts
            return
    yield Told("no row is in it")


def file_parts(path: Path, settings: IngestSettings) -> Iterator[Row | Lines | Told | None]:
    """Yield what `file_rows` yields, with lines in runs where they stand in the file so, and what is told."""
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            yield Row(1, 0, b"", _no_file(mode))
            return
        with open_file(path) as file:
            head = file.read(LOOK_BYTES)
    except OSError as error:
        detail = f"the file cannot be read: {error.strerror or error}"
        yield Row(1, 0, b"", Fault(Reason.unreadable_file, detail))
        return
    if head.startswith(_LFS_POINTER):
        pointer = Fault(Reason.git_lfs_pointer, "fetch the data that this pointer stands for")
        yield Row(1, 0, head[:MAX_RAW_BYTES], pointer)
        return
    layout = _layout(path, head)
    if layout == ".parquet":
        yield from parquet_rows(path, settings)
        return
    stream = Stream(path, settings)
    begin = stream.peek()[:LOOK_BYTES]
    fault = foreign(begin, layout) if layout else unknown(begin, path.name)
    if fault:
        yield Row(1, 0, head[:MAX_RAW_BYTES] if layout else b"", fault)
    elif layout == ".csv":
        yield from csv_rows(stream, settings)
    elif layout == ".txt":
        yield from text_rows(stream, settings)
    else:
        yield from split_rows(stream, is_json=layout == ".json", limit=settings.max_row_bytes)


def _layout(path: Path, head: bytes) -> str:
    """Return the suffix of the layout that a file has, by its name and first bytes; empty if none is read.

    A file of Parquet is one under any name that says data; one that is named so and begins as JSON is JSON.
    """
    _, layout, packing = name_parts(path.name)
    if layout and head.startswith(PARQUET):
        return ".parquet"
    if layout != ".parquet":
        return layout
    is_packed = bool(packing_of(head, None, layout))
    if is_packed or head.removeprefix(BOM).lstrip()[:1] in (b"{", b"["):
        return ".jsonl"
    return "" if packing else ".parquet"


def file_form(path: Path, settings: IngestSettings) -> str:
    """Return what a file holds: `parquet`, `csv`, `text`, `array` or `lines` (of JSON)."""
    with open_file(path) as file:
        layout = _layout(path, file.read(LOOK_BYTES))
    if layout in (".csv", ".txt", ".parquet"):
        return {".csv": "csv", ".txt": "text", ".parquet": "parquet"}[layout]
    head = Stream(path, settings).peek()
    return "array" if head.removeprefix(BOM).lstrip()[:1] == b"[" else "lines"


def csv_header(path: Path, settings: IngestSettings) -> bytes:
    """Return the bytes of a CSV file's first row."""
    return read_header(Stream(path, settings), settings.max_row_bytes)


def _no_file(mode: int) -> Fault:
    """Return the fault of an entry that is no regular file."""
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
    }
    kind = kinds.get(stat.S_IFMT(mode), "a device")
    if stat.S_ISLNK(mode):
        todo = "copy what the links of a folder, as of a hub's cache, point to: cp -rL FOLDER COPY"
        return Fault(Reason.unsupported_file, f"it is a symbolic link; only regular files are read; {todo}")
    reason = Reason.unreadable_file if stat.S_ISDIR(mode) else Reason.unsupported_file
    return Fault(reason, f"it is {kind}; only regular files are read")
