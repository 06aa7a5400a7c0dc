"""One drop of files -> records and quarantine: nothing stops it, and no row is lost.

Every row is decoded, parsed and recognised on its own, so a bad one costs only itself. Rows are counted
where they are cut from the bytes, before anything is known of them, and
``rows_in == records.height + quarantined.height`` is checked for every batch.

Modules in the order data flows: `declaration` (what `drop.toml` says), `origins` with `split_names`
(what a path says), `choosing` (which files hold data), `files` (folder -> files, file -> its reader),
`kinds` (first bytes ->
what a file is), `streams` (-> bytes), `rows` with `arrays` and `structure`, `delimited`, `plain`, `tables`
with `pages`, `footers`, `trial` and `cells` (-> rows with their place), `pieces` (-> runs of rows, read on
several processes), `objects` (-> JSON object), `layouts` with `fitting`, `forms`, `pairs`, `templates`,
`turns`, `carried`, `roles`, `parts`, `thoughts`, `context`, `written`, `naming`, `referring`, `media`,
`harmless`, `values`, `missing`, `unsaid`, `unread`, `weights`, `labels`, `hints`, `leftovers` and
`entropy_assets.languages` (-> content of a record), `batches` with `keys` (-> frames), `reasons` (why
not), `nothing` (no row at all).
"""

import os
from collections.abc import Container, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from entropy_assets.curation.ingest.batches import QUARANTINE_SCHEMA, Ingested, Note, joined
from entropy_assets.curation.ingest.choosing import Chosen, choose
from entropy_assets.curation.ingest.declaration import (
    DECLARATION,
    Declaration,
    declaration_of,
    require_correctable,
    with_unmet,
)
from entropy_assets.curation.ingest.files import (
    csv_header,
    drop_files,
    file_form,
    file_parts,
    file_rows,
    told_parts,
)
from entropy_assets.curation.ingest.keys import joined_keys, keys_told
from entropy_assets.curation.ingest.nothing import Nothing
from entropy_assets.curation.ingest.objects import parse_object
from entropy_assets.curation.ingest.origins import NAMELESS, Origin, is_one_line, origin_of
from entropy_assets.curation.ingest.pieces import read_rows
from entropy_assets.curation.ingest.reasons import REASONS, Reason, Refused
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import IngestSettings

