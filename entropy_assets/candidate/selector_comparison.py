"""Selectors beside each other: one pool, equal bytes, every selector; what comes of training on each.

Records that are held out are never chosen from. Of each selection a probe is trained from scratch, once a
seed, on equal bytes; L is its first-epoch loss, and it is examined on what is held out and on target sets. A
selector that draws, draws anew for each seed. A selector's picks and its probes can be kept, so that a
comparison goes on where it was ended.

What belongs here: measuring. What does not: how a selection is made, and how figures are shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from entropy_assets.candidate.selector_picks import Picks, picks_of
from entropy_assets.candidate.selector_plan import Plan, Pool, Remember, made_anew
from entropy_assets.compression import sample_of_bytes
from entropy_assets.curation.probe import ProbeTask, run_probes
from entropy_assets.curation.selection.comparison import compare
from entropy_assets.errors import InvalidParameter
from entropy_assets.ids import digest_of
from entropy_assets.storage import canonical_json, seed_from
from entropy_assets.texts import sizes_of, taken

HELD_OUT = "in distribution"
"""Name of the records that are held out of the pool, among the sets that are measured on."""
CONFIDENCE = 0.95


def compare_selectors(
    pool: Pool, held_out: Sequence[bytes], plan: Plan, remember: Remember = made_anew
) -> dict[str, Any]:
    """Return the figures of each selector as one JSON value.

    `compared` are the selectors in their order. `selectors` holds for each its records, bytes, ratios,
    lengths, sources, `overlap`, `cpu_seconds`, `memory_bytes` (peak above the start, null where the system
    does not tell), `loss_bpb`, and `heldout`: set -> bits per byte. Losses are ``[mean, half of the 95 %
    interval over seeds]``; `minus_random` is the difference to the probes of "random" with the same seeds,
    in the same form. `kendall_tau` holds the rank correlation of the orders of each two.

    Parameters
    ----------
    pool
        What is chosen from.
    held_out
        Texts that are measured on, none of them in the pool.
    plan
        What is compared, and how.
    remember
        Keeps the picks of a selector and the figures of its probes. What they follow from beside selector
        and picks, the pool and the plan, is for it to add.

    Raises
    ------
    InvalidParameter
        A selector needs what the plan has not, or no record is left to choose from or to measure on.
    """
    exams = exams_of(held_out, plan)
    if not len(pool.ids) or not all(exams.values()):
        raise InvalidParameter(
            f"a comparison needs records to choose from and to measure on, got {len(pool.ids)} and "
            f"{len(held_out)}: bring more"
        )
    made = {name: picks_of(pool, plan, name, remember) for name in plan.selectors}
    rankings = {name: one.rankings[0] for name, one in made.items()}
    sizes = sizes_of(pool.texts)
    n_bytes = max(min(int(sizes[ranking].sum()) for ranking in rankings.values()), 1)
    figures = compare(
        pool.texts,
        pool.sources,
        {name: ranking for name, ranking in rankings.items() if name != "all"} | _whole(rankings),
        n_bytes,
        reference=plan.selectors[0],
        seed=plan.seed,
        max_bytes=1 << 20,
        workers=plan.workers,
    )
    losses = {name: _losses(pool, plan, name, own, exams, n_bytes, remember) for name, own in made.items()}
    base = losses.get("random")
    found = {}
    for own in figures:
        runs = losses[own.name]
        found[own.name] = {
            "n_records": own.n_records,
            "n_bytes": own.n_bytes,
            "ratio_zlib32k": own.ratio_zlib32k,
            "ratio_zstd_long": own.ratio_zstd_long,
            "ratio_xz": own.ratio_xz,
            "mean_length_bytes": own.length_bytes.mean,
            "median_length_bytes": own.length_bytes.p50,
            "source_shares": own.source_shares,
            "overlap": own.overlap,
            "cpu_seconds": made[own.name].cpu_seconds,
            "memory_bytes": made[own.name].memory_bytes,
            "n_unscored": made[own.name].n_unscored,
            "loss_bpb": interval(runs["L"]),
            "heldout": {name: interval(runs[name]) for name in exams},
            "minus_random": None
            if base is None
            else {name: interval(runs[name] - base[name]) for name in ("L", *exams)},
        }
    return {
        "records": len(pool.ids),
        "bytes": int(sizes.sum()),
        "held_out_records": len(held_out),
        "compared_bytes": n_bytes,
        "probe_bytes": min(plan.probe_bytes, n_bytes),
        "seeds": plan.n_seeds,
        "compared": list(plan.selectors),
        "selectors": {name: found[name] for name in plan.selectors},
        "kendall_tau": _taus({name: one.order for name, one in made.items()}),
    }


def interval(values: np.ndarray) -> list[float]:
    """Return mean and half of the 95 % interval of Student's t of (n,) values, n at least 2.

    >>> [round(value, 3) for value in interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, 2.484]
    """
    from scipy.stats import t

    half = t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return [float(values.mean()), float(half)]


def _whole(rankings: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"all": rankings["all"]} if "all" in rankings else {}


def exams_of(held_out: Sequence[bytes], plan: Plan) -> dict[str, list[bytes]]:
    """Return set -> the texts of it that probes are examined on."""
    return {name: _exam(texts, plan, name) for name, texts in {HELD_OUT: held_out, **plan.exams}.items()}


def _exam(texts: Sequence[bytes], plan: Plan, name: str) -> list[bytes]:
    """Return a sample of a set, of at most `exam_bytes` bytes."""
    own = [text for text in texts if text]
    if not own:
        return []
    sizes = np.array([len(text) for text in own])
    return [own[i] for i in sample_of_bytes(sizes, plan.exam_bytes, seed_from("exam", plan.seed, name))]


def _losses(
    pool: Pool,
    plan: Plan,
    name: str,
    own: Picks,
    exams: Mapping[str, list[bytes]],
    n_bytes: int,
    remember: Remember,
) -> dict[str, np.ndarray]:
    """Return "L" and each set -> (n_seeds,) float64 bits per byte, by probes on equal bytes of a selector."""
    params = replace(plan.probe, budget_bytes=min(plan.probe_bytes, n_bytes))

    def measure() -> bytes:
        tasks = []
        for number in range(plan.n_seeds):
            # The same seed for all: a difference is of selections, and not of how a probe begins.
            seed = seed_from("probe", plan.seed, number)
            tasks.append(ProbeTask(sample_of(pool, own, plan, n_bytes, number), params, seed, None, exams))
        runs = [run for run, _ in run_probes(tasks, plan.workers)]
        found = {"L": [run.loss_bpb for run in runs]}
        return canonical_json(found | {exam: [run.heldout_bpb[exam] for run in runs] for exam in exams})

    rankings = [digest_of([pool.ids[i] for i in ranking.tolist()]) for ranking in own.rankings]
    parts = {"what": "probes", "selector": name, "rankings": rankings, "params": params.parts}
    return {figure: np.array(values) for figure, values in json.loads(remember(parts, measure)).items()}


def sample_of(pool: Pool, own: Picks, plan: Plan, n_bytes: int, number: int) -> list[bytes]:
    """Return the texts that a selector's probe of one number is trained on, of equal bytes for all."""
    texts = taken(pool.texts, own.rankings[number % len(own.rankings)])
    seed = seed_from("probe", plan.seed, number)
    amount = min(plan.probe_bytes, n_bytes)
    return [texts[i] for i in sample_of_bytes(sizes_of(texts), amount, seed).tolist()]


def _taus(orders: Mapping[str, np.ndarray]) -> dict[str, dict[str, float | None]]:
    """Return Kendall's tau-b of the orders of each two selectors; records that are not picked are a tie."""
    from scipy.stats import kendalltau

    names = list(orders)
    found: dict[str, dict[str, float | None]] = {name: {} for name in names}
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            tau = float(kendalltau(orders[one], orders[other]).statistic)
            found[one][other] = None if np.isnan(tau) else tau
    return found
