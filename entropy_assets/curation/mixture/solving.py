"""Shares that minimise a sum of one convex function a domain, within bounds and near the natural mixture.

At the minimum of sum_i f_i(r_i) under sum r = 1 every share that no bound holds has the same slope f_i'(r_i).
So one number, the slope, decides all shares, and it is found as a root. A limit on the divergence from the
natural mixture adds a multiple of r ln(r / q) to each f_i, and that multiple is a root as well.

What belongs here: solving. What does not: what is minimised (`proportions`, `optimum`).
"""

from collections.abc import Callable

import numpy as np

from entropy_assets.errors import InvalidParameter

Slopes = Callable[[np.ndarray], np.ndarray]
"""(m,) shares above 0 -> (m,) the slopes there; each rises with its share."""

_LEAST = 1e-12
_NEARLY = 1e-12
_STEPS = 64


def solve(
    slopes: Slopes,
    low: np.ndarray,
    high: np.ndarray,
    natural: np.ndarray | None = None,
    max_divergence: float | None = None,
) -> np.ndarray:
    """Return (m,) float64 shares that add up to 1: those of the lowest sum of functions.

    Parameters
    ----------
    slopes
        Slopes of the functions.
    low, high
        (m,) bounds of the shares; `low` adds up to 1 at most, `high` to 1 at least.
    natural
        (m,) shares above 0 from which the divergence counts.
    max_divergence
        Most nats of sum r ln(r / q), 0 or more; None for no limit.

    Raises
    ------
    InvalidParameter
        No shares within the bounds are as near to the natural ones.
    """
    # Slopes beyond what a float holds end in a sentence, in `_root`.
    with np.errstate(all="ignore"):
        found = _shares(slopes, low, high)
    if natural is None or max_divergence is None or divergence(found, natural) <= max_divergence + _NEARLY:
        return found

    def near(weight: float) -> np.ndarray:
        return _shares(lambda r: slopes(r) + weight * np.log(r / natural), low, high)

    nearest = _shares(lambda r: np.log(r / natural), low, high)
    if divergence(nearest, natural) > max_divergence + _NEARLY:
        raise InvalidParameter(
            f"the floors, ceilings and caps leave no mixture within {max_divergence:g} nats of the natural "
            f"one, the nearest is {divergence(nearest, natural):.4f} away: raise max_divergence, or "
            "loosen them"
        )
    scale = max(float(np.abs(slopes(np.clip(nearest, _LEAST, None))).max()), 1.0)

    def over(exponent: float) -> float:
        return divergence(near(scale * 10.0**exponent), natural) - max_divergence

    if over(8.0) > 0:
        return nearest
    return near(scale * 10.0 ** float(_root(over, -12.0, 8.0, 1e-9)))


def divergence(shares: np.ndarray, natural: np.ndarray) -> float:
    """Return the Kullback-Leibler divergence of shares from the natural ones, in nats.

    >>> divergence(np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    0.0
    """
    kept = shares > 0
    return max(float((shares[kept] * np.log(shares[kept] / natural[kept])).sum()), 0.0)


def _shares(slopes: Slopes, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the shares of the lowest sum within bounds."""
    least = np.clip(low, _LEAST, None)
    most = np.maximum(high, least)

    def at(slope: float) -> np.ndarray:
        """Return the shares at which the slopes are `slope`, or the bounds that they run into."""
        a, b = np.log(least), np.log(most)
        for _ in range(_STEPS):
            middle = (a + b) / 2
            is_low = slopes(np.exp(middle)) < slope
            a, b = np.where(is_low, middle, a), np.where(is_low, b, middle)
        found = np.exp((a + b) / 2)
        found = np.where(slopes(least) >= slope, low, found)
        return np.where(slopes(most) <= slope, most, found)

    ends = np.concatenate([slopes(least), slopes(most)])
    bottom, top = float(ends.min()) - 1.0, float(ends.max()) + 1.0

    # Slopes near a share of 0 are huge: the root is sought on a scale on which they are not.
    def squeezed(slope: float) -> float:
        return float(np.arcsinh(slope))

    root = _root(lambda x: float(at(float(np.sinh(x))).sum()) - 1.0, squeezed(bottom), squeezed(top), 1e-14)
    found = at(float(np.sinh(root)))
    return _summed_up(found, low, most)


def _root(fn: Callable[[float], float], low: float, high: float, xtol: float) -> float:
    """Return where a function crosses 0 between two ends at which its signs differ."""
    from scipy.optimize import brentq

    try:
        return float(brentq(fn, low, high, xtol=xtol, maxiter=1000))
    except (RuntimeError, ValueError) as error:
        raise InvalidParameter(
            "the shares or losses lie too many orders of magnitude apart to be weighed against each other: "
            "give numbers that are nearer to each other"
        ) from error


def _summed_up(shares: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return shares whose sum is 1 to the last digit, by what is left to those that no bound holds."""
    free = (shares > low) & (shares < high)
    if not free.any():
        return np.asarray(shares / shares.sum())
    rest = 1.0 - float(shares[~free].sum())
    found: np.ndarray = np.where(free, shares * rest / max(shares[free].sum(), _LEAST), shares)
    return found
