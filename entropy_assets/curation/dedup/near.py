"""Near-copies: candidates are verified, and the copies of a text are removed in favour of one that stays.

A pair is verified in three steps, each of which sees less pairs: by their words (`verification`), by what
the two texts say (`reading`), and by their neighbours (`frames`).

What belongs here: verified matches and the greedy choice of keepers. What does not: exact copies.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup import verification
from entropy_assets.curation.dedup.candidates import candidates
from entropy_assets.curation.dedup.frames import LEAST_NEIGHBOURS, first_partners, is_framed, neighbours_of
from entropy_assets.curation.dedup.marked import is_plain
from entropy_assets.curation.dedup.reading import reads_other
from entropy_assets.curation.dedup.stamps import LEAST_WORDS, without_stamps
from entropy_assets.curation.dedup.wrappings import unwrapped, wrappings_of
from entropy_assets.execution import Threads
from entropy_assets.settings import DedupSettings


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

    def take(self, pairs: np.ndarray) -> "Matches":
        """Return these pairs, in this order."""
        return Matches(self.earlier[pairs], self.later[pairs], self.similarity[pairs])


def find_matches(
    tokens: Callable[[np.ndarray], tk.Tokens],
    texts: Callable[[np.ndarray], list[str]],
    sizes: np.ndarray,
    bands: Sequence[np.ndarray] | np.ndarray,
    n_known: int,
    params: DedupSettings,
    workers: int = 1,
) -> Matches:
    """Return the pairs that share a band and are near-copies by their texts.

    Parameters
    ----------
    tokens
        Places -> the tokens of these texts; called from several threads.
    texts
        Places -> these texts, marked; called from several threads.
    sizes
        (n,) int64, bytes of each text, 0 where they are not known.
    bands
        For each band the (n,) uint64 values in keeper order.
    n_known
        The first so many texts are kept already: no pairs among them.
    params
        Shingle and threshold.
    workers
        Threads; the result does not depend on it.
    """

    def verify(pairs: tuple[np.ndarray, np.ndarray]) -> Matches:
        return _verify(tokens, texts, *pairs, params)

    def unframed(pairs: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        return _unframed(tokens, texts, partners, *pairs, params)

    pairs = candidates(bands, n_known, workers)
    partners = first_partners(*pairs, len(sizes))
    pairs = _side_by_side(*pairs, len(sizes))
    with Threads(workers) as threads:
        matches = _joined(list(threads.map(verify, _pairs_in_pieces(*pairs, sizes))))
        stay = list(threads.map(unframed, _pairs_in_pieces(matches.earlier, matches.later, sizes)))
    matches = matches.take(np.flatnonzero(np.concatenate([np.zeros(0, bool), *stay])))
    return matches.take(np.lexsort((matches.earlier, matches.later)))


def _joined(pieces: Sequence[Matches]) -> Matches:
    nothing = np.zeros(0, np.int64)
    earlier = np.concatenate([nothing, *(piece.earlier for piece in pieces)])
    later = np.concatenate([nothing, *(piece.later for piece in pieces)])
    return Matches(earlier, later, np.concatenate([np.zeros(0), *(piece.similarity for piece in pieces)]))


PIECE_BYTES = 1 << 22
"""Bytes of text that one piece of work verifies, a text counted once a pair."""


def _side_by_side(earlier: np.ndarray, later: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs, those that hang together side by side, so that few texts are cut twice."""
    head = np.arange(n, dtype=np.int32)
    head[later[::-1]] = earlier[::-1]  # ordered by later, then earlier: the first of each is written last
    head = head[head[head]]
    order = np.argsort(head[later], kind="stable")
    return earlier[order], later[order]


