r"""How a text is written: what of it is folded before two texts are called equal, and what never is.

By default white space at the end of lines plays no part, nor the difference between a letter with an accent
and the same two characters. Case and other white space are folded where a setting says so, and never in
code.

What belongs here: forms of one text. What does not: what two texts have in common (`verification`).
"""

import re
import unicodedata
from collections import Counter

from entropy_assets.curation.dedup.ends import Ends, lines_unlike
from entropy_assets.curation.dedup.signs import signs_other
from entropy_assets.curation.dedup.skeletons import signs_differ
from entropy_assets.curation.dedup.verification import SWAPPED_SHARE

_CODE = re.compile(
    r"^[ \t]*(?:"
    r"```|~~~"
    r"|(?:async\ +)?def\ +\w+\s*\(|class\ +\w+.*[:{]\s*$|@\w+[\w.]*(?:\(.*\))?[^\S\n]*$"
    r"|(?:if|elif|for|while|with|try|except|finally|else|switch|catch)\b.*[:{]\s*$"
    r"|(?:}\ *)?(?:else|catch|finally)\b.*{\s*$"
    r"|(?:from\ +[\w.]+\ +)?import\ +[\w.{*]|\#include\b|\#!/|using\ +[\w.]+;|package\ +[\w.]+;?[^\S\n]*$"
    r"|(?:public|private|protected|static|export|const|let|var|func|fn|function|impl|struct|enum)\ .*[({;=]"
    r"|(?:SELECT|INSERT|UPDATE|DELETE|CREATE)\ .*(?:FROM|INTO|SET|TABLE)\b"
    r"|return\b.*;?$|</?\w+[^>]*>\s*$"
    r"|\w[\w.\[\]]*\ *(?:=|[-+*/%|&^]=|:=|<-)\ *\S"
    r"|[\w.]+\([^()]*\)\s*;?[^\S\n]*$"
    r")",
    re.MULTILINE | re.VERBOSE,
)
_ENDS_OF_CODE = frozenset(";{}")
_LINE_ENDS = re.compile(r"[ \t\f\v\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+(?=\n|\Z)")
_ENDING = ("\r", " \n", "\t\n", "\f\n", "\v\n")
_ENDING_BYTES = tuple(map(str.encode, _ENDING))
_EXOTIC = "\f\v\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
_ENDING_BEYOND = (*_ENDING, *_EXOTIC, *map(chr, range(0x2000, 0x200B)))
"""What one of stands in a text in which a line ends with white space, of ASCII and of others."""

_INDENTED = re.compile(r"^[^\S\n]+(?=\S)", re.MULTILINE)
_WORD = re.compile(r"\w+")
_LOWER = bytes(ord(chr(point).lower()) if point < 0x80 else point for point in range(0x100))
_NO_CAPITALS = bytes(point for point in range(0x100) if not chr(point).isupper() or point >= 0x80)
_NO_WORD = bytes(point for point in range(0x80) if not chr(point).isalnum())


def may_be_code(text: str) -> bool:
    """Return whether a text holds a sign that code has; many a text has one, and few codes have none."""
    return (
        "(" in text
        or "=" in text
        or "{" in text
        or ";" in text
        or ":\n" in text
        or "```" in text
        or "/>" in text
    )


def is_code(text: str) -> bool:
    r"""Return whether a text holds a line that looks like code.

    >>> is_code("if a:\nb()"), is_code("If a line ends here, b follows."), is_code("x = 1")
    (True, False, True)
    """
    start = 0  # the pattern begins where a line does: there it is looked for, and nowhere else
    for line in text.split("\n"):
        if _ends_code(line) or _CODE.match(text, start) is not None:
            return True
        start += len(line) + 1
    return False


def _ends_code(line: str) -> bool:
    """Return whether a line ends as one of code does."""
    return line.rstrip()[-1:] in _ENDS_OF_CODE


def looks_like_code(line: str) -> bool:
    """Return whether a line that is not blank looks like code, or is indented as the lines of a block are."""
    return line[0] in " \t" or _ends_code(line) or _CODE.match(line) is not None


def _is_mostly_code(text: str) -> bool:
    """Return whether half of the lines of a paragraph look like code; one of prose may begin as code does."""
    for paragraph in text.split("\n\n"):
        lines = [line for line in paragraph.split("\n") if line.strip()]
        if lines and 2 * sum(map(looks_like_code, lines)) >= len(lines):
            return True
    return False


