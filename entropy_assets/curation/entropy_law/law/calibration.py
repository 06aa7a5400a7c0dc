"""The subsets of the parent's pool that the law is fitted on: disjoint, of equal bytes, spread along R.

What belongs here: drawing them. What does not: their R and L, and the line through these (`fit`).
"""

import zlib
from typing import Literal, NamedTuple

import numpy as np

from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.storage import seed_from

Origin = Literal["random", "window"]
"""How a calibration subset was made: drawn at random, or cut in the order of compressibility."""


class Subset(NamedTuple):
    """A calibration subset: its origin, and the indices of its records."""

    origin: Origin
    indices: np.ndarray


def calibration_subsets(texts: Texts, n_points: int, n_bytes: int, seed: int) -> list[Subset]:
    """Return disjoint subsets of about `n_bytes` bytes each: origin, and indices into `texts`.

    Every second subset is a random draw; the others are cut from what is left in the order of the
    records' own compressibility, so that the points spread along R. Fewer come back where the records
    do not suffice.

    Parameters
    ----------
    texts
        Training records of the parent's pool.
    n_points
        Subsets that are wanted.
    n_bytes
        Size of each in bytes.
    seed
        Seed of the draw.
    """
    sizes = texts.sizes
    order = np.random.default_rng(seed_from(seed, "calibration")).permutation(len(texts))
    n_random = n_points // 2
    drawn, rest = _consecutive_parts(order, sizes, n_bytes, n_random)
    subsets = [Subset("random", indices) for indices in drawn]
    costs = np.array([_own_ratio(texts.texts[i]) for i in rest])
    by_ratio = rest[np.argsort(costs, kind="stable")]
    n_windows = n_points - n_random
    totals = np.cumsum(sizes[by_ratio])
    if len(rest) and totals[-1] >= n_windows * n_bytes:
        # Edges by share of all bytes: windows of a least size would overshoot and lose the last one.
        edges = np.searchsorted(totals, totals[-1] * np.arange(1, n_windows) / n_windows)
        for window in np.split(by_ratio, edges):
            found, _ = _consecutive_parts(window, sizes, n_bytes, 1)
            subsets += [Subset("window", indices) for indices in found]
    return subsets


def _own_ratio(text: bytes) -> float:
    return len(text) / len(zlib.compress(text, 6))


def _consecutive_parts(
    order: np.ndarray, sizes: np.ndarray, n_bytes: int, n_parts: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Cut consecutive parts of at least `n_bytes` bytes from `order`; return them and the rest."""
    parts: list[np.ndarray] = []
    start = 0
    totals = np.cumsum(sizes[order])
    while len(parts) < n_parts:
        before = int(totals[start - 1]) if start else 0
        end = int(np.searchsorted(totals, before + n_bytes)) + 1
        if end > len(order):
            break
        parts.append(order[start:end])
        start = end
    return parts, order[start:]
