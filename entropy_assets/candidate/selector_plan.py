"""What is compared, and how: a pool, and the plan of a comparison of selectors.

What belongs here: both, with what is refused of them. What does not: measuring (`selector_comparison`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from entropy_assets.curation.pool import is_validation
from entropy_assets.curation.probe import ProbeParams
from entropy_assets.curation.selection import Budget
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SELECTORS, ScoringSettings
from entropy_assets.settings.stage import Stage
from entropy_assets.texts import taken

HELD_OUT_SHARE = 0.1

Remember = Callable[[dict[str, Any], Callable[[], bytes]], bytes]
"""Returns what the second argument makes, or what it made before of the same parts."""


def made_anew(parts: dict[str, Any], make: Callable[[], bytes]) -> bytes:
    """Return what `make` makes; nothing is kept."""
    return make()


@dataclass(frozen=True)
class Pool:
    """Records: n content ids, with text and source."""

    ids: Sequence[str]
    texts: Sequence[bytes]
    sources: Sequence[str]

    def part(self, held_out: bool) -> "Pool":
        """Return the records that are held out, a tenth by their ids, or the others."""
        places = [i for i, one in enumerate(self.ids) if is_validation(one, HELD_OUT_SHARE) == held_out]
        ids, sources = ([own[i] for i in places] for own in (self.ids, self.sources))
        return Pool(ids, taken(self.texts, np.array(places, np.int64)), sources)


@dataclass(frozen=True)
class Plan:
    """How selectors are compared.

    Parameters
    ----------
    selectors
        Keys of `SELECTORS`; overlap is measured with the first.
    budget
        Of each selection.
    scoring
        What scorers are handed, and their parameters.
    options
        Selector -> its parameters; of those that are not named the defaults.
    how
        What else each is told: arguments of `select`, such as its lists of records.
    scores
        Selector -> (n,) scores of the records that were made before, for `scores` and where it costs to ask.
    targets
        Texts that the scorer `target` looks for; none of them is measured on.
    exams
        Name -> texts of a set that is measured on beside what is held out.
    n_seeds
        Probes a selector, at least 2.
    probe
        Size of the probes, and where they are trained.
    probe_bytes, exam_bytes
        Bytes that one probe is trained on, and that it is examined on, of each set, at most.
    seed, workers
        Seed of all draws, and threads; no figure but cost depends on the latter.
    root
        Folder from which a language model's path is read.

    Raises
    ------
    InvalidParameter
        Fewer than two selectors or seeds, or a selector that is unknown.
    """

    selectors: Sequence[str]
    budget: Budget
    scoring: ScoringSettings = field(default_factory=ScoringSettings)
    options: Mapping[str, Stage] = field(default_factory=dict)
    how: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    targets: Sequence[bytes] = ()
    exams: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    n_seeds: int = 5
    probe: ProbeParams = field(default_factory=ProbeParams)
    probe_bytes: int = 131_072
    exam_bytes: int = 65_536
    seed: int = 0
    workers: int = 1
    root: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        if unknown := [name for name in self.selectors if name not in SELECTORS]:
            raise InvalidParameter(f"selector {unknown[0]!r} is unknown: choose from {', '.join(SELECTORS)}")
        if len(set(self.selectors)) < max(2, len(self.selectors)):
            raise InvalidParameter(
                f"a comparison needs two selectors or more, each once, got {', '.join(self.selectors)}"
            )
        if self.n_seeds < 2:
            raise InvalidParameter(f"seeds must be 2 or more, or there is no interval, got {self.n_seeds}")
