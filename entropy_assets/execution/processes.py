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
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
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
    Kept,
    Shared,
    Taken,
    checked_workers,
    in_flight,
)
from entropy_assets.execution.pieces import MAX_LOSSES, answer_to, first_items, pieces_of, results_in
from entropy_assets.temporary import temporary_folder, written_to

S = TypeVar("S")
T = TypeVar("T")
V = TypeVar("V")

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
        self._kept = contextlib.ExitStack()
        self._folder: Path | None = None

    def share(self, value: V) -> Shared[V]:
        """Return a handle for a value: it is written once, and read once by each worker that asks for it."""
        return Shared(value, self._keep)

    def _keep(self, data: bytes) -> Kept:
        if self._folder is None:
            self._folder = self._kept.enter_context(temporary_folder())
        path = self._folder / f"{uuid.uuid4().hex}.pickle"
        with written_to(path):
            path.write_bytes(data)
        return _received, str(path)

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
            first, is_little = first_items(taken, cost)
            if is_little:
                yield from map(fn, first)
                taken.raise_failure()
                return
            self._threads = ThreadPoolExecutor(self.workers)
        call, threads = self._call, self._threads
        pieces = pieces_of(fn, first, taken, cost)
        answers = in_flight(lambda piece: threads.submit(call, piece), pieces, 2 * self.workers + 1)
        with contextlib.closing(answers):
            yield from results_in(answers)

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
        self._kept.close()
        self._folder = None


_RECEIVED: dict[str, Shared[Any]] = {}
"""What this worker has received, by path: read once."""


def _received(path: str) -> Shared[Any]:
    if path not in _RECEIVED:
        _RECEIVED[path] = Shared(pickle.loads(Path(path).read_bytes()))
    return _RECEIVED[path]


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by signal {-code}, as when memory runs out"
    return f"with exit code {code}, as where a script has no `__main__` guard"


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
            pipe.send_bytes(answer_to(pipe.recv_bytes()))


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
