"""The parts of a deployment, each started alone as docs/serving.md says: a run outlives two of them."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from upath import UPath

from entropy_assets.defs.instance import open_instance, prepare_instance
from entropy_assets.serving.web import bind
from tests.serving.test_services import MODULE, ROOT, ask, launch_sleeping, living, until


def free_port() -> int:
    with bind("127.0.0.1", 0) as listening:
        return int(listening.getsockname()[1])


class Supervisor:
    """Starts each part in a process group of its own, and ends all."""

    def __init__(self, home: Path) -> None:
        self.environment = {**os.environ, "ENTROPY_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", *arguments]
        self.started.append(subprocess.Popen(command, cwd=ROOT, env=self.environment, process_group=0))
        return self.started[-1]

    def end(self) -> None:
        for process in self.started:
            with contextlib.suppress(ProcessLookupError):  # it was ended by the test
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    prepare_instance(UPath(tmp_path))
    made = Supervisor(tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_a_run_outlives_web_server_and_daemon(supervisor: Supervisor, tmp_path: Path) -> None:
    code, port = free_port(), free_port()
    workspace = tmp_path / "workspace.yaml"
    workspace.write_text(
        f"load_from: [grpc_server: {{host: 127.0.0.1, port: {code}, location_name: {MODULE}}}]\n"
    )
    target = ["--host", "127.0.0.1", "--port", str(code), "--module-name", MODULE]
    supervisor.start("dagster", "code-server", "start", *target)
    until(lambda: listens(code), "the code server has loaded the definitions")
    daemon = ["dagster._daemon", "run", "--workspace", str(workspace)]
    web = ["entropy_assets.serving.web", "--workspace", str(workspace), "--port", str(port)]
    first_daemon, first_web = supervisor.start(*daemon), supervisor.start(*web)
    until(lambda: reachable(port), "the web server answers")
    sleeper = launch_sleeping(port, tmp_path)
    for process in (first_daemon, first_web):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    supervisor.start(*daemon)
    supervisor.start(*web)
    until(lambda: reachable(port), "the web server answers again")
    assert living({sleeper})
    stopped = "mutation ($id: String!) { terminateRun(runId: $id) { __typename } }"
    with open_instance(UPath(tmp_path)) as instance:
        run = instance.get_runs()[0]
        assert run.status == dg.DagsterRunStatus.STARTED
        assert ask(port, stopped, {"id": run.run_id})["terminateRun"]["__typename"] == "TerminateRunSuccess"
        until(lambda: not living({sleeper}), "the run is stopped through the new web server")


def listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def reachable(port: int) -> bool:
    try:
        return bool(ask(port, "{ version }")["version"])
    except OSError:
        return False
