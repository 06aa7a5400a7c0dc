"""Settings of the pool that a candidate chooses from."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class PoolSettings(Stage):
    """The pool that a candidate chooses from."""

    TABLE: ClassVar[str] = "pool"

    validation_share: Annotated[
        float,
        Key(
            "Fraction of the records that is set aside for the validation split.",
            "fraction",
            least=0,
            most=0.5,
        ),
    ] = 0.05
    overlap_words: Annotated[
        int,
        Key(
            "A training record that shares a run of so many words with a validation record is left out.",
            "words",
            least=2,
        ),
    ] = 13
