"""Mixtures of seven real domains by the byte probe, whatever it shows (`make bench-mixtures`).

    python -m benchmarks.mixtures --data ../shared/data --out benchmarks/results/mixtures.json

The domains of `data/domains` are cut to unequal amounts (`HELD`), so that a mixture may have to repeat. Of
each a part is held out. Mixtures are trained on from scratch, at equal bytes, one pass over what `drawn`
makes, and examined on every domain: the figure is the mean over domains of held-out bits per byte, with the
95 % interval over seeds. Also: what a law that is fitted on small runs says of larger ones and of mixtures
that it has not seen, with repetition as in the target and without, and what reuse saves. Runs are kept in a
file and not made twice, so a run that was stopped goes on.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from benchmarks.selectors import DOMAINS, rows_of
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.candidate.domain_counts import count_sources, entropies_with, moments_of_sources
from entropy_assets.curation.mixture import (
    Known,
    Limits,
    Mixture,
    Point,
    Reuse,
    drawn,
    fit_law,
    left_out_errors,
    matched,
    mean_error,
    mixture_by,
    optimum,
    swarm_mixtures,
    unit_for,
)
from entropy_assets.curation.probe import ProbeParams, ProbeTask, run_probes
from entropy_assets.storage import digest_value

HELD = {
    "encyclopaedia": 600_000,
    "books": 400_000,
    "code": 200_000,
    "manuals": 100_000,
    "law_en": 60_000,
    "law_de": 30_000,
    "dialogue": 20_000,
}
"""Training bytes of each domain: the largest is thirty times the smallest."""

TARGET_BYTES = 524_288
SMALL = (16_384, 32_768, 65_536, 131_072)
LARGE = (262_144, TARGET_BYTES)
COMPARED_BYTES = 65_536
"""Training bytes at which mixtures are compared: each domain is cut so that it repeats as in the target."""
EXAM_BYTES = 12_288
RECORD_BYTES = 2_048
N_MIXTURES = 12
N_SEEDS = 5
MAX_EPOCHS = 16
TOUCHED = "dialogue"
TOUCHED_SHARES = (0.02, 0.08, 0.2, 0.4)

Texts = dict[str, list[bytes]]


def load(data: Path) -> tuple[Texts, Texts]:
    """Return training and held-out texts of each domain; a text is at most `RECORD_BYTES` bytes."""
    train: Texts = {}
    exams: Texts = {}
    for name in DOMAINS:
        rows = list(rows_of(data / "domains" / f"{name}.jsonl.zst"))
        rows = [rows[place] for place in np.random.default_rng(7).permutation(len(rows)).tolist()]
        sizes = np.cumsum([len(row) for row in rows])
        n_exam = int(np.searchsorted(sizes, EXAM_BYTES)) + 1  # whole records, none of which is trained on
        exams[name] = _first(_passages(rows[:n_exam]), EXAM_BYTES)
        train[name] = _first(_passages(rows[n_exam:]), HELD[name])
    return train, exams


def _passages(rows: list[bytes]) -> list[bytes]:
    return [row[start : start + RECORD_BYTES] for row in rows for start in range(0, len(row), RECORD_BYTES)]


def _first(texts: list[bytes], n_bytes: int) -> list[bytes]:
    found = []
    for text in texts:
        found.append(text[:n_bytes])
        n_bytes -= len(found[-1])
        if n_bytes <= 0:
            return found
    raise SystemExit("a domain holds fewer bytes than HELD asks for: is the folder whole?")


class Runs:
    """Probe runs that are kept in a file of JSON lines as they come."""

    def __init__(self, path: Path, exams: Texts, workers: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._exams, self._workers = path, exams, workers
        lines = path.read_text().splitlines() if path.exists() else []
        self._kept = {row["key"]: row["losses"] for row in map(json.loads, lines)}

    def losses(self, asked: Sequence[tuple[Mapping[str, float], int, int, Texts]]) -> list[dict[str, float]]:
        """Return domain -> held-out bits per byte of each (shares, bytes, seed, texts to draw from)."""
        keys = [
            digest_value(
                [dict(shares), n_bytes, seed, {name: sum(map(len, own)) for name, own in texts.items()}]
            )
            for shares, n_bytes, seed, texts in asked
        ]
        new = [place for place, key in enumerate(keys) if key not in self._kept]
        for start in range(0, len(new), self._workers):
            places = new[start : start + self._workers]
            made = run_probes([self._task(*asked[place]) for place in places], self._workers)
            with self._path.open("a") as file:
                for place, (run, _) in zip(places, made, strict=True):
                    self._kept[keys[place]] = run.heldout_bpb
                    file.write(json.dumps({"key": keys[place], "losses": run.heldout_bpb}) + "\n")
            print(f"{start + len(places)} of {len(new)} runs", file=sys.stderr, flush=True)
        return [self._kept[key] for key in keys]

    def _task(self, shares: Mapping[str, float], n_bytes: int, seed: int, texts: Texts) -> ProbeTask:
        params = ProbeParams(budget_bytes=n_bytes, device="cpu")
        return ProbeTask(drawn(texts, shares, n_bytes, seed), params, seed, heldout=self._exams)


def swarm(
    runs: Runs, mixtures: Sequence[Mapping[str, float]], sizes: Sequence[int], of: Callable[[int], Texts]
) -> list[Point]:
    """Return the runs of a swarm: each mixture at each number of bytes, drawn from `of` that number."""
    asked = [
        (shares, n_bytes, 1000 + i, of(n_bytes)) for i, shares in enumerate(mixtures) for n_bytes in sizes
    ]
    losses = runs.losses(asked)
    return [Point(one[0], float(one[1]), found) for one, found in zip(asked, losses, strict=True)]


def interval(values: Sequence[float]) -> list[float]:
    """Return the mean and the half-width of its 95 % interval."""
    half = float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
    return [float(np.mean(values)), half]


def distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the total variation between two mixtures, 0 to 1."""
    return sum(abs(one[name] - other[name]) for name in one) / 2


