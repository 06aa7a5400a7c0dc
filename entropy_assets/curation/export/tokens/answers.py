"""Which characters of a rendered conversation are answers, and how much each counts.

What belongs here: marks and weights. What does not: rendering.
"""

import json
import re
from dataclasses import dataclass

from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.export.tokens.conversations import Conversation

_EMPTY_THOUGHT = re.compile(
    r"<(think|thinking|thought|reasoning)>\s*</\1>|\[THINK\]\s*\[/THINK\]"
    r"|<\|channel\|>analysis<\|message\|>\s*<\|end\|>"
)


@dataclass(frozen=True)
class Rendered:
    """A conversation as text.

    Parameters
    ----------
    text
        What the template writes.
    answers
        First and last character (exclusive) of each answer that is marked, and its weight; ascending.
    n_unmarked
        Answers that would count and that the template does not mark.
    """

    text: str
    answers: list[tuple[int, int, float]]
    n_unmarked: int = 0

    @property
    def empty_thoughts(self) -> list[tuple[int, int]]:
        """First and last character (exclusive) of each block of thinking with nothing in it."""
        return [found.span() for found in _EMPTY_THOUGHT.finditer(self.text)]


def times_said(said: str, text: str) -> int:
    """Return how many times a text stands in another, as it is or as JSON has it within quotes."""
    n_plain = text.count(said)
    quoted = {json.dumps(said, ensure_ascii=False)[1:-1], json.dumps(said)[1:-1]} - {said}
    return max([n_plain, *(text.count(form) for form in quoted)])


def weighted(
    conversation: Conversation, text: str, marked: list[tuple[int, int]]
) -> list[tuple[int, int, float]]:
    """Return what a template marks, with the weights of its turns.

    Raises
    ------
    Lost
        Nothing is marked, what is marked is no answer, or there are weights and not each answer has a mark.
    """
    marked = _joined([(start, end) for start, end in marked if start < end])
    places = conversation.answers
    if not marked:
        raise Lost(Loss.zero_mask, f"the template marks none of {len(places)} answers")
    if len(marked) == len(places):
        for place, (start, end) in zip(places, marked, strict=True):
            bare = conversation.messages[place]["content"].strip()
            if bare and not times_said(bare, text[start:end]):
                raise Lost(Loss.zero_mask, f"what the template marks is not the content of messages.{place}")
        return [
            (start, end, conversation.weights[place])
            for place, (start, end) in zip(places, marked, strict=True)
            if conversation.weights[place]
        ]
    if conversation.has_weights:
        raise Lost(
            Loss.weight_unplaced,
            f"the template marks {len(marked)} places of {len(places)} answers, which have weights",
        )
    return [(start, end, 1.0) for start, end in marked]


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans, ascending, without edges between those that touch: an answer may be marked in parts.

    >>> _joined([(0, 2), (2, 3), (5, 6)])
    [(0, 3), (5, 6)]
    """
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
