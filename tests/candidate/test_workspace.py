"""What lies in a dataset's folder is checked where it is read: segments, proposals, lost manifests."""

import json
import shutil
from pathlib import Path

import pytest

from entropy_assets.candidate.batch import open_candidates
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import Candidate
from tests.candidate.small import copied, dataset, deliver, rows


@pytest.fixture(scope="module")
def two_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two live drops, for copying."""
    folder = tmp_path_factory.mktemp("two") / "home"
    workspace = dataset(folder)
    curate(workspace, deliver(workspace, "a", rows(range(60))))
    curate(workspace, deliver(workspace, "b", rows(range(100, 150))))
    return folder


@pytest.fixture
def two(tmp_path: Path, two_folder: Path, kept_results: None) -> Workspace:
    return copied(two_folder, tmp_path / "home")


def path_of(workspace: Workspace, relative: str) -> Path:
    return Path(str(workspace.root)) / relative


def test_edited_segment_is_refused(two: Workspace) -> None:
    segments = two.ledger.state().segments
    path_of(two, segments["b"]).write_bytes(path_of(two, segments["a"]).read_bytes())
    deliver(two, "c", rows(range(200, 240)))
    with pytest.raises(InvalidInput, match="an index segment, was changed: restore it"):
        curate(two, "c")
    assert two.ledger.decision("c") is None


@pytest.mark.parametrize("lost", ["duplicate_pairs", "raw_records", ""])
def test_withdrawal_brings_back_records_whose_pairs_are_lost(two: Workspace, lost: str) -> None:
    curate(two, deliver(two, "a2", rows(range(60))))
    shutil.rmtree(path_of(two, f"work/manifests/{lost}"))
    entry = curate(two, propose_withdrawal(two, "a", "Ada", "a test").key)
    assert entry is not None
    live = two.segment_records(entry.state)
    assert dict(live.group_by("drop").len().iter_rows()) == {"a2": 60, "b": 50}
    assert live["id"].n_unique() == 110


def test_withdrawal_is_refused_where_nothing_tells_what_a_drop_held(two: Workspace) -> None:
    curate(two, deliver(two, "a2", rows(range(60))))
    shutil.rmtree(path_of(two, "work/manifests"))
    shutil.rmtree(path_of(two, "inbox/a2"))
    with pytest.raises(InvalidInput, match=r"live drop 'a2' is lost, and it is not in .*inbox: put it back"):
        curate(two, propose_withdrawal(two, "a", "Ada", "a test").key)
    assert two.ledger.state().drops == ("a", "b", "a2")


FORGED = [
    b"{}",
    b"[]",
    b"[" * 100_000,
    b"junk",
    json.dumps({"key": "@batch-00000000", "add": "bc", "remove": [], "overrides": []}).encode(),
    json.dumps(
        {"key": "@without-a-1", "add": [], "remove": ["a"], "overrides": [], "by": "", "why": ""}
    ).encode(),
    json.dumps({"key": "a", "add": ["a"], "remove": [], "overrides": [], "by": "x", "why": "y"}).encode(),
    json.dumps(
        {"key": "@release-b-1", "add": ["a"], "remove": [], "overrides": [], "by": "x", "why": "y"}
    ).encode(),
]


@pytest.mark.parametrize("data", FORGED)
def test_forged_proposal_is_told_and_blocks_nothing(two: Workspace, data: bytes) -> None:
    folder = path_of(two, "candidates")
    folder.mkdir(exist_ok=True)
    (folder / "x.json").write_bytes(data)
    assert two.proposals() == []
    (fault,) = two.damaged_proposals()
    assert "x.json is no proposal" in fault
    deliver(two, "c", rows(range(200, 240)))
    assert open_candidates(two) == ["c"]
    assert curate(two, "c") is not None


def test_proposal_under_another_key_is_none(two: Workspace) -> None:
    two.propose(Candidate("@without-a-1", remove=("a",), by="Ada", why="a test"))
    folder = path_of(two, "candidates")
    (folder / "@without-a-1.json").rename(folder / "@without-a-2.json")
    with pytest.raises(InvalidInput, match="another"):
        two.candidate("@without-a-2")
