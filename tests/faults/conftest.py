"""The prepared stores of the fault suite, made once."""

import shutil
from pathlib import Path

import pytest

from benchmarks.faults.kills import Stage
from benchmarks.faults.world import Worlds
from tests.homes import made_once


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    prepared = made_once(tmp_path_factory, "worlds", lambda folder: Worlds(folder).prepare())
    own = tmp_path_factory.mktemp("faults") / "worlds"  # replays are added to it
    shutil.copytree(prepared, own)
    return Worlds(own)


@pytest.fixture
def stage(worlds: Worlds, tmp_path: Path) -> Stage:
    return Stage(worlds, tmp_path / "stage")
