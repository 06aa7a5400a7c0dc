"""What an executor promises, the one that does everything itself, and values that are shared.

What belongs here: `Executor`, `Inline`, `Shared`, and what all executors do with their items. What does not:
threads and processes.
"""

import pickle
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, wait
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from entropy_assets.errors import InvalidParameter

S = TypeVar("S")
T = TypeVar("T")
V = TypeVar("V")

START_SECONDS = 1.0
"""What a process costs before it works: work that costs no more than this does not start one."""

_LOOK_SECONDS = 0.2

Cost = float | Callable[[S], float]
"""Seconds of one core that an item takes, about: one number for all, or a function of the item."""

Kept = tuple[Callable[[str], "Shared[Any]"], str]
"""How a worker gets a shared value: a function, and the name under which it was kept."""


class Shared(Generic[V]):
    """A value that many items need; it is picklable wherever the executor that shared it sends items.

    Parameters
    ----------
    value
        The value; it must not change once it is shared.
    keep
        Puts the value's bytes where all workers read them; None where no worker has a memory of its own.
    """

    def __init__(self, value: V, keep: Callable[[bytes], Kept] | None = None) -> None:
        self._value, self._keep = value, keep
        self._kept: Kept | None = None

    @property
    def value(self) -> V:
        """The value."""
        return self._value

    def __reduce__(self) -> tuple[Callable[[str], "Shared[Any]"], tuple[str]]:
        if self._keep is None:
            raise pickle.PicklingError("share this value with the executor that sends the items")
        if self._kept is None:
            self._kept = self._keep(pickle.dumps(self._value, pickle.HIGHEST_PROTOCOL))
        receive, name = self._kept
        return receive, (name,)


class Executor(ABC):
    """Maps functions over items; a context manager, at whose end its workers end."""

    workers: int
    """How many work at once, 1 or more."""

    @abstractmethod
    def map(self, fn: Callable[[S], T], items: Iterable[S], cost: Cost[S] = START_SECONDS) -> Iterator[T]:
        """Yield `fn` of each item, in the items' order: the same for any executor.

        Parameters
        ----------
        fn
            Pure: it may run twice where a worker is lost. For processes it is picklable, as are its results.
        items
            Taken one by one; a bounded number of them is in flight. An error of theirs comes after the
            results of the items before it.
        cost
            See `Cost`. It decides where an item runs and never what comes out.

        Yields
        ------
        T
            The results; an error that `fn` raises comes in its item's place.
        """

    def share(self, value: V) -> Shared[V]:
        """Return a handle for a value that many items need: it is sent to each worker once, at most."""
        return Shared(value)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the workers."""
        return


class Inline(Executor):
    """Everything in this process, one item after the other, when its result is asked for."""

    workers = 1

    def map(self, fn: Callable[[S], T], items: Iterable[S], cost: Cost[S] = START_SECONDS) -> Iterator[T]:
        """Yield `fn` of each item; see `Executor.map`."""
        yield from map(fn, items)


def in_flight(submit: Callable[[S], Future[T]], items: Iterable[S], ahead: int) -> Generator[T, None, None]:
    """Yield the results of what `submit` returns, in order, with so many items in flight."""
    pending: deque[Future[T]] = deque()
    taken = Taken(items)
    try:
        for item in taken:
            pending.append(submit(item))
            if len(pending) >= ahead:
                yield _result(pending.popleft())
        while pending:
            yield _result(pending.popleft())
        taken.raise_failure()
    finally:
        for future in pending:
            future.cancel()


def _result(future: Future[T]) -> T:
    """Return a result. A signal may reach another thread, and this one acts on it when it wakes up."""
    while not wait([future], timeout=_LOOK_SECONDS).done:
        pass
    return future.result()


class Taken(Generic[S]):
    """Items, whose error is kept until it is asked for."""

    def __init__(self, items: Iterable[S]) -> None:
        self._items = iter(items)
        self._failure: Exception | None = None

    def __iter__(self) -> Iterator[S]:
        return self

    def __next__(self) -> S:
        try:
            return next(self._items)
        except StopIteration:
            raise
        except Exception as failure:
            self._failure = failure
            raise StopIteration from failure

    def raise_failure(self) -> None:
        """Raise the items' error, where there was one."""
        if self._failure is not None:
            raise self._failure


def checked_workers(workers: int) -> int:
    """Return a number of workers, or refuse it.

    Raises
    ------
    InvalidParameter
        It is below 1.
    """
    if type(workers) is not int or workers < 1:
        raise InvalidParameter(f"workers must be a whole number of at least 1, got {workers!r}")
    return workers
