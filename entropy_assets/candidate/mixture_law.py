"""The step `mixture_law`, when asked for: a swarm of probes on mixtures of a pool's sources, and their law.

Byte probes are trained from scratch on each mixture of the swarm, at an eighth, a quarter, a half and the
whole of `swarm_bytes`, and examined on each source's validation records. Runs are kept as they come, so a
swarm that was stopped goes on. They are written to a file, which becomes the law of the method `fitted` once
a person has put it beside entropy.toml: until then nothing is decided by it.

What belongs here: the swarm of a pool. What does not: mixtures, texts and law of a swarm
(`curation.mixture`).
"""

import json
from typing import Any

import polars as pl

from entropy_assets.candidate.manifests import MixtureLaw, PoolManifest
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.reference import run_remembered
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.compression import sample_of_bytes
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.mixture import (
    REST,
    Point,
    Reuse,
    drawn,
    fit_law,
    free_optimum,
    left_out_errors,
    matched,
    mean_error,
    run_line,
    swarm_mixtures,
)
from entropy_assets.curation.probe import ProbeParams, ProbeTask
from entropy_assets.errors import InvalidInput
from entropy_assets.storage import digest_bytes, put, seed_from
from entropy_assets.texts import taken

PARTS = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""Training bytes of the runs of one mixture, in parts of `swarm_bytes`."""


def measure_mixture_law(run: CandidateRun, manifest: PoolManifest) -> MixtureLaw:
    """Return the runs of the swarm of a candidate's pool, their law and its optimum.

    Raises
    ------
    InvalidInput
        Fewer than two sources have training and validation records.
    """
    run.verify(manifest)
    pool = run.load_pool(manifest)
    points = list(_points(run, pool))
    data = "".join(f"{run_line(point)}\n" for point in points).encode()
    path = run.workspace.home.work("mixture_runs") / f"{digest_bytes(data)[:32]}.jsonl"
    if not path.exists():
        put(path, data)
    law = fit_law(_seen(run, points), seed=run.settings.seed)
    target = float(run.settings.mixture.target_bytes or texts_of(pool, pools.TRAIN).sizes.sum())
    best = free_optimum(law, target)
    rows = [
        {
            "source": name,
            **dict(zip(("alpha", "B", "beta", "C"), law.coefficients[place].tolist(), strict=True)),
            "alpha_low": float(law.intervals[place, 0, 0]),
            "alpha_high": float(law.intervals[place, 0, 1]),
            "optimum": best[name],
        }
        for place, name in enumerate(law.domains)
    ]
    return MixtureLaw(
        provenance=run.provenance(manifest),
        runs=tuple(json.loads(run_line(point)) for point in points),
        rows=tuple(rows),
        errors=_errors(_seen(run, points)),
        file=path.relative_to(run.workspace.root).as_posix(),
    )


def _seen(run: CandidateRun, points: list[Point]) -> list[Point]:
    settings = run.settings.mixture
    if not settings.untouched:
        return points
    reuse = Reuse.of(settings.given, settings.untouched)
    return [reuse.seen(point) for point in points]


def _points(run: CandidateRun, pool: pools.Pool) -> list[Point]:
    settings, train = run.settings.mixture, _by_source(texts_of(pool, pools.TRAIN))
    exams = _exams(run, pool)
    train = {name: own for name, own in train.items() if name in exams}
    if len(train) < 2:
        raise InvalidInput(
            f"a law of mixtures needs two sources with training and validation records, got {len(train)}: "
            "deliver more of another source first"
        )
    sizes = {name: float(sum(map(len, own))) for name, own in train.items()}
    natural = {name: size / sum(sizes.values()) for name, size in sizes.items()}
    seed = seed_from(run.settings.seed, "mixture_law", pool.digest)
    reuse = Reuse.of(settings.given, settings.untouched) if settings.untouched else None
    of_swarm = reuse.joined(natural) if reuse else natural
    mixtures = swarm_mixtures(of_swarm, settings.swarm_mixtures, seed)
    target = float(settings.target_bytes or sum(sizes.values()))
    points: list[Point] = []
    for number, mixture in enumerate(mixtures):
        shares = reuse.parted(mixture) if reuse and REST in mixture else mixture
        tasks, budgets = [], [round(part * settings.swarm_bytes) for part in PARTS]
        for n_bytes in budgets:
            own = matched(train, n_bytes / target, seed) if settings.matched else train
            texts = drawn(own, shares, n_bytes, seed_from(seed, number, n_bytes) % 2**32)
            probe = run.settings.probe
            params = ProbeParams(depth=probe.depth, budget_bytes=n_bytes, device=probe.device)
            tasks.append(ProbeTask(texts, params, seed_from(seed, "probe", number), heldout=exams))
        # One mixture after the other: what is there is kept when the swarm is stopped.
        for n_bytes, result in zip(budgets, run_remembered(run, tasks), strict=True):
            losses = dict(zip(exams, result["record_heldout_bpb"], strict=True))
            points.append(Point(shares, float(n_bytes), {name: losses[name] for name in sorted(train)}))
    return points


def _by_source(texts: Texts) -> dict[str, list[bytes]]:
    frame = pl.DataFrame({"source": [source for source, _ in texts.strata], "size": texts.sizes})
    frame = frame.with_row_index("place").filter(pl.col("size") > 0)
    return {
        str(source): list(taken(texts.texts, rows["place"].to_numpy()))
        for (source,), rows in sorted(frame.group_by("source", maintain_order=True))
    }


def _exams(run: CandidateRun, pool: pools.Pool) -> dict[str, list[bytes]]:
    """Return source -> validation texts, each source's as large a part of `probe.heldout_bytes`."""
    texts = Texts.of(pool.part(pools.VALIDATION)).windows(run.settings.law.record_bytes)
    found = {}
    by_source = _by_source(texts)
    for name, own in by_source.items():
        sizes = pl.Series([len(text) for text in own]).to_numpy()
        n_bytes = max(run.settings.probe.heldout_bytes // len(by_source), 1)
        picked = sample_of_bytes(sizes, n_bytes, seed_from("mixture exam", run.settings.seed, name))
        found[name] = [own[place] for place in sorted(picked.tolist())]
    return {name: own for name, own in found.items() if own}


def _errors(points: list[Point]) -> dict[str, Any]:
    """Return mean relative errors: of the fit, of the longest runs by the others, of mixtures left out."""
    longest = max(point.steps for point in points)
    before = [point for point in points if point.steps < longest]
    last = [point for point in points if point.steps == longest]
    found = {
        "fit": mean_error(fit_law(points, n_draws=0), points),
        "longest": mean_error(fit_law(before, n_draws=0), last),
    }
    if len({tuple(sorted(point.shares.items())) for point in points}) > 3:
        left_out = left_out_errors(last)
        found |= {f"left_out_{name}": error for name, error in left_out.items()}
    return found
