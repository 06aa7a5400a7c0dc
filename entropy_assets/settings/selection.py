"""Settings of selection: which records of the pool a version holds."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import FixedTable, Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class SelectionSettings(Stage):
    """Which records of the pool a version holds."""

    TABLE: ClassVar[str] = "selection"

    selector: Annotated[
        Literal["zip", "zip_paper", "random", "length", "all"],
        Key("How records are picked: `zip`, `zip_paper`, `random`, `length` or `all`."),
    ] = "zip"
    codec: Annotated[
        Literal["zstd", "zlib"],
        Key("What `zip` measures with: `zstd` sees the whole selection, `zlib` the last 32 KiB of it."),
    ] = "zstd"
    noise_guard: Annotated[bool, Key("Whether `zip` refuses records that are no text.")] = True
    incremental: Annotated[
        bool,
        Key(
            "Whether for a drop of at most an eighth of the pool `zip` goes on from what it picked of the "
            "state that instruments are made on (`law.carried`), or chooses all anew. What a person orders "
            "is chosen anew, and so is everything beside `keep_list` or `source_shares`."
        ),
    ] = True
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
    n_candidates: Annotated[
        int,
        Key(
            "K1 of ZIP: how many records of lowest stored ratio are looked at each round; at least "
            "`n_shortlist`.",
            least=1,
        ),
    ] = 10_000
    n_shortlist: Annotated[
        int, Key("K2 of ZIP: how many of them go into the greedy step; at least `n_picks`.", least=1)
    ] = 200
    n_picks: Annotated[int, Key("K3 of ZIP: how many the greedy step picks.", least=1)] = 100

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: two budgets, `zip_paper` with constraints, rising K."""
        amounts = (self.budget_bytes, self.budget_records, self.budget_tokens)
        if amounts.count(0) < 2:
            yield "budget_bytes, budget_records and budget_tokens", "set one at a time", amounts
        if self.budget_tokens and not self.tokenizer:
            yield "tokenizer", "set where budget_tokens is", self.tokenizer
        constraints = [name for name in ("source_shares", "keep_list", "never_list") if getattr(self, name)]
        if self.selector == "zip_paper" and constraints:
            allowed = "unset with selector 'zip_paper', which gives the official picks"
            yield " and ".join(constraints), allowed, "set"
        ks = (self.n_candidates, self.n_shortlist, self.n_picks)
        if not ks[0] >= ks[1] >= ks[2]:
            yield "n_candidates, n_shortlist, n_picks", "falling", ks