__all__ = [
    "DECLARATION",
    "QUARANTINE_SCHEMA",
    "REASONS",
    "Declaration",
    "Ingested",
    "Note",
    "Nothing",
    "Reason",
    "chosen_files",
    "declaration_of",
    "iter_drop",
    "iter_file",
    "joined_keys",
    "keys_told",
    "raw_rows",
    "read_drop",
    "read_file",
    "read_values",
    "require_correctable",
    "require_rows",
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
    origin = origin_of(_text_name(path) if file is None else file)
    (found,) = read_rows(((origin, part) for part in file_parts(path, settings)), drop, settings.max_depth)
    return found


def iter_file(
    path: Path,
    drop: str,
    batch_rows: int = 50_000,
    workers: int = 1,
    settings: IngestSettings = DEFAULTS,
    source: str | None = None,
) -> Iterator[Ingested]:
    """Yield one file in batches of `batch_rows` rows, read by `workers` processes; see `iter_drop`.

    What a file is that somebody names is not asked: it is read, whatever its name says. A declaration beside
    it counts as it does for the folder.
    """
    _check(batch_rows, workers, source)
    declared = declaration_of(path.parent, drop)
    origin = declared.of(origin_of(_text_name(path)), source)
    parts = ((origin, part) for part in file_parts(path, settings))
    batches = read_rows(parts, drop, settings.max_depth, batch_rows, workers)
    yield from with_unmet(batches, declared.keys)


def iter_drop(
    folder: Path,
    drop: str,
    batch_rows: int = 50_000,
    workers: int = 1,
    settings: IngestSettings = DEFAULTS,
    source: str | None = None,
) -> Iterator[Ingested]:
    """Yield a drop in batches of `batch_rows` rows, cut in file order, without holding it as a whole.

    Parameters
    ----------
    folder
        Folder of the drop. Files are read in the order of their relative paths; `_SUCCESS`, `drop.toml` and
        names that begin with a dot are passed over, links are never followed. What holds no data to train
        on (`choosing`) is passed over too, and told.
    drop
        Name of the drop.
    batch_rows
        Rows of each batch but the last, 1 or more; fewer where rows are large (`pieces.BATCH_BYTES`).
    workers
        Processes that parse rows, 1 or more; batches do not depend on it. With one, and for a small
        drop, rows are parsed in this process.
    settings
        Limits, and what is one record of a text.
    source
        Source of rows that name none, before what the drop declares and what folders and files are called.

    Yields
    ------
    Ingested
        One batch; at least one, also where there is nothing to read.

    Raises
    ------
    InvalidInput
        `folder` is not a folder, has more files than `settings` allow, or declares what cannot be.
    InvalidParameter
        `batch_rows` or `workers` is below 1, or `source` is no line with something in it.
    """
    _check(batch_rows, workers, source)
    if not folder.is_dir():
        raise InvalidInput(f"drop {drop!r} has no folder {folder}: deliver it there and try again")
    chosen = chosen_files(folder, drop, settings, source)
    told = ((Origin(file, NAMELESS), note) for file, note in chosen.told)
    parts = ((origin, part) for origin, path in chosen.files for part in told_parts(path, settings))
    batches = read_rows(chain(told, parts), drop, settings.max_depth, batch_rows, workers)
    yield from with_unmet(batches, declaration_of(folder, drop).keys)


def chosen_files(folder: Path, drop: str, settings: IngestSettings, source: str | None = None) -> Chosen:
    """Return the files of a drop that are read, and what is told of the others; see `iter_drop`."""
    files = drop_files(folder, drop, settings.max_files)
    return choose(files, declaration_of(folder, drop), source, settings)


def read_values(path: Path, settings: IngestSettings = DEFAULTS) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of a file as objects, before any layout is looked for, and how many cannot be read.

    Parameters
    ----------
    path
        JSONL, a JSON array, CSV or Parquet; a line of plain text is no object.
    settings
        Limits.
    """
    values: list[dict[str, Any]] = []
    n_bad = 0
    for row in file_rows(path, settings):
        if row is None:
            continue
        if row.fault:
            n_bad += 1
            continue
        try:
            values.append(row.value if row.value is not None else parse_object(row.raw, settings.max_depth))
        except Refused:
            n_bad += 1
    return values, n_bad


def _text_name(path: Path) -> str:
    """Return a file's name, which need not be UTF-8, as text."""
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def _check(batch_rows: int, workers: int, source: str | None) -> None:
    if batch_rows < 1:
        raise InvalidParameter(f"batch_rows must be 1 or more, got {batch_rows}")
    if workers < 1:
        raise InvalidParameter(f"workers must be 1 or more processes, got {workers}")
    if source is not None and not (source.strip() and is_one_line(source)):
        raise InvalidParameter(f"a source is one line with something in it, got {source!r}: name it so")


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
    return joined(list(iter_drop(folder, drop, settings=settings)))


def require_rows(drop: str, rows_in: int, told: Sequence[Note] = ()) -> None:
    """Refuse a drop in which nothing at all was found, which no later stage could say anything about.

    Rows in quarantine are rows: what is wrong with them is told by the checks of what was read.

    Parameters
    ----------
    drop
        Name of the drop.
    rows_in
        Rows that were found in it, summed over the batches of `iter_drop`.
    told
        What was told of its files.

    Raises
    ------
    InvalidInput
        There are none.
    """
    if rows_in == 0:
        more = f" ({'; '.join(map(str, told[:3]))}{'; ...' if told[3:] else ''})" if told else ""
        raise InvalidInput(
            f"drop {drop!r} holds no record: its folder has no file with a row in it{more}; deliver the data "
            "under a new name"
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
