"""Denials: places of a few words where one text denies what the other states, or names another of its kind.

What belongs here: negations, opposites and closed sets at a place of two texts. What does not: the words
(`opposites`, `word_sets`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.opposites import negates, opposites, signs_of_negation, spelled_out
from entropy_assets.curation.dedup.word_sets import names_another, sets_of

MOST_WORDS = 8
"""Words of one place in which a negation counts; in more of them something was added, and nothing denied."""

_LOW = np.uint64(0xFFFF)


def equal_ends(first: Sequence[object], second: Sequence[object]) -> tuple[int, int]:
    """Return how many words (or turns) two have in common at the beginning, and at the end of the rest."""
    most = min(len(first), len(second))
    start = next((n for n in range(most) if first[n] != second[n]), most)
    most -= start
    return start, next((n for n in range(most) if first[-1 - n] != second[-1 - n]), most)


@dataclass(frozen=True)
class _Table:
    """The hashes of all words that may negate, have an opposite or be of a closed set, in order.

    `words` and their `others`, the opposites, and the words of each of the `sets` are given by place;
    `may_be` tells by the lower bits of a hash whether it may be one of them.
    """

    known: np.ndarray
    is_sign: np.ndarray
    words: np.ndarray
    others: np.ndarray
    sets: tuple[np.ndarray, ...]
    may_be: np.ndarray


@cache
def _table() -> _Table:
    def hashes(words: Sequence[str]) -> np.ndarray:
        return tk.tokenise([word.encode() for word in words]).hashes

    signs = hashes(sorted(signs_of_negation()))
    pairs = sorted((word, other) for word, others in opposites().items() for other in others)
    words, others = (hashes([pair[side] for pair in pairs]) for side in (0, 1))
    members: dict[int, list[str]] = {}
    for word, places in sets_of().items():
        for place in places:
            members.setdefault(place, []).append(word)
    sets = [hashes(own) for own in members.values()]
    known = np.unique(np.concatenate([signs, words, others, *sets]))
    may_be = np.zeros(int(_LOW) + 1, bool)
    may_be[(known & _LOW).astype(np.int64)] = True
    return _Table(
        known,
        np.isin(known, signs),
        known.searchsorted(words),
        known.searchsorted(others),
        tuple(known.searchsorted(own) for own in sets),
        may_be,
    )


def may_deny(tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether it is worth looking for a denial in a pair: (pairs,) bool.

    The negations, each with the word behind it, are not the same, or one text has a word more often and the
    other its opposite, or another word of its set.
    """
    table = _table()
    places = np.flatnonzero(table.may_be[(tokens.hashes & _LOW).astype(np.int64)])
    hashes = tokens.hashes[places]
    at = np.minimum(table.known.searchsorted(hashes), len(table.known) - 1)
    is_known = table.known[at] == hashes
    places, at = places[is_known], at[is_known]
    text = tokens.starts.searchsorted(places, side="right") - 1
    is_sign = table.is_sign[at]
    signs, behind = places[is_sign], np.append(tokens.hashes, np.uint64(0))[places[is_sign] + 1]
    sums = np.zeros(len(tokens.counts), np.uint64)
    np.add.at(sums, text[is_sign], tk.mix(tokens.hashes[signs] ^ tk.mix(behind)))
    counts = np.zeros((len(tokens.counts), len(table.known)), np.int16)
    np.add.at(counts, (text, at), 1)
    more = counts[a] - counts[b]
    may: np.ndarray = sums[a] != sums[b]
    mine, yours = more > 0, more < 0
    both = np.flatnonzero(mine.any(axis=1) & yours.any(axis=1))
    mine, yours = mine[both], yours[both]
    names = (mine[:, table.words] & yours[:, table.others]).any(axis=1)
    for own in table.sets:
        names |= mine[:, own].any(axis=1) & yours[:, own].any(axis=1)
    may[both] |= names
    return may


def denies(one: str, other: str) -> bool:
    """Return whether two texts differ, in a place of a few words, in a negation, opposites or a closed set."""
    first, second = (_denying_words(text) for text in (one, other))
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
        if negates(here) != negates(there) and not is_added:
            return True
        if any(opposites().get(word, frozenset()) & set(there) for word in here) or names_another(here, there):
            return True
    return False


def _denying_words(text: str) -> list[str]:
    """Return the words of a text as `opposites` has them; of scripts without spaces, its characters."""
    return tk.WHOLE.findall(spelled_out(text))
