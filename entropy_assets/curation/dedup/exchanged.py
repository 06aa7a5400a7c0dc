"""Exchanged words: two texts of the same words, in which two of them stand in each other's place.

Who blocks whom is said by order alone. Names in a list, or joined by "and", may stand in any order, and a
phrase that moves to another place of its sentence says the same.

What belongs here: finding an exchange. What does not: other words at one place (`places`, `denials`).
"""

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.denials import equal_ends
from entropy_assets.curation.dedup.verification import summed

MOST_WORDS = 3
"""Words that change places with others, on each side."""

MOST_BETWEEN = 24
"""Words between them: what is farther apart belongs to two sentences."""

_JOINING = """
and or nor plus with und oder sowie mit et ou avec y e o u con ed od com en of met och eller og i lub albo
oraz a nebo и или да та і або ve veya ile và hoặc dan atau na au 和 或 与 與 及 と や और या و أو
"""
_BETWEEN_LIKES = frozenset(_JOINING.split())
"""Words, in many languages, on whose sides two things may change places."""

_ARTICLES = """
a an the der die das den dem des ein eine le la les l un une el los las uno una il lo gli i de het een
"""
_SAYING_NOTHING = frozenset(_ARTICLES.split())


def may_exchange(tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether two texts have the same words in another order: (pairs,) bool."""
    sums = summed(tk.mix(tokens.hashes), tokens)
    may: np.ndarray = (tokens.counts[a] == tokens.counts[b]) & (sums[a] == sums[b])
    return may


def exchanges(one: str, other: str) -> bool:
    """Return whether one text has two words, or names of a few, where the other has them the other way round.

    >>> exchanges("Anna called Ben.", "Ben called Anna."), exchanges("Anna and Ben", "Ben and Anna")
    (True, False)
    """
    first, second = (tk.WHOLE.findall(text.lower()) for text in (one, other))
    start, stop = equal_ends(first, second)
    first, second = (words[start : len(words) - stop] for words in (first, second))
    n = len(first)
    if n != len(second) or not 3 <= n <= MOST_BETWEEN + 2 * MOST_WORDS:
        return False
    for left in range(1, MOST_WORDS + 1):
        for right in range(1, min(MOST_WORDS, n - left - 1) + 1):
            between = first[left : n - right]
            if (
                first[:left] == second[n - left :]
                and first[n - right :] == second[:right]
                and between == second[right : n - left]
            ):
                return _is_told(one, between)
    return False


def _is_told(text: str, between: list[str]) -> bool:
    """Return whether what stands between two words makes their order tell something."""
    words = [word for word in between if word not in _SAYING_NOTHING]
    return bool(words) and not any(word in _BETWEEN_LIKES for word in words)
