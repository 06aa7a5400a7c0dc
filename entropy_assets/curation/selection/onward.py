"""Going on from an earlier selection by `zip`, so that a pool that grew a little is not chosen from anew.

The head of the earlier ranking stays as it is, its tail is chosen again beside what is new, with the prices
that the earlier selection found. How long the tail is follows from how much is new. The earlier one may have
gone on itself; after `MOST_STEPS` of them, and once the pool is larger by `MOST_GROWN`, all is chosen anew.

What belongs here: what an earlier selection knows, and how much of it stays. What does not: which earlier one
(`candidate.choosing`), and the search (`zip_long`).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.curation.selection.contract import Prices, Selection
from entropy_assets.ids import column_of, searched

RELEASED, MIN_RELEASED = 2.0, 0.02
"""Share of the earlier picks that are chosen again: so many times the share of new records, and at least."""

MOST = 0.5
"""Share of the earlier picks that may be chosen again or be gone: beyond that all is chosen from nothing."""

MOST_STEPS, MOST_GROWN = 32, 0.25
"""Selections that go on one from the other, and records that come meanwhile, as a share, at most."""

_STORED = pl.Schema({"rank": pl.Int32, "gain": pl.Float64, "added": pl.Int32, "refused": pl.Boolean})

_SINCE = pl.Schema({"steps": pl.Int32, "begun": pl.Int64})
"""The same in each row."""


@dataclass(frozen=True)
class Earlier:
    """What an earlier selection by `zip` found of each record of its pool.

    Parameters
    ----------
    ids
        n ids, sorted.
    rank
        (n,) int64, place in the order of choice, -1 for a record that was not picked.
    gain
        (n,) float64, score of a pick, NaN elsewhere.
    added
        (n,) int64, bytes that it added when it was last looked at.
    refused
        (n,) bool, whether the noise guard refused it.
    steps
        How many selections lie between it and the one from nothing that it goes back to; 0: it is that one.
    begun
        Records that the one from nothing was chosen from.
    """

    ids: Sequence[str]
    rank: np.ndarray
    gain: np.ndarray
    added: np.ndarray
    refused: np.ndarray
    steps: int
    begun: int

    @classmethod
    def of(cls, ids: Sequence[str], made: Selection, head: "Head | None" = None) -> "Earlier":
        """Return what a selection by `zip` found.

        Parameters
        ----------
        ids
            Ids of the records that it was made from, sorted.
        made
            The selection.
        head
            What it went on from; None: it was made from nothing.
        """
        n = len(ids)
        rank, gain, refused = np.full(n, -1, np.int64), np.full(n, np.nan), np.zeros(n, bool)
        rank[made.ranking], gain[made.ranking] = np.arange(len(made.ranking)), made.gains
        refused[made.refused] = True
        assert made.added is not None, "`zip` tells prices"
        steps, begun = (0, n) if head is None else (head.steps + 1, head.begun)
        return cls(ids, rank, gain, made.added, refused, steps, begun)

    def to_bytes(self) -> bytes:
        """Return all but the ids."""
        columns = {name: getattr(self, name) for name in _STORED}
        since = [pl.lit(getattr(self, name), kind).alias(name) for name, kind in _SINCE.items()]
        buffer = io.BytesIO()
        pl.DataFrame(columns).cast(_STORED).with_columns(since).write_parquet(buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, ids: Sequence[str], data: bytes) -> "Earlier":
        """Return what `to_bytes` kept, of records with these ids."""
        stored = pl.read_parquet(data)
        rank, added = (stored[name].to_numpy().astype(np.int64) for name in ("rank", "added"))
        steps, begun = (stored[name].to_list()[0] if len(stored) else 0 for name in _SINCE)
        return cls(ids, rank, stored["gain"].to_numpy(), added, stored["refused"].to_numpy(), steps, begun)


@dataclass(frozen=True)
class Head:
    """What of an earlier selection stays in that from another pool of n records.

    Parameters
    ----------
    keep
        (k,) int64, places of the picks that stay, in their order.
    gains
        (k,) float64, their scores.
    refused
        (r,) int64, places of what was refused, ascending.
    added
        (n,) int64, known prices, -1 for a record that was not in the earlier pool.
    steps, begun
        As in `Earlier`, of the earlier selection.
    """

    keep: np.ndarray
    gains: np.ndarray
    refused: np.ndarray
    added: np.ndarray
    steps: int
    begun: int

    @property
    def new(self) -> np.ndarray:
        """Places of the records that the earlier pool does not have: (m,) int64, ascending."""
        return np.flatnonzero(self.added < 0)

    def prices(self, alone: np.ndarray) -> Prices:
        """Return the prices that a selection begins with.

        Parameters
        ----------
        alone
            (m,) int64, what each of the `new` records costs alone.
        """
        added = self.added.copy()
        added[self.new] = alone
        return Prices(added, self.added >= 0)


def head_of(earlier: Earlier, ids: Sequence[str], sizes: np.ndarray, most: int) -> Head | None:
    """Return what of an earlier selection stays in one from the records with other ids; None for too little.

    A pick that is no longer there leaves no gap that anybody sees: the others keep their prices, which may
    then be a little too low.

    Parameters
    ----------
    earlier
        The earlier selection.
    ids
        n ids, sorted.
    sizes
        (n,) int64, what each takes from the budget.
    most
        The budget: the head takes at most the share of it that is not chosen again.
    """
    places = _places(ids, earlier.ids)
    known = places[0] >= 0
    added = np.full(len(ids), -1, np.int64)
    added[known] = earlier.added[places[0][known]]
    n_new = len(ids) - int(known.sum())
    released = max(RELEASED * n_new / max(len(earlier.ids), 1), MIN_RELEASED)
    is_far = earlier.steps >= MOST_STEPS or len(ids) > (1 + MOST_GROWN) * earlier.begun
    if released > MOST or is_far:
        return None
    picked = np.flatnonzero(earlier.rank >= 0)
    order = picked[np.argsort(earlier.rank[picked])]
    order = order[: int((1 - released) * len(order))]
    order = order[places[1][order] >= 0]
    keep = places[1][order]
    stay = int(np.searchsorted(np.cumsum(sizes[keep]), (1 - released) * most, side="right"))
    if stay < (1 - MOST) * len(picked):
        return None
    refused = places[1][np.flatnonzero(earlier.refused)]
    gains, refused = earlier.gain[order][:stay], np.sort(refused[refused >= 0])
    return Head(keep[:stay], gains, refused, added, earlier.steps, earlier.begun)


def _places(ids: Sequence[str], others: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return where each of `ids` stands among the others, and the other way round; -1 for nowhere.

    >>> [found.tolist() for found in _places(["a", "c", "d"], ["b", "c"])]
    [[-1, 1, -1], [-1, 1]]
    """
    found, back = np.full(len(ids), -1, np.int64), np.full(len(others), -1, np.int64)
    place, is_there = searched(column_of(ids), column_of(others))
    found[is_there] = place[is_there]
    back[place[is_there]] = np.flatnonzero(is_there)
    return found, back
