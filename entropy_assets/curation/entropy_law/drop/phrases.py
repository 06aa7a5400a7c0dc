"""Records made of phrases that stand in too many records of a drop: refusals, boilerplate, templates, floods.

A phrase is a run of three words. Promoted records say in how many records of a drop it should stand; where it
stands in more than chance explains, it is repeated. A flood has its own phrases, whatever its copies fill in.

What belongs here: phrases counted in a drop and in its reference. What does not: pairs of records that are
near-copies (`copies`), and copies of promoted records, which are no more frequent in a drop than there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.drop.nearest import distinct_runs
from entropy_assets.curation.entropy_law.drop.pairing import Pair, share_variance
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.texts import decoded, taken
from entropy_assets.words import words

PHRASE_WORDS = 3
"""Words of a phrase. Of 3, 4 and 5 these saw most filled templates, which keep few words in a row."""

CHANCE = 1e-4
"""A phrase is repeated where chance puts it into so many records of the drop less often than this."""

REPEATED_SHARE = 0.25
"""From this share of repeated phrases on, a record counts."""

MAX_RECORDS = 20_000
"""Records that are counted of the drop and of its reference, those with the lowest ids: a fair sample."""


@dataclass(frozen=True)
class Repeated:
    """How much of each record is made of repeated phrases.

    Parameters
    ----------
    places
        (n,) int64, records of the drop in known strata.
    shares
        (n,) float64, the share of the distinct phrases of each that are repeated; 0 where it has none.
    n_reference
        Promoted records that say what is usual.
    """

    places: np.ndarray
    shares: np.ndarray
    n_reference: int

    @classmethod
    def of(cls, pair: Pair) -> "Repeated":
        """Count the phrases of a drop against those of its reference, both in windows.

        With n_s records of a stratum in the drop and N_s in the reference, a phrase that stands in c_s
        promoted records is expected in the sum of c_s n_s / N_s records of the drop, and half a record is
        added to its count in the whole reference. How many it stands in by chance follows Poisson's law.
        """
        own, weights = _sampled(pair)
        promoted = np.flatnonzero(weights)
        if not len(own):
            return cls(own, np.zeros(0), 0)
        found = _phrases(taken(pair.drop.texts, own))
        counts = found.group_by("hash").len("n").filter(pl.col("n") > 1)
        known = _phrases_of_reference(tuple(taken(pair.reference.texts, promoted)))
        theirs = known.join(counts, on="hash", how="semi")
        weighed = pl.DataFrame({"place": np.arange(len(promoted)), "weight": weights[promoted]})
        expected = theirs.join(weighed, on="place").group_by("hash").agg(pl.col("weight").sum())
        told = counts.join(expected, on="hash", how="left").with_columns(pl.col("weight").fill_null(0.0))
        chance = _chance(told["n"].to_numpy(), told["weight"].to_numpy() + 0.5 * len(own) / len(promoted))
        repeated = told.select("hash", repeated=pl.Series(chance < CHANCE))
        marked = found.join(repeated, on="hash", how="left").with_columns(pl.col("repeated").fill_null(False))
        by_place = marked.group_by("place").agg(pl.col("repeated").mean())
        shares = np.zeros(len(own))
        shares[by_place["place"].to_numpy()] = by_place["repeated"].to_numpy()
        return cls(own, shares, len(promoted))


def measure_phrases(repeated: Repeated) -> Measurement:
    """Return the share of records of which `REPEATED_SHARE` of the phrases or more are repeated."""
    flags = repeated.shares >= REPEATED_SHARE
    error = float(np.sqrt(share_variance(flags)))
    return Measurement("repeated_phrases", float(flags.mean()), error, len(flags), "drop")


def _sampled(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Return the drop's records that are counted, and (m,) what each promoted record weighs: n_s / N_s."""
    own = np.sort(pair.known_drop)[:MAX_RECORDS]
    counted = np.zeros(len(pair.reference), dtype=bool)
    counted[pair.known_reference[:MAX_RECORDS]] = True
    weights = np.zeros(len(pair.reference))
    for stratum, members in pair.members.items():
        theirs = pair.reference_members[stratum]
        theirs = theirs[counted[theirs]]
        weights[theirs] = np.isin(members, own).sum() / max(len(theirs), 1)
    return own, weights


def _phrases(texts: Sequence[bytes]) -> pl.DataFrame:
    return distinct_runs(words(decoded(texts, "replace")), PHRASE_WORDS)


@lru_cache(maxsize=1)  # the drops of a batch have one reference
def _phrases_of_reference(texts: tuple[bytes, ...]) -> pl.DataFrame:
    return _phrases(list(texts))


def _chance(counts: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return the probability of (n,) counts or more where (n,) are expected, by Poisson's law.

    It is the regularised lower incomplete gamma function of both.
    """
    from scipy.special import gammainc

    chance: np.ndarray = gammainc(counts, expected)
    return chance
