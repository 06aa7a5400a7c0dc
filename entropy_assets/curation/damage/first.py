"""The detector of damage in a first version: it comes with the package, as no promoted record says what is sound.

It is two forests. One says of a passage, as it is seen beside the rest of its drop (`inside`), how damaged it
looks and like what. It learned that on sound and corrupted drops (`benchmarks.first_version`). How far the
passages of one source lie apart in that, and what recurs, are the numbers of a drop, from which the other
forest estimates the share of damaged records. It learned that on drops whose sources the first one had not
seen, and the limit is taken there too: what sound drops of unseen sources reach.

What belongs here: the kept detector, and what it finds of a drop. What does not: making it, and judging.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import zstandard

from entropy_assets.curation.damage.forest import Forest
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.inside import Inside, look_inside
from entropy_assets.curation.damage.measuring import Damaged
from entropy_assets.curation.damage.passages import Passages

KEPT = "first_version.zst"
"""File of the package that holds the detector."""

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.6)
"""Shares of damaged records between which the forest of drops decides."""

POINTED = 0.25
"""A record is pointed at where it looks so much more damaged than half of its source."""

_LEVELS = (0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
_NEAR_LEVELS = (0.2, 0.3, 0.4)
_ALL_LEVELS = (0.5, 0.6, 0.7, 0.8)
_OF_FAMILY = 0.12
_TOLD = 3


@dataclass(frozen=True)
class FirstDamage:
    """What the detector finds of a first version.

    Parameters
    ----------
    n
        Passages that were looked at.
    share
        Estimated share of damaged ones.
    natural
        What all but a few sound drops of unseen sources reach.
    scatter
        Standard deviation of the estimate over these.
    looks_like
        Family of damage -> share of the passages that look damaged, the largest first.
    records
        Records that look damaged, by place.
    """

    n: int
    share: float
    natural: float
    scatter: float
    looks_like: dict[str, float]
    records: tuple[Damaged, ...]


@dataclass(frozen=True)
class FirstDetector:
    """The kept detector.

    Parameters
    ----------
    passages, drops
        The forest of passages: sound, or which of `FAMILIES`; that of drops: which of `SHARES`.
    natural, scatter
        See `FirstDamage`.
    """

    passages: Forest
    drops: Forest
    natural: float
    scatter: float

    def measure(self, passages: Passages, seed: int) -> FirstDamage:
        """Return what is found of the passages of a drop, at least `MIN_PASSAGES`; `seed` is of all draws."""
        seen = look_inside(passages, seed)
        said = self.passages.predict(seen.values)
        sources = np.array(passages.sources)
        numbers = numbers_of(said, sources, seen)
        values = np.array([list(numbers.values())], dtype=np.float32)
        beyond = 1 - said[:, 0] - _own(1 - said[:, 0], sources)
        pointed = np.flatnonzero(beyond > POINTED)
        names, families = list(FAMILIES), said[:, 1:].argmax(axis=1)
        counts = np.bincount(families[pointed], minlength=len(names))
        worst: dict[int, Damaged] = {}
        for k in pointed:
            one = Damaged(int(passages.records[k]), float(1 - said[k, 0]), names[families[k]])
            if one.place not in worst or one.score > worst[one.place].score:
                worst[one.place] = one
        most = np.argsort(-counts, kind="stable")[:_TOLD]
        return FirstDamage(
            len(passages),
            float(estimated(self.drops, values)[0]),
            self.natural,
            self.scatter,
            {names[i]: float(counts[i] / len(pointed)) for i in most if counts[i]},
            tuple(worst[place] for place in sorted(worst)),
        )

    def to_bytes(self) -> bytes:
        """Return the detector as bytes that hold numbers alone."""
        kept = {"natural": np.array(self.natural), "scatter": np.array(self.scatter)}
        kept |= self.passages.small_arrays("passages") | self.drops.small_arrays("drops")
        out = io.BytesIO()
        np.savez(out, allow_pickle=False, **kept)
        return zstandard.ZstdCompressor(level=19).compress(out.getvalue())

    @classmethod
    def from_bytes(cls, data: bytes) -> "FirstDetector":
        """Return what `to_bytes` wrote."""
        with np.load(io.BytesIO(zstandard.ZstdDecompressor().decompress(data)), allow_pickle=False) as kept:
            return cls(
                Forest.from_small_arrays(kept, "passages"),
                Forest.from_small_arrays(kept, "drops"),
                float(kept["natural"]),
                float(kept["scatter"]),
            )


@cache
def first_detector() -> FirstDetector:
    """Return the detector that comes with the package."""
    return FirstDetector.from_bytes((files("entropy_assets.curation.damage") / KEPT).read_bytes())


def estimated(forest: Forest, values: np.ndarray) -> np.ndarray:
    """Return (n,) the share of damaged records of drops, by their (n, f) numbers."""
    shares: np.ndarray = forest.predict(values) @ np.array(SHARES)
    return shares


def numbers_of(said: np.ndarray, sources: np.ndarray, seen: Inside) -> dict[str, float]:
    """Return the numbers of a drop.

    Parameters
    ----------
    said
        (n, 1 + families) what the forest of passages says of each.
    sources
        (n,) sources.
    seen
        What it was told.
    """
    score = 1 - said[:, 0]
    beyond = score - _own(score, sources)
    near = score - np.median(score[seen.neighbours], axis=1)
    of_family = said[:, 1:] - np.column_stack([_own(one, sources) for one in said[:, 1:].T])
    found = {f"of source beyond {level}": float(np.sqrt((beyond > level).mean())) for level in _LEVELS}
    found |= {f"of near beyond {level}": float(np.sqrt((near > level).mean())) for level in _NEAR_LEVELS}
    found |= {f"beyond {level}": float(np.sqrt((score > level).mean())) for level in _ALL_LEVELS}
    found |= {f"quantile {q} beyond source": float(np.quantile(beyond, q)) for q in (0.85, 0.92)}
    gaps = np.sort(np.quantile(of_family, 0.88, axis=0))
    found |= {"largest family": float(gaps[-1]), "second family": float(gaps[-2])}
    found["share of a family"] = float(np.sqrt((of_family > _OF_FAMILY).mean(axis=0).max()))
    for name, own in seen.recurring():
        found[f"{name}, mean"] = float(own.mean())
        found[f"{name}, beyond half"] = float(np.quantile(own, 0.93) - np.quantile(own, 0.5))
    return found | {"half": float(np.median(score))}


def _own(scores: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """Return (n,) for each passage the median score of its source."""
    usual = np.empty(len(scores))
    for mask in _masks(sources):
        usual[mask] = np.median(scores[mask])
    return usual


def _masks(sources: np.ndarray) -> Iterator[np.ndarray]:
    yield from (sources == source for source in np.unique(sources))
