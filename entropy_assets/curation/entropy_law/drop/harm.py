"""What a detector finds of a drop: measurements, and the records that look damaged.

What belongs here: the form in which the rules get it. What does not: the detectors (`curation.damage`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from entropy_assets.curation.entropy_law.measurement import Measurement

BESIDE_PROMOTED = ("damage", "doubtful", "unlike", "new_kind")
"""Rules on what a detector that learned of promoted records finds."""
OF_A_FIRST = "doubtful_first"
"""The rule on what the detector that comes with the package finds of a first version."""

NO_DETECTOR = "there is no version yet whose records say what is sound"
HAS_A_PARENT = "it is no first version: promoted records say what is sound"


@dataclass(frozen=True)
class Harm:
    """What a detector finds of a drop.

    Parameters
    ----------
    measurements
        Those of the rules that are not off.
    records
        (place, score from 0 to 1, what it looks like) of each record that looks damaged.
    rule
        The rule that these records speak for.
    off
        Rule -> why there is no measurement of it.
    """

    measurements: tuple[Measurement, ...] = ()
    records: tuple[tuple[int, float, str], ...] = ()
    rule: str = BESIDE_PROMOTED[0]
    off: Mapping[str, str] = field(
        default_factory=lambda: dict.fromkeys((*BESIDE_PROMOTED, OF_A_FIRST), NO_DETECTOR)
    )
