"""Per-record losses of a drop under the parent's probe, within strata.

What belongs here: what the losses say. What does not: the probe that measures them.
"""

from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.curation.entropy_law.pairing import Pair

MAX_SCORE = 5.0
"""A record counts as at most so many standard deviations: a single odd one cannot hold a large drop."""


@dataclass(frozen=True)
class Expected:
    """Loss that a stratum's promoted records lead to expect of a record of some size.

    A short record has less context a byte, so its loss is higher and its z would be that of its length.

    Parameters
    ----------
    intercept_bpb
        Loss at one byte, bits per byte.
    slope_bpb
        Change a unit of ln bytes.
    spread_bpb
        Standard deviation of the promoted records around that line.
    """

    intercept_bpb: float
    slope_bpb: float
    spread_bpb: float

    @classmethod
    def of(cls, losses: np.ndarray, sizes: np.ndarray) -> "Expected":
        """Return the least-squares line through (m,) losses over ln of (m,) sizes; NaN from fewer than 3."""
        if len(losses) < 3:
            return cls(np.nan, np.nan, np.nan)
        logs = np.log(sizes)
        varied = logs - logs.mean()
        squares = float((varied**2).sum())
        slope = float((varied * losses).sum()) / squares if squares > 0 else 0.0
        intercept = float(losses.mean() - slope * logs.mean())
        residuals = losses - intercept - slope * logs
        return cls(intercept, slope, float(residuals.std(ddof=2)))

    def scores(self, losses: np.ndarray, sizes: np.ndarray) -> np.ndarray:
        """Return (n,) standard deviations above the line, bounded by `MAX_SCORE` on either side."""
        expected = self.intercept_bpb + self.slope_bpb * np.log(sizes)
        scores: np.ndarray = np.clip((losses - expected) / self.spread_bpb, -MAX_SCORE, MAX_SCORE)
        return scores


def measure_loss(pair: Pair, drop_losses: np.ndarray, reference_losses: np.ndarray) -> Measurement:
    """Return the mean score of the drop's losses within strata, in standard deviations of the reference.

    Parameters
    ----------
    pair
        Drop and reference, as the probe saw them.
    drop_losses
        (n,) bits per byte of the drop's records.
    reference_losses
        (m,) the same of the promoted records; NaN where the probe was trained on the record.
    """
    sizes, reference_sizes = pair.drop.sizes, pair.reference.sizes
    scores = []
    variance = 0.0
    total = sum(len(own) for own in pair.members.values())
    for stratum, own in pair.members.items():
        theirs = pair.reference_members[stratum]
        unseen = theirs[np.isfinite(reference_losses[theirs])]
        expected = Expected.of(reference_losses[unseen], reference_sizes[unseen])
        scores.append(expected.scores(drop_losses[own], sizes[own]))
        variance += (len(own) / total) ** 2 / max(len(unseen), 1)
    pooled = np.concatenate(scores)
    variance += float(pooled.var(ddof=1)) / total if total > 1 else float("nan")
    return Measurement("loss_shift", float(pooled.mean()), float(np.sqrt(variance)), total, "drop")
