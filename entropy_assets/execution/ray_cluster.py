"""The connection to a Ray cluster, or to one of one node that is started here, and what is asked of it.

Ray is imported when it is needed and nowhere else. It sends nothing about its use to anybody, shows no
dashboard, and what is started here listens on loopback alone and asks for a token of its own.

What belongs here: finding, starting, asking and leaving a cluster. What does not: work (`ray_tasks`).
"""

import contextlib
import importlib.util
import os
import re
import socket
import threading
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from entropy_assets.errors import ClusterFailed, InvalidParameter
from entropy_assets.execution.ray_environment import LOCAL, handlers_kept, keep_silent, prepare
from entropy_assets.execution.ray_worker import SEEN_SECONDS, Terms, installed, look, work
from entropy_assets.temporary import held, temporary_file, temporary_folder, written_to

ADDRESS = re.compile(r"local|[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
"""What an address may be; `ray://` is for drivers outside of a cluster, which see none of its disks."""

STARTS = 3
"""Times that a start is tried: Ray gives a raylet 30 seconds, which a busy machine may exceed."""

ANSWER_SECONDS = 5.0
LOOK_SECONDS = 120.0
"""So long a node may take to say that it can work: it starts a worker for that."""

STORE_BYTES = 80 << 20
STORE_BYTES_PER_WORKER = 32 << 20
"""Shared memory of a cluster that is started here; what is more goes to its folder."""


def require_ray() -> None:
    """Check that Ray is installed, without importing it.

    Raises
    ------
    InvalidParameter
        It is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise InvalidParameter(
            "execution.engine is `ray`, which is not installed here: `pip install 'entropy-assets[ray]'`, or "
            "set it to `processes`"
        )


class RayCluster:
    """A cluster that is connected to when it is first needed; a context manager, at whose end it is left.

    Parameters
    ----------
    address
        `local`, or `host:port` of a head. The driver runs on a node of it.
    workers
        How many pieces are worked on at once; 0 for one a CPU of the cluster.
    home
        Folder that all nodes must see; None where the work needs none.

    Raises
    ------
    InvalidParameter
        Ray is not installed, or the address is none.
    ClusterFailed
        Nothing listens at the address.
    """

    def __init__(self, address: str = LOCAL, workers: int = 0, home: Path | None = None) -> None:
        require_ray()
        if not ADDRESS.fullmatch(address):
            raise InvalidParameter(f"execution.address must be `local` or host:port, got {address!r}")
        if address != LOCAL:
            _require_listening(address)
        self.address, self.home, self._workers = address, home, workers
        self.is_connected = False
        self.terms = Terms(uuid.uuid4().hex)
        self._open = contextlib.ExitStack()
        self._lock = threading.Lock()

    @property
    def workers(self) -> int:
        """How many pieces are worked on at once, 1 or more; before it is connected one a core."""
        return self._workers or (self._n_cpus() if self.is_connected else os.cpu_count() or 1)

    def start(self) -> None:
        """Connect, and ask each node whether it can work; nothing where that has been done.

        Raises
        ------
        ClusterFailed
            The cluster does not let this driver in, has no CPU, or has a node that cannot work.
        """
        with self._lock:
            if self.is_connected:
                return
            try:
                self.terms = Terms(self.terms.name, installed(), *self._marked(), SEEN_SECONDS)
                ray = self._connected()
                self.is_connected = True
                remote = ray.remote(max_retries=0)
                self.work, self._look = remote(work), remote(look)
                self._require_able(ray)
            except BaseException:
                self._leave()
                raise

    def _marked(self) -> tuple[str, str]:
        """Return the home and a file in it that was made for this driver, or two empty texts."""
        if self.home is None:
            return "", ""
        with written_to(self.home):
            self.home.mkdir(parents=True, exist_ok=True)
            mark = self._open.enter_context(temporary_file(self.home / "cluster"))
            mark.touch()
        self._open.enter_context(held(mark))
        return str(self.home), str(mark)

    def _connected(self) -> Any:
        """Return Ray, connected."""
        prepare(self.address)
        import ray

        keep_silent(ray)
        if ray.is_initialized():  # by the program that uses this library: it stays so
            other = ray.get_runtime_context().gcs_address
            if self.address not in (LOCAL, other):
                raise ClusterFailed(
                    f"this process is on the cluster at {other}, not {self.address}: leave it"
                )
            return ray
        quiet = {"log_to_driver": False, "logging_level": "CRITICAL"}
        with handlers_kept():
            if self.address != LOCAL:
                try:
                    ray.init(self.address, **quiet)
                except Exception as error:
                    raise ClusterFailed(
                        f"the cluster at {self.address} does not let this machine in: {_line(error)}; the "
                        "driver runs on a node of it, with its token"
                    ) from error
            else:
                self._start_here(ray, quiet)
        self._open.callback(ray.shutdown)
        return ray

    def _start_here(self, ray: Any, quiet: dict[str, Any]) -> None:
        n_cpus = self._workers or os.cpu_count() or 1
        for left in reversed(range(STARTS)):
            # The name is short: paths of sockets have 107 bytes at most.
            folder = self._open.enter_context(temporary_folder(prefix="ray-"))
            try:
                ray.init(
                    LOCAL,
                    num_cpus=n_cpus,
                    object_store_memory=STORE_BYTES + n_cpus * STORE_BYTES_PER_WORKER,
                    include_dashboard=False,
                    _temp_dir=str(folder),
                    **quiet,
                )
            except Exception as error:
                ray.shutdown()
                if not left:
                    raise ClusterFailed(
                        f"Ray did not start here in {STARTS} tries: {_line(error)}"
                    ) from error
            else:
                break
        if ray.util.get_node_ip_address() not in ("127.0.0.1", "::1"):
            ray.shutdown()
            raise ClusterFailed("Ray listens beyond this machine: start it yourself and name its address")

    def _require_able(self, ray: Any) -> None:
        """Ask each node that has a CPU whether it can work."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        nodes = [node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU")]
        if not nodes:
            raise ClusterFailed(f"the cluster at {self.address} has no node with a CPU: add one")
        asked = {}
        for node in nodes:
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            options = self._look.options(num_cpus=0, scheduling_strategy=there)
            asked[node["NodeManagerAddress"]] = options.remote(self.terms)
        for name, answer in asked.items():
            try:
                fault = ray.get(answer, timeout=LOOK_SECONDS)
            except (ray.exceptions.NodeDiedError, ray.exceptions.TaskUnschedulableError):
                continue  # it is gone: others work
            except Exception as error:
                raise ClusterFailed(f"node {name} cannot work: {_line(error)}") from error
            if fault:
                raise ClusterFailed(fault)

    def _n_cpus(self) -> int:
        import ray

        return max(1, int(ray.cluster_resources().get("CPU", 1)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the cluster; one that was started here ends."""
        with self._lock:
            self._leave()

    def _leave(self) -> None:
        self.is_connected = False
        self._open.close()


def _require_listening(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ClusterFailed(
            f"execution.address {address} does not answer ({_line(error)}): start the cluster, or set "
            "execution.engine to `processes`"
        ) from error


def _line(error: BaseException) -> str:
    """Return the last line of what an error says: before it stand its tracebacks."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
