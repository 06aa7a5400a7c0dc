"""Picks by weight, without replacement.

What belongs here: the draw. What does not: where weights come from.
"""

import numpy as np

from entropy_assets.errors import InvalidParameter


def sample_by_weight(weights: np.ndarray, n_picks: int, seed: int) -> np.ndarray:
    """Return (min(n_picks, m),) int64 places, each drawn in turn with a chance in proportion to its weight.

    The keys of Efraimidis and Spirakis (2006): the places of the largest ``log(u) / weight``. Places whose
    weight is 0 or NaN are never picked, so m counts the others.

    Parameters
    ----------
    weights
        (n,) float64, 0 or more, or NaN.
    n_picks
        Picks wanted, 0 or more.
    seed
        Seed of the draws, not negative.

    Raises
    ------
    InvalidParameter
        A weight is negative or infinite, or the number of picks is negative.

    >>> sorted(sample_by_weight(np.array([1.0, 0.0, 2.0, np.nan]), 5, seed=0).tolist())
    [0, 2]
    """
    if n_picks < 0:
        raise InvalidParameter(f"picks must be 0 or more, got {n_picks}")
    if (weights < 0).any() or np.isinf(weights).any():
        worst = weights[(weights < 0) | np.isinf(weights)][0]
        raise InvalidParameter(f"weights must be finite and 0 or more, got {worst}")
    able = np.flatnonzero(np.nan_to_num(weights) > 0)
    keys = np.log(1.0 - np.random.default_rng(seed).random(len(weights))[able]) / weights[able]
    picked: np.ndarray = able[np.argsort(-keys, kind="stable")[:n_picks]]
    return picked
