"""What drops and candidates are measured with is carried from version to version, and found by any run."""

import shutil
from pathlib import Path

import pytest

from entropy_assets.candidate import instruments
from entropy_assets.candidate.carried import carried_from, carried_state
from entropy_assets.candidate.manifests import DropReport, LawReport, ProbeReport
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.run import CandidateRun, open_run
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.ledger import Ledger
from tests.candidate.small import SETTINGS, dataset, deliver, rows
from tests.defs.test_same_bytes import at_noon, written

KINDS = ("checkpoints", "exams", "known_words", "laws", "reference_losses", "train_bytes")
CARRIED = SETTINGS.replace("known_records = 40", "known_records = 40\ncarried = 0.1")


def grown(home: Path, n_drops: int, settings: str = CARRIED) -> Workspace:
    """Return a dataset of 600 records and small drops after it."""
    workspace = dataset(home, settings)
    workspace.ledger = Ledger(workspace.home.root / "ledger", clock=at_noon)
    let_in(workspace, "first", 0, 600)
    for number in range(1, n_drops + 1):
        let_in(workspace, f"later-{number}", 1000 * number, 20)
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


def test_small_drops_make_nothing_anew(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "home", 3)
    assert kept(workspace) == dict.fromkeys(KINDS, 1)
    let_in(workspace, "later-4", 9000, 20)
    let_in(workspace, "later-5", 10000, 20)
    assert kept(workspace) == dict.fromkeys(KINDS, 2), "80 of 600 are too many"


def test_nothing_is_carried_where_settings_say_so(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "home", 2, CARRIED.replace("carried = 0.1", "carried = 0.0"))
    assert kept(workspace) == dict.fromkeys(KINDS, 2)


def test_reports_say_on_which_version_they_rest(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "home", 2)
    first = workspace.first_version()
    for form in (ProbeReport, LawReport):
        found = [workspace.load(form, key).made_on for key in ("first", "later-1", "later-2")]
        assert found == [None, None, first]
    reports = [workspace.load(DropReport, key) for key in ("first", "later-1", "later-2")]
    assert [report.parts[0].learned_on for report in reports] == [None, None, first]


def test_a_drop_after_another_runs_no_probe_of_what_stayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = grown(tmp_path / "home", 1)
    trained: list[int] = []
    real = instruments.run_remembered.__globals__["run_probes"]

    def counted(tasks: list[object], workers: int) -> object:
        trained.append(len(tasks))
        return real(tasks, workers)

    monkeypatch.setitem(instruments.run_remembered.__globals__, "run_probes", counted)
    let_in(workspace, "later-2", 2000, 20)
    # Of the candidate one a sample and one from scratch, and one of the control: parent and anchor were run.
    assert sum(trained) == 2 + 1 + 1


@pytest.mark.parametrize("lost", [KINDS, ("carried", "splits", "selections", "probe_runs"), ("checkpoints",)])
def test_a_cold_cache_gives_the_same_bytes(tmp_path: Path, lost: tuple[str, ...]) -> None:
    warm, cold = grown(tmp_path / "warm", 2), grown(tmp_path / "cold", 2)
    forget(cold, *lost)
    for workspace in (warm, cold):
        let_in(workspace, "last", 5000, 20)
    one, other = written(warm), written(cold)
    assert [name for name in one.keys() & other.keys() if one[name] != other[name]] == []
    assert [e.digest for e in warm.ledger.entries()] == [e.digest for e in cold.ledger.entries()]


def test_a_decided_candidate_finds_what_it_was_measured_with(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "home", 6)

    def states(key: str) -> tuple[str | None, str]:
        run: CandidateRun = open_run(workspace, key)
        return carried_from(run), carried_state(run).digest

    before = [states(f"later-{number}") for number in range(1, 7)]
    forget(workspace, "carried")
    assert [states(f"later-{number}") for number in range(6, 0, -1)][::-1] == before
    assert len({digest for _, digest in before}) == 2


def test_other_settings_and_lists_make_them_anew(tmp_path: Path) -> None:
    workspace = grown(tmp_path / "home", 1)
    (workspace.root / "keep.txt").write_text("nothing\n", encoding="utf-8")
    listed = CARRIED + '[selection]\nkeep_list = "keep.txt"\n'
    workspace.home.settings_path.write_text(listed, encoding="utf-8")
    let_in(workspace, "later-2", 2000, 20)
    assert kept(workspace) == dict.fromkeys(KINDS, 2)
    (workspace.root / "keep.txt").write_text("other\n", encoding="utf-8")
    let_in(workspace, "later-3", 3000, 20)
    assert kept(workspace) == dict.fromkeys(KINDS, 3)