def folded(text: str, fold: tuple[str, ...] = ()) -> str:
    r"""Return a text as it is when only what plays no part is taken away.

    Parameters
    ----------
    text
        Any text.
    fold
        `case` and `white_space`; see `settings.DedupSettings`. Of code neither is folded.

    >>> folded("The CAT \r\n  sat\n"), folded("The CAT \r\n  sat\n", ("case", "white_space"))
    ('The CAT\n  sat', 'the cat sat')
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if fold and not is_code(text):
        text = text.lower() if "case" in fold else text
        if "white_space" in fold:
            return " ".join(text.split())
    if any(sign in text for sign in (_ENDING if text.isascii() else _ENDING_BEYOND)):
        text = _LINE_ENDS.sub("", text)
    return text.rstrip().lstrip("\n")


def folded_bytes(text: bytes, fold: tuple[str, ...] = ()) -> bytes:
    """Return `folded` of a text in UTF-8; most texts need no more than a look."""
    if fold or not text.isascii() or any(sign in text for sign in _ENDING_BYTES):
        return folded(text.decode(), fold).encode()
    return text.rstrip().lstrip(b"\n")


def writes_other(one: str, other: str, fold: tuple[str, ...] = (), *, is_short: bool = False) -> bool:
    r"""Return whether two texts of the same words are written in two ways that mean two things.

    Those are case, white space at the start of lines, and signs (`skeletons`); in code all but the end of
    lines.

    Parameters
    ----------
    one, other
        Texts whose words are the same but for case.
    fold
        See `folded`.
    is_short
        Whether signs that part sentences count too.

    >>> writes_other("It is so.", "It is so!"), writes_other("It is so.", "it is so.")
    (False, True)
    >>> writes_other("It is so.", "It is so!", is_short=True)
    True
    """
    first, second = folded(one, fold), folded(other, fold)
    if first.replace("'''", '"""') == second.replace("'''", '"""'):
        return False
    if _is_mostly_code(first) or _is_mostly_code(second):
        return True
    return (
        _WORD.findall(first) != _WORD.findall(second)
        or _INDENTED.findall(first) != _INDENTED.findall(second)
        or signs_differ(first, second, is_short=is_short)
        or signs_other(first, second, in_order=True)
    )


def has_other_case(one: str, other: str) -> bool:
    """Return whether two texts have more words that differ in their case alone than near-copies may.

    As in `verification.says_other`, those are more than one and more than `SWAPPED_SHARE` of the words.
    """
    n_words, swapped = _swapped(one, other)
    return swapped - _swapped(one.lower(), other.lower())[1] > max(1, SWAPPED_SHARE * n_words)


def _swapped(one: str, other: str) -> tuple[int, int]:
    """Return the words of the shorter text, and how many of them the other one has not and has others for."""
    first, second = (Counter(_WORD.findall(text)) for text in (one, other))
    swapped = min((first - second).total(), (second - first).total())
    return min(first.total(), second.total()), swapped


def n_capitals(text: str) -> int:
    """Return how many capital letters a text has."""
    if text.isascii():
        return len(text.encode().translate(None, _NO_CAPITALS))
    return sum(map(str.isupper, text))


def lines_written_otherwise(one: str, other: str, ends: Ends | None = None) -> bool:
    """Return whether two texts, one of them code, have a line that differs in case or signs alone."""
    if "\n" not in one or "\n" not in other:
        return False
    _, *parts, _ = lines_unlike(one, other, ends)
    if not any("\n" in text for text in parts) and _bare(parts[0]) != _bare(parts[1]):
        return False
    first, second = (set(text.replace("'''", '"""').split("\n")) for text in parts)
    stripped = [{line.rstrip() for line in lines} for lines in (first - second, second - first)]
    keys = [{_bare(line) for line in own} for own in (stripped[0] - stripped[1], stripped[1] - stripped[0])]
    return bool((keys[0] & keys[1]) - {b""}) and (is_code(one) or is_code(other))


def _bare(line: str) -> bytes:
    """Return a line without its case, and without white space and signs of ASCII."""
    return line.encode().translate(_LOWER, _NO_WORD)
