"""What every selector takes and gives: budget, parameters, request, result.

What belongs here: the types that selectors share. What does not: the rule by which a budget is filled
(`room`), and how a ranking is found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Literal, Protocol, get_args

import numpy as np

from entropy_assets.curation.selection.tokens import count_tokens
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.scorers import Nothing
from entropy_assets.settings.stage import Stage
from entropy_assets.texts import sizes_of

Unit = Literal["bytes", "records", "tokens"]
Progress = Callable[[int, int], None]
"""Called as progress(done, total), both in the unit of the budget; done never exceeds total."""


@dataclass(frozen=True)
class Budget:
    """How much a selection may hold.

    Parameters
    ----------
    amount
        Size of the selection in `unit`, above 0.
    unit
        "bytes" counts the bytes of the texts themselves, without separators; "records" counts texts;
        "tokens" counts what a tokenizer makes of them.
    tokenizer
        Which one, for "tokens" alone: a `tokenizer.json`, or a name on a model hub.

    Raises
    ------
    InvalidParameter
        The amount is not a positive integer, the unit is unknown, or unit and tokenizer do not agree.
    """

    amount: int
    unit: Unit
    tokenizer: str | None = None

    def __post_init__(self) -> None:
        if not _is_count(self.amount):
            raise InvalidParameter(f"budget amount must be an integer above 0, got {self.amount!r}")
        if self.unit not in get_args(Unit):
            raise InvalidParameter(
                f"budget unit {self.unit!r} is unknown: choose one of {', '.join(get_args(Unit))}"
            )
        if (self.unit == "tokens") != (self.tokenizer is not None):
            raise InvalidParameter(
                f"a budget in tokens names a tokenizer, and no other does: got unit {self.unit!r} and "
                f"tokenizer {self.tokenizer!r}"
            )

    def weights(self, texts: Sequence[bytes]) -> np.ndarray:
        """Return what each text takes from the budget: (n,) int64, bytes, ones or tokens."""
        if self.unit == "records":
            return np.ones(len(texts), np.int64)
        if self.tokenizer is not None:
            return count_tokens(texts, self.tokenizer)
        return sizes_of(texts)


@dataclass(frozen=True)
class ZipParams:
    """Sizes of ZIP's three stages, with the paper's defaults (arXiv 2407.06645, Algorithm 1).

    Parameters
    ----------
    n_candidates
        K1, records measured against the selection in each round.
    n_shortlist
        K2, records that go on to the greedy stage; at most K1.
    n_picks
        K3, records chosen in each round; at most K2.

    Raises
    ------
    InvalidParameter
        A size is not a positive integer, or K1 >= K2 >= K3 does not hold.
    """

    n_candidates: int = 10_000
    n_shortlist: int = 200
    n_picks: int = 100

    def __post_init__(self) -> None:
        for size in fields(self):
            value = getattr(self, size.name)
            if not _is_count(value):
                raise InvalidParameter(f"{size.name} must be an integer above 0, got {value!r}")
        if not self.n_candidates >= self.n_shortlist >= self.n_picks:
            raise InvalidParameter(
                "n_candidates >= n_shortlist >= n_picks must hold, got "
                f"{self.n_candidates}, {self.n_shortlist}, {self.n_picks}"
            )


@dataclass(frozen=True)
class Constraints:
    """What a selection must, must not and may hold beside its budget.

    Parameters
    ----------
    keep
        Indices of records that are picked first, in this order, and count.
    never
        Indices of records that are not picked.
    groups
        Source of each record, needed for quotas alone.
    quotas
        Source -> at most so much of the budget, in its unit; a source that is not named has no quota.
    """

    keep: Sequence[int] = ()
    never: Sequence[int] = ()
    groups: Sequence[str] | None = None
    quotas: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(len(self.keep) or len(self.never) or self.quotas)


@dataclass(frozen=True)
class Prices:
    """What records cost, as an earlier selection or a pass over each alone found it.

    Parameters
    ----------
    added
        (n,) int64, bytes that each record adds when it is compressed.
    knows_keep
        (n,) bool, whether that is beside the keep list; else it is of the record alone.
    """

    added: np.ndarray
    knows_keep: np.ndarray

    @classmethod
    def alone(cls, added: np.ndarray) -> "Prices":
        """Return the prices of records that were each compressed alone."""
        return cls(added, np.zeros(len(added), bool))


class RoundStore(Protocol):
    """Where a selector commits its state from time to time, and finds it again."""

    def is_due(self) -> bool:
        """Return whether enough time has gone by since the last `save` that another is worth its cost."""

    def load(self) -> dict[str, np.ndarray] | None:
        """Return the arrays that were saved last, None where there are none."""

    def save(self, arrays: dict[str, np.ndarray]) -> None:
        """Keep arrays in the place of those before, whole or not at all."""


@dataclass(frozen=True)
class Request:
    """What is asked of a selector; made by `select`, which checks it.

    Parameters
    ----------
    texts
        n canonical texts; a selector reads those that it looks at.
    weights
        (n,) int64, what each takes from the budget.
    budget
        In the unit of `weights`.
    params
        Stages of "zip" and "zip_paper".
    constraints
        Keep, never and quotas.
    codec
        What "zip" measures with: "zstd" or "zlib".
    noise_guard
        Whether "zip" refuses records that are no text.
    seed
        Seed of "random".
    workers
        Number of threads, at least 1; the result does not depend on it.
    progress
        Called when the first round can begin, and after each round.
    store
        Where the state of "zip" and "zip_paper" is kept.
    prices
        What "zip" need not find out first, None where it must.
    selector
        Name of the selector.
    options
        Parameters of the class that its entry names, but for those of "zip".
    scores
        (n,) float64, the score of each record, NaN where it has none; None where the selector needs none.
    vectors
        (n, d) float32 of length 1 or 0; None where the selector needs none.
    """

    texts: Sequence[bytes]
    weights: np.ndarray
    budget: int
    params: ZipParams
    constraints: Constraints
    codec: str
    noise_guard: bool
    seed: int
    workers: int
    progress: Progress | None
    store: RoundStore | None
    prices: Prices | None = None
    selector: str = ""
    options: Stage = field(default_factory=Nothing)
    scores: np.ndarray | None = None
    vectors: np.ndarray | None = None

    @property
    def scores_of_all(self) -> np.ndarray:
        """The scores, an infinite one as NaN: (n,) float64."""
        assert self.scores is not None, "`select` has checked it"
        scores: np.ndarray = np.where(np.isfinite(self.scores), self.scores, np.nan).astype(np.float64)
        return scores

    @property
    def total(self) -> int:
        """The budget, or all there is where that is less."""
        return min(self.budget, int(self.weights.sum()))

    def tell(self, done: int) -> None:
        """Report progress, in the unit of the budget."""
        if self.progress is not None:
            self.progress(min(done, self.total), self.total)


@dataclass(frozen=True)
class Selection:
    """An ordered pick from a pool.

    Parameters
    ----------
    ranking
        (m,) int64, indices into the pool in order of choice.
    gains
        (m,) float64, one score a pick; each selector says what it is. NaN: kept by request, or not scored.
    selector
        Name of the selector, a key of `SELECTORS`.
    refused
        (r,) int64, indices of records that the noise guard refused, ascending.
    added
        (n,) int64 of "zip": bytes that each record of the pool added when it was last looked at.
    """

    ranking: np.ndarray
    gains: np.ndarray
    selector: str
    refused: np.ndarray = field(default_factory=lambda: np.array([], np.int64))
    added: np.ndarray | None = None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def as_selection(
    ranking: Sequence[int],
    gains: Sequence[float],
    selector: str,
    refused: np.ndarray | None = None,
    added: np.ndarray | None = None,
) -> Selection:
    """Return a `Selection` with arrays of the promised types."""
    none = np.array([], np.int64)
    return Selection(
        np.array(ranking, np.int64),
        np.array(gains, np.float64),
        selector,
        none if refused is None else refused,
        added,
    )
