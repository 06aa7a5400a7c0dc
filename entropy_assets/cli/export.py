"""The command `export`: a file of records in, rows of an outside layout out, whole or not at all."""

import gzip
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import polars as pl
import zstandard
from upath import UPath

from entropy_assets.cli.pool_file import shard_files
from entropy_assets.curation.export import LOST_SCHEMA, check_layout, check_records, export
from entropy_assets.curation.ingest.footers import readable
from entropy_assets.curation.ingest.kinds import PARQUET
from entropy_assets.curation.ingest.pages import Damaged
from entropy_assets.curation.ingest.streams import name_parts
from entropy_assets.errors import InvalidInput, InvalidParameter, StorageFailed
from entropy_assets.inputs import require_input
from entropy_assets.records import SCHEMA, widened
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import put
from entropy_assets.temporary import temporary_file, written_to

_BATCH_ROWS = 50_000
_LINES = (".jsonl", ".ndjson")


@dataclass(frozen=True)
class Written:
    """What the command tells: records that came in, rows written, and reason -> records refused."""

    records_in: int
    n_rows: int
    lost: Counter[str]

    @property
    def line(self) -> str:
        """The conservation line, as "3 records in = 1 rows + 2 refused (2 tool_turn)"."""
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.lost.most_common())
        sums = f"{self.n_rows:,} rows + {self.lost.total():,} refused"
        return f"{self.records_in:,} records in = {sums}{reasons and f' ({reasons})'}"


def export_file(source: Path, layout: str, out: Path, refused: Path | None = None) -> Written:
    """Write the records of a file in an outside layout, and those that it cannot hold beside it.

    Parameters
    ----------
    source
        Parquet file of records, or a folder of such files, which are read in the order of their names.
    layout
        A key of `curation.export.LAYOUTS`.
    out
        File to write: ``.jsonl`` or ``.ndjson``, one row a line, or ``.json``, one array; ``.gz`` or
        ``.zst`` behind it packs it. It is replaced when all rows are there.
    refused
        Parquet file for the refused records, with reason and detail; not written if None.

    Returns
    -------
    Written
        Counts; ``records_in == n_rows + lost.total()``.

    Raises
    ------
    InvalidInput
        The source is not there or holds no records, or a file cannot be written.
    InvalidParameter
        The layout or the form of `out` is unknown, or two of the paths are the same.
    """
    check_layout(layout)
    files = _checked_paths(source, out, refused)
    n_rows = records_in = 0
    lost = [pl.DataFrame(schema=LOST_SCHEMA)]
    is_array = name_parts(out.name)[1] == ".json"
    with writing(out), _whole(out) as file:
        file.write(b"[\n" if is_array else b"")
        for frame in read_batches(files):
            exported = export(frame, layout)
            for row in exported.rows:
                file.write(b",\n" if is_array and n_rows else b"")
                file.write(row.encode() if is_array else f"{row}\n".encode())
                n_rows += 1
            records_in += exported.records_in
            lost.append(exported.lost)
        if not records_in:
            raise InvalidInput(f"{source} holds no record: nothing is written; name what ingest wrote")
        file.write(b"\n]\n" if is_array else b"")
        refusals = pl.concat(lost)
        if refused is not None:
            with writing(refused):
                put(UPath(refused.absolute()), parquet_bytes(refusals))
        if not n_rows:
            counts = ", ".join(f"{n:,} {reason}" for reason, n in sorted(Counter(refusals["reason"]).items()))
            raise InvalidInput(
                f"none of the {records_in:,} records fits the layout {layout!r} ({counts}), as "
                f"{refusals['detail'][0]}: nothing is written to --out; take another layout"
            )
    return Written(records_in, n_rows, Counter(sorted(refusals["reason"])))


