"""What is learned on a state is carried on while the gate lets in little that is new, and no further."""

from pathlib import Path

import pytest

from entropy_assets.candidate.carried import learned_after
from entropy_assets.candidate.manifests import DropReport
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_release, propose_withdrawal
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.ledger import Entry
from tests.candidate.small import SETTINGS, copied, dataset, deliver, rows, strange

LEARNING = SETTINGS.replace("on = false", "examples = 20\nepochs = 2").replace(
    "[policy]", "[policy]\nmax_damage = 9.0\nmax_doubtful = 9.0\nmax_doubtful_first = 9.0\nmax_unlike = 9.0"
)


def let_in(workspace: Workspace, name: str, start: int, n: int, source: str = "web") -> str:
    entry = curate(workspace, deliver(workspace, name, rows(range(start, start + n), source)))
    return version_of(entry)


def version_of(entry: Entry | None) -> str:
    assert entry is not None
    assert entry.action in ("promote", "withdraw", "release")
    assert entry.version is not None
    return entry.version


def learned(workspace: Workspace, version: str, share: float = 0.1) -> int:
    return learned_after(workspace, version, share)


@pytest.fixture(scope="module")
def first_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one version of 200 records, for copying."""
    folder = tmp_path_factory.mktemp("first") / "home"
    let_in(dataset(folder), "first", 0, 200)
    return folder


@pytest.fixture(scope="module")
def chain_folder(tmp_path_factory: pytest.TempPathFactory, first_folder: Path) -> Path:
    """The same home after four small drops, for copying."""
    folder = tmp_path_factory.mktemp("chain") / "home"
    workspace = copied(first_folder, folder)
    for number in (1, 2, 3, 4):
        let_in(workspace, f"later-{number}", 1000 * number, 9)
    return folder


@pytest.fixture
def workspace(tmp_path: Path, first_folder: Path) -> Workspace:
    return copied(first_folder, tmp_path / "home")


@pytest.fixture
def chain(tmp_path: Path, chain_folder: Path) -> Workspace:
    return copied(chain_folder, tmp_path / "chain")


def test_small_drops_are_judged_by_what_was_learned_before(chain: Workspace) -> None:
    versions = chain.ledger.versions()
    assert [learned(chain, version) for version in versions] == [1, 1, 1, 4, 4], "27 of 200 are too many"
    assert [learned(chain, version, 0.0) for version in versions] == [1, 2, 3, 4, 5]
    assert [learned(chain, version, 1.0) for version in versions] == [1, 1, 1, 1, 1]


def test_it_follows_from_the_ledger_and_not_from_what_is_kept(chain: Workspace) -> None:
    workspace, versions = chain, list(chain.ledger.versions())
    forwards = [learned(workspace, version) for version in versions]
    assert Path(str(workspace.cache.folder / "carried")).exists()
    for path in Path(str(workspace.cache.folder / "carried")).rglob("*.bin"):
        path.unlink()
    assert [learned(workspace, version) for version in reversed(versions)][::-1] == forwards


def test_a_new_source_is_learned_at_once(workspace: Workspace) -> None:
    assert learned(workspace, let_in(workspace, "other", 1000, 9, source="forum")) == 2


def test_what_a_person_decides_is_learned_at_once(workspace: Workspace) -> None:
    let_in(workspace, "second", 1000, 9)
    withdrawn = curate(workspace, propose_withdrawal(workspace, "second", "Ada", "a test").key)
    assert learned(workspace, version_of(withdrawn)) == 3
    held = curate(workspace, deliver(workspace, "strange", rows(range(2000, 2005)) + strange(range(12))))
    assert held is not None
    assert held.action == "hold"
    codes = sorted({reason["code"] for reason in held.reasons})
    released = curate(workspace, propose_release(workspace, "strange", "Ada", "a test", codes).key)
    assert learned(workspace, version_of(released)) == 5


def test_a_report_says_on_what_its_detector_was_learned(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home", LEARNING)
    first = let_in(workspace, "first", 0, 200)
    for number in (1, 2):
        let_in(workspace, f"later-{number}", 1000 * number, 9)
    reports = [workspace.find(DropReport, key) for key in ("first", "later-1", "later-2")]
    assert [report and report.parts[0].learned_on for report in reports] == [None, None, first]
    assert len(list(Path(str(workspace.cache.folder / "detectors")).rglob("*.bin"))) == 1
