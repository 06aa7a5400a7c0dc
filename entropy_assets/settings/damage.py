"""Settings of the detector of damage."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage

FAMILY_NAMES = (
    "words out of order or missing",
    "wrong characters",
    "wrong letter case",
    "escaped text",
    "encoded data or random letters",
    "a broken encoding",
    "broken white space",
    "remains of markup",
    "repeated text",
    "cut text",
    "answers that say nothing",
    "questions, answers and prompts mixed up",
    "answers of other questions",
    "boilerplate",
    "stock texts and templates",
)
"""Names of the families of damage, in the order of `curation.damage.FAMILIES`."""


@dataclass(frozen=True)
class DamageSettings(Stage):
    """What the detector of damage learns from."""

    TABLE: ClassVar[str] = "damage"

    on: Annotated[
        bool,
        Key("Whether the detector judges. Without it a run is faster, and its rules are off and say so."),
    ] = True
    records: Annotated[
        int,
        Key(
            "Promoted records that it learns what is sound from, as many of each source as there is room.",
            least=100,
            most=1_000_000,
        ),
    ] = 4_000
    examples: Annotated[int, Key("Corrupted records of each family of damage.", least=20, most=100_000)] = (
        1_000
    )
    epochs: Annotated[int, Key("Passes in which its networks are trained.", least=1, most=100)] = 10
    without_families: Annotated[
        tuple[str, ...],
        Key("Families of damage, by their names, that it does not learn: to measure what it sees of others."),
    ] = ()

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield a fault where unknown families are left out, or all of them."""
        if unknown := [name for name in self.without_families if name not in FAMILY_NAMES]:
            yield "without_families", f"families, each of {', '.join(map(repr, FAMILY_NAMES))}", unknown
        elif set(self.without_families) == set(FAMILY_NAMES):
            yield "without_families", "families, not all of them", list(self.without_families)
