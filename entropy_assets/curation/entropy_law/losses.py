"""Per-record losses of a drop under the parent's probe, within strata.

What belongs here: what the losses say. What does not: the probe that measures them.
"""

import numpy as np

from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.curation.entropy_law.pairing import Pair, share_variance

OUTLIER_SHARE = 0.05
"""Share of a stratum's promoted records above the loss from which on a record is an outlier."""


def measure_losses(
    pair: Pair, drop_losses: np.ndarray, reference_losses: np.ndarray
) -> tuple[Measurement, Measurement]:
    """Return the shift of the mean loss within strata, and the excess of records with an outlying loss.

    Parameters
    ----------
    pair
        Drop and reference.
    drop_losses
        (n,) bits per byte of the drop's records.
    reference_losses
        (m,) the same of the promoted records; NaN where the probe was trained on the record.
    """
    theirs = {}
    for stratum, members in pair.reference_members.items():
        own = reference_losses[members]
        theirs[stratum] = own[np.isfinite(own)]
    return _shift(pair, drop_losses, theirs), _outliers(pair, drop_losses, theirs)


def _shift(pair: Pair, losses: np.ndarray, reference: dict[tuple[str, str], np.ndarray]) -> Measurement:
    """Mean z of the drop's losses within strata, in standard deviations of the reference."""
    scores = []
    variance = 0.0
    total = sum(len(own) for own in pair.members.values())
    for stratum, own in pair.members.items():
        theirs = reference[stratum]
        spread = float(theirs.std(ddof=1)) if len(theirs) > 1 else float("nan")
        scores.append((losses[own] - theirs.mean()) / spread)
        variance += (len(own) / total) ** 2 / max(len(theirs), 1)
    pooled = np.concatenate(scores)
    variance += float(pooled.var(ddof=1)) / total if total > 1 else float("nan")
    return Measurement("loss_shift", float(pooled.mean()), float(np.sqrt(variance)), total, "drop")


def _outliers(pair: Pair, losses: np.ndarray, reference: dict[tuple[str, str], np.ndarray]) -> Measurement:
    """Share of records with a loss above all but a twentieth of their stratum's, less that twentieth.

    The mean of a few very surprising records drowns in a large drop; their share does not. The noise is
    that of the drop's share, and that of the bound, which rests on the stratum's promoted records.
    """
    total = sum(len(own) for own in pair.members.values())
    flags = np.zeros(len(losses), dtype=bool)
    variance = 0.0
    for stratum, own in pair.members.items():
        theirs = reference[stratum]
        bound = float(np.quantile(theirs, 1 - OUTLIER_SHARE)) if len(theirs) else float("nan")
        flags[own] = losses[own] > bound
        bound_variance = OUTLIER_SHARE * (1 - OUTLIER_SHARE) / max(len(theirs), 1)
        variance += (len(own) / total) ** 2 * bound_variance
    known = flags[pair.known_drop]
    has_bounds = all(len(theirs) for theirs in reference.values())
    value = float(known.mean()) - OUTLIER_SHARE if has_bounds else float("nan")
    error = float(np.sqrt(variance + share_variance(known)))
    return Measurement("loss_outliers", value, error, total, "drop")
