"""Where texts lie among those of a pool: latent semantic vectors, nearest records, clusters.

Vectors are those of Deerwester et al. 1990 (truncated singular values of TF-IDF), here over hashed words and
marks. All of it runs on one thread, so that the bits do not depend on the number of cores.

What belongs here: places and distances. What does not: what neighbours are compared by (`features`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse
from threadpoolctl import threadpool_limits

from entropy_assets.curation.damage.scripts import UNSPACED, has_unspaced, is_unspaced, pairs_of

N_TERMS = 1 << 15
N_DIMENSIONS = 64
N_NEIGHBOURS = 8
CLUSTER_RECORDS = 60
"""Records of a cluster on average, as far as a source has them."""
MIN_CLUSTERS, MAX_CLUSTERS = 5, 12
"""Clusters of one source by k-means, as far as it has records."""
MOST_OF_SOURCE = 0.3

NARROWEST = 3.0
"""How narrow a drop is taken for at most: what recurs in most of it is told, whatever its subject."""

_TERM = re.compile(rf"[^\W{UNSPACED}]+|[{UNSPACED}]+|[^\w\s]+")


class _Columns(dict[str, int]):
    """Term -> its column: MurmurHash3 as scikit-learn's vectorisers take it, once a term."""

    def __init__(self) -> None:
        from sklearn.utils import murmurhash3_32

        super().__init__()
        self._hash = murmurhash3_32

    def __missing__(self, term: str) -> int:
        column: int = abs(int(self._hash(term))) % N_TERMS
        self[term] = column
        return column


def terms(texts: Sequence[str]) -> scipy.sparse.csr_matrix:
    """Return (n, N_TERMS) float64 counts of the hashed words and marks of each text.

    In scripts that write no spaces each character counts, and each two beside each other. The counts of two
    texts with white space between them are the sum of theirs.
    """
    column = _Columns().__getitem__
    found = [np.fromiter(map(column, _terms_of(text)), dtype=np.int32) for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(own) for own in found])])
    columns = np.concatenate([np.zeros(0, dtype=np.int32), *found])
    counts = scipy.sparse.csr_matrix(
        (np.ones(len(columns)), columns, starts), shape=(len(texts), N_TERMS), dtype=np.float64
    )
    counts.sum_duplicates()
    return counts


def _terms_of(text: str) -> list[str]:
    found = _TERM.findall(text.lower())
    if not has_unspaced(text):  # most texts: nothing is asked of each term
        return found
    return [part for term in found for part in (pairs_of(term) if is_unspaced(term[0]) else (term,))]


@dataclass(frozen=True)
class Space:
    """The space of a pool's texts.

    Parameters
    ----------
    rarity
        (N_TERMS,) float32, inverse document frequency.
    axes
        (d, N_TERMS) float32.
    """

    rarity: np.ndarray
    axes: np.ndarray

    @classmethod
    def of(cls, counts: scipy.sparse.csr_matrix, seed: int) -> "Space":
        """Return the space of (n, N_TERMS) counts of terms, with at most `N_DIMENSIONS` axes."""
        frequency = np.bincount(counts.indices, minlength=N_TERMS)
        rarity = np.log((1 + counts.shape[0]) / (1 + frequency)).astype(np.float32)
        n_axes = min(N_DIMENSIONS, counts.shape[0] - 1, int((frequency > 0).sum()) - 1)
        if n_axes < 2:
            return cls(rarity, np.zeros((1, N_TERMS), np.float32))
        from sklearn.decomposition import TruncatedSVD

        with threadpool_limits(1):
            found = TruncatedSVD(n_axes, n_iter=3, random_state=seed % 2**32).fit(_weighted(counts, rarity))
        return cls(rarity, found.components_.astype(np.float32))

    def vectors(self, counts: scipy.sparse.csr_matrix) -> np.ndarray:
        """Return (n, d) float32 vectors of counts of terms; a length is the share that the space holds."""
        with threadpool_limits(1):
            placed: np.ndarray = (_weighted(counts, self.rarity) @ self.axes.T).astype(np.float32)
        return placed


def _weighted(counts: scipy.sparse.csr_matrix, rarity: np.ndarray) -> scipy.sparse.csr_matrix:
    from sklearn.preprocessing import normalize

    weighted = counts.astype(np.float32)
    weighted.data = np.log1p(weighted.data) * rarity[weighted.indices]
    return normalize(weighted)


