"""What the command `select` was asked for.

What belongs here: the arguments, checked by their types alone. What does not: doing it (`select`).
"""

from dataclasses import dataclass, field
from pathlib import Path

from upath import UPath

from entropy_assets.curation.selection import Budget, ZipParams
from entropy_assets.settings import ScoringSettings
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class Task:
    """What the command was asked for.

    Parameters
    ----------
    pool, out
        File to pick from and file to write.
    selector, budget, params, codec, noise_guard, seed, workers
        As `curation.selection.select` takes them.
    keep, never
        Files with one id a line, of records that must and must not be picked.
    quotas
        ``SOURCE=AMOUNT`` each, in the unit of the budget.
    with_rejected
        Whether a preference is compressed with its rejected answer.
    compare
        Whether random, length and all are put beside the selection.
    scoring, options
        What scorers are handed, and the selector's parameters; None are those of `params`.
    tokenizer, sequence_length
        With a tokenizer, lengths are told in its tokens, and how they fill sequences of that length.
    """

    pool: Path
    out: Path
    selector: str
    budget: Budget
    params: ZipParams
    codec: str
    noise_guard: bool
    seed: int
    workers: int
    keep: Path | None
    never: Path | None
    quotas: list[str]
    with_rejected: bool
    compare: bool
    tokenizer: str | None
    sequence_length: int
    scoring: ScoringSettings = field(default_factory=ScoringSettings)
    options: Stage | None = None

    @property
    def state(self) -> UPath:
        """File in which the selection keeps its state until the result is written."""
        return UPath(self.out.absolute()).with_name(f"{self.out.name}.state")
