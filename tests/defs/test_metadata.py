"""What the assets show beside their manifests: tables and figures made from real reports."""

import json

from entropy_assets.candidate.manifests import DropReport, LawReport, ProbeReport
from entropy_assets.defs.law import SHOWN_EXAMPLES, _law_metadata, _suspects
from entropy_assets.defs.probe import _metadata
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND
from tests.homes import Home


def test_the_law_shows_its_points_as_a_table(measured: Home) -> None:
    report = measured.load(LawReport, SECOND)
    assert report.law is not None
    metadata = _law_metadata(report)
    rows = [record.data for record in metadata["law_points"].records]
    assert {row["origin"] for row in rows} == {"random", "window"}
    assert len(rows) == len(report.law["points"])
    assert metadata["law_residual_bpb"] == report.law["candidate_residual_bpb"]
    assert "law_points" not in _law_metadata(measured.load(LawReport, FIRST))


def test_the_probe_shows_held_out_loss_by_source_of_every_run_that_sat_the_exam(measured: Home) -> None:
    report = measured.load(ProbeReport, SECOND)
    table = _metadata(report, 1.0)["heldout_by_source"]
    sat = [name for name in report.runs if name != "candidate_scratch"]
    assert [column.name for column in table.schema.columns] == ["source", "records", *sat]
    assert {record.data["source"] for record in table.records} == set(report.exam_sources)


def test_exams_of_the_settings_are_a_table(measured: Home) -> None:
    def sit(body: dict) -> None:  # type: ignore[type-arg]
        body["exam_records"] = {"sums": 30}
        for name, runs in body["runs"].items():
            for number, run in enumerate(runs):
                if name != "candidate_scratch":
                    run["exam_bpb"] = {"sums": 2.0 + number}

    measured.edit(ProbeReport, SECOND, sit, resealed=True)
    report = measured.load(ProbeReport, SECOND)
    (row,) = [record.data for record in _metadata(report, 1.0)["exams"].records]
    mean = 2.0 + (len(report.runs["candidate"]) - 1) / 2
    assert (row["set"], row["records"], row["candidate"]) == ("sums", 30, mean)
    assert "candidate_scratch" not in row
    json.dumps(row)


def test_the_drop_report_shows_the_farthest_suspects_of_each_rule(home: Home) -> None:
    report = home.load(DropReport, DAMAGED)
    metadata = _suspects(home.open(DAMAGED), report)
    assert metadata["suspects"] == report.parts[0].suspects.records
    examples = [record.data for record in metadata["suspect_examples"].records]
    assert sum(row["rule"] == "blobs" for row in examples) == SHOWN_EXAMPLES
