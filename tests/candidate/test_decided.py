"""What was decided stays decided: edited drops, drops nobody wants, drops that bring nothing new."""

import os
from pathlib import Path
from unittest.mock import patch

import pytest
from typer.testing import CliRunner

from entropy_assets.candidate.attempts import MAX_CRASHES
from entropy_assets.candidate.decided import changed_since, require_unchanged, touched_since
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import discard, propose_release, propose_withdrawal
from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.errors import InvalidInput, InvalidParameter, StorageFailed
from entropy_assets.storage import SUCCESS_MARKER
from tests.candidate.small import SETTINGS, copied, dataset, deliver, rows
from tests.homes import status_rows


@pytest.fixture(scope="module")
def promoted_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("promoted") / "home"
    workspace = dataset(folder)
    curate(workspace, deliver(workspace, "first", rows(range(60))))
    return folder


@pytest.fixture
def promoted(tmp_path: Path, promoted_folder: Path, kept_results: None) -> Workspace:
    return copied(promoted_folder, tmp_path / "home")


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
    assert changed_since(promoted, "first") == 1
    with pytest.raises(InvalidInput, match=r"changed since it was decided \(entry 1\).* new name"):
        require_unchanged(promoted, "first")
    code, told = command(promoted, "run", str(inbox(promoted, "first")), "--dataset", "small")
    assert code == 2
    assert "changed since it was decided (entry 1)" in told
    told = command(promoted, "status")[1]
    (row,) = status_rows(told)
    assert row[:3] == (
        "first",
        "touched",
        "may have changed since the decision; the command reads it and tells",
    )
    assert row[5].startswith("entropy-assets ledger verify --dataset small")


def test_touched_drop_is_read_and_found_unchanged(promoted: Workspace) -> None:
    os.utime(data_file(promoted, "first"), (0, 0))
    assert changed_since(promoted, "first") is None
    require_unchanged(promoted, "first")


def test_drops_that_were_only_copied_are_not_called_changed(promoted: Workspace) -> None:
    os.utime(data_file(promoted, "first"), (0, 0))
    told = command(promoted, "status")[1]
    assert [row[:2] for row in status_rows(told)] == [("first", "touched")]
    assert "deliver it under a new name" not in told
    assert command(promoted, "ledger", "verify", "--dataset", "small")[0] == 0
    assert "touched" not in command(promoted, "status")[1]


def test_store_that_is_only_read_can_be_verified(promoted: Workspace) -> None:
    os.utime(data_file(promoted, "first"), (0, 0))
    with patch("entropy_assets.candidate.decided.put", side_effect=StorageFailed("read-only")):
        assert command(promoted, "ledger", "verify", "--dataset", "small")[0] == 0


def test_status_says_why_something_in_the_inbox_is_no_drop(promoted: Workspace) -> None:
    place = inbox(promoted, "first").parent
    for name in ("UPPER", os.fsdecode(b"x\xffy"), "esc\x1b[31m", "half"):
        (place / name).mkdir()
        if name != "half":
            (place / name / SUCCESS_MARKER).touch()
    (place / "loose.jsonl").write_text("{}")
    (place / "LINK").symlink_to("first")
    (place / "gone").symlink_to("nowhere")
    told = command(promoted, "status")[1]
    rows = {row[0]: row[1:] for row in status_rows(told)}
    for name in ("UPPER", "x\\udcffy", "esc\\x1b[31m", "LINK"):
        assert rows[name][0] == "ignored"
        assert rows[name][1].startswith("no drop is called so")
    for name in ("loose.jsonl", "gone"):
        assert rows[name][:2] == ("ignored", "is no folder; move it out of the inbox, then run it from there")
    assert [row[0] for row in rows.values()].count("arriving") == 1
    assert rows["half"][1].startswith("write its _SUCCESS marker")


def test_run_takes_drops_or_keys_and_not_both(promoted: Workspace) -> None:
    code, told = command(
        promoted, "run", "@batch-00000000", str(inbox(promoted, "first")), "--dataset", "small"
    )
    assert code == 2
    assert "@batch-00000000" in told
    assert "run one, then the other" in told


def test_lost_mark_does_no_harm(promoted: Workspace) -> None:
    (Path(str(promoted.root)) / "work" / "contents" / "first.json").unlink()
    assert touched_since(promoted, ["first"]) == {}
    assert changed_since(promoted, "first") is None


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


