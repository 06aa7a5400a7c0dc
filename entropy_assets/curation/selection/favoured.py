"""Sources that a selection favours far beyond their share of the pool, and the quota that would hold each.

What belongs here: measuring a finished ranking by source. What does not: quotas as such (`contract`), and how
it is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MORE = 0.25
"""Difference of the two shares from which a source is favoured."""

TIMES = 1.5
"""Quotient of the two shares from which it is."""

FEWEST = 10
"""Picks below which shares say nothing."""


@dataclass(frozen=True)
class Favoured:
    """A source with far more of the picks than of the pool.

    Parameters
    ----------
    source
        Its name.
    picked_share, pool_share
        Its share of what is picked and of the pool, 0 to 1, in the unit of the budget.
    quota
        Amount of the budget, in its unit, that holds the source to its share of the pool; 1 or more.
    """

    source: str
    picked_share: float
    pool_share: float
    quota: int


def favoured_sources(
    sources: Sequence[str], weights: np.ndarray, ranking: np.ndarray, amount: int
) -> list[Favoured]:
    """Return the sources with `MORE` and `TIMES` more of the picks than of the pool, the worst first.

    Parameters
    ----------
    sources
        n names, the source of each record of the pool.
    weights
        (n,) int64, what each takes from the budget, in its unit.
    ranking
        (m,) int64, the picks as indices into the pool; of fewer than `FEWEST` nothing is said.
    amount
        The budget, in its unit.

    >>> rare = favoured_sources(["a"] * 30 + ["b"] * 10, np.ones(40), np.arange(28, 40), 12)
    >>> [(one.source, round(one.picked_share, 3), one.pool_share, one.quota) for one in rare]
    [('b', 0.833, 0.25, 3)]
    """
    names = sorted(set(sources))
    number = {name: place for place, name in enumerate(names)}
    places = np.fromiter((number[source] for source in sources), np.int64, len(sources))
    if len(ranking) < FEWEST or len(names) < 2:
        return []
    of_pool = _shares(places, weights, len(names))
    of_picks = _shares(places[ranking], weights[ranking], len(names))
    found = [
        Favoured(name, float(picked), float(pool), max(1, round(float(pool) * amount)))
        for name, picked, pool in zip(names, of_picks, of_pool, strict=True)
        if picked - pool >= MORE and picked >= TIMES * pool
    ]
    return sorted(found, key=lambda one: one.pool_share - one.picked_share)


def _shares(places: np.ndarray, weights: np.ndarray, n_sources: int) -> np.ndarray:
    """Return each source's share of some records' weight: (n_sources,) float64, 0 to 1."""
    sums = np.bincount(places, weights=weights, minlength=n_sources)
    return sums / max(float(sums.sum()), 1.0)
