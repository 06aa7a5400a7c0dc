"""The engine in force: whether Python that computes runs here, on processes, or on a Ray cluster.

A stage asks for `processes` and is not told which. Like a connection to Ray, of which a process has one at
most, the engine holds for the whole process while the block of `using` runs.

What belongs here: choosing an executor. What does not: which engine a dataset has (`settings`).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from entropy_assets.errors import InvalidParameter
from entropy_assets.execution.contract import Executor, Inline
from entropy_assets.execution.processes import Processes
from entropy_assets.execution.ray_cluster import RayCluster
from entropy_assets.execution.ray_environment import LOCAL
from entropy_assets.execution.ray_tasks import RayTasks

EngineName = Literal["processes", "inline", "ray"]


@dataclass(frozen=True)
class Engine:
    """Where Python that computes runs.

    Parameters
    ----------
    name
        `processes` of this machine, `inline` in this process, or tasks of `ray`.
    address
        Of the Ray cluster: `local` for one that is started here, or host:port of its head.
    workers
        On Ray, how many pieces are worked on at once; 0 for one a CPU of the cluster.
    home
        On Ray, a folder that all nodes must see; None where the work needs none.

    Raises
    ------
    InvalidParameter
        The name is none of these.
    """

    name: EngineName = "processes"
    address: str = LOCAL
    workers: int = 0
    home: Path | None = None

    def __post_init__(self) -> None:
        if self.name not in get_args(EngineName):
            known = ", ".join(get_args(EngineName))
            raise InvalidParameter(f"execution.engine must be one of {known}, got {self.name!r}")


_IN_FORCE: list[tuple[Engine, RayCluster | None]] = []
"""The engines whose blocks run; the last one is in force."""


@contextlib.contextmanager
def using(engine: Engine) -> Iterator[None]:
    """Let an engine be in force in the block; a cluster is connected to when it is first needed.

    Raises
    ------
    InvalidParameter
        Ray is asked for and is not installed, or the address is none.
    ClusterFailed
        Nothing listens at the address.
    """
    with contextlib.ExitStack() as stack:
        cluster = None
        if engine.name == "ray":
            cluster = stack.enter_context(RayCluster(engine.address, engine.workers, engine.home))
        entry = (engine, cluster)
        _IN_FORCE.append(entry)
        try:
            yield
        finally:
            # Blocks of several threads need not end in the order in which they began.
            place = next(place for place, one in enumerate(_IN_FORCE) if one is entry)
            del _IN_FORCE[place]


def is_on_cluster() -> bool:
    """Return whether work that `processes` is given may leave this machine."""
    return bool(_IN_FORCE) and _IN_FORCE[-1][1] is not None


def processes(workers: int) -> Executor:
    """Return an executor for Python that computes: the engine's.

    With processes it is this process for one worker, else so many others. On a cluster the number is the
    engine's own.
    """
    engine, cluster = _IN_FORCE[-1] if _IN_FORCE else (Engine(), None)
    if cluster is not None:
        return RayTasks(cluster)
    return Inline() if workers <= 1 or engine.name == "inline" else Processes(workers)
