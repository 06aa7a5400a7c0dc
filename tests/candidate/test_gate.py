"""Nothing gets past the gate: each way of trying is a test, and none promotes what should not be."""

import json
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from entropy_assets.candidate.batch import propose_batch
from entropy_assets.candidate.choosing import select_from
from entropy_assets.candidate.ingest import check_rows_conserved, read_drops
from entropy_assets.candidate.manifests import (
    DropReport,
    LawReport,
    PoolManifest,
    ProbeReport,
    RawRecords,
    SelectionManifest,
)
from entropy_assets.candidate.selection import select_records
from entropy_assets.candidate.summary import reasons_of, summarise
from entropy_assets.candidate.verdict import judge_report, judge_under
from entropy_assets.curation.publication import verify_version
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, variant
from entropy_assets.errors import InvalidInput, StaleProvenance, StorageConflict
from tests.homes import REPORTS, Home

pytestmark = pytest.mark.usefixtures("kept_results")

Change = Callable[[dict[str, Any]], Any]

EDITS: dict[str, Change] = {
    "raw": lambda body: body["parts"][0].update(blank_lines=7),
    "deduped": lambda body: body["parts"][0].update(rows_in=7),
    "pairs": lambda body: body["parts"][0].update(by_rule={}),
    "screened": lambda body: body["parts"][0].update(rows_in=7),
    "drops": lambda body: body["parts"][0].update(n_bytes=7),
    "pool": lambda body: body.update(n_bytes=7),
    "selection": lambda body: body.update(n_bytes=7),
    "control": lambda body: body.update(n_bytes=7),
    "probe": lambda body: body["runs"]["candidate"][0].update(loss_bpb=1.0),
    "law": lambda body: body["figures"].update(loss_bpb=1.0),
}
"""One edit of each report that keeps its form."""


def refused(home: Home, key: str, told: str, error: type[Exception] = StaleProvenance) -> None:
    """Check that a candidate is not decided from its stored reports, and that it is told why."""
    before = home.n_entries
    with pytest.raises(error, match=told):
        home.conclude(key)
    assert home.n_entries == before
    assert home.workspace.ledger.decision(key) is None


def test_good_is_promoted_and_damaged_is_held_by_measurement(home: Home) -> None:
    assert home.run(SECOND).action == "promote"
    first, held, second = home.workspace.ledger.entries()
    assert (first.candidate.key, held.candidate.key, second.candidate.key) == (FIRST, DAMAGED, SECOND)
    assert "blobs" in {reason["code"] for reason in held.reasons}
    assert reasons_of(held, DAMAGED) == held.reasons
    assert held.state == first.state
    current = home.workspace.home.current_path.read_text().splitlines()
    assert (len(current), current[0]) == (2, second.state.version)
    manifest = verify_version(home.workspace.home, second.state.version or "")
    assert manifest["drops"] == [FIRST, SECOND]
    rows = summarise(home.workspace, SECOND).rows
    assert rows["in"] == rows["records"] + rows["quarantined"] == 450
    # 90 are delivered again; a few docstrings are near-copies by nature.
    assert 90 <= rows["duplicates"] < 100
    known = summarise(home.workspace, FIRST).rows["pool"]
    assert rows["pool"] == known + 450 - rows["duplicates"] - rows["screened_out"]


def test_renamed_and_reordered_drop_gets_the_same_verdict(home: Home) -> None:
    key = "other-name"
    home.deliver(key, variant(home.drops[DAMAGED], 3))
    home.run(key)
    one, other = (home.load(LawReport, k) for k in (DAMAGED, key))
    assert one.measurements == other.measurements
    decided = [home.workspace.ledger.decision(k) for k in (DAMAGED, key)]
    reasons = [reasons_of(entry, k) for entry, k in zip(decided, (DAMAGED, key), strict=True) if entry]
    assert reasons[0] == reasons[1] != ()


def test_measured_drop_is_promoted_by_the_decision_alone(measured: Home) -> None:
    assert measured.conclude(SECOND).action == "promote"


