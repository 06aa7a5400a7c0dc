"""A detector of damage: what it learned of a pool, and how damaged it finds a passage.

What belongs here: learning, keeping, scoring. What does not: how many damaged ones are too many (`nature`).
"""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files

import numpy as np
import zstandard

from entropy_assets.curation.damage.features import Reference, alone, look
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.nature import Nature
from entropy_assets.curation.damage.neighbours import Space, majority, narrowness
from entropy_assets.curation.damage.network import Network
from entropy_assets.curation.damage.passages import Passage, Passages
from entropy_assets.curation.damage.sound_parts import nature_of
from entropy_assets.curation.damage.training import ALONE, SOURCE, make_examples
from entropy_assets.devices import torch_threads
from entropy_assets.execution import Executor
from entropy_assets.storage import canonical_json, digest_value

MIN_PASSAGES = 60
"""Sound passages from which on a detector is worth having."""

_HONEST, _OUTSIDE = 0.6, 0.4
"""Share of the passes for networks that are asked once alone, and for those that tell sources apart."""


@dataclass(frozen=True)
class Scored:
    """What a detector finds of some passages.

    Parameters
    ----------
    shares
        (n, 1 + families) float64, how much each looks sound, and like each of `FAMILIES`.
    sources, subjects
        (n,) the source of most of its nearest sound passages, and the cluster.
    strangeness
        (n,) float64 in [0, 1], how much it looks like a record of no source of the pool.
    held
        (n,) float32 in [0, 1], how much of it the pool's space holds.
    near
        (n,) float32, the mean cosine between it and its nearest passages.
    """

    shares: np.ndarray
    sources: np.ndarray
    subjects: np.ndarray
    strangeness: np.ndarray
    held: np.ndarray
    near: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """(n,) float64 in [0, 1], how damaged each looks."""
        return 1.0 - self.shares[:, 0]

    @cached_property
    def families(self) -> np.ndarray:
        """(n,) int64, the place in `FAMILIES` of the damage that each looks like most."""
        found: np.ndarray = self.shares[:, 1:].argmax(axis=1)
        return found


@dataclass(frozen=True)
class Detector:
    """What was learned of a pool.

    Parameters
    ----------
    reference, sources, subjects, counts
        Sound passages, their sources, their clusters, and how usual texts are among them.
    networks
        One a fold, each trained without it: sound, or which of `FAMILIES`.
    outsiders
        The same: of a source of the pool, or of none. Empty where the pool has one source.
    nature
        What sound parts of the pool reach.
    """

    reference: Reference
    sources: np.ndarray
    subjects: np.ndarray
    counts: Counts
    networks: tuple[Network, ...]
    outsiders: tuple[Network, ...]
    nature: Nature

    @classmethod
    def of(
        cls,
        passages: Passages,
        *,
        n_damaged: int,
        n_epochs: int,
        seed: int,
        workers: int = 1,
        families: Sequence[str] | None = None,
    ) -> "Detector":
        """Return the detector of sound passages; see `make_examples`.

        Its networks are trained in `n_epochs` passes; nothing depends on `workers`.
        """
        reference = Reference.of(passages.items, seed)
        sources = np.array(passages.sources)
        examples, counts = make_examples(reference, passages, n_damaged, seed, families)
        values, outside = examples.values, examples.without == SOURCE
        learned = examples.without != ALONE
        outsiders: tuple[Network, ...] = ()
        strangeness = np.zeros(len(values))  # one source does not say what another one is like
        with torch_threads(workers) as threads:

            def fitted(
                numbers: np.ndarray, classes: np.ndarray, parts: np.ndarray, asked: np.ndarray, share: float
            ) -> tuple[tuple[Network, ...], np.ndarray]:
                passes = max(round(share * n_epochs), 1)
                return _cross_fitted(threads, numbers, classes, parts, learned, asked, passes, seed)

            networks, shares = fitted(values, examples.damage, examples.folds, ~outside, 1.0)
            if outside.any():
                _, honest = fitted(values, examples.damage, examples.groups, outside, _HONEST)
                shares = np.where(outside[:, None], honest, shares)
                everything = np.ones_like(outside)
                outsiders, both = fitted(alone(values), outside, examples.folds, everything, _OUTSIDE)
                strangeness = both[:, 1]
        nature = nature_of(shares, strangeness, examples, sources)
        return cls(reference, sources, examples.clusters, counts.total, networks, outsiders, nature)

    @property
    def well_known(self) -> np.ndarray:
        """The sources of which so many passages are promoted as a detector needs at least, sorted."""
        names, counts = np.unique(self.sources, return_counts=True)
        return names[counts >= MIN_PASSAGES]

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
            "subjects": self.subjects,
            "n_outsiders": np.array(len(self.outsiders)),
            **self.counts.arrays(),
            **self.nature.arrays(),
        }
        for name, networks in (("network", self.networks), ("outsider", self.outsiders)):
            for number, network in enumerate(networks):
                kept |= network.arrays(f"{name}{number}")
        kept["n_networks"] = np.array(len(self.networks))
        out = io.BytesIO()
        np.savez(out, allow_pickle=False, **kept)
        return zstandard.ZstdCompressor(level=3).compress(out.getvalue())

    @classmethod
    def from_bytes(cls, data: bytes) -> "Detector":
        """Return what `to_bytes` wrote."""
        unpacked = zstandard.ZstdDecompressor().decompress(data)
        with np.load(io.BytesIO(unpacked), allow_pickle=False) as kept:
            items = list(map(Passage, _unpacked(kept["questions"]), _unpacked(kept["answers"])))
            networks, outsiders = (
                tuple(
                    Network.from_arrays(kept, f"{name}{number}") for number in range(int(kept[f"n_{name}s"]))
                )
                for name in ("network", "outsider")
            )
            space = Space(kept["rarity"], kept["axes"])
            return cls(
                Reference(items, space, kept["vectors"], kept["shapes"]),
                kept["sources"],
                kept["subjects"],
                Counts.from_arrays(kept),
                networks,
                outsiders,
                Nature.from_arrays(kept),
            )

    def score(self, passages: Passages) -> Scored:
        """Return what is found of passages that came together."""
        seen = look(
            passages.items,
            self.reference,
            np.arange(len(self.reference.items)),
            self.counts,
            records=passages.records,
            narrow=lambda neighbours: narrowness(neighbours, self.sources, self.subjects),
        )
        shares = _mean(self.networks, seen.values)
        strangeness = np.zeros(len(seen.held))
        if self.outsiders:
            strangeness = _mean(self.outsiders, alone(seen.values))[:, 1]
        beside, subjects = (majority(of[seen.neighbours]) for of in (self.sources, self.subjects))
        return Scored(shares, beside, subjects, strangeness, seen.held, seen.near)


