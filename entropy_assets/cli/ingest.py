"""The command `ingest`: a file or a folder in, records and quarantine out as Parquet.

Batches go to the files as they are read, so memory holds a few of them and never the whole input.
"""

import queue
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source

from entropy_assets import records
from entropy_assets.cli.places import require_parquet
from entropy_assets.curation.ingest import (
    QUARANTINE_SCHEMA,
    Note,
    Nothing,
    Reason,
    iter_drop,
    iter_file,
    joined_keys,
)
from entropy_assets.curation.ingest.batches import joined_notes
from entropy_assets.errors import CurationError, InvalidParameter
from entropy_assets.inputs import require_input
from entropy_assets.temporary import cleared, disk_fault, temporary_file

BATCH_ROWS = 10_000
ROW_GROUP_ROWS = 50_000


@dataclass(frozen=True)
class Counts:
    """What became of the rows: rows in, records, reason -> rows in quarantine, and whether all was read.

    `examples` are place and detail of the first row of each reason, `told` what was passed over,
    `metadata_keys` how many rows have each key in their metadata.
    """

    rows_in: int
    records: int
    by_reason: Counter[Reason]
    complete: bool
    examples: dict[Reason, str]
    told: tuple[Note, ...]
    metadata_keys: dict[str, int]

    @property
    def line(self) -> str:
        """The conservation line, as "5 rows in = 3 records + 2 quarantined (2 invalid_json)"."""
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.by_reason.most_common())
        sums = f"{self.records:,} records + {self.by_reason.total():,} quarantined"
        return f"{self.rows_in:,} rows in = {sums}{reasons and f' ({reasons})'}"


def ingest_path(
    path: Path, out: Path, quarantine: Path | None, workers: int, named_source: str | None = None
) -> Counts:
    """Write the records of a file or folder to `out`, and what is no record to `quarantine`.

    Parameters
    ----------
    path
        File or folder to read; a link to one is followed, links below it are not.
    out, quarantine
        Parquet files to write; an older one is replaced once the new one is whole. Without
        `quarantine` those rows are counted only.
    workers
        Processes that parse rows, 1 or more; the files do not depend on it.
    named_source
        Source of rows that name none; None where nobody named one.

    Returns
    -------
    Counts
        What the command tells.

    Raises
    ------
    InvalidInput
        `path` is no regular file and no folder, or there is no row in it; nothing is written then.
    InvalidParameter
        A file to write is the one that is read, lies in the folder that is read, or is named twice.
    CurationError
        A file cannot be written.
    """
    require_parquet(out=out, quarantine=quarantine)
    require_input(path, "a file or a folder with data")
    source = path.resolve()
    _check_targets(source, out, quarantine)
    drop = source.name.encode("utf-8", "backslashreplace").decode()
    read = iter_drop if source.is_dir() else iter_file
    rows_in = n_records = 0
    by_reason: Counter[Reason] = Counter()
    complete = True
    examples: dict[Reason, str] = {}
    told: list[Note] = []
    keys: dict[str, int] = {}
    seen = Nothing(path)
    with ExitStack() as files:
        bad = files.enter_context(parquet_file(quarantine, QUARANTINE_SCHEMA)) if quarantine else None
        good = files.enter_context(parquet_file(out, records.SCHEMA))
        for batch in read(source, drop, BATCH_ROWS, workers, source=named_source):
            rows_in += batch.rows_in
            n_records += batch.records.height
            by_reason.update(map(Reason, batch.quarantined["reason"]))
            complete = complete and batch.complete
            seen.look(batch)
            told += batch.told
            keys = joined_keys([keys, batch.metadata_keys])
            for row in batch.quarantined.unique("reason", keep="first", maintain_order=True).iter_rows(
                named=True
            ):
                place = f"{row['file']}, line {row['line']}: {row['detail']}"
                examples.setdefault(Reason(row["reason"]), place)
            good.add(batch.records)
            if bad:
                bad.add(batch.quarantined)
        seen.refuse()
    return Counts(rows_in, n_records, by_reason, complete, examples, joined_notes(told), keys)


def _check_targets(source: Path, out: Path, quarantine: Path | None) -> None:
    named = {"--out": out} | ({"--quarantine": quarantine} if quarantine else {})
    for option, target in named.items():
        resolved = target.resolve()
        if resolved == source or source in resolved.parents:
            raise InvalidParameter(f"{option} {target} is, or lies in, what is read: name another place")
        if resolved.is_dir():
            raise InvalidParameter(f"{option} {target} is a folder: name a file")
    if quarantine and out.resolve() == quarantine.resolve():
        raise InvalidParameter(f"--out and --quarantine are both {out}: name two files")


@contextmanager
def parquet_file(path: Path, schema: pl.Schema) -> Iterator["ParquetFile"]:
    """Yield a Parquet file to add frames to; it is put at `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with temporary_file(path) as temporary:
        file = ParquetFile(temporary, schema)
        with cleared(file.stop):
            file.start()
            yield file
            file.close()
            temporary.replace(path)


class ParquetFile:
    """A Parquet file that grows by frames, written by polars in a thread beside; two frames wait at most.

    Parameters
    ----------
    path
        File to write.
    schema
        Columns of every frame.
    """

    def __init__(self, path: Path, schema: pl.Schema) -> None:
        self.path = path
        self.schema = schema
        self._frames: queue.Queue[pl.DataFrame | None] = queue.Queue(maxsize=2)
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._write, daemon=True)

    def start(self) -> None:
        """Begin to write: the file is there from then on."""
        self._thread.start()

    def add(self, frame: pl.DataFrame) -> None:
        """Append the rows of a frame, or raise `CurationError` where writing has failed."""
        if self._error:
            self.close()
        if frame.height:
            self._frames.put(frame)

    def close(self) -> None:
        """Write what is left, or raise `CurationError` where writing has failed."""
        self.stop()
        if self._error:
            told = disk_fault(self._error) or f"{self._error}; mend that and run again"
            raise CurationError(f"{self.path.parent} cannot be written to: {told}") from self._error

    def stop(self) -> None:
        """End the thread; nothing happens the second time."""
        if self._thread.is_alive():
            self._frames.put(None)
            self._thread.join()

    def _write(self) -> None:
        def frames(*_: Any) -> Iterator[pl.DataFrame]:
            while (frame := self._frames.get()) is not None:
                yield frame
            is_ended.append(True)

        is_ended: list[bool] = []
        try:
            register_io_source(frames, schema=self.schema).sink_parquet(
                self.path, compression_level=3, statistics=False, row_group_size=ROW_GROUP_ROWS
            )
        except Exception as error:
            self._error = error
        while not is_ended and self._frames.get() is not None:
            pass  # nobody waits for ever before a full queue
