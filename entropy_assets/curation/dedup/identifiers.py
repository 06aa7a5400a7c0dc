"""Identifiers: words of which each character tells, wherever they stand.

Letters of their own (vitamin B), hashes, colours, addresses, ranges, and the marks that Japanese and Thai put
on a letter: with another one in its place a text says something else, however long it is.

What belongs here: whether each of two texts has one that the other lacks. What does not: names and words.
"""

import re
import unicodedata

from entropy_assets.curation.dedup.ends import Ends, unlike
from entropy_assets.curation.dedup.notations import NOTATION, is_shouted_at, kind_of, may_note, notes_other
from entropy_assets.curation.dedup.places import Place

MARGIN = 120
"""Characters of an identifier, rather too many."""

MOST_CHARS = 20_000
"""Characters that are searched; two texts that differ over more were written anew."""

_IDENTIFIER = re.compile(
    r"https?://[^\s<>\"'()\[\]{}|\x15-\x18\x1c-\x1f]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|\#[0-9A-Fa-f]{3,8}\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|(?<![\w-])\d+-\d+(?![\w-])"
    r"|(?<![^\W_])(?:[A-Z]{1,4}\d+|[0-9A-Za-z]*\d[A-Za-z]+\d[0-9A-Za-z]*)(?![^\W_])",
)
_SEQUENCE = re.compile(r"[acgtu]{12,}")
"""Bases of DNA and RNA."""
_LEAST_MARKED = 3
_OLD = "sólo éste ésta éstos éstas ése ésa ésos ésas aquél aquélla idéia guión"
_OLD_SPELLINGS = frozenset(_OLD.split())
"""Words whose marks a reform of spelling took off."""
_CAPITAL = re.compile(r"(?<![^\W_])(?<!['’.-])[A-Z](?![^\W_]|['’])")
_WORDS_TOO = frozenset("AI")
"""Capital letters that are words too: in place of one another they begin two sentences."""

_ACCENTS = "\u0300\u0301\u0308\u0303"
"""Grave, acute, diaeresis and tilde."""
_AROUND = ".,;:!?\"'()[]«»“”„¿¡"
_VOICE = "\u3099\u309a"
_TONE = "\u0e48\u0e49\u0e4a\u0e4b"
_MARKED = re.compile(f"([^{_VOICE}{_TONE}])([{_VOICE}{_TONE}]*)")
_HAS_MARKS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff]")


def identifies_other(one: str, other: str, ends: Ends, plain: Place | None = None) -> bool:
    """Return whether each of two texts has an identifier, a notation or a letter alone that the other lacks.

    Parameters
    ----------
    one, other
        Two texts.
    ends
        What `ends.equal_chars` returns for them.
    plain
        The one place where they differ, if words of letters alone stand there; see `places.is_plain`.

    >>> from entropy_assets.curation.dedup.ends import equal_chars
    >>> texts = "Much vitamin B is in it.", "Much vitamin D is in it."
    >>> identifies_other(*texts, equal_chars(*texts))
    True
    """
    if plain is not None:
        if is_shouted_at(one, plain):
            return False
        mine, yours = (
            {word for word in text.split(" ") if kind_of(word) == NOTATION or _SEQUENCE.fullmatch(word)}
            for text in (plain.here, plain.there)
        )
        if mine and yours:
            return mine != yours and not mine | yours <= _WORDS_TOO
        # One that was added goes on another: UNION, UNION ALL.
        return (
            bool(mine or yours)
            and kind_of(plain.before.split()[-1] if plain.before.strip() else "") == NOTATION
        )
    first, second = unlike(one, other, MARGIN, ends)
    if max(len(first), len(second)) > MOST_CHARS:
        return False
    words, others = set(first.split()), set(second.split())
    if may_note(words - others, others - words) and notes_other(one, other):
        return True
    gone, came = " ".join(words - others), " ".join(others - words)
    if gone and came and (_have_others(_IDENTIFIER, gone, came) or _have_others(_CAPITAL, gone, came)):
        return True
    return not one.isascii() and (
        marks_other(first, second)
        or (len(gone.split()) == len(came.split()) == 1 and accents_other(one, gone, came))
    )


def _have_others(pattern: re.Pattern[str], one: str, other: str) -> bool:
    """Return whether each of two texts has something of a pattern that the other lacks."""
    mine = set(pattern.findall(one))
    if not mine:
        return False
    yours = set(pattern.findall(other))
    return bool(mine - yours and yours - mine) and not mine | yours <= _WORDS_TOO


def accents_other(text: str, word: str, other: str) -> bool:
    """Return whether a mark on a letter is all in which two words of a text differ that has marks elsewhere.

    A text that lost its marks has lost them all; a circumflex, and those of old spellings, may be left out.

    >>> accents_other("Ayer hablo con él, según ella.", "hablo", "habló")
    True
    >>> accents_other("Ayer hablo con el, segun ella.", "hablo", "habló")
    False
    """
    word, other = (one.strip(_AROUND).lower() for one in (word, other))
    bare, marked = sorted((word, other), key=str.isascii, reverse=True)
    if len(word) < _LEAST_MARKED or not marked.isalpha() or marked in _OLD_SPELLINGS:
        return False
    apart, other_apart = (unicodedata.normalize("NFD", one) for one in (bare, marked))
    plain = [sign for sign in other_apart if sign not in _ACCENTS]
    if "".join(plain) != "".join(sign for sign in apart if sign not in _ACCENTS) or apart == other_apart:
        return False
    rest = unicodedata.normalize("NFD", text.lower().replace(word, "").replace(other, ""))
    return any(sign in _ACCENTS for sign in rest)


def marks_other(one: str, other: str) -> bool:
    """Return whether two texts have the same letters of Japanese or Thai, one with another mark.

    >>> marks_other("かき", "かぎ"), marks_other("かき", "さき")
    (True, False)
    """
    if not _HAS_MARKS.search(one):
        return False
    first, second = (_MARKED.findall(unicodedata.normalize("NFD", text)) for text in (one, other))
    if len(first) != len(second):
        return False
    pairs = zip(first, second, strict=True)
    return any(base == letter and mark != sign for (base, mark), (letter, sign) in pairs)
