"""The asset `keep_rates`: what R, L and held-out loss become as less of the pool is kept.

Beside the graph, not in it: it decides nothing, and its own job makes it when a team wants to choose a
budget.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import numpy as np

from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.defs.charts import Point, line_picture, picture
from entropy_assets.defs.reference import make_exam, probe_params, run_remembered, run_samples
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.selection import load_selected, select_from, selection_figures
from entropy_assets.settings import SelectionSettings
from entropy_assets.storage import digest_value, seed_from

RATES = (0.05, 0.10, 0.25, 0.50, 0.75)
"""Fractions of the pool's training bytes; the whole is `all`, which every ranking ends in."""

RANKINGS = ("zip", "random", "length")
N_RUNS = 2
FIGURES = {
    "ratio_zlib32k": "R under zlib (32 KiB), higher = more redundant",
    "ratio_zstd_long": "R under zstd (long), higher = more redundant",
    "loss_bpb": "L, bits per byte, from scratch",
    "heldout_bpb": "held-out bits per byte, from scratch",
}


@dataclass(frozen=True)
class _Kept:
    """A part of the pool: the first records of a ranking, up to a rate."""

    ranking: str
    rate: float
    texts: Texts


def build_keep_rates(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("select", ("torch", "zstandard"), "pool"),
        pool=dataset.name,
        description="R, L and held-out loss of zip, random and length at 5, 10, 25, 50 and 75 % of the pool, "
        "and of all of it: a help to choose a budget. Made by a job of its own.",
    )
    def keep_rates(
        context: dg.AssetExecutionContext, pool: dict[str, Any]
    ) -> dg.MaterializeResult[dict[str, Any]]:
        report = measure_keep_rates(dataset, dataset.load_pool(pool))
        return dg.MaterializeResult(value=report, metadata=_metadata(report))

    return [keep_rates]


def measure_keep_rates(dataset: Dataset, pool: pools.Pool) -> dict[str, Any]:
    """Return one row for each ranking and rate.

    A ranking is made once, over the whole pool, and cut: what is kept at a rate is part of what is kept
    at a higher one. Each part trains probes from scratch for one epoch, of at most
    `probe.checkpoint_bytes`, and is examined on the pool's validation split. The last row is the whole.
    """
    settings = dataset.settings
    train = Texts.of(pool.part(pools.TRAIN))
    validation = Texts.of(pool.part(pools.VALIDATION)).windows(settings.law.record_bytes)
    exam_seed = seed_from("exam", settings.seed, digest_value(validation.ids))
    exam = make_exam(validation, settings.probe.heldout_bytes, exam_seed)
    parts = [_Kept("all", 1.0, train)]
    for name in RANKINGS:
        whole = SelectionSettings(
            budget_share=1.0,
            n_candidates=settings.selection.n_candidates,
            n_shortlist=settings.selection.n_shortlist,
            n_picks=settings.selection.n_picks,
        )
        ranked = load_selected(dataset, select_from(dataset, pool, whole, name), pool)
        parts += [_Kept(name, rate, _first(ranked, rate * train.sizes.sum())) for rate in RATES]
    parts = sorted((part for part in parts if len(part.texts)), key=lambda part: (part.ranking, part.rate))
    tasks, n_trained = [], []
    for part in parts:
        texts = part.texts.windows(settings.law.record_bytes)
        n_trained.append(min(settings.probe.checkpoint_bytes, int(texts.sizes.sum())))
        seed = seed_from(settings.seed, digest_value(texts.ids))
        tasks += run_samples(texts, N_RUNS, probe_params(settings, n_trained[-1]), seed, None, exam)
    runs = run_remembered(dataset, tasks)
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
                **selection_figures(part.texts, settings.law, pool.digest, dataset.workers),
                "loss_bpb": float(np.mean([run["loss_bpb"] for run in own])),
                "heldout_bpb": float(np.mean([run["heldout_bpb"] for run in own])) if exam else None,
            }
        )
    return {"pool": pool.digest, "settings": settings.digest, "rows": rows}


def _first(ranked: Texts, n_bytes: float) -> Texts:
    """Return the first records of a ranking, of at most `n_bytes` bytes."""
    return ranked.take(np.arange(np.searchsorted(np.cumsum(ranked.sizes), n_bytes, side="right")))


def _metadata(report: dict[str, Any]) -> dict[str, Any]:
    rows = report["rows"]
    return {
        "rates": _table(rows),
        **{
            f"{name}_over_rate": picture(line_picture(curves, "fraction kept", label), label)
            for name, label in FIGURES.items()
            if (curves := _curves(rows, name))
        },
    }


def _curves(rows: Sequence[dict[str, Any]], name: str) -> dict[str, Sequence[Point]]:
    """Return ranking -> (rate, figure), each ranking ending in the whole pool."""
    points = {
        ranking: [(row["rate"], row[name]) for row in rows if row["ranking"] == ranking and row[name]]
        for ranking in (*RANKINGS, "all")
    }
    return {ranking: [*points[ranking], *points["all"]] for ranking in RANKINGS if points[ranking]}


def _table(rows: Sequence[dict[str, Any]]) -> dg.TableMetadataValue:
    records = [
        dg.TableRecord(
            {
                name: round(value, 4) if isinstance(value, float) else value
                for name, value in row.items()
                if value is not None
            }
        )
        for row in rows
    ]
    kinds = {"ranking": "string", "n_records": "int", "n_bytes": "int", "trained_bytes": "int"}
    columns = [dg.TableColumn(name, kinds.get(name, "float"), FIGURES.get(name)) for name in rows[0]]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns))
