"""A correction killed at its writes: nothing changes, or all of it; the next run writes the same bytes."""

import shutil
from pathlib import Path

import pytest
from upath import UPath

from benchmarks.faults import moments
from benchmarks.faults.commands import Ended, Forked
from benchmarks.faults.kills import KILLED
from benchmarks.faults.world import CLOCK, fixed_ledger, is_temporary
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication.proof import verify_dataset
from tests.candidate.correcting import WHOLE, correct, expected, mended, run, texts, wrong
from tests.candidate.small import dataset, deliver, rows

WRONG = wrong(120)
FIX = mended(WRONG[:40])
MOMENTS = (
    "shard:5:before",
    "manifest:3:after",
    "segment:1:after",
    "ledger link:1:before",
    "ledger link:1:after",
)


def opened(home: Path) -> Workspace:
    found = Workspace(UPath(home), "small")
    found.ledger = fixed_ledger(found.root / "ledger")
    return found


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a version, on which a correction waits."""
    folder = tmp_path_factory.mktemp("waiting") / "home"
    dataset(folder, WHOLE)
    workspace = opened(folder)
    run(workspace, deliver(workspace, "first", WRONG + rows(range(9000, 9060), "letters")))
    correct(workspace, "fix", FIX)
    return folder


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory, waiting: Path) -> dict[str, bytes]:
    """What is decided where nothing is killed."""
    folder = tmp_path_factory.mktemp("quiet") / "home"
    shutil.copytree(waiting, folder)
    run(opened(folder), "fix")
    return decided(folder)


def decided(home: Path) -> dict[str, bytes]:
    root = home / "small"
    files = [
        path
        for part in ("ledger", "versions", "index", "work/superseded")
        for path in (root / part).rglob("*")
    ]
    files.append(root / "CURRENT")
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in files
        if path.is_file() and not is_temporary(path)
    }


def play(home: Path, **watched: str) -> Ended:
    drop = home / "small" / "inbox" / "fix"
    command = ["run", str(drop), "--home", str(home), "--dataset", "small", "--no-dagster"]
    return Forked(command, {moments.CLOCK: CLOCK, **watched}, home.parent / "said").wait()


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_write(tmp_path: Path, waiting: Path, quiet: dict[str, bytes], moment: str) -> None:
    home = tmp_path / "home"
    shutil.copytree(waiting, home)
    ended = play(home, **{moments.STORE: str(home), moments.KILL: moment})
    assert ended.code == KILLED, ended.said
    left = opened(home)
    is_in = len(left.ledger.entries()) == 2
    assert texts(left) == (expected(WRONG, FIX) if is_in else expected(WRONG))
    assert play(home).code == 0
    opened(home).ledger.repair_current()  # as every command does that looks at the dataset
    assert decided(home) == quiet
    assert verify_dataset(opened(home).home).faults == ()
