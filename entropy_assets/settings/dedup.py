"""Settings of dedup: which records count as copies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage

FOLDS = ("case", "white_space")


@dataclass(frozen=True)
class DedupSettings(Stage):
    """Which records count as copies."""

    TABLE: ClassVar[str] = "dedup"

    near: Annotated[
        bool,
        Key("Whether near-copies are looked for; exact and normalised copies always are."),
    ] = True
    shingle: Annotated[
        int,
        Key(
            "Tokens in one shingle; a text with fewer tokens is matched exactly only.",
            "tokens",
            least=1,
            most=32,
        ),
    ] = 3
    threshold: Annotated[
        float,
        Key(
            "Jaccard similarity of the shingle sets from which two texts are near-copies.",
            "fraction",
            above=0,
            most=1,
        ),
    ] = 0.7
    hashes: Annotated[int, Key("MinHash values of a text.", least=1, most=1024)] = 100
    bands: Annotated[
        int,
        Key(
            "Groups of hashes of which two texts must share one to be compared; divides `hashes`.",
            least=1,
            most=99,
        ),
    ] = 20
    memory_bytes: Annotated[
        int,
        Key(
            "Memory that a run takes at most, beside the orchestrator's. Records lie on disk meanwhile; "
            "for more of them than there is room for, at 1,200 bytes each, the run is refused.",
            "bytes",
            least=2**29,
        ),
    ] = 2 * 2**30
    planted: Annotated[
        int,
        Key("Near-copies that the stage plants for itself to see how many it finds.", least=0),
    ] = 200

    fold: Annotated[
        tuple[str, ...],
        Key(
            "What plays no part in whether two texts are equal: `case`, and `white_space`, of which each run "
            "is one space. By default both count, save at the end of lines. Of code nothing is folded."
        ),
    ] = ()

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: bands that do not divide the hashes, and unknown names."""
        if unknown := [name for name in self.fold if name not in FOLDS]:
            yield "fold", f"names, each of {', '.join(map(repr, FOLDS))}", unknown
        if self.hashes % self.bands:
            yield "bands", "a divisor of dedup.hashes", {"hashes": self.hashes, "bands": self.bands}
