"""Turns of two records: whether they ask something else, or prefer what the other rejects.

What belongs here: what follows from the turns of two records. What does not: what follows from their words
(`reading`).
"""

import re
from collections import Counter

from entropy_assets.curation.dedup.denials import equal_ends, n_equal_first
from entropy_assets.curation.dedup.marked import ANSWER, CONTEXT, REJECTED

MOST_ANSWER = 100
"""Characters of all answers up to which they are no sign that two questions are one."""

GAP = "\n\n"
"""What stands between turns that are compared as one text."""

_WORDS = re.compile(r"\w+")

Turns = list[tuple[str, str]]
"""The mark and the words of each turn."""


def is_swapped(one: Turns, other: Turns) -> bool:
    """Return whether what one of two preferences chooses is what the other rejects, or nearer to that."""
    if not one or not other or one[-1][0] != REJECTED or other[-1][0] != REJECTED:
        return False
    sides = [
        [GAP.join(text for own, text in turns if own == mark) for mark in (ANSWER, REJECTED)]
        for turns in (one, other)
    ]
    (chosen, rejected), (also_chosen, also_rejected) = sides
    if (chosen, rejected) == (also_chosen, also_rejected):
        return False
    for parts in (_WORDS.findall, list):  # where words are the same, characters tell
        straight = _n_others(parts(chosen), parts(also_chosen)) + _n_others(
            parts(rejected), parts(also_rejected)
        )
        crossed = _n_others(parts(chosen), parts(also_rejected)) + _n_others(
            parts(rejected), parts(also_chosen)
        )
        if straight != crossed:
            return straight > crossed
    return (chosen, rejected) == (also_rejected, also_chosen)


def _n_others(one: list[str], other: list[str]) -> int:
    """Return how many words, or characters, one of two texts has and the other lacks."""
    first, second = Counter(one), Counter(other)
    return (first - second).total() + (second - first).total()


def asks_other(one: Turns, other: Turns) -> bool:
    """Return whether two records have the same short answers to two questions.

    Turns that begin both are left out. The words between the first and the last that differ are the
    questions: two or more on each side, at most half of which the other side has. Where answers are long
    they show that the question is the same.
    """
    if not one or not other:
        return False
    n_equal = n_equal_first(one, other)
    one, other = one[n_equal:], other[n_equal:]
    answers = [[text for mark, text in turns if mark in (ANSWER, REJECTED)] for turns in (one, other)]
    if answers[0] != answers[1] or sum(map(len, answers[0])) > MOST_ANSWER:
        return False
    if not n_equal and not answers[0]:
        return False
    asked = [_WORDS.findall(divided(turns)[1].lower()) for turns in (one, other)]
    start, stop = equal_ends(*asked)
    first, second = (Counter(words[start : len(words) - stop]) for words in asked)
    least = max(2, min(first.total(), second.total()) / 2)
    return min((first - second).total(), (second - first).total()) >= least


def divided(turns: Turns) -> tuple[str, str]:
    """Return the context of a record, and all else."""
    context = GAP.join(text for mark, text in turns if mark == CONTEXT)
    return context, GAP.join(text for mark, text in turns if mark != CONTEXT)
