"""Candidates: the pairs of texts that share a band, in time that grows with the texts and not with pairs.

A bucket is all texts with one value of a band. A small bucket gives all its pairs. A hot one, where
thousands share a template, is split by the value of the next band, and again by the one after; at each
level every member is also paired with the `WIDTH` members that come first in keeper order. Lost are pairs of
texts that share hot buckets only, are parted by each split, and of which neither comes first: a copy of a
template's text may then stay, and nothing is removed wrongly, since every candidate is verified.

Of the partners that come before a text, at most `FIRST` + `PARTNERS` are verified: the first in keeper
order, where the keeper of a large cluster is, and those that share most bands.

What belongs here: who is compared. What does not: whether two texts are copies.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from entropy_assets.curation.dedup.tokens import mix

WIDTH = 8
"""Members at the head of a bucket that meet all others of it; up to WIDTH + 1 members that is every pair."""

LEVELS = 3
"""How many bands in a row split a hot bucket."""

PARTNERS = 8
"""Earlier partners of one text that are verified for sharing most bands with it."""

FIRST = 4
"""Earlier partners of one text that are verified for coming first in keeper order."""


def candidates(bands: np.ndarray, n_known: int = 0, workers: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs (earlier, later) of texts to verify, ordered by later, then earlier.

    Parameters
    ----------
    bands
        (bands, n) uint64, the texts in keeper order.
    n_known
        The first so many texts are known to be kept: no pairs among them.
    workers
        Threads; the result does not depend on it.

    Returns
    -------
    tuple
        Two (pairs,) int64 arrays of places, without repeats.
    """
    n = bands.shape[1]
    keys, shared = np.zeros(0, np.int64), np.zeros(0, np.int64)
    limit = 4 * (FIRST + PARTNERS) * n
    waiting: list[np.ndarray] = []

    def found(band: int) -> np.ndarray:
        return _bucket_pairs(bands, band, n_known)

    with ThreadPoolExecutor(workers) as pool:
        for start in range(0, len(bands), workers):
            for pairs in pool.map(found, range(start, min(start + workers, len(bands)))):
                waiting.append(pairs)
                # Merged as soon as there may be too many, so that memory holds distinct pairs and not
                # each sighting of them.
                if len(keys) + sum(map(len, waiting)) > limit:
                    keys, shared = _merge(keys, shared, waiting)
                    waiting = []
                if len(keys) > limit:
                    keep = _chosen(*np.divmod(keys, n), shared)
                    keys, shared = keys[keep], shared[keep]
    keys, shared = _merge(keys, shared, waiting)
    later, earlier = np.divmod(keys, max(n, 1))
    keep = _chosen(later, earlier, shared)
    return earlier[keep], later[keep]


def _bucket_pairs(bands: np.ndarray, band: int, n_known: int) -> np.ndarray:
    """Return the pairs of one band as keys later * n + earlier, each once, in order."""
    n_bands, n = bands.shape
    members, values = np.arange(n), bands[band]
    keys = []
    for level in range(LEVELS):
        order = np.argsort(values, kind="stable")  # stable: members of a bucket stay in keeper order
        members, values = members[order], values[order]
        is_new = np.concatenate(([True], values[1:] != values[:-1])) if len(values) else np.zeros(0, bool)
        starts = np.flatnonzero(is_new)
        sizes = np.diff(np.append(starts, len(values)))
        bucket = np.repeat(np.arange(len(starts)), sizes)
        place = np.arange(len(values)) - starts[bucket] if len(values) else np.zeros(0, np.int64)
        for head in range(WIDTH):
            late = np.flatnonzero((place > head) & (members >= n_known))
            keys.append(members[late] * n + members[late - place[late] + head])
        is_hot = (sizes > WIDTH + 1)[bucket] if len(values) else np.zeros(0, bool)
        if level + 1 == LEVELS or not is_hot.any():
            break
        members, values = members[is_hot], values[is_hot]
        values = mix(values * np.uint64(31) + bands[(band + level + 1) % n_bands][members])
    every = np.concatenate(keys)
    every.sort()
    is_first = np.ones(len(every), bool)
    np.not_equal(every[1:], every[:-1], out=is_first[1:])
    return every[is_first]


def _merge(keys: np.ndarray, shared: np.ndarray, found: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return all keys, each once in order, and in how many bands each was found."""
    joined = np.concatenate([keys, *found])
    counts = np.concatenate([shared, np.ones(len(joined) - len(keys), np.int64)])
    order = np.argsort(joined, kind="stable")
    joined, counts = joined[order], counts[order]
    if not len(joined):
        return joined, counts
    starts = np.flatnonzero(np.concatenate(([True], joined[1:] != joined[:-1])))
    return joined[starts], np.add.reduceat(counts, starts)


def _chosen(later: np.ndarray, earlier: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Return which pairs stay, in order: of each text, the `FIRST` and the `PARTNERS` with most bands."""
    by_bands = np.lexsort((earlier, -shared, later))
    starts = np.flatnonzero(np.concatenate(([True], later[1:] != later[:-1]))[: len(later)])
    sizes = np.diff(np.append(starts, len(later)))
    place = np.arange(len(later)) - np.repeat(starts, sizes)
    keep = place < FIRST
    keep[by_bands[place < PARTNERS]] = True
    return np.flatnonzero(keep)
