"""What every selector takes and gives: budget, parameters, result.

What belongs here: the types that selectors share and the rule by which a budget is filled in a given
order. What does not: how a ranking is found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np

from entropy_assets.errors import InvalidParameter

Unit = Literal["bytes", "records"]
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
        "bytes" counts the bytes of the texts themselves, without separators; "records" counts texts.

    Raises
    ------
    InvalidParameter
        The amount is not a positive integer, or the unit is unknown.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not _is_count(self.amount):
            raise InvalidParameter(f"budget amount must be an integer above 0, got {self.amount!r}")
        if self.unit not in get_args(Unit):
            raise InvalidParameter(
                f"budget unit {self.unit!r} is unknown: choose one of {', '.join(get_args(Unit))}"
            )

    def weights(self, texts: Sequence[bytes]) -> np.ndarray:
        """Return what each text takes from the budget: (n,) int64, bytes or ones."""
        if self.unit == "records":
            return np.ones(len(texts), np.int64)
        return np.fromiter(map(len, texts), np.int64, len(texts))


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
        for field in fields(self):
            value = getattr(self, field.name)
            if not _is_count(value):
                raise InvalidParameter(f"{field.name} must be an integer above 0, got {value!r}")
        if not self.n_candidates >= self.n_shortlist >= self.n_picks:
            raise InvalidParameter(
                "n_candidates >= n_shortlist >= n_picks must hold, got "
                f"{self.n_candidates}, {self.n_shortlist}, {self.n_picks}"
            )


@dataclass(frozen=True)
class Selection:
    """An ordered pick from a pool.

    Parameters
    ----------
    ranking
        (m,) int64, indices into the pool in order of choice.
    gains
        (m,) float64, one score a pick; each selector says what it is.
    selector
        Name of the selector, a key of `SELECTORS`.
    """

    ranking: np.ndarray
    gains: np.ndarray
    selector: str


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def fill_budget(order: np.ndarray, weights: np.ndarray, budget: int) -> np.ndarray:
    """Return the part of `order` that fits into `budget`, in its order.

    One rule for all: a record that does not fit into what is left is passed over, and the scan goes on.

    Parameters
    ----------
    order
        (n,) int64, indices in order of preference.
    weights
        (n,) int64, what each record takes from the budget, not negative.
    budget
        In the unit of `weights`.

    Returns
    -------
    np.ndarray
        (m,) int64.

    >>> fill_budget(np.array([2, 0, 1]), np.array([3, 1, 5]), 7).tolist()
    [2, 1]
    """
    taken, left = [], budget
    for index, weight in zip(order.tolist(), weights[order].tolist(), strict=True):
        if weight <= left:
            taken.append(index)
            left -= weight
    return np.array(taken, np.int64)


def as_selection(ranking: Sequence[int], gains: Sequence[float], selector: str) -> Selection:
    """Return a `Selection` with arrays of the promised types."""
    return Selection(np.array(ranking, np.int64), np.array(gains, np.float64), selector)
