"""Nothing gets past the gate in Dagster: solo materialisation, forged checks, the launchpad, lost stores."""

import contextlib
import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from entropy_assets.candidate.manifests import (
    DedupedRecords,
    DuplicatePairs,
    LawReport,
    RawRecords,
)
from entropy_assets.defs.running import failure_of_run
from entropy_assets.demo.drops import DAMAGED, SECOND, variant
from tests.defs.conftest import WiredHome, ephemeral_instance

pytestmark = pytest.mark.usefixtures("kept_results")

WHOLE = "not key:docs/keep_rates and not key:docs/selector_comparison"
"""All assets of a run; keep rates are asked for, and take many trainings."""

VERSION = "key:docs/dataset_version"


def failure_of(result: dg.ExecuteInProcessResult) -> str:
    return str(failure_of_run("candidate", result))


def checked(home: WiredHome, asset: str) -> dg.AssetSelection:
    return dg.AssetSelection.checks_for_assets(home.dataset.key(asset))


def after(home: WiredHome, asset: str) -> dg.AssetSelection:
    selection = dg.AssetSelection.assets(home.dataset.key(asset)).required_multi_asset_neighbors()
    return selection.without_checks()


def test_version_alone_after_a_hold_is_refused(home: WiredHome) -> None:
    before = home.n_entries
    result = home.materialize(DAMAGED, VERSION)
    assert not result.success
    assert "held: damage" in failure_of(result)
    assert home.n_entries == before


def test_forged_pass_promotes_nothing(home: WiredHome) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    assert not home.materialize(key, f"{WHOLE} and not {VERSION}").success
    home.instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=home.dataset.key("entropy_law_report"),
            check_name="entropy_law",
            passed=True,
            metadata={},
            partition=key,
        )
    )
    assert not home.materialize(key, VERSION).success
    assert home.workspace.ledger.outcome_words()[key] == "hold"


def test_without_its_check_the_version_judges_alone(home: WiredHome) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    result = home.materialize(key, dg.AssetSelection.from_string(WHOLE).without_checks())
    assert not result.success
    assert "held: damage" in failure_of(result)
    assert home.workspace.ledger.outcome_words()[key] == "hold"


def test_measured_drop_is_promoted_by_the_version_alone(measured: WiredHome) -> None:
    assert measured.materialize(SECOND, VERSION).success
    assert measured.workspace.ledger.outcome_words()[SECOND] == "promote"


@pytest.mark.parametrize(
    ("resealed", "told"),
    [
        (False, "was edited after it was written"),
        (True, "is not what the reports before it give (differs in figures)"),
    ],
)
def test_edited_report_is_refused_by_the_version_alone(
    measured: WiredHome, resealed: bool, told: str
) -> None:
    measured.edit(LawReport, SECOND, lambda body: body["figures"].update(loss_bpb=1.0), resealed=resealed)
    result = measured.materialize(SECOND, VERSION)
    assert told in failure_of(result)
    assert measured.workspace.ledger.decision(SECOND) is None


def test_deleted_report_is_refused_by_the_version_alone(measured: WiredHome) -> None:
    measured.workspace.manifest_path("probe_report", SECOND).unlink()
    assert "probe_report/docs-second.json is missing" in failure_of(measured.materialize(SECOND, VERSION))
    assert measured.workspace.ledger.decision(SECOND) is None


@pytest.mark.parametrize(
    "config",
    [
        {"resources": {"policy": {"config": {"max_blobs": 999}}}},
        {"resources": {"docs_run": {"config": {"settings": {"policy": {"max_blobs": 999}}}}}},
        {"ops": {"docs__entropy_law_report": {"config": {"max_blobs": 999}}}},
        {"ops": {"docs__dataset_version": {"config": {"force": True}}}},
    ],
    ids=["resource", "run", "report", "version"],
)
def test_launchpad_has_nothing_to_edit(home: WiredHome, config: dict[str, Any]) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    # Dagster refuses what no schema knows, and hands nothing to an asset that asks for nothing.
    with contextlib.suppress(dg.DagsterInvalidConfigError):
        assert not home.materialize(key, WHOLE, run_config=config).success
    assert home.run(key).action == "hold"


def test_decided_candidate_run_again_changes_nothing(home: WiredHome) -> None:
    home.run(SECOND)
    entries = home.workspace.ledger.entries()
    path = Path(str(home.workspace.manifest_path("entropy_law_report", SECOND)))
    report, state = path.read_bytes(), home.workspace.ledger.state()
    assert home.materialize(SECOND, WHOLE).success
    assert not home.materialize(DAMAGED, WHOLE).success
    assert home.workspace.ledger.entries() == entries
    assert home.workspace.ledger.state() == state
    assert path.read_bytes() == report


def test_dagsters_database_can_be_lost(home: WiredHome, tmp_path: Path) -> None:
    home.run(SECOND)
    before = home.workspace.ledger.entries()
    home.instance = ephemeral_instance(tmp_path)
    assert home.run(SECOND) == before[-1]
    assert home.run(DAMAGED).action == "hold"
    assert home.workspace.ledger.entries() == before


def test_lost_row_stops_the_run(home: WiredHome) -> None:
    assert home.materialize(SECOND, "key:docs/raw_records or key:docs/quarantined_rows").success
    home.edit(RawRecords, SECOND, lambda body: body["parts"][0].update(rows_in=451), resealed=True)
    result = home.materialize(SECOND, checked(home, "raw_records") | after(home, "deduped_records"))
    assert not result.success
    found = {e.check_name: e.description for e in result.get_asset_check_evaluations()}
    assert found["rows_conserved"] == "451 rows in, 450 records + 0 quarantined"
    assert home.workspace.find(DedupedRecords, SECOND) is None


def test_unexplained_removal_stops_the_run(home: WiredHome) -> None:
    assert home.materialize(SECOND, after(home, "raw_records") | after(home, "deduped_records")).success
    home.edit(
        DuplicatePairs, SECOND, lambda body: body["parts"][0]["shards"].update(shards=[]), resealed=True
    )
    result = home.materialize(SECOND, checked(home, "deduped_records") | after(home, "screened_records"))
    assert not result.success
    found = {e.check_name: e.description for e in result.get_asset_check_evaluations()}
    n_kept = home.load(DedupedRecords, SECOND).parts[0].shards.rows
    assert found["removals_explained"] == f"450 records in, {n_kept} kept + 0 removed, 0 unexplained"
    assert not home.workspace.manifest_path("screened_records", SECOND).exists()


def test_a_decision_says_its_reasons_in_the_check(home: WiredHome) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    result = home.materialize(key, WHOLE)
    (check,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "entropy_law"]
    assert not check.passed
    assert "blobs" in str(check.description)
    assert json.dumps(home.workspace.ledger.decision(key).reasons)  # type: ignore[union-attr]
