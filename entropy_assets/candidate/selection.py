"""Choosing: the candidate's pool, its selection and, beside every selection, a random control.

What belongs here: what is chosen from, and keeping what was chosen. What does not: how it is chosen
(`curation.selection`).
"""

import json
from typing import Any

import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.candidate.corrections import write_list
from entropy_assets.candidate.corrections_together import settle_together
from entropy_assets.candidate.dedup import deduplicate_across
from entropy_assets.candidate.manifests import (
    DropReport,
    PoolManifest,
    RandomControl,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.candidate.prices import kept_prices
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.verdict import correction_counts, drops_going_on
from entropy_assets.curation import pool as pools
from entropy_assets.curation.corrections import leaving
from entropy_assets.curation.entropy_law import Texts, log_ratios
from entropy_assets.curation.selection import Budget, Constraints, ZipParams, select
from entropy_assets.curation.selection.comparison import Figures, beside
from entropy_assets.ids import column_of, ids_at, places_of
from entropy_assets.ledger import State
from entropy_assets.settings import LawSettings, SelectionSettings
from entropy_assets.shards import Segment, Shard, Shards, parquet_bytes, read_shard, write_shard
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, put, read_list, seed_from

SELECTION_SCHEMA = pl.Schema({"rank": pl.Int64, "id": pl.String, "gain": pl.Float64})
"""One row a pick; `rank` counts from 0 in the order of choice, `gain` is the selector's score."""


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
    frames = run.frames_of(segments)
    table = pools.split_of(frames, run.settings.pool)
    split = write_shard(root, run.workspace.home.work("pool"), table)
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
        n_bytes=sum(int(records.text_column(frame).str.len_bytes().sum()) for frame in frames(None)),
        splits=dict(sorted(counts.iter_rows())),
        leave=leaving(together.superseded),
        corrections=correction_counts(together.corrections),
    )


def select_records(run: CandidateRun, pool: PoolManifest) -> SelectionManifest:
    """Return the manifest of what the selector of the settings picks from the candidate's pool."""
    run.verify(pool)
    settings = run.settings.selection
    chosen = select_from(run, run.load_pool(pool), settings, settings.selector)
    return SelectionManifest(provenance=run.provenance(pool), **chosen)


def select_control(run: CandidateRun, pool: PoolManifest, selection: SelectionManifest) -> RandomControl:
    """Return the manifest of a random selection of as many bytes as the selector picked."""
    run.verify(pool, selection)
    settings = SelectionSettings(budget_bytes=max(selection.n_bytes, 1))
    chosen = select_from(run, run.load_pool(pool), settings, "random")
    return RandomControl(provenance=run.provenance(pool, selection), **chosen)


