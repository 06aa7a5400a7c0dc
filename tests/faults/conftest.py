"""The prepared stores of the fault suite, made once."""

from pathlib import Path

import pytest

from benchmarks.faults.kills import Stage
from benchmarks.faults.world import Worlds


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Worlds:
    return Worlds(tmp_path_factory.mktemp("faults") / "worlds").prepare()


@pytest.fixture
def stage(worlds: Worlds, tmp_path: Path) -> Stage:
    return Stage(worlds, tmp_path / "stage")
