"""What drops and candidates are measured with is carried from version to version, and found by any run."""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.candidate import instruments, reference
from entropy_assets.candidate.carried import carried_from, carried_state
from entropy_assets.candidate.manifests import DropReport, LawReport, ProbeReport
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.probe import AnyTask, ProbeRun, measure_probes
from entropy_assets.ledger import Ledger
from tests.candidate.small import SETTINGS, dataset, deliver, rows
from tests.defs.test_same_bytes import at_noon, written

KINDS = ("checkpoints", "exams", "known_words", "laws", "reference_losses", "train_bytes")
CARRIED = SETTINGS.replace("known_records = 40", "known_records = 40\ncarried = 0.05").replace(
    "budget_bytes = 4096", "budget_bytes = 8192"
)
N_FIRST, N_LATER = 500, 10


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_two_drops(tmp_path_factory.mktemp("made") / "home", CARRIED)


@pytest.fixture(scope="module")
def warm_home(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_another(made, tmp_path_factory.mktemp("warm") / "home")


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Workspace:
    return copied(made, tmp_path / "home")


@pytest.fixture
def warm(warm_home: Path, tmp_path: Path) -> Workspace:
    return copied(warm_home, tmp_path / "warm")


def with_two_drops(home: Path, settings: str) -> Path:
    """Return the home of a dataset with a first version and one small drop after it."""
    workspace = opened(dataset(home, settings))
    let_in(workspace, "first", 0, N_FIRST)
    let_in(workspace, "later-1", 2000, N_LATER)
    return home


def with_another(made: Path, home: Path) -> Path:
    """Return a copy of the home with one more small drop, measured with what was kept."""
    let_in(copied(made, home), "later-2", 3000, N_LATER)
    return home


def copied(made: Path, home: Path) -> Workspace:
    shutil.copytree(made, home)
    return opened(Workspace(UPath(home), "small"))


def opened(workspace: Workspace) -> Workspace:
    workspace.ledger = Ledger(workspace.home.root / "ledger", clock=at_noon)
    return workspace


def let_in(workspace: Workspace, name: str, start: int, n: int) -> None:
    entry = curate(workspace, deliver(workspace, name, rows(range(start, start + n))))
    assert entry is not None
    assert entry.action == "promote"


def kept(workspace: Workspace) -> dict[str, int]:
    root = Path(str(workspace.cache.folder))
    return {kind: len(list((root / kind).rglob("*.bin"))) for kind in KINDS}


def forget(workspace: Workspace, *kinds: str) -> None:
    for kind in kinds:
        shutil.rmtree(Path(str(workspace.cache.folder)) / kind, ignore_errors=True)


def test_small_drops_make_nothing_anew(warm: Workspace) -> None:
    workspace = warm
    assert kept(workspace) == dict.fromkeys(KINDS, 1)
    let_in(workspace, "later-3", 4000, N_LATER)
    let_in(workspace, "later-4", 5000, N_LATER)
    assert kept(workspace) == dict.fromkeys(KINDS, 2), "60 of 1000 are too many"
    first = workspace.first_version()
    keys = ("first", "later-1", "later-2", "later-3", "later-4")
    on = [None, None, first, first, None]
    assert [workspace.load(ProbeReport, key).made_on for key in keys] == on
    assert [workspace.load(LawReport, key).made_on for key in keys] == on
    assert [workspace.load(DropReport, key).parts[0].learned_on for key in keys] == on
    check_that_a_run_finds_them_again(workspace, keys[1:])


def check_that_a_run_finds_them_again(workspace: Workspace, keys: tuple[str, ...]) -> None:
    def states(key: str) -> tuple[str | None, str]:
        run = open_run(workspace, key)
        return carried_from(run), carried_state(run).digest

    before = [states(key) for key in keys]
    forget(workspace, "carried")
    assert [states(key) for key in reversed(keys)][::-1] == before
    assert len({digest for _, digest in before}) == 2


def test_nothing_is_carried_where_settings_say_so(workspace: Workspace) -> None:
    text = CARRIED.replace("carried = 0.05", "carried = 0.0")
    workspace.home.settings_path.write_text(text, encoding="utf-8")
    let_in(workspace, "later-2", 3000, N_LATER)
    assert kept(workspace) == dict.fromkeys(KINDS, 2)


def test_no_probe_is_run_again_on_what_stayed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[int] = []

    def counted(tasks: Sequence[AnyTask], workers: int) -> Iterator[ProbeRun]:
        trained.append(len(tasks))
        return measure_probes(tasks, workers)

    monkeypatch.setattr(reference, "measure_probes", counted)
    let_in(workspace, "later-2", 3000, N_LATER)
    # The candidate's samples and its run from scratch, and one of the control; parent and anchor were run.
    assert sum(trained) == 2 + 1 + 1


@pytest.mark.parametrize("lost", [KINDS, ("carried", "splits", "selections", "probe_runs")])
def test_a_cold_cache_gives_the_same_bytes(
    warm: Workspace, workspace: Workspace, lost: tuple[str, ...]
) -> None:
    cold = workspace
    forget(cold, *lost)
    let_in(cold, "later-2", 3000, N_LATER)
    one, other = written(warm), written(cold)
    assert [name for name in one.keys() & other.keys() if one[name] != other[name]] == []
    assert [e.digest for e in warm.ledger.entries()] == [e.digest for e in cold.ledger.entries()]


def test_another_list_makes_them_anew(workspace: Workspace) -> None:
    (workspace.root / "keep.txt").write_text("nothing\n", encoding="utf-8")
    listed = CARRIED + '[selection]\nkeep_list = "keep.txt"\n'
    workspace.home.settings_path.write_text(listed, encoding="utf-8")
    first = open_run(workspace, "later-1")
    instruments.most_run_bytes(first)
    (workspace.root / "keep.txt").write_text("other\n", encoding="utf-8")
    instruments.most_run_bytes(open_run(workspace, "later-1"))
    assert kept(workspace)["train_bytes"] == 3


def test_what_a_resting_dataset_is_measured_with_is_not_collected(workspace: Workspace) -> None:
    year = 366 * 86400
    for path in Path(str(workspace.cache.folder)).rglob("*.bin"):
        os.utime(path, (path.stat().st_atime - year, path.stat().st_mtime - year))
    workspace.cache.collect()
    assert kept(workspace) == dict.fromkeys(KINDS, 1)


def test_losses_are_shared_out_among_strata() -> None:
    strata = [list(range(start, start + n)) for start, n in ((0, 1000), (1000, 30), (2000, 500))]
    found = instruments.shared_out(strata, 400)
    assert found == [*range(385), *range(1000, 1030), *range(2000, 2385)]
    assert len(instruments.shared_out([list(range(90))] * 50, 100)) == 50 * instruments.MIN_SCORED
    assert instruments.shared_out([], 100) == []
