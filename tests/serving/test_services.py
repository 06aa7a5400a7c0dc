"""The UI as a whole: what it starts ends with it, however it ends, and there is one over a store."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.cli import app
from entropy_assets.defs.instance import open_instance
from entropy_assets.serving.services import SIGNALS, Stops
from entropy_assets.serving.watching import FirstAnswer
from entropy_assets.serving.web import bind

ROOT = Path(__file__).resolve().parents[2]
MODULE = "tests.serving.definitions_of_test"
PATIENCE_S = 600
TEMPORARY = tempfile.TemporaryDirectory(prefix="ui-")
"""For temporary files: short, since sockets are there, and removed at exit, whatever was killed."""

SERVE = """
import signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # `nohup` before the tests has it ignored
from upath import UPath
from entropy_assets.serving import services
from entropy_assets.errors import CurationError
services.END_S = 300.0  # the tests look at what is said, and the machine may be busy
home, port, module = sys.argv[1:]
try:
    sys.exit(services.serve_all(UPath(home), int(port), lambda line: print(line, flush=True), module))
except CurationError as error:
    sys.exit(f"told: {error}")
"""


class Served:
    """A UI that was started as a process of its own."""

    def __init__(self, home: Path, port: int = 0) -> None:
        self.home = home
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(home), str(port), MODULE],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": TEMPORARY.name},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def address(self) -> int:
        """Return the port, once it is known."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        assert found, line
        return int(found[1])

    def end(self, number: int) -> tuple[int, str]:
        """Send a signal and return exit code and what was said on stderr."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, said


@contextmanager
def served(home: Path, port: int = 0) -> Iterator[Served]:
    started = Served(home, port)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.communicate(timeout=PATIENCE_S)


def processes() -> list[tuple[int, int, str, str]]:
    """Return id, parent, state and command of every process."""
    columns = ["-o", "pid=", "-o", "ppid=", "-o", "stat=", "-o", "args="]
    table = subprocess.run(["ps", "-A", "-ww", *columns], capture_output=True, text=True, check=True)
    rows = (line.split(None, 3) for line in table.stdout.splitlines())
    return [(int(pid), int(parent), state, "".join(args)) for pid, parent, state, *args in rows]


def descendants(pid: int) -> set[int]:
    """Return all processes that were started by `pid`, and by those, and so on."""
    found, new, table = set[int](), {pid}, processes()
    while new:
        new = {child for child, parent, _, _ in table if parent in new} - found
        found |= new
    return found


def living(pids: set[int]) -> set[int]:
    return {pid for pid, _, state, _ in processes() if pid in pids and not state.startswith("Z")}


def until(true: Callable[[], Any], what: str) -> None:
    limit = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < limit, what
        time.sleep(0.2)


def ask(port: int, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        body = json.dumps({"query": query, "variables": variables or {}})
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        value: dict[str, Any] = json.loads(answer.read())["data"]
        return value
    finally:
        connection.close()


def launch_sleeping(port: int, folder: Path) -> int:
    """Launch a run that sleeps for an hour; return the process that sleeps."""
    loaded = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"
    until(lambda: "LOADED" in str(ask(port, loaded)), "the definitions are loaded")
    pid_file = folder / "pid"
    launch(port, pid_file, "docs")
    until(lambda: pid_file.exists() and pid_file.read_text(), "the queue has started the run")
    return int(pid_file.read_text())


def launch(port: int, pid_file: Path, dataset: str) -> None:
    config = {"ops": {"sleep": {"config": {"seconds": 3600.0, "pid_file": str(pid_file)}}}}
    selector = {
        "repositoryName": "__repository__",
        "repositoryLocationName": MODULE,
        "jobName": "sleeping",
    }
    launched = ask(
        port,
        "mutation ($p: ExecutionParams!) { launchRun(executionParams: $p) { __typename } }",
        {
            "p": {
                "selector": selector,
                "runConfigData": json.dumps(config),
                "executionMetadata": {"tags": [{"key": "dataset", "value": dataset}]},
            }
        },
    )
    assert launched["launchRun"]["__typename"] == "LaunchRunSuccess", launched


def test_nothing_lives_on_after_kill_9_and_the_next_ui_starts_at_once(tmp_path: Path) -> None:
    with served(tmp_path) as first:
        port = first.address()
        sleeper = launch_sleeping(port, tmp_path)
        started = descendants(first.process.pid)
        assert sleeper in started
        assert len(started) >= 5, "code server and its child, daemon, web server, run"
        first.end(signal.SIGKILL)
        with served(tmp_path, port) as second:  # the same port, and no wait in between
            assert second.address() == port
            until(lambda: not living(started), "all that the first one started has ended")
            assert ask(port, "{ version }")["version"]
            started = descendants(second.process.pid)
            assert second.end(signal.SIGHUP)[0] == 128 + signal.SIGHUP  # a closed terminal
            assert living(started) == set()


def test_it_answers_at_its_address_queues_by_dataset_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    """One run a dataset, and no dataset waits for another."""
    with served(tmp_path) as ui:
        port = ui.address()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=2) as answer:
            assert answer.status == 200
        sleeper = launch_sleeping(port, tmp_path)
        for number in range(9):  # more than there are places
            launch(port, tmp_path / f"docs{number}", "docs")
        launch(port, tmp_path / "other", "other")
        until((tmp_path / "other").exists, "the other dataset's run is started")
        assert not list(tmp_path.glob("docs*"))
        counted = ask(port, "{ runsOrError(filter: {statuses: [QUEUED]}) { ... on Runs { count } } }")
        assert counted["runsOrError"]["count"] == 9
        said = ended_by(ui, signal.SIGINT, sleeper)
    assert "DEBUG" not in said
    assert "Warning" not in said


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_closed_terminal_and_a_supervisor_end_all_with_what_runs(tmp_path: Path, number: int) -> None:
    with served(tmp_path) as ui:
        ended_by(ui, number, launch_sleeping(ui.address(), tmp_path))


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_that_asks_for_an_end_is_counted_and_the_first_one_named(number: int) -> None:
    former = [signal.signal(one, signal.SIG_DFL) for one in SIGNALS]  # `nohup` has SIGHUP ignored
    try:
        with Stops() as stops:
            assert (stops.number, stops.count) == (0, 0)
            signal.raise_signal(number)
            signal.raise_signal(signal.SIGTERM)
            assert (stops.number, stops.count) == (number, 2)
        assert {signal.getsignal(one) for one in SIGNALS} == {signal.SIG_DFL}
    finally:
        for one, handler in zip(SIGNALS, former, strict=True):
            signal.signal(one, handler)


def ended_by(ui: Served, number: int, sleeper: int) -> str:
    """End a UI with runs by a signal, check that all has ended and is known to, and return what it said."""
    with open_instance(UPath(ui.home)) as instance:
        under_way = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
        runs = [run.run_id for run in instance.get_runs(under_way)]
    started = descendants(ui.process.pid)
    assert sleeper in started
    code, said = ui.end(number)
    assert living(started) == set()
    assert code == 128 + number
    assert "KeyboardInterrupt" not in said
    ended = (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
    with open_instance(UPath(ui.home)) as instance:
        found = instance.get_runs(dg.RunsFilter(run_ids=runs))
    assert runs
    assert all(run.status in ended for run in found)
    return said


def test_a_service_that_dies_ends_all_with_one_sentence(tmp_path: Path) -> None:
    with served(tmp_path) as ui:
        port = ui.address()
        assert ask(port, "{ version }")["version"]
        started = descendants(ui.process.pid)
        daemon = [pid for pid, _, _, args in processes() if pid in started and "dagster._daemon" in args]
        os.kill(daemon[0], signal.SIGKILL)
        code, said = ui.wait()
        assert living(started) == set()
    assert code == 1
    assert "told: the daemon ended by itself with exit code -9: all was stopped" in said


def test_a_killed_holder_of_the_definitions_ends_all(tmp_path: Path) -> None:
    with served(tmp_path) as ui:
        port = ui.address()
        assert ask(port, "{ version }")["version"]
        started = descendants(ui.process.pid)
        holder = [pid for pid, _, _, args in processes() if pid in started and " api grpc" in args]
        os.kill(holder[0], signal.SIGKILL)
        code, said = ui.wait()
        assert living(started) == set()
    assert code == 1
    assert "told: the process that holds the definitions was killed: all was stopped" in said


def test_one_ui_over_a_store_even_where_two_start_first(tmp_path: Path) -> None:
    with served(tmp_path) as one, served(tmp_path) as other:
        until(lambda: _ended(one, other), "one is told")
        lost, won = (one, other) if one.process.poll() is not None else (other, one)
        code, said = lost.wait()
        assert (code, said.count("\n")) == (1, 1), said
        assert f"told: a UI is open over {tmp_path}, at " in said
        assert won.process.poll() is None
        started = descendants(won.process.pid)
        won.end(signal.SIGKILL)  # while it starts
        until(lambda: not living(started), "all that the winner started has ended")


def _ended(*uis: Served) -> bool:
    return any(ui.process.poll() is not None for ui in uis)


def test_an_answer_comes_once_and_a_listener_alone_gives_none() -> None:
    with bind("127.0.0.1", 0) as listening, FirstAnswer(listening.getsockname()[1]) as first:
        assert not first.came()
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.recv(1000).startswith(b"GET /server_info HTTP/1.0\r\nHost: 127.0.0.1:")
            assert not first.came()
            accepted.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            assert first.came()
        assert not first.came()


def test_a_used_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["ui", "--home", str(tmp_path), "--port", str(port)])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert f"cannot serve on 127.0.0.1 port {port}" in result.stderr
    assert "choose another port" in result.stderr


def test_a_port_that_is_none_is_told_in_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["ui", "--home", str(tmp_path), "--port", "99999"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_a_wrong_host_in_the_environment_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENTROPY_UI_HOSTS", "*")
    result = CliRunner().invoke(app, ["ui", "--home", str(tmp_path), "--port", "0"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "ENTROPY_UI_HOSTS names '*'" in result.stderr


def test_a_leash_needs_a_group_of_its_own() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    started = subprocess.run(
        [sys.executable, "-m", "entropy_assets.serving.leashed", str(reading), "this"],
        cwd=ROOT,
        pass_fds=(reading,),
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(reading)
    assert started.returncode == 1
    assert "a leashed service needs a process group apart from its starter's" in started.stderr
