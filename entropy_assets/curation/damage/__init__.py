"""Damage: what of a drop looks like promoted records that came to harm.

Promoted passages are corrupted by a registry of generators, and networks learn to tell them from sound ones:
every one of them seen as a subject, or a source, that the pool does not hold. What the pool's own parts then
reach says how many damaged records are too many. Read in this order: `passages`, `generators`, `variations`,
`features` (`surface`, `language`, `neighbours`), `training`, `network`, `detector`, `nature`, `measuring`.
A first version has no promoted records beside it: `inside` (`recurring`) and `first` (`forest`) look at it
with a detector that comes with the package. Callers import from here.
"""

from entropy_assets.curation.damage.detector import MIN_PASSAGES, Detector, made_by
from entropy_assets.curation.damage.first import FirstDamage, FirstDetector, first_detector
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.measuring import DropDamage, Part, measure_damage
from entropy_assets.curation.damage.nature import Excess
from entropy_assets.curation.damage.passages import Passages

__all__ = [
    "FAMILIES",
    "MIN_PASSAGES",
    "Detector",
    "DropDamage",
    "Excess",
    "FirstDamage",
    "FirstDetector",
    "Part",
    "Passages",
    "first_detector",
    "made_by",
    "measure_damage",
]
