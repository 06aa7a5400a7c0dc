"""How often each key occurs: sorted keys and their counts, which add up over pieces in any order.

What belongs here: counting keys and adding counts. What does not: what a key stands for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

_FEW = 1 << 18
"""Keys below this are counted in a table, which is faster than sorting them."""


@dataclass(frozen=True)
class Histogram:
    """Counts by key.

    Parameters
    ----------
    keys
        (k,) uint64, ascending, each once.
    counts
        (k,) int64, how often each occurs, 1 or more.
    """

    keys: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, keys: np.ndarray) -> "Histogram":
        """Return the counts of keys, (n,) uint64 in any order.

        >>> made = Histogram.of(np.array([7, 3, 7], np.uint64))
        >>> made.keys.tolist(), made.counts.tolist()
        ([3, 7], [1, 2])
        """
        if len(keys) and int(keys.max()) < _FEW:
            places = np.bincount(keys.astype(np.intp))
            found = np.flatnonzero(places)
            return cls(found.astype(np.uint64), places[found].astype(np.int64))
        found, counts = np.unique(keys, return_counts=True)
        return cls(found.astype(np.uint64), counts.astype(np.int64))

    @classmethod
    def together(cls, parts: Iterable["Histogram"]) -> "Histogram":
        """Return the sum of several histograms; of none, an empty one.

        >>> part = Histogram.of(np.array([1, 2], np.uint64))
        >>> Histogram.together([part, part]).counts.tolist()
        [2, 2]
        """
        several = list(parts)
        if len(several) == 1:
            return several[0]
        keys = np.concatenate([np.zeros(0, np.uint64), *(part.keys for part in several)])
        counts = np.concatenate([np.zeros(0, np.int64), *(part.counts for part in several)])
        order = np.argsort(keys, kind="stable")  # of sorted runs: a merge
        keys, counts = keys[order], counts[order]
        starts = np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint64(1)) != 0)
        return cls(keys[starts], np.add.reduceat(counts, starts) if len(starts) else counts)

    @property
    def total(self) -> int:
        """Sum of all counts."""
        return int(self.counts.sum())

    def of_keys(self, keys: np.ndarray) -> np.ndarray:
        """Return (n,) int64, the counts of keys that all occur."""
        found: np.ndarray = self.counts[np.searchsorted(self.keys, keys)]
        return found


class Adding:
    """A histogram in the making: parts are merged when they are as large as what is merged already."""

    def __init__(self) -> None:
        self._whole = Histogram.together([])
        self._parts: list[Histogram] = []
        self._waiting = 0

    def add(self, part: Histogram) -> None:
        """Add a part."""
        self._parts.append(part)
        self._waiting += len(part.keys)
        if self._waiting > len(self._whole.keys):
            self._merge()

    def whole(self) -> Histogram:
        """Return the sum of all parts."""
        self._merge()
        return self._whole

    def _merge(self) -> None:
        self._whole = Histogram.together([self._whole, *self._parts])
        self._parts, self._waiting = [], 0
