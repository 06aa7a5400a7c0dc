"""What was decided stays decided: edited drops, drops nobody wants, drops that bring nothing new."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entropy_assets.candidate.decided import changed_since, require_unchanged
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import discard, propose_release
from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.storage import SUCCESS_MARKER
from tests.candidate.small import dataset, deliver, rows


@pytest.fixture
def promoted(tmp_path: Path) -> Workspace:
    workspace = dataset(tmp_path / "home")
    curate(workspace, deliver(workspace, "first", rows(range(60))))
    return workspace


def inbox(workspace: Workspace, drop: str) -> Path:
    return Path(str(workspace.home.drop(drop)))


def data_file(workspace: Workspace, drop: str) -> Path:
    return next(path for path in inbox(workspace, drop).iterdir() if path.name != SUCCESS_MARKER)


def command(workspace: Workspace, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, [*arguments, "--home", str(workspace.home.home)])
    return result.exit_code, result.output


def test_drop_edited_after_its_decision_is_refused_and_shown(promoted: Workspace) -> None:
    require_unchanged(promoted, "first")
    (inbox(promoted, "first") / "more.jsonl").write_text('{"text": "one row more"}\n')
    assert changed_since(promoted, "first", by_content=True) == 1
    with pytest.raises(InvalidInput, match=r"changed since it was decided \(entry 1\).* new name"):
        require_unchanged(promoted, "first")
    code, told = command(promoted, "run", str(inbox(promoted, "first")), "--dataset", "small")
    assert code == 2
    assert "changed since it was decided (entry 1)" in told
    assert "changed  first differs from when it was decided (entry 1)" in command(promoted, "status")[1]


def test_touched_drop_is_read_and_found_unchanged(promoted: Workspace) -> None:
    os.utime(data_file(promoted, "first"), (0, 0))
    assert changed_since(promoted, "first", by_content=True) is None
    require_unchanged(promoted, "first")


def test_lost_mark_does_no_harm(promoted: Workspace) -> None:
    (Path(str(promoted.root)) / "work" / "contents" / "first.json").unlink()
    assert changed_since(promoted, "first", by_content=False) is None
    assert changed_since(promoted, "first", by_content=True) is None


def test_drop_of_known_rows_says_that_nothing_is_new(promoted: Workspace) -> None:
    before = promoted.ledger.state().version
    curate(promoted, deliver(promoted, "again", rows(range(20))))
    summary = summarise(promoted, "again")
    assert summary.decision == "promote"
    assert summary.version == before
    assert summary.note == f"nothing new: of 20 rows 20 are known; version {before} is unchanged"


@pytest.mark.parametrize("marker_only", [True, False])
def test_drop_without_a_row_is_held_as_bad_input(promoted: Workspace, marker_only: bool) -> None:
    folder = inbox(promoted, "empty")
    folder.mkdir()
    if not marker_only:
        (folder / "rows.jsonl").write_text("\n\n")
    (folder / "_SUCCESS").touch()
    entry = curate(promoted, "empty")
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["bad_input"]
    assert "holds no record" in entry.reasons[0]["why"]
    assert command(promoted, "run", str(folder), "--dataset", "small")[0] == 2
    with pytest.raises(InvalidParameter, match="what cannot be read cannot be let in"):
        propose_release(promoted, "empty", "Ada", "try", ["bad_input"])


def test_drop_with_too_many_bad_rows_is_held_and_can_be_released(promoted: Workspace) -> None:
    deliver(promoted, "half", rows(range(100, 140)))
    (inbox(promoted, "half") / "bad.jsonl").write_text("no json\n" * 40)
    entry = curate(promoted, "half")
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["quarantine_share"]
    assert entry.reasons[0]["measured"] == 0.5
    released = curate(promoted, propose_release(promoted, "half", "Ada", "known", ["quarantine_share"]).key)
    assert released is not None
    assert released.action == "release"
    assert [reason["code"] for reason in released.reasons] == ["quarantine_share"]


def test_source_that_dedup_took_is_held(promoted: Workspace) -> None:
    twice = [{**row, "id": f"again-{n}"} for n, row in enumerate(rows(range(200, 230)))]
    entry = curate(promoted, deliver(promoted, "doubled", [*rows(range(200, 230)), *twice, *twice]))
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["source_retention"]


def test_discarded_drop_is_held_with_who_and_why(promoted: Workspace) -> None:
    deliver(promoted, "unwanted", rows(range(300, 320)))
    entry = discard(promoted, "unwanted", "Ada", "sent by mistake")
    assert (entry.action, entry.candidate.by) == ("hold", "Ada")
    assert entry.reasons[0]["code"] == "discarded"
    assert promoted.waiting_drops() == []
    with pytest.raises(InvalidParameter, match="decided already \\(entry 2\\)"):
        discard(promoted, "unwanted", "Ada", "again")
    with pytest.raises(InvalidParameter, match="who and why"):
        discard(promoted, "unwanted", "", "")
