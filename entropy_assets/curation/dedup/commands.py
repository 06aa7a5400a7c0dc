"""Commands: options and operators of a shell that only one of two texts has, in code and in prose.

What belongs here: what makes another command of the same words. What does not: programs (`programs`), and
operands, which are words.
"""

import re
from collections import Counter

from entropy_assets.curation.dedup.ends import Ends, unlike

MOST_CHARS = 40
"""Characters of an option, rather too many."""

_LONG = re.compile(r"(?<![\w-])--[A-Za-z][\w-]+")
_SHORT = re.compile(r"(?<=[ \t`'\"(\[])-([A-Za-z]{1,4})(?![\w-])")
_OPERATOR = re.compile(
    r"&&|(?<=[\s`\w])\|\|(?=\s*[\w./\[!(])|(?<=\s)(?:>>|[\d&]>{1,2}(?:&\d)?)(?=[\s/&])"
    r"|(?<=[ (`])!(?=\s*[-\[($/]|\s[a-z]|[a-z_])"
)

_BARE = re.compile(r"(?<![\w-])(?:tar|ps|ar)\s+([A-Za-z]{1,5})(?=\s)")
"""Programs whose options may stand without a stroke, and these."""

_FLAGS = re.compile(r"(?<![\w/])s([/|#,])\S*?\1\S*?\1([gimpe\d]+)(?![\w/])")
"""A substitution as sed and Perl write it, and its flags."""

_DASH = re.compile(r"-(?:-[A-Za-z]|(?<=[ \t`'\"(\[]-)[A-Za-z])")
_DENIAL = re.compile(r"!(?<=[ (`]!)")
_REDIRECTION = re.compile(r">(?<=[>\d&]>)")
"""What stands in each text in which one of the patterns above finds anything."""

_AS_ROOT = re.compile(r"(?<![\w-])(?:sudo|doas)(?=\s+[\w./-])")


def n_other_options(one: str, other: str, ends: Ends | None = None) -> int:
    """Return how many options and operators of commands only one of two texts has.

    Letters behind one stroke are options of their own: `-rf` is `-r -f`.

    >>> n_other_options("git push", "git push --force"), n_other_options("so -- it is", "so it is")
    (1, 0)
    >>> n_other_options("rm -r x", "rm -rf x"), n_other_options("make && run", "make || run")
    (1, 2)
    >>> n_other_options("tar xf a", "tar cf a"), n_other_options("make > log", "make 2> log")
    (2, 1)
    >>> n_other_options("sed s/a/b/ x", "sed s/a/b/g x")
    1
    """
    one, other = unlike(one, other, MOST_CHARS, ends)
    if not (_may_have(one) or _may_have(other)):
        return 0
    first, second = _options(one), _options(other)
    if dict.__eq__(first, second):
        return 0
    return (first - second).total() + (second - first).total()


def _may_have(text: str) -> bool:
    """Return whether a text may have an option or an operator."""
    return (
        ("-" in text and _DASH.search(text) is not None)
        or "&&" in text
        or "||" in text
        or ("!" in text and _DENIAL.search(text) is not None)
        or (">" in text and _REDIRECTION.search(text) is not None)
        or "s/" in text
        or "s|" in text
        or "sudo" in text
        or "doas" in text
        or (("ar " in text or "ps " in text) and _BARE.search(text) is not None)
    )


def _options(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    if "-" in text:
        found.update(_LONG.findall(text))
        found.update(f"-{letter}" for letters in _SHORT.findall(text) for letter in letters)
    if any(sign in text for sign in "&|>!"):
        found.update(_OPERATOR.findall(text))
    if "tar " in text or "ps " in text or "ar " in text:
        found.update(letter for letters in _BARE.findall(text) for letter in letters)
    if "s/" in text or "s|" in text:
        found.update(flag for _, flags in _FLAGS.findall(text) for flag in flags)
    if "sudo" in text or "doas" in text:
        found.update(_AS_ROOT.findall(text))
    return found
