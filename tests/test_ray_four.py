"""`make test-cluster`: four raylets, with raylets and drivers that are killed at random moments.

A raylet gives up where it is not up after 30 seconds: nothing else should run on the machine.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.scale.clusters import ROOT, STORE_BYTES, cluster_of, kill_raylet
from entropy_assets.execution import RayTasks
from tests.candidate.small import SETTINGS, dataset, deliver, rows
from tests.test_execution import digest_and_process, is_running, wait_for_the_end_of
from tests.test_ray import free_port
from tests.test_ray_cluster import below, command, listening

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

FRAMES = [pl.DataFrame({"line": range(n, 3 * n)}) for n in range(1, 150)]
DRIVER_KILLS = 3

DRIVER = """
import json, sys
from upath import UPath
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.execution import pieces
if __name__ == "__main__":
    pieces.START_SECONDS = 0.0
    entry = curate(Workspace(UPath(sys.argv[1]), "small"), "first")
    print(json.dumps([entry.action, entry.state.digest]))
"""

HOLDER = """
import time
from entropy_assets.execution import RayTasks
from tests.test_execution import process_and_threads
if __name__ == "__main__":
    with RayTasks("local", 2) as executor:
        print(*{process for process, _ in executor.map(process_and_threads, range(20))}, flush=True)
        time.sleep(600)
"""


PROGRAM = """
from entropy_assets.execution import RayTasks
from tests.test_execution import process_and_threads
if __name__ == "__main__":
    with RayTasks("{address}") as executor:
        print(len(list(executor.map(process_and_threads, range(20)))))
"""


@pytest.fixture
def four_raylets() -> Iterator[Any]:
    with cluster_of(4) as cluster:
        yield cluster


def driver(home: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", DRIVER, str(home)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("n_killed", [1, 3])
def test_raylets_that_are_killed_one_after_the_other_change_no_byte(four_raylets: Any, n_killed: int) -> None:
    rng = random.Random(n_killed)
    with RayTasks(four_raylets.address) as executor:
        results = executor.map(digest_and_process, FRAMES)
        found = []
        kills = sorted(rng.sample(range(5, 100), n_killed))
        for place, (data, _) in enumerate(results):
            assert place or executor.workers == 4
            if place in kills:
                killer = threading.Thread(target=kill_raylet, args=(four_raylets,))
                killer.start()
                killer.join()
            found.append(data)
    assert found == [digest_and_process(frame)[0] for frame in FRAMES]


def test_a_raylet_that_joins_takes_its_part(four_raylets: Any) -> None:
    with RayTasks(four_raylets.address) as executor:
        list(executor.map(abs, range(4)))
        four_raylets.add_node(num_cpus=1, object_store_memory=STORE_BYTES, node_ip_address="127.0.0.1")
        assert executor.workers == 5


def test_a_driver_that_is_killed_goes_on_to_the_same_bytes(four_raylets: Any, tmp_path: Path) -> None:
    inline = f'{SETTINGS}\n[execution]\nengine = "inline"\n'
    cluster = f'{SETTINGS}\n[execution]\nengine = "ray"\naddress = "{four_raylets.address}"\n'
    told = []
    for name, settings, kills in (("here", inline, 0), ("there", cluster, DRIVER_KILLS)):
        workspace = dataset(tmp_path / name, settings=f"{settings}[ingest]\nshard_rows = 20\n")
        deliver(workspace, "first", rows(range(80)))
        for seed in range(kills):
            with driver(tmp_path / name) as process:
                time.sleep(random.Random(seed).uniform(2, 8))
                process.kill()
        # A candidate whose runs were killed three times is held: that is for what kills it, not for us.
        for attempt in Path(str(workspace.root)).glob("attempts/**/*.json"):
            attempt.unlink()
        with driver(tmp_path / name) as process:
            output, _ = process.communicate(timeout=300)
        assert process.returncode == 0
        told.append(json.loads(output.splitlines()[-1]))
    assert told[0] == told[1]
    assert told[0][0] == "promote"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_cluster_of_its_own_ends_with_its_driver(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        workers = [int(word) for word in process.stdout.readline().split()]
        assert workers
        # Ray's agents look after their raylet once a minute.
        started = {one for one in below(process.pid) if "Agent" not in command(one)} - {process.pid}
        assert set(workers) <= started
        os.kill(process.pid, number)
        assert process.wait(60) != 0
    wait_for_the_end_of(sorted(started))
    assert not any(map(is_running, started))


def test_a_head_that_was_started_as_the_page_says_takes_work(tmp_path: Path) -> None:
    """It is on loopback, since it has no NODE_IP; without a token it does not start."""
    script, port = ROOT / "deployment" / "ray-node", free_port()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    bare = {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    refused = subprocess.run([script, "head"], env=bare, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "no token" in refused.stderr
    folder = tempfile.mkdtemp(prefix="ray-")
    given = {**bare, "RAY_AUTH_TOKEN": "a" * 64, "RAY_TMPDIR": folder}
    node = {**given, "NODE_PORT": str(port), "NODE_CPUS": "1", "STORE_BYTES": str(STORE_BYTES)}
    with subprocess.Popen([script, "head"], env=node, stdout=subprocess.PIPE, text=True) as head:
        try:
            assert head.stdout is not None
            assert any("Ray runtime started" in line for line in head.stdout)
            code = PROGRAM.format(address=f"127.0.0.1:{port}")
            made = subprocess.run(
                [sys.executable, "-c", code], env=given, cwd=ROOT, capture_output=True, timeout=120
            )
            assert made.stdout == b"20\n", made.stderr
            assert {one for process in below(head.pid) for one in listening(process)} <= {"loopback"}
        finally:
            head.terminate()
            head.stdout.close()
    shutil.rmtree(folder, ignore_errors=True)
