"""A publisher killed at any of its writes leaves the old version whole; the next run finishes the job."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.publication import verify_version
from entropy_assets.ledger import Entry
from entropy_assets.storage import DatasetHome
from entropy_assets.temporary import sweep_temporary
from tests.curation.publishing import KILLED, MODES, bring, files_of, home_of, ledger_of

ROOT = Path(__file__).resolve().parents[2]
LEDGER_ENTRY = "000002.json"


def run_publisher(folder: Path, drop: str, mode: str, n: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.curation.publishing", str(folder), drop, mode, str(n)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class World:
    """A dataset with one version, and what it becomes when nothing goes wrong."""

    start: Path
    old_version: str
    old_files: dict[str, bytes]
    entry: Entry
    new_files: dict[str, bytes]

    @property
    def new_version(self) -> str:
        return str(self.entry.state.version)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("world")
    start = home_of(folder / "start")
    old = str(bring(start, "first").state.version)
    shutil.copytree(folder / "start", folder / "end")
    end = home_of(folder / "end")
    entry = bring(end, "second")
    new_files = files_of(end.version(str(entry.state.version)))
    return World(folder / "start", old, files_of(start.version(old)), entry, new_files)


def timeless(entry: Entry) -> Entry:
    return replace(entry, at="")


def check_readable(home: DatasetHome, world: World, committed: bool) -> None:
    """Check that readers of CURRENT and of the ledger find a whole version, and which one."""
    assert files_of(home.version(world.old_version)) == world.old_files
    verify_version(home, world.old_version)
    in_force = ledger_of(home).state().version
    assert in_force == (world.new_version if committed else world.old_version)
    assert in_force is not None
    verify_version(home, in_force)
    current = home.current_path.read_text().splitlines()[0]
    assert current in ({world.old_version, world.new_version} if committed else {world.old_version})
    verify_version(home, current)


def check_finished(home: DatasetHome, world: World) -> None:
    """Run again, and check that the result is the one of a run that nothing disturbed."""
    again = bring(home, "second")
    assert timeless(again) == timeless(world.entry)
    assert [timeless(e) for e in ledger_of(home).entries()][1:] == [timeless(world.entry)]
    assert home.current_path.read_text().splitlines()[0] == world.new_version
    assert files_of(home.version(world.new_version)) == world.new_files
    assert files_of(home.version(world.old_version)) == world.old_files
    assert {path.name for path in (home.root / "versions").iterdir()} == {
        world.old_version,
        world.new_version,
    }
    for split, rows in (("train", 10), ("validation", 2)):
        files = str(home.version(world.new_version) / "data" / f"{split}-*.parquet")
        assert pl.scan_parquet(files).collect().height == rows
    verify_version(home, world.new_version)


def attempts(world: World, folder: Path, mode: str, n_writes: int) -> Iterator[tuple[int, int, Path]]:
    """Yield number, exit code and folder of a publisher killed at each of its writes, and of one beyond."""

    def attempt(n: int) -> tuple[int, int, Path]:
        own = folder / str(n)
        shutil.copytree(world.start, own)
        return n, run_publisher(own, "second", mode, n).returncode, own

    with ThreadPoolExecutor(2) as threads:
        yield from threads.map(attempt, range(1, n_writes + 2))


@pytest.mark.parametrize("mode", MODES)
def test_killed_at_any_write_the_old_version_stays_and_the_next_run_finishes(
    mode: str, world: World, tmp_path: Path
) -> None:
    shutil.copytree(world.start, tmp_path / "undisturbed")
    finished = run_publisher(tmp_path / "undisturbed", "second", mode, 0)
    assert finished.returncode == 0, finished.stderr
    writes = finished.stdout.split()
    data = [Path(f).name for f in world.new_files if f.endswith(".parquet")]
    if mode == "linked":
        assert len(writes) == len(data) + 1
        entry_at = len(writes)
    else:
        names = [Path(f).name for f in world.new_files]
        if mode == "half":  # a data file comes as a link, and has no temporary file of its own
            names = [name for name in names if name not in data]
        others = [name for name in writes if name not in names]
        made = [name for name in others if name.startswith(("data-", "ranking-"))]
        assert len(made) == 2  # the parent has the others
        assert others[: len(made)] == made
        assert sorted(set(writes) & set(names)) == sorted(names)
        assert others[len(made)].endswith(".json")  # the index segment, named after its digest
        assert others[len(made) + 1 :] == [LEDGER_ENTRY, "CURRENT"]
        entry_at = writes.index(LEDGER_ENTRY) + 1
    codes = []
    for n, code, folder in attempts(world, tmp_path, mode, len(writes)):
        codes.append(code)
        home = home_of(folder)
        committed = n >= entry_at if mode in ("after", "linked") else n > entry_at
        check_readable(home, world, committed)
        check_finished(home, world)
    assert codes == [KILLED] * len(writes) + [0]


def test_a_half_written_file_never_stands_under_its_name(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.start, tmp_path / "own")
    assert run_publisher(tmp_path / "own", "second", "half", 1).returncode == KILLED
    home = home_of(tmp_path / "own")
    remains = list(Path(str(home.root)).rglob("*.parquet.*.tmp"))
    assert [path.name.startswith(".data-train-") for path in remains] == [True]
    assert files_of(home.version(world.new_version)) == {}
    assert sweep_temporary(Path(str(home.root)), time.time() + 1) == 1
    assert not list(Path(str(home.root)).rglob("*.tmp"))


def test_a_first_version_killed_at_its_entry_leaves_no_version_in_force(tmp_path: Path) -> None:
    reference = bring(home_of(tmp_path / "undisturbed"), "first")
    own = home_of(tmp_path / "own")
    writes = run_publisher(tmp_path / "counted", "first", "before", 0).stdout.split()
    n = writes.index("000001.json") + 1
    assert run_publisher(tmp_path / "own", "first", "before", n).returncode == KILLED
    assert ledger_of(own).state().version is None
    assert not own.current_path.exists()
    assert timeless(bring(own, "first")) == timeless(reference)
    verify_version(own, str(reference.state.version))
