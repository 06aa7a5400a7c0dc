"""Words in any script, and in those that write no spaces between them.

What belongs here: what a word is, and how words stand beside each other. What does not: what is done to them.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff"
"""Thai, Lao, Burmese, Khmer, kana and Han, as what stands in brackets in a pattern."""

WORD = re.compile(rf"[{UNSPACED}]{{1,2}}|[^\s{UNSPACED}]+")
"""A word; in scripts that write no spaces two characters, as most words of Chinese have."""

_BESIDE = rf"[{UNSPACED}\u3000-\u303f\uff01-\uff65]"
_NEEDLESS = re.compile(rf"(?<={_BESIDE}) (?={_BESIDE})")
_UNSPACED = re.compile(f"[{UNSPACED}]")


def said(words: Sequence[str]) -> str:
    """Return words one after the other, with spaces between them where their script writes any.

    >>> said(["two", "words", "两个", "词。"])
    'two words 两个词。'
    """
    return _NEEDLESS.sub("", " ".join(words))


def is_unspaced(sign: str) -> bool:
    """Return whether a character is of a script that writes no spaces.

    >>> is_unspaced("词"), is_unspaced("w")
    (True, False)
    """
    return _UNSPACED.match(sign) is not None


def has_unspaced(text: str) -> bool:
    """Return whether a text holds a character of a script that writes no spaces.

    >>> has_unspaced("a 词"), has_unspaced("a word")
    (True, False)
    """
    return _UNSPACED.search(text) is not None


def pairs_of(run: str) -> list[str]:
    """Return the characters of a run that is written without spaces, and each two beside each other.

    >>> pairs_of("学生们")
    ['学', '生', '们', '学生', '生们']
    """
    return [*run, *map("".join, pairwise(run))]
