"""Numbers of two texts: whether each has one that the other lacks.

What belongs here: comparing the numbers of two texts. What does not: what is a number (`numerals`), and units
(`quantities`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup import verification
from entropy_assets.curation.dedup.ends import unlike
from entropy_assets.curation.dedup.lookup import Words
from entropy_assets.curation.dedup.numeral_words import numeral_words
from entropy_assets.curation.dedup.numerals import values_of
from entropy_assets.curation.dedup.quantities import around_digits

MOST_CHARS = 96
"""Characters that a number has with what bounds it, rather too many."""

_BESIDE = 4
"""Bytes beside a digit that are a part of its number."""

_OTHER_DIGIT = re.compile(r"[^\D0-9]|[〇零一二两兩三四五六七八九十百千万萬亿億½¼-¾⅐-⅞↉]")

_LONG = 300
"""Characters from which equal sentences are left out first."""

_WORD = re.compile(r"\w+")


def may_count(texts: Sequence[str], tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether the numbers of texts a and b may differ: (pairs,) bool.

    They have other digits, other signs beside them, or other words of which numbers are made.
    """
    places, _ = _numeral_words().found_in(tokens.hashes)
    keys = tk.mix(tokens.hashes[places])
    sums = verification.summed(keys, tk.Tokens(keys, places.searchsorted(tokens.starts)))
    raw = [text.encode() for text in texts]
    beside = around_digits(raw, _BESIDE, _BESIDE, signs=True)
    other = np.array([not text.isascii() and _OTHER_DIGIT.search(text) is not None for text in texts], bool)
    may: np.ndarray = (sums[a] != sums[b]) | (beside[a] != beside[b]) | other[a] | other[b]
    return may


@cache
def _numeral_words() -> Words:
    return Words.of(tk.tokenise([word.encode() for word in sorted(numeral_words())]).hashes)


def counts_other(one: str, other: str, *, is_page: bool = False) -> bool:
    """Return whether each of two texts has a number that the other lacks.

    `is_page` says that the texts are pages, and no questions and answers: there it takes more than
    `TELLING_SHARE` of the words.

    >>> counts_other("5 km", "7 miles"), counts_other("5 km", "km"), counts_other("٣ أبواب", "٧ جسور")
    (True, False, True)
    >>> counts_other("2 tonnes", "2,5 tonnes"), counts_other("1,000 men", "a thousand men")
    (True, False)
    """
    parts = unlike(one, other, MOST_CHARS)
    if min(map(len, parts)) > _LONG:
        # A number stands in one sentence: those of equal sentences are equal.
        told, too = (Counter(text.replace("\n", ". ").split(". ")) for text in parts)
        parts = "\n".join((told - too).elements()), "\n".join((too - told).elements())
    values, others = map(values_of, parts)
    if values == others:
        return False
    first, second = Counter(values), Counter(others)
    swapped = min((first - second).total(), (second - first).total())
    if not swapped or not is_page:
        return swapped > 0
    return swapped > verification.TELLING_SHARE * min(len(_WORD.findall(text)) for text in (one, other))
