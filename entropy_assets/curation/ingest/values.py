"""What a value under an unknown key holds: a label, a name of some words, or a text.

What belongs here: telling them apart, whatever the key. What does not: keys (`naming`, `harmless`), and what
becomes of a row (`unread`).
"""

import functools
import re

from entropy_assets.curation.ingest.context import WITHOUT_BLANKS, is_label

_REFERENCE = re.compile(r"[\w+.-]+:[^\s]*|[\w./:+=@%?&#~,;*-]+", re.ASCII)
_ADDRESS = re.compile(r"[a-z][a-z\d+.-]*://\S+|[^\s@]+@[^\s@]+|[\d.,-]+", re.IGNORECASE)  # or a number
_MOMENT = re.compile(
    r"(?:[\d\s:.,/+-]|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b|(?<=\d)(?:st|nd|rd|th|t)(?=\W|\d)|\b(?:am|pm|at|of)\b|[zt]\b"
    r"|\b(?:utc|gmt|cet|cest|[ecmp][sd]t)\b)+",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?:;]['\")\]]*\s*$|[.!?;]['\")\]]*\s+\S|[。！？；]|\n")
_MAX_LABEL_CHARS = 2048
_MAX_MOMENT_CHARS = 64
SHORT_CHARS = 64
"""Characters of a label that is told at once, at most."""

_TWO_SENTENCES = re.compile(r"[^\W\d_]{3,}[.!?]\s+[^\W\d_]")
_MAX_NAME_WORDS = 5
_MAX_NAME_CHARS = 100
_MAX_NAME_SIGNS = 16
_MAX_CATEGORY_WORDS, _MAX_CATEGORY_SIGNS, _MAX_CATEGORY_CHARS = 30, 96, 400
_LEAST_PASSAGE_CHARS = 16
_MAX_TITLE_WORDS = 12  # a book as a source


def says_nothing(text: str, *, is_strict: bool = False) -> bool:
    """Return whether a text is blank, or a label: a word or two, a reference, a number or a moment.

    Where it `is_strict`, a label is an address or a number.

    >>> says_nothing("New York"), says_nothing("New York", is_strict=True), says_nothing("It is so.")
    (True, False, False)
    """
    if not text or text.isspace():
        return True
    if is_strict or len(text) > _MAX_LABEL_CHARS:
        return len(text) <= _MAX_LABEL_CHARS and bool(_ADDRESS.fullmatch(text))
    return is_label(text) or bool(
        _REFERENCE.fullmatch(text) or (len(text) <= _MAX_MOMENT_CHARS and _MOMENT.fullmatch(text))
    )


def is_reference(text: str) -> bool:
    """Return whether a text is one name of a file, a code or an address.

    >>> is_reference("a/b.py"), is_reference("a b")
    (True, False)
    """
    return len(text) <= _MAX_LABEL_CHARS and bool(_REFERENCE.fullmatch(text.strip()))


def is_phrase(text: str) -> bool:
    """Return whether a text is a name of some words, and no sentence.

    >>> is_phrase("Apache License 2.0"), is_phrase("Male, 54, on insulin."), is_phrase("数学。")
    (True, False, False)
    """
    return len(text) <= 2 * _MAX_NAME_CHARS and _is_phrase(text)


@functools.lru_cache(maxsize=4096)
def _is_phrase(text: str) -> bool:
    text = text.strip()
    if len(text) > _MAX_NAME_CHARS or len(text.split()) > _MAX_NAME_WORDS or _SENTENCE.search(text):
        return False
    return text.isascii() or len(WITHOUT_BLANKS.findall(text)) <= _MAX_NAME_SIGNS


def is_short(text: str) -> bool:
    """Return whether a text is no prose: at most 30 words, and no sentences one behind the other.

    >>> is_short("Brown v. Board of Education"), is_short("so " * 31)
    (True, False)
    >>> is_short("A mill stands at the weir by the town. It has been dry for years.")
    False
    """
    n_words = len(text.split())
    if len(text) > _MAX_CATEGORY_CHARS or n_words > _MAX_CATEGORY_WORDS:
        return False
    if n_words > _MAX_TITLE_WORDS and _TWO_SENTENCES.search(text):
        return False
    return len(WITHOUT_BLANKS.findall(text)) <= _MAX_CATEGORY_SIGNS


def is_passage(text: str) -> bool:
    """Return whether a text is too much for the name of a source: sentences, lines, many words.

    >>> is_passage("The Sign of the Four, by A. C. Doyle"), is_passage("He ate at seven and went off.")
    (False, True)
    """
    if len(text) < _LEAST_PASSAGE_CHARS:
        return False
    bare = text.strip()
    n_words = len(bare.split())
    if n_words > _MAX_TITLE_WORDS or len(WITHOUT_BLANKS.findall(bare)) > 2 * _MAX_NAME_SIGNS:
        return True
    return n_words > _MAX_NAME_WORDS and ("\n" in bare or bare[-1] in ".!?")
