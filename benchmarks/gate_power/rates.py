"""Shares with intervals, from lines that share pools and kinds.

Drops of one pool, or of one kind of damage, are alike: an interval that took them for independent would be
too narrow. So both are drawn anew: each bootstrap weighs a line by how often its pool and its kind came.

What belongs here: numbers. What does not: which lines make a row of the table (`bars`).
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

Line = dict[str, Any]

RESAMPLES = 2_000
CONFIDENCE = 0.95


def kind_of(line: Line) -> str:
    """Return what a line is of: its mechanism; of a good drop its class, a random draw is its own kind."""
    random = line["natural_class"] == "random"
    return str(line["mechanism"] or (line["drop"] if random else line["natural_class"]))


def rate(lines: Sequence[Line], hit: Callable[[Line], bool]) -> dict[str, Any]:
    """Return the share of lines that hit, with its 95 % interval over pools and kinds.

    A share of 0 or 1, and one of a single pool and kind, has the exact interval of independent drops, since
    the bootstrap has nothing to draw from.

    Parameters
    ----------
    lines
        Verdicts, each with `world`, and what `kind_of` needs.
    hit
        Whether a verdict counts.

    Returns
    -------
    dict
        `hits`, `of`, `share` (None of no line), `low`, `high`.
    """
    hits = np.array([hit(line) for line in lines], dtype=float)
    if not len(hits):
        return {"hits": 0, "of": 0, "share": None, "low": 0.0, "high": 1.0}
    share, n_hits = float(hits.mean()), int(hits.sum())
    low, high = _exact(n_hits, len(hits))
    pools, kinds = _groups(lines)
    if 0 < share < 1 and (pools.max() > 0 or kinds.max() > 0):
        low, high = _drawn(hits, pools, kinds)
    return {"hits": n_hits, "of": len(hits), "share": share, "low": low, "high": high}


def mean(lines: Sequence[Line], values: Sequence[float]) -> dict[str, Any]:
    """Return the mean of one value a line, with its 95 % interval over pools and kinds.

    Of a single pool and kind there is nothing to draw from, and the interval is the range of the values.

    Returns
    -------
    dict
        `of`, `mean` (None of no line), `low`, `high`.
    """
    numbers = np.array(values, dtype=float)
    if not len(numbers):
        return {"of": 0, "mean": None, "low": -1.0, "high": 1.0}
    pools, kinds = _groups(lines)
    low, high = float(numbers.min()), float(numbers.max())
    if pools.max() > 0 or kinds.max() > 0:
        low, high = _drawn(numbers, pools, kinds)
    return {"of": len(numbers), "mean": float(numbers.mean()), "low": low, "high": high}


def _groups(lines: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    pools = np.unique([line["world"] for line in lines], return_inverse=True)[1]
    return pools, np.unique([kind_of(line) for line in lines], return_inverse=True)[1]


def _exact(hits: int, total: int) -> tuple[float, float]:
    interval = binomtest(hits, total).proportion_ci(CONFIDENCE, method="exact")
    return float(interval.low), float(interval.high)


def _drawn(hits: np.ndarray, pools: np.ndarray, kinds: np.ndarray) -> tuple[float, float]:
    rng = np.random.default_rng(zlib.crc32(hits.tobytes()))
    weights = np.ones((RESAMPLES, len(hits)))
    for groups in (pools, kinds):
        n = int(groups.max()) + 1
        weights *= rng.multinomial(n, np.full(n, 1 / n), RESAMPLES)[:, groups]
    total = weights.sum(axis=1)
    drawn = (weights @ hits)[total > 0] / total[total > 0]
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def upper_bound(hits: int, total: int) -> float:
    """Return the exact one-sided upper 95 % bound of a rate of independent drops."""
    return float(binomtest(hits, total, alternative="less").proportion_ci(CONFIDENCE, method="exact").high)
