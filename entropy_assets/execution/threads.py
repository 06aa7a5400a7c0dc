"""Threads of this process.

What belongs here: `Threads`. What does not: work that holds Python's lock, which is for `processes`.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

from entropy_assets.execution.contract import START_SECONDS, Cost, Executor, checked_workers, in_flight

S = TypeVar("S")
T = TypeVar("T")


class Threads(Executor):
    """Threads of this process, for work that leaves Python's lock: compression, hashing, frames, torch.

    Functions may be closures, and nothing is copied. With one worker no thread is started.

    Parameters
    ----------
    workers
        How many threads, 1 or more.
    ahead
        Items in flight, 1 or more; by default two a worker and one.
    start
        Is called by each thread first.

    Raises
    ------
    InvalidParameter
        `workers` is below 1.
    """

    def __init__(
        self, workers: int, *, ahead: int | None = None, start: Callable[[], None] | None = None
    ) -> None:
        self.workers = checked_workers(workers)
        self._ahead = 2 * workers + 1 if ahead is None else ahead
        self._pool = ThreadPoolExecutor(workers, initializer=start)  # a thread starts with its first item

    def map(self, fn: Callable[[S], T], items: Iterable[S], cost: Cost[S] = START_SECONDS) -> Iterator[T]:
        """Yield `fn` of each item; see `Executor.map`. What an item costs does not matter."""
        if self.workers == 1:
            yield from map(fn, items)
        else:
            yield from in_flight(lambda item: self._pool.submit(fn, item), items, self._ahead)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what runs, drop what waits."""
        self._pool.shutdown(cancel_futures=True)
