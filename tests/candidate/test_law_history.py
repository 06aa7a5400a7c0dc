"""The law report: points with origin and residual, the candidate's place, versions beside their scores."""

import json
from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from entropy_assets.candidate import probe
from entropy_assets.candidate.law_history import law_report, promoting_entries
from entropy_assets.candidate.manifests import LawReport, ProbeReport
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import LawFit
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, Row
from entropy_assets.ledger import Candidate
from entropy_assets.storage import read_json
from tests.homes import Home, home_in

pytestmark = pytest.mark.usefixtures("kept_results")


@pytest.fixture
def promoted(measured: Home) -> Home:
    """A home with two promoted drops, the second under the law of the first, and a held one."""
    assert measured.conclude(SECOND).action == "promote"
    return measured


def test_report_states_origin_and_residual_of_each_point(measured: Home) -> None:
    law = measured.load(LawReport, SECOND).law
    assert law is not None
    n_points = measured.open(SECOND).settings.law.n_points
    assert list(law["origins"]) == ["random"] * (n_points // 2) + ["window"] * (n_points - n_points // 2)
    for (ratio, loss), residual in zip(law["points"], law["residuals_bpb"], strict=True):
        expected = law["intercept_bpb"] + law["slope_bpb"] * np.log(ratio)
        assert residual == pytest.approx(loss - expected)
    ratio, loss = law["candidate"]
    assert law["candidate_residual_bpb"] == pytest.approx(LawFit.from_json(law).residual(ratio, loss))


def test_the_law_of_the_last_promotion_and_every_version(promoted: Home) -> None:
    workspace = promoted.workspace
    report = law_report(workspace)
    one, two = promoting_entries(workspace)
    stored = promoted.body(LawReport, SECOND)["law"]
    assert report.law is not None
    assert (report.law.candidate, report.law.version) == (SECOND, two.state.version)
    assert report.law.fit == LawFit.from_json(stored)
    assert report.law.places["candidate"]["residual_bpb"] == stored["candidate_residual_bpb"]
    assert [place.version for place in report.versions] == [one.state.version, two.state.version]
    assert [place.from_scratch for place in report.versions] == [True, False]
    assert report.versions[0].residual_bpb is None
    assert report.versions[1].residual_bpb == stored["candidate_residual_bpb"]
    figures = read_json(workspace.home.version(two.state.version or "") / "manifest.json")["figures"]
    assert report.versions[1].ratio == figures["ratio_zstd_long"]
    assert report.notes == (f"{one.state.version}: there is no parent version to compare with",)
    assert all("4 are needed" in one.why for one in report.correlations)
    json.dumps(report.to_json(), allow_nan=False)


def test_scores_stand_beside_their_version(promoted: Home) -> None:
    workspace = promoted.workspace
    versions = [entry.state.version or "" for entry in promoting_entries(workspace)]
    workspace.scores.record(versions[1], "error_rate", 0.25, versions, higher_is_worse=True)
    report = law_report(workspace)
    assert [dict(place.scores) for place in report.versions] == [{}, {"error_rate": 0.25}]
    assert report.higher_is_worse == {"error_rate": True}
    assert {one.score for one in report.correlations} == {"heldout_bpb", "error_rate"}


@pytest.mark.parametrize("resealed", [False, True])
def test_a_changed_report_gives_no_law(promoted: Home, resealed: bool) -> None:
    promoted.edit(LawReport, SECOND, lambda body: body.update(note="better than it was"), resealed=resealed)
    report = law_report(promoted.workspace)
    assert report.law is None
    assert report.versions[1].residual_bpb is None
    assert "not the one that was judged" in report.notes[1]


def test_an_unchanged_version_and_a_held_drop_are_no_further_version(promoted: Home) -> None:
    ledger = promoted.workspace.ledger
    assert ledger.outcome_words()[DAMAGED] == "hold"
    state = ledger.state()
    ledger.append("promote", Candidate("@refresh-2026-11-23"), parent=state, state=state)
    assert [entry.candidate.key for entry in promoting_entries(promoted.workspace)] == [FIRST, SECOND]


def test_a_dataset_without_a_version_has_an_empty_report(tmp_path: Path) -> None:
    report = law_report(Workspace(UPath(tmp_path), "docs"))
    assert (report.law, report.versions, report.notes) == (None, (), ())
    assert [one.n for one in report.correlations] == [0, 0, 0]


def name_an_exam(home: Home) -> None:
    rows = [{"prompt": f"What is {n} and {n}?", "completion": f"It is {2 * n}."} for n in range(30, 60)]
    (home.root / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    home.settings += '[screening]\nexams = ["sums"]\nevaluation_sets = { sums = "sums.jsonl" }\n'


@pytest.fixture(scope="session")
def plain(measured_folder: Path, stdlib_drops: dict[str, list[Row]]) -> Home:
    """The measured home itself, for reading."""
    return home_in(measured_folder, stdlib_drops)


def test_an_exam_of_the_settings_is_reported_and_changes_no_measurement(home: Home, plain: Home) -> None:
    name_an_exam(home)
    assert home.run(SECOND).action == "promote"
    report, bare_report = (one.load(ProbeReport, SECOND) for one in (home, plain))
    assert report.exam_records == {"sums": 30}
    assert bare_report.exam_records == {}
    for group, runs in report.runs.items():
        if group == "candidate_scratch":
            assert not any("exam_bpb" in run for run in runs)
        else:
            assert all(0 < run["exam_bpb"]["sums"] < 16 for run in runs)
        bare = [{k: v for k, v in run.items() if k != "exam_bpb"} for run in runs]
        assert bare == list(bare_report.runs[group])
    law, bare_law = (one.load(LawReport, SECOND) for one in (home, plain))
    assert law.measurements == bare_law.measurements
    figure = law.figures["exam_sums_bpb"]
    assert figure == pytest.approx(np.mean([run["exam_bpb"]["sums"] for run in report.runs["candidate"]]))
    assert "exam_sums_bpb" not in bare_law.figures
    told = law_report(home.workspace)
    assert [dict(place.scores) for place in told.versions] == [{}, {"exam_sums_bpb": figure}]
    assert told.higher_is_worse == {"exam_sums_bpb": True}


def test_the_run_from_scratch_beside_others_is_short_and_sits_no_exam(
    home: Home, plain: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SCRATCH_BYTES", 4096)
    assert home.run(SECOND).action == "promote"
    report, whole_report = (dict(one.load(ProbeReport, SECOND).runs) for one in (home, plain))
    run_bytes = plain.load(ProbeReport, SECOND).run_bytes
    (scratch,), (whole,) = (one.pop("candidate_scratch") for one in (report, whole_report))
    assert scratch["n_bytes"] <= 4096 < whole["n_bytes"] <= run_bytes
    assert scratch["record_heldout_bpb"] == whole["record_heldout_bpb"] == []
    assert report == whole_report
