r"""Shots: texts that give several examples of one form and end with one more, as few-shot prompts do.

Many records share the shots word for word, so what the last one asks and answers is what they say. A form is
named by words that begin lines (`Q:` and `A:`, `Review:` and `Verdict:`), or lies in a sign that parts each
line in two (`=>`).

What belongs here: where the last shot begins. What does not: names that are turns in any number (`marked`).
"""

import re
from collections import Counter
from collections.abc import Sequence

LEAST_SHOTS = 3
"""Examples, the last among them, from which there is a form."""

Shot = tuple[str, str, str]
"""What stands before the last shot, what that asks, and what it answers; an answer may be empty."""

Named = Sequence[tuple[int, str]]
"""Where each name stands, in order, and which it is."""

_NAME = re.compile(r"^[ \t]*[-*#>_ ]{0,6}([^\W\d_][\w ]{0,24}?) ?\*{0,2}[:：]", re.MULTILINE)
_SIGNS = ("=>", "->", "→", "//", "\t")


def last_shot(text: str) -> Shot | None:
    r"""Return a text cut where its last shot begins and where that answers; None where it has no shots.

    >>> last_shot("hot => cold\nup => down\nin => out\nold => new")
    ('hot => cold\nup => down\nin => out', 'old', 'new')
    """
    return _by_names(text) or _by_signs(text)


def cut_by_names(text: str, names: Named, asked: str, answer: str) -> Shot | None:
    """Return the last shot of a text, given where it asks and answers; see `last_shot`.

    What stands behind the last answer in more paragraphs than any other answer has is the foot of a page.
    """
    questions = [start for start, name in names if name == asked]
    if len(questions) < LEAST_SHOTS:
        return None
    ends = [*(start for start, _ in names[1:]), len(text)]
    answers = [(start, end) for (start, name), end in zip(names, ends, strict=True) if name == answer]
    earlier = [one for one in answers if one[0] < questions[-1]]
    # A passage before the question is of the last shot too.
    begin = next(start for start, _ in names if not earlier or start >= earlier[-1][1])
    before = text[:begin].strip()
    if len(earlier) == len(answers):
        return before, text[begin:].strip(), ""
    most = max((text[start:end].strip().count("\n\n") for start, end in earlier), default=0)
    start, end = answers[-1]
    said = "\n\n".join(text[start:end].strip().split("\n\n")[: most + 1])
    return before, text[begin:start].strip(), said


def _by_names(text: str) -> Shot | None:
    if text.count(":") + text.count("：") < 2 * LEAST_SHOTS - 1:
        return None
    names = [(found.start(), found[1].lower()) for found in _NAME.finditer(text)]
    often = Counter(name for _, name in names)
    names = [one for one in names if often[one[1]] >= LEAST_SHOTS - 1]
    own = list(dict.fromkeys(name for _, name in names))
    return cut_by_names(text, names, own[0], own[-1]) if len(own) > 1 else None


def _by_signs(text: str) -> Shot | None:
    lines = text.rstrip(" \n").split("\n")
    sign = next((sign for sign in _SIGNS if sign in lines[-1]), None)
    if sign is None or len(lines) < LEAST_SHOTS or not all(sign in line for line in lines[-LEAST_SHOTS:]):
        return None
    asked, _, said = lines[-1].partition(sign)
    return "\n".join(lines[:-1]).strip(), asked.strip(), said.strip()
