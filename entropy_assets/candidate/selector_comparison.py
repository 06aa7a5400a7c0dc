"""Selectors beside each other: one pool, equal bytes, every selector; what comes of training on each.

A tenth of the records, by their ids, is held out and never chosen from. Of each selection a probe is trained
from scratch, once a seed, on equal bytes; L is its first-epoch loss, and it is examined on what is held out
and on target sets. A selector that draws, draws anew for each seed.

What belongs here: measuring. What does not: how a selection is made, and how figures are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.stats import kendalltau, t

from entropy_assets.candidate.cost import measured
from entropy_assets.candidate.scoring import Asked, scores_of
from entropy_assets.compression import sample_of_bytes
from entropy_assets.curation.pool import is_validation
from entropy_assets.curation.probe import ProbeParams, ProbeTask, run_probes
from entropy_assets.curation.scoring import Scores, embed
from entropy_assets.curation.selection import Budget, ZipParams, select
from entropy_assets.curation.selection.comparison import compare
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SCORERS, SELECTORS, ScoringSettings
from entropy_assets.settings.stage import Stage
from entropy_assets.storage import seed_from
from entropy_assets.texts import sizes_of, taken

HELD_OUT = "in distribution"
"""Name of the records that are held out of the pool, among the sets that are measured on."""
HELD_OUT_SHARE = 0.1
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Pool:
    """What is chosen from: n records, by their content ids, with text and source."""

    ids: Sequence[str]
    texts: Sequence[bytes]
    sources: Sequence[str]

    def part(self, held_out: bool) -> "Pool":
        """Return the records that are held out, or the others."""
        places = [i for i, one in enumerate(self.ids) if is_validation(one, HELD_OUT_SHARE) == held_out]
        ids, sources = ([own[i] for i in places] for own in (self.ids, self.sources))
        return Pool(ids, taken(self.texts, np.array(places, np.int64)), sources)


@dataclass(frozen=True)
class Plan:
    """How selectors are compared.

    Parameters
    ----------
    selectors
        Keys of `SELECTORS`; overlap is measured with the first.
    budget
        Of each selection.
    scoring
        What scorers are handed, and their parameters.
    options
        Selector -> its parameters; of those that are not named the defaults.
    scores
        (n,) scores from a file of the records, for the selector `scores`.
    targets
        Texts that the scorer `target` looks for; none of them is measured on.
    exams
        Name -> texts of a set that is measured on beside what is held out.
    n_seeds
        Probes a selector, at least 2.
    probe_bytes, exam_bytes
        Bytes that one probe is trained on, and that it is examined on, of each set, at most.
    seed, workers
        Seed of all draws, and threads; no figure but cost depends on the latter.

    Raises
    ------
    InvalidParameter
        Fewer than two selectors or seeds, or a selector that is unknown.
    """

    selectors: Sequence[str]
    budget: Budget
    scoring: ScoringSettings = field(default_factory=ScoringSettings)
    options: Mapping[str, Stage] = field(default_factory=dict)
    scores: np.ndarray | None = None
    targets: Sequence[bytes] = ()
    exams: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    n_seeds: int = 5
    probe_bytes: int = 131_072
    exam_bytes: int = 65_536
    seed: int = 0
    workers: int = 1

    def __post_init__(self) -> None:
        if unknown := [name for name in self.selectors if name not in SELECTORS]:
            raise InvalidParameter(f"selector {unknown[0]!r} is unknown: choose from {', '.join(SELECTORS)}")
        if len(set(self.selectors)) < max(2, len(self.selectors)):
            raise InvalidParameter(
                f"a comparison needs two selectors or more, each once, got {', '.join(self.selectors)}"
            )
        if self.n_seeds < 2:
            raise InvalidParameter(f"seeds must be 2 or more, or there is no interval, got {self.n_seeds}")


def compare_selectors(whole: Pool, plan: Plan) -> dict[str, Any]:
    """Return the figures of each selector as one JSON value.

    `selectors` holds for each its records, bytes, ratios, lengths, sources, `overlap`, `cpu_seconds`,
    `memory_bytes` (peak above the start, null where the system does not tell), `loss_bpb`, and `heldout`:
    set -> bits per byte. Losses are ``[mean, half of the 95 % interval over seeds]``; `minus_random` is the
    difference to the probes of "random" with the same seeds, in the same form. `kendall_tau` holds the rank
    correlation of the orders of each two.

    Raises
    ------
    InvalidParameter
        A selector needs what the plan has not, or no record is left to choose from or to measure on.
    """
    pool, held_out = whole.part(False), whole.part(True)
    exams = {
        name: _exam(texts, plan, name) for name, texts in {HELD_OUT: held_out.texts, **plan.exams}.items()
    }
    if not len(pool.ids) or not all(exams.values()):
        raise InvalidParameter(
            f"a comparison needs records to choose from and to measure on, got {len(pool.ids)} and "
            f"{len(held_out.ids)}: bring more"
        )
    made = {name: _Made.of(pool, plan, name) for name in plan.selectors}
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
    losses = _losses(pool, plan, made, exams, n_bytes)
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
        "held_out_records": len(held_out.ids),
        "compared_bytes": n_bytes,
        "probe_bytes": min(plan.probe_bytes, n_bytes),
        "seeds": plan.n_seeds,
        "selectors": {name: found[name] for name in plan.selectors},
        "kendall_tau": _taus({name: one.order for name, one in made.items()}),
    }


def interval(values: np.ndarray) -> list[float]:
    """Return mean and half of the 95 % interval of Student's t of (n,) values, n at least 2.

    >>> [round(value, 3) for value in interval(np.array([1.0, 2.0, 3.0]))]
    [2.0, 2.484]
    """
    half = t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return [float(values.mean()), float(half)]


@dataclass(frozen=True)
class _Made:
    """The selections of one selector: one ranking a seed where it draws, else one."""

    rankings: list[np.ndarray]
    order: np.ndarray
    n_unscored: int
    cpu_seconds: float
    memory_bytes: int | None

    @classmethod
    def of(cls, pool: Pool, plan: Plan, name: str) -> "_Made":
        entry = SELECTORS[name]
        needs = SCORERS[entry.scorer].needs if entry.scorer else ()
        if ("targets" in needs and not len(plan.targets)) or (
            "scores" in entry.needs and plan.scores is None
        ):
            raise InvalidParameter(
                f"selector {name!r} needs a file: give --target or --scores, or leave it out"
            )
        with measured() as cost:
            scores = _scores(pool, plan, name)
            given: dict[str, Any] = {
                "params": ZipParams(),
                "options": plan.options.get(name),
                "scores": None if scores is None else scores.values,
                "vectors": None,
                "workers": plan.workers,
            }
            if "embeddings" in entry.needs:
                given["vectors"] = embed(pool.texts, plan.scoring.n_dimensions, plan.seed)
            first = select(pool.texts, plan.budget, name, seed=plan.seed, **given)
        rankings = [first.ranking]
        for number in range(1, plan.n_seeds if entry.seeded else 1):
            seed = seed_from("draw", plan.seed, number)
            rankings.append(select(pool.texts, plan.budget, name, seed=seed, **given).ranking)
        order = np.full(len(pool.ids), float(len(first.ranking)))
        order[first.ranking[::-1]] = np.arange(len(first.ranking))[::-1]
        n_unscored = 0 if scores is None else int(np.isnan(scores.values).sum())
        return cls(rankings, order, n_unscored, cost["cpu_seconds"], cost["memory_bytes"])


def _scores(pool: Pool, plan: Plan, name: str) -> Scores | None:
    entry = SELECTORS[name]
    if entry.scorer:
        asked = Asked(pool.ids, pool.texts, entry.scorer, plan.scoring, plan.targets, plan.seed, plan.workers)
        return scores_of(asked)[0]
    if plan.scores is None or "scores" not in entry.needs:
        return None
    return Scores(plan.scores, np.full(len(plan.scores), "", dtype=object))


def _whole(rankings: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {"all": rankings["all"]} if "all" in rankings else {}


def _exam(texts: Sequence[bytes], plan: Plan, name: str) -> list[bytes]:
    """Return a sample of a set, of at most `exam_bytes` bytes."""
    own = [text for text in texts if text]
    if not own:
        return []
    sizes = np.array([len(text) for text in own])
    return [own[i] for i in sample_of_bytes(sizes, plan.exam_bytes, seed_from("exam", plan.seed, name))]


def _losses(
    pool: Pool, plan: Plan, made: Mapping[str, _Made], exams: Mapping[str, list[bytes]], n_bytes: int
) -> dict[str, dict[str, np.ndarray]]:
    """Return selector -> "L" and each set -> (n_seeds,) float64 bits per byte, by probes on equal bytes."""
    params = ProbeParams(budget_bytes=min(plan.probe_bytes, n_bytes))
    tasks = []
    for one in made.values():
        for number in range(plan.n_seeds):
            ranking = one.rankings[number % len(one.rankings)]
            texts = taken(pool.texts, ranking)
            # The same seed for all: a difference is of selections, and not of how a probe begins.
            seed = seed_from("probe", plan.seed, number)
            own = [texts[i] for i in sample_of_bytes(sizes_of(texts), params.budget_bytes, seed).tolist()]
            tasks.append(ProbeTask(own, params, seed, None, exams))
    runs = [run for run, _ in run_probes(tasks, plan.workers)]
    found = {}
    for place, name in enumerate(made):
        own_runs = runs[place * plan.n_seeds : (place + 1) * plan.n_seeds]
        found[name] = {"L": np.array([run.loss_bpb for run in own_runs])}
        found[name] |= {exam: np.array([run.heldout_bpb[exam] for run in own_runs]) for exam in exams}
    return found


def _taus(orders: Mapping[str, np.ndarray]) -> dict[str, dict[str, float | None]]:
    """Return Kendall's tau-b of the orders of each two selectors; records that are not picked are a tie."""
    names = list(orders)
    found: dict[str, dict[str, float | None]] = {name: {} for name in names}
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            tau = float(kendalltau(orders[one], orders[other]).statistic)
            found[one][other] = None if np.isnan(tau) else tau
    return found
