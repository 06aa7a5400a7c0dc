"""What commands say of drops in the inbox, or on their way to it, that are none or say strange things."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.homes import status_rows

ROW = '{"id": "1", "text": "One row of text.", "source": "web"}\n'


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_only_a_file_is_a_marker(store: Path, command: Command, kind: str) -> None:
    drop = store / "inbox" / "odd"
    drop.mkdir()
    (drop / "rows.jsonl").write_text(ROW)
    (drop / "_SUCCESS").mkdir() if kind == "folder" else os.mkfifo(drop / "_SUCCESS")
    (row,) = [row for row in status_rows(command("status").stdout) if row[0] == "odd"]
    assert row[1:3] == ("ignored", "its _SUCCESS is no file; put an empty file in its place")
    told = command(f"run {drop} --no-dagster")
    assert (told.exit_code, "_SUCCESS" in told.stderr) == (2, True)
    assert len(list((store / "ledger").glob("*.json"))) == 3
    (drop / "_SUCCESS").rmdir() if kind == "folder" else (drop / "_SUCCESS").unlink()
    (drop / "_SUCCESS").write_text("written by a job\n")
    assert ("odd", "waits") in {row[:2] for row in status_rows(command("status").stdout)}


def test_rows_in_a_folder_named_like_the_marker_are_not_lost(store: Path, command: Command) -> None:
    (Path("made") / "_SUCCESS").mkdir(parents=True)
    (Path("made") / "_SUCCESS" / "rows.jsonl").write_text(ROW)
    told = command("run made --no-dagster")
    assert (told.exit_code, "made/_SUCCESS is a folder, and only the marker" in told.stderr) == (2, True)
    assert not (store / "inbox" / "made").exists()


def test_a_pipe_in_a_drop_is_read_by_nobody(store: Path, command: Command) -> None:
    drop = store / "inbox" / "piped"
    drop.mkdir()
    os.mkfifo(drop / "rows.jsonl")
    (drop / "_SUCCESS").touch()
    told = command(f"run {drop} --no-dagster")
    assert (told.exit_code, "bad_input" in told.stdout) == (2, True), told.output


CORRECTION = '[correction]\nsource = "web"\n'


def delivered(name: str, text: str, at: str) -> None:
    """Put a drop with two rows and one more file beside the home."""
    made = Path(name)
    (made / at).parent.mkdir(parents=True)
    (made / "rows.jsonl").write_text(ROW + ROW.replace('"1"', '"2"'))
    (made / at).write_text(text, "utf-8")


@pytest.mark.parametrize(
    "at",
    ["DROP.TOML", "Drop.toml", "sub/drop.toml", "drop.toml.gz", "drop.toml.txt", "sub/drop.toml/rows.jsonl"],
)
@pytest.mark.usefixtures("store")
def test_a_declaration_that_nobody_would_read_is_refused(command: Command, at: str) -> None:
    delivered("fix", CORRECTION, at)
    told = command("run fix --no-dagster --json")
    assert told.exit_code == 2
    name = at.removesuffix("/rows.jsonl")
    assert f"{name} of drop 'fix' looks like a declaration, which is a file drop.toml" in told.stderr


@pytest.mark.usefixtures("store")
def test_a_declaration_is_one_table(command: Command) -> None:
    delivered("fix", '[[correction]]\nsource = "web"\n', "drop.toml")
    told = command("run fix --no-dagster --json")
    assert "must be one table, got a list of tables, [[correction]]: write [correction]" in told.stderr


@pytest.mark.usefixtures("store")
def test_a_declaration_may_begin_with_a_byte_order_mark(command: Command) -> None:
    delivered("fix", f"\ufeff{CORRECTION}", "drop.toml")
    told = command("run fix --no-dagster --json")
    assert "corrects source 'web': 2 rows" in json.loads(told.stdout)["note"]


def test_commands_are_told_with_the_home_that_was_named(command: Command, store: Path) -> None:
    told, named = (command(line).stdout for line in ("status", f"status --home {store.parent}"))
    commands = [row[5] for row in status_rows(told) if row[5].startswith("entropy-assets ")]
    assert commands
    assert not any("--home" in line for line in commands)
    assert [row[5] for row in status_rows(named) if row[5].startswith("entropy-assets ")] == [
        f"{line} --home {store.parent}" for line in commands
    ]


def test_a_source_is_named_with_a_delivery(store: Path, command: Command) -> None:
    (Path("made")).mkdir()
    (Path("made") / "part-00000.jsonl").write_text('{"text": "One row of text."}\n')
    assert command("run made --no-dagster --source web").exit_code in (0, 3, 4)
    assert (store / "inbox" / "made" / "drop.toml").read_text() == 'source = "web"\n'
    refused = command("run @without-d1-1 --no-dagster --source web")
    assert (refused.exit_code, "--source goes with drops" in refused.stderr) == (2, True)
