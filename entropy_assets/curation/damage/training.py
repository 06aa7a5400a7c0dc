"""What a detector learns from: sound passages, harmless variations, corrupted ones, each seen from outside.

Passages of a fold are looked at under the reference without that fold, whose clusters are whole: as a subject
that the pool does not hold yet. Some are looked at without all of their source: as a source that it does not
hold yet. Sound ones are looked at without a few others too, as records of a subject that it holds.

What belongs here: making and looking at examples. What does not: learning from them (`detector`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.damage.features import Reference, Seen, look
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.neighbours import clusters, folds, majority
from entropy_assets.curation.damage.passages import Passage, Passages
from entropy_assets.curation.damage.variations import FORMS, VARIATIONS

N_FOLDS = 5
N_GROUPS = 5
"""Groups of sources of which each is left out whole."""
_BATCHES, _HANDS = (8, 60), (8, 30)
"""Passages that one call of a generator gets at least and at most, and one of another form."""

SUBJECT, SOURCE, ALONE = 0, 1, 2
"""What an example was looked at without: its cluster with others, its source with others, or any few."""

SOUND = 0
N_USUAL = len(VARIATIONS) - len(FORMS)
"""Variations that a pool shows now and then; the others are learned from, and say nothing of its scatter."""
ONE_LENGTH = len(VARIATIONS) + 1
"""Stands for no variation: a sound passage again, among those of its source and of its length."""
_LEAST_SHARE = 0.03
"""A batch stands for this share of what comes together at least."""
_OUTSIDE, _ALONE = 0.25, 0.25
"""As many examples are looked at without their source, or without any few, for one without its fold."""


@dataclass(frozen=True)
class Examples:
    """What is learned from, and what thresholds are taken on.

    Parameters
    ----------
    values
        (n, f) float32.
    damage
        (n,) int64, 0 for sound, else 1 + the place of the family in `FAMILIES`.
    places
        (n,) int64, the passage of the reference that each was made of.
    folds
        (n,) int64, its fold.
    variations
        (n,) int64, 0 for none, else 1 + the place in `VARIATIONS`, or `ONE_LENGTH`.
    groups
        (n,) int64, the group of sources that it belongs to.
    sides
        (n,) int64, places in `SIDES`.
    without
        (n,) int64, what it was looked at without: `SUBJECT`, `SOURCE` or `ALONE`.
    near
        (n,) float32, the mean cosine between each and its nearest passages.
    held
        (n,) float32, how much of each the reference's space holds.
    beside
        (n,) the source of most of its nearest passages.
    lengths
        (n,) float64, ln of 1 + the characters of its answer.
    clusters
        (m,) int64, cluster of each passage of the reference.
    """

    values: np.ndarray
    damage: np.ndarray
    places: np.ndarray
    folds: np.ndarray
    variations: np.ndarray
    groups: np.ndarray
    sides: np.ndarray
    without: np.ndarray
    near: np.ndarray
    held: np.ndarray
    beside: np.ndarray
    lengths: np.ndarray
    clusters: np.ndarray


@dataclass(frozen=True)
class _Promoted:
    """Sound passages: the reference of them, and of each its source, its record and its cluster."""

    reference: Reference
    sources: np.ndarray
    records: np.ndarray
    clusters: np.ndarray
    seed: int

    def at(self, places: np.ndarray) -> list[Passage]:
        return [self.reference.items[i] for i in places]


@dataclass(frozen=True)
class _Batch:
    """Passages that come together, and of each its place, damage and variation.

    What else comes with them is not looked at.
    """

    items: list[Passage]
    labels: np.ndarray


def make_examples(
    reference: Reference,
    passages: Passages,
    n_damaged: int,
    seed: int,
    families: Sequence[str] | None = None,
) -> tuple[Examples, Counts]:
    """Return examples of a reference, `n_damaged` a family, and the counts of all of it.

    Parameters
    ----------
    reference
        That of the passages.
    passages
        Sound ones.
    n_damaged
        Corrupted passages of each family.
    seed
        Seed of all draws.
    families
        Families that are used; all of them by default.
    """
    sources = np.array(passages.sources)
    own_clusters = clusters(reference.vectors, sources, seed)
    promoted = _Promoted(reference, sources, passages.records, own_clusters, seed)
    own_folds = folds(own_clusters, sources, N_FOLDS)
    names, codes = np.unique(sources, return_inverse=True)
    groups = codes % min(N_GROUPS, len(names))
    used = list(FAMILIES) if families is None else list(families)
    texts = [item.answer for item in reference.items]
    cells = {SUBJECT: own_folds, ALONE: _any_few(passages.records, seed)}
    amounts = {SUBJECT: n_damaged // N_FOLDS, ALONE: int(n_damaged * _ALONE) // N_FOLDS}
    if len(names) > 1:
        cells[SOURCE] = groups
        amounts[SOURCE] = int(n_damaged * _OUTSIDE) // (int(groups.max()) + 1)
    parts, counts = [], Counts.of(texts, own_folds, N_FOLDS)
    for without, of_each in cells.items():
        counted = counts if without == SUBJECT else Counts.of(texts, of_each, int(of_each.max()) + 1)
        for cell in np.unique(of_each).tolist():  # a small source has fewer clusters than folds
            seen, labels = _look(promoted, of_each, counted, cell, amounts[without], used, without)
            parts.append(
                (seen.values, labels, seen.neighbours, seen.held, seen.near, np.full(len(labels), without))
            )
    values, labels, neighbours, held, near, kinds = (np.concatenate(c) for c in zip(*parts, strict=True))
    places = labels[:, 0]
    examples = Examples(
        values,
        damage=labels[:, 1],
        places=places,
        folds=own_folds[places],
        variations=labels[:, 2],
        groups=groups[places],
        sides=passages.sides[places],
        without=kinds,
        near=near,
        held=held,
        beside=majority(sources[neighbours]),
        lengths=values[:, 0].astype(np.float64),
        clusters=own_clusters,
    )
    return examples, counts


def _any_few(records: np.ndarray, seed: int) -> np.ndarray:
    """Return (n,) int64 cells of passages by chance, those of one record together."""
    names, codes = np.unique(records, return_inverse=True)
    cells: np.ndarray = np.random.default_rng(seed % 2**63).permutation(len(names))[codes] % N_FOLDS
    return cells


def _look(
    promoted: _Promoted,
    cells: np.ndarray,
    counts: Counts,
    cell: int,
    amount: int,
    families: list[str],
    without: int,
) -> tuple[Seen, np.ndarray]:
    """Return what is seen of the examples of a cell, and labels: place, damage, variation."""
    rng = np.random.default_rng([promoted.seed % 2**63, cell, without])
    own, kept = np.flatnonzero(cells == cell), np.flatnonzero(cells != cell)
    donors = promoted.at(own)
    sound = rng.permutation(own)[: amount * len(FAMILIES)] if without == SOURCE else own
    batches = list(_sound(promoted, sound))
    batches += _varied(promoted, own, donors, amount, rng)
    if without != ALONE:  # learned from these, what looks like known subjects would never look damaged
        batches += _damaged(promoted, own, donors, amount, families, rng)
    items = [item for batch in batches for item in batch.items]
    together = np.repeat(np.arange(len(batches)), [len(batch.items) for batch in batches])
    shares = np.exp(rng.uniform(np.log(_LEAST_SHARE), 0.0, len(batches)))
    sizes = np.array([len(batch.items) for batch in batches]) / shares
    labels = np.concatenate([batch.labels for batch in batches]).astype(np.int64)
    records = promoted.records[labels[:, 0]]
    return look(items, promoted.reference, kept, counts, [cell], together, sizes, records=records), labels


def _sound(promoted: _Promoted, own: np.ndarray) -> Iterator[_Batch]:
    """Yield sound passages as drops bring them: clusters, then half of each quarter of a source by length.

    What recurs in one subject or among short answers is no boilerplate.
    """
    for cluster in np.unique(promoted.clusters[own]):
        places = own[promoted.clusters[own] == cluster]
        yield _Batch(promoted.at(places), np.array([(i, 0, 0) for i in places]))
    lengths = np.array([len(item.answer) for item in promoted.reference.items])
    for source in np.unique(promoted.sources[own]):
        of_source = own[promoted.sources[own] == source]
        for places in np.array_split(of_source[np.argsort(lengths[of_source], kind="stable")], 4):
            if len(places):
                labels = np.array([(i, 0, ONE_LENGTH) for i in places[::2]])
                yield _Batch(promoted.at(places[::2]), labels)


def _drawn(
    own: np.ndarray, amount: int, batch: tuple[int, int], rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield batches of places, `amount` in all, none twice before each came once."""
    if not (len(own) and amount):
        return
    order = np.concatenate([rng.permutation(own) for _ in range(-(-amount // len(own)))])[:amount]
    while len(order):
        size = int(rng.integers(batch[0], batch[1] + 1))
        yield order[:size]
        order = order[size:]


def _varied(
    promoted: _Promoted, own: np.ndarray, donors: list[Passage], amount: int, rng: np.random.Generator
) -> Iterator[_Batch]:
    for number, (name, vary) in enumerate(VARIATIONS.items(), 1):
        drawn = _drawn(own, amount // 2, _HANDS, rng) if name in FORMS else _drawn(own, amount, _BATCHES, rng)
        for places in drawn:
            items = vary(promoted.at(places), donors, rng)
            yield _Batch(items, np.array([(i, 0, number) for i in places]))


def _damaged(
    promoted: _Promoted,
    own: np.ndarray,
    donors: list[Passage],
    amount: int,
    families: list[str],
    rng: np.random.Generator,
) -> Iterator[_Batch]:
    """Yield corrupted passages; those that a generator left as they were are not damaged, and left out."""
    for number, (family, generators) in enumerate(FAMILIES.items(), 1):
        if family not in families:
            continue
        for places in _drawn(own, amount, _BATCHES, rng):
            generator = generators[int(rng.integers(len(generators)))]
            before = promoted.at(places)
            after = generator.damage(before, donors, rng)
            changed = [k for k, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
            if changed:
                labels = np.array([(places[k], number, 0) for k in changed])
                yield _Batch([after[k] for k in changed], labels)
