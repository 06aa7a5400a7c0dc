"""Row `official_10k`: what the official script would take for 10,000 picks, from measured parts.

The script prints, encodes and compresses the whole list of picks with each candidate. That is timed here
for one candidate behind prefixes of several sizes, the prefixes being the script's own picks, and summed
over everything that it looks at: the pool once, then in each round K1 candidates behind the selection and
K3 times the whole shortlist of K2 behind the round's own picks; all divided by the number of processes.
What its parent process does alone (lists, pickling) is not in it, so the sum is a lower bound.

The model is compared with a whole run of the script, and where a checkout gave measured rounds in this
run, the sum is made from those instead: the look at the candidates grows linearly with the prefix.
"""

import time
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.zip.golden import golden
from benchmarks.zip.job import Check, Job, Result
from entropy_assets.curation.selection import ZipParams, select_official

BAR = 500.0
PREFIXES = (0, 100, 300, 1000, 3000, 9900)
SMOKE_PREFIXES = (0, 20)
SAMPLE_BYTES = 20_000_000  # looked at for each prefix: enough for a steady mean, some seconds for a large one
SAMPLE = (8, 2000)  # fewest and most candidates of a prefix


def measure_official_10k(job: Job) -> Result:
    """Return the factor of `zip_paper` to the official script at a budget of 10,000."""
    pool = golden(job.shared, is_smoke=job.is_smoke)
    records, budget = pool.records(), len(pool.picks) if job.is_smoke else 10_000
    began = time.perf_counter()
    selection = select_official(records, budget, params=pool.params, workers=job.workers)
    ours = time.perf_counter() - began
    picks = [records[index] for index in selection.ranking.tolist()]
    prefixes = SMOKE_PREFIXES if job.is_smoke else PREFIXES
    costs = [candidate_seconds(picks[:n_prefix], records) for n_prefix in prefixes]
    model = script_seconds(len(records), budget, pool.params, prefixes, costs) / job.workers
    small = script_seconds(len(records), len(pool.picks), pool.params, prefixes, costs)
    figures: dict[str, Any] = {
        "seconds": ours,
        "prefixes": list(prefixes),
        "candidate_seconds": costs,
        "model_seconds": model,
        "model_seconds_golden_budget": small / pool.n_processes,
        "golden_quotient": pool.seconds / (small / pool.n_processes),
    }
    remarks = [
        f"cost model at budget {len(pool.picks)}: {small / pool.n_processes:.0f} s with {pool.n_processes} "
        f"process(es), the golden README's run took {figures['golden_quotient']:.2f} times that"
    ]
    earlier = job.earlier.get("official", {})
    if earlier.get("official_looks_seconds"):
        figures["extrapolated_seconds"] = from_rounds(
            earlier["official_looks_seconds"], earlier["official_greedy_seconds"], budget, pool.params
        )
        quotient = earlier["official_seconds"] / (small / job.workers)
        remarks.append(f"the script's run beside ours took {quotient:.2f} times what the cost model says")
    return Result([factor_10k(figures, budget)], figures, remarks)


def factor_10k(figures: dict[str, Any], budget: int) -> Check:
    """Return the check of the factor, from measured rounds where there are any, else from the model."""
    is_measured = "extrapolated_seconds" in figures
    theirs = figures["extrapolated_seconds"] if is_measured else figures["model_seconds"]
    origin = "from its measured rounds" if is_measured else "cost model, a lower bound"
    note = f"ours {figures['seconds']:.1f} s, the script {theirs:,.0f} s ({origin})"
    what = f"zip_paper against the official script, budget {budget:,}, extrapolated"
    return Check(what, "at least", BAR, "times", theirs / figures["seconds"], note)


def candidate_seconds(prefix: Sequence[dict[str, Any]], records: Sequence[dict[str, Any]]) -> float:
    """Return the mean seconds of one look at a candidate behind `prefix`, everything recompressed."""
    n_bytes = max(len(str(list(prefix))), 500)
    n_sample = min(max(SAMPLE_BYTES // n_bytes, SAMPLE[0]), SAMPLE[1], len(records))
    sampled = np.random.default_rng(0).choice(len(records), n_sample, replace=False)
    began = time.perf_counter()
    for index in sampled.tolist():
        zlib.compress(str([*prefix, records[index]]).encode(), 9)
    return (time.perf_counter() - began) / n_sample


def script_seconds(
    n_records: int, budget: int, params: ZipParams, prefixes: Sequence[int], costs: Sequence[float]
) -> float:
    """Return the processor seconds of all looks of the official script at a job.

    >>> script_seconds(10, 4, ZipParams(5, 3, 2), [0, 4], [1.0, 1.0])
    32.0
    """
    n_rounds = -(-budget // params.n_picks)
    first_pass = n_records * costs[0]
    looks = np.interp(np.arange(n_rounds) * params.n_picks, prefixes, costs).sum() * params.n_candidates
    greedy = np.interp(np.arange(params.n_picks), prefixes, costs).sum() * params.n_shortlist
    return float(first_pass + looks + n_rounds * greedy)


def from_rounds(looks: Sequence[float], greedy: Sequence[float], budget: int, params: ZipParams) -> float:
    """Return the wall clock of a budget from measured rounds: looks on a line, greedy stages at their mean.

    The first pass over the pool is left out: the script does not time it.

    >>> from_rounds([1.0, 2.0], [0.5, 0.5], 40, ZipParams(20, 10, 10))
    12.0
    """
    n_rounds = -(-budget // params.n_picks)
    if len(looks) < 2:
        return n_rounds * (looks[0] + float(np.mean(greedy)))
    slope, start = np.polyfit(np.arange(len(looks)), looks, 1)
    line = start + slope * np.arange(n_rounds)
    return round(float(line.sum() + n_rounds * np.mean(greedy)), 6)
