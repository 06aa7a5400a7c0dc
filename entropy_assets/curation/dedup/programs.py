r"""Programs: the code in two texts, and whether one place of it makes another program.

A token that differs at one place does so in code of any length. Comments, the layout, lines that only one of
the two has, and a name that is changed wherever it stands are no other program; for layout see `writing`.

What belongs here: finding code, and comparing it. What does not: how a text is written.
"""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from entropy_assets.curation.dedup.ends import Ends, lines_unlike
from entropy_assets.curation.dedup.writing import is_code, looks_like_code

_AROUND = 2
"""Lines before and behind a place that say whether it is code."""

MOST_LINES = 8
"""Lines of one place; where more differ, a part was written anew."""

_FENCED = re.compile(
    r"^[\x15-\x18\x1c-\x1f]*[ \t]*(```|~~~)[^\n]*\n(.*?)(?:^[ \t]*\1|\Z)", re.DOTALL | re.MULTILINE
)
_PARAGRAPH = re.compile(r"[^\x15-\x18\x1c-\x1f\n][^\x1c-\x1f]*?(?=\n[ \t]*\n|[\x1c-\x1f]|\Z)")
_FIRM = re.compile(
    r"\w[(\[]\S?|[={}]|</|\bSELECT\b|\$[\w({]|^#!|&&|(?<=\w )--?\w|(?<= )[|>]{1,2} \w", re.MULTILINE
)
_OF_SHELLS = re.compile(
    r"[ \t]*(?:\$\ |\#!|(?:sudo|export|cd|mkdir|rm|cp|mv|ls|cat|echo|printf|grep|sed|awk|chmod|chown|curl"
    r"|wget|git|docker|kubectl|npm|pip|apt|apt-get|ssh|scp|tar|gzip|find|ln|head|tail|sort|test|set|exit|shift"
    r"|source)\ |(?:fi|done|do|then|else|esac)(?:$|[ ;])|(?:if|elif|while|until)\ (?:\[|!|\w+\ -)"
    r"|for\ \w+\ in\ |case\ .*\ in$)"
)
_KEY = re.compile(r"[ \t]*(?:-\ +)?[\w./\"'-]+:(?:[ \t]+\S.*)?$|[ \t]*-\ +\S.*$|[ \t]*(?:\#.*)?$")
_WITHIN = re.compile(r"^[a-z_][\w-]*:[ \t]*\n(?:[ \t]*\#.*\n)*[ \t]*(?:-\ |[\w-]+:)", re.MULTILINE)
_LEAST_KEYS = 3
_DOCSTRING = re.compile(r'"{3}.*?"{3}|\'{3}.*?\'{3}', re.DOTALL)
_COMMENT = re.compile(
    r"/\*.*?\*/|<!--.*?-->"
    r"|^[ \t]*(?://|--|\#(?!include|define|if|endif|else|pragma|!))[^\n]*"
    r"|(?<=[;{})])[ \t]*//[^\n]*|[ \t]\#[ ][^\n]*",
    re.DOTALL | re.MULTILINE,
)
_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|[<>=!+\-*/%&|^~]+|[^\w\s]")
_NAMES = re.compile(r"\b(?:def|class|function|fn|func|struct|let|const|var)\s+(\w+)")

Line = tuple[str, ...]


def code_spans(text: str) -> list[tuple[int, int]]:
    """Return where code begins and ends in a text: in fences, or else in paragraphs of mostly code.

    A text may have marks; see `marked`.
    """
    fenced = [found.span(2) for found in _FENCED.finditer(text)] if "```" in text or "~~~" in text else []
    return fenced or [found.span() for found in _PARAGRAPH.finditer(text) if _is_program(found[0])]


def is_other_program(one: str, other: str, ends: Ends | None = None) -> bool:
    r"""Return whether the code in two texts, if there is any, does something else.

    >>> is_other_program("if a < b:\n    go(a)", "if a <= b:\n    go(a)")
    True
    """
    if not _may_differ(one, other, ends):
        return False
    first, second = (_lines_of(text) for text in (one, other))
    if not first or not second or first == second:
        return False
    names = [
        Counter(token for line in lines for token in line if _is_name(token)) for lines in (first, second)
    ]
    renamed = _renamed(one, other, *names)
    return any(
        [renamed.get(token, token) for token in here] != there for here, there in _places(first, second)
    )


def _may_differ(one: str, other: str, ends: Ends | None) -> bool:
    """Return whether a line that only one of two texts has may be code, by itself or by what is around it."""
    if "```" in one or "```" in other:
        return True
    before, first, second, behind = lines_unlike(one, other, ends)
    others = set(first.split("\n")) ^ set(second.split("\n"))
    if any(line and (looks_like_code(line) or _OF_SHELLS.match(line) or _KEY.match(line)) for line in others):
        return True
    around = [
        *before.rsplit("\n", _AROUND + 1)[-_AROUND - 1 : -1],
        *behind.split("\n", _AROUND + 1)[1 : _AROUND + 1],
    ]
    if len(around) < 2:
        return False
    most_others = len(around) // 4
    for line in around:
        most_others -= not is_code(line)
        if most_others < 0:
            return False
    return True


def _is_program(paragraph: str) -> bool:
    """Return whether a paragraph is mostly lines of a program or a shell, or all keys of a configuration."""
    lines = [line for line in paragraph.split("\n") if line.strip()]
    if len(lines) >= _LEAST_KEYS and _WITHIN.search(paragraph) and all(map(_KEY.match, lines)):
        return True
    if not _FIRM.search(paragraph):
        return False
    return 2 * sum(looks_like_code(line) or _OF_SHELLS.match(line) is not None for line in lines) >= len(
        lines
    )


def _lines_of(text: str) -> list[Line]:
    """Return the tokens of each line of the code of a text, without comments and blank lines."""
    text = _DOCSTRING.sub("", text)  # whole: a paragraph may have one end of one
    code = "\n".join(text[start:end] for start, end in code_spans(text))
    lines = (tuple(_TOKEN.findall(line)) for line in _COMMENT.sub("", code).split("\n"))
    return [line for line in lines if line]


def _places(first: list[Line], second: list[Line]) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the tokens of the lines that are others in the second code; lines of one side alone are not."""
    for kind, i, j, k, m in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        here, there = ([token for line in lines for token in line] for lines in (first[i:j], second[k:m]))
        if kind == "replace" and max(j - i, m - k) <= MOST_LINES and here != there:
            yield here, there


def _is_name(token: str) -> bool:
    return token[0].isalpha() or token[0] == "_"


def _renamed(one: str, other: str, first: Counter[str], second: Counter[str]) -> dict[str, str]:
    """Return the names of the first code that have another name wherever they stand in the second.

    They stand there more than once, or where they are declared: a name at one place is another name.
    """
    gone, came = first - second, second - first
    gone = Counter({name: n for name, n in gone.items() if name not in second})
    came = Counter({name: n for name, n in came.items() if name not in first})
    declared = set(_NAMES.findall(one)), set(_NAMES.findall(other))
    found: dict[str, str] = {}
    for name, n in gone.items():
        fits = [
            new
            for new, m in came.items()
            if m == n
            and new not in found.values()
            and (n > 1 or (name in declared[0] and new in declared[1]))
        ]
        if fits:
            found[name] = fits[0]
    return found
