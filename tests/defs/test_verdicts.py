"""The table of a verdict is the same on asset pages, at the check, on the run page, and in `status`."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from typer.testing import CliRunner

from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.defs.reporting import report_drop
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.ledger import drop_candidate
from tests.candidate.small import dataset, deliver, new_words, rows, strange

pytestmark = pytest.mark.usefixtures("kept_results")

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, dg.DagsterInstance]:
    """Return a dataset and its instance: one drop promoted with a note, one asked about, one held."""
    folder = tmp_path_factory.mktemp("verdicts")
    workspace = dataset(folder / "home")
    (folder / "instance").mkdir()
    instance = dg.DagsterInstance.ephemeral(tempdir=str(folder / "instance"))
    deliver(workspace, "first", rows(range(120)))
    deliver(workspace, "noted", rows(range(800, 830)) + new_words(range(30)))
    deliver(workspace, "asked", rows(range(300, 303)))
    deliver(workspace, "held", rows(range(400, 430)) + strange(range(30)))
    for key in ("first", "noted", "asked", "held"):
        run_candidate(Dataset(workspace), key, instance, log_level="CRITICAL")
    return workspace, instance


def table(metadata: Any) -> Rows:
    found = metadata.get("verdict")
    return [] if found is None else [dict(record.data) for record in found.records]


def materialised(instance: dg.DagsterInstance, asset: str, key: str) -> Rows:
    filters = dg.AssetRecordsFilter(asset_key=dg.AssetKey(["small", asset]), asset_partitions=[key])
    (record, *_) = instance.fetch_materializations(filters, limit=1).records
    assert record.asset_materialization is not None
    return table(record.asset_materialization.metadata)


def checked(instance: dg.DagsterInstance, key: str) -> Rows:
    check = dg.AssetCheckKey(dg.AssetKey(["small", "entropy_law_report"]), "entropy_law")
    records = instance.event_log_storage.get_asset_check_execution_history(check, limit=20)
    found = [r.event.dagster_event.asset_check_evaluation_data for r in records if r.event is not None]
    return next(table(one.metadata) for one in found if one.partition == key)


@pytest.mark.parametrize(
    ("drop", "verdicts", "codes"),
    [
        ("noted", {"noted"}, {"unknown_words"}),
        ("asked", {"asked"}, {"inconclusive"}),
        ("held", {"held", "noted"}, {"blobs", "unknown_words"}),
    ],
)
def test_pages_and_commands_show_one_table(
    ran: tuple[Workspace, dg.DagsterInstance], drop: str, verdicts: set[str], codes: set[str]
) -> None:
    workspace, instance = ran
    told = summarise(workspace, drop).told
    assert {row["verdict"] for row in told} == verdicts
    assert {row["rule"].split(":")[0] for row in told} - {"-"} == codes
    assert materialised(instance, "drop_report", drop) == told
    assert materialised(instance, "entropy_law_report", drop) == told
    assert checked(instance, drop) == told
    if verdicts == {"noted"}:
        assert materialised(instance, "dataset_version", drop) == told
        return
    status = CliRunner().invoke(app, ["status", "--home", str(workspace.home.home)]).output
    for row in told:
        assert row["command"] in status
        assert row["measured"].split()[0] in status


def test_a_drop_with_nothing_to_say_has_no_table(ran: tuple[Workspace, dg.DagsterInstance]) -> None:
    workspace, instance = ran
    assert summarise(workspace, "first").told == []
    assert checked(instance, "first") == []


def test_a_question_that_was_decided_without_dagster_is_shown(
    ran: tuple[Workspace, dg.DagsterInstance],
) -> None:
    workspace, instance = ran
    reason = {
        **dict.fromkeys(("measured", "standard_error", "allowed")),
        "code": "unlike",
        "scope": "drop",
        "why": "new",
        "do": "look",
        "unit": "",
        "stands_for": "ask",
    }
    workspace.ledger.append(
        "ask", drop_candidate("alone"), parent=workspace.ledger.state(), reasons=(reason,)
    )
    report_drop(instance, Dataset(workspace), "alone")
    assert checked(instance, "alone") == summarise(workspace, "alone").told != []


def test_the_run_page_of_a_version_that_was_asked_for_says_why(
    ran: tuple[Workspace, dg.DagsterInstance], tmp_path: Path
) -> None:
    from entropy_assets.defs.build import build_dataset

    workspace, instance = ran
    selection = dg.AssetSelection.assets(dg.AssetKey(["small", "dataset_version"])).without_checks()
    job = dg.define_asset_job("version", selection=selection, executor_def=dg.in_process_executor)
    made = dg.Definitions.merge(build_dataset(Dataset(workspace)), dg.Definitions(jobs=[job]))
    result = made.resolve_job_def("version").execute_in_process(
        partition_key="asked", instance=instance, raise_on_error=False
    )
    (failed,) = [event for event in result.all_events if event.is_step_failure]
    details = failed.step_failure_data.user_failure_data
    assert details is not None
    assert (details.description or "").startswith("asked: inconclusive")
    assert table(details.metadata) == summarise(workspace, "asked").told
