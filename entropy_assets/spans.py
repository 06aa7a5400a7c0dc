"""Which bytes of a record's text are answers: what a trainer's loss counts when prompts are masked.

An answer is a turn of the assistant whose weight is not 0, with its reasoning and calls; of a preference
those of the chosen side. A record without such a turn, as plain text, has none.

What belongs here: finding them for many records at once. What does not: what they are used for.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.records import parts_in, spoken_lists

GAP = len("\n\n")
"""Bytes between turns, as `records.render` joins them."""


@dataclass(frozen=True)
class Spans:
    """Parts of n texts, m in all.

    Parameters
    ----------
    first
        (n + 1,) int64, the parts of text i are those from `first[i]` to `first[i + 1]`.
    bounds
        (m, 2) int64, first and last byte (exclusive) of each.
    """

    first: np.ndarray
    bounds: np.ndarray

    @classmethod
    def of(cls, records: pl.DataFrame) -> "Spans":
        """Return the answers in the rendered texts of a frame of records, in its order."""
        prompt, chosen, messages = spoken_lists(records, ("prompt", "chosen", "messages"))
        turns = pl.coalesce(pl.concat_list("prompt", "chosen"), "messages")
        own = pl.element().struct.field("role") == "assistant"
        if any("weight" in parts_in(records[name]) for name in ("prompt", "chosen", "messages")):
            own &= pl.element().struct.field("weight").fill_null(1.0) != 0
        found = records.select(
            size=pl.coalesce(pl.concat_list(prompt, chosen), messages).list.eval(
                pl.element().str.len_bytes()
            ),
            is_answer=turns.list.eval(own),
            before=(pl.col("tools").str.len_bytes().cast(pl.Int64) + GAP).fill_null(0),
        )
        n_turns = found["size"].list.len().fill_null(0).cast(pl.Int64).to_numpy()
        talks = found.filter(n_turns > 0)
        if not len(talks):
            return cls(np.zeros(len(found) + 1, np.int64), np.zeros((0, 2), np.int64))
        sizes = talks["size"].explode().cast(pl.Int64).to_numpy()
        wanted = talks["is_answer"].explode().to_numpy() & (sizes > 0)
        owner = np.repeat(np.arange(len(found)), n_turns)
        starts = np.cumsum(sizes + GAP) - (sizes + GAP)
        begun = np.cumsum(n_turns) - n_turns  # the first turn of each record among all turns
        places = np.minimum(begun, len(starts) - 1)
        starts = starts - starts[places][owner] + found["before"].to_numpy()[owner]
        n_own = np.bincount(owner[wanted], minlength=len(found))
        bounds = np.stack([starts, starts + sizes], axis=1)[wanted]
        return cls(np.concatenate([[0], np.cumsum(n_own)]), bounds)

    @classmethod
    def together(cls, parts: Sequence["Spans"]) -> "Spans":
        """Return the spans of the texts of all parts, one behind the other."""
        n_own = [np.diff(part.first) for part in parts]
        first = np.concatenate([[0], np.cumsum(np.concatenate([np.zeros(0, np.int64), *n_own]))])
        return cls(first, np.concatenate([np.zeros((0, 2), np.int64), *(part.bounds for part in parts)]))

    def __len__(self) -> int:
        return len(self.first) - 1

    def __getitem__(self, text: int) -> list[tuple[int, int]]:
        own = self.bounds[self.first[text] : self.first[text + 1]].tolist()
        return [(start, end) for start, end in own]

    def take(self, places: np.ndarray) -> "Spans":
        """Return the spans of the texts at `places`, (k,) int64, in that order."""
        n_own = np.diff(self.first)[places]
        first = np.concatenate([[0], np.cumsum(n_own)])
        rows = np.arange(first[-1]) - np.repeat(first[:-1] - self.first[places], n_own)
        return Spans(first, self.bounds[rows])

    def cut(self, starts: np.ndarray) -> "Spans":
        """Return the same spans in texts that begin at `starts`, (n,) int64: what lies before is below 0."""
        return Spans(self.first, self.bounds - np.repeat(starts, np.diff(self.first))[:, None])
