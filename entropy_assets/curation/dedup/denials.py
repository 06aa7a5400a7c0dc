"""Denials: places of a few words where one text denies what the other states, or names another of its kind.

What belongs here: negations, opposites and closed sets at a place of two texts. What does not: the words
(`opposites`, `word_sets`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from itertools import compress, count
from operator import ne

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.lookup import Words
from entropy_assets.curation.dedup.opposites import (
    are_opposite,
    endings_that_negate,
    negates,
    opposites,
    signs_of_negation,
    spelled_out,
    voices_of,
)
from entropy_assets.curation.dedup.places import Place
from entropy_assets.curation.dedup.word_sets import names_another, sets_of
from entropy_assets.ngrams import positions_of

MOST_WORDS = 8
"""Words of one place in which a negation counts; in more of them something was added, and nothing denied."""


def equal_ends(first: Sequence[object], second: Sequence[object]) -> tuple[int, int]:
    """Return how many words (or turns) two have in common at the beginning, and at the end of the rest."""
    start = n_equal_first(first, second)
    most = min(len(first), len(second)) - start
    return start, min(most, n_equal_first(first[::-1], second[::-1]))


def n_equal_first(first: Sequence[object], second: Sequence[object]) -> int:
    """Return how many words (or turns) two have in common at the beginning.

    >>> n_equal_first("abc", "abx")
    2
    """
    return next(compress(count(), map(ne, first, second)), min(len(first), len(second)))


_ID_BITS = np.uint64(24)


@dataclass(frozen=True)
class _Linked:
    """For each known word the places of what it is linked to: opposites, or closed sets that it is in."""

    flat: np.ndarray
    starts: np.ndarray
    counts: np.ndarray

    def keys(self, keys: np.ndarray) -> np.ndarray:
        """Return for keys of a pair and a word those of the pair and all that the word is linked to."""
        words = (keys & ((np.uint64(1) << _ID_BITS) - np.uint64(1))).astype(np.int64)
        counts = self.counts[words]
        pairs = np.repeat(keys >> _ID_BITS << _ID_BITS, counts)
        found: np.ndarray = pairs | self.flat[positions_of(self.starts[words], counts)]
        return found


@dataclass(frozen=True)
class _Table:
    """All words that may negate, have an opposite or be of a closed set."""

    words: Words
    is_sign: np.ndarray
    opposites: _Linked
    sets: _Linked


@cache
def _table() -> _Table:
    words = sorted(signs_of_negation() | opposites().keys() | sets_of().keys())
    cut = tk.tokenise([word.encode() for word in words])
    hashes = dict(zip(words, cut.hashes[cut.starts[:-1]].tolist(), strict=True))
    every = Words.of(cut.hashes)
    known = every.known
    place = {word: int(known.searchsorted(np.uint64(value))) for word, value in hashes.items()}
    of_opposites: list[set[int]] = [set() for _ in known]
    of_sets: list[set[int]] = [set() for _ in known]
    is_sign = np.zeros(len(known), bool)
    for word, own in place.items():
        of_opposites[own] |= {place[other] for other in opposites().get(word, frozenset())}
        of_sets[own] |= sets_of().get(word, frozenset())
        is_sign[own] |= word in signs_of_negation()
    return _Table(every, is_sign, _linked(of_opposites), _linked(of_sets))


def _linked(links: list[set[int]]) -> _Linked:
    counts = np.array([len(own) for own in links], np.int64)
    flat = np.array([one for own in links for one in sorted(own)], np.uint64)
    return _Linked(flat, np.cumsum(counts) - counts, counts)


def may_deny(tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether it is worth looking for a denial in a pair: (pairs,) bool.

    The negations, each with the word behind it, are not the same, or one text has a word more often and the
    other its opposite, or another word of its set.
    """
    table = _table()
    places, at = table.words.found_in(tokens.hashes)
    text = tokens.starts.searchsorted(places, side="right") - 1
    is_sign = table.is_sign[at]
    signs, behind = places[is_sign], np.append(tokens.hashes, np.uint64(0))[places[is_sign] + 1]
    sums = np.zeros(len(tokens.counts), np.uint64)
    np.add.at(sums, text[is_sign], tk.mix(tokens.hashes[signs] ^ tk.mix(behind)))
    may: np.ndarray = sums[a] != sums[b]
    starts = text.searchsorted(np.arange(len(tokens.counts) + 1))
    more, less = _one_sided(at.astype(np.uint64), starts, a, b)
    for links, mine, yours in (
        (table.opposites, more, less),
        (table.sets, more, np.sort(table.sets.keys(less))),
    ):
        keys = links.keys(mine)
        found = np.minimum(yours.searchsorted(keys), max(0, len(yours) - 1))
        if len(yours):
            may[(keys[yours[found] == keys] >> _ID_BITS).astype(np.int64)] = True
    return may


def _one_sided(
    words: np.ndarray, starts: np.ndarray, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys of pair and word where text a has the word more often, and where b has."""
    counts = np.diff(starts)
    keys = []
    for side, texts in enumerate((a, b)):
        own = np.repeat(np.arange(len(texts), dtype=np.uint64) << _ID_BITS, counts[texts])
        own |= words[positions_of(starts[texts], counts[texts])]
        keys.append(own << np.uint64(1) | np.uint64(side))
    both = np.concatenate(keys)
    if not len(both):
        return both, both
    both.sort()
    sides = (both & np.uint64(1)).astype(np.int64)
    both >>= np.uint64(1)
    first = np.flatnonzero(np.concatenate(([True], both[1:] != both[:-1])))
    more = np.add.reduceat(1 - 2 * sides, first)
    return both[first[more > 0]], both[first[more < 0]]


def denies(one: str, other: str) -> bool:
    """Return whether two texts differ in a negation, opposites or a closed set, in a place of few words."""
    whole = [_denying_words(text) for text in (one, other)]
    first, second = whole
    # What is equal at both ends is cut off: comparing takes time that grows with the product of the rest.
    start, stop = equal_ends(first, second)
    n_words = len(first), len(second)
    first, second = (words[start : len(words) - stop] for words in (first, second))
    for kind, i, j, k, m in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        here, there = first[i:j], second[k:m]
        if kind == "equal" or max(len(here), len(there)) > MOST_WORDS:
            continue
        is_end = start + min(i, k) == 0 or (start + j, start + m) == n_words
        is_added = is_end and not (here and there) and len(here) + len(there) > 1
        ends = [
            endings_that_negate(words, start + begin, start + end)
            for words, begin, end in zip(whole, (i, k), (j, m), strict=True)
        ]
        if (ends[0] != ends[1] or negates(here) != negates(there)) and not is_added:
            return True
        if voices_of(whole[0], start + i, start + j) != voices_of(whole[1], start + k, start + m):
            return True
        if names_another(here, there) or any(are_opposite(word, one) for word in here for one in there):
            return True
    return False


def denies_at(place: Place) -> bool:
    """Return whether the one place where two texts differ has words that tell by their form alone."""
    here, there = _denying_words(place.here), _denying_words(place.there)
    if not here or not there or max(len(here), len(there)) > MOST_WORDS:
        return False
    if negates(here) != negates(there):
        return True
    there_once = set(there)
    return any(are_opposite(word, one) for word in set(here) for one in there_once if one != word)


def _denying_words(text: str) -> list[str]:
    """Return the words of a text as `opposites` has them; of scripts without spaces, its characters."""
    return tk.WHOLE.findall(spelled_out(text))
