"""How far single records of a drop lie beyond promoted records of their stratum, in one number a record.

A number (a loss, a share of unknown words) is compared at equal size, as a score in standard deviations. What
is judged is the mean of what the scores have beyond `FREE_SCORE`: damage moves some records far, and not all
of them a little, so the many records in between only add noise.

What belongs here: any number a record, higher is worse. What does not: where the numbers come from.
"""

from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.drop.pairing import Pair
from entropy_assets.curation.entropy_law.measurement import Measurement

MAX_SCORE = 6.0
"""A record counts as at most so many standard deviations: a single odd one cannot hold a large drop."""

FREE_SCORE = 2.0
"""Standard deviations that count for nothing; this and `MAX_SCORE` held most on development drops."""


@dataclass(frozen=True)
class Values:
    """One number for each record of a drop and of its reference; NaN where a record has none.

    Parameters
    ----------
    drop
        (n,) float64.
    reference
        (m,) float64.
    """

    drop: np.ndarray
    reference: np.ndarray


@dataclass(frozen=True)
class Expected:
    """The number that a stratum's promoted records lead to expect of a record of some size.

    A short record has less context a byte, so its loss is higher and its score would be that of its length.

    Parameters
    ----------
    intercept
        The number at one byte.
    slope
        Change a unit of ln bytes.
    spread
        Standard deviation of the promoted records around that line.
    """

    intercept: float
    slope: float
    spread: float

    @classmethod
    def of(cls, values: np.ndarray, sizes: np.ndarray) -> "Expected":
        """Return the least-squares line through (m,) values over ln of (m,) sizes; NaN from fewer than 3."""
        if len(values) < 3:
            return cls(np.nan, np.nan, np.nan)
        logs = np.log(sizes)
        varied = logs - logs.mean()
        squares = float((varied**2).sum())
        slope = float((varied * values).sum()) / squares if squares > 0 else 0.0
        intercept = float(values.mean() - slope * logs.mean())
        residuals = values - intercept - slope * logs
        return cls(intercept, slope, float(residuals.std(ddof=2)))

    def scores(self, values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return (n,) standard deviations above the line, at most `MAX_SCORE` to either side.

        Where the promoted records do not spread at all, whatever lies above them is at the bound.
        """
        above = values - (self.intercept + self.slope * np.log(sizes))
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = np.where(above == 0, 0.0, above / self.spread)
        bounded: np.ndarray = np.clip(scores, -MAX_SCORE, MAX_SCORE)
        return bounded


MIN_REFERENCE = 20
"""Promoted records with a number that a stratum needs to be compared."""


@dataclass(frozen=True)
class Scored:
    """The scores of one stratum.

    Parameters
    ----------
    places
        (n,) int64, the drop's records that have a number.
    scores
        (n,) float64, their scores.
    reference
        (m,) float64, scores of the promoted records that have one.
    """

    places: np.ndarray
    scores: np.ndarray
    reference: np.ndarray


def scored(pair: Pair, values: Values) -> dict[tuple[str, str], Scored]:
    """Return the scores of each known stratum that has numbers on both sides."""
    found = {}
    sizes, reference_sizes = pair.drop.sizes, pair.reference.sizes
    for stratum, own in pair.members.items():
        theirs = pair.reference_members[stratum]
        own = own[np.isfinite(values.drop[own])]
        theirs = theirs[np.isfinite(values.reference[theirs])]
        if not len(own) or len(theirs) < MIN_REFERENCE:
            continue
        expected = Expected.of(values.reference[theirs], reference_sizes[theirs])
        scores = expected.scores(values.drop[own], sizes[own])
        reference_scores = expected.scores(values.reference[theirs], reference_sizes[theirs])
        found[stratum] = Scored(own, scores, reference_scores)
    return found


def measure_excess(code: str, pair: Pair, values: Values) -> Measurement | None:
    """Return how much more the drop's scores have beyond `FREE_SCORE` than those of the reference.

    Parameters
    ----------
    code
        The rule that judges it.
    pair
        Drop and reference, whose sizes are those of what was measured.
    values
        A number for each of their records; what has none is left out.

    Returns
    -------
    Measurement | None
        Mean over records, in standard deviations of the reference within strata; None where no stratum has
        numbers on both sides. Its noise is that of as many promoted records: one odd record of a small drop
        would otherwise make the drop look too noisy to be judged.
    """
    strata = scored(pair, values).values()
    total = sum(len(one.places) for one in strata)
    if not total:
        return None
    value = variance = 0.0
    for one in strata:
        weight = len(one.places) / total
        theirs = _above_free_score(one.reference)
        value += weight * float(_above_free_score(one.scores).mean() - theirs.mean())
        variance += weight**2 * float(theirs.var(ddof=1)) * (1 / len(one.places) + 1 / len(theirs))
    return Measurement(code, value, float(np.sqrt(variance)), total, "drop")


def _above_free_score(scores: np.ndarray) -> np.ndarray:
    return np.maximum(scores - FREE_SCORE, 0.0)
