"""MAUVE (Pillutla et al. 2021): the area under the divergence curve of quantised embeddings.

The published package embeds texts by a language model, which none of the peers here may lean on; so the curve
and its area are those of the paper, and the embedding is the one that the other peers share.

What belongs here: the curve. What does not: the embedding (`features`).
"""

import numpy as np
from scipy.special import rel_entr
from sklearn.cluster import KMeans

from benchmarks.gate_power.peers.contract import CONFIDENCE, Batch, Found, Look, Measure
from benchmarks.gate_power.peers.features import sample, space_of

SCALE = 5.0
"""The paper's constant: larger ones make the measure smaller."""

_N_MIXTURES = 25
_ROWS_PER_BIN = 10
_MOST = 800
_N_HALVES = 10


def fit_mauve(pool: Batch) -> Look:
    """Return the measure: how much less MAUVE rows have beside the pool's than other rows of the pool have.

    Bins are found by k-means on all of them, one for ten rows; the error by chance is that over ten halvings
    of the pool's rows. It points at no row.
    """
    space = space_of(pool)

    def look(drop: Batch) -> Measure:
        vectors = space.placed(drop.texts)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            fresh = space.beside(beside)
            n = min(len(own), len(fresh) // 2, _MOST)
            if n < 2:
                return Found(0.0)
            both = np.random.default_rng(n).permutation(fresh)[: 2 * n]
            values = np.concatenate([vectors[sample(own, n)], space.known[both]])
            n_bins = max(2, n // _ROWS_PER_BIN)
            bins = KMeans(n_bins, n_init=1, random_state=0).fit_predict(values)
            judged = np.bincount(bins[:n], minlength=n_bins) / n
            apart = np.array([_beside(judged, bins[n:], n_bins, seed) for seed in range(_N_HALVES)])
            usual, own_area = apart.T
            return Found(float(usual.mean() - own_area.mean() - CONFIDENCE * usual.std()))

        return measure

    return look


def _beside(judged: np.ndarray, bins: np.ndarray, n_bins: int, seed: int) -> tuple[float, float]:
    """Return the area of one random half of the pool beside the other, and of what is judged beside it."""
    halves = np.array_split(np.random.default_rng(seed).permutation(bins), 2)
    first, second = (np.bincount(half, minlength=n_bins) / len(half) for half in halves)
    return area(second, first), area(judged, first)


def area(p: np.ndarray, q: np.ndarray) -> float:
    """Return MAUVE of two histograms: 1 where they are equal, towards 0 where they share nothing.

    The curve is (exp(-c KL(q|r)), exp(-c KL(p|r))) over mixtures r of both, with (1, 0) and (0, 1).

    >>> half = np.array([0.5, 0.5])
    >>> round(area(half, half), 6), round(area(np.array([1.0, 0.0]), np.array([0.0, 1.0])), 2)
    (1.0, 0.0)
    """
    weights = np.linspace(1e-6, 1 - 1e-6, _N_MIXTURES)[:, None]
    mixed = weights * p + (1 - weights) * q
    x, y = (np.exp(-SCALE * rel_entr(own, mixed).sum(axis=1)) for own in (q, p))
    x, y = np.concatenate([[1.0], x, [0.0]]), np.concatenate([[0.0], y, [1.0]])
    ordered = np.lexsort((-y, x))
    swapped = np.lexsort((-x, y))
    return float((np.trapezoid(y[ordered], x[ordered]) + np.trapezoid(x[swapped], y[swapped])) / 2)
