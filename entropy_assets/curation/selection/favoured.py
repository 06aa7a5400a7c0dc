"""Sources that a selection favours far beyond their share of the pool, and the quota that would hold each.

What belongs here: measuring a finished ranking by source. What does not: quotas as such (`contract`), and
what the command line says of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.selection.comparison import ALL, Figures
from entropy_assets.shown import for_markdown

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
    picked, pool = (dict(zip(names, shares.tolist(), strict=True)) for shares in (of_picks, of_pool))
    return [
        Favoured(name, picked[name], pool[name], max(1, round(pool[name] * amount)))
        for name in far_more(picked, pool)
    ]


def far_more(picked: Mapping[str, float], pool: Mapping[str, float]) -> list[str]:
    """Return the sources whose share is far larger in one than in the other, the worst first.

    Parameters
    ----------
    picked, pool
        Source -> its share of the picks and of the pool, 0 to 1.

    >>> far_more({"a": 0.96, "b": 0.04}, {"a": 0.23, "b": 0.77})
    ['a']
    """
    more = {name: share - pool.get(name, 0.0) for name, share in picked.items()}
    found = [name for name in more if more[name] >= MORE and picked[name] >= TIMES * pool.get(name, 0.0)]
    return sorted(found, key=lambda name: (-more[name], name))


def favours(figures: Sequence[Figures]) -> str:
    """Return as Markdown which sources a selection favours, and what would hold them; empty where none.

    Parameters
    ----------
    figures
        As `beside` returns them: the selection first, "all" among the others. Shares are of the bytes.
    """
    picked, pool = figures[0], next(one for one in figures if one.name == ALL)
    if picked.name == ALL or picked.n_records < FEWEST:
        return ""
    return "\n".join(
        f"* {picked.source_shares[name]:.1%} of the picked bytes are of source {for_markdown(name)}, which "
        f"has {pool.source_shares[name]:.1%} of the pool's: {pool.source_shares[name]:.2f} for it in "
        "`source_shares` of `[selection]` holds it to that share"
        for name in far_more(picked.source_shares, pool.source_shares)
    )


def _shares(places: np.ndarray, weights: np.ndarray, n_sources: int) -> np.ndarray:
    """Return each source's share of some records' weight: (n_sources,) float64, 0 to 1."""
    sums = np.bincount(places, weights=weights, minlength=n_sources)
    return sums / max(float(sums.sum()), 1.0)
