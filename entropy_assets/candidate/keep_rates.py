"""What R, L and held-out loss become as less of the pool is kept: a help to choose a budget.

It decides nothing, and is made when a team asks for it.

What belongs here: measuring. What does not: showing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from entropy_assets.candidate.choosing import select_from
from entropy_assets.candidate.figures import selection_figures
from entropy_assets.candidate.manifests import KeepRates, PoolManifest
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.reference import make_exam, probe_params, run_remembered, run_samples
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import selected_texts
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.ids import digest_of
from entropy_assets.settings import SelectionSettings
from entropy_assets.shards import read_shard
from entropy_assets.storage import seed_from

RATES = (0.05, 0.10, 0.25, 0.50, 0.75)
"""Fractions of the pool's training bytes; the whole is `all`, which every ranking ends in."""

RANKINGS = ("zip", "random", "length")
RATE_FIGURES = {
    "ratio_zlib32k": "R under zlib (32 KiB), higher = more redundant",
    "ratio_zstd_long": "R under zstd (long), higher = more redundant",
    "loss_bpb": "L, bits per byte, from scratch",
    "heldout_bpb": "held-out bits per byte, from scratch",
}
N_RUNS = 2


@dataclass(frozen=True)
class _Kept:
    """A part of the pool: the first records of a ranking, up to a rate."""

    ranking: str
    rate: float
    texts: Texts


def measure_keep_rates(run: CandidateRun, manifest: PoolManifest) -> KeepRates:
    """Return one row for each ranking and rate of a candidate's pool.

    A ranking is made once, over the whole pool, and cut: what is kept at a rate is part of what is kept
    at a higher one. Each part trains probes from scratch for one epoch, of at most
    `probe.checkpoint_bytes`, and is examined on the pool's validation split. The last row is the whole.
    """
    run.verify(manifest)
    settings, pool = run.settings, run.load_pool(manifest)
    train = texts_of(pool, pools.TRAIN)
    validation = Texts.of(pool.part(pools.VALIDATION)).windows(settings.law.record_bytes)
    exam_seed = seed_from("exam", settings.seed, digest_of(validation.ids))
    exam = make_exam(validation, settings.probe.heldout_bytes, exam_seed)
    parts = [_Kept("all", 1.0, train)]
    for name in RANKINGS:
        whole = SelectionSettings(
            budget_share=1.0,
            n_candidates=settings.selection.n_candidates,
            n_shortlist=settings.selection.n_shortlist,
            n_picks=settings.selection.n_picks,
        )
        (shard,) = select_from(run, pool, whole, name)["shards"].shards
        ranked = selected_texts(pool, read_shard(run.workspace.root, shard))
        parts += [_Kept(name, rate, _first(ranked, rate * train.sizes.sum())) for rate in RATES]
    parts = sorted((part for part in parts if len(part.texts)), key=lambda part: (part.ranking, part.rate))
    tasks, n_trained = [], []
    for part in parts:
        texts = part.texts.windows(settings.law.record_bytes)
        n_trained.append(min(settings.probe.checkpoint_bytes, int(texts.sizes.sum())))
        seed = seed_from(settings.seed, digest_of(texts.ids))
        tasks += run_samples(texts, N_RUNS, probe_params(run, n_trained[-1]), seed, None, exam)
    runs = run_remembered(run, tasks)
    rows = []
    for number, part in enumerate(parts):
        own = runs[number * N_RUNS : (number + 1) * N_RUNS]
        rows.append(
            {
                "ranking": part.ranking,
                "rate": part.rate,
                "n_records": len(part.texts),
                "n_bytes": int(part.texts.sizes.sum()),
                "trained_bytes": n_trained[number],
                **selection_figures(part.texts, settings.law, pool.digest, run.workers),
                "loss_bpb": float(np.mean([one["loss_bpb"] for one in own])),
                "heldout_bpb": float(np.mean([one["heldout_bpb"] for one in own])) if exam else None,
            }
        )
    return KeepRates(provenance=run.provenance(manifest), rows=tuple(rows))


def curves(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Sequence[tuple[float, float]]]:
    """Return ranking -> (rate, figure) of a column of rows, each ranking ending in the whole pool."""
    points = {
        ranking: [(row["rate"], row[name]) for row in rows if row["ranking"] == ranking and row[name]]
        for ranking in (*RANKINGS, "all")
    }
    return {ranking: [*points[ranking], *points["all"]] for ranking in RANKINGS if points[ranking]}


def _first(ranked: Texts, n_bytes: float) -> Texts:
    """Return the first records of a ranking, of at most `n_bytes` bytes."""
    return ranked.take(np.arange(np.searchsorted(np.cumsum(ranked.sizes), n_bytes, side="right")))
