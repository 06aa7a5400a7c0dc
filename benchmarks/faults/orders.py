"""Two candidates at once without the lock: their reads and writes of shared state in chosen orders.

Each candidate is decided in a thread of its own. It stops before every read of the ledger and every write
that others see, and goes on when it is its turn, so that an order is a sequence of turns. What a step
computes follows from its inputs, so it is computed once and remembered; its checks, all reading of the
ledger and all publishing are done anew in each order.

What belongs here: turns, orders, and what must hold after each. What does not: the steps.
"""

import random
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.faults.world import DATASET, Worlds, faults_of, workspace_of
from entropy_assets.candidate import dedup, ingest, pipeline, publish, screening, workspace
from entropy_assets.candidate.manifests import Manifest
from entropy_assets.candidate.pipeline import curate, decide
from entropy_assets.candidate.run import CandidateRun, open_run
from entropy_assets.curation import publication
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import book, reader
from entropy_assets.storage import digest_value

A, B = "alpha", "beta"
SHARED = ("ledger", "versions", "index", "candidates")

COMPUTED = (
    (ingest, "read_drops"),
    (dedup, "deduplicate_drops"),
    (screening, "screen_drops"),
    (pipeline, "report_drops"),
    (pipeline, "assemble_pool"),
    (pipeline, "choose_records"),
    (pipeline, "select_control"),
    (pipeline, "probe_candidate"),
    (pipeline, "report_law"),
    (publish, "report_law"),
    (publish, "index_segment"),
    (pipeline, "examined"),
)
"""Steps whose results follow from their inputs; they write under digests only."""

STOPS = (
    (reader.Reader, "history"),
    (book, "create_exclusive"),
    (book, "put"),
    (publication, "put"),
    (workspace, "put"),
)
"""Reads and writes of what candidates share."""


class Turns:
    """Lets one of several threads run at a time, up to its next stop.

    Parameters
    ----------
    work
        Name -> what its thread does.
    """

    def __init__(self, work: dict[str, Callable[[], object]]) -> None:
        self._work = work
        self._go = {name: threading.Semaphore(0) for name in work}
        self._back = threading.Semaphore(0)
        self._own = threading.local()
        self._alive = set(work)
        self.results: dict[str, object] = {}
        self.n_stops = dict.fromkeys(work, 0)

    def stop(self) -> None:
        """Wait for the next turn of this thread; other threads than those of the work pass."""
        name = getattr(self._own, "name", None)
        if name is not None:
            self.n_stops[name] += 1
            self._back.release()
            self._go[name].acquire()

    def play(self, order: Iterator[str]) -> None:
        """Give turns in an order until all have ended; names of those that have ended are passed over."""
        threads = [threading.Thread(target=self._begin, args=(name,), daemon=True) for name in self._work]
        for thread in threads:
            thread.start()
        while self._alive:
            name = next(order)
            if name in self._alive:
                self._go[name].release()
                self._back.acquire()
        for thread in threads:
            thread.join()

    def _begin(self, name: str) -> None:
        self._own.name = name
        self._go[name].acquire()
        try:
            self.results[name] = self._work[name]()
        except Exception as error:
            self.results[name] = error
        self._alive.discard(name)
        self._back.release()


@dataclass
class Pair:
    """Two candidates of one store, to be decided in one order after the other.

    Parameters
    ----------
    worlds
        The prepared stores.
    home
        Where they are decided.
    """

    worlds: Worlds
    home: Path
    _known: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.worlds.copy("started", self.home)

    def reset(self) -> None:
        """Bring back what the candidates share; what steps have computed stays."""
        start, root = self.worlds.folder / "started" / DATASET, self.home / DATASET
        for name in (*SHARED, "work/manifests", "work/attempts"):
            shutil.rmtree(root / name, ignore_errors=True)
            if (start / name).exists():
                shutil.copytree(start / name, root / name)
        shutil.copy2(start / "CURRENT", root / "CURRENT")

    def play(self, order: Iterator[str]) -> tuple[list[str], dict[str, str], dict[str, int]]:
        """Decide both candidates in an order, then those that became stale once more.

        Parameters
        ----------
        order
            Whose turn it is, without an end.

        Returns
        -------
        tuple
            What is wrong, in sentences; candidate -> `promote`, `hold` or `stale`; candidate -> stops.
        """
        self.reset()
        turns = Turns({key: lambda key=key: self._decide(key) for key in (A, B)})
        with self._hooked(turns):
            turns.play(order)
            words = {key: _word(result) for key, result in turns.results.items()}
            faults = [f"{key} ended with {word}" for key, word in words.items() if word not in ENDINGS]
            for key in (A, B):
                curate(workspace_of(self.home), key)
        return faults + faults_of(self.home, (A, B)), words, turns.n_stops

    def _decide(self, key: str) -> object:
        return decide(open_run(workspace_of(self.home), key))

    @contextmanager
    def _hooked(self, turns: Turns) -> Iterator[None]:
        with ExitStack() as stack:
            for place, name in COMPUTED:
                stack.enter_context(patch.object(place, name, self._remembered(getattr(place, name))))
            for place, name in STOPS:
                stack.enter_context(patch.object(place, name, _stopping(turns, getattr(place, name))))
            yield

    def _remembered(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def known(run: CandidateRun, *inputs: Any) -> Any:
            manifests = [one for one in inputs if isinstance(one, Manifest)]
            if step.__name__ not in ("index_segment", "examined"):
                run.verify(*manifests)
            told = [one.digest if hasattr(one, "digest") else str(one) for one in inputs]
            key = digest_value([step.__name__, run.key, run.parent.digest, told])
            if key not in self._known:
                self._known[key] = step(run, *inputs)
            return self._known[key]

        return known


ENDINGS = ("promote", "hold", "stale")


def _word(result: object) -> str:
    if isinstance(result, StaleProvenance):
        return "stale"
    return str(getattr(result, "action", repr(result)))


def _stopping(turns: Turns, call: Callable[..., Any]) -> Callable[..., Any]:
    def stopping(*args: Any, **more: Any) -> Any:
        turns.stop()
        return call(*args, **more)

    return stopping


def order_of(runs: Sequence[tuple[str, int]]) -> Iterator[str]:
    """Return an endless order: runs of turns, then both in turn.

    >>> from itertools import islice
    >>> "".join(islice(order_of([("a", 2), ("b", 1)]), 3))
    'aab'
    """
    first = chain.from_iterable(repeat(name, n) for name, n in runs)
    return chain(first, chain.from_iterable(repeat((A, B))))


def orders(n_stops: dict[str, int], n: int, seed: int = 0) -> Iterator[list[tuple[str, int]]]:
    """Yield `n` orders: first every place of one candidate for the whole other, then drawn ones.

    Where all places are more than half of `n`, every second one, or third, and so on is taken.

    Parameters
    ----------
    n_stops
        Candidate -> its stops where nobody disturbs it.
    n
        How many.
    seed
        Of the draw.
    """
    whole = max(n_stops.values()) * 2
    places = [(one, other, at) for one, other in ((A, B), (B, A)) for at in range(n_stops[one] + 1)]
    every = -(-len(places) // max(1, n // 2))
    nested = places[::every]
    for one, other, at in nested:
        yield [(one, at), (other, whole), (one, whole)]
    chance = random.Random(seed)
    for _ in range(n - len(nested)):
        # Long runs at first and turns of a few stops near the end, where all writing is.
        runs = [(name, chance.randint(0, n_stops[name])) for name in chance.sample((A, B), 2)]
        runs += [(name, chance.randint(1, 6)) for _ in range(40) for name in (A, B)]
        yield runs
