"""What a detector finds of a drop: measurements, and the records that look damaged.

What belongs here: the form in which the rules get it. What does not: the detector (`curation.damage`).
"""

from dataclasses import dataclass

from entropy_assets.curation.entropy_law.measurement import Measurement

NO_DETECTOR = "there is no version yet whose records say what is sound"


@dataclass(frozen=True)
class Harm:
    """What a detector finds of a drop.

    Parameters
    ----------
    measurements
        Those of the rules `damage`, `doubtful`, `unlike` and `new_kind`.
    records
        (place, score from 0 to 1, what it looks like) of each record that looks damaged.
    off
        Why there is no detector; empty where there is one.
    """

    measurements: tuple[Measurement, ...] = ()
    records: tuple[tuple[int, float, str], ...] = ()
    off: str = NO_DETECTOR
