"""A drop beside promoted records of its strata, and the noise of a share of records.

What belongs here: what every measurement on a drop needs. What does not: what is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.drop.strata import fold, refit
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

    @classmethod
    def of(cls, drop: Texts, reference: Texts, known_records: int) -> "Pair":
        """Return both in the strata that they are judged in; known ones have `known_records` promoted."""
        folded = fold(drop.strata, reference.strata, known_records)
        own, theirs = refit(drop, folded), refit(reference, folded)
        promoted = theirs.members()
        # In the order of the strata: sums over them must run in one order in every process.
        members = {s: i for s, i in own.members().items() if len(promoted.get(s, ())) >= known_records}
        return cls(own, theirs, members, {s: promoted[s] for s in members})

    def in_windows(self, max_bytes: int) -> "Pair":
        """Return the same records, each with at most `max_bytes` bytes: see `Texts.windows`."""
        own, theirs = (texts.windows(max_bytes) for texts in (self.drop, self.reference))
        return Pair(own, theirs, self.members, self.reference_members)

    @property
    def known_drop(self) -> np.ndarray:
        """(n,) indices of the drop's records in known strata, stratum by stratum."""
        parts = [np.array([], dtype=np.int64), *self.members.values()]
        return np.concatenate(parts)

    @property
    def known_reference(self) -> np.ndarray:
        """(m,) indices of the promoted records in known strata, in rising order."""
        parts = [np.array([], dtype=np.int64), *self.reference_members.values()]
        return np.sort(np.concatenate(parts))


def share_variance(flags: np.ndarray) -> float:
    """Return the variance of a share of `flags`, with half an imagined hit and half an imagined miss.

    So a share of 0 has some, and no more than it must: Jeffreys' prior (Brown, Cai and DasGupta 2001).
    """
    smoothed = (float(flags.sum()) + 0.5) / (len(flags) + 1)
    return smoothed * (1 - smoothed) / len(flags)


def flags_of(texts: Texts, test: Callable[[str], bool]) -> np.ndarray:
    """Return (n,) bool: what a test says of each text."""
    return np.array([test(text.decode()) for text in texts.texts], dtype=bool)
