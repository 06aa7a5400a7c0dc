r"""Stamps: lines at the head or foot of a page that say when it was published, changed or fetched, or count.

A count is one of views, comments and the like. A line may also say how long ago something was, seen from the
day on which the page was fetched, and give the page's address in one of its spellings.

A page that is fetched again has another stamp and is the same page. A date in a sentence, in the middle of a
page or in a short text is what the text says.

What belongs here: which lines are stamps. What does not: what differs beside them.
"""

import re

from entropy_assets.curation.dedup.marked import has_marks, turns_of
from entropy_assets.curation.dedup.stamp_words import (
    AGE,
    COUNT,
    DATE,
    DAY,
    LENGTH,
    RIGHTS,
    SAYS_WHEN,
    TIME,
)

LEAST_WORDS = 100
"""Words from which a text is a page."""

HEAD, FOOT = 3, 5
"""Lines that are not blank, from the beginning and from the end, that may be stamps."""

MOST_WORDS = 12
"""Words of a stamp beside its dates; a line with more tells something."""

MOST_CHARS = 200
"""Characters of a stamp."""

_BESIDE_COUNTS, _BESIDE_AGES = 3, 4
"""Words of a stamp beside its counts, or its age; a line with more tells something."""

_SAYS_WHEN = re.compile(SAYS_WHEN, re.IGNORECASE)
_PARTED = re.compile(r"\s*[|·•∙‧/,()]\s*|\s[-–—]\s|\s(?:by|von|par|por|di|da|door|av)\s", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?<![\w./@])(?:https?://(?:www\.)?|www\.)(?=[\w-]+(?:\.[\w-]+)+)([^\s<>\"'()\[\]]*?)/?(?=[.,;:]?(?:[\s<>\"'()\[\]]|\Z))",
    re.IGNORECASE,
)
_TRACKED = re.compile(
    r"(?<=[?&])(?:utm_\w+|fbclid|gclid|msclkid|igshid|mc_[ce]id|ref|source|session(?:id)?|sid)=[^\s&#<>\"')]*&?",
    re.IGNORECASE,
)
"""What an address says of the way by which it was come to."""

_SERVED = re.compile(
    r"\W*(?:this )?(?:page|site|request|seite|página|pagina)?\s*(?:was )?"
    r"(?:generated|rendered|served|loaded|created|generiert|erzeugt|générée?|generada)"
    r"(?: (?:in|by|at|from|on|en|von))? .*\d.*",
    re.IGNORECASE,
)
"""How fast or by which machine a page was served."""

_WORD = re.compile(r"\w+")


def is_stamp(line: str) -> bool:
    """Return whether a line says when a page was made, and nothing else.

    >>> is_stamp("Last updated: Monday, 12 May 2021"), is_stamp("The town voted on 12 May 2021.")
    (True, False)
    >>> is_stamp("Ann Lee | 3 days ago"), is_stamp("The town voted 3 days ago")
    (True, False)
    """
    if len(line) > MOST_CHARS:
        return False
    if _SERVED.fullmatch(line):
        return len(_WORD.findall(line)) <= MOST_WORDS
    rest, n_counts = COUNT.subn("", line)
    rest, n_dates = DATE.subn("", rest)
    rest, n_rights = RIGHTS.subn("", rest)
    if n_dates or n_rights:
        words = _WORD.findall(DAY.sub("", TIME.sub("", rest)))
        return not words or (len(words) <= MOST_WORDS and _SAYS_WHEN.search(line) is not None)
    if line.rstrip()[-1:] in (".", "!", "?"):
        return False
    parts = _PARTED.split(LENGTH.sub("", TIME.sub("", rest)))
    others = [part for part in parts if AGE.fullmatch(part) is None]
    n_words = sum(len(_WORD.findall(part)) for part in others)
    if len(others) < len(parts):
        return n_words <= _BESIDE_AGES
    return n_counts > 0 and n_words <= _BESIDE_COUNTS


def without_stamps(one: str, other: str) -> tuple[str, str] | None:
    """Return two texts without their stamps, and with the addresses beside these in one spelling.

    None where that takes away nothing in which they differ: one is no page, or is one of questions and
    answers, or has the only stamp.
    """
    if has_marks(one) or has_marks(other):
        return None
    both = [text.split("\n") for text in (one, other)]
    beside = [_beside(lines) for lines in both]
    held = [{lines[place] for place in places} for lines, places in zip(both, beside, strict=True)]
    common = held[0] & held[1]
    if held[0] == held[1]:
        return None
    if any(len(_WORD.findall(text)) < LEAST_WORDS or turns_of(text) for text in (one, other)):
        return None
    bare = []
    for lines, places in zip(both, beside, strict=True):
        found = {place for place in places if lines[place] not in common and is_stamp(lines[place])}
        for place in places - found:
            if len(lines[place]) <= MOST_CHARS:
                lines[place] = _ADDRESS.sub(r"\1", _TRACKED.sub("", lines[place]))
        bare.append(("\n".join(line for place, line in enumerate(lines) if place not in found), bool(found)))
    (first, is_stamped), (second, is_also_stamped) = bare
    if (first, second) == (one, other):
        return None
    return (first, second) if is_stamped == is_also_stamped or any(map(is_stamp, common)) else None


def _beside(lines: list[str]) -> set[int]:
    """Return the places of the lines of a text that may be stamps."""
    said = [place for place, line in enumerate(lines) if line and not line.isspace()]
    return {*said[:HEAD], *said[-FOOT:]}
