"""The guarded web server: Dagster's own application behind the guard of `guard.py`, in one process.

`python -m entropy_assets.serving.web --workspace workspace.yaml` is what a deployment starts instead of
`dagster-webserver`; the command `ui` starts it, too, with a socket that it has bound before.

What belongs here: how the web server is put together. What does not: the rules of the guard.
"""

import argparse
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context

from entropy_assets.candidate.workspace import entropy_home
from entropy_assets.defs.instance import prepare_instance
from entropy_assets.errors import CurationError, InvalidInput
from entropy_assets.serving.guard import HOSTS_VARIABLE, Guard, known_hosts
from entropy_assets.shown import for_terminal

PROGRAM = "entropy_assets.serving.web"

GRACE_S = 1
"""Seconds that open requests and websockets have when the server ends."""


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes a free one.

    Raises
    ------
    InvalidInput
        The address is not this machine's, or another program listens there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise InvalidInput(
            f"cannot serve on {host} port {port} ({error}): choose another port with --port"
        ) from error
    return listening


def serve(listening: socket.socket, workspace: Path, more_hosts: str, read_only: bool) -> None:
    """Serve the UI of this instance on a socket until a signal ends it.

    Parameters
    ----------
    listening
        The socket.
    workspace
        A `workspace.yaml` that says where the code server is.
    more_hosts
        Further values of `Host` that are answered.
    read_only
        Refuse all that would change anything.
    """
    hosts = known_hosts(listening.getsockname()[1], more_hosts)
    with dg.DagsterInstance.get() as instance:
        instance.optimize_for_webserver(statement_timeout=15_000, pool_recycle=3600, max_overflow=20)
        target = WorkspaceFileTarget([str(workspace)])
        version = dg.__version__
        with WorkspaceProcessContext(instance, target, version=version, read_only=read_only) as context:
            app = create_app_from_workspace_process_context(context, lifespan=_lifespan)
            config = uvicorn.Config(
                Guard(app, hosts),
                log_level="warning",
                proxy_headers=False,  # nothing here depends on who says he asks for whom
                timeout_graceful_shutdown=GRACE_S,
            )
            uvicorn.Server(config).run(sockets=[listening])


@contextlib.asynccontextmanager
async def _lifespan(_: Any) -> AsyncIterator[None]:
    yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the web server of a deployment; return the exit code."""
    parser = argparse.ArgumentParser(prog=f"python -m {PROGRAM}", description=main.__doc__)
    parser.add_argument("--workspace", "-w", type=Path, required=True, help="workspace.yaml")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 in a container")
    parser.add_argument("--port", type=int, default=3000, help="port to listen on")
    parser.add_argument("--fd", type=int, help="file descriptor of a socket that listens already")
    parser.add_argument("--read-only", action="store_true", help="refuse all that would change anything")
    given = parser.parse_args(arguments)
    try:
        if not given.workspace.is_file():
            raise InvalidInput(f"{given.workspace} is missing: write it, it says where the code server is")
        if "DAGSTER_HOME" not in os.environ:
            os.environ["DAGSTER_HOME"] = str(prepare_instance(entropy_home()))
        bound = bind(given.host, given.port) if given.fd is None else socket.socket(fileno=given.fd)
        with bound, contextlib.suppress(KeyboardInterrupt):
            serve(bound, given.workspace, os.environ.get(HOSTS_VARIABLE, ""), given.read_only)
    except CurationError as error:
        print(for_terminal(f"entropy-assets: {error}"), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
