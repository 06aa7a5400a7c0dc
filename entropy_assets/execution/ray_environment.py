"""How this process and Ray live together: what Ray reads from the environment, and what it would take over.

What belongs here: privacy, loopback, the token, signals. What does not: clusters (`ray_cluster`).
"""

import contextlib
import os
import secrets
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from entropy_assets.errors import ClusterFailed

LOCAL = "local"
"""Address of a cluster of one node, which is started here and ends with its driver."""

_ALWAYS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
"""Nothing is told to anybody, and no warning of what a later release will do."""

_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""With it Ray takes the loopback address for its node's, on any system."""

_TOKEN = {"RAY_AUTH_MODE": "token"}


def prepare(address: str) -> None:
    """Say to Ray, which reads it when it is imported, how it connects to an address; what a user said stays.

    Raises
    ------
    ClusterFailed
        It has been imported without that.
    """
    os.environ.update(_ALWAYS)
    if "ray" in sys.modules and sys.modules["ray"].is_initialized():
        return
    is_local = address == LOCAL
    asked = _LOOPBACK if is_local or _is_loopback(address) else {}
    if is_local and not _has_token():
        os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    if is_local or _has_token():
        asked = asked | _TOKEN
    if "ray" in sys.modules and (missing := [name for name in asked if name not in os.environ]):
        told = " ".join(f"{name}={asked[name]}" for name in missing)
        raise ClusterFailed(
            f"Ray was imported before it was told how to connect to {address}: set {told} for this program"
        )
    for name, value in asked.items():
        os.environ.setdefault(name, value)


def _has_token() -> bool:
    """Return whether there is a token for clusters where Ray looks for one."""
    named = any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    return named or (Path.home() / ".ray" / "auth_token").exists()


def _is_loopback(address: str) -> bool:
    """Return whether an address is of this machine alone, and not the node's in a network."""
    host = address.rpartition(":")[0].strip("[]")
    return host in ("localhost", "::1") or host.startswith("127.")


def keep_silent(ray: Any) -> None:
    """Let Ray not write into what a command prints: a lost node concerns nobody while others do its work."""
    ray._private.worker.print_to_stdstream = lambda *_, **__: None


@contextlib.contextmanager
def handlers_kept() -> Iterator[None]:
    """Undo that Ray, when it connects, takes over SIGTERM and errors that nobody catches."""
    hook = sys.excepthook
    in_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGTERM) if in_main else None
    try:
        yield
    finally:
        sys.excepthook = hook
        if in_main:
            signal.signal(signal.SIGTERM, handler)
