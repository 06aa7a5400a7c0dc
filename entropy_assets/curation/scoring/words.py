"""How usual words are for a pool.

What belongs here: counts of words, and the surprise of a text under them. What does not: what a word is
(`entropy_assets.words`).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.words import words

PIECE_TEXTS = 5_000
"""Texts whose words are held at once."""


@dataclass(frozen=True)
class WordCounts:
    """How often each word stands in some texts. Counts of two sets of texts add up.

    Parameters
    ----------
    table
        `word` and `n`, by word.
    total
        Words in all.
    """

    table: pl.DataFrame
    total: int

    @classmethod
    def of(cls, texts: Sequence[bytes]) -> "WordCounts":
        """Return the counts of some texts."""
        found = cls.none()
        for piece in _pieces(texts):
            counts = piece.explode("word").drop_nulls("word").group_by("word").len("n")
            found = found + cls(counts.with_columns(pl.col("n").cast(pl.Int64)), int(counts["n"].sum()))
        return found

    @classmethod
    def none(cls) -> "WordCounts":
        """Return the counts of no text."""
        return cls(pl.DataFrame(schema={"word": pl.String, "n": pl.Int64}), 0)

    def __add__(self, other: "WordCounts") -> "WordCounts":
        both = pl.concat([self.table, other.table]).group_by("word").agg(pl.col("n").sum()).sort("word")
        return WordCounts(both, self.total + other.total)

    def to_bytes(self) -> bytes:
        """Return the counts in a stored form."""
        buffer = io.BytesIO()
        self.table.write_parquet(buffer, compression="uncompressed")
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "WordCounts":
        """Return what `to_bytes` stored, no counts of no bytes."""
        if not data:
            return cls.none()
        table = pl.read_parquet(io.BytesIO(data))
        return cls(table, int(table["n"].sum()))

    def surprise(self, texts: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
        """Return of each text the mean surprise of its words in bits, and how many it has.

        A word that stands n times among N of V kinds has the surprise ``-log2((n + 1) / (N + V + 1))``, one
        that is not there that of n = 0 (Laplace). A text without a word has the surprise NaN.

        Returns
        -------
        tuple[np.ndarray, np.ndarray]
            (n,) float64 and (n,) int64.
        """
        bits, counts = [np.zeros(0)], [np.zeros(0, np.int64)]
        most = np.log2(self.total + self.table.height + 1)
        for piece in _pieces(texts):
            each = (
                piece.explode("word")
                .drop_nulls("word")
                .join(self.table, on="word", how="left", maintain_order="left")
            )
            n = (pl.col("n").fill_null(0) + 1).log(2)
            of_text = each.group_by("text").agg((most - n).mean().alias("bits"), pl.len().alias("words"))
            told = piece.select("text").join(of_text, on="text", how="left", maintain_order="left")
            bits.append(told["bits"].fill_null(np.nan).to_numpy())
            counts.append(told["words"].fill_null(0).cast(pl.Int64).to_numpy())
        return np.concatenate(bits), np.concatenate(counts)


def _pieces(texts: Sequence[bytes]) -> Iterator[pl.DataFrame]:
    """Yield frames of a few texts each: `text`, their place, and `word`, the list of their words."""
    for start in range(0, len(texts), PIECE_TEXTS):
        own = [text.decode(errors="replace") for text in texts[start : start + PIECE_TEXTS]]
        yield pl.DataFrame({"word": words(pl.Series(own, dtype=pl.String))}).with_row_index("text")
