"""Rows `paper_300k` and `zip_300k`: a selection at the paper's size, and how its rounds' times grow."""

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.zip.far_copy import BAR_SHARE, copy_share
from benchmarks.zip.job import Check, Job, Result, spread
from benchmarks.zip.pools import Pool, PoolSpec, ensure_pool
from benchmarks.zip.process import own_peak_bytes
from entropy_assets.curation.selection import Budget, Selection, ZipParams, select

N_RECORDS, N_PICKS = 300_000, 10_000
PAPER_BAR, ZIP_BAR, GROWTH_BAR = 360.0, 90.0, 1.3
SMOKE_PARAMS = ZipParams(100, 20, 10)


def measure_paper_300k(job: Job) -> Result:
    """Return the seconds of `zip_paper` on the paper's job."""
    pool, texts, n_picks, params = _job(job)
    runs = [_timed(texts, n_picks, "zip_paper", params, job.workers) for _ in range(job.repeats)]
    figures = _figures(pool, texts, runs, params)
    return Result([_seconds_check("zip_paper", figures, PAPER_BAR)], figures, [_about(pool)])


def measure_zip_300k(job: Job) -> Result:
    """Return the seconds of `zip` on the same job, the growth of its rounds, and the far copy at the end."""
    pool, texts, n_picks, params = _job(job)
    runs = [_timed(texts, n_picks, "zip", params, job.workers) for _ in range(job.repeats)]
    figures = _figures(pool, texts, runs, params)
    ranking = runs[-1][0].ranking.tolist()
    picked = set(ranking)
    fresh = [text for index, text in enumerate(texts[: 20 * n_picks]) if index not in picked][-2000:]
    figures["far_copy"] = copy_share([texts[index] for index in ranking], fresh, job.workers)
    checks = [
        _seconds_check("zip", figures, ZIP_BAR),
        growth([times for _, _, times in runs], n_picks),
        Check(
            f"copy of the first pick against a fresh record, after {n_picks:,} picks of zip",
            "at most",
            BAR_SHARE,
            "",
            figures["far_copy"]["first_share"],
        ),
    ]
    return Result(checks, figures, [_about(pool)])


def round_seconds(calls: Sequence[tuple[float, int]], began: float) -> tuple[float, list[float]]:
    """Return the seconds before the first round and those of each round, from the times of progress calls.

    The first call, with nothing done, marks the end of the first pass over the pool.

    >>> round_seconds([(3.0, 0), (4.0, 10), (6.0, 20)], 1.0)
    (2.0, [1.0, 2.0])
    """
    times = [moment for moment, _ in calls]
    return times[0] - began, [later - earlier for earlier, later in itertools.pairwise(times)]


def growth(rounds: Sequence[Sequence[float]], n_picks: int) -> Check:
    """Return the check of the last round's time against the first's; each the median over the runs."""
    what = f"last round against first, zip, budget {n_picks:,}"
    if not rounds or min(map(len, rounds)) < 2:
        return Check(what, "at most", GROWTH_BAR, "times", None, "fewer than two rounds could be timed")
    first, last = (statistics.median(run[place] for run in rounds) for place in (0, -1))
    head, tail = (statistics.median(statistics.median(run[part]) for run in rounds) for part in _ENDS)
    note = f"{first:.3f} s, {last:.3f} s; median of five rounds {head:.3f} s, {tail:.3f} s"
    return Check(what, "at most", GROWTH_BAR, "times", last / first, note)


_ENDS = (slice(None, 5), slice(-5, None))

Run = tuple[Selection, float, list[float]]


def _timed(texts: Sequence[bytes], n_picks: int, selector: str, params: ZipParams, workers: int) -> Run:
    """Return the selection, its seconds, and those of each round."""
    calls: list[tuple[float, int]] = []
    note: Callable[[int, int], None] = lambda done, _: calls.append((time.perf_counter(), done))  # noqa: E731
    began = time.perf_counter()
    selection = select(
        texts, Budget(n_picks, "records"), selector, params=params, workers=workers, progress=note
    )
    seconds = time.perf_counter() - began
    return selection, seconds, round_seconds(calls, began)[1]


def _job(job: Job) -> tuple[Pool, list[bytes], int, ZipParams]:
    if job.is_smoke:
        pool = ensure_pool(PoolSpec(600, is_small=True), job.shared, job.cache)
        return pool, pool.texts(), 60, SMOKE_PARAMS
    pool = ensure_pool(PoolSpec(N_RECORDS), job.shared, job.cache)
    return pool, pool.texts(), N_PICKS, ZipParams()


def _figures(pool: Pool, texts: Sequence[bytes], runs: Sequence[Run], params: ZipParams) -> dict[str, Any]:
    ranking = runs[-1][0].ranking.tolist()
    return {
        "pool": pool.figures,
        "seconds": spread([seconds for _, seconds, _ in runs]),
        "round_seconds": [times for _, _, times in runs],
        "peak_bytes": own_peak_bytes(),
        "picks": len(ranking),
        "picked_mean_bytes": statistics.mean(len(texts[index]) for index in ranking),
        "rounds": -(-len(ranking) // params.n_picks),
        "params": [params.n_candidates, params.n_shortlist, params.n_picks],
    }


def _seconds_check(selector: str, figures: dict[str, Any], bar: float) -> Check:
    seconds, pool = figures["seconds"], figures["pool"]
    what = f"{selector}, {pool['records']:,} records, budget {figures['picks']:,}"
    note = f"{seconds['min']:.1f} to {seconds['max']:.1f} s in {seconds['n']} run(s)"
    return Check(what, "under", bar, "s", seconds["median"], note)


def _about(pool: Pool) -> str:
    """Return what the pool is and how compressible it is beside the real texts."""
    f = pool.figures
    return (
        f"pool of {f['records']:,} records, {f['bytes'] / 1e6:.1f} MB, mean {f['mean_bytes']:.0f} bytes; "
        f"{f['pool_sample_bytes'] / 1e6:.1f} MB of it: zstd-long ratio {f['pool_ratio_zstd_long']:.2f}, "
        f"zlib-32k {f['pool_ratio_zlib32k']:.2f}; {f['real_sample_bytes'] / 1e6:.1f} MB of the real texts: "
        f"{f['real_ratio_zstd_long']:.2f}, {f['real_ratio_zlib32k']:.2f}"
    )
