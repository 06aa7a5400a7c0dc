"""A drop -> two drops of the same files, each with some of its rows, their bytes as they came.

Files keep their names, forms and packing, because a source may be the name of a file. What was written
is read again, and has to give the very records that were wanted.

What belongs here: dividing rows. What does not: which rows go where, and where drops lie.
"""

import gzip
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import polars as pl
import zstandard

from entropy_assets.curation.ingest import DECLARATION, chosen_files, iter_drop
from entropy_assets.curation.ingest.files import csv_header, file_form, file_rows
from entropy_assets.curation.ingest.footers import readable
from entropy_assets.curation.ingest.pages import Damaged
from entropy_assets.curation.ingest.streams import name_parts
from entropy_assets.errors import CurationError, InvalidInput, StaleProvenance
from entropy_assets.settings import IngestSettings
from entropy_assets.shards import parquet_bytes

CLEAN, SET_ASIDE, NOWHERE = 0, 1, -1

PROVED = ("id", "row_id", "source", "language", "metadata", "file")
"""Columns of a record that must be the same when the new drops are read."""

_AROUND_ROWS = {
    "lines": (b"", b"\n", b"\n"),
    "csv": (b"", b"\n", b"\n"),
    "text": (b"", b"\n\n", b"\n"),
    "array": (b"[", b",\n", b"]\n"),
}
_ROW = "row of the file"


@dataclass(frozen=True)
class SplitRows:
    """Where the rows of a drop went.

    Raises
    ------
    CurationError
        A row went nowhere, or to two places.
    """

    rows_in: int
    clean: int
    set_aside: int
    quarantined: int

    def __post_init__(self) -> None:
        if self.rows_in != self.clean + self.set_aside + self.quarantined:
            raise CurationError(f"rows were lost: {self.line}; please report this as a bug")

    @property
    def line(self) -> str:
        """The conservation line, as "5 rows in = 3 clean + 2 set aside + 0 quarantined"."""
        halves = f"{self.clean:,} clean + {self.set_aside:,} set aside"
        return f"{self.rows_in:,} rows in = {halves} + {self.quarantined:,} quarantined"


def split_drop(
    folder: Path,
    drop: str,
    raw: pl.DataFrame,
    quarantined: pl.DataFrame,
    suspects: Collection[str],
    outs: tuple[Path, Path],
    settings: IngestSettings,
    workers: int = 1,
) -> SplitRows:
    """Write the rows of a drop into two folders: without the suspects, and the suspects alone.

    Parameters
    ----------
    folder
        Folder of the drop.
    drop
        Name of the drop.
    raw
        The columns `PROVED` and `line` of every record of the drop, in file order.
    quarantined
        `file` and `line` of every row in quarantine; these go to neither folder.
    suspects
        Content ids; every row with such content is set aside.
    outs
        Folders for the clean rows and for those set aside; they must not exist.
    settings
        As when the drop was read.
    workers
        Processes that read the result again; it does not depend on it.

    Returns
    -------
    SplitRows
        Counts of rows, from what was written and read again.

    Raises
    ------
    StaleProvenance
        The files do not hold the rows that were read before.
    InvalidInput
        A Parquet file is damaged behind the rows that could be read.
    CurationError
        A row that was written does not read as the record it was.
    """  # noqa: DOC501 - `_changed` makes an InvalidInput
    is_suspect = raw["id"].is_in(list(suspects))
    places = pl.concat(
        [
            raw.select("file", "line", part=is_suspect.cast(pl.Int8)),
            quarantined.select("file", "line", part=pl.lit(NOWHERE, pl.Int8)),
        ]
    )
    by_file = {str(name[0]): part for name, part in places.partition_by("file", as_dict=True).items()}
    files = [(origin.file, path) for origin, path in chosen_files(folder, drop, settings).files]
    if missing := sorted(by_file.keys() - {name for name, _ in files}):
        raise _changed(drop, missing[0])
    for out in outs:
        out.mkdir(parents=True)
        if (folder / DECLARATION).is_file():  # what is a correction stays one
            shutil.copyfile(folder / DECLARATION, out / DECLARATION, follow_symlinks=False)
    for name, path in files:
        own = by_file.get(name)
        targets = [out / path.relative_to(folder) for out in outs]
        parts = {} if own is None else dict(own.select("line", "part").iter_rows())
        if len(parts) != (0 if own is None else own.height):
            raise _changed(drop, name)
        if not _split_file(path, parts, targets, settings):
            raise _changed(drop, name)
    halves = [raw.filter(~is_suspect), raw.filter(is_suspect)]
    for out, expected in zip(outs, halves, strict=True):
        _prove(out, drop, expected.select(PROVED), settings, workers)
    clean, set_aside = (half.height for half in halves)
    return SplitRows(places.height, clean, set_aside, quarantined.height)


