"""The assets that read a drop, run by Dagster: the check `quarantine_share` and the table of reasons."""

import json
from pathlib import Path

import dagster as dg
import pytest

from entropy_assets.candidate.manifests import DedupedRecords
from entropy_assets.defs.ingest import REASON_TABLE
from tests.defs.conftest import WiredHome, wired_in

GOOD = [json.dumps({"text": f"row {n}"}).encode() for n in range(97)]
BAD = [b"bad \xff", b'{"text": ""}', b"{" + b"x" * 500]


@pytest.fixture
def fresh(tmp_path: Path) -> WiredHome:
    home = wired_in(tmp_path / "home")
    home.settings = "workers = 1\n"
    return home


def deliver(home: WiredHome, lines: list[bytes]) -> Path:
    folder = Path(str(home.workspace.home.inbox)) / "drop"
    folder.mkdir(parents=True)
    (folder / "rows.jsonl").write_bytes(b"\n".join(lines))
    (folder / "_SUCCESS").touch()
    return folder


def read(home: WiredHome) -> tuple[dg.ExecuteInProcessResult, dg.AssetCheckEvaluation]:
    parts = ("raw_records", "quarantined_rows", "deduped_records", "duplicate_pairs")
    result = home.materialize("drop", " or ".join(f"key:docs/{part}" for part in parts))
    (share,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "quarantine_share"]
    return result, share


def test_too_many_bad_rows_stop_the_run_and_the_reasons_are_told(fresh: WiredHome) -> None:
    deliver(fresh, GOOD + BAD)
    result, share = read(fresh)
    assert not result.success
    assert not share.passed
    assert share.blocking
    assert share.description == (
        "quarantine_share (drop): 3 of 100 rows cannot become records (0.03, allowed 0.01); mend these rows "
        "in a new drop, or raise ingest.max_quarantine_share; quarantined_rows names them"
    )
    assert fresh.workspace.find(DedupedRecords, "drop") is None
    entry = fresh.run("drop")
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["quarantine_share"])
    assert (entry.reasons[0]["measured"], entry.reasons[0]["allowed"]) == (0.03, 0.01)


def test_a_share_that_is_allowed_passes(fresh: WiredHome) -> None:
    fresh.settings = "workers = 1\n[ingest]\nmax_quarantine_share = 0.03\n"
    deliver(fresh, GOOD + BAD)
    _, share = read(fresh)
    assert share.passed
    assert fresh.workspace.find(DedupedRecords, "drop") is not None


def test_the_limit_itself_passes_and_nothing_is_no_share(fresh: WiredHome) -> None:
    deliver(fresh, [*GOOD, b'{"text": "98"}', b'{"text": "99"}', *BAD[:1]])
    _, share = read(fresh)
    assert share.passed
    assert share.metadata["share"].value == 0.01


def test_the_table_shows_one_example_of_each_reason(fresh: WiredHome) -> None:
    deliver(fresh, [*GOOD, *BAD, b"later \xff"])
    result, _ = read(fresh)
    (made,) = result.asset_materializations_for_node("docs_read_drop")[1:]
    table = made.metadata["reasons"]
    assert [column.name for column in table.schema.columns] == list(REASON_TABLE)
    rows = {record.data["reason"]: record.data for record in table.records}
    assert list(rows) == ["empty_text", "invalid_json", "invalid_utf8"]
    first = rows["invalid_utf8"]
    assert first["drop"] == "drop"
    assert (first["rows"], first["file"], first["line"]) == (2, "rows.jsonl", 98)
    assert first["raw"] == "bad \\xff"
    assert "0xff" in first["detail"]
    assert rows["invalid_json"]["raw"] == "{" + "x" * 199


def test_limits_of_the_settings_hold_in_the_run(fresh: WiredHome) -> None:
    fresh.settings = "[ingest]\nmax_row_bytes = 1024\n"
    deliver(fresh, [*GOOD, json.dumps({"text": "x" * 2000}).encode()])
    result, share = read(fresh)
    assert not share.passed
    (made,) = result.asset_materializations_for_node("docs_read_drop")[1:]
    assert [record.data["reason"] for record in made.metadata["reasons"].records] == ["row_too_large"]


def test_a_drop_that_is_a_link_is_held_as_bad_input(fresh: WiredHome, tmp_path: Path) -> None:
    folder = deliver(fresh, GOOD)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    entry = fresh.run("drop")
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["bad_input"])
    assert "is a symbolic link" in entry.reasons[0]["why"]
