"""`status` is a table: drop, state, rule, measured, allowed, and the whole command to type."""

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from tests.cli.conftest import Command
from tests.homes import status_rows


def test_it_is_a_table_with_the_whole_command(command: Command, store: Path) -> None:
    (store / "inbox" / "half").mkdir()
    told = command("status").stdout
    head, *_ = [line for line in told.splitlines() if "┃" in line]
    columns = ["drop", "state", "rule", "measured", "allowed", "what to type"]
    assert [cell.strip() for cell in head.split("┃")] == columns
    rows = status_rows(told)
    states = [("half", "arriving"), ("bad", "held"), ("bad", "noted"), ("bad", "held")]
    assert [row[:2] for row in rows] == states
    half, rule, _, way = (dict(zip(columns, row, strict=True)) for row in rows)
    assert half["what to type"] == f"touch {store / 'inbox' / 'half' / '_SUCCESS'}"
    assert rule["rule"].startswith("blobs: records that are no text")
    assert rule["measured"].startswith("0.5")
    assert float(rule["allowed"]) == 0.3
    assert rule["what to type"] == "entropy-assets drop split bad --rules blobs --dataset small"
    release = "entropy-assets drop release bad --rules blobs --who NAME --why REASON --dataset small"
    assert way["what to type"] == release
    assert "\nbad: blobs, for example " in told


def test_a_command_is_never_folded(command: Command, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    told = command(f"status --home {store.parent}").stdout
    (line,) = [line for line in told.splitlines() if "drop release bad" in line]
    assert line.rstrip().endswith(f"--dataset small --home {store.parent}")


def test_each_command_that_stands_there_can_be_typed(command: Command, store: Path) -> None:
    (store / "inbox" / "half").mkdir()
    (store / "inbox" / "half" / "rows.jsonl").write_text('{"text": "One row."}\n')
    for _, _, _, _, _, typed in status_rows(command("status").stdout):
        words = shlex.split(typed.replace("NAME", "Ada").replace("REASON", "tried"))
        if words[0] == "-":  # of what is only noted
            continue
        if words[0] == "touch":
            Path(words[1]).touch()
            continue
        done = CliRunner().invoke(app, [*words[1:], *(["--no-dagster"] if "release" in words else [])])
        assert done.exit_code == 0, (typed, done.output)
    states = {row[0]: row[1] for row in status_rows(command("status").stdout)}
    assert states == dict.fromkeys(("half", "bad-clean", "bad-set-aside"), "waits")


def test_one_dataset_may_be_named_and_must_be_there(command: Command, store: Path) -> None:
    (store.parent / "other" / "inbox").mkdir(parents=True)
    whole, one = (CliRunner().invoke(app, ["status", *more]).stdout for more in ([], ["--dataset", "other"]))
    assert whole.startswith("other: current none")
    assert "small: current v" in whole
    assert one == "other: current none, live drops none\n  nothing is left to do\n"
    gone = CliRunner().invoke(app, ["status", "--dataset", "gone"])
    assert (gone.exit_code, gone.stdout) == (2, "")
    assert re.search(r"dataset 'gone' is not in .*: known are other, small", gone.stderr)


def test_what_waits_says_how_to_run_it(command: Command, store: Path) -> None:
    (store / "inbox" / "w2").mkdir()
    (store / "inbox" / "w2" / "_SUCCESS").touch()
    (row,) = [row for row in status_rows(command("status").stdout) if row[0] == "w2"]
    assert row[1:3] == ("waits", "-")
    assert row[5] == f"entropy-assets run {store / 'inbox' / 'w2'} --dataset small"
