"""What is seen of the passages of a drop beside the rest of it, where no promoted record says what is sound.

Every passage is looked at under the drop without the fold that holds its cluster, as a promoted pool's own
passages are when a detector learns (`training`). What recurs is counted over the whole drop.

What belongs here: a drop beside itself. What does not: what that says of damage (`first`).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.damage.features import PARTS, Reference, alone, look
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.neighbours import N_NEIGHBOURS, clusters, folds
from entropy_assets.curation.damage.passages import Passages
from entropy_assets.curation.damage.recurring import RECURRING, recurring

N_FOLDS = 5
_FEW = 10
_LEFT_OUT = "beyond neighbours"
"""What begins so says more of the neighbours' scatter than of a passage, where a part of them is damaged."""


@dataclass(frozen=True)
class Inside:
    """What is seen of some passages that came together.

    Parameters
    ----------
    names
        Names of the numbers.
    values
        (n, len(names)) float32; the last ones are those of `RECURRING`.
    neighbours
        (n, k) int64, places of the nearest passages of other folds.
    """

    names: tuple[str, ...]
    values: np.ndarray
    neighbours: np.ndarray

    def recurring(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield name and (n,) float32 of what recurs in the drop."""
        yield from zip(RECURRING, self.values[:, -len(RECURRING) :].T, strict=True)


def look_inside(passages: Passages, seed: int) -> Inside:
    """Return what is seen of the passages of a drop, two folds of them at least; `seed` is of all draws."""
    items, sources = passages.items, np.array(passages.sources)
    reference = Reference.of(items, seed)
    own_folds = folds(clusters(reference.vectors, sources, seed), sources, N_FOLDS)
    counts = Counts.of([item.answer for item in items], own_folds, N_FOLDS)
    neighbours = np.zeros((len(items), N_NEIGHBOURS), np.int64)
    parts, order = [], []
    for fold in np.unique(own_folds):
        own, kept = np.flatnonzero(own_folds == fold), np.flatnonzero(own_folds != fold)
        seen = look([items[i] for i in own], reference, kept, counts, [int(fold)], places=own)
        parts.append(alone(seen.values))
        order.append(own)
        neighbours[own] = seen.neighbours[:, np.arange(N_NEIGHBOURS) % seen.neighbours.shape[1]]
    values = np.concatenate(parts)[np.argsort(np.concatenate(order), kind="stable")]
    names = seen.names[: values.shape[1]]
    told = [i for i, name in enumerate(names) if not name.startswith(_LEFT_OUT)]
    more = _of_source_and_drop(passages) | recurring(passages)
    together = np.column_stack([values[:, told], *more.values()]).astype(np.float32)
    return Inside((*(names[i] for i in told), *more), together, neighbours)


def _of_source_and_drop(passages: Passages) -> dict[str, np.ndarray]:
    """Return how often parts of each passage stand in others of its source and in others of the drop."""
    found, n, sizes = {}, len(passages), Counter(passages.sources)
    for name, part in PARTS.items():
        keys = [part(item) for item in passages.items]
        pairs = list(zip(passages.sources, keys, strict=True))
        told = set(zip(passages.sources, keys, passages.records.tolist(), strict=True))
        own, whole = Counter((source, key) for source, key, _ in told), Counter(key for _, key, _ in told)
        of_source = [(own[s, key] - 1) / (sizes[s] - 1 + _FEW) if key else 0.0 for s, key in pairs]
        of_drop = [(whole[key] - 1) / (n - 1 + _FEW) if key else 0.0 for key in keys]
        found[f"{name} of source"], found[f"{name} of drop"] = np.sqrt(of_source), np.sqrt(of_drop)
    return found
