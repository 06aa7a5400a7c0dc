"""A tiny dataset to publish, and a publisher that can be killed at any of its writes.

Run as a module, it publishes one drop in a process of its own:
``python -m tests.curation.publishing HOME DROP MODE N``. `MODE` says how it dies at write `N`.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from upath import UPath

from entropy_assets import records, storage
from entropy_assets.curation import publication
from entropy_assets.curation.publication import (
    Promotion,
    Rows,
    VersionContent,
    files,
    publish,
    repair_current,
    version,
)
from entropy_assets.errors import CurationError
from entropy_assets.ledger import Candidate, Entry, Ledger, book, drop_candidate
from entropy_assets.shards import Segment, Shard, Shards
from entropy_assets.storage import DatasetHome

KILLED = 9
MODES = ("before", "after", "half", "linked")
"""Die right before write N, right after it, with half of its temporary file written, or between a link (an
entry's, or a data file's) and the removal of its temporary file."""


def home_of(folder: Path) -> DatasetHome:
    return DatasetHome(UPath(folder), "tales")


def ledger_of(home: DatasetHome) -> Ledger:
    """Return the dataset's ledger, whose clock stands still: equal decisions give equal bytes."""
    return Ledger(home.root / "ledger", clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))


def frame_of(drop: str, n_rows: int = 5) -> pl.DataFrame:
    values = []
    for number in range(n_rows):
        record = {"kind": "text", "text": f"Tale {number} of {drop}."}
        values.append({**record, "id": records.content_id(record), "source": "tales", "drop": drop})
    return pl.DataFrame(values, schema=records.SCHEMA)


def content_of(drops: tuple[str, ...]) -> VersionContent:
    train = pl.concat([frame_of(drop) for drop in drops]).with_row_index("rank")
    return VersionContent(
        train=Rows.of(train.select(*records.SCHEMA, pl.col("rank").cast(pl.Int64))),
        validation=Rows.of(frame_of("held-out", 2)),
        figures={"ratio_zstd_long": 2.5, "heldout_bpb": None},
        segment=Segment(
            records=Shards((Shard(f"work/{drops[-1]}.parquet", "0" * 64, 5, 99),)),
            signatures=Shards((Shard(f"work/{drops[-1]}-signed.parquet", "1" * 64, 5, 99),)),
            drops=(drops[-1],),
        ),
        provenance={"pool": "1" * 64, "selection": "2" * 64},
    )


def bring(home: DatasetHome, drop: str) -> Entry:
    """Publish a drop as a run does: an open candidate is published, a decided one only repaired."""
    ledger = ledger_of(home)
    decided = ledger.decision(drop)
    if decided is None:
        parent = ledger.state_before(drop)
        drops = (*parent.drops, drop)
        decided = publish(home, ledger, Promotion(drop_candidate(drop), parent, drops, content_of(drops)))
    repair_current(home, ledger)
    return decided


def bring_unchanged(home: DatasetHome, key: str) -> Entry:
    """Publish a candidate that changes nothing."""
    ledger = ledger_of(home)
    parent = ledger.state()
    content = replace(content_of(parent.drops), segment=Segment())
    return publish(home, ledger, Promotion(Candidate(key=key), parent, parent.drops, content))


def files_of(folder: UPath) -> dict[str, bytes]:
    """Return the bytes of all files below a folder but the remains of writes that were killed."""
    paths = [path for path in Path(str(folder)).rglob("*") if path.is_file()]
    return {p.relative_to(str(folder)).as_posix(): p.read_bytes() for p in paths if p.suffix != ".tmp"}


def die_at(mode: str, n: int) -> list[str]:
    """Make this process end at its n-th write (at none for 0); return the list that the writes fill."""
    seen: list[str] = []

    def counted(
        write: Callable[..., Any], at: str, fatal: Callable[..., Any] | None = None
    ) -> Callable[..., Any]:
        def wrapper(path: Any, data: Any) -> Any:
            if mode == at:
                seen.append(Path(str(path if isinstance(data, bytes) else data)).name)
            dies = mode == at and len(seen) == n
            if dies and fatal is not None:
                fatal(path, data)
            if dies and mode in ("before", "half"):
                os._exit(KILLED)
            result = write(path, data)
            if dies:
                os._exit(KILLED)
            return result

        return wrapper

    def half(path: UPath, data: bytes) -> None:
        unfinished = written_beside(path, data[: len(data) // 2])
        unfinished.__enter__()
        kept.append(unfinished)  # a manager that is collected would tidy up

    kept: list[Any] = []
    written_beside = storage._written_beside
    for at in ("before", "after"):
        for module in (publication, files, version):
            module.put = counted(module.put, at)  # type: ignore[attr-defined]
        version.put_linked = counted(version.put_linked, at)
        book.put = counted(book.put, at)
        book.create_exclusive = counted(book.create_exclusive, at)
    storage._written_beside = counted(written_beside, "half", half)
    storage.os.link = counted(os.link, "linked")  # that of `entropy_assets.linking` too
    return seen


def wait_at_the_door() -> None:
    """Make this process say when it stands before its first ledger entry, and wait there for a line."""
    commit = book.create_exclusive
    waited: list[bool] = []

    def wrapper(path: UPath, data: bytes) -> None:
        if not waited:
            waited.append(True)
            print("at the door", flush=True)
            sys.stdin.readline()
        commit(path, data)

    book.create_exclusive = wrapper


def main(folder: str, drop: str, mode: str, n: str) -> None:
    home = home_of(Path(folder))
    if mode == "door":
        wait_at_the_door()
        try:
            print("won", bring(home, drop).state.version)
        except CurationError as error:
            print(type(error).__name__, error)
        return
    seen = die_at(mode, int(n))
    bring(home, drop)
    print("\n".join(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
