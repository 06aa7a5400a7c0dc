"""Short texts: in them each sign counts, and another word at one place.

What belongs here: which texts are short, and whether two records, or two turns of them, have another name or
word at one place. What does not: what words say at a place (`places`).
"""

import re

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.asking import Turns, divided
from entropy_assets.curation.dedup.marked import ASKED, CONTEXT
from entropy_assets.curation.dedup.places import (
    Place,
    is_in_sentence,
    is_one_word,
    names_at,
    one_place,
    tells_at,
)
from entropy_assets.curation.dedup.programs import code_spans
from entropy_assets.curation.dedup.verification import TELLING_SHARE
from entropy_assets.curation.dedup.writing import may_be_code

SHORT_RECORD, SHORT_TURN = 40, 20
"""Words from which signs that part the sentences of a record say nothing, and from which a turn may have
another word at one place and be like its counterpart."""

_ALONE = re.compile(f"[{tk.ALONE_CLASS}]")

MOST_LETTERS = 12
"""Letters of a word on average, rather too many."""


def are_short(texts: tuple[str, str], n_words: int) -> bool:
    """Return whether two texts differ and have fewer words than `n_words`."""
    if texts[0] == texts[1] or max(map(len, texts)) > MOST_LETTERS * n_words:
        return False
    return all(n_words_of(text) < n_words for text in texts)


def n_words_of(text: str) -> int:
    """Return how many words a text has; in scripts without spaces two characters count as one.

    >>> n_words_of("so it is"), n_words_of("他买了车")
    (3, 2)
    """
    found = len(tk.WHOLE.findall(text))
    return found if text.isascii() else found - len(_ALONE.findall(text)) // 2


def _is_in_code(text: str, at: int) -> bool:
    """Return whether a place of a text is in code, which `programs` reads."""
    return may_be_code(text) and any(start <= at < end for start, end in code_spans(text))


def turns_other(texts: tuple[str, str]) -> bool:
    """Return whether two short turns have another name or word at one place."""
    if max(map(len, texts)) > MOST_LETTERS * SHORT_TURN:
        return False
    place = one_place(*texts)
    return place is not None and are_short(texts, SHORT_TURN) and tells_at(place, is_short=True)


def asks_of_others(one: Turns, other: Turns) -> bool:
    """Return whether two records have a short turn in which they ask of something else at one place."""
    if [mark for mark, _ in one] != [mark for mark, _ in other]:
        return False
    turns = zip(one, other, strict=True)
    return any(
        mark == ASKED and said != told and turns_other((said, told)) for (mark, said), (_, told) in turns
    )


def names_others(place: Place | None, one: Turns, other: Turns, texts: tuple[str, str]) -> bool:
    """Return whether two records, given with their one place, have another name or word there.

    In turns it counts beside their context; in a page a name does as a number does, in a sentence or where it
    is more than `TELLING_SHARE` of the words.
    """
    is_page = not one or not other
    if not is_page and any(mark == CONTEXT for mark, _ in (*one, *other)):
        texts = divided(one)[1], divided(other)[1]
        place = one_place(*texts)
    if place is None:
        return False
    is_short = are_short(texts, SHORT_RECORD)
    if not (is_short or is_one_word(place)) or not tells_at(place, is_short=is_short):
        return False
    is_told = not is_page or not names_at(place) or is_in_sentence(place, texts[0])
    is_told = is_told or min(map(n_words_of, texts)) * TELLING_SHARE < 1
    return is_told and not _is_in_code(texts[0], len(place.before))
