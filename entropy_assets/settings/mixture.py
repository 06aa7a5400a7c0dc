"""Settings of the mixture of domains: which share of the budget each source may take."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import FixedTable, Key
from entropy_assets.settings.stage import Stage

_TOLERANCE = 1e-9

UnitName = Literal["bpe", "words", "bytes"]

MethodName = Literal[
    "natural",
    "uniform",
    "given",
    "entropy:shannon",
    "entropy:joint",
    "entropy:conditional",
    "entropy:von_neumann",
    "fitted",
]

METHODS: dict[str, str] = {
    "natural": "as there is of each source",
    "uniform": "as much of each source",
    "given": "the given shares",
    "entropy:shannon": "by the entropy of tokens",
    "entropy:joint": "by that of adjacent pairs",
    "entropy:conditional": "by that of a token after the one before it, which the paper recommends",
    "entropy:von_neumann": "by that of the texts' vectors",
    "fitted": "the lowest loss by a law that is fitted on probe runs",
}
"""Method -> what it gives."""


@dataclass(frozen=True)
class MixtureSettings(Stage):
    """Which share of the budget of a selection each source may take."""

    TABLE: ClassVar[str] = "mixture"

    method: Annotated[
        MethodName,
        Key(
            "Where the shares of the sources come from: `natural` limits nothing; "
            + "; ".join(f"`{name}`: {about}" for name, about in METHODS.items() if name != "natural")
            + ". `source_shares` of `[selection]` are upper limits of it."
        ),
    ] = "natural"
    unit: Annotated[
        UnitName,
        Key("What entropies are counted in: tokens of a `bpe` trained on the first drop, words, bytes."),
    ] = "bpe"
    given: Annotated[
        dict[str, float],
        Key("Source -> wanted share, for the method `given`, and before for `untouched`.", least=0),
    ] = field(default_factory=FixedTable)
    floors: Annotated[
        dict[str, float],
        Key("Source -> least fraction of the budget.", "fraction", least=0, most=1),
    ] = field(default_factory=FixedTable)
    max_divergence: Annotated[
        float, Key("Most nats from the natural mixture; 0 means no limit.", "nats", least=0)
    ] = 0.0
    runs: Annotated[
        str,
        Key(
            "File beside entropy.toml with a probe run a line, for `fitted`, as the step "
            "`mixture_law` makes it."
        ),
    ] = ""
    untouched: Annotated[
        tuple[str, ...],
        Key("Sources that keep their proportions to each other as in `given`: a law treats them as one."),
    ] = ()
    target_bytes: Annotated[
        int,
        Key(
            "Bytes of the training that a mixture is for; 0 means those of the pool's training records.",
            least=0,
        ),
    ] = 0
    swarm_mixtures: Annotated[int, Key("Mixtures that `mixture_law` trains probes on.", least=2)] = 8
    swarm_bytes: Annotated[
        int,
        Key("Training bytes of its longest probes; others have a half, a quarter, an eighth.", least=1024),
    ] = 131_072
    matched: Annotated[
        bool,
        Key("Whether its probes repeat each source as often as the target training would."),
    ] = True

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: a method without what it needs, floors above 1, no shares."""
        if (least := math.fsum(self.floors.values())) > 1 + _TOLERANCE:
            yield "floors", "fractions that add up to 1 at most", round(least, 9)
        if self.method == "given" and not any(self.given.values()):
            yield "given", "shares of sources with method 'given'", {}
        if self.method == "fitted" and not self.runs:
            yield "runs", "a file with method 'fitted'", ""
        if missing := [name for name in self.untouched if not self.given.get(name)]:
            yield "given", f"a share of each source that is untouched, of {missing[0]!r} too", {}