def select_from(
    run: CandidateRun, pool: pools.Pool, settings: SelectionSettings, selector: str
) -> dict[str, Any]:
    """Return what a manifest holds of a selection from a pool's training records.

    The same pool and settings give the same selection, so it is made once and kept. A run that is stopped
    within it goes on where it was.
    """
    train = texts_of(pool, pools.TRAIN)
    canonical = train.texts
    if settings.with_rejected:
        canonical = texts_of(pool, pools.TRAIN, with_rejected=True).texts
    budget = _budget(settings, train)
    params = ZipParams(settings.n_candidates, settings.n_shortlist, settings.n_picks)
    constraints = _constraints(run, settings, pool, train, budget)
    parts = {
        "pool": pool.digest,
        "selector": selector,
        "codec": settings.codec,
        "noise_guard": settings.noise_guard,
        "with_rejected": settings.with_rejected,
        "budget": [budget.amount, budget.unit, budget.tokenizer],
        "constraints": [list(constraints.keep), list(constraints.never), constraints.quotas],
        "params": [settings.n_candidates, settings.n_shortlist, settings.n_picks],
        "seed": run.settings.seed,
    }
    state = run.workspace.home.work("selection") / f"{digest_value(parts)[:32]}.state"

    def compute() -> bytes:
        picked = select(
            canonical,
            budget,
            selector,
            params=params,
            constraints=constraints,
            codec=settings.codec,
            noise_guard=settings.noise_guard,
            seed=seed_from("select", parts),
            workers=run.workers,
            state=state if selector.startswith("zip") else None,
            prices=(
                kept_prices(
                    run.workspace.cache,
                    places_by_drop(pool, train.ids),
                    canonical,
                    settings,
                    run.workers,
                )
                if selector == "zip"
                else None
            ),
        )
        # The official algorithm can pick a record twice; a version holds it once.
        places = np.concatenate([picked.ranking, picked.refused])
        table = pl.DataFrame(
            {
                "id": column_of(ids_at(train.ids, places)),
                "gain": pl.Series(picked.gains).extend_constant(None, len(picked.refused)),
                "refused": np.arange(len(places)) >= len(picked.ranking),
            },
            schema={"id": pl.String, "gain": pl.Float64, "refused": pl.Boolean},
        )
        return parquet_bytes(table.unique("id", keep="first", maintain_order=True))

    made = pl.read_parquet(run.workspace.cache.remember("selections", parts, compute))
    refused = made.filter("refused").select("id")
    picked = made.filter(~pl.col("refused")).with_row_index("rank").select(SELECTION_SCHEMA.names())
    data = parquet_bytes(picked.cast(SELECTION_SCHEMA))
    digest = digest_bytes(data)
    path = run.workspace.home.work("selection") / f"{digest[:32]}.parquet"
    if not path.exists():
        put(path, data)
    if state.exists():
        state.unlink()
    shard = Shard(path.relative_to(run.workspace.root).as_posix(), digest, picked.height, len(data))
    texts = train.take(places_of(picked["id"], train.ids))
    return {
        "shards": Shards((shard,)),
        "content": digest,
        "pool": pool.digest,
        "selector": selector,
        "n_records": picked.height,
        "n_bytes": int(texts.sizes.sum()),
        "refused": Shards((write_shard(run.workspace.root, run.workspace.home.work("selection"), refused),)),
        "figures": _figures(run, digest, texts, pool.digest),
    }


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


def selection_figures(
    texts: Texts, law: LawSettings, pool_digest: str, workers: int
) -> dict[str, float | None]:
    """Return R of a selection under both codecs, each on shuffled samples of equal bytes."""
    texts = texts.windows(law.record_bytes)
    if not len(texts):
        return {"ratio_zlib32k": None, "ratio_zstd_long": None}
    seed = seed_from("figures", pool_digest)
    return {
        f"ratio_{codec}": float(
            np.exp(log_ratios(texts, law.sample_bytes, law.n_samples, seed, codec, workers=workers).mean())
        )
        for codec in ("zlib32k", "zstd_long")
    }


def _figures(run: CandidateRun, digest: str, texts: Texts, pool_digest: str) -> dict[str, float | None]:
    """Return `selection_figures` of the selection with a digest, made once and kept."""
    law = run.settings.law
    parts = {"selection": digest, "pool": pool_digest}
    parts |= {name: getattr(law, name) for name in ("record_bytes", "sample_bytes", "n_samples")}
    stored = run.workspace.cache.remember(
        "figures",
        parts,
        lambda: canonical_json(selection_figures(texts, law, pool_digest, run.workers)),
    )
    found: dict[str, float | None] = json.loads(stored)
    return found


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


def _budget(settings: SelectionSettings, train: Texts) -> Budget:
    if settings.budget_records:
        return Budget(settings.budget_records, "records")
    if settings.budget_tokens:
        return Budget(settings.budget_tokens, "tokens", settings.tokenizer)
    return Budget(settings.budget_bytes or max(int(train.sizes.sum() * settings.budget_share), 1), "bytes")


def _constraints(
    run: CandidateRun, settings: SelectionSettings, pool: pools.Pool, train: Texts, budget: Budget
) -> Constraints:
    sources = [source for source, _ in train.strata]
    present = set(sources)

    def places(name: str) -> list[int]:
        listed = set(read_list(run.workspace.root / name)) if name else set()
        if not listed:
            return []
        frame = pool.part(pools.TRAIN, ["row_id"])
        row_ids = frame["row_id"].fill_null(frame["id"]).to_list()
        return [place for place, row_id in enumerate(row_ids) if row_id in listed]

    shares = {name: share for name, share in settings.source_shares.items() if name in present}
    return Constraints(
        keep=places(settings.keep_list),
        never=places(settings.never_list),
        groups=sources,
        quotas={name: int(budget.amount * share) for name, share in sorted(shares.items())},
    )
