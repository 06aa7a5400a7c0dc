"""The one place where two texts differ, and whether it names others there.

What belongs here: finding that place, and names at it. What does not: negations and opposites (`denials`).
"""

import re
from typing import NamedTuple

from entropy_assets.curation.dedup.tokens import WHOLE

MOST_CHARS = 80
"""Characters of one place."""

MOST_WORDS = 3
"""Words of a name."""

_ENDS_SENTENCE = re.compile(r"(?:[.!?:;…。！？\n\x1c-\x1f]|^)[\s\x15-\x18\"'“”„«»(*_#>-]*\Z")
_NUMBERED = re.compile(r"(?:[^\W\d_]{1,2}|[A-Z]+)\d+\Z")


class Place(NamedTuple):
    """What stands at the place in either text, whole words of it, and what both have before."""

    before: str
    here: str
    there: str


def one_place(one: str, other: str) -> Place | None:
    """Return the one place where two texts differ; None where they are equal, or it is a long one.

    >>> one_place("It is logical, I say.", "It is illogical, I say.")
    Place(before='It is ', here='logical', there='illogical')
    """
    most = min(len(one), len(other))
    start = _n_equal(one[:most], other[:most])
    if start == most == max(len(one), len(other)):
        return None
    rest = most - start
    stop = _n_equal(one[len(one) - rest :][::-1], other[len(other) - rest :][::-1])
    if max(len(one), len(other)) - start - stop > MOST_CHARS:
        return None
    while start and (one[start - 1].isalnum()):
        start -= 1
    while stop and one[-stop].isalnum():
        stop -= 1
    return Place(one[:start], one[start : len(one) - stop], other[start : len(other) - stop])


def names_others(one: str, other: str) -> bool:
    """Return whether two texts differ at one place, and have other names there.

    A name is a word with a capital letter that begins no sentence, or a few letters or capitals and a number.

    >>> names_others("It lies near Lyon.", "It lies near Pisa."), names_others("It is far.", "It is near.")
    (True, False)
    """
    place = one_place(one, other)
    if place is None:
        return False
    here, there = (WHOLE.findall(words) for words in (place.here, place.there))
    if not here or not there or max(len(here), len(there)) > MOST_WORDS:
        return False
    is_first = _ENDS_SENTENCE.search(place.before[-20:] if place.before else "") is not None
    mine, yours = ({word.lower() for word in words if _is_name(word)} for words in (here, there))
    is_told = not is_first or any(word in text for text in (place.before,) for word in (*here, *there))
    numbered = all(any(map(_NUMBERED.match, words)) for words in (here, there))
    return bool(mine - yours and yours - mine) and (is_told or numbered)


def _is_name(word: str) -> bool:
    return word[0].isupper() or _NUMBERED.match(word) is not None


def _n_equal(one: str, other: str) -> int:
    """Return how many characters two texts of one length have in common at their beginning."""
    low, high = 0, len(one)
    while low < high:
        half = (low + high + 1) // 2
        if one[low:half] == other[low:half]:
            low = half
        else:
            high = half - 1
    return low
