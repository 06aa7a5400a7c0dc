"""The assets that read a drop, run by Dagster: the check `quarantine_share` and the table of reasons."""

import json
from pathlib import Path

import dagster as dg
import pytest
from upath import UPath

from entropy_assets.defs.ingest import REASON_TABLE
from entropy_assets.defs.resources import Dataset
from entropy_assets.errors import CurationError, InvalidInput
from tests.defs.conftest import Home, ephemeral_instance

GOOD = [json.dumps({"text": f"row {n}"}).encode() for n in range(97)]
BAD = [b"bad \xff", b'{"text": ""}', b"{" + b"x" * 500]


@pytest.fixture
def fresh(tmp_path: Path) -> Home:
    (tmp_path / "instance").mkdir()
    home = Home(Dataset(UPath(tmp_path / "home"), "docs"), ephemeral_instance(tmp_path / "instance"), {})
    home.dataset.root.mkdir(parents=True)
    home.dataset.home.settings_path.write_text("workers = 1\n")
    return home


def deliver(home: Home, lines: list[bytes]) -> Path:
    folder = Path(str(home.dataset.home.inbox)) / "drop"
    folder.mkdir(parents=True)
    (folder / "rows.jsonl").write_bytes(b"\n".join(lines))
    (folder / "_SUCCESS").touch()
    return folder


def read(home: Home) -> tuple[dg.ExecuteInProcessResult, dg.AssetCheckEvaluation]:
    parts = ("raw_records", "quarantined_rows", "deduped_records", "duplicate_pairs")
    result = home.materialize("drop", " or ".join(f"key:docs/{part}" for part in parts))
    (share,) = [e for e in result.get_asset_check_evaluations() if e.check_name == "quarantine_share"]
    return result, share


def test_too_many_bad_rows_stop_the_run_and_the_reasons_are_told(fresh: Home) -> None:
    deliver(fresh, GOOD + BAD)
    result, share = read(fresh)
    assert not result.success
    assert not share.passed
    assert share.blocking
    assert share.description == (
        "3 of 100 rows (3.00%) are in quarantine, allowed are 1.00%: empty_text 1, invalid_json 1, "
        "invalid_utf8 1; mend these rows in a new drop, or raise ingest.max_quarantine_share"
    )
    assert not fresh.dataset.manifest_path("deduped_records", "drop").exists()
    with pytest.raises(CurationError, match=r"stopped by quarantine_share: 3 of 100 rows \(3.00%\)"):
        fresh.run("drop")


def test_a_share_that_is_allowed_passes(fresh: Home) -> None:
    fresh.dataset.home.settings_path.write_text("workers = 1\n[ingest]\nmax_quarantine_share = 0.03\n")
    deliver(fresh, GOOD + BAD)
    _, share = read(fresh)
    assert share.passed
    assert fresh.dataset.manifest_path("deduped_records", "drop").exists()


def test_the_limit_itself_passes_and_nothing_is_no_share(fresh: Home) -> None:
    deliver(fresh, [*GOOD, b'{"text": "98"}', b'{"text": "99"}', *BAD[:1]])
    _, share = read(fresh)
    assert share.passed
    assert share.metadata["share"].value == 0.01


def test_the_table_shows_one_example_of_each_reason(fresh: Home) -> None:
    deliver(fresh, [*GOOD, *BAD, b"later \xff"])
    result, _ = read(fresh)
    (made,) = result.asset_materializations_for_node("docs_read_drop")[1:]
    table = made.metadata["reasons"]
    assert [column.name for column in table.schema.columns] == list(REASON_TABLE)
    rows = {record.data["reason"]: record.data for record in table.records}
    assert list(rows) == ["empty_text", "invalid_json", "invalid_utf8"]
    first = rows["invalid_utf8"]
    assert (first["rows"], first["file"], first["line"]) == (2, "rows.jsonl", 98)
    assert first["raw"] == "bad \\xff"
    assert "0xff" in first["detail"]
    assert rows["invalid_json"]["raw"] == "{" + "x" * 199


def test_limits_of_the_settings_hold_in_the_run(fresh: Home) -> None:
    fresh.dataset.home.settings_path.write_text("[ingest]\nmax_row_bytes = 1024\n")
    deliver(fresh, [*GOOD, json.dumps({"text": "x" * 2000}).encode()])
    _, share = read(fresh)
    assert "row_too_large 1" in share.description


def test_a_drop_that_is_a_link_is_refused(fresh: Home, tmp_path: Path) -> None:
    folder = deliver(fresh, GOOD)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InvalidInput, match="is a symbolic link"):
        fresh.run("drop")
