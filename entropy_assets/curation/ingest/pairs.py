"""Rows of two columns of which one asks and the other answers, under the names that data sets have.

What belongs here: which names these are, and which of several counts. What does not: layouts by their own
names (`forms`), and keys beside them (`beside`).
"""

from entropy_assets.curation.ingest.context import CHOICES, UNREADABLE
from entropy_assets.curation.ingest.forms import ANSWERED, LAYOUTS, SYSTEM, Layout, asked_and_answered

_ASKING = ("instruction", "question", "query", "problem", "prompt", "inputs", "input")
_ANSWERING = ("output", "response", "completion", "solution", "generation", "targets", "target", "answer")
_BEFORE_HOLES = ("prompt", "input", "inputs")
_KNOWN = [needed for needed, _, _ in LAYOUTS.values()]


def _pair(asking: str, answering: str) -> Layout:
    optional = frozenset([*SYSTEM, *(["input"] if asking != "input" else [])])
    unreadable = (*CHOICES, "history") if asking in ("instruction", "prompt") else UNREADABLE
    unreadable += ("suffix",) if asking in _BEFORE_HOLES else ()
    return frozenset([asking, answering]), optional, asked_and_answered(asking, answering, unreadable)


PAIRS: dict[str, Layout] = {
    f"{asking} and its {answering}": _pair(asking, answering)
    for asking in _ASKING
    for answering in _ANSWERING
    if {asking, answering} not in _KNOWN
}
"""Name -> layout, the first that fits counts, where no layout of `forms.LAYOUTS` does."""

ASKING = {name: name.split()[0] for name in PAIRS}
"""Name -> its key of what asks."""

ANSWERED_BY = {
    name: next(key for key in _ANSWERING if key in needed)
    for name, (needed, _, _) in (*LAYOUTS.items(), *PAIRS.items())
    if name in ANSWERED or name in PAIRS
}
"""Name of a layout of one answer -> its key of the answer."""

PAIR_KEYS = frozenset([*_ASKING, *_ANSWERING])
ARTICLES = ("article", "document", "dialogue", "passage", "paragraph", "story", "body", "context")
SHORTER = ("summary", "highlights", "abstract", "headline", "tldr", "title")
"""Keys of texts, and of what is made of them: none of them asks."""
