"""What a withdrawal brings back: records of other drops that were removed in favour of the drop that goes.

What belongs here: which records these are, also where what was stored of them is lost. What does not:
comparing them with the pool again (`dedup`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.decided import require_unchanged
from entropy_assets.candidate.manifests import DuplicatePairs, Manifest, PoolManifest, RawRecords
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.dedup import PAIRS_SCHEMA
from entropy_assets.curation.ingest import iter_drop
from entropy_assets.errors import InvalidInput, StaleProvenance, StoreDamaged
from entropy_assets.ledger import CHANGES, Entry
from entropy_assets.shards import Shards, read_shards

PLACE = ("drop", "file", "line")

M = TypeVar("M", bound=Manifest)


def restored(run: CandidateRun) -> Iterator[pl.DataFrame]:
    """Yield records of live drops that were removed in favour of a drop which the candidate takes away.

    Of a record that was removed more than once, by a drop and again after a withdrawal, the last pair
    counts. Where the pairs of a drop are lost, all its records that are not in the pool are looked at again.
    """
    if not run.candidate.remove:
        return
    live = run.live_state()
    segments = run.workspace.segments(live)
    known = pl.concat(run.workspace.stored_records(segments, list(PLACE)))  # what is superseded is there too
    pairs, unknown = _past_pairs(run, live.drops)
    lost = pairs.filter(
        pl.col("keeper_drop").is_in(list(run.candidate.remove)), pl.col("drop").is_in(list(live.drops))
    )
    for drop in live.drops:
        own = lost.filter(pl.col("drop") == drop)
        for frame in _raw_of(run, drop) if own.height or drop in unknown else ():
            left = frame.join(known, on=PLACE, how="anti", maintain_order="left")
            named = left.join(own, on=["id", *PLACE], how="semi", maintain_order="left")
            yield left if drop in unknown else named


def _past_pairs(run: CandidateRun, drops: Sequence[str]) -> tuple[pl.DataFrame, set[str]]:
    """Return the pairs of all promotions, the oldest first, and the drops whose pairs are lost."""
    columns = ["id", *PLACE, "keeper_drop"]
    frames, unknown = [PAIRS_SCHEMA.to_frame().select(columns)], set[str]()
    for entry in run.workspace.ledger.entries():
        if entry.action not in CHANGES:
            continue
        try:
            pairs = _judged(run, DuplicatePairs, entry)
            pool = _judged(run, PoolManifest, entry)
            stored = [*(part.shards for part in pairs.parts), pool.cross_pairs]
            frames += [read_pairs(run, shards, columns) for shards in stored]
        except (InvalidInput, StaleProvenance):
            unknown |= set(entry.candidate.add) | (set(drops) if entry.candidate.remove else set())
    return pl.concat(frames).unique(PLACE, keep="last", maintain_order=True), unknown & set(drops)


def _judged(run: CandidateRun, form: type[M], entry: Entry) -> M:
    """Return the manifest that a decision rests on.

    Raises
    ------
    StaleProvenance
        What is stored is not what was judged.
    """
    manifest = run.workspace.load(form, entry.candidate.key)
    if entry.digests.get(form.step) != manifest.digest:
        raise StaleProvenance(f"{form.step} of {entry.candidate.key!r} is not what was judged: read again")
    return manifest


def _raw_of(run: CandidateRun, drop: str) -> Iterator[pl.DataFrame]:
    """Yield the raw records of a live drop: those of the candidate that brought it in last, or read again.

    Raises
    ------
    StoreDamaged
        Neither is there.
    InvalidInput
        The drop in the inbox is not the one that was promoted.
    """
    entries = run.workspace.ledger.entries()
    entry = [e for e in entries if e.action in CHANGES and drop in e.candidate.add][-1]
    try:
        raw = _judged(run, RawRecords, entry)
        shards = [shard for part in raw.parts if part.drop == drop for shard in part.shards.shards]
        for shard in shards:
            yield read_shards(run.workspace.root, Shards((shard,)), records.SCHEMA)
    except (InvalidInput, StaleProvenance):
        folder = Path(str(run.workspace.home.drop(drop)))
        if not folder.is_dir():
            raise StoreDamaged(
                f"what was read of live drop {drop!r} is lost, and it is not in {folder.parent}: put it "
                "back there"
            ) from None
        require_unchanged(run.workspace, drop)
        settings = run.settings.ingest
        for part in iter_drop(folder, drop, settings.shard_rows, run.workers, settings):
            yield part.records


def read_pairs(run: CandidateRun, shards: Shards, columns: list[str]) -> pl.DataFrame:
    """Return columns of stored pairs."""
    return read_shards(run.workspace.root, shards, PAIRS_SCHEMA, columns)
