"""How likely each passage of a drop is damaged, when what came together is looked at as a whole.

Networks learn from as many sound passages as corrupted ones, and a drop holds another share of each kind. By
the rule of Bayes what they say is turned into what it means under other shares, and the shares are those
under which the passages are most likely (expectation-maximisation: Saerens, Latinne & Decaestecker, 2002,
Neural Computation 14). Where a kind of damage is frequent, less is needed to see it in one passage. The
shares say which records to look at, and decide nothing: under a shift they are not identified.

What belongs here: from what networks say to what it means in a drop. What does not: how many damaged
passages are too many (`nature`).
"""

import numpy as np

OF_DROP = 30
"""The shares of a source are drawn to those of the drop as by so many passages."""

_STEPS, _STEP = 50, 1e-5
_LEAST = 1e-4


def within(said: np.ndarray, learned: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Return (n, c) the probability of each class, under the shares of its source in the drop.

    Parameters
    ----------
    said
        (n, c) what networks say, rows that sum to 1.
    learned
        (c,) the shares under which they learned, 0 for classes that they did not see.
    sources
        (n,) source of each.
    """
    used = learned > 0
    told, usual = said[:, used] + _LEAST, learned[used]
    likely = told / told.sum(axis=1, keepdims=True) / usual
    of_drop = _shares(likely, usual, usual, 0)
    found = np.zeros(said.shape)
    for source in np.unique(sources):
        own = np.flatnonzero(sources == source)
        found[np.ix_(own, used)] = _posterior(likely[own], _shares(likely[own], usual, of_drop, OF_DROP))
    return found


def _posterior(likely: np.ndarray, shares: np.ndarray) -> np.ndarray:
    joint = likely * shares
    found: np.ndarray = joint / joint.sum(axis=1, keepdims=True)
    return found


def _shares(likely: np.ndarray, start: np.ndarray, prior: np.ndarray, weight: float) -> np.ndarray:
    """Return (c,) the most likely shares, from `start` on, drawn to a prior as by `weight` passages."""
    shares = start
    for _ in range(_STEPS):
        before = shares
        shares = (_posterior(likely, before).sum(axis=0) + weight * prior) / (len(likely) + weight)
        if np.abs(shares - before).max() < _STEP:
            break
    return shares
