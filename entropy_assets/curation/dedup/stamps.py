r"""Stamps: lines at the head or foot of a page that say when it was published, changed or fetched, or count.

A count is one of views, comments and the like.

A page that is fetched again has another stamp and is the same page. A date in a sentence, in the middle of a
page or in a short text is what the text says.

What belongs here: which lines are stamps. What does not: what differs beside them.
"""

import re

from entropy_assets.curation.dedup.marked import turns_of
from entropy_assets.curation.dedup.word_sets import MONTHS

LEAST_WORDS = 100
"""Words from which a text is a page."""

HEAD, FOOT = 3, 5
"""Lines that are not blank, from the beginning and from the end, that may be stamps."""

MOST_WORDS = 12
"""Words of a stamp beside its dates; a line with more tells something."""

MOST_CHARS = 200
"""Characters of a stamp."""

_MONTH = "|".join(sorted(MONTHS.split(), key=len, reverse=True))
_DATE = re.compile(
    r"\b(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}(?:T[\d:.]+Z?)?|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th)?\ (?:de\ )?(?:{_MONTH})\b\.?,?(?:\ de)?\ \d{{4}}"
    rf"|(?:{_MONTH})\b\.?\ \d{{1,2}}(?:st|nd|rd|th)?,?\ \d{{4}}|(?:{_MONTH})\b\.?,?\ \d{{4}})(?!\w)"
    r"|\d{4}\ ?年\ ?\d{1,2}\ ?月\ ?\d{1,2}\ ?日",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?(?: ?(?:UTC|GMT|CET|EST|PST)\b)?", re.IGNORECASE
)
_SAYS_WHEN = re.compile(
    r"©|\b(?:updated?|posted|published|retrieved|modified|edited|printed|accessed|crawled|fetched|cached"
    r"|visited|copyright|created|generated|downloaded|archived|snapshot|revised|reviewed|date"
    r"|stand|aktualisiert|veröffentlicht|abgerufen|gedruckt|geändert|publié|mis\ à\ jour|consulté|imprimé"
    r"|modifié|publicado|actualizado|consultado|modificado|pubblicato|aggiornato|atualizado|опубликовано|обновлено)\b"
    r"|发布|更新|发表|時間|时间|公開|公开",
    re.IGNORECASE,
)
_RIGHTS = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)\s*(?:©|\(c\))?\s*(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)\d\d)?(?!\w)",
    re.IGNORECASE,
)
_COUNTED = (
    r"(?:views?|comments?|likes?|shares?|repl(?:y|ies)|votes?|upvotes?|reads|hits|followers?|downloads?"
    r"|visitors?|visits|reactions?|kommentare?|aufrufe|commentaires?|vues|comentarios?)\b"
)
_COUNT = re.compile(
    rf"\b\d[\d.,]*[km]?\ (?:page\ )?{_COUNTED}|\b{_COUNTED}\s*[:(]\s*\d[\d.,]*[km]?\b\)?", re.IGNORECASE
)
_BESIDE_COUNTS = 3
"""Words of a stamp beside its counts; a line with more tells something."""

_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")


def is_stamp(line: str) -> bool:
    """Return whether a line says when a page was made, and nothing else.

    >>> is_stamp("Last updated: 12 May 2021"), is_stamp("The town voted on 12 May 2021.")
    (True, False)
    """
    if len(line) > MOST_CHARS or _DIGIT.search(line) is None:
        return False
    rest, n_counts = _COUNT.subn("", line)
    rest, n_dates = _DATE.subn("", rest)
    rest, n_rights = _RIGHTS.subn("", rest)
    if not n_dates and not n_rights:
        return n_counts > 0 and len(_WORD.findall(rest)) <= _BESIDE_COUNTS and line.rstrip()[-1] not in ".!?"
    words = _WORD.findall(_TIME.sub("", rest))
    return not words or (len(words) <= MOST_WORDS and _SAYS_WHEN.search(line) is not None)


def without_stamps(text: str) -> str:
    """Return a text without its stamps; most have none, and one of questions and answers keeps all."""
    lines = text.split("\n")
    said = [place for place, line in enumerate(lines) if line.strip()]
    found = {place for place in (*said[:HEAD], *said[-FOOT:]) if is_stamp(lines[place])}
    if not found or len(_WORD.findall(text)) < LEAST_WORDS or turns_of(text):
        return text
    return "\n".join(line for place, line in enumerate(lines) if place not in found)
