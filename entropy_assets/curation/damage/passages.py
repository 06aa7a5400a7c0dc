"""What of a record is looked at for damage: a question and its answer, or a text.

What belongs here: reading them out of records. What does not: what they look like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from entropy_assets.records import Turn, spoken

MAX_CHARS = 4_000
"""Characters of a question or an answer that are looked at: of a longer one its beginning and its end."""


class Passage(NamedTuple):
    """A question, empty for plain text, and what answers it."""

    question: str
    answer: str

    @property
    def text(self) -> str:
        """Both, as one text."""
        return f"{self.question}\n{self.answer}" if self.question else self.answer


SIDES = ("chosen", "rejected")
"""Sides of a preference, in the order of its passages; all else has the first one."""


@dataclass(frozen=True)
class Passages:
    """The passages of some records.

    Parameters
    ----------
    items
        The passages.
    sources
        Source of each.
    records
        (n,) int64, the record that each belongs to, by its place; a preference has two.
    """

    items: list[Passage]
    sources: list[str]
    records: np.ndarray

    @classmethod
    def of(cls, records: pl.DataFrame) -> "Passages":
        """Return the passages of a frame of records.

        What the assistant says in all turns is the answer, joined by blank lines, and all else the question:
        what users, systems and tools say. Of a preference the chosen and the rejected answer make a passage
        each, and the whole prompt is the question. Thoughts and calls are said with their turn; definitions
        of tools, which many records share word for word, are left out.
        """
        rows = records.select("source", "kind", "text", "messages", "prompt", "chosen", "rejected")
        items: list[Passage] = []
        sources: list[str] = []
        places: list[int] = []
        for place, row in enumerate(rows.iter_rows(named=True)):
            for passage in _passages_of(row):
                items.append(Passage(*map(_shortened, passage)))
                sources.append(row["source"])
                places.append(place)
        return cls(items, sources, np.array(places, dtype=np.int64))

    @property
    def sides(self) -> np.ndarray:
        """(n,) int64, the place in `SIDES` of each: a record's second passage is what was rejected."""
        again = np.zeros(len(self), dtype=np.int64)
        again[1:] = self.records[1:] == self.records[:-1]
        return again

    def take(self, places: Sequence[int] | np.ndarray) -> "Passages":
        """Return the passages at some places, in that order."""
        return Passages(
            [self.items[i] for i in places],
            [self.sources[i] for i in places],
            self.records[np.asarray(places, dtype=np.int64)],
        )

    def __len__(self) -> int:
        return len(self.items)


def _passages_of(row: dict[str, Any]) -> list[Passage]:
    if row["kind"] == "text":
        return [Passage("", str(row["text"]))]
    if row["kind"] == "chat":
        return [_passage((), row["messages"])]
    return [_passage(row["prompt"], row[side]) for side in ("chosen", "rejected")]


def _passage(given: Sequence[Turn], turns: Sequence[Turn]) -> Passage:
    """Return the passage of a conversation of which some turns were given before it began."""
    last = len(turns) - 1
    is_answered = any(turn["role"] == "assistant" for turn in turns)
    question = [_said(turn) for turn in given]
    answer: list[str] = []
    for number, turn in enumerate(turns):
        is_answer = turn["role"] == "assistant" if is_answered else number == last
        (answer if is_answer else question).append(_said(turn))
    return Passage("\n\n".join(question), "\n\n".join(answer))


def _said(turn: Turn) -> str:
    return "\n\n".join(spoken(turn))


def _shortened(text: str) -> str:
    """Return a text of at most `MAX_CHARS` characters, the middle of a longer one left out."""
    half = MAX_CHARS // 2
    return text if len(text) <= MAX_CHARS else text[:half] + text[-half:]
