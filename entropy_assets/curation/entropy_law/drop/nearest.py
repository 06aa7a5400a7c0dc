"""Of each text the other text that shares most runs of words with it, found in parts that fit into memory.

Runs are cut by their hash: all texts that hold a run lie in one part. What each part says of two texts is cut
by the first one's place, and summed there. Parts lie in a temporary folder where there are several; how many
changes no result.

What belongs here: runs of words and who shares them. What does not: what makes a near-copy (`copies`).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from entropy_assets.ngrams import keys_within
from entropy_assets.temporary import temporary_folder
from entropy_assets.texts import decoded

CHUNK = 10_000
"""Texts that are cut into words at a time."""

RUNS_AT_ONCE = 250_000
"""Runs in one part, about: each takes some hundred bytes while partners are counted. Parts that stay in the
processor's cache are sorted faster: with four times as many 288,000 texts took a sixth longer."""

BYTES_PER_RUN = 6
"""Bytes of text for each run, for a guess at how many there are."""

HOLDERS = 8
"""Texts with a run that are looked at as partners of the others."""

_RUN = np.dtype([("hash", np.uint64), ("place", np.uint32)])
_PAIR = np.dtype([("place", np.uint32), ("partner", np.uint32), ("n_shared", np.uint32)])


def nearest(
    chunks: Iterable[Sequence[bytes]],
    n_judged: int,
    n_words: int,
    n_bytes: int,
    least: float = 0.0,
    asked: np.ndarray | None = None,
) -> pl.DataFrame:
    """Return which other text shares most runs with each of the first texts that has a run.

    Of each run the first `HOLDERS` texts that hold it are looked at, so that a flood costs no more than its
    size. No pair is counted of a text that has too few runs in common with all others together: of texts that
    are cut from the same ones pairs grow faster than texts.

    Parameters
    ----------
    chunks
        The texts, in order, in pieces.
    n_judged
        How many of them are judged.
    n_words
        Words of a run.
    n_bytes
        Bytes of all texts, which say into how many parts runs are cut; results do not depend on it.
    least
        Share from which on a partner is wanted, 0 to 1.
    asked
        (n,) bool, which of those that are judged are asked about; None for all.

    Returns
    -------
    pl.DataFrame
        Columns `place`, `share` of its distinct runs that stand in `partner` too: the place of the text that
        has most of them, the first of several. By place; without a partner the share is 0.
    """
    bits = (n_bytes // BYTES_PER_RUN // RUNS_AT_ONCE).bit_length()
    lengths, repeated = np.zeros(n_judged, np.int64), np.zeros(n_judged, np.int64)
    best = [pl.DataFrame(schema={"place": pl.Int64, "partner": pl.Int64, "n_shared": pl.Int64})]
    with temporary_folder() as folder:
        runs, common, pairs = (
            _Parts(folder / str(place), bits, kind) for place, kind in enumerate((_RUN, _RUN, _PAIR))
        )
        for some in _runs(chunks, n_words, lengths):
            runs.add(some, _part_of(some, bits))
        for part in runs.taken():
            several = _held_by_several(part)
            repeated += np.bincount(several["place"], minlength=n_judged)[:n_judged]
            common.add(several, _part_of(several, bits))
        wanted = repeated >= np.maximum(least * lengths, 1)
        wanted &= True if asked is None else asked
        for part in common.taken():
            shared = _shared(part, wanted)
            pairs.add(shared, shared["place"] // (n_judged // 2**bits + 1) if bits else None)
        best += [_best(part, least * lengths) for part in pairs.taken()]
    judged = pl.DataFrame({"place": np.flatnonzero(lengths), "len": lengths[lengths > 0]})
    share = (pl.col("n_shared") / pl.col("len")).fill_null(0.0).alias("share")
    found = judged.join(pl.concat(best), on="place", how="left").with_columns(share)
    return found.select("place", "share", "partner").sort("place")


def distinct_runs(words: pl.Series, n_words: int) -> pl.DataFrame:
    """Return the distinct runs of `n_words` words of each list of words: columns place, hash."""
    starts = np.concatenate(([0], np.cumsum(words.list.len().to_numpy().astype(np.int64))))
    keys, key_starts = keys_within(words.explode(empty_as_null=False).hash().to_numpy(), starts, n_words)
    places = np.repeat(np.arange(len(words)), np.diff(key_starts))
    return pl.DataFrame({"place": places, "hash": keys}).unique()


class _Parts:
    """Rows in 2**bits parts: in memory where it is one, else a file each."""

    def __init__(self, folder: Path, bits: int, dtype: np.dtype[np.void]) -> None:
        self._folder, self._n, self._dtype = folder, 2**bits, dtype
        self._held: list[np.ndarray] = []
        folder.mkdir()

    def add(self, rows: np.ndarray, part: np.ndarray | None) -> None:
        """Add rows, and to which part each belongs; None where there is one."""
        if part is None:
            self._held.append(rows)
            return
        part = part.astype(np.uint16 if self._n <= 1 << 16 else np.uint32)
        ordered = rows[np.argsort(part, kind="stable")]  # of 16 bits by their digits, ten times as fast
        ends = np.cumsum(np.bincount(part, minlength=self._n))
        for number, (start, stop) in enumerate(pairwise([0, *ends.tolist()])):
            if start < stop:
                with (self._folder / str(number)).open("ab") as file:
                    ordered[start:stop].tofile(file)

    def taken(self) -> Iterator[np.ndarray]:
        """Yield the rows of each part, which are then gone."""
        if self._n == 1:
            yield np.concatenate([np.zeros(0, self._dtype), *self._held])
            return
        for path in (self._folder / str(number) for number in range(self._n)):
            if path.exists():
                yield np.fromfile(path, self._dtype)
                path.unlink()


def _runs(chunks: Iterable[Sequence[bytes]], n_words: int, lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the distinct runs of each chunk of texts."""
    first = 0
    for texts in chunks:
        words = decoded(texts).str.to_lowercase().str.extract_all(r"\S+")
        found = distinct_runs(words, n_words)
        runs = np.empty(found.height, _RUN)
        runs["hash"], runs["place"] = found["hash"].to_numpy(), found["place"].to_numpy() + first
        own = np.bincount(found["place"].to_numpy(), minlength=len(texts))[: max(len(lengths) - first, 0)]
        lengths[first : first + len(own)] = own
        first += len(texts)
        yield runs


def _part_of(runs: np.ndarray, bits: int) -> np.ndarray | None:
    """Return to which of 2**bits parts each run belongs."""
    return runs["hash"] >> np.uint64(64 - bits) if bits else None


def _held_by_several(runs: np.ndarray) -> np.ndarray:
    """Return the runs of one part that several texts hold, sorted by run and text."""
    frame = pl.DataFrame({"hash": runs["hash"], "place": runs["place"]})
    frame = frame.filter(pl.col("hash").is_duplicated()).sort("hash", "place")
    found = np.empty(frame.height, _RUN)
    for name in _RUN.names or ():
        found[name] = frame[name].to_numpy()
    return found


def _shared(runs: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return how many runs of one part, sorted, each wanted text shares with each of its partners.

    Parameters
    ----------
    runs
        What `_held_by_several` returned.
    wanted
        (n,) bool, which of the first n texts are wanted.
    """
    places = runs["place"]
    starts = np.flatnonzero(np.concatenate(([True], runs["hash"][1:] != runs["hash"][:-1])))[: len(runs)]
    sizes = np.diff(np.append(starts, len(runs)))
    rows = np.flatnonzero(np.append(wanted, False)[np.minimum(places, len(wanted))])
    group = np.searchsorted(starts, rows, side="right") - 1
    keys = [np.zeros(0, np.uint64)]
    for number in range(HOLDERS):
        is_there = number < sizes[group]
        own, partner = places[rows[is_there]], places[starts[group[is_there]] + number]
        others = own != partner
        keys.append((own[others].astype(np.uint64) << np.uint64(32)) | partner[others])
    found = pl.DataFrame({"pair": np.concatenate(keys)}).group_by("pair").len()
    pairs = np.empty(found.height, _PAIR)
    pairs["place"], pairs["partner"] = found["pair"].to_numpy() >> np.uint64(32), found["pair"].to_numpy()
    pairs["n_shared"] = found["len"].to_numpy()
    return pairs


def _best(pairs: np.ndarray, least: np.ndarray) -> pl.DataFrame:
    """Return of each place the partner that shares most runs, the first of several: one row each.

    Parameters
    ----------
    pairs
        What `_shared` returned, of some places from all parts.
    least
        (n,) float64, runs that a partner must share with each text at least.
    """
    frame = pl.DataFrame({name: pairs[name].astype(np.int64) for name in _PAIR.names or ()})
    summed = frame.group_by("place", "partner").agg(pl.col("n_shared").sum())
    summed = summed.filter(pl.Series(summed["n_shared"].to_numpy() >= least[summed["place"].to_numpy()]))
    ranked = summed.sort(["place", "n_shared", "partner"], descending=[False, True, False])
    return ranked.unique("place", keep="first", maintain_order=True)
