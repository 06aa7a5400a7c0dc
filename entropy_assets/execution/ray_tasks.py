"""Tasks of a Ray cluster, and what happens when a worker or a whole node is lost.

Ray itself tries nothing again: the driver has each piece of work until its answer is there, and sends it
once more where its worker, its node, or the answer on that node is gone.

What belongs here: `RayTasks`. What does not: the cluster (`ray_cluster`), which stages use it.
"""

import contextlib
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from entropy_assets.errors import ClusterFailed, WorkerLost
from entropy_assets.execution.contract import START_SECONDS, Cost, Executor, Kept, Shared, Taken
from entropy_assets.execution.pieces import MAX_LOSSES, first_items, pieces_of, results_in
from entropy_assets.execution.ray_cluster import RayCluster
from entropy_assets.execution.ray_environment import LOCAL
from entropy_assets.execution.ray_worker import received

S = TypeVar("S")
T = TypeVar("T")
V = TypeVar("V")

_LOOK_SECONDS = 0.5


class _Piece:
    """A piece of work that is under way: the reference to its answer, and the answer when it is there."""

    def __init__(self, work: bytes, reference: Any) -> None:
        self.work, self.reference = work, reference
        self.n_losses = 0
        self.answer: bytes | Exception | None = None


class RayTasks(Executor):
    """Workers of a Ray cluster, for Python that computes. Each has one CPU and one thread of polars.

    It connects with the first map that costs more than `START_SECONDS`. What is mapped must be importable on
    all nodes: functions of a program's own main module are not.

    Parameters
    ----------
    cluster
        Where the work runs; or its address: then it is connected to for this executor alone.
    workers
        With an address, how many pieces are worked on at once; 0 for one a CPU of the cluster.
    home
        With an address, a folder that all nodes must see.

    Raises
    ------
    InvalidParameter
        Ray is not installed, or the address is none.
    ClusterFailed
        Nothing listens at the address.
    """

    def __init__(self, cluster: RayCluster | str = LOCAL, workers: int = 0, home: Path | None = None) -> None:
        self._open = contextlib.ExitStack()
        if isinstance(cluster, str):
            cluster = self._open.enter_context(RayCluster(cluster, workers, home))
        self._cluster = cluster
        self._name = uuid.uuid4().hex
        self._shared: list[tuple[str, Any]] = []

    @property
    def workers(self) -> int:  # type: ignore[override]
        """How many work at once, 1 or more."""
        return self._cluster.workers

    def share(self, value: V) -> Shared[V]:
        """Return a handle for a value: it is put into the cluster once, and read once by each worker."""
        return Shared(value, self._keep)

    def _keep(self, data: bytes) -> Kept:
        import ray

        self._cluster.start()
        name = f"{self._name}-{len(self._shared)}"
        self._shared.append((name, ray.put(data)))
        return received, name

    def map(self, fn: Callable[[S], T], items: Iterable[S], cost: Cost[S] = START_SECONDS) -> Iterator[T]:
        """Yield `fn` of each item; see `Executor.map`.

        At most two pieces a worker and one are in flight: each is an item, or cheap ones together.

        Raises
        ------
        WorkerLost
            One piece lost its worker `MAX_LOSSES` times.
        ClusterFailed
            The cluster cannot be worked on, see `RayCluster`.
        """
        taken = Taken(items)
        first: list[S] = []
        if not self._cluster.is_connected:
            first, is_little = first_items(taken, cost)
            if is_little:
                yield from map(fn, first)
                taken.raise_failure()
                return
            self._cluster.start()
        with contextlib.closing(self._answers(pieces_of(fn, first, taken, cost))) as answers:
            yield from results_in(answers)

    def _answers(self, pieces: Iterable[bytes]) -> Generator[bytes, None, None]:
        """Yield the answers to pieces, in order."""
        ahead = 2 * self.workers + 1
        pending: deque[_Piece] = deque()
        taken = Taken(pieces)
        try:
            for piece in taken:
                pending.append(_Piece(piece, self._sent(piece)))
                if len(pending) >= ahead:
                    yield self._first_of(pending)
            while pending:
                yield self._first_of(pending)
            taken.raise_failure()
        finally:
            self._cancel(pending)

    def _sent(self, piece: bytes) -> Any:
        """Return the reference to the answer that a piece will have."""
        return self._cluster.work.remote(piece, self._cluster.terms, self._name, self._shared)

    def _first_of(self, pending: deque[_Piece]) -> bytes:
        """Return the answer to the first of the pieces, which leaves them; all are watched meanwhile."""
        import ray

        while pending[0].answer is None:
            waiting = {piece.reference: piece for piece in pending if piece.answer is None}
            ready, _ = ray.wait(list(waiting), num_returns=1, timeout=_LOOK_SECONDS)
            for reference in ready:
                self._settle(waiting[reference])
        answer = pending.popleft().answer
        if isinstance(answer, bytes):
            return answer
        raise answer or WorkerLost("a piece of work has no answer")

    def _settle(self, piece: _Piece) -> None:
        """Take the answer to a piece, or send it again where it was lost."""
        from ray import exceptions

        lost = (
            exceptions.WorkerCrashedError,
            exceptions.NodeDiedError,
            exceptions.OutOfMemoryError,
            exceptions.ObjectLostError,
            exceptions.LocalRayletDiedError,
        )
        import ray

        try:
            piece.answer = ray.get(piece.reference)
        except lost as error:
            piece.n_losses += 1
            if piece.n_losses < MAX_LOSSES:
                piece.reference = self._sent(piece.work)
                return
            piece.answer = WorkerLost(
                f"a worker of the cluster was lost {MAX_LOSSES} times before its piece of work was done, the "
                f"last time by {type(error).__name__}: give the nodes more memory or fewer CPUs"
            )
        except exceptions.RayError as error:
            told = next((line for line in reversed(str(error).splitlines()) if line.strip()), "")
            piece.answer = ClusterFailed(
                f"a node of the cluster cannot work ({told.strip()}): all nodes need the same installation"
            )

    def _cancel(self, pending: Iterable[_Piece]) -> None:
        """Let nobody begin or end what nobody waits for."""
        import ray

        for piece in pending:
            if piece.answer is None and ray.is_initialized():
                with contextlib.suppress(Exception):
                    ray.cancel(piece.reference)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of what was shared; a cluster that was connected to for this executor is left."""
        self._shared.clear()
        self._open.close()
