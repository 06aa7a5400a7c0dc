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

from collections.abc import Sequence

import numpy as np

from entropy_assets.curation.dedup.tokens import mix
from entropy_assets.execution import Threads

WIDTH = 8
"""Members at the head of a bucket that meet all others of it; up to WIDTH + 1 members that is every pair."""

LEVELS = 3
"""How many bands in a row split a hot bucket."""

PARTNERS = 8
"""Earlier partners of one text that are verified for sharing most bands with it."""

FIRST = 4
"""Earlier partners of one text that are verified for coming first in keeper order."""

THREADS = 2
"""Bands that are looked through at once: each takes memory for all texts."""

BLOCK = 1 << 16
"""Texts whose earlier partners are gathered at once: what a pair takes until the partners are chosen."""

_SHARED_BITS, _SHARED_MASK = 7, 127
"""Room for the number of bands that share a pair, at most 99, below its key."""


def candidates(
    bands: Sequence[np.ndarray] | np.ndarray, n_known: int = 0, workers: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs (earlier, later) of texts to verify, ordered by later, then earlier.

    Parameters
    ----------
    bands
        For each band the (n,) uint64 values of the texts in keeper order, n below 2^28.
    n_known
        The first so many texts are known to be kept: no pairs among them.
    workers
        Threads, of which `THREADS` are used; the result does not depend on it.

    Returns
    -------
    tuple
        Two (pairs,) int32 arrays of places, without repeats.
    """
    n = len(bands[0])
    nothing = np.zeros(0, np.int32)
    found = [(nothing, nothing)]
    with Threads(min(workers, THREADS)) as threads:
        buckets = list(threads.map(lambda band: _in_buckets(bands[band]), range(len(bands))))
        for start in range(n_known, n, BLOCK):
            later = range(start, min(start + BLOCK, n))
            found.append(_block_pairs(bands, buckets, later, threads))
    earlier, later_ones = zip(*found, strict=True)
    return np.concatenate(earlier), np.concatenate(later_ones)


def _block_pairs(
    bands: Sequence[np.ndarray] | np.ndarray,
    buckets: Sequence[np.ndarray],
    later: range,
    threads: Threads,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs whose later text is in a block of texts; see `candidates`."""
    n, limit = len(bands[0]), 4 * (FIRST + PARTNERS) * len(later)
    pairs = np.zeros(0, np.int64)
    waiting: list[np.ndarray] = []

    def found(band: int) -> np.ndarray:
        return _bucket_pairs(bands, buckets[band], band, later)

    for start in range(0, len(bands), THREADS):
        for more in threads.map(found, range(start, min(start + THREADS, len(bands)))):
            waiting.append(more)
            # Merged as soon as there may be too many, so that memory holds distinct pairs and not each
            # sighting of them.
            if len(pairs) + sum(map(len, waiting)) > limit:
                pairs = _merge(pairs, waiting)
                waiting = []
            if len(pairs) > limit:
                pairs = pairs[_chosen(*_parted(pairs, n))]
    late, early, shared = _parted(_merge(pairs, waiting), n)
    keep = _chosen(late, early, shared)
    return early[keep].astype(np.int32), late[keep].astype(np.int32)


def _parted(pairs: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the later and the earlier text of each pair, and how many bands they share."""
    later, earlier = np.divmod(pairs >> _SHARED_BITS, max(n, 1))
    return later, earlier, pairs & _SHARED_MASK


def _bucket_pairs(
    bands: Sequence[np.ndarray] | np.ndarray, members: np.ndarray, band: int, later: range
) -> np.ndarray:
    """Return the pairs of one band as keys later * n + earlier, each once, in order.

    `members` are the texts that share the band, those of one value side by side.
    """
    values = bands[band]
    n = len(values)
    members, values = members.astype(np.int64), values[members]
    keys = [np.zeros(0, np.int64)]
    for level in range(LEVELS):
        starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))[: len(values)]
        sizes = np.diff(np.append(starts, len(values)))
        place = np.arange(len(values)) - np.repeat(starts, sizes)
        is_late = (members >= later.start) & (members < later.stop)
        for head in range(WIDTH):
            late = np.flatnonzero((place > head) & is_late)
            keys.append(members[late] * n + members[late - place[late] + head])
        is_hot = np.repeat(sizes > WIDTH + 1, sizes)
        if level + 1 == LEVELS or not is_hot.any():
            break
        members, values = members[is_hot], values[is_hot]
        values = mix(values * np.uint64(31) + bands[(band + level + 1) % len(bands)][members])
        order = _in_buckets(values)
        members, values = members[order], values[order]
    every = np.concatenate(keys)
    del keys
    every.sort()
    is_first = np.ones(len(every), bool)
    np.not_equal(every[1:], every[:-1], out=is_first[1:])
    return every[is_first]


def _in_buckets(values: np.ndarray) -> np.ndarray:
    """Return the places of values that stand twice or more, equal ones side by side and in order: int32.

    One plain sort of the upper bits of each value with its place below them, several times as fast as an
    ordered sort of places; where two values differ in the lower bits only, which chance hardly ever brings,
    it is the ordered sort.
    """
    bits = np.uint64(max(len(values) - 1, 1).bit_length())
    mask = (np.uint64(1) << bits) - np.uint64(1)
    packed = (values & ~mask) | np.arange(len(values), dtype=np.uint64)
    packed.sort()
    order = (packed & mask).astype(np.int64)
    packed >>= bits
    is_same = packed[1:] == packed[:-1]
    second = np.flatnonzero(is_same) + 1
    if (values[order[second]] != values[order[second - 1]]).any():
        order = np.argsort(values, kind="stable")
        is_same = values[order[1:]] == values[order[:-1]]
    twice = np.zeros(len(values), bool)
    twice[1:] = is_same
    twice[:-1] |= is_same
    return order[twice].astype(np.int32)


def _merge(pairs: np.ndarray, found: list[np.ndarray]) -> np.ndarray:
    """Return all pairs, each once in order: its key above `_SHARED_BITS` bits of the bands that share it."""
    joined = np.concatenate([pairs, *((keys << _SHARED_BITS) | 1 for keys in found)])
    joined.sort(kind="stable")  # a merge: each piece is in order
    shared = joined & _SHARED_MASK
    joined >>= _SHARED_BITS
    starts = np.flatnonzero(np.concatenate(([True], joined[1:] != joined[:-1])))[: len(joined)]
    if not len(starts):
        return joined
    merged: np.ndarray = joined[starts] << _SHARED_BITS
    merged |= np.add.reduceat(shared, starts)
    return merged


def _chosen(later: np.ndarray, earlier: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Return which pairs stay, in order: of each text, the `FIRST` and the `PARTNERS` with most bands."""
    starts = np.flatnonzero(np.concatenate(([True], later[1:] != later[:-1]))[: len(later)])
    sizes = np.diff(np.append(starts, len(later)))
    keep = np.repeat(sizes <= PARTNERS, sizes)
    rows = np.flatnonzero(~keep)  # of texts with more partners than that
    by_bands = rows[np.lexsort((earlier[rows], -shared[rows], later[rows]))]
    place = (np.arange(len(later)) - np.repeat(starts, sizes))[rows]
    keep[rows[place < FIRST]] = True
    keep[by_bands[place < PARTNERS]] = True
    return np.flatnonzero(keep)
