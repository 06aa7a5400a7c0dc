"""The detector of damage in a first version, which comes with the package.

No promoted record says what is sound there. A forest says of a passage, as it is seen beside the rest of its
drop (`inside`), how damaged it looks and like what; it learned that on sound and corrupted drops of other
sources (`benchmarks.first_version`). How many passages look more damaged than half of their source is
compared with sources that it had not seen: whole kinds differ, and damage is a part that differs from the
rest of its source. A drop of many sources is told better than one of one: what is odd about a source is its
own.

What belongs here: the kept detector, and what it finds of a drop. What does not: making it, and judging.
"""

import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import zstandard

from entropy_assets.curation.damage.forest import Forest
from entropy_assets.curation.damage.inside import Inside, look_inside
from entropy_assets.curation.damage.measuring import Damaged, damaged_records, looks_like
from entropy_assets.curation.damage.passages import Passages

KEPT = "first_version.zst"
"""File of the package that holds the detector."""

LEVELS = (0.15, 0.2, 0.25)
"""A passage counts where it looks by so much more damaged than half of its source."""
POINTED = 0.25
"""A record is pointed at where it does by so much."""
MIN_OF_PART = 15
"""Passages from which on a source is a part of its own; smaller ones are one part together."""

_SHARE = 1
_QUANTILE = 0.85
_NEAR = 0.2


@dataclass(frozen=True)
class FirstDamage:
    """What the detector finds of a first version.

    Parameters
    ----------
    n
        Passages that were looked at.
    excess
        Share of them that look damaged beyond what is usual: all thresholds together, in the unit of one.
    natural
        What all but a few sound drops of unseen sources reach with such a mix of sources.
    scatter
        Standard deviation over these.
    looks_like
        Family of damage -> share of the passages that look damaged, the largest first.
    records
        Records that look damaged, by place.
    """

    n: int
    excess: float
    natural: float
    scatter: float
    looks_like: dict[str, float]
    records: tuple[Damaged, ...]


@dataclass(frozen=True)
class FirstDetector:
    """The kept detector.

    Parameters
    ----------
    forest
        Says of a passage whether it is sound, or which of `FAMILIES`.
    usual, scatter
        (f,) float64, mean of the numbers of a sound part (`parts_of`), and how they scatter between sources.
    limit
        What all but a few sound drops score.
    """

    forest: Forest
    usual: np.ndarray
    scatter: np.ndarray
    limit: float

    def measure(self, passages: Passages, seed: int) -> FirstDamage:
        """Return what is found of the passages of a drop, at least `MIN_PASSAGES`; `seed` is of all draws."""
        seen = look_inside(passages, seed)
        said = self.forest.predict(seen.values)
        sources = np.array(passages.sources)
        numbers, weights = parts_of(said, sources, seen)
        unit = float(self.scatter[_SHARE] * np.sqrt((weights**2).sum()))
        score = score_of(numbers, weights, self.usual, self.scatter)
        pointed = np.flatnonzero(_beyond(1 - said[:, 0], sources) > POINTED)
        families = said[:, 1:].argmax(axis=1)
        return FirstDamage(
            len(passages),
            score * unit,
            self.limit * unit,
            unit,
            looks_like(families[pointed]),
            damaged_records(passages, pointed, 1 - said[:, 0], families),
        )

    def to_bytes(self) -> bytes:
        """Return the detector as bytes that hold numbers alone."""
        kept = {"usual": self.usual, "scatter": self.scatter, "limit": np.array(self.limit)}
        out = io.BytesIO()
        np.savez(out, allow_pickle=False, **kept, **self.forest.small_arrays("forest"))
        return zstandard.ZstdCompressor(level=19).compress(out.getvalue())

    @classmethod
    def from_bytes(cls, data: bytes) -> "FirstDetector":
        """Return what `to_bytes` wrote."""
        with np.load(io.BytesIO(zstandard.ZstdDecompressor().decompress(data)), allow_pickle=False) as kept:
            forest = Forest.from_small_arrays(kept, "forest")
            return cls(forest, kept["usual"], kept["scatter"], float(kept["limit"]))


@cache
def first_detector() -> FirstDetector:
    """Return the detector that comes with the package."""
    return FirstDetector.from_bytes((files("entropy_assets.curation.damage") / KEPT).read_bytes())


def parts_of(said: np.ndarray, sources: np.ndarray, seen: Inside) -> tuple[np.ndarray, np.ndarray]:
    """Return (k, f) float64 numbers of the parts of a drop, and (k,) their shares of its passages.

    Parameters
    ----------
    said
        (n, 1 + families) what the forest says of each passage.
    sources
        (n,) sources.
    seen
        What it was told.
    """
    score = 1 - said[:, 0]
    beyond = _beyond(score, sources)
    near = score - np.median(score[seen.neighbours], axis=1)
    names, codes, counts = np.unique(sources, return_inverse=True, return_counts=True)
    codes = np.where(counts[codes] < MIN_OF_PART, len(names), codes)
    rows, sizes = [], []
    for code in np.unique(codes):
        own = beyond[codes == code]
        shares = [float(np.sqrt((own > level).mean())) for level in LEVELS]
        rows.append(
            [
                *shares,
                float(np.quantile(own, _QUANTILE)),
                float(np.sqrt((near[codes == code] > _NEAR).mean())),
            ]
        )
        sizes.append(len(own))
    return np.array(rows), np.array(sizes) / len(sources)


def score_of(numbers: np.ndarray, weights: np.ndarray, usual: np.ndarray, scatter: np.ndarray) -> float:
    """Return how far the parts of a drop are beyond usual, in standard deviations for such a mix."""
    each = (numbers - usual) / scatter
    return float((weights @ each).mean() / np.sqrt((weights**2).sum()))


def _beyond(scores: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Return (n,) by how much each passage scores above the median of its source."""
    found = np.empty(len(scores))
    for source in np.unique(sources):
        own = sources == source
        found[own] = scores[own] - np.median(scores[own])
    return found
