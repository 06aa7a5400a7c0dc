"""Runs of tokens that two sets of records have in common: one way to find them, for exams and lessons.

A run has `N_TOKENS` = 13 tokens, as in GPT-3 (Brown et al. 2020, appendix C), lm-evaluation-harness and
DCLM; datatrove takes 12. GPT-3 shortens the run for sets of short examples, down to 8 words; here a turn
of 8 to 12 tokens is looked for as a whole.

What belongs here: where the runs of one set occur in another, and how far a common span reaches. What
does not: which common span is contamination, and who is left out for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.errors import InvalidParameter
from entropy_assets.words import Stream, Vocabulary

N_TOKENS = 13
"""Tokens of a run, unless a setting says otherwise."""

MIN_TOKENS = 8
"""Tokens of a turn that is looked for as a whole, at least: shorter ones are met by chance."""

CHUNK_ROWS = 10_000
"""Records that are looked at in one go, which bounds the memory; results do not depend on it."""

_BASE = np.uint64(0xD1342543DE82EF95)
_FILTER_BITS = 5
"""A key's filter has 2**5 places for each run, so that one in 32 absent keys is looked for in vain."""


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
    """The runs of one length: their keys in rising order, and a filter by the first bits of a key."""

    length: int
    first_run: int
    keys: np.ndarray
    filter: np.ndarray

    @classmethod
    def of(cls, length: int, first_run: int, keys: np.ndarray) -> "_Keys":
        bits = max(8, len(keys).bit_length() + _FILTER_BITS)
        places = np.zeros(1 << bits, bool)
        places[keys >> np.uint64(64 - bits)] = True
        return cls(length, first_run, keys, places)

    def search(self, keys: np.ndarray) -> np.ndarray:
        """Return the number of the run with each key, -1 for none."""
        shift = np.uint64(64 - (len(self.filter).bit_length() - 1))
        runs = np.full(len(keys), -1, np.int64)
        likely = np.flatnonzero(self.filter[keys >> shift])
        places = np.minimum(np.searchsorted(self.keys, keys[likely]), len(self.keys) - 1)
        same = self.keys[places] == keys[likely]
        runs[likely[same]] = self.first_run + places[same]
        return runs


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

    def __init__(self, records: pl.DataFrame, n_tokens: int = N_TOKENS, *, apart: bool = False) -> None:
        if n_tokens < 2:
            raise InvalidParameter(f"`n_tokens` must be at least 2, got {n_tokens}: take {N_TOKENS}")
        self.n_tokens, self.apart = n_tokens, apart
        self.vocabulary = Vocabulary(records)
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
            self._keys.append(_Keys.of(length, n_runs, found))
            lengths.append(np.full(len(found), length))
            positions.append(starts)
            runs.append(n_runs + places)
            n_runs += len(found)
        self.lengths = _joined(lengths)
        unsorted_runs, unsorted = _joined(runs), _joined(positions)
        order = np.lexsort((unsorted, unsorted_runs))
        self.runs, self.positions = unsorted_runs[order], unsorted[order]
        self.offsets = np.searchsorted(self.runs, np.arange(n_runs + 1))

    def numbered(self, records: pl.DataFrame) -> Stream:
        """Return the tokens of records, numbered by this set's words and kept apart as its runs are."""
        return self.vocabulary.stream(records, apart=self.apart)

    def windows(self, ids: np.ndarray, lengths: set[int]) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
        """Yield each length up to `n_tokens`, rising: the key at each position, and where no 0 follows.

        The keys of one length are written over by those of the next.
        """
        mixed = np.concatenate((self._mix[ids], np.zeros(self.n_tokens, np.uint64)))
        unknown = np.concatenate(([0], np.cumsum(ids == 0, dtype=np.int64)))
        keys = np.zeros(len(ids), np.uint64)
        for length in range(1, self.n_tokens + 1):
            keys *= _BASE
            keys += mixed[length - 1 : length - 1 + len(ids)]
            if length in lengths:
                yield length, keys, np.flatnonzero(unknown[length:] == unknown[:-length])

    def find(self, stream: Stream) -> Hits:
        """Return where the runs occur in a stream from `numbered`."""
        wanted = {known.length: known for known in self._keys}
        positions, runs = [], []
        for length, keys, whole in self.windows(stream.ids, set(wanted)):
            found = wanted[length].search(keys[whole])
            at, run = whole[found >= 0], found[found >= 0]
            first = self.positions[self.offsets[run]]
            same = np.ones(len(at), bool)
            for step in range(length):
                same &= stream.ids[at + step] == self.stream.ids[first + step]
            positions.append(at[same])
            runs.append(run[same])
        at, run = _joined(positions), _joined(runs)
        order = np.lexsort((run, at))
        return Hits(at[order], run[order])

    def first_met(self, records: pl.DataFrame) -> np.ndarray:
        """Return the record of this set that each other record shares a run with: (n,) int64, -1 for none.

        Of several it is the one with the run that stands first in the other record, and of those the first
        of this set.
        """
        met = np.full(records.height, -1, np.int64)
        for first_row, chunk in chunks(records):
            stream = self.numbered(chunk)
            hits = self.find(stream)
            rows, first_hits = np.unique(stream.row_of(hits.positions), return_index=True)
            starts = self.positions[self.offsets[hits.runs[first_hits]]]
            met[first_row + rows] = self.stream.row_of(starts)
        return met

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


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *parts]).astype(np.int64)
