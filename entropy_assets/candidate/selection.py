"""Choosing: the candidate's pool, its selection and, beside every selection, a random control.

What belongs here: what is chosen from, and keeping what was chosen. What does not: how it is chosen
(`curation.selection`).
"""

import polars as pl

from entropy_assets.candidate.choosing import select_from
from entropy_assets.candidate.corrections import write_list
from entropy_assets.candidate.corrections_together import settle_together
from entropy_assets.candidate.dedup import deduplicate_across
from entropy_assets.candidate.going_on import base_of
from entropy_assets.candidate.manifests import (
    DropReport,
    PoolManifest,
    RandomControl,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.mixture import selection_of
from entropy_assets.candidate.pool_split import kept_split
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.verdict import correction_counts, drops_going_on
from entropy_assets.curation import pool as pools
from entropy_assets.curation.corrections import leaving
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.selection.comparison import Figures, beside
from entropy_assets.ids import places_of
from entropy_assets.ledger import State
from entropy_assets.settings import SelectionSettings
from entropy_assets.shards import Segment, Shards, read_shard, write_shard
from entropy_assets.storage import seed_from


def assemble_pool(run: CandidateRun, screened: ScreenedRecords, report: DropReport) -> PoolManifest:
    """Return the manifest of a candidate's pool: the parent's live segments and what it adds.

    Of a batch, drops that their own report holds are left out.
    """
    run.verify(screened, report)
    root = run.workspace.root
    let_in = drops_going_on(run, screened, report)
    shards, cross_pairs = [part.shards for part in let_in], Shards()
    together = settle_together(run, let_in)
    if len(let_in) > 1:
        shards, cross_pairs = deduplicate_across(run, shards, together)
    added = tuple(part.drop for part in let_in if part.drop in run.candidate.add)
    drops = run.live_drops(added)
    joined = Shards(tuple(shard for part in shards for shard in part.shards))
    live = run.workspace.segments(State(run.parent.version, drops, run.parent.segments))
    superseded = write_list(run, together.superseded)
    segments = (*live, Segment(joined, drops=drops, superseded=superseded))
    parent = run.workspace.segments(run.parent)
    table = kept_split(run.workspace, segments, run.settings.pool, parent)
    split = write_shard(root, run.workspace.home.work("pool"), table.select(pools.SPLIT_SCHEMA.names()))
    counts = table["split"].value_counts()
    return PoolManifest(
        provenance=run.provenance(screened, report),
        segments=segments,
        added=added,
        cross_pairs=cross_pairs,
        split=Shards((split,)),
        drops=drops,
        content=pools.split_digest(table),
        n_records=table.height,
        n_bytes=int(table["bytes"].sum()),
        splits=dict(sorted(counts.iter_rows())),
        leave=leaving(together.superseded),
        corrections=correction_counts(together.corrections),
    )


def select_records(run: CandidateRun, pool: PoolManifest) -> SelectionManifest:
    """Return the manifest of what the selector of the settings picks from the candidate's pool."""
    run.verify(pool)
    loaded = run.load_pool(pool)
    settings = selection_of(run, loaded)
    chosen = select_from(run, loaded, settings, settings.selector, base_of(run))
    return SelectionManifest(provenance=run.provenance(pool), **chosen)


def select_control(run: CandidateRun, pool: PoolManifest, selection: SelectionManifest) -> RandomControl:
    """Return the manifest of a random selection of as many bytes as the selector picked."""
    run.verify(pool, selection)
    settings = SelectionSettings(budget_bytes=max(selection.n_bytes, 1))
    chosen = select_from(run, run.load_pool(pool), settings, "random")
    return RandomControl(provenance=run.provenance(pool, selection), **chosen)


def compare_selection(run: CandidateRun, pool: pools.Pool, selection: SelectionManifest) -> list[Figures]:
    """Return the figures of a selection and, at equal bytes, of random, length and all."""
    train = texts_of(pool, pools.TRAIN)
    picked = places_of(picks(run, selection)["id"], train.ids)
    return beside(
        train.texts,
        [source for source, _ in train.strata],
        selection.selector,
        picked,
        seed=seed_from("compare", pool.digest),
        # Shown and not judged, and nearly all of the time is xz's.
        max_bytes=run.settings.law.sample_bytes // 2,
        workers=run.workers,
    )


def picks(run: CandidateRun, selection: SelectionManifest) -> pl.DataFrame:
    """Return the picks of a selection: rows of `SELECTION_SCHEMA`."""
    (shard,) = selection.shards.shards
    return read_shard(run.workspace.root, shard)


def load_selected(run: CandidateRun, selection: SelectionManifest, pool: pools.Pool) -> Texts:
    """Return the texts that a selection's manifest names, in order of choice."""
    return selected_texts(pool, picks(run, selection))


def selected_texts(pool: pools.Pool, picked: pl.DataFrame) -> Texts:
    """Return the texts of picks from a pool, in order of choice."""
    train = texts_of(pool, pools.TRAIN)
    return train.take(places_of(picked["id"], train.ids))
