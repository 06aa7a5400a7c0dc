"""A drop beside promoted records of its strata, and the noise of a share of records.

What belongs here: what every measurement on a drop needs. What does not: what is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.measurement import Texts


@dataclass(frozen=True)
class Pair:
    """A drop and its reference, with the members of the known strata on both sides.

    Parameters
    ----------
    drop
        The drop.
    reference
        Promoted records.
    members
        Known stratum -> (n,) indices of its records in the drop.
    reference_members
        The same strata -> (m,) indices of their promoted records.
    """

    drop: Texts
    reference: Texts
    members: dict[tuple[str, str], np.ndarray]
    reference_members: dict[tuple[str, str], np.ndarray]

    @property
    def known_drop(self) -> np.ndarray:
        """(n,) indices of the drop's records in known strata, stratum by stratum."""
        parts = [np.array([], dtype=np.int64), *self.members.values()]
        return np.concatenate(parts)


def share_variance(flags: np.ndarray) -> float:
    """Return the variance of a share of `flags`, with one imagined hit and one imagined miss."""
    smoothed = (float(flags.sum()) + 1) / (len(flags) + 2)
    return smoothed * (1 - smoothed) / len(flags)


def flags_of(texts: Texts, test: Callable[[str], bool]) -> np.ndarray:
    """Return (n,) bool: what a test says of each text."""
    return np.array([test(text.decode()) for text in texts.texts], dtype=bool)
