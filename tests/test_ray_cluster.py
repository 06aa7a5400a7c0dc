"""A real Ray cluster of two raylets on this machine: the same bytes, also when workers and a raylet are lost.

The tests share one cluster, whose second raylet is killed by the last one; `make test-cluster` has more.
"""

import os
import signal
import socket
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.scale.clusters import cluster_of, kill_raylet
from benchmarks.scale.tree import processes_below
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.summary import summarise
from entropy_assets.curation.ingest import iter_drop
from entropy_assets.curation.probe import ProbeParams, ProbeTask, run_probes
from entropy_assets.errors import ClusterFailed, InvalidParameter, WorkerLost
from entropy_assets.execution import Engine, RayCluster, RayTasks, ray_worker, using
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import digest_value
from tests.candidate.small import SETTINGS, dataset, deliver, rows, sentences
from tests.test_execution import (
    Told,
    closure_of,
    digest_and_process,
    name_of,
    process_and_threads,
    raise_awkward,
    refuse_the_third,
    square_or_die,
)

# Ray leaves to the garbage collector what it started and what it read.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def two_raylets() -> Iterator[Any]:
    with cluster_of(2) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def tasks(two_raylets: Any) -> Iterator[RayTasks]:
    with RayTasks(two_raylets.address) as executor:
        yield executor


def node_and_threads(_: int) -> tuple[str, int]:
    import ray

    time.sleep(0.05)
    return ray.get_runtime_context().get_node_id(), pl.thread_pool_size()


def test_both_raylets_work_and_give_the_digest_of_this_process(tasks: RayTasks) -> None:
    assert {node for node, _ in tasks.map(node_and_threads, range(20))} == alive_nodes()
    assert tasks.workers == 2
    frames = [pl.DataFrame({"line": range(n, 3 * n)}) for n in range(1, 12)]
    results = list(tasks.map(digest_and_process, frames))
    assert os.getpid() not in {process for _, process in results}
    told = digest_value([data.hex() for data, _ in results])
    assert told == digest_value([digest_and_process(frame)[0].hex() for frame in frames])


def alive_nodes() -> set[str]:
    import ray

    return {node["NodeID"] for node in ray.nodes() if node["Alive"]}


def test_a_worker_has_one_thread_of_polars(tasks: RayTasks) -> None:
    assert {threads for _, threads in tasks.map(process_and_threads, range(8))} == {1}


def test_nothing_listens_beyond_loopback_and_nothing_is_told_to_anybody(tasks: RayTasks) -> None:
    from ray._common.usage.usage_lib import usage_stats_enabled

    list(tasks.map(process_and_threads, range(4)))
    assert not usage_stats_enabled()
    mine = {process for process in below(os.getpid()) if process != os.getpid()}
    assert {one for process in mine for one in listening(process)} <= {"loopback"}
    dashboards = [process for process in mine if "dashboard.py" in command(process)]
    assert all("--disable-frontend" in command(process) for process in dashboards)
    assert [where for process in dashboards for where in listening(process)] == []


def command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return ""


def below(root: int) -> set[int]:
    return set(processes_below(root))


def listening(process: int) -> Iterator[str]:
    """Yield where a process listens: `loopback` or an address in hexadecimal digits."""
    held = set()
    for path in Path(f"/proc/{process}/fd").glob("*"):
        try:
            held.add(str(path.readlink()))
        except OSError:
            continue
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in held:
                address = fields[1].rpartition(":")[0]
                is_loopback = address in ("0100007F", "0000000000000000FFFF00000100007F", f"{1 << 24:032X}")
                yield "loopback" if is_loopback else address


@pytest.mark.parametrize("cost", [1.0, 0.05])
def test_errors_come_in_their_places(tasks: RayTasks, cost: float) -> None:
    results = tasks.map(refuse_the_third, [1, 2, 3, 4, 5, *[9] * 40], cost)
    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(InvalidParameter, match=r"\Athe third\Z"):
        next(results)

    def items() -> Iterator[int]:
        yield from (0, 1, 2)
        raise InvalidParameter("no more")

    found = []
    with pytest.raises(InvalidParameter, match="no more"):
        found.extend(0 for _ in tasks.map(abs, items(), cost))
    assert len(found) == 3


def test_what_cannot_be_sent_back_is_told(tasks: RayTasks) -> None:
    with pytest.raises(RuntimeError, match="Awkward: this and that"):
        list(tasks.map(raise_awkward, range(3)))
    with pytest.raises(Exception, match="pickle"):
        list(tasks.map(closure_of, range(3)))


def test_few_items_are_in_flight(tasks: RayTasks) -> None:
    taken: list[int] = []
    results = tasks.map(abs, (taken.append(number) or number for number in range(1000)))  # type: ignore[func-returns-value]
    for n_used in range(12):
        assert next(results) == n_used
        assert len(taken) - n_used <= 2 * tasks.workers + 1
    results.close()  # type: ignore[attr-defined]


def test_what_is_shared_is_put_once_and_read_once_by_each_worker(tasks: RayTasks, tmp_path: Path) -> None:
    told = Told(tmp_path / "told")
    shared = tasks.share(told)
    found = list(tasks.map(partial(name_of, shared=shared), range(20)))
    found += tasks.map(partial(name_of, shared=shared), range(20))
    assert [number for number, _, _ in found] == [*range(20)] * 2
    assert {name for _, name, _ in found} == {"told"}
    readers = (tmp_path / "told").read_text().split()
    assert sorted(set(readers)) == sorted(readers) == sorted({str(process) for _, _, process in found})


