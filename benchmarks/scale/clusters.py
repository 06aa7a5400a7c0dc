"""Ray clusters of several raylets on this machine, small and on loopback, for tests and benchmarks.

A start is tried again: Ray gives a raylet 30 seconds, which a busy machine may exceed.
"""

import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STARTS = 3
STORE_BYTES = 80 << 20

VARIABLES = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # so that it takes the loopback address
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # A raylet that is gone is missed after a second instead of half a minute.
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "2",
}


@contextlib.contextmanager
def cluster_of(n_raylets: int, cpus: int = 1) -> Iterator[Any]:
    """Give a cluster of so many raylets, each with so many CPUs; the first one is the driver's.

    It is a `ray.cluster_utils.Cluster`, and what it needs stands in this process's environment.
    """
    python_path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # Ray reads it once in a process
    given = VARIABLES | {"PYTHONPATH": python_path}
    former = {name: os.environ.get(name) for name in [*given, "RAY_TMPDIR"]}
    os.environ.update(given)
    hook, handler = sys.excepthook, signal.getsignal(signal.SIGTERM)
    folders: list[str] = []
    try:
        cluster = started(n_raylets, cpus, folders)
        try:
            yield cluster
        finally:
            end(cluster)
    finally:
        for name, value in former.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
        sys.excepthook = hook
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def started(n_raylets: int, cpus: int, folders: list[str]) -> Any:
    """Return a started cluster; `folders` gets what is to be removed after its end."""
    from ray.cluster_utils import Cluster

    for left in reversed(range(STARTS)):
        folders.append(tempfile.mkdtemp(prefix="ray-"))
        os.environ["RAY_TMPDIR"] = folders[-1]
        (Path(folders[-1]) / "ray").mkdir()
        node = {
            "num_cpus": cpus,
            "object_store_memory": STORE_BYTES,
            "node_ip_address": "127.0.0.1",
            "include_dashboard": False,
        }
        cluster = Cluster()
        try:
            for _ in range(n_raylets):
                cluster.add_node(**node)
        except Exception:
            end(cluster)
            if not left:
                raise
        else:
            return cluster
    raise AssertionError("unreachable")


def end(cluster: Any) -> None:
    """End a cluster and all its processes."""
    import ray

    ray.shutdown()
    with contextlib.suppress(Exception):
        cluster.shutdown()


def kill_raylet(cluster: Any) -> None:
    """Kill a raylet that is not the driver's, and all its workers, as when a machine is switched off."""
    node = sorted(cluster.worker_nodes, key=lambda one: one.node_id)[0]
    cluster.remove_node(node, allow_graceful=False)