def _pairs_in_pieces(
    earlier: np.ndarray, later: np.ndarray, sizes: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the pairs in pieces whose texts have at most `PIECE_BYTES`, at least one pair in each."""
    ends = sizes[earlier]
    np.maximum(ends, sizes[later], out=ends)
    np.cumsum(2 * ends, out=ends)
    start = done = 0
    while start < len(later):
        stop = max(start + 1, int(np.searchsorted(ends, done + PIECE_BYTES, side="right")))
        yield earlier[start:stop], later[start:stop]
        start, done = stop, int(ends[stop - 1])


READ_PAIRS = 1 << 10
"""Pairs that are read closely at once."""

MOST_STAMPED = 20
"""Tokens that are swapped where two texts may differ in their stamps alone."""

LEAST_WRAPPED = 0.5
"""Similarity from which a text that is wrapped is compared again without what it comes in."""


def _verify(
    tokens: Callable[[np.ndarray], tk.Tokens],
    texts: Callable[[np.ndarray], list[str]],
    earlier: np.ndarray,
    later: np.ndarray,
    params: DedupSettings,
    *,
    is_bare: bool = False,
) -> Matches:
    """Return those of the pairs that are near-copies; bare texts have no stamps that could be left out."""
    places, local = np.unique(np.concatenate([earlier, later]), return_inverse=True)
    a, b = local[: len(earlier)], local[len(earlier) :]
    prepared = verification.prepare(tokens(places), params.shingle)
    able = np.flatnonzero(verification.most_similar(prepared, a, b) >= params.threshold)
    similarity = verification.similarity(prepared, a[able], b[able])
    is_similar = similarity >= params.threshold
    unsure, unlike = able[~is_similar], similarity[~is_similar]
    similar, similarity = able[is_similar], similarity[is_similar]
    is_other, swapped = verification.says_other(prepared, a[similar], b[similar])
    sizes = np.minimum(prepared.tokens.counts[a[similar]], prepared.tokens.counts[b[similar]])
    may_be_stamped = (sizes >= LEAST_WORDS) & (swapped <= MOST_STAMPED) & (not is_bare)
    matches, is_same = Matches(earlier[similar], later[similar], similarity), ~is_other
    wanted = np.flatnonzero(is_same | may_be_stamped)
    for start in range(0, len(wanted), READ_PAIRS):
        read = wanted[start : start + READ_PAIRS]
        is_same[read] = _reads_same(
            tokens, texts, matches.take(read), is_same[read], may_be_stamped[read], params
        )
    if is_bare:
        return matches.take(np.flatnonzero(is_same))
    unsure, unlike = unsure[unlike >= LEAST_WRAPPED], unlike[unlike >= LEAST_WRAPPED]
    others = [matches.take(np.flatnonzero(~is_same)), Matches(earlier[unsure], later[unsure], unlike)]
    return _joined([matches.take(np.flatnonzero(is_same)), _same_unwrapped(texts, _joined(others), params)])


def _same_unwrapped(
    texts: Callable[[np.ndarray], list[str]], pairs: Matches, params: DedupSettings
) -> Matches:
    """Return those of the pairs that are wrapped in other things, and near-copies without them."""
    places, local = np.unique(np.concatenate([pairs.earlier, pairs.later]), return_inverse=True)
    held = texts(places)
    kinds = list(map(wrappings_of, held))
    a, b = local[: len(pairs.earlier)], local[len(pairs.earlier) :]
    both = zip(a.tolist(), b.tolist(), strict=True)
    read = np.flatnonzero(np.fromiter((kinds[one] != kinds[other] for one, other in both), bool, len(a)))
    bare = [(unwrapped(held[a[pair]]), unwrapped(held[b[pair]])) for pair in read.tolist()]
    found = _matches_of(bare, params, is_bare=True)
    pairs = pairs.take(read[found.earlier // 2])
    return Matches(pairs.earlier, pairs.later, found.similarity)


def _reads_same(
    tokens: Callable[[np.ndarray], tk.Tokens],
    texts: Callable[[np.ndarray], list[str]],
    pairs: Matches,
    is_same: np.ndarray,
    may_be_stamped: np.ndarray,
    params: DedupSettings,
) -> np.ndarray:
    """Return whether texts of pairs, read closely or without stamps, mean the same: (pairs,) bool.

    `is_same` tells which of them have the same words, nearly, and `may_be_stamped` which may without stamps.
    """
    places, local = np.unique(np.concatenate([pairs.earlier, pairs.later]), return_inverse=True)
    a, b = local[: len(pairs.earlier)], local[len(pairs.earlier) :]
    held, same = texts(places), np.flatnonzero(is_same)
    found = is_same.copy()
    if len(same):
        found[same] = ~reads_other(held, tokens(places), a[same], b[same], params)
    for pair in np.flatnonzero(may_be_stamped & ~found).tolist():
        bare = without_stamps(held[a[pair]], held[b[pair]])
        if bare is not None:
            found[pair] = is_near(*bare, params, is_bare=True)
    return found


def is_near(one: str, other: str, params: DedupSettings, *, is_bare: bool = False) -> bool:
    """Return whether two marked texts are near-copies, whatever else there is; see `_verify`."""
    return bool(are_near([(one, other)], params, is_bare=is_bare)[0])


def are_near(pairs: Sequence[tuple[str, str]], params: DedupSettings, *, is_bare: bool = False) -> np.ndarray:
    """Return `is_near` of each pair of marked texts: (pairs,) bool."""
    return np.isin(np.arange(len(pairs)), _matches_of(pairs, params, is_bare=is_bare).earlier // 2)


def _matches_of(pairs: Sequence[tuple[str, str]], params: DedupSettings, *, is_bare: bool) -> Matches:
    """Return those of the pairs that are near-copies; pair p is text 2p and the one behind it."""
    held = [text for pair in pairs for text in pair]
    tokens = tk.tokenise([text.encode() for text in held])
    scattered = tk.Scattered(tokens.hashes, tokens.starts[:-1], tokens.counts)
    firsts = np.arange(0, len(held), 2)
    return _verify(
        scattered.take,
        lambda places: [held[place] for place in places.tolist()],
        firsts,
        firsts + 1,
        params,
        is_bare=is_bare,
    )


def _unframed(
    tokens: Callable[[np.ndarray], tk.Tokens],
    texts: Callable[[np.ndarray], list[str]],
    partners: np.ndarray,
    earlier: np.ndarray,
    later: np.ndarray,
    params: DedupSettings,
) -> np.ndarray:
    """Return whether what the texts of a pair share is more than a frame: (pairs,) bool."""
    stays = np.ones(len(earlier), bool)
    around = neighbours_of(partners, earlier, later)
    held = np.flatnonzero(around[:, LEAST_NEIGHBOURS - 1] >= 0)
    if not len(held):
        return stays
    every = np.unique(np.concatenate([earlier[held], later[held], around[held][around[held] >= 0]]))
    shingles = verification.distinct_shingles(tokens(every), params.shingle)

    def of(place: int) -> np.ndarray:
        at = int(np.searchsorted(every, place))
        return shingles.hashes[shingles.starts[at] : shingles.starts[at + 1]]

    for pair in held.tolist():
        one, other = int(earlier[pair]), int(later[pair])
        others = [of(place) for place in around[pair].tolist() if place >= 0]
        stays[pair] = not is_framed(of(one), of(other), others, params)
    framed = np.flatnonzero(~stays)
    ends = np.unique(np.concatenate([earlier[framed], later[framed]]))
    plain = {place for place, text in zip(ends.tolist(), texts(ends), strict=True) if is_plain(text)}
    for pair in framed.tolist():
        one, other = int(earlier[pair]), int(later[pair])
        if {one, other} <= plain:
            others = [of(place) for place in around[pair].tolist() if place >= 0]
            stays[pair] = not is_framed(of(one), of(other), others, params, is_plain=True)
    return stays


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
