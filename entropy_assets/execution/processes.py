"""Spawned processes of this machine, and what happens when one of them dies.

Each process has a thread here that hands it one piece of work after the other. Nothing is between them but
a pipe of their own, so that a process that is killed in the middle of anything takes its piece alone with it.
(`concurrent.futures` lets them share queues and locks: a death breaks them all, and may leave it waiting.)

What belongs here: `Processes`. What does not: which stages use it.
"""

import contextlib
import os
import pickle
import signal
import tempfile
import threading
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from multiprocessing import Pipe, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from entropy_assets.errors import WorkerLost
from entropy_assets.execution.contract import (
    START_SECONDS,
    Cost,
    Executor,
    Shared,
    Taken,
    checked_workers,
    in_flight,
)
from entropy_assets.temporary import written_to

S = TypeVar("S")
T = TypeVar("T")
V = TypeVar("V")

PIECE_SECONDS = 0.1
"""Cheap items go to a process together, so many that they cost about this much."""

MAX_LOSSES = 3
"""Times that one piece of work may lose its worker."""

_STARTING = threading.Lock()


class Processes(Executor):
    """Spawned processes, for Python that computes. Each has one thread of polars.

    They start with the first map that costs more than `START_SECONDS` and serve all later ones. A process
    that dies is replaced, and what it had is done again. None outlives this process, however that ends.
    Scripts need the guard ``if __name__ == "__main__"``.

    Parameters
    ----------
    workers
        How many processes, 1 or more.

    Raises
    ------
    InvalidParameter
        `workers` is below 1.
    """

    def __init__(self, workers: int) -> None:
        self.workers = checked_workers(workers)
        self._threads: ThreadPoolExecutor | None = None
        self._mine = threading.local()  # of a thread: its process and the pipe to it
        self._started: list[tuple[BaseProcess, Connection]] = []
        self._is_ended = False
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def share(self, value: V) -> Shared[V]:
        """Return a handle for a value: it is written once, and read once by each worker that asks for it."""
        return Shared(value, self._keep)

    def _keep(self, data: bytes) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="entropy-assets-")
        path = Path(self._folder.name) / f"{uuid.uuid4().hex}.pickle"
        with written_to(path):
            path.write_bytes(data)
        return path

    def map(self, fn: Callable[[S], T], items: Iterable[S], cost: Cost[S] = START_SECONDS) -> Iterator[T]:
        """Yield `fn` of each item; see `Executor.map`.

        At most two pieces a worker and one are in flight: each is an item, or cheap ones together.

        Raises
        ------
        WorkerLost
            One piece lost its worker `MAX_LOSSES` times.
        """
        taken = Taken(items)
        first: list[S] = []
        if self._threads is None:
            first, is_little = _first_items(taken, cost)
            if is_little:
                yield from map(fn, first)
                taken.raise_failure()
                return
            self._threads = ThreadPoolExecutor(self.workers)
        call, threads = self._call, self._threads

        def pieces() -> Iterator[list[S]]:
            yield from _pieces(chain(first, taken), cost)
            taken.raise_failure()

        answers = in_flight(
            lambda piece: threads.submit(call, _pickled((fn, piece))), pieces(), 2 * self.workers + 1
        )
        with contextlib.closing(answers):
            for answer in answers:
                results, failure = pickle.loads(answer)
                yield from results
                if failure is not None:
                    error, trace = failure
                    raise error from _InWorker(trace)

    def _call(self, piece: bytes) -> bytes:
        """Return what this thread's process answers to a piece of work."""
        for _ in range(MAX_LOSSES):
            process, pipe = self._process()
            try:
                pipe.send_bytes(piece)
                return pipe.recv_bytes()
            except (EOFError, OSError):
                del self._mine.process
                pipe.close()
                process.join()
        raise WorkerLost(
            f"a worker process ended {MAX_LOSSES} times before its piece of work was done, the last time "
            f"{_ending(process.exitcode)}: give the run more memory or fewer `workers`"
        )

    def _process(self) -> tuple[BaseProcess, Connection]:
        """Return this thread's process and the pipe to it, started where there is none."""
        if not hasattr(self._mine, "process"):
            context = get_context("spawn")
            here, there = Pipe()
            process = context.Process(target=_work, args=(there,), daemon=True)
            with _STARTING, _one_thread_each():
                if self._is_ended:
                    raise WorkerLost("the worker processes were ended: run it again")
                process.start()
                self._started.append((process, here))
            there.close()
            self._mine.process = process, here
        found: tuple[BaseProcess, Connection] = self._mine.process
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what waits and wait for what runs, but after Ctrl-C and the like end all at once."""
        if kind is not None and not issubclass(kind, Exception):
            with _STARTING:
                self._is_ended = True
                for process, _ in self._started:
                    process.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for process, pipe in self._started:
            pipe.close()  # at which a process ends
            process.join()
        if self._folder is not None:
            self._folder.cleanup()


class _InWorker(Exception):
    """Shows, as the cause of an error, where in the worker it was raised."""


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by signal {-code}, as when memory runs out"
    return f"with exit code {code}, as where a script has no `__main__` guard"


def _pickled(value: Any) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


def _seconds(cost: Cost[S], item: S) -> float:
    return cost(item) if callable(cost) else cost


def _first_items(items: Iterator[S], cost: Cost[S]) -> tuple[list[S], bool]:
    """Return the first items, and whether they are all and cost no more than starting a process."""
    first, total = [], 0.0
    for item in items:
        first.append(item)
        total += _seconds(cost, item)
        if total > START_SECONDS:
            return first, False
    return first, True


def _pieces(items: Iterable[S], cost: Cost[S]) -> Iterator[list[S]]:
    """Yield the items in pieces of about `PIECE_SECONDS`, one item at least."""
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


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that start in the block have one thread of polars, which asks when it is imported."""
    former = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        if former is None:
            del os.environ["POLARS_MAX_THREADS"]
        else:
            os.environ["POLARS_MAX_THREADS"] = former


def _work(pipe: Connection) -> None:
    """Answer one piece of work after the other, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process's parent
    if parent := parent_process():
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()
    with contextlib.suppress(EOFError):
        while True:
            pipe.send_bytes(_answer(pipe.recv_bytes()))


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _answer(piece: bytes) -> bytes:
    """Return the results of a piece up to its first item that fails, and that one's error and traceback."""
    results: list[Any] = []
    try:
        fn, items = pickle.loads(piece)
        _fill(results, fn, items)
        return _pickled((results, None))
    except Exception as error:
        told = _sendable(error), "".join(traceback.format_exception(error))
    try:
        return _pickled((results, told))
    except Exception:  # a result cannot be pickled: that is the error, and none of them arrives
        return _pickled(([], told))


def _fill(results: list[T], fn: Callable[[S], T], items: Sequence[S]) -> None:
    for item in items:
        results.append(fn(item))


def _sendable(error: Exception) -> Exception:
    """Return an error that arrives as itself, or in words where it cannot be unpickled."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
