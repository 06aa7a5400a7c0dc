"""Pieces of work that travel: cheap items together, and the answer that comes back.

What belongs here: which items go together, and what a worker does with a piece. What does not: how a piece
reaches a worker, and what happens when that one is lost.
"""

import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeVar

from entropy_assets.execution.contract import START_SECONDS, Cost, Taken

S = TypeVar("S")
T = TypeVar("T")

PIECE_SECONDS = 0.1
"""Cheap items go to a worker together, so many that they cost about this much."""

MAX_LOSSES = 3
"""Times that one piece of work may lose its worker."""


class _InWorker(Exception):
    """Shows, as the cause of an error, where in the worker it was raised."""


def first_items(items: Iterator[S], cost: Cost[S]) -> tuple[list[S], bool]:
    """Return the first items, and whether they are all and cost no more than starting a worker."""
    first, total = [], 0.0
    for item in items:
        first.append(item)
        total += _seconds(cost, item)
        if total > START_SECONDS:
            return first, False
    return first, True


def pieces_of(fn: Callable[[S], T], first: Sequence[S], taken: Taken[S], cost: Cost[S]) -> Iterator[bytes]:
    """Yield pieces of work: the function with one item, or with cheap ones that cost `PIECE_SECONDS`."""
    for items in _together(chain(first, taken), cost):
        yield pickled((fn, items))
    taken.raise_failure()


def _together(items: Iterable[S], cost: Cost[S]) -> Iterator[list[S]]:
    piece: list[S] = []
    total = 0.0
    for item in items:
        piece.append(item)
        total += _seconds(cost, item)
        if total >= PIECE_SECONDS:
            yield piece
            piece, total = [], 0.0
    if piece:
        yield piece


def _seconds(cost: Cost[S], item: S) -> float:
    return cost(item) if callable(cost) else cost


def pickled(value: Any) -> bytes:
    """Return a value's bytes."""
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def results_in(answers: Iterable[bytes]) -> Iterator[Any]:
    """Yield the results in the answers to pieces; the error of an item is raised in its place."""
    for answer in answers:
        results, failure = pickle.loads(answer)
        yield from results
        if failure is not None:
            error, trace = failure
            raise error from _InWorker(trace)


def answer_to(piece: bytes) -> bytes:
    """Return the results of a piece up to its first item that fails, and that one's error and traceback."""
    results: list[Any] = []
    try:
        fn, items = pickle.loads(piece)
        for item in items:
            results.append(fn(item))  # one by one: those before an error are kept
        return pickled((results, None))
    except Exception as error:
        told = _sendable(error), "".join(traceback.format_exception(error))
    try:
        return pickled((results, told))
    except Exception:  # a result cannot be pickled: that is the error, and none of them arrives
        return pickled(([], told))


def _sendable(error: Exception) -> Exception:
    """Return an error that arrives as itself, or in words where it cannot be unpickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