def measure(data: Path, kept: Path, workers: int) -> dict[str, Any]:
    """Return all figures."""
    train, exams = load(data)
    runs = Runs(kept, exams, workers)
    limits = Limits({name: float(n) for name, n in HELD.items()}, budget=TARGET_BYTES, max_epochs=MAX_EPOCHS)
    natural = {name: n / sum(HELD.values()) for name, n in HELD.items()}
    mixtures = swarm_mixtures(natural, N_MIXTURES, seed=11)

    def as_in_target(n_bytes: int) -> Texts:
        return matched(train, n_bytes / TARGET_BYTES, 5)

    with_matching = swarm(runs, mixtures, SMALL, as_in_target)
    without = swarm(runs, mixtures, SMALL + LARGE, lambda _: train)
    small = [point for point in without if point.steps in SMALL]
    longest = [point for point in without if point.steps == TARGET_BYTES]
    laws = {"matched": fit_law(with_matching), "unmatched": fit_law(small), "long": fit_law(longest)}
    best = {name: optimum(law, TARGET_BYTES, limits) for name, law in laws.items()}
    reuse = measure_reuse(runs, as_in_target, best["matched"], limits)
    chosen = {
        name: mixture_by(name, limits, Known(entropies=entropies_of_domains(train)))
        for name in ("natural", "uniform", *(f"entropy:{one}" for one in ENTROPIES))
    }
    chosen |= {f"fitted, {name}": mixture for name, mixture in best.items() if name != "long"}
    return {
        "machine": machine_kind(),
        "versions": versions(),
        "held_bytes": HELD,
        "target_bytes": TARGET_BYTES,
        "compared_bytes": COMPARED_BYTES,
        "swarm": {"mixtures": N_MIXTURES, "small_bytes": SMALL, "large_bytes": LARGE},
        "mixtures": compared(runs, chosen, as_in_target(COMPARED_BYTES)),
        "extrapolation": {
            "small_to_last": mean_error(fit_law(small, n_draws=0), longest),
            "first_half_to_second_half": mean_error(
                fit_law([p for p in without if p.steps <= SMALL[2]], n_draws=0),
                [p for p in without if p.steps > SMALL[2]],
            ),
            "matched_to_last": mean_error(laws["matched"], longest),
        },
        "unseen_mixture": left_out_errors(longest),
        "distance_to_long_optimum": {
            name: distance(best[name].weights, best["long"].weights) for name in ("matched", "unmatched")
        },
        "laws": {name: shown(law) for name, law in laws.items()},
        "reuse": reuse,
    }


