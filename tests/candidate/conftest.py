"""Homes with corrections, made once for all files that ask for them.

What belongs here: homes for copying that several files begin with. What does not: what one file needs.
"""

from pathlib import Path

import pytest

from entropy_assets.candidate.workspace import Workspace
from tests.candidate.correcting import FIX, LATER, OTHER, WHOLE, WRONG, correct, run, superseded_by
from tests.candidate.small import copied, dataset, deliver
from tests.homes import made_once


@pytest.fixture(scope="session")
def wrong_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose version holds 120 wrong records of one source and 60 of another, for copying."""

    def make(folder: Path) -> None:
        workspace = dataset(folder, WHOLE)
        assert run(workspace, deliver(workspace, "first", WRONG + OTHER)).action == "promote"

    return made_once(tmp_path_factory, "wrong", make)


@pytest.fixture(scope="session")
def corrected_folder(tmp_path_factory: pytest.TempPathFactory, wrong_folder: Path) -> Path:
    """The same home after a promoted correction of 40 records, for copying."""

    def make(folder: Path) -> None:
        workspace = copied(wrong_folder, folder)
        assert run(workspace, correct(workspace, "fix", FIX)).action == "promote"

    return made_once(tmp_path_factory, "corrected", make)


@pytest.fixture(scope="session")
def chained_folder(tmp_path_factory: pytest.TempPathFactory, corrected_folder: Path) -> Path:
    """The same home after a promoted correction of 20 corrected records, for copying."""

    def make(folder: Path) -> None:
        workspace = copied(corrected_folder, folder)
        entry = run(workspace, correct(workspace, "later", LATER))
        assert superseded_by(entry) == {"later": {"fix": 20}}

    return made_once(tmp_path_factory, "chained", make)


@pytest.fixture
def wrong_home(tmp_path: Path, wrong_folder: Path, kept_results: None) -> Workspace:
    return copied(wrong_folder, tmp_path / "home")


@pytest.fixture
def corrected(tmp_path: Path, corrected_folder: Path, kept_results: None) -> Workspace:
    return copied(corrected_folder, tmp_path / "corrected")


@pytest.fixture
def chained(tmp_path: Path, chained_folder: Path, kept_results: None) -> Workspace:
    return copied(chained_folder, tmp_path / "chained")
