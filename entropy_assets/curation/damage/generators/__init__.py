"""The registry of damage: what promoted records are corrupted with, so that a detector learns to tell it.

Read `contract` first. A new generator is one function and one entry in the list of its module; a new module
is one line in `GENERATORS`.
"""

from entropy_assets.curation.damage.generators.contract import Damage, Donors, Generator
from entropy_assets.curation.damage.generators.extent import EXTENT
from entropy_assets.curation.damage.generators.form import FORM
from entropy_assets.curation.damage.generators.programs import PROGRAMS
from entropy_assets.curation.damage.generators.rows import ROWS
from entropy_assets.curation.damage.generators.wording import WORDING

__all__ = ["FAMILIES", "GENERATORS", "Damage", "Donors", "Generator"]

GENERATORS: tuple[Generator, ...] = (*WORDING, *FORM, *PROGRAMS, *EXTENT, *ROWS)
"""All generators, by room."""

FAMILIES: dict[str, tuple[Generator, ...]] = {
    family: tuple(g for g in GENERATORS if g.family == family)
    for family in dict.fromkeys(g.family for g in GENERATORS)
}
"""Family -> its generators."""
