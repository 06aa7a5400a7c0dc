"""Settings of selection: which records of the pool a version holds."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from entropy_assets.settings.declared import FixedTable, Key
from entropy_assets.settings.selectors import SELECTORS, SelectorName, ZipKeys
from entropy_assets.settings.stage import Stage, with_tables


@dataclass(frozen=True)
class _Choice(Stage):
    """Which selector, under which budget and lists."""

    TABLE: ClassVar[str] = "selection"

    selector: Annotated[
        SelectorName,
        Key(f"How records are picked: {', '.join(f'`{name}`' for name in SELECTORS)}."),
    ] = "zip"
    fallback: Annotated[
        Literal["", "random"],
        Key(
            "What picks in place of the selector where the held-out loss of its picks is above that of their "
            "random control, beyond the 95 % interval over held-out records: `random`, or empty for nothing."
        ),
    ] = ""
    with_rejected: Annotated[
        bool,
        Key(
            "Whether a preference is compressed as prompt, chosen and rejected, or without the "
            "rejected answer."
        ),
    ] = False
    budget_share: Annotated[
        float,
        Key(
            "Fraction of the pool's bytes that is picked; used while no other budget is set.",
            "fraction",
            above=0,
            most=1,
        ),
    ] = 0.5
    budget_bytes: Annotated[int, Key("Bytes that are picked; 0 means not set.", "bytes", least=0)] = 0
    budget_records: Annotated[int, Key("Records that are picked; 0 means not set.", least=0)] = 0
    budget_tokens: Annotated[
        int, Key("Tokens that are picked; 0 means not set. Needs `tokenizer`.", "tokens", least=0)
    ] = 0
    tokenizer: Annotated[
        str,
        Key(
            "A `tokenizer.json`, or a name on a model hub; with one, a selection's lengths are told in "
            "tokens."
        ),
    ] = ""
    sequence_length: Annotated[
        int, Key("Tokens of a training sequence, for which packing is told.", least=1)
    ] = 2048
    source_shares: Annotated[
        dict[str, float],
        Key(
            "Source -> the largest fraction of the budget that its records may take.",
            "fraction",
            least=0,
            most=1,
        ),
    ] = field(default_factory=FixedTable)
    keep_list: Annotated[
        str,
        Key("File beside entropy.toml with one row id a line: these records are always picked, first."),
    ] = ""
    never_list: Annotated[
        str, Key("File beside entropy.toml with one row id a line: these records are never picked.")
    ] = ""


@dataclass(frozen=True)
@with_tables({name: selector.params for name, selector in SELECTORS.items()})
class SelectionSettings(ZipKeys, _Choice):
    """Which records of the pool a version holds."""

    @property
    def picks_follow_from(self) -> dict[str, Any]:
        """What picks of a selector follow from: all but what takes its place."""
        return {name: value for name, value in asdict(self).items() if name != "fallback"}

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: two budgets, `zip_paper` with constraints, no file, rising K."""
        amounts = (self.budget_bytes, self.budget_records, self.budget_tokens)
        if amounts.count(0) < 2:
            yield "budget_bytes, budget_records and budget_tokens", "set one at a time", amounts
        if self.budget_tokens and not self.tokenizer:
            yield "tokenizer", "set where budget_tokens is", self.tokenizer
        constraints = [name for name in ("source_shares", "keep_list", "never_list") if getattr(self, name)]
        if not SELECTORS[self.selector].constrained and constraints:
            allowed = f"unset with selector {self.selector!r}, which gives the official picks"
            yield " and ".join(constraints), allowed, "set"
        if self.selector == "scores" and not getattr(self.table("scores"), "scores", ""):
            yield "scores.scores", "a file with selector 'scores'", ""
        if self.fallback == self.selector:
            yield "fallback", f"another one than selector {self.selector!r}, or empty", self.fallback
        ks = (self.n_candidates, self.n_shortlist, self.n_picks)
        if not ks[0] >= ks[1] >= ks[2]:
            yield "n_candidates, n_shortlist, n_picks", "falling", ks
