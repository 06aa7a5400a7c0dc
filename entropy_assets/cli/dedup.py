"""The command `dedup`: a file or folder in, the records that stay and the pairs that say why out."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.table import Table
from upath import UPath

from entropy_assets.curation.dedup import RULES, Deduplicated, Known, deduplicate
from entropy_assets.curation.dedup.retention import retention
from entropy_assets.curation.ingest import iter_drop, iter_file
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.records import SCHEMA
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import SUCCESS_MARKER, put


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
    by_source
        Rows of `curation.dedup.retention.RETENTION_SCHEMA`.
    quarantined
        Reason -> rows that are no record.
    """

    n_records: int
    n_kept: int
    by_rule: dict[str, int]
    by_source: pl.DataFrame
    quarantined: dict[str, int]

    def __str__(self) -> str:
        removed = " + ".join(f"{count:,} {rule}" for rule, count in self.by_rule.items()) or "0 removed"
        return f"{self.n_records:,} records = {self.n_kept:,} kept + {removed}"


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
    records, quarantined = read_records(task.path)
    if records.is_empty():
        raise InvalidInput(f"{task.path} holds no record that can be read: see `entropy-assets dedup --help`")
    known = Known.of(records.clear(), task.params)
    result = deduplicate(records, known, task.params, task.workers)
    by_source = retention(records, result.pairs)
    told = Deduped(records.height, result.kept.height, by_rule(result), by_source, dict(quarantined))
    del records
    put(UPath(task.pairs.absolute()), parquet_bytes(result.pairs))
    put(UPath(task.out.absolute()), parquet_bytes(result.kept))
    return told


def by_rule(result: Deduplicated) -> dict[str, int]:
    """Return rule -> removed records, in the order in which the rules are asked."""
    counts = dict(result.pairs["rule"].value_counts().iter_rows())
    return {rule: counts[rule] for rule in RULES if rule in counts}


def read_records(path: Path) -> tuple[pl.DataFrame, Counter[str]]:
    """Return the records at a path, and reason -> rows that are none.

    Raises
    ------
    InvalidInput
        Nothing is there.
    """
    if not path.exists():
        raise InvalidInput(f"{path} does not exist: name a file or a folder with data")
    files = [path]
    if path.is_dir():
        seen = [file for file in path.rglob("*") if not file.name.startswith(".") and not file.is_dir()]
        files = sorted(file for file in seen if file.name != SUCCESS_MARKER)
    if files and all(map(is_canonical, files)):
        return pl.concat([pl.read_parquet(file).select(SCHEMA.names()) for file in files]), Counter()
    name = path.name.split(".")[0]
    quarantined: Counter[str] = Counter()
    frames = [SCHEMA.to_frame()]
    for batch in iter_drop(path, name) if path.is_dir() else iter_file(path, name):
        frames.append(batch.records)
        quarantined.update(batch.quarantined["reason"].to_list())
    return pl.concat(frames), quarantined


def is_canonical(path: Path) -> bool:
    """Return whether a file is Parquet with the columns of canonical records, as `ingest` writes them."""
    if path.suffix.lower() != ".parquet":
        return False
    try:
        schema = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):  # damage is for ingest to tell
        return False
    return all(schema.get(name) == kind for name, kind in SCHEMA.items())


def retention_table(by_source: pl.DataFrame) -> Table:
    """Return retention by source as a table for people."""
    table = Table(show_edge=False, pad_edge=False)
    for column, justify in (("source", "left"), ("records", "right"), ("kept", "right"), ("kept %", "right")):
        table.add_column(column, overflow="fold", justify=justify)  # type: ignore[arg-type]
    for row in by_source.iter_rows(named=True):
        kept = row["records"] - row["removed"] - row["held"]
        table.add_row(row["source"], f"{row['records']:,}", f"{kept:,}", f"{100 * kept / row['records']:.1f}")
    return table
