"""The law report: points with origin and residual, the candidate's place, versions beside their scores."""

import json
from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from entropy_assets.curation.entropy_law import LawFit
from entropy_assets.defs import probe
from entropy_assets.defs.law import _law_metadata
from entropy_assets.defs.law_report import law_report, promoting_entries
from entropy_assets.defs.probe import _metadata
from entropy_assets.defs.resources import Dataset
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND
from entropy_assets.ledger import Candidate
from entropy_assets.storage import read_json
from tests.defs.conftest import Home


@pytest.fixture
def promoted(measured: Home) -> Home:
    """A home with two promoted drops, the second under the law of the first, and a held one."""
    assert measured.materialize(SECOND, "key:docs/dataset_version").success
    return measured


def test_report_states_origin_and_residual_of_each_point(measured: Home) -> None:
    law = read_json(measured.dataset.manifest_path("entropy_law_report", SECOND))["law"]
    n_points = measured.dataset.settings.law.n_points
    assert law["origins"] == ["random"] * (n_points // 2) + ["window"] * (n_points - n_points // 2)
    for (ratio, loss), residual in zip(law["points"], law["residuals_bpb"], strict=True):
        expected = law["intercept_bpb"] + law["slope_bpb"] * np.log(ratio)
        assert residual == pytest.approx(loss - expected)
    ratio, loss = law["candidate"]
    assert law["candidate_residual_bpb"] == pytest.approx(LawFit.from_json(law).residual(ratio, loss))


def test_the_asset_shows_the_points_as_a_table(measured: Home) -> None:
    report = read_json(measured.dataset.manifest_path("entropy_law_report", SECOND))
    metadata = _law_metadata(report)
    rows = [record.data for record in metadata["law_points"].records]
    assert {row["origin"] for row in rows} == {"random", "window"}
    assert len(rows) == len(report["law"]["points"])
    assert metadata["law_residual_bpb"] == report["law"]["candidate_residual_bpb"]
    first = read_json(measured.dataset.manifest_path("entropy_law_report", FIRST))
    assert "law_points" not in _law_metadata(first)


def test_the_law_of_the_last_promotion_and_every_version(promoted: Home) -> None:
    dataset = promoted.dataset
    report = law_report(dataset)
    one, two = promoting_entries(dataset)
    stored = read_json(dataset.manifest_path("entropy_law_report", SECOND))["law"]
    assert report.law is not None
    assert (report.law.candidate, report.law.version) == (SECOND, two.state.version)
    assert report.law.fit == LawFit.from_json(stored)
    assert report.law.places["candidate"]["residual_bpb"] == stored["candidate_residual_bpb"]
    assert [place.version for place in report.versions] == [one.state.version, two.state.version]
    assert [place.from_scratch for place in report.versions] == [True, False]
    assert report.versions[0].residual_bpb is None
    assert report.versions[1].residual_bpb == stored["candidate_residual_bpb"]
    figures = read_json(dataset.home.version(two.state.version) / "manifest.json")["figures"]
    assert report.versions[1].ratio == figures["ratio_zstd_long"]
    assert report.notes == (f"{one.state.version}: there is no parent version to compare with",)
    assert all("4 are needed" in one.why for one in report.correlations)
    json.dumps(report.to_json(), allow_nan=False)


def test_scores_stand_beside_their_version(promoted: Home) -> None:
    dataset = promoted.dataset
    versions = [entry.state.version for entry in promoting_entries(dataset)]
    dataset.scores.record(versions[1], "error_rate", 0.25, versions, higher_is_worse=True)
    report = law_report(dataset)
    assert [dict(place.scores) for place in report.versions] == [{}, {"error_rate": 0.25}]
    assert report.higher_is_worse == {"error_rate": True}
    assert {one.score for one in report.correlations} == {"heldout_bpb", "error_rate"}


def test_a_changed_report_gives_no_law(promoted: Home) -> None:
    path = promoted.dataset.manifest_path("entropy_law_report", SECOND)
    path.write_text(json.dumps({**read_json(path), "note": "better than it was"}))
    report = law_report(promoted.dataset)
    assert report.law is None
    assert report.versions[1].residual_bpb is None
    assert "not the one that was judged" in report.notes[1]


def test_an_unchanged_version_and_a_held_drop_are_no_further_version(promoted: Home) -> None:
    ledger = promoted.dataset.ledger
    assert ledger.decision(DAMAGED).action == "hold"
    state = ledger.state()
    ledger.append("promote", Candidate("@refresh-1"), parent=state, state=state)
    assert [entry.candidate.key for entry in promoting_entries(promoted.dataset)] == [FIRST, SECOND]


def test_a_dataset_without_a_version_has_an_empty_report(tmp_path: Path) -> None:
    report = law_report(Dataset(UPath(tmp_path), "docs"))
    assert (report.law, report.versions, report.notes) == (None, (), ())
    assert [one.n for one in report.correlations] == [0, 0, 0]


def name_an_exam(home: Home) -> None:
    root = Path(str(home.dataset.root))
    rows = [{"prompt": f"What is {n} and {n}?", "completion": f"It is {2 * n}."} for n in range(30, 60)]
    (root / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = home.dataset.home.settings_path
    text = '[screening]\nexams = ["sums"]\nevaluation_sets = { sums = "sums.jsonl" }\n'
    settings.write_text(settings.read_text() + text)


def test_an_exam_of_the_settings_is_reported_and_changes_no_measurement(
    home: Home, measured_folder: Path
) -> None:
    name_an_exam(home)
    assert home.run(SECOND).action == "promote"
    report = read_json(home.dataset.manifest_path("probe_report", SECOND))
    without = Dataset(UPath(measured_folder), "docs")
    plain = read_json(without.manifest_path("probe_report", SECOND))
    assert report["exam_records"] == {"sums": 30}
    assert plain["exam_records"] == {}
    for group, runs in report["runs"].items():
        if group == "candidate_scratch":
            assert not any("exam_bpb" in run for run in runs)
        else:
            assert all(0 < run["exam_bpb"]["sums"] < 16 for run in runs)
        bare = [{k: v for k, v in run.items() if k != "exam_bpb"} for run in runs]
        assert bare == plain["runs"][group]
    law, bare_law = (
        read_json(one.manifest_path("entropy_law_report", SECOND)) for one in (home.dataset, without)
    )
    assert law["measurements"] == bare_law["measurements"]
    figure = law["figures"]["exam_sums_bpb"]
    assert figure == pytest.approx(np.mean([run["exam_bpb"]["sums"] for run in report["runs"]["candidate"]]))
    assert "exam_sums_bpb" not in bare_law["figures"]
    (table,) = [record.data for record in _metadata(report, 1.0)["exams"].records]
    assert (table["set"], table["records"], table["candidate"]) == ("sums", 30, round(figure, 4))
    told = law_report(home.dataset)
    assert [dict(place.scores) for place in told.versions] == [{}, {"exam_sums_bpb": figure}]
    assert told.higher_is_worse == {"exam_sums_bpb": True}


def test_the_run_from_scratch_beside_others_is_short_and_sits_no_exam(
    home: Home, measured_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "SCRATCH_BYTES", 4096)
    assert home.run(SECOND).action == "promote"
    report = read_json(home.dataset.manifest_path("probe_report", SECOND))
    plain = read_json(Dataset(UPath(measured_folder), "docs").manifest_path("probe_report", SECOND))
    table = _metadata(report, 1.0)["heldout_by_source"]
    (scratch,), (whole,) = (one["runs"].pop("candidate_scratch") for one in (report, plain))
    assert scratch["n_bytes"] <= 4096 < whole["n_bytes"] <= report["run_bytes"]
    assert scratch["record_heldout_bpb"] == whole["record_heldout_bpb"] == []
    assert report["runs"] == plain["runs"]
    assert [column.name for column in table.schema.columns] == ["source", "records", *report["runs"]]
