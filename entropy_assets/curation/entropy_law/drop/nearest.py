"""Of each text the other text that shares most runs of words with it, found in parts that fit into memory.

Runs are cut by their hash: all texts that hold a run lie in one part, and what a text shares with another is
the sum over the parts. Parts lie in a temporary folder where there are several; how many changes no result.

What belongs here: runs of words and who shares them. What does not: what makes a near-copy (`copies`).
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from entropy_assets.ngrams import keys_within
from entropy_assets.texts import decoded

CHUNK = 10_000
"""Texts that are cut into words at a time."""

RUNS_AT_ONCE = 2_000_000
"""Runs in one part, about: each takes some hundred bytes while partners are counted."""

BYTES_PER_RUN = 6
"""Bytes of text for each run, for a guess at how many there are."""

HOLDERS = 8
"""Texts with a run that are looked at as partners of the others."""

_RUN = np.dtype([("hash", np.uint64), ("place", np.uint32)])


def nearest(chunks: Iterable[Sequence[bytes]], n_judged: int, n_words: int, n_bytes: int) -> pl.DataFrame:
    """Return which other text shares most runs with each of the first texts that has a run.

    Of each run the first `HOLDERS` texts that hold it are looked at, so that a flood costs no more than its
    size.

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

    Returns
    -------
    pl.DataFrame
        Columns `place`, `share` of its distinct runs that stand in `partner` too: the place of the text that
        has most of them, the first of several. By place; without a partner the share is 0.
    """
    bits = max((n_bytes // BYTES_PER_RUN // RUNS_AT_ONCE).bit_length(), 0)
    lengths = np.zeros(n_judged, np.int64)
    shared = pl.DataFrame(schema={"place": pl.Int64, "partner": pl.Int64, "n_shared": pl.Int64})
    for part in _parts(chunks, n_words, bits, lengths):
        more = _shared(part, n_judged)
        shared = pl.concat([shared, more]).group_by("place", "partner").agg(pl.col("n_shared").sum())
    best = shared.sort(["place", "n_shared", "partner"], descending=[False, True, False])
    best = best.unique("place", keep="first", maintain_order=True)
    judged = pl.DataFrame({"place": np.flatnonzero(lengths), "len": lengths[lengths > 0]})
    share = (pl.col("n_shared") / pl.col("len")).fill_null(0.0).alias("share")
    found = judged.join(best, on="place", how="left").with_columns(share)
    return found.select("place", "share", "partner").sort("place")


def distinct_runs(words: pl.Series, n_words: int) -> pl.DataFrame:
    """Return the distinct runs of `n_words` words of each list of words: columns place, hash."""
    starts = np.concatenate(([0], np.cumsum(words.list.len().to_numpy().astype(np.int64))))
    keys, key_starts = keys_within(words.explode(empty_as_null=False).hash().to_numpy(), starts, n_words)
    places = np.repeat(np.arange(len(words)), np.diff(key_starts))
    return pl.DataFrame({"place": places, "hash": keys}).unique()


def _parts(
    chunks: Iterable[Sequence[bytes]], n_words: int, bits: int, lengths: np.ndarray
) -> Iterator[np.ndarray]:
    """Yield the distinct runs of all texts in 2**bits parts by hash; `lengths` counts those of each text."""
    if not bits:
        yield np.concatenate([np.zeros(0, _RUN), *_runs(chunks, n_words, lengths)])
        return
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / str(part) for part in range(2**bits)]
        for runs in _runs(chunks, n_words, lengths):
            ordered = runs[np.argsort(runs["hash"])]
            of_part = (ordered["hash"] >> np.uint64(64 - bits)).astype(np.int64)
            ends = np.searchsorted(of_part, np.arange(2**bits + 1))
            for path, start, stop in zip(paths, ends[:-1], ends[1:], strict=True):
                with path.open("ab") as file:
                    ordered[start:stop].tofile(file)
        for path in paths:
            if path.exists():
                yield np.fromfile(path, _RUN)
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


def _shared(runs: np.ndarray, n_judged: int) -> pl.DataFrame:
    """Return how many runs of one part each judged text shares with each of its partners."""
    frame = pl.DataFrame({"place": runs["place"].astype(np.int64), "hash": runs["hash"]})
    frame = frame.filter(pl.col("hash").is_duplicated())  # a run of one text is shared with none
    holders = frame.sort("hash", "place").group_by("hash", maintain_order=True).head(HOLDERS)
    return (
        frame.filter(pl.col("place") < n_judged)
        .join(holders.rename({"place": "partner"}), on="hash")
        .filter(pl.col("place") != pl.col("partner"))
        .group_by("place", "partner")
        .agg(n_shared=pl.len().cast(pl.Int64))
    )
