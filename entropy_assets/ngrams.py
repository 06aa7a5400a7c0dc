"""Runs of tokens: one key for each, and the runs that two sets of records have in common.

A run of n values has the key v_1 B^(n-1) + ... + v_n modulo 2^64 (Karp and Rabin 1987), whether the values
stand for words or for the tokens of dedup. All that counts runs by a hash counts these keys.

What exams and lessons are searched for has `N_TOKENS` = 13 tokens, as in GPT-3 (Brown et al. 2020, appendix
C), lm-evaluation-harness and DCLM; datatrove takes 12. GPT-3 shortens the run for sets of short examples,
down to 8 words; here a turn of 8 to 12 tokens is looked for as a whole.

What belongs here: keys of runs, where the runs of one set occur in another, and how far a common span
reaches. What does not: what a token is, which common span is contamination, and who is left out for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.errors import InvalidParameter
from entropy_assets.key_search import SortedKeys
from entropy_assets.words import Stream, Vocabulary

N_TOKENS = 13
"""Tokens of a run, unless a setting says otherwise."""

MIN_TOKENS = 8
"""Tokens of a turn that is looked for as a whole, at least: shorter ones are met by chance."""

FIRST_LOOKS = 4
"""Places of a record that are looked at first where one hit is enough."""

CHUNK_ROWS = 10_000
"""Records that are looked at in one go, which bounds the memory; results do not depend on it."""

BASE = np.uint64(0x9E3779B97F4A7C15)
"""Base of the keys. Stored signatures depend on it: with another, `curation.dedup.tokens.VERSION` changes."""


def rolled(values: np.ndarray, longest: int) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each length from 1 to `longest`, and the key of each run of so many values.

    The keys of one length are written over by those of the next.

    Parameters
    ----------
    values
        (p,) uint64.
    longest
        Values of the longest runs, at least 1.

    Yields
    ------
    tuple[int, np.ndarray]
        The length n, and (max(p - n + 1, 0),) uint64, the key of the run that begins at each position.

    >>> [keys.tolist() for _, keys in rolled(np.array([0, 1, 0], np.uint64), 2)]
    [[0, 1, 0], [1, 11400714819323198485]]
    """
    keys = values.copy()
    yield 1, keys
    for length in range(2, longest + 1):
        keys = keys[:-1]
        keys *= BASE
        keys += values[length - 1 :]
        yield length, keys


