"""How many records of a drop end as if cut, told from promoted records and from these cut at random.

A record ends closed; or open, with a word that ends lines of other promoted records; or open, with another
word. How often each happens in a stratum is counted on its promoted records as they are (p) and cut at random
(c). The share of cut records is then the linear estimate with the least error where it is small: each record
counts c / p of its ending, in the sense of the score test for the share of a mixture (Rao 1948).

What belongs here: ends. What does not: what else a cut text shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.drop.pairing import Pair
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.texts import decoded
from entropy_assets.words import words

MAX_REFERENCE = 2_000
"""Promoted records of a stratum whose ends are counted, those with the lowest ids."""

CHUNK = 10_000
"""Records of a drop that are looked at in one go."""

MAX_RATIO = 10.0
"""A record counts as at most so many: of 5, 10, 20 and 50 this one held most cut drops of 80 records."""

MIN_INFORMATION = 1.0
"""Fisher information a record on the share, below which the rule is off: 80 records then leave 11 %."""

CLOSED, USUAL, ODD = range(3)
_TAIL = 60


def ends_open(text: str) -> bool:
    """Return whether a text ends without terminal punctuation or a closing symbol.

    >>> ends_open("It was cut in the mid"), ends_open("It ended."), ends_open("f(x) = 5")
    (True, False, False)
    """
    last = text.rstrip()[-1:]
    return last.isalpha() or last in (",", "-", "(", "[", "{", ":", ";", "")


@dataclass(frozen=True)
class Endings:
    """What each ending counts for in one stratum.

    Parameters
    ----------
    weights
        (3,) float64 by ending: c / p, bounded, without its mean over p.
    information
        Mean of the weights over c: what a cut record counts for.
    variance
        Variance of the weights over p.
    n_records
        Promoted records that this was counted on.
    """

    weights: np.ndarray
    information: float
    variance: float
    n_records: int

    @classmethod
    def of(cls, whole: np.ndarray, cut: np.ndarray) -> "Endings":
        """Return the weights from the endings of promoted records as they are and cut: each (m,) int64."""
        p, c = (_shares(endings) for endings in (whole, cut))
        weights = np.minimum(c / p, MAX_RATIO)
        weights -= float(weights @ p)
        return cls(weights, float(weights @ c), float(weights**2 @ p), len(whole))


@dataclass(frozen=True)
class Ends:
    """How the records of a drop end, and what that counts for.

    Parameters
    ----------
    found
        (n,) int64: `CLOSED`, `USUAL` or `ODD` for each record of the drop.
    strata
        Known stratum -> what its endings count for.
    """

    found: np.ndarray
    strata: dict[tuple[str, str], Endings]

    @classmethod
    def of(cls, pair: Pair) -> "Ends":
        """Look at the ends of a drop, and of its reference as it is and cut at random."""
        reference = pair.reference
        members = {s: own[:MAX_REFERENCE] for s, own in pair.reference_members.items()}
        counted = np.sort(np.concatenate([np.array([], np.int64), *members.values()]))
        n_ends, whole_ends, cut_ends = _reference_ends(
            tuple(reference.ids[i] for i in counted), tuple(reference.texts[i] for i in counted)
        )
        whole = np.full(len(reference), CLOSED)
        cut = np.full(len(reference), CLOSED)
        whole[counted], cut[counted] = whole_ends, cut_ends
        strata = {s: Endings.of(whole[own], cut[own]) for s, own in members.items()}
        texts = pair.drop.texts
        pieces = (texts[first : first + CHUNK] for first in range(0, len(texts), CHUNK))
        found = [_endings(own, n_ends, 0) for own in pieces]
        return cls(np.concatenate([np.zeros(0, np.int64), *found]), strata)


def measure_truncated(pair: Pair, ends: Ends) -> Measurement | None:
    """Return the share of records that end as if cut; None where ends do not tell cut from whole."""
    total = sum(len(own) for own in pair.members.values())
    counted = information = variance = 0.0
    for stratum, own in pair.members.items():
        endings = ends.strata[stratum]
        counted += float(endings.weights[ends.found[own]].sum())
        information += len(own) * endings.information
        variance += len(own) * endings.variance * (1 + len(own) / endings.n_records)
    if information < MIN_INFORMATION * total:
        return None
    return Measurement("truncated", counted / information, variance**0.5 / information, total, "drop")


def _shares(endings: np.ndarray) -> np.ndarray:
    """Return the (3,) share of each ending, one imagined record of each added."""
    shares: np.ndarray = (np.bincount(endings, minlength=3) + 1) / (len(endings) + 3)
    return shares


@lru_cache(maxsize=2)  # the drops of a batch have one reference
def _reference_ends(
    ids: tuple[str, ...], texts: tuple[bytes, ...]
) -> tuple[pl.DataFrame, np.ndarray, np.ndarray]:
    """Return what `_line_ends` says of promoted texts, and their endings, whole and cut at random."""
    n_ends = _line_ends(list(texts))
    cut = [_cut_short(record_id, text) for record_id, text in zip(ids, texts, strict=True)]
    return n_ends, _endings(list(texts), n_ends, 1), _endings(cut, n_ends, 0)


def _cut_short(record_id: str, text: bytes) -> bytes:
    """Return a text up to a place that follows from its id, between a tenth and nine tenths of it."""
    share = 0.1 + 0.8 * int(record_id[16:24], 16) / 0xFFFFFFFF
    return text[: max(1, int(share * len(text)))]


def _line_ends(texts: list[bytes]) -> pl.DataFrame:
    """Return of each word how many texts hold a line that ends with it: columns word, n_texts."""
    lines = pl.DataFrame({"line": decoded(texts).str.split("\n")}).with_row_index("place").explode("line")
    ends = lines.select("place", word=_last_words(lines["line"])).drop_nulls().unique()
    return ends.group_by("word").agg(n_texts=pl.len())


def _endings(texts: Sequence[bytes], n_ends: pl.DataFrame, n_self: int) -> np.ndarray:
    """Return (n,) the ending of each text; `n_self` is 1 where the texts are those that were counted."""
    told = decoded(texts, "ignore")
    last = pl.DataFrame({"word": _last_words(told)})
    counts = last.join(n_ends, on="word", how="left", maintain_order="left")["n_texts"].fill_null(0)
    usual = counts.to_numpy() > n_self
    is_open = np.array([ends_open(text) for text in told], dtype=bool)
    endings: np.ndarray = np.where(is_open, np.where(usual, USUAL, ODD), CLOSED)
    return endings


def _last_words(texts: pl.Series) -> pl.Series:
    """Return the last word of each text, null where its last characters hold none."""
    tails = texts.str.strip_chars_end().str.slice(-_TAIL)
    return words(tails).list.last().rename("word")
