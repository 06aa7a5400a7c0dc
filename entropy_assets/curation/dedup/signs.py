r"""Signs: mathematical ones, currencies, marks and emoji; another in its place says something else.

Bullets at the start of lines, emphasis, dashes, quotes, rules of tables and signs of rights say nothing.
What only one of two texts has was added.

What belongs here: the signs of a text, and whether another stands in place of one. What does not: words and
punctuation.
"""

import re
import unicodedata
from collections import Counter
from functools import cache

_TELLING = ("Sm", "Sc", "So")
"""Categories of Unicode: mathematical signs, currencies, and all others, emoji among them."""

_BLOCKS = (
    (0x20, 0x3400), (0x4DC0, 0x4E00), (0xA000, 0xAC00), (0xD7A4, 0xD800), (0xF900, 0x12000),
    (0x16800, 0x17000), (0x1BC00, 0x20000),
)  # fmt: skip
"""Where they are: elsewhere below U+20000 are Chinese characters, Korean syllables and old scripts."""

_SAYING_NOTHING = frozenset("©®™℠℗|¦°\ufffc\ufffd") | {chr(point) for point in range(0x2500, 0x25A0)}
"""Signs of rights, of tables (box drawing and blocks), and of what could not be read."""

_OF_ASCII = "$+<=>~"
"""Those of `_TELLING` that ASCII has, but for the rule of tables."""

_WRITTEN_OUT = (
    *(("<->", "↔"), ("->", "→"), ("<-", "←"), ("=>", "⇒"), (">=", "≥"), ("<=", "≤"), ("!=", "≠")),
    *((" :)", "🙂"), (" :-)", "🙂"), (" :(", "🙁"), (" :-(", "🙁"), (" ;)", "😉"), (" ;-)", "😉")),
)
"""What signs are written with; the last ones are faces."""

_BOX = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])?[ \t]*\[([ xX✓✔])\][ \t]", re.MULTILINE)
_DIFF = re.compile(r"^([-+])(?![-+]{2})", re.MULTILINE)

_BULLETS = "-–—*+•·‣⁃◦▪▫■□●○◆◇▶►▸▹❖➢➤"
_BULLET = re.compile(
    rf"^([\x15-\x18\x1c-\x1f]*[ \t]*)[{re.escape(_BULLETS)}][ \t]+(?![\d.,]+[ \t]*$)", re.MULTILINE
)
_LINK = re.compile(r"(?<![\w\[])\[\[([^\[\]|\n]+)\]\](?![\w\]])")
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]+)(?<=[^\s*])\1(?![\w*])")


