"""How long records are, in whatever unit: the summary that figures and packing share."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Lengths:
    """How long records are, in bytes or tokens; zeros where there is no record.

    Parameters
    ----------
    mean
        Mean length.
    p50, p90, p99
        The smallest length that 50, 90 or 99 % of the records do not exceed.
    max
        The longest.
    """

    mean: float
    p50: int
    p90: int
    p99: int
    max: int

    @classmethod
    def of(cls, lengths: np.ndarray) -> "Lengths":
        """Return the summary of (n,) int lengths.

        >>> Lengths.of(np.array([4, 1, 1]))
        Lengths(mean=2.0, p50=1, p90=4, p99=4, max=4)
        """
        n = len(lengths)
        if n == 0:
            return cls(0.0, 0, 0, 0, 0)
        ordered = np.sort(lengths)
        p50, p90, p99 = (int(ordered[(percent * n + 99) // 100 - 1]) for percent in (50, 90, 99))
        return cls(float(lengths.mean()), p50, p90, p99, int(ordered[-1]))
