"""What runs on a node of a Ray cluster: one piece of work, after a look at whether the node can do it.

A worker imports this module before anything that computes, so that polars finds one thread when it asks.

What belongs here: the terms on which a node may work, and doing so. What does not: the driver's side
(`ray_cluster`, `ray_tasks`).
"""

import hashlib
import os
import pickle
import platform
import socket
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from entropy_assets.errors import ClusterFailed
from entropy_assets.execution.contract import Shared
from entropy_assets.execution.pieces import answer_to, pickled

PACKAGES = ("numpy", "orjson", "polars", "rensa", "scikit-learn", "torch", "xxhash", "zstandard")
"""What results rest on: nodes with other versions of them could give other bytes."""

SEEN_SECONDS = 5.0
"""So long a shared disk may take until a node sees a file that another one has just written."""

_LOOK_SECONDS = 0.1


def installed() -> dict[str, str]:
    """Return what results rest on here: Python, zlib, packages, and the SHA-256 of this project's code."""
    found = {"Python": platform.python_version(), "machine": platform.machine()}
    found["zlib"] = zlib.ZLIB_RUNTIME_VERSION
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "none"
    folder = Path(__file__).resolve().parents[1]
    code = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        code.update(f"{path.relative_to(folder)}\0".encode() + path.read_bytes() + b"\0")
    return {**found, "the code of entropy-assets": code.hexdigest()[:12]}


@dataclass(frozen=True)
class Terms:
    """On which terms a node works: they are looked at once by each worker.

    Parameters
    ----------
    name
        Unlike that of any other driver.
    versions
        What is `installed` where the driver runs.
    home
        Folder that all nodes share; empty where the work needs none.
    mark
        File in it that the driver has just made.
    seen_seconds
        So long a node may take to see it.
    """

    name: str
    versions: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    mark: str = ""
    seen_seconds: float = SEEN_SECONDS

    def require(self) -> None:
        """Check that this worker sees the driver's home and has what the driver has.

        Raises
        ------
        ClusterFailed
            It does not; told is the first thing.
        """
        if self.name in _KNOWN:
            return
        node = socket.gethostname()
        here = installed()
        other = [name for name in self.versions if here.get(name) != self.versions[name]]
        if other:
            name = other[0]
            raise ClusterFailed(
                f"node {node} has {name} {here.get(name)}, this machine {self.versions[name]}: all nodes "
                "need the same installation, or results could differ"
            )
        until = time.monotonic() + self.seen_seconds
        while self.mark and not Path(self.mark).exists():
            if time.monotonic() >= until:
                raise ClusterFailed(
                    f"node {node} does not see {self.home}: on a cluster ENTROPY_HOME must be a folder that "
                    "all nodes share under this path"
                )
            time.sleep(_LOOK_SECONDS)
        _KNOWN.add(self.name)


_KNOWN: set[str] = set()
"""Drivers on whose terms this worker can work."""

_SENT: dict[str, Any] = {}
"""References to the values that the piece at hand may ask for, by name."""

_RECEIVED: dict[str, Shared[Any]] = {}
"""What this worker has received for `_RECEIVED_FOR`, by name: read once."""

_RECEIVED_FOR: list[str] = [""]


def received(name: str) -> Shared[Any]:
    """Return the value that a driver has put under a name."""
    if name not in _RECEIVED:
        import ray

        _RECEIVED[name] = Shared(pickle.loads(ray.get(_SENT[name])))
    return _RECEIVED[name]


def look(terms: Terms) -> str:
    """Return what keeps this node from working, or an empty text."""
    try:
        terms.require()
    except ClusterFailed as error:
        return str(error)
    return ""


def work(piece: bytes, terms: Terms, executor: str, shared: Sequence[tuple[str, Any]]) -> bytes:
    """Return the answer to a piece of work.

    Parameters
    ----------
    piece
        See `pieces`.
    terms
        Looked at first; a node that cannot work says so in its answer.
    executor
        Name of the executor that sends the piece: what others shared before is let go.
    shared
        (name, reference) of the values that it shares.
    """
    os.environ["POLARS_MAX_THREADS"] = "1"
    if fault := look(terms):
        return pickled(([], (ClusterFailed(fault), "")))
    if _RECEIVED_FOR[0] != executor:
        _RECEIVED.clear()
        _RECEIVED_FOR[0] = executor
    _SENT.clear()
    _SENT.update(shared)
    return answer_to(piece)
