"""The rule by which a budget is filled, with its quotas: one for all selectors.

What belongs here: what is left, and what may still be taken. What does not: in which order.
"""

from array import array

import numpy as np

from entropy_assets.curation.selection.contract import Request, Selection, as_selection
from entropy_assets.errors import InvalidParameter

FILLED_AT_ONCE = 100_000  # records whose numbers are objects of Python at a time


class Room:
    """What is left of a budget and its quotas, and which records may still be taken.

    Parameters
    ----------
    request
        Its keep list is taken at once, its never list is closed.

    Raises
    ------
    InvalidParameter
        The keep list does not fit into the budget or a quota.
    """

    def __init__(self, request: Request) -> None:
        self.weights = request.weights
        self.left = self._budget = request.total
        rules = request.constraints
        names = sorted(rules.quotas)
        place = {name: number for number, name in enumerate(names)}
        # The last quota is that of all other sources: none.
        self._quota_left = np.array([*(rules.quotas[name] for name in names), np.iinfo(np.int64).max])
        self._group = np.full(len(request.weights), len(names), np.int64)
        if names:
            self._group[:] = [place.get(source, len(names)) for source in rules.groups or ()]
        self.open = np.ones(len(request.weights), bool)
        self.open[list(rules.never)] = False
        for index in rules.keep:
            self.take(index)
        if self.left < 0 or self._quota_left.min() < 0:
            raise InvalidParameter(
                f"the keep list takes {self.taken} of a budget of {self._budget}, or more than the quota of "
                "its source: raise the budget and the quotas, or keep fewer"
            )

    @property
    def taken(self) -> int:
        """How much was taken, in the unit of the weights."""
        return self._budget - self.left

    def fitting(self) -> np.ndarray:
        """Return the ascending indices of all records that may be taken now: (m,) int64."""
        return np.flatnonzero(self.open & self.fits(slice(None)))

    def fits(self, indices: np.ndarray | slice) -> np.ndarray:
        """Return whether each of `indices` fits into what is left: (m,) bool."""
        weights = self.weights[indices]
        result: np.ndarray = weights <= self.left
        if len(self._quota_left) > 1:
            result &= weights <= self._quota_left[self._group[indices]]
        return result

    def take(self, index: int) -> None:
        """Take one record: it is closed, and counts."""
        self.open[index] = False
        self.left -= int(self.weights[index])
        self._quota_left[self._group[index]] -= self.weights[index]

    def fill(self, order: np.ndarray) -> "array[int]":
        """Take what fits of `order` (n,) in its order, and return it.

        One rule for all: a record that does not fit into what is left is passed over, and the scan
        goes on.
        """
        taken = array("q")
        for start in range(0, len(order), FILLED_AT_ONCE):
            piece = order[start : start + FILLED_AT_ONCE]
            # What does not fit now never will.
            for index in piece[self.open[piece] & self.fits(piece)].tolist():
                if self.weights[index] <= min(self.left, self._quota_left[self._group[index]]):
                    self.take(index)
                    taken.append(index)
        return taken


def filled(request: Request, order: np.ndarray, scores: np.ndarray, selector: str) -> Selection:
    """Return the kept records and as much of `order` as the budget holds.

    Parameters
    ----------
    request
        Budget and constraints.
    order
        (m,) int64, records in the order in which they are taken.
    scores
        (n,) float64, the gain of each record.
    selector
        Name of the selector.
    """
    room = Room(request)
    kept = list(request.constraints.keep)
    ranking = room.fill(order)
    gains = [*([np.nan] * len(kept)), *scores[ranking].tolist()]
    request.tell(room.taken)
    return as_selection([*kept, *ranking], gains, selector)
