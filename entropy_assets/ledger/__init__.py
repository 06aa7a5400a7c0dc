"""The append-only list of decisions of a dataset: the only truth.

`ledger/000001.json`, `ledger/000002.json`, … are created exclusively, one a decision. Each holds the
digest of the one before and what it changes; what a dataset is (its version, its live drops, the index
segments of its pool) is what the entries say together. `CURRENT` is a copy of the last word for readers.

What belongs here: candidates, entries, and who was first. What does not: how a decision is reached.
"""

from entropy_assets.ledger.book import HeadMoved, Ledger
from entropy_assets.ledger.candidate import (
    CHANGES,
    Action,
    Candidate,
    Word,
    drop_candidate,
    drop_of,
    order_of,
)
from entropy_assets.ledger.head import Head
from entropy_assets.ledger.model import Entry, Outcome, state_of
from entropy_assets.ledger.state import Change, State, Superseded

__all__ = [
    "CHANGES",
    "Action",
    "Candidate",
    "Change",
    "Entry",
    "Head",
    "HeadMoved",
    "Ledger",
    "Outcome",
    "State",
    "Superseded",
    "Word",
    "drop_candidate",
    "drop_of",
    "order_of",
    "state_of",
]
