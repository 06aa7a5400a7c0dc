"""The words of a drop's records beside those of promoted records: unknown ones, and unusual neighbours.

A word is known where another promoted record holds it. Typing errors, mojibake, encoded data and other
languages show as unknown words; words out of order and filled templates as known words that do not
stand side by side elsewhere. Both cost a look-up, and no probe.

What belongs here: two numbers a record. What does not: how far a number is out (`excess`).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.drop.excess import Values
from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.texts import decoded
from entropy_assets.words import words

MAX_REFERENCE = 20_000
"""Promoted records whose words are counted, those with the lowest ids: ids are digests, so a fair sample."""

CHUNK = 10_000
"""Records of a drop that are cut into words at a time."""

UNSEEN = 0.1
"""Records that a pair of neighbours which stands nowhere else counts for."""


@dataclass(frozen=True)
class _Tokens:
    """The words of some records as numbers of a vocabulary, one record after the other; -1 is not in it."""

    places: np.ndarray
    numbers: np.ndarray
    n_records: int


@dataclass(frozen=True)
class KnownWords:
    """The words of promoted records, which stay the same for all drops that are compared with them.

    Parameters
    ----------
    words
        (w,) the distinct words, sorted.
    n_records
        (w,) int64, in how many records each stands.
    pairs
        (p,) int64, the distinct neighbours a, b as a * w + b, sorted.
    n_pairs
        (p,) int64, in how many records each pair stands.
    unknown, unusual
        (m,) float64, the two numbers of each promoted record among the others.
    """

    words: pl.Series
    n_records: np.ndarray
    pairs: np.ndarray
    n_pairs: np.ndarray
    unknown: np.ndarray
    unusual: np.ndarray

    @classmethod
    def of(cls, reference: Texts) -> "KnownWords":
        """Count the words of promoted records, sorted by id; beyond `MAX_REFERENCE` they have no numbers."""
        counted = reference.take(range(min(len(reference), MAX_REFERENCE)))
        told = _words_by_place(counted.texts)
        vocabulary = told["word"].unique().sort()
        tokens = _numbered(told, vocabulary, len(counted))
        n_words = len(vocabulary)
        distinct = np.unique(tokens.places * max(n_words, 1) + tokens.numbers)
        n_records = np.bincount(distinct % max(n_words, 1), minlength=n_words)
        places, first, second = _neighbours(tokens)
        both = np.unique(np.rec.fromarrays([first * n_words + second, places]))
        pairs, n_pairs = np.unique(both["f0"], return_counts=True)
        missing = np.full(len(reference) - len(counted), np.nan)
        bare = cls(vocabulary, n_records, pairs, n_pairs, missing, missing)
        unknown, unusual = bare.numbers_of(tokens, 1)
        return replace(
            bare,
            unknown=np.concatenate([unknown, missing]),
            unusual=np.concatenate([unusual, missing]),
        )

    def numbers_of(self, tokens: _Tokens, n_self: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (n,) share of unknown words and (n,) mean surprise over the neighbours that are both known.

        `n_self` is 1 where the records are promoted ones, which do not count for themselves.
        """
        of_word = np.append(self.n_records, n_self) - n_self
        known = of_word > 0
        unknown = _means(tokens.places, ~known[tokens.numbers], tokens.n_records)
        places, first, second = _neighbours(tokens)
        both = known[first] & known[second]
        places, first, second = places[both], first[both], second[both]
        keys = first * len(self.words) + second
        together = np.zeros(len(keys))
        if len(self.pairs):
            at = np.minimum(np.searchsorted(self.pairs, keys), len(self.pairs) - 1)
            together = np.where(self.pairs[at] == keys, self.n_pairs[at] - n_self, 0)
        logs = np.log(together + UNSEEN) - 0.5 * (np.log(of_word[first]) + np.log(of_word[second]))
        return unknown, _means(places, -logs, tokens.n_records)

    def to_bytes(self) -> bytes:
        """Return them as an archive of arrays, for `from_bytes`."""
        stored = io.BytesIO()
        arrays = {
            name: getattr(self, name) for name in ("n_records", "pairs", "n_pairs", "unknown", "unusual")
        }
        np.savez(stored, words=np.frombuffer("\n".join(self.words).encode(), np.uint8), **arrays)
        return stored.getvalue()

    @classmethod
    def from_bytes(cls, stored: bytes) -> "KnownWords":
        """Return what `to_bytes` wrote."""
        arrays = dict(np.load(io.BytesIO(stored)))
        words = arrays.pop("words").tobytes().decode()
        return cls(pl.Series("word", words.split("\n") if words else [], dtype=pl.String), **arrays)


def measure_wording(drop: Texts, known: KnownWords) -> dict[str, Values]:
    """Return two numbers for each record of a drop and of its reference, by the rule that judges them.

    `unknown_words` is the share of a record's words that no other promoted record holds. `unusual_pairs` is
    the mean over neighbours a, b, both known, of -ln(n_ab / sqrt(n_a n_b)), where n counts other promoted
    records: the negative logarithm of the Ochiai coefficient.

    Parameters
    ----------
    drop
        Records; numbers are no words.
    known
        The words of promoted records.

    Returns
    -------
    dict[str, Values]
        NaN for a record without words, without neighbours, or beyond `MAX_REFERENCE`.
    """
    parts = [(np.zeros(0), np.zeros(0))]
    for first in range(0, len(drop), CHUNK):
        texts = drop.texts[first : first + CHUNK]
        parts.append(known.numbers_of(_numbered(_words_by_place(texts), known.words, len(texts)), 0))
    unknown, unusual = (np.concatenate(own) for own in zip(*parts, strict=True))
    return {
        "unknown_words": Values(unknown, known.unknown),
        "unusual_pairs": Values(unusual, known.unusual),
    }


def _words_by_place(texts: Sequence[bytes]) -> pl.DataFrame:
    """Return the words of texts: columns place, word."""
    found = pl.DataFrame({"word": words(decoded(texts, "replace"))}).with_row_index("place")
    return found.explode("word").filter(pl.col("word").str.contains(r"\p{L}"))


def _numbered(told: pl.DataFrame, vocabulary: pl.Series, n_records: int) -> _Tokens:
    known = pl.DataFrame({"word": vocabulary}).with_row_index("number")
    numbers = told.join(known, on="word", how="left", maintain_order="left")["number"].cast(pl.Int64)
    return _Tokens(told["place"].to_numpy().astype(np.int64), numbers.fill_null(-1).to_numpy(), n_records)


def _neighbours(tokens: _Tokens) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return place, first and second word of each two words that follow each other in one record."""
    same = tokens.places[1:] == tokens.places[:-1]
    return tokens.places[1:][same], tokens.numbers[:-1][same], tokens.numbers[1:][same]


def _means(places: np.ndarray, values: np.ndarray, n_records: int) -> np.ndarray:
    """Return (n_records,) the mean of the values at each place, NaN where there is none."""
    counts = np.bincount(places, minlength=n_records)
    sums = np.bincount(places, weights=values, minlength=n_records)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: np.ndarray = sums / counts
    return means
