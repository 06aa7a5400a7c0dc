"""Does the law predict? Rank correlation of the law's residual with held-out loss, over source mixes.

A pool of real records is cut into four parts that share none: a checkpoint is trained on the first, the law
is fitted on subsets of the second, mixes of sources are drawn from the third, and every run is examined on
the fourth. So each mix is out of the law's sample. A mix is a point of the simplex of sources, drawn from a
Dirichlet distribution, at equal bytes.

    python -m benchmarks.law_predicts [--split test] [--mixes 40] [--out FILE]
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import bootstrap, spearmanr

from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.worlds import World, pool_rows
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.compression import compression_ratio
from entropy_assets.curation.entropy_law import Texts, calibration_subsets, fit_law
from entropy_assets.curation.entropy_law.measurement import stratified_sample
from entropy_assets.curation.probe import ProbeParams, ProbeTask, run_probes, train_probe
from entropy_assets.settings import LawSettings, ProbeSettings
from entropy_assets.storage import seed_from

ROOT = Path(__file__).resolve().parents[1]
PARTS = (0.15, 0.40, 0.40, 0.05)
"""Shares of the pool: checkpoint, law, mixes, exam."""
SOURCES = {
    DEVELOPMENT: ("gsm8k_train", "gpteacher_roleplay", "books", "dialogue"),
    TEST: ("gpteacher_codegen", "encyclopaedia", "manuals", "code"),
}
PACKAGES = {
    DEVELOPMENT: ("sympy", "sqlalchemy", "polars", "stdnum", "mypyc", "narwhals"),
    TEST: ("transformers", "accelerate", "pydantic", "huggingface_hub", "phonenumbers", "sklearn"),
}
"""Of the two splits of this benchmark; in the gate's all of them are development."""
CONCENTRATION = 0.3
"""Of the Dirichlet distribution: most mixes are ruled by two or three sources."""
RESAMPLES = 9_999


def correlations(points: Sequence[dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return Spearman's rank correlation of each figure with the held-out loss, with its 95 % interval.

    Intervals are percentile bootstraps over mixes.
    """
    heldout = np.array([point["heldout_bpb"] for point in points])
    found = {}
    for name in ("residual_bpb", "loss_bpb", "ratio"):
        own = np.array([point[name] for point in points])
        interval = bootstrap(
            (own, heldout),
            lambda x, y: spearmanr(x, y).statistic,
            paired=True,
            vectorized=False,
            method="percentile",
            n_resamples=RESAMPLES,
            rng=np.random.default_rng(0),
        ).confidence_interval
        rho = float(spearmanr(own, heldout).statistic)
        found[name] = {"rho": rho, "low": float(interval.low), "high": float(interval.high)}
    return found


def measure(texts: Texts, n_mixes: int, run_bytes: int, workers: int, seed: int) -> list[dict[str, Any]]:
    """Return R, L, residual and held-out loss of `n_mixes` mixes of the sources of some records."""
    order = np.random.default_rng(seed_from("law_predicts", seed)).permutation(len(texts))
    bounds = np.cumsum([round(share * len(texts)) for share in PARTS[:-1]])
    first, second, third, last = (texts.take(part) for part in np.split(order, bounds))
    probe = ProbeSettings()
    params = ProbeParams(depth=probe.depth, budget_bytes=run_bytes, device=probe.device)
    whole = ProbeParams(depth=probe.depth, budget_bytes=probe.checkpoint_bytes, device=probe.device)
    start = train_probe(first.texts, whole, seed=seed)[1]
    subsets = calibration_subsets(second, LawSettings().n_points, run_bytes, seed)
    exam = {"exam": last.texts}
    tasks = [
        ProbeTask([second.texts[i] for i in subset.indices], params, seed_from(seed, n), start)
        for n, subset in enumerate(subsets)
    ]
    mixes = [_mix(third, run_bytes, seed_from(seed, "mix", number)) for number in range(n_mixes)]
    tasks += [
        ProbeTask([third.texts[i] for i in picked], params, seed_from(seed, "run", n), start, exam)
        for n, (_, picked) in enumerate(mixes)
    ]
    runs = [run for run, _ in run_probes(tasks, workers)]
    places = [
        (compression_ratio(task.texts, "zstd_long"), run.loss_bpb)
        for task, run in zip(tasks, runs, strict=True)
    ]
    fit = fit_law(places[: len(subsets)])
    if fit is None:
        raise SystemExit("the pool gives too few subsets to fit the law on: take a larger one")
    return [
        {
            "mix": weights,
            "ratio": ratio,
            "loss_bpb": loss,
            "residual_bpb": fit.residual(ratio, loss),
            "heldout_bpb": run.heldout_bpb_overall,
        }
        for (weights, _), (ratio, loss), run in zip(
            mixes, places[len(subsets) :], runs[len(subsets) :], strict=True
        )
    ]


def _mix(texts: Texts, n_bytes: int, seed: int) -> tuple[dict[str, float], np.ndarray]:
    """Return the weights of a random mix, and indices of about `n_bytes` bytes of it."""
    members = texts.members()
    drawn = np.random.default_rng(seed).dirichlet(np.full(len(members), CONCENTRATION))
    weights = dict(zip(members, drawn.tolist(), strict=True))
    amounts = {stratum: int(weight * n_bytes) for stratum, weight in weights.items()}
    picked = stratified_sample(members, amounts, texts.sizes, seed)
    return {source: round(weight, 3) for (source, _), weight in weights.items()}, picked


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the correlations, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--split", choices=(DEVELOPMENT, TEST), default=TEST)
    parser.add_argument("--mixes", type=int, default=40)
    parser.add_argument("--records", type=int, default=8_000)
    parser.add_argument("--packages", type=int, default=6)
    parser.add_argument("--run-bytes", type=int, default=ProbeSettings().budget_bytes)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    named = (*SOURCES[given.split], *PACKAGES[given.split][: given.packages])
    world = World(f"law-{given.split}", DEVELOPMENT, "one source", named, n_pool=given.records, n_rest=0)
    rows = pool_rows(world, Data(given.shared, ROOT / "var" / "bench" / "gate"))
    said = ["\n\n".join(part for part in (row["instruction"], row["output"]) if part) for row in rows]
    texts = Texts(
        ids=[f"{number:032x}" for number in range(len(rows))],
        texts=[text.encode() for text in said],
        strata=[(row["source"], "") for row in rows],
    )
    points = measure(texts, given.mixes, given.run_bytes, given.workers, seed=0)
    found = correlations(points)
    print(f"{len(points)} mixes of {len(points[0]['mix'])} sources, {given.split} data, {machine_kind()}")
    for name, one in found.items():
        print(
            f"{name:<13} with held-out loss: rho {one['rho']:+.2f} ({one['low']:+.2f} to {one['high']:+.2f})"
        )
    if given.out:
        stated = {"machine": machine_kind(), "versions": versions(), "split": given.split}
        given.out.write_text(json.dumps({**stated, "correlations": found, "points": points}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