@cache
def made_by() -> str:
    """Return the digest of the code that makes detectors: what other code made is made anew."""
    return digest_value(_code())


def _code() -> dict[str, str]:
    """Return the modules of this package, those of its rooms among them, and what each holds."""
    rooms = (__package__, f"{__package__}.generators")
    return {
        f"{room}.{one.name}": one.read_text("utf-8")
        for room in rooms
        for one in files(room).iterdir()
        if one.name.endswith(".py")
    }


def _packed(texts: list[str]) -> np.ndarray:
    """Return texts as one array of bytes: canonical JSON in UTF-8."""
    return np.frombuffer(canonical_json(texts), dtype=np.uint8)


def _unpacked(data: np.ndarray) -> list[str]:
    texts: list[str] = json.loads(data.tobytes())
    return texts


def _mean(networks: Sequence[Network], values: np.ndarray) -> np.ndarray:
    """Return (n, c) the mean share of each class over some networks."""
    found: np.ndarray = np.mean([network.predict(values) for network in networks], axis=0)
    return found


def _cross_fitted(
    threads: Executor,
    values: np.ndarray,
    classes: np.ndarray,
    parts: np.ndarray,
    learned: np.ndarray,
    asked: np.ndarray,
    n_epochs: int,
    seed: int,
) -> tuple[tuple[Network, ...], np.ndarray]:
    """Return one network a part, trained without it, and (n, c) what each says of the examples of its part.

    Parameters
    ----------
    threads
        Where they are trained.
    values
        (n, f) float32.
    classes
        (n,) int64 places in `FAMILIES`, 1 more each, 0 for sound; or bool.
    parts
        (n,) int64.
    learned, asked
        (n,) bool, the examples that are learned from, and those whose answer is wanted.
    n_epochs
        Passes over the examples.
    seed
        Seed of all draws.
    """
    n_classes = 2 if classes.dtype == bool else 1 + len(FAMILIES)
    wanted = classes.astype(np.int64)

    def trained(part: int) -> Network:
        others = learned & (parts != part)
        return Network.trained(values[others], wanted[others], n_classes, n_epochs=n_epochs, seed=seed + part)

    names = np.unique(parts).tolist()
    networks = tuple(threads.map(trained, names))
    found = np.zeros((len(values), n_classes))
    for part, network in zip(names, networks, strict=True):
        own = (parts == part) & asked
        found[own] = network.predict(values[own])
    return networks, found
