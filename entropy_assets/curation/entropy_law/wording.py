"""The words of a drop's records beside those of promoted records: unknown ones, and unusual neighbours.

A word is known where another promoted record holds it. Typing errors, mojibake, encoded data and other
languages show as unknown words; words out of order and filled templates as known words that do not
stand side by side elsewhere. Both cost a look-up, and no probe.

What belongs here: two numbers a record. What does not: how far a number is out (`excess`).
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.excess import Values
from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.words import words

MAX_REFERENCE = 20_000
"""Promoted records whose words are counted, those with the lowest ids: ids are digests, so a fair sample."""

UNSEEN = 0.1
"""Records that a pair of neighbours which stands nowhere else counts for."""


@dataclass(frozen=True)
class _Tokens:
    """The words of some records as numbers, one record after the other."""

    places: np.ndarray
    numbers: np.ndarray


def measure_wording(drop: Texts, reference: Texts) -> dict[str, Values]:
    """Return two numbers for each record of a drop and of its reference, by the rule that judges them.

    `unknown_words` is the share of a record's words that no other promoted record holds. `unusual_pairs` is
    the mean over neighbours a, b, both known, of -ln(n_ab / sqrt(n_a n_b)), where n counts other promoted
    records: the negative logarithm of the Ochiai coefficient.

    Parameters
    ----------
    drop, reference
        Records, the reference sorted by id. Numbers are no words.

    Returns
    -------
    dict[str, Values]
        NaN for a record without words, without neighbours, or beyond `MAX_REFERENCE`.
    """
    counted = reference.take(range(min(len(reference), MAX_REFERENCE)))
    own, theirs, n_words = _numbered(drop, counted)
    records_of_word = np.bincount(_distinct(theirs.places, theirs.numbers, n_words)[1], minlength=n_words)
    pairs_of = _Pairs.of(theirs, n_words)
    unknown, unusual = [], []
    for tokens, n_records, n_self in ((own, len(drop), 0), (theirs, len(counted), 1)):
        known = records_of_word > n_self
        unknown.append(_means(tokens.places, ~known[tokens.numbers], n_records))
        unusual.append(pairs_of.surprise(tokens, known, records_of_word - n_self, n_records, n_self))
    missing = np.full(len(reference) - len(counted), np.nan)
    return {
        "unknown_words": Values(unknown[0], np.concatenate([unknown[1], missing])),
        "unusual_pairs": Values(unusual[0], np.concatenate([unusual[1], missing])),
    }


@dataclass(frozen=True)
class _Pairs:
    """Neighbouring words of the reference: keys in rising order, and in how many records each stands."""

    n_words: int
    keys: np.ndarray
    n_records: np.ndarray

    @classmethod
    def of(cls, tokens: _Tokens, n_words: int) -> "_Pairs":
        places, keys = _neighbours(tokens, n_words)
        distinct = np.unique(np.rec.fromarrays([keys, places]))
        found, counts = np.unique(distinct["f0"], return_counts=True)
        return cls(n_words, found, counts)

    def surprise(
        self, tokens: _Tokens, known: np.ndarray, of_word: np.ndarray, n_records: int, n_self: int
    ) -> np.ndarray:
        """Return (n_records,) mean surprise over the neighbours of each record that are both known."""
        places, keys = _neighbours(tokens, self.n_words)
        first, second = keys // self.n_words, keys % self.n_words
        both = known[first] & known[second]
        places, keys, first, second = places[both], keys[both], first[both], second[both]
        at = np.minimum(np.searchsorted(self.keys, keys), max(len(self.keys) - 1, 0))
        together = np.zeros(len(keys))
        if len(self.keys):
            together = np.where(self.keys[at] == keys, self.n_records[at] - n_self, 0)
        logs = np.log(together + UNSEEN) - 0.5 * (np.log(of_word[first]) + np.log(of_word[second]))
        return _means(places, -logs, n_records)


def _numbered(drop: Texts, reference: Texts) -> tuple[_Tokens, _Tokens, int]:
    """Return the words of both as numbers of one vocabulary, and its size."""
    texts = [text.decode(errors="replace") for text in (*drop.texts, *reference.texts)]
    found = pl.DataFrame({"word": words(pl.Series(texts, dtype=pl.String))}).with_row_index("place")
    told = found.explode("word").filter(pl.col("word").str.contains(r"\p{L}"))
    places = told["place"].to_numpy().astype(np.int64)
    numbers = (told["word"].rank("dense") - 1).to_numpy().astype(np.int64)
    n_own = int(np.searchsorted(places, len(drop)))
    own = _Tokens(places[:n_own], numbers[:n_own])
    theirs = _Tokens(places[n_own:] - len(drop), numbers[n_own:])
    return own, theirs, int(numbers.max(initial=-1)) + 1


def _neighbours(tokens: _Tokens, n_words: int) -> tuple[np.ndarray, np.ndarray]:
    """Return place and key of each pair of words that follow each other in one record."""
    same = tokens.places[1:] == tokens.places[:-1]
    return tokens.places[1:][same], (tokens.numbers[:-1] * n_words + tokens.numbers[1:])[same]


def _distinct(places: np.ndarray, numbers: np.ndarray, n_words: int) -> tuple[np.ndarray, np.ndarray]:
    both = np.unique(places * max(n_words, 1) + numbers)
    return both // max(n_words, 1), both % max(n_words, 1)


def _means(places: np.ndarray, values: np.ndarray, n_records: int) -> np.ndarray:
    """Return (n_records,) the mean of the values at each place, NaN where there is none."""
    counts = np.bincount(places, minlength=n_records)
    sums = np.bincount(places, weights=values, minlength=n_records)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: np.ndarray = sums / counts
    return means
