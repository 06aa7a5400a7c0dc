"""How many vectors lie near one, by counting buckets: a sketch of fixed size, made in one pass.

Each of `rows` hash functions puts a vector into one of `columns` buckets and counts it there (RACE, Coleman
and Shrivastava 2020; arXiv 2402.09668, Algorithm 2). The functions are p-stable for the Euclidean distance
(Datar et al. 2004), `joined` of them together: two vectors at a distance share a bucket with
`collision_probability`. So the mean count of the buckets of a vector is the sum of that kernel over all
vectors that were counted.

What belongs here: counting and asking. What does not: what scores are made of it (`density`).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

from entropy_assets.errors import InvalidParameter
from entropy_assets.execution import Threads

BLOCK = 4_096
"""Vectors that are hashed at once. Every product has this shape, so that a hash does not depend on which
other vectors come along: libraries add in another order for another shape."""

_MIX = 0x9E3779B1


@dataclass(frozen=True)
class SketchParams:
    """Shape of a sketch, with the paper's size.

    Parameters
    ----------
    rows, columns
        Hash functions, and buckets of each; 1,000 and 20,000 take 80 MB.
    joined
        p-stable functions that make one of them: the more, the narrower the kernel.
    width
        Width of their buckets, in units of the vectors' distances.
    seed
        Seed of the functions, not negative.

    Raises
    ------
    InvalidParameter
        A size is not positive, or the seed is negative.
    """

    rows: int = 1_000
    columns: int = 20_000
    joined: int = 4
    width: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("rows", "columns", "joined", "width"):
            if not getattr(self, name) > 0:
                raise InvalidParameter(f"{name} of a sketch must be above 0, got {getattr(self, name)!r}")
        if self.seed < 0:
            raise InvalidParameter(f"the seed of a sketch must not be negative, got {self.seed}")


@dataclass(frozen=True)
class Sketch:
    """Counts of vectors by bucket. Sketches of two sets of vectors add up to that of both.

    Parameters
    ----------
    params
        Its shape.
    dimensions
        Numbers of a vector.
    counts
        (rows, columns) int64.
    total
        Vectors that were counted.
    """

    params: SketchParams
    dimensions: int
    counts: np.ndarray
    total: int

    @classmethod
    def of(cls, vectors: np.ndarray, params: SketchParams, workers: int = 1) -> "Sketch":
        """Return the sketch of (n, d) float32 vectors; it does not depend on their order or on `workers`."""
        counts = np.zeros((params.rows, params.columns), np.int64)
        made = cls(params, vectors.shape[1], counts, len(vectors))
        for buckets in made._buckets(vectors, workers):
            for row, own in enumerate(buckets):
                counts[row] += np.bincount(own, minlength=params.columns)
        return made

    def __add__(self, other: "Sketch") -> "Sketch":
        if (self.params, self.dimensions) != (other.params, other.dimensions):
            raise InvalidParameter(
                f"sketches must have one shape to be added, got {self.params} of {self.dimensions} numbers "
                f"and {other.params} of {other.dimensions}"
            )
        return Sketch(self.params, self.dimensions, self.counts + other.counts, self.total + other.total)

    def to_bytes(self) -> bytes:
        """Return the counts in a stored form, without the shape."""
        return np.array([self.dimensions, self.total], "<i8").tobytes() + self.counts.astype("<i4").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes, params: SketchParams) -> "Sketch":
        """Return what `to_bytes` stored of a sketch of that shape."""
        dimensions, total = np.frombuffer(data, "<i8", 2).tolist()
        counts = np.frombuffer(data, "<i4", offset=16).reshape(params.rows, params.columns)
        return cls(params, dimensions, counts.astype(np.int64), total)

    def densities(self, vectors: np.ndarray, workers: int = 1) -> np.ndarray:
        """Return of each of (n, d) float32 vectors the mean count of its buckets: (n,) float64."""
        found = [np.zeros(0)]
        for buckets in self._buckets(vectors, workers):
            sums = np.zeros(buckets.shape[1], np.int64)
            for row, own in enumerate(buckets):
                sums += self.counts[row][own]
            found.append(sums / self.params.rows)
        return np.concatenate(found)

    def _buckets(self, vectors: np.ndarray, workers: int) -> Iterator[np.ndarray]:
        """Yield (rows, m) int32 the bucket of some vectors under each function, in the vectors' order."""
        if vectors.shape[1] != self.dimensions:
            raise InvalidParameter(
                f"vectors must have {self.dimensions} numbers, as those of the sketch, got {vectors.shape[1]}"
            )
        params = self.params
        rng = np.random.default_rng(params.seed)
        n_drawn = params.rows * params.joined
        axes = rng.standard_normal((self.dimensions, n_drawn)).astype(np.float32) / np.float32(params.width)
        shifts = rng.random(n_drawn).astype(np.float32)
        mixers = rng.integers(1, 2**31, params.joined, dtype=np.int64) | 1

        def hashed(start: int) -> np.ndarray:
            own = vectors[start : start + BLOCK]
            block = np.zeros((BLOCK, self.dimensions), np.float32)
            block[: len(own)] = own
            cells = np.floor(block @ axes + shifts).astype(np.int64)[: len(own)]
            joined = (cells.reshape(len(own), params.rows, params.joined) * mixers).sum(axis=2)
            mixed = (joined * _MIX) >> 7
            buckets: np.ndarray = (mixed % params.columns).astype(np.int32).T.copy()
            return buckets

        with threadpool_limits(1), Threads(workers, ahead=workers) as threads:
            yield from threads.map(hashed, range(0, len(vectors), BLOCK))


def collision_probability(distance: float, params: SketchParams) -> float:
    """Return the chance that two vectors at a Euclidean distance share a bucket, buckets by chance apart.

    Datar et al. 2004, section 3.2: with t = width / distance, 1 - 2 Φ(-t) - 2 (1 - exp(-t² / 2)) / (√(2π) t),
    to the power of `joined`.

    >>> collision_probability(0.0, SketchParams())
    1.0
    >>> round(collision_probability(1.0, SketchParams(joined=1, width=1.0)), 3)
    0.369
    """
    if distance == 0:
        return 1.0
    t = params.width / distance
    one = 1 - 2 * float(ndtr(-t)) - 2 * (1 - math.exp(-t * t / 2)) / (math.sqrt(2 * math.pi) * t)
    return float(one**params.joined)
