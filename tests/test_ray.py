"""What is said and checked before a Ray cluster works: none is started here."""

import importlib.util
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from entropy_assets.candidate.run import engine_of
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import ClusterFailed, InvalidParameter
from entropy_assets.execution import (
    Engine,
    Inline,
    Processes,
    RayCluster,
    RayTasks,
    is_on_cluster,
    processes,
    using,
)
from entropy_assets.execution.ray_worker import Terms, installed, work
from entropy_assets.settings import ExecutionSettings, Settings, WrongSettings, parse
from tests.cli.test_commands import invoke

CLUSTER = Settings(execution=ExecutionSettings(engine="ray"))


@pytest.fixture
def without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name, *rest: None if name == "ray" else found(name, *rest)
    )


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.mark.usefixtures("without_ray")
def test_without_ray_the_engine_is_refused_in_one_sentence() -> None:
    with (
        pytest.raises(
            InvalidParameter, match=r"not installed here: `pip install 'entropy-assets\[ray\]'`, or"
        ),
        using(Engine("ray")),
    ):
        pass
    assert not is_on_cluster()


@pytest.mark.usefixtures("without_ray")
def test_without_ray_all_else_works() -> None:
    with using(Engine("processes")), processes(1) as executor:
        assert list(executor.map(abs, [-1])) == [1]


@pytest.mark.parametrize(
    "address", ["", "ray://head:10001", "head", "head:", "head:port", "two words:1", "head:123456"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidParameter, match="must be `local` or host:port, got"):
        RayCluster(address)
    with pytest.raises(WrongSettings, match=r"`execution\.address` must be `local` or host:port, got"):
        parse(Settings, {"execution": {"engine": "ray", "address": address}})


def test_an_address_at_which_nobody_listens_is_told() -> None:
    address = f"127.0.0.1:{free_port()}"
    with (
        pytest.raises(
            ClusterFailed, match=rf"{address} does not answer \(.*refused.*\): start the cluster, or"
        ),
        using(Engine("ray", address)),
    ):
        pass


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="one of processes, inline, ray, got 'spark'"):
        Engine("spark")  # type: ignore[arg-type]
    with pytest.raises(
        WrongSettings, match=r"`execution\.engine` must be one of processes, inline, ray, got 'spark'"
    ):
        parse(Settings, {"execution": {"engine": "spark"}})


def test_the_engine_in_force_decides_who_computes() -> None:
    assert isinstance(processes(2), Processes)
    with using(Engine("inline")):
        assert isinstance(processes(7), Inline)
        with using(Engine("ray")):
            assert is_on_cluster()
            assert isinstance(processes(1), RayTasks)
        assert isinstance(processes(7), Inline)
    assert isinstance(processes(2), Processes)


def test_blocks_need_not_end_in_the_order_in_which_they_began() -> None:
    one, other = using(Engine("inline")), using(Engine("inline"))
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert isinstance(processes(2), Inline)
    other.__exit__(None, None, None)
    assert isinstance(processes(2), Processes)


def test_little_work_starts_no_cluster() -> None:
    with RayTasks("local") as executor:
        assert list(executor.map(lambda item: item + 1, [1, 2, 3], cost=0.1)) == [2, 3, 4]
    with using(Engine("ray")), processes(2) as executor:
        assert list(executor.map(lambda item: item + 1, [1, 2, 3], cost=0.1)) == [2, 3, 4]


def test_a_program_that_imported_ray_before_is_refused_a_cluster_of_its_own() -> None:
    code = (
        "import ray; from entropy_assets.execution import RayTasks\n"
        "with RayTasks('local') as executor: list(executor.map(abs, [1, 2]))"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    made = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=clean
    )
    assert made.returncode == 1
    assert "set RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 RAY_AUTH_MODE=token for this program" in made.stderr


def test_a_worker_that_does_not_see_the_home_says_so(tmp_path: Path) -> None:
    terms = Terms("unseen", {}, str(tmp_path), str(tmp_path / "mark"), seen_seconds=0.2)
    with pytest.raises(ClusterFailed, match=rf"does not see {tmp_path}: on a cluster ENTROPY_HOME must be"):
        terms.require()
    (tmp_path / "mark").touch()
    terms.require()


def test_a_worker_with_another_installation_says_so() -> None:
    here = installed()
    Terms("alike", here).require()
    with pytest.raises(ClusterFailed, match=r"has polars [\d.]+, this machine 0\.1: all nodes need the same"):
        Terms("other", {**here, "polars": "0.1"}).require()
    with pytest.raises(ClusterFailed, match=r"the code of entropy-assets [0-9a-f]{12}, this machine 0a1b"):
        Terms("older", {**here, "the code of entropy-assets": "0a1b"}).require()


def test_what_a_node_cannot_do_comes_as_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    from entropy_assets.execution.pieces import results_in

    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    answer = work(b"", Terms("worse", {"polars": "0.1"}), "executor", [])
    with pytest.raises(ClusterFailed, match=r"this machine 0\.1"):
        list(results_in([answer]))


def test_a_dataset_on_an_object_store_is_refused_on_a_cluster() -> None:
    workspace = Workspace(UPath("memory://shared"), "docs")
    with pytest.raises(InvalidParameter, match="must be a folder that all nodes share, got memory:"):
        engine_of(workspace, CLUSTER)
    assert engine_of(workspace, Settings()) == Engine()


def test_a_dataset_tells_its_engine(tmp_path: Path) -> None:
    workspace = Workspace(UPath(tmp_path), "docs")
    settings = replace(CLUSTER, workers=3)
    assert engine_of(workspace, settings) == Engine("ray", "local", 3, tmp_path / "docs")


def test_no_result_depends_on_where_the_work_runs() -> None:
    assert CLUSTER.digest == Settings().digest


@pytest.mark.usefixtures("without_ray")
def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "one"}\n')
    options: list[Any] = [tmp_path / "rows.jsonl", "--out", tmp_path / "out.parquet", "--engine", "ray"]
    made = invoke("ingest", *options)
    assert made.exit_code == 2
    assert "pip install 'entropy-assets[ray]'" in " ".join(made.output.split())
    assert not (tmp_path / "out.parquet").exists()