def nearest(vectors: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return for each of (n, d) vectors its nearest of (m, d) others: places and cosines, each (n, k)."""
    from sklearn.preprocessing import normalize

    k = min(N_NEIGHBOURS, len(others))
    with threadpool_limits(1):
        cosines = normalize(vectors) @ normalize(others).T
    places = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
    return places, np.take_along_axis(cosines, places, axis=1)


def clusters(vectors: np.ndarray, sources: np.ndarray, seed: int) -> np.ndarray:
    """Return (n,) int64, the cluster of each record: k-means within its source.

    A cluster that holds more than `MOST_OF_SOURCE` of a source is cut in two along its longest axis, until
    none does: what is left out has to leave enough of its source.
    """
    from sklearn.cluster import KMeans
    from sklearn.preprocessing import normalize

    found = np.zeros(len(vectors), dtype=np.int64)
    n_clusters = 0
    for source in np.unique(sources):
        own = np.flatnonzero(sources == source)
        wanted = min(int(np.clip(len(own) // CLUSTER_RECORDS, MIN_CLUSTERS, MAX_CLUSTERS)), len(own))
        places = normalize(vectors[own])
        with threadpool_limits(1):
            labels = KMeans(wanted, n_init=1, random_state=seed % 2**32).fit_predict(places).astype(np.int64)
        while (sizes := np.bincount(labels)).max() > max(MOST_OF_SOURCE * len(own), 1):
            inside = np.flatnonzero(labels == sizes.argmax())
            axis = int(places[inside].var(axis=0).argmax())
            order = inside[np.argsort(places[inside, axis], kind="stable")]
            labels[order[len(order) // 2 :]] = len(sizes)
        found[own] = n_clusters + labels
        n_clusters += int(labels.max()) + 1
    return found


def narrowness(neighbours: np.ndarray, sources: np.ndarray, subjects: np.ndarray) -> np.ndarray:
    """Return (n,) float64 in [1, `NARROWEST`], how few subjects passages that came together are of.

    1 for those of a source that are spread over its subjects as its promoted ones are. A drop of one subject
    holds more of it than a drop of the whole source would, and more of what the subject repeats.

    Parameters
    ----------
    neighbours
        (n, k) int64, the nearest promoted passages of each.
    sources, subjects
        (m,) source and cluster of each promoted passage.
    """
    found = np.ones(len(neighbours))
    _, codes = np.unique(sources, return_inverse=True)
    for code in np.unique(beside := majority(codes[neighbours])):
        own = np.flatnonzero(beside == code)
        usual = np.bincount(subjects[codes == code], minlength=subjects.max() + 1) / (codes == code).sum()
        there = np.bincount(subjects[neighbours[own]].ravel(), minlength=len(usual)) / neighbours[own].size
        has = usual > 0
        by_chance = (has.sum() - 1) / len(own)
        found[own] = float((there[has] ** 2 / usual[has]).sum()) - by_chance
    return np.clip(found, 1.0, NARROWEST)


def majority(names: np.ndarray) -> np.ndarray:
    """Return for each row of (n, k) names the most frequent one, the first by name among equals."""
    found, codes = np.unique(names, return_inverse=True)
    codes = codes.reshape(names.shape)
    counts = (codes[:, :, None] == codes[:, None, :]).sum(axis=2)
    best = (counts * len(found) - codes).argmax(axis=1)
    chosen: np.ndarray = found[codes[np.arange(len(names)), best]]
    return chosen


def folds(parts: np.ndarray, sources: np.ndarray, n_folds: int) -> np.ndarray:
    """Return (n,) int64, the fold of each record: whole parts, large ones first into the fold that has least.

    A source is spread over the folds by itself; the folds of one source begin where those of the last ended.
    """
    found = np.zeros(len(parts), dtype=np.int64)
    load = np.zeros(n_folds)
    for source in np.unique(sources):
        own = np.flatnonzero(sources == source)
        labels, sizes = np.unique(parts[own], return_counts=True)
        loads = load * 1e-6
        for place in np.lexsort((labels, -sizes)):
            fold = int(np.argmin(loads))
            loads[fold] += sizes[place]
            found[own[parts[own] == labels[place]]] = fold
        load += loads
    return found
