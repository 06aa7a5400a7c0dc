"""What of a record is looked at for damage: a question and its answer, or a text.

What belongs here: reading them out of records. What does not: what they look like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from entropy_assets.records import spoken

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

        All turns before the last one are the question, joined by a blank line; the last one is the answer. Of
        a preference the chosen and the rejected answer make a passage each. Thoughts and calls are said with
        their turn; definitions of tools, which many records share word for word, are left out.
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

    def take(self, places: Sequence[int] | np.ndarray) -> "Passages":
        """Return the passages at some places, in that order."""
        return Passages(
            [self.items[i] for i in places],
            [self.sources[i] for i in places],
            self.records[np.asarray(places, dtype=np.int64)],
        )

    def __len__(self) -> int:
        return len(self.items)


def _passages_of(row: dict[str, object]) -> list[Passage]:
    if row["kind"] == "text":
        return [Passage("", str(row["text"]))]
    if row["kind"] == "chat":
        return [_passage(row["messages"])]
    return [_passage([*row["prompt"], *row[side]]) for side in ("chosen", "rejected")]  # type: ignore[misc]


def _passage(turns: object) -> Passage:
    said = ["\n\n".join(spoken(turn)) for turn in turns]  # type: ignore[attr-defined]
    return Passage("\n\n".join(said[:-1]), said[-1]) if said else Passage("", "")


def _shortened(text: str) -> str:
    """Return a text of at most `MAX_CHARS` characters, the middle of a longer one left out."""
    half = MAX_CHARS // 2
    return text if len(text) <= MAX_CHARS else text[:half] + text[-half:]
