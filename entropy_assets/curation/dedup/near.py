"""Near-copies: candidates are verified, and the copies of a text are removed in favour of one that stays.

What belongs here: verified matches and the greedy choice of keepers. What does not: exact copies.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.dedup import verification
from entropy_assets.curation.dedup.candidates import candidates
from entropy_assets.settings import DedupSettings

MEMORY_PER_BYTE = 64
"""Bytes of working memory for a byte of text under verification, all threads together; generous."""


@dataclass(frozen=True)
class Matches:
    """Verified pairs of texts, by place in keeper order, ordered by later, then earlier.

    Parameters
    ----------
    earlier, later
        (m,) int64.
    similarity
        (m,) float64, at least the threshold.
    """

    earlier: np.ndarray
    later: np.ndarray
    similarity: np.ndarray


def find_matches(
    texts: Callable[[np.ndarray], Sequence[str]],
    sizes: np.ndarray,
    bands: np.ndarray,
    n_known: int,
    params: DedupSettings,
    workers: int = 1,
) -> Matches:
    """Return the pairs that share a band and are near-copies by their texts.

    Parameters
    ----------
    texts
        Places -> normalised texts; called from several threads.
    sizes
        (n,) int64, bytes of each text, 0 where they are not known.
    bands
        (bands, n) uint64, in keeper order.
    n_known
        The first so many texts are kept already: no pairs among them.
    params
        Shingle, threshold and memory.
    workers
        Threads; the result does not depend on it.
    """

    def verify(pairs: tuple[np.ndarray, np.ndarray]) -> Matches:
        return _verify(texts, *pairs, params)

    pieces = list(_pieces(*candidates(bands, n_known), sizes, params.memory_bytes // MEMORY_PER_BYTE))
    if workers > 1 and len(pieces) > 1:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(verify, pieces))
    else:
        found = [verify(piece) for piece in pieces]
    nothing = np.zeros(0, np.int64)
    return Matches(
        np.concatenate([nothing, *(piece.earlier for piece in found)]),
        np.concatenate([nothing, *(piece.later for piece in found)]),
        np.concatenate([np.zeros(0), *(piece.similarity for piece in found)]),
    )


PIECE_BYTES = 1 << 22


def _pieces(
    earlier: np.ndarray, later: np.ndarray, sizes: np.ndarray, n_bytes: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the pairs in pieces whose texts have at most `n_bytes` together, at least one pair in each."""
    ends = np.cumsum(np.maximum(sizes[earlier], sizes[later]) * 2)
    start = done = 0
    while start < len(later):
        limit = done + min(n_bytes, PIECE_BYTES)
        stop = max(start + 1, int(np.searchsorted(ends, limit, side="right")))
        yield earlier[start:stop], later[start:stop]
        start, done = stop, int(ends[stop - 1])


def _verify(
    texts: Callable[[np.ndarray], Sequence[str]],
    earlier: np.ndarray,
    later: np.ndarray,
    params: DedupSettings,
) -> Matches:
    """Return those of the pairs that are near-copies."""
    places, local = np.unique(np.concatenate([earlier, later]), return_inverse=True)
    a, b = local[: len(earlier)], local[len(earlier) :]
    prepared = verification.prepare(texts(places), params.shingle)
    similarity = verification.similarity(prepared, a, b)
    similar = np.flatnonzero(similarity >= params.threshold)
    same = similar[~verification.says_other(prepared, a[similar], b[similar])]
    return Matches(earlier[same], later[same], similarity[same])


def choose_keepers(matches: Matches, n: int, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the keeper of each text, itself where it stays, and the similarity to it.

    In keeper order, a text is removed when it matches one that stays, in favour of the first such: so each
    removed text matches its keeper, and no chain of small changes joins what is not alike.

    Parameters
    ----------
    matches
        Verified pairs.
    n
        Number of texts.
    rank
        (n,) int64, which of two matching keepers is taken: the one of lower rank.
    """
    keeper, similarity = np.arange(n), np.ones(n)
    order = np.lexsort((rank[matches.earlier], matches.later))
    columns = (matches.earlier, matches.later, matches.similarity)
    for first, text, value in zip(*(column[order].tolist() for column in columns), strict=True):
        if keeper[text] == text and keeper[first] == first:
            keeper[text], similarity[text] = first, value
    return keeper, similarity