def test_selection_under_other_settings_is_refused(measured: Home) -> None:
    measured.settings += '[selection]\nselector = "length"\n'
    with pytest.raises(StaleProvenance, match="pool was made for settings"):
        select_records(measured.open(SECOND), measured.load(PoolManifest, SECOND))


def test_selection_changed_after_the_probe_is_refused(measured: Home) -> None:
    run, pool = measured.open(SECOND), measured.load(PoolManifest, SECOND)
    other = select_from(run, run.load_pool(pool), run.settings.selection, "length")
    measured.workspace.store(SelectionManifest(provenance=run.provenance(pool), **other))
    refused(measured, SECOND, "probe_report was made for selection")


def test_selection_file_edited_after_the_probe_is_refused(measured: Home) -> None:
    (shard,) = measured.load(SelectionManifest, SECOND).shards.shards
    path = measured.root / shard.path
    path.write_bytes(path.read_bytes()[::-1])
    refused(measured, SECOND, "its manifest says", error=Exception)


def test_settings_changed_after_the_probe_are_refused(measured: Home) -> None:
    measured.settings = "seed = 5\n" + measured.settings
    refused(measured, SECOND, "was made for settings")


@pytest.mark.parametrize("name", REPORTS)
def test_deleted_report_is_refused(measured: Home, name: str) -> None:
    measured.workspace.manifest_path(REPORTS[name].step, SECOND).unlink()
    refused(measured, SECOND, "is missing: run .*, which writes it, first", InvalidInput)


@pytest.mark.parametrize("name", REPORTS)
def test_edited_report_is_refused(measured: Home, name: str) -> None:
    measured.edit(REPORTS[name], SECOND, EDITS[name], resealed=False)
    refused(measured, SECOND, f"{REPORTS[name].step}.*was edited after it was written")


@pytest.mark.parametrize("name", REPORTS)
def test_edited_and_resealed_report_is_refused(measured: Home, name: str) -> None:
    measured.edit(REPORTS[name], SECOND, EDITS[name], resealed=True)
    told = f"was made for {REPORTS[name].step} "
    if name == "law":
        told = r"is not what the reports before it give \(differs in figures\)"
    refused(measured, SECOND, told)


def test_hold_edited_into_promote_is_refused(home: Home) -> None:
    key = "late-damaged"
    home.deliver(key, variant(home.drops[DAMAGED], 1))
    home.measure(key)

    def forgive(body: dict[str, Any]) -> None:
        for measurement in body["measurements"]:
            measurement.update(value=0.0, standard_error=0.0)
        body["suspects_by_source"] = []

    home.edit(LawReport, key, forgive, resealed=True)
    assert judge_report(home.open(key), home.load(LawReport, key)).passes
    refused(home, key, "is not what the reports before it give")
    assert home.run(key).action == "hold"


@pytest.mark.parametrize(
    "change",
    [
        lambda report: report["measurements"][0].update(value=None),
        lambda report: report["measurements"][0].update(standard_error=None),
        lambda report: report.update(
            measurements=[m for m in report["measurements"] if m["code"] != "damage"]
        ),
        lambda report: report["measurements"][0].update(code="kindness"),
    ],
    ids=["not a number", "no error", "not measured", "unknown"],
)
def test_unusable_measurement_is_held_for_integrity(measured: Home, change: Change) -> None:
    report = measured.body(LawReport, SECOND)
    policy = measured.open(SECOND).settings.policy
    assert judge_under(policy, report, first=False, overrides=()).passes
    change(report)
    verdict = judge_under(policy, report, first=False, overrides=())
    assert (verdict.outcome, "integrity" in verdict.codes) == ("hold", True)
    set_aside = judge_under(policy, report, first=False, overrides=["integrity"])
    assert "integrity" in set_aside.codes
    measured.edit(LawReport, SECOND, change, resealed=True)
    refused(measured, SECOND, r"is not what the reports before it give \(differs in measurements\)")


def test_report_of_another_candidate_is_refused(measured: Home) -> None:
    key = "late-damaged"
    measured.deliver(key, variant(measured.drops[DAMAGED], 1))
    measured.measure(key)
    for form in (DropReport, LawReport):
        paths = [measured.workspace.manifest_path(form.step, one) for one in (SECOND, key)]
        shutil.copyfile(*map(str, paths))
    assert judge_report(measured.open(key), measured.load(LawReport, key)).passes
    refused(measured, key, f"drop_report was made for candidate {SECOND}, but late-damaged")


