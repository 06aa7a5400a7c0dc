"""Numbers of two texts: whether each has one that the other lacks.

What belongs here: comparing the numbers of two texts. What does not: what is a number (`numerals`), and units
(`quantities`).
"""

import re
from collections import Counter
from functools import cache

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup import verification
from entropy_assets.curation.dedup.lookup import Words
from entropy_assets.curation.dedup.numerals import numeral_words, values_of
from entropy_assets.curation.dedup.places import unlike

MOST_CHARS = 96
"""Characters that a number has with what bounds it, rather too many."""

_WORD = re.compile(r"\w+")


def may_count(tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether the numbers in words of texts a and b may differ: (pairs,) bool.

    What stands beside digits, `quantities.may_measure` tells.
    """
    places, _ = _numeral_words().found_in(tokens.hashes)
    keys = tk.mix(tokens.hashes[places])
    sums = verification.summed(keys, tk.Tokens(keys, places.searchsorted(tokens.starts)))
    may: np.ndarray = sums[a] != sums[b]
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
    first, second = (Counter(values_of(text)) for text in unlike(one, other, MOST_CHARS))
    swapped = min((first - second).total(), (second - first).total())
    if not swapped or not is_page:
        return swapped > 0
    return swapped > verification.TELLING_SHARE * min(len(_WORD.findall(text)) for text in (one, other))