def _checked_paths(source: Path, out: Path, refused: Path | None) -> list[Path]:
    """Return the files to read, after all that can be said about the paths has been said."""
    if out.is_dir():
        raise InvalidParameter(f"--out {out} is a folder: name a file in it, as {out / 'records.jsonl'}")
    if refused is not None and refused.is_dir():
        raise InvalidParameter(f"--refused {refused} is a folder: name a file")
    if name_parts(out.name)[1] not in (*_LINES, ".json"):
        raise InvalidParameter(
            f"--out must end in .jsonl, .ndjson or .json, with .gz or .zst behind it if it is to be packed, "
            f"got {out.name}"
        )
    if refused is not None and refused.suffix.lower() != ".parquet":
        raise InvalidParameter(f"--refused must end in .parquet, got {refused.name}")
    files = records_files(source)
    paths = [path.resolve() for path in (*files, source, out, *([refused] if refused else []))]
    if paths[-1] in paths[:-1] or out.resolve() in paths[: len(files) + 1]:
        raise InvalidParameter("RECORDS, --out and --refused must be different files: name another one")
    return files


def require_table(path: Path) -> None:
    """Refuse a file of records that does not begin as Parquet does.

    Raises
    ------
    InvalidInput
        It is another file.
    """
    with path.open("rb") as file:
        begin = file.read(len(PARQUET))
    if begin != PARQUET:
        raise InvalidInput(
            f"{path} cannot be read as Parquet: it is none; make records of it first, with `entropy-assets "
            f"ingest {path} --out records.parquet`"
        )


def records_files(source: Path) -> list[Path]:
    """Return the Parquet files of records that a path names: itself, those in it, those of a version's data.

    Parameters
    ----------
    source
        A file, a folder of files, or the folder of a promoted version, whose files lie in its `data`. Of a
        folder with several splits those that are trained on.

    Raises
    ------
    InvalidInput
        There is none.
    """
    require_input(source, "what ingest wrote")
    files = shard_files(source)
    if not files or not all(path.is_file() for path in files):
        raise InvalidInput(f"{source} is not a file, nor a folder of Parquet files: name what ingest wrote")
    return files


def read_batches(files: list[Path]) -> Iterator[pl.DataFrame]:
    """Yield the records of the files in their order, in frames of at most `_BATCH_ROWS` rows.

    Parameters
    ----------
    files
        From `records_files`.

    Raises
    ------
    InvalidInput
        A file cannot be read, or holds no records.
    """
    for path in files:
        try:
            require_table(path)
            with readable(path) as found:
                frame = pl.scan_parquet(found.path, glob=False, hive_partitioning=False)
                frame = frame.drop(found.left_out, strict=False)
                stored = frame.collect_schema()
                check_records(widened(stored.to_frame()).schema, str(path))
                frame = frame.select(name for name in SCHEMA.names() if name in stored)
                height = frame.select(pl.len()).collect().item()
                for start in range(0, height, _BATCH_ROWS):
                    yield widened(frame.slice(start, _BATCH_ROWS).collect())
        except (Damaged, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else repr(error)
            raise InvalidInput(f"{path} cannot be read as Parquet: {reason}") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says about writing a file into an error of the input, or of the disk."""
    try:
        with written_to(path):
            yield
    except StorageFailed:
        raise
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _whole(out: Path) -> Iterator[IO[bytes]]:
    """Give a file for the bytes of `out`, packed as its name says; it becomes `out` when all is written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with temporary_file(out) as temporary:
        with temporary.open("wb") as file:
            with _packed(file, name_parts(out.name)[2]) as packed:
                yield packed
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)


def _packed(file: IO[bytes], packing: str) -> AbstractContextManager[IO[bytes]]:
    if packing == ".gz":
        return cast(
            AbstractContextManager[IO[bytes]],
            gzip.GzipFile(filename="", mode="wb", fileobj=cast(Any, file), mtime=0),
        )
    if packing == ".zst":
        return cast(
            AbstractContextManager[IO[bytes]], zstandard.ZstdCompressor().stream_writer(file, closefd=False)
        )
    return nullcontext(file)
