"""Where independent pieces of work run: in this process, on threads, or on processes, with the same results.

A stage maps a pure function over items, in their order, and knows nothing of where it runs. Items are paths,
settings and places; what many of them need is shared: it is sent to a worker once, and not with each item.

What belongs here: who computes, how much is in flight, and what happens when a worker is lost. What does
not: what is computed, and how items are cut: by rows in file order, never by worker.
"""

from entropy_assets.execution.contract import START_SECONDS, Cost, Executor, Inline, Shared
from entropy_assets.execution.pieces import MAX_LOSSES, PIECE_SECONDS
from entropy_assets.execution.processes import Processes
from entropy_assets.execution.threads import Threads

__all__ = [
    "MAX_LOSSES",
    "PIECE_SECONDS",
    "START_SECONDS",
    "Cost",
    "Executor",
    "Inline",
    "Processes",
    "Shared",
    "Threads",
    "processes",
]


def processes(workers: int) -> Executor:
    """Return an executor for Python that computes: with one worker this process, else so many others."""
    return Inline() if workers <= 1 else Processes(workers)