@pytest.mark.parametrize(("n_rows", "budget"), [(1, ""), (2, ""), (40, "[selection]\nbudget_bytes = 1\n")])
def test_drop_from_which_nothing_is_picked_is_held(tmp_path: Path, n_rows: int, budget: str) -> None:
    workspace = dataset(tmp_path / "home", SETTINGS + budget)
    entry = curate(workspace, deliver(workspace, "tiny", rows(range(n_rows))))
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["nothing_picked"]
    assert "deliver more rows as one drop" in entry.reasons[0]["do"]
    code, told = command(workspace, "run", str(inbox(workspace, "tiny")), "--dataset", "small")
    assert (code, "nothing_picked" in told) == (3, True)
    Path(str(workspace.home.settings_path)).write_text(SETTINGS)
    released = curate(workspace, propose_release(workspace, "tiny", "Ada", "known", ["nothing_picked"]).key)
    assert released is not None
    assert released.action == ("release" if budget else "hold")


@pytest.mark.parametrize("n_rows", [1, 2])
def test_nobody_is_told_to_set_aside_a_rule_that_nothing_is_picked(
    tmp_path: Path, n_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")  # no cell of a table is folded
    workspace = dataset(tmp_path / "home", SETTINGS)
    curate(workspace, deliver(workspace, "tiny", rows(range(n_rows))))
    for _ in range(2):
        code, told = command(workspace, "run", str(inbox(workspace, "tiny")), "--dataset", "small")
        words = " ".join(told.replace("│", " ").split())
        assert code == 3
        assert "drop release tiny" not in words
        assert "deliver more rows as one drop" in words
        order = propose_release(workspace, "tiny", "Ada", "try", ["nothing_picked"])
        curate(workspace, order.key)
    number = workspace.ledger.about("tiny")[-1]
    assert (
        f"'tiny' is already decided: held (entry {number})"
        in command(workspace, "run", str(inbox(workspace, "tiny")), "--dataset", "small")[1]
    )


def test_a_drop_that_was_released_is_said_to_be_promoted(promoted: Workspace) -> None:
    deliver(promoted, "half", rows(range(100, 140)))
    (inbox(promoted, "half") / "bad.jsonl").write_text("no json\n" * 40)
    curate(promoted, "half")
    released = curate(promoted, propose_release(promoted, "half", "Ada", "known", ["quarantine_share"]).key)
    assert released is not None
    code, told = command(promoted, "run", str(inbox(promoted, "half")), "--dataset", "small")
    assert f"'half' is already decided: promoted (entry {released.number})" in told
    assert (code, "drop release" in told) == (0, False)


@pytest.mark.parametrize("share", [0.01, 1])
def test_a_drop_of_which_no_row_can_be_read_is_bad_input(tmp_path: Path, share: float) -> None:
    workspace = dataset(tmp_path / "home", f"{SETTINGS}\n[ingest]\nmax_quarantine_share = {share}\n")
    deliver(workspace, "none", rows(range(1)))
    data_file(workspace, "none").unlink()
    (inbox(workspace, "none") / "bad.jsonl").write_text("no json\n" * 3)
    entry = curate(workspace, "none")
    assert entry is not None
    (reason,) = entry.reasons
    assert (reason["code"], reason["why"]) == ("bad_input", "not one of its 3 rows can become a record")
    assert "quarantined_rows" in reason["do"]
    code, told = command(workspace, "run", str(inbox(workspace, "none")), "--dataset", "small")
    assert (code, "drop release" in told) == (2, False)
    with pytest.raises(InvalidParameter, match="what cannot be read cannot be let in"):
        propose_release(workspace, "none", "Ada", "try", ["bad_input"])


def test_withdrawal_after_which_nothing_is_picked_is_held(promoted: Workspace) -> None:
    held = curate(promoted, deliver(promoted, "tiny", rows(range(100, 101))))
    assert held is not None
    codes = [reason["code"] for reason in held.reasons]
    curate(promoted, propose_release(promoted, "tiny", "Ada", "a test", codes).key)
    entry = curate(promoted, propose_withdrawal(promoted, "first", "Ada", "a test").key)
    assert entry is not None
    assert (entry.action, entry.outcomes) == ("hold", {})
    assert [reason["code"] for reason in entry.reasons] == ["nothing_picked"]


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


def test_who_discarded_a_drop_may_release_it_by_the_command_that_is_shown(promoted: Workspace) -> None:
    deliver(promoted, "unwanted", rows(range(300, 420)))
    discard(promoted, "unwanted", "Ada", "sent by mistake")
    told = command(promoted, "status", "--dataset", "small")[1]
    assert "drop release unwanted --rules discarded" in " ".join(told.split())
    released = propose_release(promoted, "unwanted", "Ada", "wanted after all", ["discarded"])
    entry = curate(promoted, released.key)
    assert entry is not None
    assert "discarded" not in [reason["code"] for reason in entry.reasons]


def test_drop_held_for_crashes_is_the_one_that_is_released(promoted: Workspace) -> None:
    deliver(promoted, "killed", rows(range(100, 140)))
    for number in range(MAX_CRASHES):
        promoted.attempts.begin("killed", f"run-{number}")
    curate(promoted, "killed")
    (inbox(promoted, "killed") / "more.jsonl").write_text('{"text": "one row more"}\n')
    with pytest.raises(InvalidInput, match="changed since it was decided"):
        propose_release(promoted, "killed", "Ada", "try", ["crashes"])


def test_verify_reads_the_drops_that_were_decided(promoted: Workspace) -> None:
    arguments = ("ledger", "verify", "--dataset", "small")
    assert command(promoted, *arguments)[0] == 0
    (inbox(promoted, "first") / "more.jsonl").write_text('{"text": "one row more"}\n')
    code, told = command(promoted, *arguments)
    assert code == 1
    assert "drop 'first' in the inbox is not what entry 1 decided" in told


def test_a_broken_dataset_does_not_hide_the_others(promoted: Workspace) -> None:
    other = Workspace(promoted.home.home, "other")
    other.root.mkdir()
    (Path(str(other.root)) / "entropy.toml").write_text("")
    promoted.home.current_path.write_text("x")
    code, told = command(promoted, "status")
    assert code == 1
    assert "other: current none" in told
    assert "1 of 2 dataset(s) cannot be read: small" in told


@pytest.mark.parametrize("name", ["ledger/000001.json", "store.json", "CURRENT"])
def test_deep_nesting_is_a_sentence(promoted: Workspace, name: str) -> None:
    (Path(str(promoted.root)) / name).write_bytes(b"[" * 100_000)
    for arguments in (("status",), ("ledger", "verify", "--dataset", "small")):
        code, told = command(promoted, *arguments)
        assert code in (1, 2)
        assert "Traceback" not in told


@pytest.mark.parametrize("part", ["", "inbox", "work", "versions", "ledger"])
def test_a_part_of_the_store_is_no_drop(promoted: Workspace, part: str) -> None:
    code, told = command(promoted, "run", str(Path(str(promoted.root)) / part), "--dataset", "small")
    assert code == 2
    assert "holds the store" in told


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_damaged_segment_is_to_be_restored(promoted: Workspace, damage: str) -> None:
    (segment,) = (Path(str(promoted.root)) / "index").glob("*.json")
    segment.write_bytes(segment.read_bytes()[:40]) if damage == "cut" else segment.unlink()
    deliver(promoted, "more", rows(range(100, 120)))
    for words in (["ledger", "verify"], ["index", "rebuild"], ["run", str(inbox(promoted, "more"))]):
        code, told = command(promoted, *words, "--dataset", "small")
        assert code == 1
        assert "restore it from a backup" in told
        assert "delete it" not in told
        assert "materialise" not in told


@pytest.mark.parametrize("damage", [b"{", b"[1]", b'[{"rows": 1}]'])
def test_damaged_list_of_signatures_can_be_made_again(promoted: Workspace, damage: bytes) -> None:
    settings = Path(str(promoted.home.settings_path))
    settings.write_text(settings.read_text().replace("[dedup]", "[dedup]\nshingle = 4"))
    again = ("index", "rebuild", "--dataset", "small")
    assert command(promoted, *again)[1] == "1 of 1 index segment(s) made again\n"
    (made,) = (Path(str(promoted.root)) / "index" / "rebuilt").glob("*.json")
    made.write_bytes(damage)
    assert "delete it, and run `entropy-assets index rebuild`" in command(promoted, *again)[1]
    made.unlink()
    assert command(promoted, *again)[1] == "1 of 1 index segment(s) made again\n"


def test_lost_signatures_are_put_back_by_index_rebuild(promoted: Workspace) -> None:
    for path in (Path(str(promoted.root)) / "work" / "signatures").iterdir():
        path.unlink()
    arguments = ("--dataset", "small")
    assert command(promoted, "ledger", "verify", *arguments)[0] == 1
    assert command(promoted, "index", "rebuild", *arguments)[0] == 0
    assert command(promoted, "ledger", "verify", *arguments)[0] == 0
