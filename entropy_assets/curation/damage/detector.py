"""A detector of damage: what it learned of a pool, and how damaged it finds a passage.

What belongs here: learning, keeping, scoring. What does not: how many damaged ones are too many (`nature`).
"""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import zstandard

from entropy_assets.curation.damage.features import Reference, alone, look, majority
from entropy_assets.curation.damage.forest import Forest
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.nature import Nature
from entropy_assets.curation.damage.neighbours import Space
from entropy_assets.curation.damage.passages import Passage, Passages
from entropy_assets.curation.damage.training import make_examples
from entropy_assets.storage import canonical_json

MIN_PASSAGES = 60
"""Sound passages from which on a detector is worth having."""


@dataclass(frozen=True)
class Scored:
    """What a detector finds of some passages.

    Parameters
    ----------
    scores
        (n,) float64 in [0, 1], how damaged each looks.
    families
        (n,) int64, the place in `FAMILIES` of the damage that each looks like most.
    sources
        (n,) the source of most of its nearest sound passages.
    strangeness
        (n,) float64 in [0, 1], how much it looks like a record of no source of the pool.
    held
        (n,) float32 in [0, 1], how much of it the pool's space holds.
    """

    scores: np.ndarray
    families: np.ndarray
    sources: np.ndarray
    strangeness: np.ndarray
    held: np.ndarray


@dataclass(frozen=True)
class Detector:
    """What was learned of a pool.

    Parameters
    ----------
    reference, sources, counts
        Sound passages, their sources, and how usual texts are among them.
    forests
        One a fold, each grown without it: sound, or which of `FAMILIES`.
    outsiders
        The same: of a source of the pool, or of none. Empty where the pool has one source.
    nature
        What sound parts of the pool reach.
    """

    reference: Reference
    sources: np.ndarray
    counts: Counts
    forests: tuple[Forest, ...]
    outsiders: tuple[Forest, ...]
    nature: Nature

    @classmethod
    def of(
        cls,
        passages: Passages,
        *,
        n_damaged: int,
        n_trees: int,
        seed: int,
        workers: int = 1,
        families: Sequence[str] | None = None,
    ) -> "Detector":
        """Return the detector of sound passages; see `make_examples`. Trees are `n_trees` a fold."""
        reference = Reference.of(passages.items, seed)
        sources = np.array(passages.sources)
        examples, counts = make_examples(reference, sources, n_damaged, seed, families)

        def grown(values: np.ndarray, classes: np.ndarray, number: int) -> Forest:
            n_classes = 2 if classes.dtype == bool else 1 + len(FAMILIES)
            return Forest.grown(
                values,
                classes.astype(np.int64),
                n_classes,
                n_trees=n_trees,
                seed=seed + number,
                workers=workers,
            )

        inside = ~examples.outside
        forests, shares = _cross_fitted(examples.values, examples.damage, examples.folds, inside, grown)
        outsiders: tuple[Forest, ...] = ()
        strangeness = np.zeros(len(examples.held))  # one source does not say what another one is like
        if examples.outside.any():
            _, honest = _cross_fitted(
                examples.values, examples.damage, examples.groups, examples.outside, grown
            )
            shares = np.where(inside[:, None], shares, honest)
            outsiders, both = _cross_fitted(
                alone(examples.values), examples.outside, examples.folds, np.ones_like(inside), grown
            )
            strangeness = both[:, 1]
        nature = Nature.of(1.0 - shares[:, 0], strangeness, examples, sources)
        return cls(reference, sources, counts.total, forests, outsiders, nature)

    def to_bytes(self) -> bytes:
        """Return the detector as bytes that hold arrays and texts alone."""
        kept = {
            "questions": _packed([item.question for item in self.reference.items]),
            "answers": _packed([item.answer for item in self.reference.items]),
            "rarity": self.reference.space.rarity,
            "axes": self.reference.space.axes,
            "vectors": self.reference.vectors,
            "shapes": self.reference.shapes,
            "sources": self.sources,
            "n_outsiders": np.array(len(self.outsiders)),
            **self.counts.arrays(),
            **self.nature.arrays(),
        }
        for name, forests in (("forest", self.forests), ("outsider", self.outsiders)):
            for number, forest in enumerate(forests):
                kept |= forest.arrays(f"{name}{number}")
        kept["n_forests"] = np.array(len(self.forests))
        out = io.BytesIO()
        np.savez(out, allow_pickle=False, **kept)
        return zstandard.ZstdCompressor(level=3).compress(out.getvalue())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Detector":
        """Return what `to_bytes` wrote."""
        unpacked = zstandard.ZstdDecompressor().decompress(data)
        with np.load(io.BytesIO(unpacked), allow_pickle=False) as kept:
            items = list(map(Passage, _unpacked(kept["questions"]), _unpacked(kept["answers"])))
            forests, outsiders = (
                tuple(
                    Forest.from_arrays(kept, f"{name}{number}") for number in range(int(kept[f"n_{name}s"]))
                )
                for name in ("forest", "outsider")
            )
            space = Space(kept["rarity"], kept["axes"])
            return cls(
                Reference(items, space, kept["vectors"], kept["shapes"]),
                kept["sources"],
                Counts.from_arrays(kept),
                forests,
                outsiders,
                Nature.from_arrays(kept),
            )

    def score(self, items: list[Passage]) -> Scored:
        """Return what is found of passages that came together."""
        seen = look(items, self.reference, np.arange(len(self.reference.items)), self.counts)
        shares = _mean(self.forests, seen.values)
        families = shares[:, 1:].argmax(axis=1)
        strangeness = np.zeros(len(seen.held))
        if self.outsiders:
            strangeness = _mean(self.outsiders, alone(seen.values))[:, 1]
        beside = majority(self.sources[seen.neighbours])
        return Scored(1.0 - shares[:, 0], families, beside, strangeness, seen.held)


def _packed(texts: list[str]) -> np.ndarray:
    """Return texts as one array of bytes: canonical JSON in UTF-8."""
    return np.frombuffer(canonical_json(texts), dtype=np.uint8)


def _unpacked(data: np.ndarray) -> list[str]:
    texts: list[str] = json.loads(data.tobytes())
    return texts


def _mean(forests: Sequence[Forest], values: np.ndarray) -> np.ndarray:
    """Return (n, c) the mean share of each class over some forests."""
    found: np.ndarray = np.mean([forest.predict(values) for forest in forests], axis=0)
    return found


def _cross_fitted(
    values: np.ndarray,
    classes: np.ndarray,
    parts: np.ndarray,
    asked: np.ndarray,
    grown: Callable[[np.ndarray, np.ndarray, int], Forest],
) -> tuple[tuple[Forest, ...], np.ndarray]:
    """Return one forest a part, grown without it, and (n, c) what each says of the examples of its part.

    Parameters
    ----------
    values
        (n, f) float32.
    classes
        (n,) int64, 0 … c - 1, or bool.
    parts
        (n,) int64.
    asked
        (n,) bool, the examples whose answer is wanted.
    grown
        (values, classes, number) -> forest.
    """
    answers, forests = [], []
    for part in np.unique(parts):
        own = parts == part
        forest = grown(values[~own], classes[~own], int(part))
        answers.append((own & asked, forest.predict(values[own & asked])))
        forests.append(forest)
    found = np.zeros((len(values), forests[0].shares.shape[1]))
    for places, said in answers:
        found[places] = said
    return tuple(forests), found