_UNSEEN: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\xad\u200b\u200e\u200f\u2060\ufeff")),
    **dict(zip(range(0xFB00, 0xFB05), ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
}
"""Signs without width, but for those that join or part letters of some scripts; and ligatures as letters."""
_NOT = re.compile(r"\b([A-Za-z]+)n['’]t\b")
_SHORTENED = {"wo": "will", "ca": "can", "sha": "shall"}
_TRACKED = re.compile(
    r"[?&](?:utm_\w+|fbclid|gclid|msclkid|igshid|mc_[ce]id|_ga|_gl|ref_src)=[^\s&#<>\"')]*?(?=[.,;:!]*(?:[\s&#<>\"')]|\Z))"
)
_TRACKING = ("utm_", "clid=", "lkid=", "igshid=", "mc_", "_ga=", "_gl=", "ref_src=")

_NO_SIGNS = bytes(point for point in range(0x100) if chr(point) not in f"{_OF_ASCII}-!")
"""All but the signs of ASCII and what they are written with; of them a plus may be a bullet."""


@cache
def _telling() -> frozenset[str]:
    """Return the signs that tell."""
    points = (point for block in _BLOCKS for point in range(*block))
    signs = {sign for sign in map(chr, points) if unicodedata.category(sign) in _TELLING}
    return frozenset(signs - _SAYING_NOTHING)


def without_traces(text: str) -> str:
    r"""Return a text without signs that nobody sees, and without what tells how an address was come to.

    >>> without_traces("The moun\xadtain: https://a.org/x?utm_source=b.")
    'The mountain: https://a.org/x.'
    """
    if not text.isascii() and any(chr(sign) in text for sign in _UNSEEN):
        text = text.translate(_UNSEEN)
    if "n't" in text or "n’t" in text:
        text = _NOT.sub(lambda one: f"{_SHORTENED.get(one[1].lower(), one[1])} not", text)
    return _TRACKED.sub("", text) if any(sign in text for sign in _TRACKING) else text


def without_layout(text: str) -> str:
    r"""Return a text without bullets at the start of its lines, and without stars around words.

    >>> without_layout("* It is **not** so.\n- It is 2 * 3.")
    'It is not so.\nIt is 2 * 3.'
    """
    if "*" in text:
        text = _EMPHASIS.sub(r"\2", text)
    if "[[" in text:
        text = _LINK.sub(r"\1", text)
    return _BULLET.sub(r"\1", text)


def _may_tell(text: str) -> bool:
    """Return whether a text may have a sign that tells."""
    if any(sign in text for sign in _OF_ASCII):
        return True
    return not text.isascii() and not _telling().isdisjoint(text)


def signs_of(text: str) -> list[str]:
    """Return the signs of a text that tell, in their order.

    >>> signs_of("© 2021 | A ∪ B -> C")
    ['∪', '→']
    """
    for written, sign in _WRITTEN_OUT:
        if written in text:
            text = text.replace(written, sign)
    held = [sign for sign in _OF_ASCII if sign in text] if text.isascii() else _telling().intersection(text)
    return re.findall(f"[{re.escape(''.join(sorted(held)))}]", text) if held else []


def ticks_other(one: str, other: str) -> bool:
    r"""Return whether two lists have other boxes ticked, or two diffs other lines taken out.

    >>> ticks_other("- [x] Lock.\n- [ ] Fill.", "- [ ] Lock.\n- [x] Fill.")
    True
    >>> ticks_other("-  old\n+  new", "+  old\n-  new"), ticks_other("- old\n- new", "+ old\n+ new")
    (True, False)
    """
    if "] " in one and "] " in other:
        mine, yours = ([tick.strip() for tick in _BOX.findall(text)] for text in (one, other))
        if len(mine) == len(yours) and [bool(tick) for tick in mine] != [bool(tick) for tick in yours]:
            return True
    if "+" not in one or "-" not in one:
        return False
    taken, put = (_DIFF.findall(text) for text in (one, other))
    return len(taken) == len(put) and taken != put and set(taken) == set(put) == {"-", "+"}


def signs_other(one: str, other: str, *, in_order: bool = False) -> bool:
    """Return whether each of two texts has a sign that the other lacks.

    `in_order` says that the texts have the same words: there as many signs must stand in one order.

    >>> signs_other("A ∪ B", "A ∩ B"), signs_other("It is so.", "It is so 👍")
    (True, False)
    """
    if not in_order:
        if one.isascii() and other.isascii():
            mine, yours = (text.encode().translate(None, _NO_SIGNS) for text in (one, other))
            if b"+" not in mine and mine == yours:
                return False
            # Without "<", "=" and ">" nothing is written with "-" and "!".
            mine, yours = mine.translate(None, b"-!"), yours.translate(None, b"-!")
            if mine == yours and not mine.translate(None, b"$~"):
                return False
        if not (_may_tell(one) and _may_tell(other)):
            return False
        # Signs, bullets and emphasis are found within a line: those of equal lines are equal.
        lines, more = Counter(one.split("\n")), Counter(other.split("\n"))
        one, other = ("\n".join(rest.elements()) for rest in (lines - more, more - lines))
        if not (_may_tell(one) and _may_tell(other)):
            return False
    first, second = (signs_of(without_layout(text)) for text in (one, other))
    if first == second:
        return False
    if in_order and len(first) == len(second):
        return True
    counts, others = Counter(first), Counter(second)
    return bool(counts - others and others - counts)
