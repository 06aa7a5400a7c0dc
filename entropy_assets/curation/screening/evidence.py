"""The runs of evaluation items: where they stand in records, and which of them are evidence.

What belongs here: the rules that `contamination` states. What does not: reading records, and reporting.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.ngrams import Runs, chunks, positions_of
from entropy_assets.words import ANSWER, SIDES, Stream

MAX_ITEMS = 10
"""Items that may have half a run in common before it counts as their template."""

MAX_RECORDS = 10
"""Records that may have a run in common before it counts as boilerplate; GPT-3 ignored the same."""

LONG = 3
"""Runs as long as which an answer is that nobody gives by chance, so that it was copied."""

WINDOWS = 500_000
"""Runs whose words are compared in one go, which bounds the memory."""


@dataclass(frozen=True)
class Spans:
    """Common spans: record of the chunk, position in it, position in the items, tokens, item; (s,) int64."""

    row: np.ndarray
    at: np.ndarray
    own: np.ndarray
    length: np.ndarray
    item: np.ndarray

    def take(self, chosen: np.ndarray) -> "Spans":
        """Return some of the spans, by a mask or by places."""
        return Spans(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


class Evidence:
    """The items' runs, and which of their tokens still say something."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.items = runs.stream
        self.item_of = self.items.row_of(np.arange(len(self.items.ids)))
        wordy = self._different_words() * 2 >= runs.lengths
        in_items = _owners(runs.runs, self.item_of[runs.positions])
        self.wanted = wordy & (in_items <= MAX_ITEMS)
        self.is_own = in_items == 1
        self.telling = self._covered(wordy) & ~self._template()
        self.rare = self.telling

    def _template(self) -> np.ndarray:
        """Return for each position of the items whether half a run that too many items have covers it."""
        half = (self.runs.n_tokens + 1) // 2  # whole runs alone would miss two stock phrases in a row
        covered = np.zeros(len(self.items.ids), bool)
        for _, keys, places in self.runs.windows(self.items.ids, {half}):
            _, number = np.unique(keys[places], return_inverse=True)
            common = places[_owners(number, self.item_of[places])[number] > MAX_ITEMS]
            covered |= _cover(len(covered), common, np.full(len(common), half))
        return covered

    def _different_words(self) -> np.ndarray:
        """Return the number of different words with a letter in each run."""
        is_word = self.runs.vocabulary.has_letter()
        found = np.zeros(len(self.runs.lengths), np.int64)
        first = self.runs.positions[self.runs.offsets[:-1]]
        for length in np.unique(self.runs.lengths).tolist():
            for part in np.array_split(
                np.flatnonzero(self.runs.lengths == length), 1 + len(first) // WINDOWS
            ):
                window = np.sort(self.items.ids[first[part, None] + np.arange(length)], axis=1)
                new = np.ones(window.shape, bool)
                new[:, 1:] = window[:, 1:] != window[:, :-1]
                found[part] = (new & is_word[window]).sum(axis=1)
        return found

    def _covered(self, chosen: np.ndarray) -> np.ndarray:
        """Return for each position of the items whether one of the chosen runs covers it."""
        here = chosen[self.runs.runs]
        return _cover(len(self.items.ids), self.runs.positions[here], self.runs.lengths[self.runs.runs[here]])

    def count(self, records: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return in how many records each run stands, and the numbers of the records with a wanted run."""
        counts = np.zeros(len(self.runs.lengths), np.int64)
        touched = [np.zeros(0, np.int64)]
        for first_row, chunk in chunks(records):
            stream = self.runs.numbered(chunk)
            hits = self.runs.find(stream)
            wanted = self.wanted[hits.runs]
            rows, runs = stream.row_of(hits.positions[wanted]), hits.runs[wanted]
            counts += _owners(runs, rows, len(counts))
            touched.append(first_row + np.unique(rows))
        return counts, np.concatenate(touched)

    def without_copies(self, counts: np.ndarray, records: pl.DataFrame) -> np.ndarray:
        """Return in how many records each run stands apart from its item.

        What stands in one item alone may be frequent because the item was copied. A record is such a copy
        where at least half of a turn of the item stands in it together. Where it answers another prompt with
        it, others may answer so too (a refusal, the usual program): then it is a copy only where it holds the
        whole of a long answer, and more besides.

        Parameters
        ----------
        counts
            (k,) int64, from `count`.
        records
            The records that `count` touched.
        """
        suspects = self.wanted & self.is_own & (counts > MAX_RECORDS)
        if not suspects.any():
            return counts
        run_at = np.full(len(self.items.ids) + 1, -1)
        run_at[self.runs.positions] = self.runs.runs
        copied = np.zeros(len(counts), np.int64)
        for _, chunk in chunks(records):
            stream = self.runs.numbered(chunk)
            spans = self.spans(stream)
            spans = spans.take(self._is_copy(stream, spans))
            place, stop = (
                positions_of(spans.own, spans.length),
                np.repeat(spans.own + spans.length, spans.length),
            )
            run, row = run_at[place], np.repeat(spans.row, spans.length)
            inside = (run >= 0) & (place + self.runs.lengths[run] <= stop)
            copied += _owners(run[inside], row[inside], len(counts))
        return np.where(suspects, counts - copied, counts)

    def _is_copy(self, stream: Stream, spans: Spans) -> np.ndarray:
        """Return for each span whether it is at least half of a turn of an item, and no usual reply."""
        telling = _sums(self.telling)
        span, turn, low, high = self._touched(spans)
        start, end = self.items.turn_starts[turn], self.items.turn_stops[turn]
        in_turn, in_span = telling[end] - telling[start], telling[high] - telling[low]
        asked = self.items.turn_sides[turn] != SIDES.index(ANSWER)
        is_asked, copy, complete = (np.zeros(len(spans.row), bool) for _ in range(3))
        is_asked[span[asked]] = True
        says = in_span >= np.where(asked, 1, self.runs.n_tokens)  # a short answer is nobody's
        copy[span[(2 * in_span >= in_turn) & says]] = True
        complete[span[(in_span >= LONG * self.runs.n_tokens) & (10 * in_span >= 9 * in_turn)]] = True
        said = stream.turn_of(spans.at)
        is_reply = stream.turn_sides[said] == SIDES.index(ANSWER)
        whole = (stream.turn_starts[said] == spans.at) & (stream.turn_stops[said] == spans.at + spans.length)
        pairs = spans.row * (int(spans.item.max(initial=0)) + 1) + spans.item
        to_others = is_reply & ~np.isin(pairs, pairs[is_asked])
        result: np.ndarray = copy & (~to_others | (complete & ~whole))
        return result

    def _touched(self, spans: Spans) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return the turns of items that spans touch, one row each: span, turn, first position, its end."""
        first, stop = spans.own, spans.own + spans.length
        turn = self.items.turn_of(first)
        n_turns = np.searchsorted(self.items.turn_starts, stop, side="left") - turn
        span, turn = np.repeat(np.arange(len(first)), n_turns), positions_of(turn, n_turns)
        low = np.maximum(self.items.turn_starts[turn], first[span])
        return span, turn, low, np.minimum(self.items.turn_stops[turn], stop[span])

    def strike_boilerplate(self, counts: np.ndarray) -> None:
        """Strike what stands in too many records, given in how many each run does."""
        self.rare = self.telling & ~self._covered(self.wanted & (counts > MAX_RECORDS))

    def spans(self, stream: Stream) -> Spans:
        """Return the common spans of wanted runs, each as long as it goes, once."""
        hits = self.runs.find(stream)
        wanted = self.wanted[hits.runs]
        at, run = hits.positions[wanted], hits.runs[wanted]
        n_places = self.runs.offsets[run + 1] - self.runs.offsets[run]
        own = self.runs.positions[positions_of(self.runs.offsets[run], n_places)]
        at, length = np.repeat(at, n_places), np.repeat(self.runs.lengths[run], n_places)
        # Runs one after the other, in the stream and in the item, are one span.
        order = np.lexsort((at, at - own, length))
        at, own, length = at[order], own[order], length[order]
        goes_on = (np.diff(at) == 1) & (np.diff(own) == 1) & (np.diff(length) == 0)
        first = np.flatnonzero(np.concatenate(([True], ~goes_on))[: len(at)])
        size = np.diff(np.concatenate((first, [len(at)])))
        at, own, length = self.runs.reach(stream, at[first], own[first], length[first] + size - 1)
        once = np.unique(np.stack((at, own, length)), axis=1)
        at, own, length = once[0], once[1], once[2]
        return Spans(stream.row_of(at), at, own, length, self.item_of[own])

    def convincing(self, spans: Spans) -> np.ndarray:
        """Return for each span whether it is evidence."""
        telling, rare = _sums(self.telling), _sums(self.rare)
        first, stop = spans.own, spans.own + spans.length
        n_telling = telling[stop] - telling[first]
        n_rare = rare[stop] - rare[first]
        span, turn, low, high = self._touched(spans)
        start, end = self.items.turn_starts[turn], self.items.turn_stops[turn]
        in_turn, in_span = telling[end] - telling[start], telling[high] - telling[low]
        asked = self.items.turn_sides[turn] != SIDES.index(ANSWER)
        copied = asked & (in_span > 0) & (2 * in_span >= in_turn)
        whole = (low == start) & (high == end) & (in_span > 0)
        whole &= asked | (rare[end] > rare[start])
        often, complete = np.zeros(len(first), bool), np.zeros(len(first), bool)
        often[span[copied]] = True
        complete[span[whole]] = True
        n_tokens = self.runs.n_tokens
        convincing: np.ndarray = complete | (n_rare >= n_tokens) | (often & (n_telling >= n_tokens))
        return convincing


def _owners(things: np.ndarray, owners: np.ndarray, n_things: int = 0) -> np.ndarray:
    """Return how many different owners each thing has; both are numbers from 0."""
    width = int(owners.max(initial=0)) + 1
    pairs = np.sort(things * width + owners)  # several times as fast as `np.unique`
    new = np.ones(len(pairs), bool)
    new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[new] // width, minlength=n_things)


def _cover(size: int, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return for each of `size` positions whether one of the spans covers it."""
    change = np.bincount(starts, minlength=size + 1) - np.bincount(starts + lengths, minlength=size + 1)
    return np.cumsum(change)[:-1] > 0


def _sums(marks: np.ndarray) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(marks, dtype=np.int64)))
