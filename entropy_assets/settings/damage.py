"""Settings of the detector of damage."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class DamageSettings(Stage):
    """What the detector of damage learns from; made once a promotion."""

    TABLE: ClassVar[str] = "damage"

    records: Annotated[
        int,
        Key(
            "Promoted records that it learns what is sound from, as many of each source as there is room.",
            least=100,
        ),
    ] = 4_000
    examples: Annotated[int, Key("Corrupted records of each family of damage.", least=20)] = 1_000
    epochs: Annotated[int, Key("Passes in which its networks are trained.", least=1, most=100)] = 10
    without_families: Annotated[
        tuple[str, ...],
        Key("Families of damage, by their names, that it does not learn: to measure what it sees of others."),
    ] = ()
