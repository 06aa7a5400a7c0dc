"""A candidate through Dagster's graph and through the floor below it: the same bytes, whatever ran it."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from entropy_assets.candidate.batch import propose_batch
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.ledger import Ledger
from tests.candidate.correcting import WHOLE, again, correct, expected, mended, texts, wrong
from tests.candidate.small import dataset, deliver, rows, strange

APART = ("work/contents", "work/attempts", "lock")
"""What holds times and process numbers."""


def at_noon() -> datetime:
    return datetime(2026, 11, 26, 12, tzinfo=UTC)


def prepared(folder: Path) -> tuple[Workspace, list[str]]:
    """Return a dataset with drops, and the candidates that are run on it, one of them a batch."""
    workspace = dataset(folder)
    workspace.ledger = Ledger(workspace.home.root / "ledger", clock=at_noon)
    deliver(workspace, "first", rows(range(100)))
    deliver(workspace, "good", rows(range(90, 140)))
    deliver(workspace, "also-good", rows(range(130, 180)))
    deliver(workspace, "strange", rows(range(300, 320)) + strange(range(20)))
    batch = propose_batch(workspace, ["good", "also-good", "strange"])
    deliver(workspace, "last", rows(range(400, 440)))
    return workspace, ["first", batch.key, "last"]


def written(workspace: Workspace) -> dict[str, bytes]:
    root = Path(str(workspace.root))
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if not name.startswith(APART) and "/probe_runs/" not in name
    }


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    (tmp_path / "instance").mkdir()
    return dg.DagsterInstance.ephemeral(tempdir=str(tmp_path / "instance"))


def test_graph_and_floor_write_the_same_bytes(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    by_floor, keys = prepared(tmp_path / "floor")
    by_graph, _ = prepared(tmp_path / "graph")
    for key in keys:
        curate(by_floor, key)
        run_candidate(Dataset(by_graph), key, instance, log_level="CRITICAL")
    one, other = written(by_floor), written(by_graph)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    assert [e.action for e in by_floor.ledger.entries()] == ["promote", "promote", "promote"]
    told = instance.get_latest_materialization_event(dg.AssetKey(["small", "dataset_version"]))
    assert told is not None


def test_drop_from_which_nothing_is_picked_is_held_by_both(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    by_floor, by_graph = (dataset(tmp_path / name) for name in ("floor", "graph"))
    for workspace in (by_floor, by_graph):
        workspace.ledger = Ledger(workspace.home.root / "ledger", clock=at_noon)
        deliver(workspace, "tiny", rows(range(1)))
    curate(by_floor, "tiny")
    entry = run_candidate(Dataset(by_graph), "tiny", instance, log_level="CRITICAL")
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["nothing_picked"]
    assert written(by_floor) == written(by_graph)


def test_each_drop_of_a_batch_tells_its_verdict_on_its_page(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    workspace, keys = prepared(tmp_path / "graph")
    wired = Dataset(workspace)
    for key in keys[:2]:
        run_candidate(wired, key, instance, log_level="CRITICAL")
    pages = instance.get_materialized_partitions(wired.key("dataset_version"))
    assert {"first", "good", "also-good", keys[1]} <= pages
    assert "strange" not in pages
    assert "strange" in instance.get_dynamic_partitions(str(wired.partitions.name))
    check = dg.AssetCheckKey(wired.key("entropy_law_report"), "entropy_law")
    history = instance.event_log_storage.get_asset_check_execution_history(check, limit=100)
    found = {
        e.partition: (e.passed, e.description)
        for record in history
        if record.event is not None
        and record.event.dagster_event is not None
        and (e := record.event.dagster_event.asset_check_evaluation_data) is not None
    }
    assert found["good"][0]
    passed, why = found["strange"]
    assert not passed
    assert "blobs" in str(why)


def test_graph_and_floor_correct_and_bring_back_the_same(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    own = wrong(60)
    found = []
    for name in ("floor", "graph"):
        workspace = dataset(tmp_path / name, WHOLE)
        workspace.ledger = Ledger(workspace.home.root / "ledger", clock=at_noon)
        deliver(workspace, "first", own + rows(range(9000, 9060), "letters"))
        correct(workspace, "fix", mended(own[:20]))
        correct(workspace, "later", again(mended(own[:10]), "world"))
        keys = ["first", propose_batch(workspace, ["fix", "later"]).key]
        for key in (*keys, ""):
            decided = key or propose_withdrawal(workspace, "later", "Ada", "a test").key
            if name == "floor":
                curate(workspace, decided)
            else:
                run_candidate(Dataset(workspace), decided, instance, log_level="CRITICAL")
        assert texts(workspace) == expected(own, mended(own[:20]))
        found.append(written(workspace))
    one, other = found
    assert one.keys() == other.keys()
    assert [path for path in one if one[path] != other[path]] == []
