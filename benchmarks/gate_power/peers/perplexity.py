"""Perplexity under an n-gram model of the pool, as CCNet uses KenLM (Wenzek et al. 2020).

The model is the product's own table of hashed byte n-grams, of lengths 3, 4 and 6, whose losses are averaged:
an n-gram model without a binary to build. Rows of the pool are looked at by a model without their fold.

What belongs here: losses and their quantiles. What does not: the counts (`curation.damage.language`).
"""

import numpy as np

from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure, worst
from entropy_assets.curation.damage.language import ORDERS, Counts

TAIL = 0.02
"""Share of the pool's rows that lie beyond the upper quantile, and as many below the lower one."""

_N_FOLDS = 5


def fit_perplexity(pool: Batch) -> Look:
    """Return how many more rows than the pool's lie beyond its upper, or below its lower, quantile.

    It points at these rows.
    """
    folds = np.random.default_rng(0).permutation(len(pool)) % _N_FOLDS
    counts = Counts.of(pool.texts, folds, _N_FOLDS)
    known = np.zeros(len(pool))
    for fold in range(_N_FOLDS):
        own = np.flatnonzero(folds == fold)
        known[own] = _losses(counts, [pool.texts[k] for k in own], fold)
    total = counts.total

    def look(drop: Batch) -> Measure:
        losses = _losses(total, drop.texts)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            low, high = np.quantile(known[beside], [TAIL, 1 - TAIL])
            flags, usual = (np.column_stack([one < low, one > high]) for one in (losses[own], known[beside]))
            return worst(flags, usual, own)

        return measure

    return look


def _losses(counts: Counts, texts: list[str], *without: int) -> np.ndarray:
    """Return (n,) nats a byte: the logarithm of the perplexity by byte."""
    found = counts.surprise(texts, without)
    losses: np.ndarray = np.mean([found[f"surprise of {order}"] for order in ORDERS], axis=0)
    return losses
