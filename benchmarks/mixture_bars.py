"""What entropies of a gigabyte cost, and whether planted laws are found (`make bench-mixtures`).

    python -m benchmarks.mixture_bars planted --data ../shared/data --out benchmarks/results/mixture_bars.json

Text: the seven domains of `data/domains`, again and again until there are `--bytes`, with words of each
record exchanged for others of its domain so that new pairs keep coming. It lies in a file, as a pool's
does. Memory is the most that this process and its workers took. Laws: seven domains, four mixtures, ten
checkpoints, 1 % noise.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.selectors import DOMAINS, rows_of
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.curation.mixture import Point, count_all, entropies_of, fit_law, unit_for
from entropy_assets.curation.mixture.law import COEFFICIENTS
from entropy_assets.texts import StoredTexts, one_by_one

EXCHANGED = 0.04
N_DOMAINS, N_MIXTURES, N_CHECKPOINTS, N_DRAWS, NOISE = 7, 4, 10, 50, 0.01
SPANS = ((0.05, 0.4), (5, 30), (0.2, 0.5), (0.8, 2))
"""Planted alpha, B, beta and C are drawn between these."""


def varied(rows: list[bytes], n_bytes: int, rng: random.Random) -> Iterator[bytes]:
    """Yield records again and again, with words exchanged, until there are so many bytes."""
    words = sorted({word for row in rows for word in row.split(b" ")})
    while n_bytes > 0:
        for row in rows:
            own = row.split(b" ")
            for _ in range(int(EXCHANGED * len(own))):
                own[rng.randrange(len(own))] = rng.choice(words)
            made = b" ".join(own)
            n_bytes -= len(made)
            yield made
            if n_bytes <= 0:
                return


def measure_entropies(data: Path, unit: str, n_bytes: int, workers: int) -> dict[str, Any]:
    """Return seconds and memory of the three entropies of each domain."""
    with tempfile.TemporaryDirectory() as folder:
        texts = {
            name: StoredTexts.write(
                Path(folder) / name,
                varied(
                    list(rows_of(data / "domains" / f"{name}.jsonl.zst")),
                    n_bytes // len(DOMAINS),
                    random.Random(1),
                ),
            )
            for name in DOMAINS
        }
        before = _cpu_seconds(), time.perf_counter()
        made = unit_for(unit, (text for own in texts.values() for text in own[:: max(len(own) // 900, 1)]))
        pairs = {}
        for name, own in texts.items():
            counts = count_all(one_by_one(own), made, workers)
            entropies_of(counts)
            pairs[name] = max(len(group.pairs.keys) for group in counts.groups)
        return {
            "bytes": int(sum(own.sizes.sum() for own in texts.values())),
            "workers": workers,
            "cpu_seconds": _cpu_seconds() - before[0],
            "wall_seconds": time.perf_counter() - before[1],
            "peak_mib": _peak_mib(),
            "different_pairs_of_a_group": pairs,
        }


def _cpu_seconds() -> float:
    return sum(
        getattr(resource.getrusage(who), name)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for name in ("ru_utime", "ru_stime")
    )


def _peak_mib() -> dict[str, float]:
    """Return the most that this process, and the largest of its workers, had in memory."""
    return {
        "this_process": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "largest_worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def measure_planted() -> dict[str, Any]:
    """Return errors, coverage of the intervals and seconds over laws that are known."""
    names = tuple(f"d{i}" for i in range(N_DOMAINS))
    alphas, losses, seconds = [], [], []
    covered: dict[str, list[np.ndarray]] = {name: [] for name in (*COEFFICIENTS, "loss")}
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(seed)
        truth = np.stack([rng.uniform(*span, N_DOMAINS) for span in SPANS], axis=1)
        mixtures = rng.dirichlet(np.ones(N_DOMAINS), N_MIXTURES).clip(0.01)
        mixtures /= mixtures.sum(axis=1, keepdims=True)
        steps = np.linspace(5e3, 1e5, N_CHECKPOINTS)
        points = [
            Point(
                dict(zip(names, shares.tolist(), strict=True)),
                float(s),
                dict(
                    zip(
                        names,
                        _loss(truth, shares, s) * np.exp(NOISE * rng.standard_normal(N_DOMAINS)),
                        strict=True,
                    )
                ),
            )
            for shares in mixtures
            for s in steps
        ]
        began = time.process_time()
        law = fit_law(points, seed=seed)
        seconds.append(time.process_time() - began)
        alphas.append(np.abs(law.coefficients[:, 0] / truth[:, 0] - 1))
        for place, name in enumerate(COEFFICIENTS):
            low, high = law.intervals[:, place].T
            covered[name].append((low <= truth[:, place]) & (truth[:, place] <= high))
        shares = rng.dirichlet(np.full(N_DOMAINS, 2.0)).clip(0.02)
        shares /= shares.sum()
        expected = _loss(truth, shares, steps[-1])
        named = dict(zip(names, shares.tolist(), strict=True))
        losses.append(np.abs(law.losses(named, steps[-1]) / expected - 1))
        low, high = law.loss_intervals(named, steps[-1]).T
        covered["loss"].append((low <= expected) & (expected <= high))
    return {
        "draws": N_DRAWS,
        "alpha_median_error": float(np.median(alphas)),
        "loss_median_error_on_an_unseen_mixture": float(np.median(losses)),
        "coverage": {name: float(np.mean(own)) for name, own in covered.items()},
        "fit_cpu_seconds": [min(seconds), float(np.median(seconds)), max(seconds)],
    }


def _loss(truth: np.ndarray, shares: np.ndarray, steps: float) -> np.ndarray:
    alpha, b, beta, c = truth.T
    found: np.ndarray = (b / steps**beta + c) / shares**alpha
    return found


def main() -> None:
    """Measure one unit, or the laws, and add what was found to the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("bpe", "words", "bytes", "planted"))
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/mixture_bars.json"))
    parser.add_argument("--bytes", type=int, default=1_000_000_000)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    if asked.what == "planted":
        found = measure_planted()
    else:
        found = measure_entropies(asked.data, asked.what, asked.bytes, asked.workers)
    kept = json.loads(asked.out.read_text()) if asked.out.exists() else {}
    kept |= {"machine": machine_kind(), "versions": versions(), asked.what: found}
    asked.out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
