"""The selection as a row of contexts, so that no round pays for all of it and no size of it is refused.

What belongs here: how the selection is cut into segments, and what a record that knows some of them costs
once it knows more. What does not: which record is looked at, and when (`zip_long`).

**Segments.** Each holds a run of picks, in order. A round's picks are a new segment; one before them with at
most `MERGED_UP_TO` times as many bytes becomes one with them, and so on: sizes fall steeply, there are few
segments, and a pick is built into a context anew a bounded number of times for each doubling. A segment
never grows beyond `SEGMENT_BYTES`, so that tables stay small and a look quick whatever was picked; a longer
text counts with its first bytes.

**A price** is the lowest under the segments that its record knows, and a record remembers how many picks
those hold: what it knows once is never looked at again, though a segment may have grown to hold it. A look
is at one segment. A price can be higher than one context of everything would give, by what two segments
say only together.

**Memory** is `HELD_BYTES` of text and its tables: beyond that the oldest segments go, unseen by whom has
not looked at them. An exact copy of any pick that is held costs a few bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from entropy_assets.compression import SEPARATOR
from entropy_assets.texts import read

SEGMENT_BYTES = 1 << 26
HELD_BYTES = 1 << 29
MERGED_UP_TO = 4  # times the bytes that came since: a segment before them becomes one with them


class Context(Protocol):
    """Something that prices texts given what it was built from."""

    def added_bytes(self, texts: Sequence[bytes], workers: int = 1) -> np.ndarray:
        """Return what each text adds: (n,) int64, bytes."""


@dataclass(frozen=True)
class _Segment:
    """A run of picks: their indices, their bytes as they count, how many picks end with it, its context."""

    picks: list[int]
    n_bytes: int
    end: int
    context: Context


class Segments:
    """Contexts that together hold the first `n_picks` picks, but for those that were let go.

    Parameters
    ----------
    texts
        The pool.
    sizes
        (n,) int64, bytes of each text.
    context
        Builds a context from its bytes.
    workers
        Number of threads; no price depends on it.
    """

    def __init__(
        self, texts: Sequence[bytes], sizes: np.ndarray, context: Callable[[bytes], Context], workers: int
    ) -> None:
        self._texts, self._sizes, self._context, self._workers = texts, sizes, context, workers
        self._held: list[_Segment] = []

    @property
    def n_picks(self) -> int:
        """How many picks there are."""
        return self._held[-1].end if self._held else 0

    @property
    def bounds(self) -> np.ndarray:
        """Where segments begin, and where the last one ends, counted in picks: (s + 1,) int64."""
        starts = [segment.end - len(segment.picks) for segment in self._held]
        return np.array([*starts, self.n_picks], np.int64)

    def restore(self, ranking: Sequence[int], bounds: np.ndarray) -> None:
        """Hold what segments with these `bounds` held of a ranking."""
        for start, stop in pairwise(bounds.tolist()):
            self._append(list(ranking[start:stop]), stop)

    def extend(self, picks: Sequence[int]) -> None:
        """Hold more picks."""
        sizes = self._counted(picks)
        start, total, end = 0, 0, self.n_picks
        for place, size in enumerate(sizes.tolist()):
            if total and total + size > SEGMENT_BYTES:
                self._grow(list(picks[start:place]), end + place)
                start, total = place, 0
            total += size
        if total:
            self._grow(list(picks[start:]), end + len(picks))
        while len(self._held) > 1 and sum(segment.n_bytes for segment in self._held) > HELD_BYTES:
            del self._held[0]

    def look(self, indices: np.ndarray, added: np.ndarray, known: np.ndarray) -> None:
        """Price records under the next segment that each does not know; `added`, `known` (n,) are changed."""
        ends = np.array([segment.end for segment in self._held], np.int64)
        places = np.searchsorted(ends, known[indices], side="right")
        for place in np.unique(places[places < len(ends)]).tolist():
            own = indices[places == place]
            texts = read(self._texts, own)
            prices = self._held[place].context.added_bytes(texts, self._workers)
            added[own] = np.minimum(added[own], prices)
            known[own] = ends[place]

    def _counted(self, picks: Sequence[int]) -> np.ndarray:
        sizes: np.ndarray = np.minimum(self._sizes[list(picks)] + len(SEPARATOR), SEGMENT_BYTES)
        return sizes

    def _grow(self, picks: list[int], end: int) -> None:
        """Append a segment, one with those before it that are no larger than what came since."""
        total = int(self._counted(picks).sum())
        while self._held and self._held[-1].n_bytes <= MERGED_UP_TO * total:
            if self._held[-1].n_bytes + total > SEGMENT_BYTES:
                break
            total += self._held[-1].n_bytes
            picks = self._held.pop().picks + picks
        self._append(picks, end)

    def _append(self, picks: list[int], end: int) -> None:
        data = SEPARATOR.join(read(self._texts, np.array(picks, np.int64)))[:SEGMENT_BYTES]
        self._held.append(_Segment(picks, int(self._counted(picks).sum()), end, self._context(data)))