def test_old_parent_is_stale_and_measured_anew(measured: Home) -> None:
    other = "third"
    measured.deliver(other, measured.drops[SECOND][:200])
    assert measured.run(other).action == "promote"
    refused(measured, SECOND, "was made for parent")
    entry = measured.run(SECOND)
    assert entry.action == "promote"
    assert entry.state.drops == (FIRST, other, SECOND)


def test_a_parent_that_goes_while_a_candidate_is_measured_makes_it_stale(measured: Home) -> None:
    run = measured.open(SECOND)
    measured.deliver("third", measured.drops[SECOND][:200])
    assert measured.run("third").action == "promote"
    with pytest.raises(StaleProvenance, match=r"is stale: it is measured against .*is current; run it again"):
        run.verify(measured.load(ProbeReport, SECOND))


def test_decided_candidate_run_again_changes_nothing(home: Home) -> None:
    entry = home.run(SECOND)
    entries, report = home.workspace.ledger.entries(), home.body(LawReport, SECOND)
    assert home.run(SECOND) == entry
    assert home.run(DAMAGED).action == "hold"
    home.measure(SECOND)
    with pytest.raises(StorageConflict, match="'docs-second' is already decided: read the ledger"):
        home.conclude(SECOND)
    assert home.workspace.ledger.entries() == entries
    assert home.body(LawReport, SECOND) == report


def test_a_batch_lets_in_the_drops_that_were_in_its_pool(home: Home) -> None:
    """A policy that changes between pool and decision changes who is held, and the pool stays as it was."""
    late = home.deliver("late-damaged", variant(home.drops[DAMAGED], 1))
    key = propose_batch(home.workspace, [SECOND, late]).key
    strict = home.settings
    wide = "[policy]\nmax_damage = 9.0\nmax_doubtful = 9.0\nmax_unlike = 9.0"
    home.settings = re.sub(r"(max_\w+) = [\d.]+", r"\1 = 9.0", strict).replace("[policy]", wide)
    home.measure(key)
    home.settings = strict
    assert home.reports(key).pool.added == (SECOND, late)
    refused(home, key, "are let in, but its pool holds")
    entry = home.run(key)
    assert {drop: told.outcome for drop, told in entry.outcomes.items()} == {SECOND: "promote", late: "hold"}
    assert entry.state.drops == (FIRST, SECOND)
    live = home.workspace.segment_records(entry.state)
    assert set(live["drop"]) == {FIRST, SECOND}


def test_a_lost_row_is_seen(home: Home) -> None:
    run = home.open(SECOND)
    raw, bad = read_drops(run)
    assert check_rows_conserved(run, raw, bad).passed
    home.workspace.store(raw)
    home.edit(RawRecords, SECOND, lambda body: body["parts"][0].update(rows_in=451), resealed=True)
    found = check_rows_conserved(run, home.load(RawRecords, SECOND), bad)
    assert (found.passed, found.blocks) == (False, True)
    assert found.description == "451 rows in, 450 records + 0 quarantined"


def test_keys_that_go_to_the_metadata_are_told(home: Home) -> None:
    run = home.open(home.deliver("keyed", [{"text": f"Page {n}.", "page": n} for n in range(30)]))
    raw, bad = read_drops(run)
    assert raw.parts[0].metadata_keys == {"page": 30}
    found = check_rows_conserved(run, raw, bad)
    assert found.description == "30 rows in, 30 records + 0 quarantined; metadata keys: page 30 rows"
    assert RawRecords.from_bytes(raw.to_bytes(), "here").parts == raw.parts


def test_manual_promotion_waits_for_a_person(measured: Home) -> None:
    measured.settings += 'promotion = "manual"\n'
    entry = measured.conclude(SECOND)
    assert [reason["code"] for reason in entry.reasons] == ["manual"]
    assert json.dumps(entry.reasons)
