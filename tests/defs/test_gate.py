"""Nothing gets past the gate: each way of trying is a test, and none promotes what should not be."""

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.verdict import judge_report
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication import verify_version
from entropy_assets.defs.running import failure_of_run
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, variant
from entropy_assets.shards import Shards
from entropy_assets.storage import read_json
from tests.defs.conftest import Home, ephemeral_instance

VERSION = "key:docs/dataset_version"


def edit(dataset: Workspace, asset: str, key: str, change: Callable[[dict[str, Any]], None]) -> None:
    path = dataset.manifest_path(asset, key)
    value = read_json(path)
    change(value)
    path.write_text(json.dumps(value))


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    return str(failure_of_run("candidate", result))


def test_good_is_promoted_and_damaged_is_held_by_measurement(home: Home) -> None:
    assert home.run(SECOND).action == "promote"
    first, held, second = home.dataset.ledger.entries()
    assert (first.candidate.key, held.candidate.key, second.candidate.key) == (FIRST, DAMAGED, SECOND)
    assert "blobs" in {reason["code"] for reason in held.reasons}
    assert held.state == first.state
    assert home.dataset.home.current_path.read_text().strip() == second.state.version
    manifest = verify_version(home.dataset.home, second.state.version)
    assert manifest["drops"] == [FIRST, SECOND]
    rows = summarise(home.dataset, SECOND).rows
    assert rows["in"] == rows["records"] + rows["quarantined"] == 450
    assert (
        90 <= rows["duplicates"] < 100
    )  # 90 are delivered again; a few docstrings are near-copies by nature
    known = summarise(home.dataset, FIRST).rows["pool"]
    assert rows["pool"] == known + 450 - rows["duplicates"] - rows["screened_out"]


def test_version_alone_after_a_hold_is_refused(home: Home) -> None:
    before = home.n_entries
    result = home.materialize(DAMAGED, VERSION)
    assert not result.success
    assert "held: blobs" in failure_of(result)
    assert home.n_entries == before


def test_forged_pass_promotes_nothing(home: Home) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    assert not home.materialize(key, f"* and not {VERSION}").success
    home.instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=home.wired.key("entropy_law_report"),
            check_name="entropy_law",
            passed=True,
            metadata={},
            partition=key,
        )
    )
    assert not home.materialize(key, VERSION).success
    assert home.dataset.ledger.decision(key).action == "hold"


def test_without_its_check_the_version_judges_alone(home: Home) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    definitions = dg.AssetSelection.all().without_checks()
    result = home.materialize(key, definitions)
    assert not result.success
    assert "held: blobs" in failure_of(result)
    assert home.dataset.ledger.decision(key).action == "hold"


def test_renamed_and_reordered_drop_gets_the_same_verdict(home: Home) -> None:
    key = "other-name"
    home.deliver(key, variant(home.drops[DAMAGED], 3))
    home.run(key)
    one, other = (read_json(home.dataset.manifest_path("entropy_law_report", k)) for k in (DAMAGED, key))
    assert one["measurements"] == other["measurements"]
    assert home.dataset.ledger.decision(key).reasons == home.dataset.ledger.decision(DAMAGED).reasons


def test_measured_drop_is_promoted_by_the_version_alone(measured: Home) -> None:
    assert measured.materialize(SECOND, VERSION).success
    assert measured.dataset.ledger.decision(SECOND).action == "promote"


def test_selection_changed_after_the_probe_is_refused(measured: Home) -> None:
    settings = measured.dataset.home.settings_path
    original = settings.read_text()
    settings.write_text(original + '[selection]\nselector = "length"\n')
    assert measured.materialize(SECOND, "key:docs/selection").success
    settings.write_text(original)
    result = measured.materialize(SECOND, VERSION)
    assert "probe_report was made for selection" in failure_of(result)
    assert measured.dataset.ledger.decision(SECOND) is None


def test_selection_file_edited_after_the_probe_is_refused(measured: Home) -> None:
    manifest = read_json(measured.dataset.manifest_path("selection", SECOND))
    path = measured.dataset.root / manifest["shards"][0]["path"]
    path.write_bytes(path.read_bytes()[::-1])
    result = measured.materialize(SECOND, VERSION)
    assert "its manifest says" in failure_of(result)
    assert measured.dataset.ledger.decision(SECOND) is None


def test_settings_changed_after_the_probe_are_refused(measured: Home) -> None:
    settings = measured.dataset.home.settings_path
    settings.write_text("seed = 5\n" + settings.read_text())
    result = measured.materialize(SECOND, VERSION)
    assert "was made for settings" in failure_of(result)
    assert measured.dataset.ledger.decision(SECOND) is None


@pytest.mark.parametrize("asset", ["probe_report", "drop_report", "entropy_law_report", "pool", "selection"])
def test_deleted_report_is_refused(measured: Home, asset: str) -> None:
    measured.dataset.manifest_path(asset, SECOND).unlink()
    result = measured.materialize(SECOND, VERSION)
    assert "is missing" in failure_of(result)
    assert measured.dataset.ledger.decision(SECOND) is None


