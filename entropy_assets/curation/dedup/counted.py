"""Numbers of two texts: whether each has one that the other lacks.

What belongs here: numbers in the digits of any script. What does not: numbers in words (`word_sets`).
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup import verification

_NUMBER = re.compile(rf"(?<![^\W_{tk.ALONE_CLASS}])\d[^\W_{tk.ALONE_CLASS}]*")
_OTHER_DIGIT = re.compile(r"[^\D0-9０-９]")
_WORD = re.compile(r"\w+")


def may_count(texts: Sequence[str], tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether the numbers of texts a and b may differ: (pairs,) bool.

    Tokens that begin with an ASCII digit are marked as numbers already; what else is a digit is looked for.
    """
    is_number = (tokens.hashes & np.uint64(1)) == 1
    sums = verification.summed(np.where(is_number, tk.mix(tokens.hashes), np.uint64(0)), tokens)
    other = np.array([not text.isascii() and _OTHER_DIGIT.search(text) is not None for text in texts], bool)
    may: np.ndarray = (sums[a] != sums[b]) | (other[a] & other[b])
    return may


def counts_other(one: str, other: str, *, is_page: bool = False) -> bool:
    """Return whether each of two texts has a number that the other lacks.

    `is_page` says that the texts are pages, and no questions and answers: there it takes more than
    `TELLING_SHARE` of the words.

    >>> counts_other("5 km", "7 miles"), counts_other("5 km", "km"), counts_other("٣ أبواب", "٧ جسور")
    (True, False, True)
    """
    first, second = (Counter(_NUMBER.findall(text.lower())) for text in (one, other))
    swapped = min((first - second).total(), (second - first).total())
    if not swapped or not is_page:
        return swapped > 0
    return swapped > verification.TELLING_SHARE * min(len(_WORD.findall(text)) for text in (one, other))