@pytest.mark.parametrize(("deaths", "cost"), [({0: 1}, 0.04), ({3: 1, 9: 1}, 1.0)], ids=str)
def test_what_a_killed_worker_had_is_done_again(
    tasks: RayTasks, tmp_path: Path, deaths: dict[int, int], cost: float
) -> None:
    results = tasks.map(partial(square_or_die, folder=tmp_path, deaths=deaths), range(12), cost)
    assert list(results) == [number * number for number in range(12)]
    assert len(list(tmp_path.iterdir())) == sum(deaths.values())


def test_a_piece_that_always_kills_its_worker_ends_the_map_in_its_place(
    tasks: RayTasks, tmp_path: Path
) -> None:
    results = tasks.map(partial(square_or_die, folder=tmp_path, deaths={2: 99}), range(9))
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(WorkerLost, match=r"was lost 3 times .* give the nodes more memory or fewer CPUs"):
        next(results)
    assert list(tasks.map(abs, range(9))) == [*range(9)]


def test_a_home_that_the_nodes_do_not_see_is_refused(
    two_raylets: Any, tasks: RayTasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path names another folder in each process, as a disk does that each node has for itself."""
    list(tasks.map(abs, range(4)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("entropy_assets.execution.ray_cluster.SEEN_SECONDS", 0.5)
    home = Path("/proc/self/cwd/home")
    with using(Engine("ray", two_raylets.address, home=home)), pytest.raises(ClusterFailed) as refused:
        ray_probe(two_raylets.address, home)
    node = socket.gethostname()
    assert str(refused.value).startswith(f"node {node} does not see /proc/self/cwd/home: on a cluster")
    assert [*(tmp_path / "home").iterdir()] == []


def ray_probe(address: str, home: Path) -> None:
    with RayCluster(address, home=home) as cluster:
        cluster.start()


def test_a_node_with_another_installation_is_refused(
    two_raylets: Any, tasks: RayTasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(tasks.map(abs, range(4)))
    other = {**ray_worker.installed(), "polars": "0.1"}
    monkeypatch.setattr("entropy_assets.execution.ray_cluster.installed", lambda: other)
    with pytest.raises(ClusterFailed, match=r"has polars [\d.]+, this machine 0\.1: all nodes need the same"):
        ray_probe(two_raylets.address, Path("/tmp"))


def test_rows_are_parsed_on_the_cluster(two_raylets: Any, tmp_path: Path) -> None:
    lines = [f'{{"text": "{sentences(seed)}"}}\n' for seed in range(9_000)]
    (tmp_path / "rows.jsonl").write_text("".join(lines))

    def parsed() -> str:
        parts = iter_drop(tmp_path, "drop", 4_000, 2)
        return digest_value([parquet_bytes(part.records).hex() for part in parts])

    here = parsed()
    with using(Engine("ray", two_raylets.address)):
        assert parsed() == here


def test_probes_give_the_same_bits_on_the_cluster(two_raylets: Any) -> None:
    texts = [sentences(seed).encode() for seed in range(40)]
    params = ProbeParams(budget_bytes=4096)
    made = [ProbeTask(texts[start:], params, start, heldout={"web": texts[:3]}) for start in (0, 10, 20)]
    here = run_probes(made, 1)
    with using(Engine("ray", two_raylets.address)):
        there = run_probes(made, 2)
    assert [checkpoint for _, checkpoint in there] == [checkpoint for _, checkpoint in here]
    assert [run for run, _ in there] == [run for run, _ in here]


def test_a_candidate_is_decided_on_the_cluster_with_the_same_bytes(
    two_raylets: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entropy_assets.execution.pieces.START_SECONDS", 0.0)
    states = []
    for name, table in {
        "here": '[execution]\nengine = "inline"\n',
        "there": f'[execution]\nengine = "ray"\naddress = "{two_raylets.address}"\n',
    }.items():
        workspace = dataset(tmp_path / name, settings=SETTINGS + table)
        entry = curate(workspace, deliver(workspace, "first", rows(range(80))))
        assert entry is not None
        assert entry.action == "promote", summarise(workspace, "first")
        states.append(entry.state)
        assert not list(Path(str(workspace.root)).glob(".cluster*"))
    assert states[0] == states[1]


def test_a_raylet_that_is_killed_in_the_middle_changes_no_byte(
    two_raylets: Any, tasks: RayTasks, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [pl.DataFrame({"line": range(n, 3 * n)}) for n in range(1, 60)]
    results = tasks.map(digest_and_process, frames)
    found = [next(results)[0] for _ in range(8)]
    assert len(alive_nodes()) == 2
    kill_raylet(two_raylets)
    found += [data for data, _ in results]
    assert found == [digest_and_process(frame)[0] for frame in frames]
    assert len(alive_nodes()) == 1
    assert capsys.readouterr().out == ""


def test_a_signal_does_what_it_did_before(two_raylets: Any, tasks: RayTasks) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with RayTasks(two_raylets.address) as executor:
        list(executor.map(abs, range(4)))
        assert signal.getsignal(signal.SIGTERM) == before