def keys_within(values: np.ndarray, starts: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys of the runs that lie within one text, and where those of each text begin.

    Parameters
    ----------
    values
        (p,) uint64, the values of n texts, one text after the other.
    starts
        (n + 1,) int64, where each text's values begin; the last is p.
    length
        Values of a run, at least 1; a shorter text has none.

    Returns
    -------
    tuple[np.ndarray, np.ndarray]
        (k,) uint64 and (n + 1,) int64, of which the last is k.
    """
    key_starts = np.concatenate(([0], np.cumsum(np.maximum(np.diff(starts) - length + 1, 0))))
    *_, (_, keys) = rolled(values, length)
    is_within = np.ones(len(keys), bool)
    for place in range(1, length):
        across = starts[1:-1] - place  # a run that begins here reaches into the next text
        is_within[across[(across >= 0) & (across < len(keys))]] = False
    return keys[is_within], key_starts


def positions_of(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the positions of each span, start, start + 1, ..., one span after the other.

    >>> positions_of(np.array([7, 2]), np.array([2, 3])).tolist()
    [7, 8, 2, 3, 4]
    """
    ends = np.cumsum(lengths)
    positions = np.repeat(starts - ends + lengths, lengths)
    positions += np.arange(len(positions))
    return positions


def chunks(records: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """Yield the records in slices of `CHUNK_ROWS`, each with the number of its first row."""
    for first in range(0, records.height, CHUNK_ROWS):
        yield first, records.slice(first, CHUNK_ROWS)


@dataclass(frozen=True)
class Hits:
    """Where runs occur in a stream, in the order of the positions.

    Parameters
    ----------
    positions
        (h,) int64, position of the first token.
    runs
        (h,) int64, number of the run.
    """

    positions: np.ndarray
    runs: np.ndarray


@dataclass(frozen=True)
class _Keys:
    """The runs of one length, in the order of their keys, and the number of the first one."""

    length: int
    first_run: int
    keys: SortedKeys


class Runs:
    """The runs of some records' tokens, to be met in others.

    A run is `n_tokens` tokens of one record in a row, across its turns, or, with `apart`, across those of one
    side. A turn of fewer tokens, but at
    least `MIN_TOKENS`, that is the only one of its part is a run as a whole. Runs are found by a key of 64
    bits and then compared word by word, so what is found is there; that two different runs among five
    million share a key, and one of them is missed, happens in fewer than one set in a million.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`.
    n_tokens
        Tokens of a run, at least 2.
    apart
        Whether runs keep to one side of a record.
    fold
        Whether accents, and letters that look alike, are folded; see `entropy_assets.words.folded`.

    Attributes
    ----------
    stream
        The tokens of the records.
    lengths
        (k,) int64, tokens of each run.
    positions, runs
        (o,) int64, every position at which a run begins, and the run's number; sorted by run, position.
    offsets
        (k + 1,) int64, where the positions of each run begin.

    Raises
    ------
    InvalidParameter
        `n_tokens` is below 2.
    """

    def __init__(
        self, records: pl.DataFrame, n_tokens: int = N_TOKENS, *, apart: bool = False, fold: bool = False
    ) -> None:
        if n_tokens < 2:
            raise InvalidParameter(f"`n_tokens` must be at least 2, got {n_tokens}: take {N_TOKENS}")
        self.n_tokens, self.apart = n_tokens, apart
        self.vocabulary = Vocabulary(records, fold=fold)
        self.stream = self.numbered(records)
        self._mix = np.random.default_rng(0).integers(
            0, 2**64, len(self.vocabulary.words.categories) + 1, np.uint64
        )
        sizes = self.stream.turn_stops - self.stream.turn_starts
        short = self.stream.turn_alone & (sizes >= MIN_TOKENS) & (sizes < n_tokens)
        self._keys: list[_Keys] = []
        lengths, positions, runs = [], [], []
        n_runs = 0
        for length, keys, whole in self.windows(self.stream.ids, {*sizes[short].tolist(), n_tokens}):
            starts = whole if length == n_tokens else self.stream.turn_starts[short & (sizes == length)]
            found, places = np.unique(keys[starts], return_inverse=True)
            if not len(found):
                continue
            self._keys.append(_Keys(length, n_runs, SortedKeys(found)))
            lengths.append(np.full(len(found), length))
            positions.append(starts)
            runs.append(n_runs + places)
            n_runs += len(found)
        self.lengths = _int64s(lengths)
        unsorted_runs, unsorted = _int64s(runs), _int64s(positions)
        order = np.lexsort((unsorted, unsorted_runs))
        self.runs, self.positions = unsorted_runs[order], unsorted[order]
        self.offsets = np.searchsorted(self.runs, np.arange(n_runs + 1))

    def numbered(self, records: pl.DataFrame) -> Stream:
        """Return the tokens of records, numbered by this set's words and kept apart as its runs are."""
        return self.vocabulary.stream(records, apart=self.apart)

    def windows(self, ids: np.ndarray, lengths: set[int]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Yield each length up to `n_tokens`, rising: the key at each position, and where no 0 is in it.

        The keys of one length are written over by those of the next.
        """
        unknown = np.concatenate(([0], np.cumsum(ids == 0, dtype=np.int64)))
        for length, keys in rolled(self._mix[ids], max(lengths, default=1)):
            if length in lengths:
                yield length, keys, np.flatnonzero(unknown[length:] == unknown[:-length])

    def find(self, stream: Stream) -> Hits:
        """Return where the runs occur in a stream from `numbered`."""
        wanted = {known.length: known for known in self._keys}
        positions, runs = [], []
        for length, keys, whole in self.windows(stream.ids, set(wanted)):
            found, places = wanted[length].keys.find(keys[whole])
            at, run = whole[found], wanted[length].first_run + places
            same = self._same(stream, at, run, length)
            positions.append(at[same])
            runs.append(run[same])
        at, run = _int64s(positions), _int64s(runs)
        order = np.lexsort((run, at))
        return Hits(at[order], run[order])

    def first_met(self, records: pl.DataFrame) -> np.ndarray:
        """Return the record of this set that each other record shares a run with: (n,) int64, -1 for none.

        Of several it is the one with the run that stands first in the other record, and of those the first
        of this set.
        """
        met = np.full(records.height, -1, np.int64)
        wanted = {known.length: known for known in self._keys}
        for first_row, chunk in chunks(records):
            stream = self.numbered(chunk)
            first_at = np.full(chunk.height, len(stream.ids))
            for length, keys, whole in self.windows(stream.ids, set(wanted)):
                rows, at, run = self._first_hits(stream, keys, whole, wanted[length])
                is_first = at < first_at[rows]  # of runs at one place, the shorter one has the lower number
                rows, at, run = rows[is_first], at[is_first], run[is_first]
                first_at[rows] = at
                met[first_row + rows] = self.stream.row_of(self.positions[self.offsets[run]])
        return met

    def _first_hits(
        self, stream: Stream, keys: np.ndarray, whole: np.ndarray, known: _Keys
    ) -> tuple[np.ndarray, ...]:
        """Return the records that hold a run of one length: row, first position of one there, and its run.

        Where records share much, most of them hold many: of each record as many places are looked at as it
        takes to find the first, twice as many at a time.
        """
        likely = whole[known.keys.likely(keys[whole])]
        bounds = np.searchsorted(likely, stream.starts)
        rows = np.flatnonzero(np.diff(bounds))
        begin, stop = bounds[rows], bounds[rows + 1]
        found, n_looks = [], FIRST_LOOKS
        while len(rows):
            n = np.minimum(stop - begin, n_looks)
            owner, at = np.repeat(np.arange(len(rows)), n), likely[positions_of(begin, n)]
            places = known.keys.places_of(keys[at])
            hits = np.flatnonzero(places >= 0)
            run = known.first_run + places[hits]
            same = self._same(stream, at[hits], run, known.length)
            hits, run = hits[same], run[same]
            who, first = np.unique(owner[hits], return_index=True)
            found.append((rows[who], at[hits[first]], run[first]))
            begin, n_looks = begin + n, 2 * n_looks
            is_open = begin < stop
            is_open[who] = False
            rows, begin, stop = rows[is_open], begin[is_open], stop[is_open]
        return tuple(_int64s([one[part] for one in found]) for part in range(3))

    def _same(self, stream: Stream, at: np.ndarray, run: np.ndarray, length: int) -> np.ndarray:
        """Return whether the tokens of each run stand at its position in a stream, word by word."""
        first = self.positions[self.offsets[run]]
        same = np.ones(len(at), bool)
        for step in range(length):
            same &= stream.ids[at + step] == self.stream.ids[first + step]
        return same

    def reach(
        self, stream: Stream, at: np.ndarray, own: np.ndarray, length: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return common spans made as long as they go: position in the stream, in this set, and tokens.

        Parameters
        ----------
        stream
            Other records.
        at, own, length
            (s,) int64, common spans: position in the stream, in this set, and tokens.
        """
        back = self._same_words(stream, at - 1, own - 1, -1)
        ahead = self._same_words(stream, at + length, own + length, 1)
        return at - back, own - back, length + back + ahead

    def _same_words(self, stream: Stream, at: np.ndarray, own: np.ndarray, step: int) -> np.ndarray:
        """Return for how many steps the same known words stand at both positions and on from there."""
        n_same = np.zeros(len(at), np.int64)
        going = np.flatnonzero((at >= 0) & (own >= 0))
        while len(going):  # both streams end with a break, so no step leads beyond them
            here, there = at[going] + step * n_same[going], own[going] + step * n_same[going]
            same = (here >= 0) & (there >= 0) & (stream.ids[here] == self.stream.ids[there])
            going = going[same & (stream.ids[here] != 0)]
            n_same[going] += 1
        return n_same


def _int64s(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)
