"""Frames: what many records share word for word, and what each of them fills in.

A passage under many questions, a template around many words, a licence over many files: two such records are
similar as a whole, and what they share says nothing about either. Copies of one text share most of it too.
They are told apart by their neighbours, the other records that may be copies of one of the two:

* where two *copies* differ, one has what the neighbours have, and the other has a slip of its own;
* where two records of one *frame* differ, neither has what a neighbour has, since each fills in its own.

So the shingles that only one of the two has are looked up in the neighbours. Where few of them are found
there, on both sides, what the two share with the neighbours is left out, and the rest must be similar.

In a plain text what is filled in must be `LEAST_OWN` shingles long on both sides, or a question: mirrors of
one page have feet of their own, and stay copies.

What belongs here: what follows from the neighbours of two texts. What does not: what follows from the two
alone (`reading`).
"""

import numpy as np

from entropy_assets.settings import DedupSettings

NEIGHBOURS = 6
"""Neighbours that a pair is held against: the first ones, in keeper order."""

LEAST_NEIGHBOURS = 2
"""Neighbours from which there is a frame: with the pair, four records."""

COMMON = 0.67
"""Share of the neighbours that have a shingle of the frame."""

OWN = 0.67
"""Share of the shingles that only one text has, of which no neighbour but one may know."""

LEAST_OWN = 40
"""Shingles that a plain text must have of its own for what is around them to be a frame."""

_PLACES = NEIGHBOURS + 2
_BLOCK = 1 << 20
_NOBODY = np.iinfo(np.int32).max


def is_framed(
    a: np.ndarray,
    b: np.ndarray,
    neighbours: list[np.ndarray],
    params: DedupSettings,
    *,
    is_plain: bool = False,
) -> bool:
    """Return whether two texts share a frame and fill in something else.

    Parameters
    ----------
    a, b
        Distinct shingles of the two texts, in order.
    neighbours
        The same of their neighbours.
    params
        The threshold.
    is_plain
        Both are plain texts, without turns.
    """
    known = np.concatenate(neighbours)
    known.sort(kind="stable")  # a merge: each neighbour is in order
    common = max(LEAST_NEIGHBOURS, COMMON * len(neighbours))
    least, own = LEAST_OWN if is_plain else 1, []
    for one, is_only in ((a, _lacks(b, a)), (b, _lacks(a, b))):
        is_rare = known.searchsorted(one, side="right") - known.searchsorted(one) < common
        if (is_rare & is_only).sum() < max(OWN * is_only.sum(), least):
            return False
        own.append(one[is_rare])
    shared = len(own[0]) - int(_lacks(own[1], own[0]).sum())
    return bool(shared < params.threshold * (len(own[0]) + len(own[1]) - shared))


def _lacks(held: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return which of the wanted values are not among the held ones; both are distinct and in order."""
    if not len(held):
        return np.ones(len(wanted), bool)
    at = np.minimum(held.searchsorted(wanted), len(held) - 1)
    missing: np.ndarray = held[at] != wanted
    return missing


def first_partners(earlier: np.ndarray, later: np.ndarray, n: int) -> np.ndarray:
    """Return the first texts before and behind each text that share a band with it: (n, 2 * places) int32.

    Parameters
    ----------
    earlier, later
        (pairs,) every pair that shares a band, ordered by later, then earlier; see `candidates`.
    n
        Number of texts.

    Returns
    -------
    np.ndarray
        -1 where there are fewer.
    """
    partners = np.full((n, 2 * _PLACES), -1, np.int32)
    for side, (text, partner) in enumerate(((later, earlier), (earlier, later))):
        done = np.zeros(n, np.int32)
        for start in range(0, len(text), _BLOCK):
            own = text[start : start + _BLOCK]
            order = np.argsort(own, kind="stable")
            own, others = own[order], partner[start : start + _BLOCK][order]
            first = np.flatnonzero(np.concatenate(([True], own[1:] != own[:-1])))
            place = np.arange(len(own)) - np.repeat(first, np.diff(np.append(first, len(own)))) + done[own]
            wanted = place < _PLACES
            partners[own[wanted], side * _PLACES + place[wanted]] = others[wanted]
            done += np.bincount(own, minlength=n).astype(np.int32)
    return partners


def neighbours_of(partners: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the first `NEIGHBOURS` other texts that share a band with text a or b: (pairs, places) int32.

    `partners` is what `first_partners` returns; -1 where there are fewer.
    """
    both = np.concatenate([partners[a], partners[b]], axis=1)
    both[(both == a[:, None]) | (both == b[:, None]) | (both < 0)] = _NOBODY
    both.sort(axis=1)
    both[:, 1:][both[:, 1:] == both[:, :-1]] = _NOBODY
    both.sort(axis=1)
    first: np.ndarray = both[:, :NEIGHBOURS]
    return np.where(first == _NOBODY, -1, first)