def _changed(drop: str, file: str) -> StaleProvenance:
    return StaleProvenance(
        f"file {file!r} of drop {drop!r} holds other rows than when it was read: restore the drop, or "
        "deliver it under a new name"
    )


def _split_file(path: Path, parts: Mapping[int, int], targets: list[Path], settings: IngestSettings) -> bool:
    """Write the rows of a file to their targets by line; False where they are not the lines of `parts`."""
    wanted = set(parts.values())
    if len(wanted) == 1:
        (part,) = wanted
        if part != NOWHERE:
            targets[part].parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, targets[part], follow_symlinks=False)
        return True
    form = file_form(path, settings) if parts else "lines"
    if form == "parquet":
        return _split_table(path, parts, targets)
    before, between, after = _AROUND_ROWS[form]
    if form == "csv":
        before = csv_header(path, settings) + b"\n"
    n_rows = 0
    with ExitStack() as stack:
        chosen = sorted(wanted - {NOWHERE})
        files = {part: stack.enter_context(_packed(targets[part])) for part in chosen}
        following = dict.fromkeys(files, before)
        for row in file_rows(path, settings):
            if row is None:
                continue
            if row.line not in parts:
                return False
            n_rows += 1
            part = parts[row.line]
            if part != NOWHERE:
                files[part].write(following[part] + row.raw)
                following[part] = between
        for file in files.values():
            file.write(after)
    return n_rows == len(parts)


def _split_table(path: Path, parts: Mapping[int, int], targets: list[Path]) -> bool:
    """Do what `_split_file` does for a Parquet file, whose rows have no bytes of their own."""
    try:
        with readable(path) as found:
            if found.left_out:  # a part without them would no longer be what was delivered
                raise Damaged("two columns have one name")
            table = pl.read_parquet(found.path, hive_partitioning=False, row_index_name=_ROW)
    except (Damaged, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise InvalidInput(f"{path} is damaged and cannot be split: deliver it whole") from error
    if table.height != len(parts):
        return False
    line_parts = [parts.get(line) for line in range(1, table.height + 1)]
    if None in line_parts:
        return False
    of_rows = pl.Series(line_parts, dtype=pl.Int8)
    for part in sorted(set(parts.values()) - {NOWHERE}):
        with _packed(targets[part]) as file:
            file.write(parquet_bytes(table.filter(of_rows == part).drop(_ROW)))
    return True


@contextmanager
def _packed(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file to write to, packed as its name says; its bytes are on the disk afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    packing = name_parts(path.name)[2]
    with path.open("xb") as file:
        if packing == ".gz":
            with gzip.GzipFile(filename="", mode="wb", fileobj=cast(Any, file), mtime=0) as packed:
                yield cast(IO[bytes], packed)
        elif packing == ".zst":
            with zstandard.ZstdCompressor().stream_writer(file, closefd=False) as packed:
                yield cast(IO[bytes], packed)
        else:
            yield file
        file.flush()
        os.fsync(file.fileno())


def _prove(folder: Path, drop: str, expected: pl.DataFrame, settings: IngestSettings, workers: int) -> None:
    """Read a new drop and compare it with the records it was made of.

    Raises
    ------
    CurationError
        They differ.
    """
    parts = list(iter_drop(folder, drop, settings.shard_rows, workers, settings))
    read = pl.concat([part.records.select(PROVED) for part in parts])
    if any(part.quarantined.height for part in parts) or not read.equals(expected):
        raise CurationError(
            f"the split of drop {drop!r} does not read as the records it was made of ({read.height} of "
            f"{expected.height}), and nothing was delivered: restore the drop if its files have changed, "
            "else report this as a bug"
        )
