"""How usual a text is for a pool: byte n-grams and words, counted by fold so that one can be left out.

What belongs here: counts and the surprise of a text under them. What does not: which records make a fold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.words import words

ORDERS = (3, 4, 6)
"""Bytes of an n-gram; each is predicted from all of them but the last, of six bytes from the first four."""

_CONTEXT = {3: 2, 4: 3, 6: 4}
_BITS = 20
_MAX_BYTES = 3_000
_WINDOW = 48
_EDGE = 24
_STEP = 16


@dataclass(frozen=True)
class Counts:
    """What a pool's texts are made of.

    Parameters
    ----------
    ngrams
        Length in bytes -> (folds, 2^20) uint32 counts of hashed n-grams.
    vocabulary
        Columns `word` and `0` … folds - 1: how many texts of each fold hold it.
    n_texts
        Texts that were counted.
    """

    ngrams: dict[int, np.ndarray]
    vocabulary: pl.DataFrame
    n_texts: int

    @classmethod
    def of(cls, texts: Sequence[str], folds: np.ndarray, n_folds: int) -> "Counts":
        """Return the counts of texts, each of which belongs to one of `n_folds` folds."""
        lengths = sorted({*ORDERS, *_CONTEXT.values()})
        ngrams = {length: np.zeros((n_folds, 1 << _BITS), dtype=np.uint32) for length in lengths}
        for fold in range(n_folds):
            data, _ = _joined([text for text, own in zip(texts, folds, strict=True) if own == fold])
            for length in lengths:
                ngrams[length][fold] = np.bincount(_hashed(data, length), minlength=1 << _BITS)
        found = pl.DataFrame({"word": words(pl.Series(texts, dtype=pl.String)).list.unique(), "fold": folds})
        each = found.explode("word").drop_nulls("word")
        columns = [(pl.col("fold") == fold).sum().cast(pl.UInt32).alias(str(fold)) for fold in range(n_folds)]
        return cls(ngrams, each.group_by("word").agg(columns).sort("word"), len(texts))

    @property
    def total(self) -> "Counts":
        """The same counts with one fold for all."""
        folds = [column for column in self.vocabulary.columns if column != "word"]
        whole = self.vocabulary.select("word", pl.sum_horizontal(folds).alias("0"))
        return Counts(
            {length: own.sum(axis=0, keepdims=True, dtype=np.uint32) for length, own in self.ngrams.items()},
            whole,
            self.n_texts,
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is kept of counts with one fold, by name."""
        kept = {f"ngrams.{length}": own for length, own in self.ngrams.items()}
        return kept | {
            "words": np.array("\n".join(self.vocabulary["word"].to_list())),
            "word_counts": self.vocabulary["0"].to_numpy(),
            "n_texts": np.array(self.n_texts),
        }

    @classmethod
    def from_arrays(cls, kept: Mapping[str, np.ndarray]) -> "Counts":
        """Return what `arrays` returned."""
        lengths = sorted({*ORDERS, *_CONTEXT.values()})
        words_ = str(kept["words"]).split("\n") if kept["word_counts"].size else []
        return cls(
            {length: kept[f"ngrams.{length}"] for length in lengths},
            pl.DataFrame({"word": pl.Series(words_, dtype=pl.String), "0": kept["word_counts"]}),
            int(kept["n_texts"]),
        )

    def surprise(self, texts: list[str], without: Sequence[int] = ()) -> dict[str, np.ndarray]:
        """Return name -> (n,) float64, under the counts without some folds."""
        kept = [fold for fold in range(len(self.ngrams[ORDERS[0]])) if fold not in set(without)]
        data, starts = _joined(texts)
        found: dict[str, np.ndarray] = {}
        for order in ORDERS:
            whole = self.ngrams[order][kept].sum(axis=0)[_hashed(data, order)]
            context = self.ngrams[_CONTEXT[order]][kept].sum(axis=0)[_hashed(data, _CONTEXT[order])]
            surprise = -np.log((whole + 0.05) / (context[: len(whole)] + 12.0))
            found |= {f"{name} of {order}": own for name, own in _over(surprise, starts, order).items()}
        return found | self._rarity(texts, kept)

    def _rarity(self, texts: list[str], kept: list[int]) -> dict[str, np.ndarray]:
        """Return how rare the words of each text are."""
        own = pl.DataFrame({"word": words(pl.Series(texts, dtype=pl.String))}).with_row_index("text")
        counts = self.vocabulary.select(
            "word", n=pl.sum_horizontal([str(fold) for fold in kept] or [pl.lit(0)])
        )
        each = (
            own.explode("word").drop_nulls("word").join(counts, on="word", how="left", maintain_order="left")
        )
        n = pl.col("n").fill_null(0).cast(pl.Float64)
        rarity = np.log(self.n_texts + 1) - (n + 0.5).log()
        of_text = each.group_by("text").agg(
            (n == 0).mean().alias("unknown words"),
            (n <= 2).mean().alias("rare words"),
            rarity.mean().alias("rarity"),
            rarity.std().fill_null(0.0).alias("spread of rarity"),
            (n == 0).last().cast(pl.Float64).alias("last word unknown"),
        )
        told = own.select("text").join(of_text, on="text", how="left", maintain_order="left")
        return {name: told[name].fill_null(-1.0).to_numpy() for name in of_text.columns[1:]}


def _joined(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the bytes of all texts, and where each begins; the last start is the end."""
    parts = [b"\n" + text.encode(errors="replace")[:_MAX_BYTES] + b"\n\0" for text in texts] or [b"\0" * 8]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return np.frombuffer(b"".join(parts), dtype=np.uint8), starts


def _hashed(data: np.ndarray, length: int) -> np.ndarray:
    """Return the hash of each n-gram of some bytes: int64 below 2^20."""
    n = max(len(data) - length + 1, 0)
    mixed = np.zeros(n, dtype=np.uint64)
    for place in range(length):
        mixed = mixed * np.uint64(1_000_003) + data[place : place + n]
    return ((mixed * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _BITS)).astype(np.int64)


def _over(surprise: np.ndarray, starts: np.ndarray, order: int) -> dict[str, np.ndarray]:
    """Return the mean of each text's surprise, of its edges, and the largest and least of its windows."""
    first = np.minimum(starts[:-1], len(surprise))  # a last text may be shorter than an n-gram
    last = np.maximum(np.minimum(starts[1:] - order + 1, len(surprise)), first)
    sums = np.concatenate([[0.0], np.cumsum(surprise)])

    def mean(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        means: np.ndarray = (sums[end] - sums[begin]) / np.maximum(end - begin, 1)
        return means

    whole = mean(first, last)
    most, least = whole.copy(), whole.copy()
    if len(surprise) >= _WINDOW:
        rolling = (sums[_WINDOW:] - sums[:-_WINDOW]) / _WINDOW
        for place, (begin, end) in enumerate(zip(first, last - _WINDOW, strict=True)):
            if end > begin:
                own = rolling[begin:end:_STEP]
                most[place], least[place] = own.max(), own.min()
    return {
        "surprise": whole,
        "most surprise": most,
        "least surprise": least,
        "first surprise": mean(first, np.minimum(first + _EDGE, last)),
        "last surprise": mean(np.maximum(last - _EDGE, first), last),
    }
