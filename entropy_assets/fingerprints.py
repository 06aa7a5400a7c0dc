"""A few keys of each record, so that what may share a run of tokens with others is found without its text.

Of each record those keys of `K` tokens in a row are kept that are the least of some `WINDOW` beside each
other (winnowing; Schleimer, Wilkerson and Aiken 2003): two records that have `SHARED` tokens in a row in
common have a key in common. Most records that have one share no such run, so what is found is looked at.

What belongs here: those keys, and whose keys meet. What does not: which run is looked for (`ngrams`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.key_search import SortedKeys
from entropy_assets.ngrams import rolled
from entropy_assets.words import normalised, turns, words

K, WINDOW = 5, 4
SHARED = K + WINDOW - 1
"""Tokens in a row that two records without a common key never share."""

PIECE_ROWS = 10_000
"""Records that are cut into tokens at a time."""


@dataclass(frozen=True)
class Fingerprints:
    """The keys of n records.

    Parameters
    ----------
    keys
        (p,) uint32, those of one record after the other.
    starts
        (n + 1,) int64, where each record's keys begin; the last is p.
    """

    keys: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, records: pl.DataFrame) -> "Fingerprints":
        """Return the keys of records; equal records have equal keys wherever they stand."""
        keys, counts = [np.zeros(0, np.uint32)], [np.zeros(0, np.int64)]
        for piece in records.iter_slices(PIECE_ROWS):
            own, n = _winnowed(piece)
            keys.append(own)
            counts.append(n)
        return cls(np.concatenate(keys), np.concatenate(([0], np.cumsum(np.concatenate(counts)))))

    def meet(self, keys: SortedKeys) -> np.ndarray:
        """Return which records have one of some keys, from `sorted_keys`: (n,) bool."""
        found = np.zeros(len(self.starts) - 1, bool)
        if len(keys.keys):
            same, _ = keys.find(self.keys)
            found[np.searchsorted(self.starts, same, side="right") - 1] = True
        return found

    def keys_of(self, rows: np.ndarray) -> np.ndarray:
        """Return the keys of the records that (n,) bool names."""
        found: np.ndarray = self.keys[np.repeat(rows, np.diff(self.starts))]
        return found

    def to_bytes(self) -> bytes:
        """Return them as bytes."""
        counts = np.diff(self.starts)
        return np.concatenate(([len(counts)], counts, self.keys)).astype("<u4").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Fingerprints":
        """Return what `to_bytes` wrote."""
        stored = np.frombuffer(data, "<u4")
        n = int(stored[0])
        return cls(stored[n + 1 :], np.concatenate(([0], np.cumsum(stored[1 : n + 1], dtype=np.int64))))


def sorted_keys(parts: Iterable[np.ndarray]) -> SortedKeys:
    """Return the keys of several parts, each once, ascending."""
    keys = np.sort(np.concatenate([np.zeros(0, np.uint32), *parts]))  # `np.unique` takes five times as long
    return SortedKeys(keys[np.append(True, keys[1:] != keys[:-1])[: len(keys)]])


def _winnowed(records: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys of records, and how many each has."""
    table = turns(records)
    lists = words(table["content"])
    lengths = lists.list.len().to_numpy().astype(np.int64)
    counts = np.bincount(table["row"].to_numpy(), lengths, records.height).astype(np.int64)
    ends = np.cumsum(counts)
    *_, (_, keys) = rolled(_hashed(lists.explode(empty_as_null=False)), K)
    if len(keys) >= WINDOW:
        least = np.minimum(keys[1:], keys[:-1])  # of two, then of WINDOW beside each other
        least = np.minimum(least[2:], least[:-2])
        most = np.concatenate((np.zeros(3, np.uint64), least, np.zeros(3, np.uint64)))
        most = np.maximum(most[1:], most[:-1])
        chosen = np.flatnonzero(np.maximum(most[2:], most[:-2]) == keys)
    else:
        chosen = np.arange(len(keys))
    rows = np.searchsorted(ends, chosen, side="right")
    is_within = chosen + K <= ends[rows]  # a run that reaches into the next record is none
    kept = (keys[chosen[is_within]] >> np.uint64(32)).astype(np.uint32)
    return kept, np.bincount(rows[is_within], minlength=len(counts))


def _hashed(tokens: pl.Series) -> np.ndarray:
    """Return a number of 64 bits for each token in the spelling in which it is compared."""
    hashes = tokens.hash().to_numpy().copy()
    odd = tokens.str.contains("[^a-z0-9]").to_numpy()
    hashes[odd] = normalised(tokens.filter(pl.Series(odd))).hash().to_numpy()
    return hashes
