"""Short texts: in them each word counts, and each sign.

What belongs here: which texts are short, and whether two of them have another name or word at one place. What
does not: what words say at a place (`places`).
"""

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.asking import Turns, divided
from entropy_assets.curation.dedup.marked import CONTEXT
from entropy_assets.curation.dedup.places import Place, one_place, tells_at

SHORT_RECORD, SHORT_ANSWER = 40, 20
"""Words from which a record, or an answer, may have another name or word at one place and be a copy."""

MOST_LETTERS = 12
"""Letters of a word on average, rather too many."""


def are_short(texts: tuple[str, str], n_words: int) -> bool:
    """Return whether two texts differ and have fewer words than `n_words`."""
    if texts[0] == texts[1] or max(map(len, texts)) > MOST_LETTERS * n_words:
        return False
    return all(len(tk.TOKEN.findall(text)) < n_words for text in texts)


def answers_other(texts: tuple[str, str]) -> bool:
    """Return whether two short answers have another name or word at one place."""
    return _tells(one_place(*texts), texts, SHORT_ANSWER)


def names_others(place: Place | None, one: Turns, other: Turns, texts: tuple[str, str]) -> bool:
    """Return whether two short records, given with their one place, have another name or word there."""
    if one and other:
        if sum(len(words) for mark, words in one if mark != CONTEXT) > MOST_LETTERS * SHORT_RECORD:
            return False
        if any(mark == CONTEXT for mark, _ in (*one, *other)):
            texts = divided(one)[1], divided(other)[1]
            place = one_place(*texts)
    return _tells(place, texts, SHORT_RECORD)


def _tells(place: Place | None, texts: tuple[str, str], n_words: int) -> bool:
    if place is None or max(map(len, texts)) > MOST_LETTERS * n_words:
        return False
    return tells_at(place) and are_short(texts, n_words)
