"""Speakers: who says what in a record, as far as copies must have it in common.

Equal words in the mouth of another are another record: what an assistant says is learned, what a user or a
tool says is not. A speaker who goes on in a second turn is one speaker.

What belongs here: who says the turns of one marked text, and whether those of two are said by others. What
does not: the marks (`marked`).
"""

import re
import unicodedata
from itertools import groupby

import xxhash

from entropy_assets.curation.dedup.marked import ANSWER, ASKED, CONTEXT, REJECTED, ROLES

_MARKS, _TAGS = f"{CONTEXT}{ASKED}{ANSWER}{REJECTED}", "".join(ROLES.values())
_MARK = re.compile(f"([{_MARKS}][{_TAGS}]?)".encode())
_REJECTED = REJECTED.encode()
_IN_TURN = [ASKED.encode(), ANSWER.encode()]
_GAP = re.compile(rb"\n\n+")
_SPACE = b" \t\r\n\x0b\x0c"
_NO_MARKS = bytes(set(range(0x100)) - set(f"{_MARKS}{_TAGS}".encode()))
_TAKING_TURNS = b"".join(_IN_TURN) * 64

Turn = tuple[bytes, bytes]


def said_by(text: bytes) -> list[Turn]:
    """Return the mark with its tag, and the words, of each turn of a marked text; none of a text without."""
    first, *pieces = _MARK.split(text)
    turns = list(zip(pieces[::2], pieces[1::2], strict=True))
    return [(b"", first), *turns] if first.strip() and turns else turns


def hash_of(form: bytes, text: bytes) -> int:
    """Return 64 bits of a text, given as what is not folded of it, and of who says which part of it.

    A text without turns counts as one in which user and assistant take turns at each blank line.

    Parameters
    ----------
    form
        The text without its marks, folded; see `writing.folded_bytes`.
    text
        The marked text.
    """
    own = xxhash.xxh3_64_intdigest(form)
    alone = marks_of(text)
    takes_turns = _TAKING_TURNS.startswith(alone) and text.startswith(alone[:1])  # as most texts do
    if not alone or (takes_turns and _n_gaps(form) == len(alone) - 1):
        return own
    turns = said_by(text)
    if not turns:
        return own
    if _REJECTED in text and _prefers_nothing(turns):
        return xxhash.xxh3_64_intdigest(text, seed=own)
    marks = [mark for mark, _ in groupby(turns, key=lambda turn: turn[0])]
    if marks == (_IN_TURN * len(marks))[: len(marks)] and _n_gaps(form) == len(marks) - 1:
        return own
    sizes = [
        b"%b%d" % (mark, sum(_n_bytes(words) for _, words in said))
        for mark, said in groupby(turns, key=lambda turn: turn[0])
    ]
    return xxhash.xxh3_64_intdigest(b" ".join(sizes), seed=own)


def _prefers_nothing(turns: list[Turn]) -> bool:
    """Return whether the sides of a preference differ in white space or case alone, if in anything.

    Their swap is not the same, though nothing else tells the two apart.
    """
    sides = [
        "".join(b"".join(words for mark, words in turns if mark[:1] == own).decode().split()).lower()
        for own in (ANSWER.encode(), _REJECTED)
    ]
    return unicodedata.normalize("NFC", sides[0]) == unicodedata.normalize("NFC", sides[1])


def marks_of(text: bytes) -> bytes:
    """Return the marks and tags of a marked text in their order; none of a text without turns."""
    return text.translate(None, _NO_MARKS)


def are_others(one: str, other: str) -> bool:
    """Return whether two marked texts are said by others; no where one has no turns.

    With as many turns, or as many changes of speaker, the speakers must be the same; else what is
    in both is said by the same.
    """
    texts = one.encode(), other.encode()
    if texts[0][:1] == texts[1][:1] and marks_of(texts[0]) == marks_of(texts[1]):
        return False
    first, second = map(said_by, texts)
    if not first or not second:
        return False
    if len(first) == len(second):
        return [mark for mark, _ in first] != [mark for mark, _ in second]
    marks, others = (
        [mark for mark, _ in groupby(turns, key=lambda turn: turn[0])] for turns in (first, second)
    )
    if len(marks) == len(others):
        return marks != others
    told: dict[bytes, set[bytes]] = {}
    for mark, words in second:
        told.setdefault(words.strip(), set()).add(mark)
    return any(mark not in told.get(words.strip(), {mark}) for mark, words in first)


def _n_gaps(form: bytes) -> int:
    """Return how many runs of blank lines a text has."""
    return len(_GAP.findall(form)) if b"\n\n\n" in form else form.count(b"\n\n")


def _n_bytes(words: bytes) -> int:
    """Return the bytes of words without white space; a letter with an accent has as many in both forms."""
    if words.isascii():
        return len(words.translate(None, _SPACE))
    return len("".join(unicodedata.normalize("NFC", words.decode()).split()).encode())
