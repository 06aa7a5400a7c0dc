"""What `run` says at once, at the end and when it is stopped."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from entropy_assets.candidate import pipeline
from entropy_assets.cli import app
from entropy_assets.demo.drops import write_drop
from tests.candidate.small import SETTINGS, rows
from tests.cli.conftest import Command

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "from entropy_assets.cli import app; app(prog_name='entropy-assets')")


def test_a_promoted_drop_names_its_version_and_the_folder(command: Command, store: Path) -> None:
    result = command("run w1 --no-dagster")
    assert result.exit_code == 0, result.stderr
    (line,) = [line for line in result.stdout.splitlines() if line.startswith("version ")]
    version = command("versions current").stdout.strip()
    assert line == f"version {version} (with w1): {store / 'versions' / version}"
    assert (store / "versions" / version / "manifest.json").exists()


def test_a_held_drop_names_the_version_that_stays(command: Command, store: Path) -> None:
    result = command(f"run {store / 'inbox' / 'bad'} --no-dagster")
    assert result.exit_code == 3
    version = command("versions current").stdout.strip()
    assert f"version {version} (as before): {store / 'versions' / version}" in result.stdout


@pytest.mark.parametrize("how", ["", "--no-dagster"])
def test_a_decided_drop_is_said_to_be_decided_and_nothing_is_computed(
    command: Command, store: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(pipeline, "decide", None)
    before = sorted(store.rglob("*"))
    for drop, word, number, code in (("d1", "promoted", 1, 0), ("bad", "held", 3, 3)):
        result = command(f"run {store / 'inbox' / drop} {how}")
        assert result.exit_code == code, result.stderr
        assert f"'{drop}' is already decided: {word} (entry {number})" in result.stderr
        assert "curating" not in result.stderr
    assert sorted(store.rglob("*")) == before
    assert not (store.parent / "dagster").exists()


def test_a_withdrawn_drop_is_said_to_be_withdrawn(command: Command, store: Path) -> None:
    result = command("drop withdraw d1 --who ann --why mistake")
    assert result.exit_code == 0, result.output
    again = command(f"run {store / 'inbox' / 'd1'} --no-dagster")
    assert "'d1' is already decided: promoted, and withdrawn since (entry 1)" in again.stderr


def test_of_two_drops_the_decided_one_is_told_and_the_other_runs(command: Command, store: Path) -> None:
    result = command(f"run {store / 'inbox' / 'd1'} w1 --no-dagster")
    assert result.exit_code == 0
    assert "'d1' is already decided: promoted (entry 1)" in result.stderr
    assert "'w1' in " in result.stderr


NOTHING = {
    "empty": {},
    "blank": {"rows.jsonl": "\n\n", "more.csv": "text\n"},
    "marker": {"_SUCCESS": ""},
    "other": {"a.docx": "PK"},
}


@pytest.mark.parametrize("drop", NOTHING)
@pytest.mark.parametrize("how", ["", "--no-dagster"])
def test_a_drop_without_a_row_is_refused_before_it_is_delivered(
    command: Command, store: Path, drop: str, how: str
) -> None:
    Path(drop).mkdir()
    for name, text in NOTHING[drop].items():
        (Path(drop) / name).write_text(text)
    before = sorted(store.rglob("*"))
    began = time.monotonic()
    result = command(f"run {drop} w1 {how}")
    assert time.monotonic() - began < 10
    assert (result.exit_code, result.stdout) == (2, "")
    (sentence,) = result.stderr.strip().split("\n")
    assert re.match(f"entropy-assets: {drop} has no file (with a row in it|that can be read)", sentence)
    assert sorted(store.rglob("*")) == before


def test_a_file_without_a_row_is_refused_too(command: Command, store: Path) -> None:
    Path("blank.jsonl").write_text("")
    result = command("run blank.jsonl --no-dagster")
    assert result.exit_code == 2
    assert "blank.jsonl holds no row" in result.stderr
    assert not (store / "inbox" / "blank").exists()


@pytest.mark.parametrize("how", ["", "--no-dagster"])
def test_ctrl_c_ends_a_run_with_one_line_and_130(tmp_path: Path, how: str) -> None:
    home = tmp_path / "home" / "small"
    home.mkdir(parents=True)
    (home / "entropy.toml").write_text(SETTINGS)
    write_drop(tmp_path / "d1", rows(range(4000)))
    line = f"run d1 --dataset small --home {home.parent} {how}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [*PROGRAM, *line.split()],
        cwd=tmp_path,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as started:
        limit = time.monotonic() + 120
        while not (home / "work").is_dir() and time.monotonic() < limit:
            time.sleep(0.05)
        os.killpg(started.pid, signal.SIGINT)
        out, told = started.communicate(timeout=120)
    assert started.returncode == 130, told
    assert out == ""
    first, *others = told.strip().split("\n")
    assert "curating" in first
    assert others[-1] == "stopped; run the same command again"
    assert len(others) == 1 or "panicked" in told  # a signal fell into polars, which prints where
    again: Result = CliRunner().invoke(
        app, ["versions", "list", "--home", str(home.parent), "--dataset", "small"]
    )
    assert again.exit_code == 0


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), pl.exceptions.PanicException("PyErr { value: KeyboardInterrupt() }")]
)
def test_ctrl_c_ends_every_command_so(
    monkeypatch: pytest.MonkeyPatch, store: Path, error: BaseException
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr("entropy_assets.cli.tables.print_versions", stop)
    result = CliRunner().invoke(app, ["versions", "list", "--dataset", store.name])
    assert (result.exit_code, result.stderr) == (130, "stopped; run the same command again\n")