@pytest.mark.parametrize("asset", ["probe_report", "drop_report"])
def test_edited_report_is_refused(measured: Home, asset: str) -> None:
    edit(measured.dataset, asset, SECOND, lambda value: value.update(candidate_note="better than it was"))
    result = measured.materialize(SECOND, VERSION)
    assert f"was made for {asset}" in failure_of(result)
    assert measured.dataset.ledger.decision(SECOND) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report["measurements"][0].update(value=None),
        lambda report: report["measurements"][0].update(standard_error=None),
        lambda report: report["measurements"].pop(0),
        lambda report: report["measurements"][0].update(code="kindness"),
    ],
    ids=["not a number", "no error", "not measured", "unknown"],
)
def test_unusable_measurement_is_held_for_integrity(measured: Home, change: Callable[[Any], None]) -> None:
    edit(measured.dataset, "entropy_law_report", SECOND, change)
    assert not measured.materialize(SECOND, VERSION).success
    entry = measured.dataset.ledger.decision(SECOND)
    assert entry.action == "hold"
    assert "integrity" in {reason["code"] for reason in entry.reasons}


def test_report_of_another_candidate_is_refused(measured: Home) -> None:
    dataset = measured.dataset
    for asset in ("drop_report", "entropy_law_report"):
        shutil.copyfile(dataset.manifest_path(asset, SECOND), dataset.manifest_path(asset, DAMAGED))
    dataset_report = read_json(dataset.manifest_path("entropy_law_report", DAMAGED))
    assert judge_report(dataset, DAMAGED, dataset_report).passes
    before = measured.n_entries
    assert not measured.materialize(DAMAGED, VERSION).success
    assert measured.n_entries == before


def test_old_parent_is_stale_and_measured_anew(measured: Home) -> None:
    other = "third"
    measured.deliver(other, measured.drops[SECOND][:200])
    assert measured.run(other).action == "promote"
    result = measured.materialize(SECOND, VERSION)
    assert "was made for parent" in failure_of(result)
    assert measured.dataset.ledger.decision(SECOND) is None
    entry = measured.run(SECOND)
    assert entry.action == "promote"
    assert entry.state.drops == (FIRST, other, SECOND)


@pytest.mark.parametrize(
    "config",
    [
        {"resources": {"policy": {"config": {"max_blobs": 999}}}},
        {"ops": {"docs__entropy_law_report": {"config": {"max_blobs": 999}}}},
        {"ops": {"docs__dataset_version": {"config": {"force": True}}}},
    ],
    ids=["resource", "report", "version"],
)
def test_launchpad_has_nothing_to_edit(home: Home, config: dict[str, Any]) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    # Dagster refuses what no schema knows, and hands nothing to an asset that asks for nothing.
    with contextlib.suppress(dg.DagsterInvalidConfigError):
        assert not home.materialize(key, "*", run_config=config).success
    assert home.run(key).action == "hold"


def test_decided_candidate_run_again_changes_nothing(home: Home) -> None:
    home.run(SECOND)
    entries = [json.dumps(entry.reasons) for entry in home.dataset.ledger.entries()]
    report = home.dataset.manifest_path("entropy_law_report", SECOND).read_bytes()
    state = home.dataset.ledger.state()
    assert home.materialize(SECOND, "*").success
    assert not home.materialize(DAMAGED, "*").success
    assert [json.dumps(entry.reasons) for entry in home.dataset.ledger.entries()] == entries
    assert home.dataset.ledger.state() == state
    assert home.dataset.manifest_path("entropy_law_report", SECOND).read_bytes() == report


def test_dagsters_database_can_be_lost(home: Home, tmp_path: Path) -> None:
    home.run(SECOND)
    before = home.dataset.ledger.entries()
    home.instance = ephemeral_instance(tmp_path)
    assert home.run(SECOND) == before[-1]
    assert home.run(DAMAGED).action == "hold"
    assert home.dataset.ledger.entries() == before


def test_lost_row_stops_the_run(home: Home) -> None:
    assert home.materialize(SECOND, "key:docs/raw_records or key:docs/quarantined_rows").success
    edit(home.dataset, "raw_records", SECOND, lambda value: value.update(rows_in=value["rows_in"] + 1))
    result = home.materialize(SECOND, checked(home, "raw_records") | after(home, "deduped_records"))
    assert not result.success
    found = {e.check_name: e.description for e in result.get_asset_check_evaluations()}
    assert found["rows_conserved"] == "451 rows in, 450 records + 0 quarantined"
    assert not home.dataset.manifest_path("deduped_records", SECOND).exists()


def test_unexplained_removal_stops_the_run(home: Home) -> None:
    assert home.materialize(SECOND, after(home, "raw_records") | after(home, "deduped_records")).success
    edit(home.dataset, "duplicate_pairs", SECOND, lambda value: value.update(shards=[]))
    result = home.materialize(SECOND, checked(home, "deduped_records") | after(home, "pool"))
    assert not result.success
    found = {e.check_name: e.description for e in result.get_asset_check_evaluations()}
    n_kept = Shards.from_json(read_json(home.dataset.manifest_path("deduped_records", SECOND))["shards"]).rows
    assert found["removals_explained"] == f"450 records in, {n_kept} kept + 0 removed, 0 unexplained"


def checked(home: Home, asset: str) -> dg.AssetSelection:
    return dg.AssetSelection.checks_for_assets(home.wired.key(asset))


def after(home: Home, asset: str) -> dg.AssetSelection:
    selection = dg.AssetSelection.assets(home.wired.key(asset)).required_multi_asset_neighbors()
    return selection.without_checks()


def test_manual_promotion_waits_for_a_person(home: Home) -> None:
    settings = home.dataset.home.settings_path
    settings.write_text(settings.read_text() + 'promotion = "manual"\n')
    entry = home.run(SECOND)
    assert [reason["code"] for reason in entry.reasons] == ["manual"]


def test_selection_holds_what_its_manifest_says(home: Home) -> None:
    home.run(SECOND)
    manifest = read_json(home.dataset.manifest_path("selection", SECOND))
    assert Shards.from_json(manifest["shards"]).rows == manifest["n_records"]
