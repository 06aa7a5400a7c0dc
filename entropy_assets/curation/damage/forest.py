"""A forest of extremely randomised trees (Geurts, Ernst, Wehenkel 2006), kept as arrays.

scikit-learn grows it; what is kept holds numbers alone, so that reading it back can run no code.

What belongs here: growing, keeping, asking. What does not: what it is asked about.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

_STEPS = 255
"""Steps of a share in a small forest."""


@dataclass(frozen=True)
class Forest:
    """Trees as arrays, one tree after the other.

    Parameters
    ----------
    roots
        (t,) int64, where each tree begins.
    children
        (n, 2) int32, the nodes to go on to, at most and above the threshold; a leaf is its own child.
    features
        (n,) int32, the number that a node looks at.
    thresholds
        (n,) float64.
    shares
        (n, c) float32, shares of the classes in a node.
    depth
        The longest way from a root to a leaf.
    """

    roots: np.ndarray
    children: np.ndarray
    features: np.ndarray
    thresholds: np.ndarray
    shares: np.ndarray
    depth: int

    @classmethod
    def grown(
        cls,
        values: np.ndarray,
        classes: np.ndarray,
        n_classes: int,
        *,
        n_trees: int,
        seed: int,
        workers: int = 1,
        max_leaves: int | None = None,
    ) -> "Forest":
        """Return a forest that tells the classes of (n, f) float32 values apart, of `n_classes` from 0 on.

        Class 0 weighs as much as all others together, and these weigh the same, however many records each
        has; the trees do not depend on `workers`. A tree has at most `max_leaves` leaves, those that tell
        most.
        """
        from sklearn.ensemble import ExtraTreesClassifier

        weights = 1.0 / np.maximum(np.bincount(classes, minlength=n_classes), 1)
        weights[0] *= max(n_classes - 1, 1)
        grown = ExtraTreesClassifier(
            n_trees,
            min_samples_leaf=3,
            max_features=0.1,
            max_leaf_nodes=max_leaves,
            n_jobs=workers,
            random_state=seed % 2**32,
        ).fit(values, classes, sample_weight=weights[classes] * len(values))
        trees = [tree.tree_ for tree in grown.estimators_]
        starts = np.cumsum([0, *(tree.node_count for tree in trees)])
        children, features, thresholds, shares = [], [], [], []
        for start, tree in zip(starts, trees, strict=False):
            both = np.column_stack([tree.children_left, tree.children_right])
            leaf = both[:, 0] < 0
            itself = np.arange(tree.node_count)[:, None]
            children.append(np.where(leaf[:, None], itself, both) + start)
            features.append(np.where(leaf, 0, tree.feature))
            thresholds.append(tree.threshold)
            share = np.zeros((tree.node_count, n_classes))
            share[:, grown.classes_] = tree.value[:, 0, :] / tree.value[:, 0, :].sum(axis=1, keepdims=True)
            shares.append(share)
        return cls(
            roots=starts[:-1].astype(np.int64),
            children=np.concatenate(children).astype(np.int32),
            features=np.concatenate(features).astype(np.int32),
            thresholds=np.concatenate(thresholds).astype(np.float64),
            shares=np.concatenate(shares).astype(np.float32),
            depth=max(tree.max_depth for tree in trees),
        )

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Return (n, c) float64, the mean share of each class over the trees for (n, f) float32 values."""
        rows = np.arange(len(values))
        total = np.zeros((len(values), self.shares.shape[1]))
        for root in self.roots:
            node = np.full(len(values), root)
            for _ in range(self.depth):
                above = values[rows, self.features[node]] > self.thresholds[node]
                node = self.children[node, above.astype(np.int64)]
            total += self.shares[node]
        return total / len(self.roots)

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """Return what is kept, by names that begin with `name`."""
        parts = ("roots", "children", "features", "thresholds", "shares")
        return {f"{name}.{part}": getattr(self, part) for part in parts} | {
            f"{name}.depth": np.array(self.depth)
        }

    @classmethod
    def from_arrays(cls, kept: Mapping[str, np.ndarray], name: str) -> "Forest":
        """Return what `arrays` returned."""
        parts = {
            part: kept[f"{name}.{part}"] for part in ("roots", "children", "features", "thresholds", "shares")
        }
        return cls(**parts, depth=int(kept[f"{name}.depth"]))

    def small_arrays(self, name: str) -> dict[str, np.ndarray]:
        """Return what is kept of a `rounded` forest, in few bytes, by names that begin with `name`."""
        kept = self.arrays(name)
        leaf = self.children[:, 0] == np.arange(len(self.children))
        told = np.round(self.shares[leaf] * _STEPS).astype(np.uint8)
        return kept | {
            f"{name}.features": self.features.astype(np.int16),
            f"{name}.thresholds": self.thresholds.astype(np.float32),
            f"{name}.shares": told,
        }

    @classmethod
    def from_small_arrays(cls, kept: Mapping[str, np.ndarray], name: str) -> "Forest":
        """Return what `small_arrays` returned."""
        children, told = kept[f"{name}.children"], kept[f"{name}.shares"]
        shares = np.zeros((len(children), told.shape[1]), dtype=np.float32)
        shares[children[:, 0] == np.arange(len(children))] = told / np.float32(_STEPS)
        return cls(
            kept[f"{name}.roots"],
            children,
            kept[f"{name}.features"].astype(np.int32),
            kept[f"{name}.thresholds"].astype(np.float64),
            shares,
            int(kept[f"{name}.depth"]),
        )

    @property
    def rounded(self) -> "Forest":
        """The forest with numbers that fit into few bytes; what it says is what it says once kept."""
        return Forest.from_small_arrays(self.small_arrays("f"), "f")
