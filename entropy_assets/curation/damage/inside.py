"""What is seen of the passages of a drop beside the rest of it, where no promoted record says what is sound.

Every passage is looked at under the drop without the fold that holds its cluster, as a promoted pool's own
passages are when a detector learns (`training`). What recurs is counted over the whole drop.

What belongs here: a drop beside itself. What does not: what that says of damage (`first`).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.damage.features import PARTS, Reference, alone, look
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.neighbours import clusters, folds
from entropy_assets.curation.damage.passages import Passages

N_FOLDS = 5
_FEW = 10


@dataclass(frozen=True)
class Inside:
    """What is seen of some passages that came together.

    Parameters
    ----------
    names
        Names of the numbers.
    values
        (n, len(names)) float32.
    neighbours
        (n, k) int64, places of the nearest passages of other folds.
    """

    names: tuple[str, ...]
    values: np.ndarray
    neighbours: np.ndarray


def look_inside(passages: Passages, seed: int) -> Inside:
    """Return what is seen of the passages of a drop, at least two; `seed` is that of all draws."""
    items, sources = passages.items, np.array(passages.sources)
    reference = Reference.of(items, seed)
    own_folds = folds(clusters(reference.vectors, sources, seed), sources, N_FOLDS)
    counts = Counts.of([item.answer for item in items], own_folds, N_FOLDS)
    recurring = _recurring(passages)
    values, neighbours = None, None
    for fold in np.unique(own_folds):
        own, kept = np.flatnonzero(own_folds == fold), np.flatnonzero(own_folds != fold)
        seen = look([items[i] for i in own], reference, kept, counts, [int(fold)], places=own)
        if values is None or neighbours is None:
            names = seen.names[: len(seen.names) - len(PARTS)]
            values = np.zeros((len(items), len(names)), np.float32)
            neighbours = np.zeros((len(items), seen.neighbours.shape[1]), np.int64)
        values[own] = alone(seen.values)
        k = min(neighbours.shape[1], seen.neighbours.shape[1])
        neighbours[own, :k] = seen.neighbours[:, :k]
        neighbours[own, k:] = seen.neighbours[:, :1]
    return Inside((*names, *recurring), np.column_stack([values, *recurring.values()]).astype(np.float32), neighbours)


def _recurring(passages: Passages) -> dict[str, np.ndarray]:
    """Return how often parts of each passage stand in others of its source and in others of the drop."""
    found = {}
    sizes = Counter(passages.sources)
    n = len(passages)
    for name, part in PARTS.items():
        keys = [part(item) for item in passages.items]
        own, whole = Counter(zip(passages.sources, keys, strict=True)), Counter(keys)
        found[f"{name} of source"] = np.array(
            [
                np.sqrt((own[source, key] - 1) / (sizes[source] - 1 + _FEW)) if key else 0.0
                for source, key in zip(passages.sources, keys, strict=True)
            ]
        )
        found[f"{name} of drop"] = np.array([np.sqrt((whole[k] - 1) / (n - 1 + _FEW)) if k else 0.0 for k in keys])
    return found
