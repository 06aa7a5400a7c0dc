"""The command `dedup`: a file or folder in, the records that stay and the pairs that say why out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.table import Table
from upath import UPath

from entropy_assets.cli.places import require_parquet
from entropy_assets.cli.plain_tables import make_table
from entropy_assets.curation.dedup import PAIRS_SCHEMA, RULES, Decided, Known, decide
from entropy_assets.curation.dedup.contradictions import n_contradictory, questions
from entropy_assets.curation.dedup.floods import find_flood, sampled
from entropy_assets.curation.dedup.retention import retention
from entropy_assets.curation.dedup.stored import PIECE_ROWS, Stored, stored
from entropy_assets.curation.ingest import Note, iter_drop, iter_file
from entropy_assets.curation.ingest.batches import joined_notes
from entropy_assets.curation.ingest.cells import STOPS
from entropy_assets.curation.ingest.footers import readable
from entropy_assets.curation.ingest.nothing import nothing_read
from entropy_assets.curation.ingest.pages import Damaged
from entropy_assets.differing import differing_told, n_differing
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.inputs import require_input
from entropy_assets.records import SCHEMA, widened
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import put_frames
from entropy_assets.storage import SUCCESS_MARKER
from entropy_assets.temporary import temporary_file

BATCH_ROWS = 10_000
"""Rows that are read at once: parsed ones take several times their bytes."""


@dataclass(frozen=True)
class Task:
    """What the command was asked for.

    Parameters
    ----------
    path
        What is read: a file or folder that ingest reads, or Parquet of canonical records.
    out, pairs
        Parquet files to write: the records that stay, and one row for each removed one.
    params
        Which records count as copies.
    workers
        Threads; the result does not depend on it.
    """

    path: Path
    out: Path
    pairs: Path
    params: DedupSettings
    workers: int


@dataclass(frozen=True)
class Deduped:
    """What the command tells.

    Parameters
    ----------
    n_records
        Records that were read.
    n_kept
        Records that stay.
    by_rule
        Rule -> removed records.
    n_contradictory
        Records that stay and whose prompt another one that stays answers otherwise.
    flood
        A sentence on kept records that are one template; empty where there are none.
    differing
        A phrase on exact copies whose metadata say something else to a trainer; empty where there are none.
    by_source
        Rows of `curation.dedup.retention.RETENTION_SCHEMA`.
    quarantined
        Reason -> rows that are no record.
    told
        What was passed over.
    """

    n_records: int
    n_kept: int
    by_rule: dict[str, int]
    n_contradictory: int
    flood: str
    differing: str
    by_source: pl.DataFrame
    quarantined: dict[str, int]
    told: tuple[Note, ...]

    def __str__(self) -> str:
        removed = " + ".join(f"{count:,} {rule}" for rule, count in self.by_rule.items()) or "0 removed"
        return f"{self.n_records:,} records = {self.n_kept:,} kept + {removed}"

    @property
    def contradictory(self) -> str:
        """A sentence on contradictory records; empty where there are none."""
        if not self.n_contradictory:
            return ""
        return (
            f"{self.n_contradictory:,} of the kept records are contradictory: another one answers the same "
            "prompt otherwise"
        )


def dedup_path(task: Task) -> Deduped:
    """Write what stays and what was removed, and tell how many of each.

    Raises
    ------
    InvalidInput
        Nothing is at the path, or no record can be read there.
    InvalidParameter
        The two files to write are one, or one of them is what is read.
    """
    targets = [task.out.resolve(), task.pairs.resolve()]
    if len({*targets, task.path.resolve()}) < 3:
        raise InvalidParameter(
            f"PATH, --out and --pairs must be three, got {task.path}, {task.out}, {task.pairs}: "
            "name files of their own"
        )
    require_parquet(out=task.out, pairs=task.pairs)
    quarantined: Counter[str] = Counter()
    told: list[Note] = []
    with stored(iter_records(task.path, quarantined, told), task.params, task.workers) as records:
        if records.keys.is_empty():
            raise InvalidInput(f"{task.path} {nothing_read(quarantined)}")
        known = Known.of(SCHEMA.to_frame(), task.params)
        decided = decide(records, records.sketch, known, task.params, task.workers)
        _write(task, records, decided)
        differing = n_differing(records.keys["id"], decided.pairs, records.frames)
        keys = records.keys
        prompts = records.sketch.prompts[decided.rows]
        flood = find_flood(records.texts(sampled(decided.rows)))
    del records  # with its signatures
    by_source = retention(keys, decided.pairs)
    n_records = len(decided.rows) + decided.pairs.height
    return Deduped(
        n_records,
        len(decided.rows),
        by_rule(decided),
        n_contradictory(prompts, questions(prompts[:0])),
        str(flood or ""),
        differing_told(differing),
        by_source,
        dict(quarantined),
        joined_notes(told),
    )


def _write(task: Task, records: Stored, decided: Decided) -> None:
    """Write both files beside their places, and put them there when both are whole."""
    with temporary_file(task.out.absolute()) as out, temporary_file(task.pairs.absolute()) as pairs:
        frames = records.frames(decided.rows, records.frame_rows)
        put_frames(UPath(out), frames, SCHEMA, records.frame_rows)
        put_frames(UPath(pairs), decided.pairs.iter_slices(PIECE_ROWS), PAIRS_SCHEMA, PIECE_ROWS)
        out.rename(task.out)
        pairs.rename(task.pairs)


def by_rule(decided: Decided) -> dict[str, int]:
    """Return rule -> removed records, in the order in which the rules are asked."""
    counts = dict(decided.pairs["rule"].value_counts().iter_rows())
    return {rule: counts[rule] for rule in RULES if rule in counts}


def iter_records(path: Path, quarantined: Counter[str], told: list[Note]) -> Iterator[pl.DataFrame]:
    """Yield the records at a path in frames; rows that are none are counted by reason in `quarantined`.

    What was passed over goes into `told`.

    Raises
    ------
    InvalidInput
        Nothing is there.
    """
    require_input(path, "a file or a folder with data")
    files = [path]
    if path.is_dir():
        seen = [file for file in path.rglob("*") if not file.name.startswith(".") and not file.is_dir()]
        files = sorted(file for file in seen if file.name != SUCCESS_MARKER)
    if files and all(map(is_canonical, files)):
        for file in files:
            with readable(file) as found:
                table = pl.scan_parquet(found.path, glob=False, hive_partitioning=False)
                for start in range(0, table.select(pl.len()).collect().item(), BATCH_ROWS):
                    yield widened(table.slice(start, BATCH_ROWS).collect()).select(SCHEMA.names())
        return
    name = path.name.split(".")[0]
    for batch in (iter_drop if path.is_dir() else iter_file)(path, name, BATCH_ROWS):
        quarantined.update(batch.quarantined["reason"].to_list())
        told += batch.told
        yield batch.records


def is_canonical(path: Path) -> bool:
    """Return whether a file is Parquet with the columns of canonical records, as `ingest` writes them."""
    if path.suffix.lower() != ".parquet" or not path.is_file():  # opening a pipe would wait for ever
        return False
    try:
        with readable(path) as found:
            schema = pl.Schema(pl.read_parquet_schema(found.path))
            if not found.left_out.keys().isdisjoint(SCHEMA):
                return False
    except (Damaged, *STOPS, OSError):  # damage is for ingest to tell
        return False
    schema = widened(schema.to_frame()).schema
    return all(schema.get(name) == kind for name, kind in SCHEMA.items())


def retention_table(by_source: pl.DataFrame) -> Table:
    """Return retention by source as a table for people."""
    numbers = ("records", "kept", "% of records")
    table = make_table("source", *numbers, numbers=numbers)
    for row in by_source.iter_rows(named=True):
        kept = row["records"] - row["removed"] - row["held"]
        table.add_row(row["source"], f"{row['records']:,}", f"{kept:,}", f"{100 * kept / row['records']:.1f}")
    return table
