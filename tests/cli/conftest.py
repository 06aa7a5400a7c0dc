"""A store that the command line is tried on when it has been damaged."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entropy_assets.candidate.pipeline import curate
from entropy_assets.cli import app
from entropy_assets.demo.drops import write_drop
from tests.candidate.small import dataset, deliver, rows, strange
from tests.homes import made_once

Command = Callable[[str], Result]
"""Runs one line on the dataset of `store`."""


@pytest.fixture(scope="session")
def decided_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which drops `d1` and `d2` are live and `bad` is held for `blobs`, for copying."""

    def make(folder: Path) -> None:
        workspace = dataset(folder)
        drops = {"d1": rows(range(80)), "d2": rows(range(100, 160)), "bad": rows(range(200, 240))}
        drops["bad"] += strange(range(40))
        actions = [curate(workspace, deliver(workspace, name, own)) for name, own in drops.items()]
        assert [entry.action for entry in actions if entry] == ["promote", "promote", "hold"]

    return made_once(tmp_path_factory, "decided", make)


@pytest.fixture
def store(tmp_path: Path, decided_store: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The dataset's folder in a copy of `decided_store`; beside the home lies `w1`, a drop to deliver."""
    home = tmp_path / "home"
    shutil.copytree(decided_store, home)
    monkeypatch.setenv("ENTROPY_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    write_drop(tmp_path / "w1", rows(range(300, 350)))
    return home / "small"


@pytest.fixture
def command(store: Path) -> Command:
    """Runs a command of `small`: exit code, what is printed, and no traceback."""

    def run(line: str) -> Result:
        words = line.split()
        more = [] if words[0] in ("status", "migrate") else ["--dataset", store.name]
        result = CliRunner().invoke(app, [*words, *more])
        assert isinstance(result.exception, SystemExit | None), result.exception
        assert "Traceback" not in result.stderr
        return result

    return run