ENTROPIES = ("shannon", "joint", "conditional", "von_neumann")


def entropies_of_domains(train: Texts) -> dict[str, Any]:
    """Return domain -> its entropies in tokens of a BPE of all of them."""
    sources = [name for name, own in train.items() for _ in own]
    texts = [text for own in train.values() for text in own]
    order = np.random.default_rng(3).permutation(len(texts)).tolist()
    counts = count_sources(texts, sources, unit_for("bpe", (texts[place] for place in order)), 1)
    return entropies_with(counts, moments_of_sources(texts, sources, 128, 0), 0)


def compared(runs: Runs, chosen: Mapping[str, Mixture], texts: Texts) -> dict[str, Any]:
    """Return shares, epochs and held-out loss of mixtures at `COMPARED_BYTES`, over `N_SEEDS` seeds."""
    asked = [
        (chosen[name].weights, COMPARED_BYTES, seed, texts) for seed in range(N_SEEDS) for name in chosen
    ]
    all_losses = runs.losses(asked)  # a seed of all mixtures before the next one
    found: dict[str, Any] = {}
    base: list[float] = []
    for place, (name, mixture) in enumerate(chosen.items()):
        losses = all_losses[place :: len(chosen)]
        means = [float(np.mean(list(one.values()))) for one in losses]
        base = base or means
        found[name] = {
            "shares": mixture.weights,
            "epochs": dict(zip(mixture.domains, mixture.epochs.tolist(), strict=True)),
            "held_by": dict(zip(mixture.domains, map(list, mixture.binds), strict=True)),
            "mean_bpb": interval(means),
            "minus_natural": interval([one - other for one, other in zip(means, base, strict=True)]),
            "by_domain": {own: interval([one[own] for one in losses]) for own in losses[0]},
        }
    return found


def measure_reuse(runs: Runs, of: Callable[[int], Texts], whole: Mixture, limits: Limits) -> dict[str, Any]:
    """Return what a law of one touched domain and the rest costs, and how far from the whole law's it is."""
    before = whole.weights
    untouched = tuple(name for name in before if name != TOUCHED)
    inside = Reuse.of(before, untouched).inside
    mixtures = [
        {TOUCHED: share} | {name: part * (1 - share) for name, part in inside.items()}
        for share in TOUCHED_SHARES
    ]
    points = swarm(runs, mixtures, SMALL, of)
    known = Known(given=before, runs=tuple(points), steps=TARGET_BYTES, untouched=untouched)
    made = mixture_by("fitted", limits, known)
    cost, full = len(mixtures) * sum(SMALL), N_MIXTURES * sum(SMALL)
    return {
        "touched": TOUCHED,
        "trained_bytes": cost,
        "trained_bytes_of_the_whole_swarm": full,
        "saved": 1 - cost / full,
        "distance_to_whole_optimum": distance(made.weights, before),
        "share": [before[TOUCHED], made.weights[TOUCHED]],
    }


def shown(law: Any) -> dict[str, Any]:
    """Return a law's exponents of the share with intervals, and the spread of its relative errors."""
    return {
        name: {
            "alpha": float(law.coefficients[place, 0]),
            "alpha_interval": law.intervals[place, 0].tolist(),
            "residual": float(law.residual[place]),
        }
        for place, name in enumerate(law.domains)
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/mixtures.json"))
    parser.add_argument("--kept", type=Path, default=Path("var/bench/mixtures.jsonl"))
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    found = measure(asked.data, asked.kept, asked.workers)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, one in found["mixtures"].items():
        print(f"{name:22} {one['mean_bpb'][0]:.4f} ± {one['mean_bpb'][1]:.4f}")


if __name__ == "__main__":
    main()
