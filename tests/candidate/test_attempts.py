"""Attempts: a killed one is counted, an ended one is not; who crashes too often is held, a batch divided."""

from pathlib import Path
from unittest.mock import patch

import pytest
from upath import UPath

from entropy_assets.candidate.attempts import MAX_CRASHES, Attempts, Failure
from entropy_assets.candidate.batch import propose_batch, was_divided
from entropy_assets.candidate.pipeline import curate, decide
from entropy_assets.candidate.proposals import discard, propose_release
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.session import GaveUp, session
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import CurationError, StorageConflict, StorageFailed
from entropy_assets.ledger import Entry
from entropy_assets.store_format import require_schema
from tests.candidate.small import dataset, deliver, rows


@pytest.fixture
def waiting(tmp_path: Path) -> Workspace:
    workspace = dataset(tmp_path / "home")
    deliver(workspace, "one", rows(range(60)))
    deliver(workspace, "two", rows(range(100, 160)))
    return workspace


def crash(workspace: Workspace, key: str, times: int) -> None:
    """Leave what a run leaves that is killed after it has begun."""
    require_schema(workspace.home, writes=True)
    for number in range(times):
        workspace.attempts.begin(key, f"killed-{number}")


def test_notes_of_the_dead_are_crashes_and_those_of_the_living_are_none(tmp_path: Path) -> None:
    attempts = Attempts(UPath(tmp_path / "notes"))
    assert attempts.crashes("a", set()) == 0
    attempts.begin("a", "run-1")
    attempts.begin("a", "run-2")
    assert attempts.crashes("a", {"run-2"}) == 1
    assert attempts.is_under_way("a", "run-1")
    attempts.end("a", "run-1")
    assert attempts.crashes("a", {"run-2"}) == 0
    attempts.forget("a")
    assert attempts.crashes("a", set()) == 0


def test_failure_is_kept_until_an_attempt_does_not_fail(tmp_path: Path) -> None:
    attempts = Attempts(UPath(tmp_path / "notes"))
    attempts.end("a", "run-1", Failure("no room", "state:settings"))
    assert attempts.failure("a") == Failure("no room", "state:settings")
    assert attempts.failure("b") is None
    attempts.end("a", "run-2")
    assert attempts.failure("a") is None


def test_failure_that_a_full_disk_does_not_take_is_no_crash(tmp_path: Path) -> None:
    attempts = Attempts(UPath(tmp_path / "notes"))
    attempts.begin("a", "run-1")
    with patch("entropy_assets.candidate.attempts.put", side_effect=StorageFailed("no space left")):
        attempts.end("a", "run-1", Failure("no space left", "state"))
    assert attempts.crashes("a", set()) == 0
    assert attempts.has_begun("a", "run-1")


def test_failure_that_nobody_foresaw_is_no_crash(waiting: Workspace) -> None:
    with (
        patch("entropy_assets.candidate.session.open_run", side_effect=OSError("a broken disk")),
        pytest.raises(OSError, match="a broken disk"),
    ):
        curate(waiting, "one")
    assert waiting.attempts.crashes("one", set()) == 0
    assert waiting.attempts.failure("one") == Failure("a broken disk", "")


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"why": 1}', b"null"])
def test_damaged_note_is_no_failure(tmp_path: Path, data: bytes) -> None:
    attempts = Attempts(UPath(tmp_path / "notes"))
    attempts.end("a", "run", Failure("x", "y"))
    (tmp_path / "notes" / "a" / "failed.json").write_bytes(data)
    assert attempts.failure("a") is None


def test_drop_that_was_killed_three_times_is_decided(waiting: Workspace) -> None:
    crash(waiting, "one", 3)
    entry = curate(waiting, "one")
    assert entry is not None
    assert entry.action == "promote"
    assert waiting.attempts.crashes("one", set()) == 0


def test_drop_that_was_killed_too_often_is_held_and_a_release_tries_again(waiting: Workspace) -> None:
    crash(waiting, "one", MAX_CRASHES)
    entry = curate(waiting, "one")
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["crashes"]
    assert waiting.ledger.state().version is None
    again = propose_release(waiting, "one", "Ada", "more memory now", ["crashes"])
    released = curate(waiting, again.key)
    assert released is not None
    assert released.action == "release"


def test_batch_that_was_killed_too_often_is_divided(waiting: Workspace) -> None:
    batch = propose_batch(waiting, ["one", "two"])
    crash(waiting, batch.key, MAX_CRASHES)
    assert curate(waiting, batch.key) is None
    assert was_divided(waiting, batch.key)
    assert [curate(waiting, drop).action for drop in ("one", "two")] == ["promote", "promote"]  # type: ignore[union-attr]


def test_attempt_that_fails_says_why_and_is_no_crash(waiting: Workspace) -> None:
    with pytest.raises(CurationError, match="no luck"), session(waiting, "one", "run"):
        raise CurationError("no luck")
    failure = waiting.attempts.failure("one")
    assert failure is not None
    assert failure.why == "no luck"
    assert waiting.attempts.crashes("one", set()) == 0
    assert not waiting.lock.live()


def test_interrupted_attempt_is_no_crash_and_no_failure(waiting: Workspace) -> None:
    with pytest.raises(KeyboardInterrupt), session(waiting, "one", "run"):
        raise KeyboardInterrupt
    assert waiting.attempts.crashes("one", set()) == 0
    assert waiting.attempts.failure("one") is None


def test_giving_up_is_said(waiting: Workspace) -> None:
    crash(waiting, "one", MAX_CRASHES)
    with pytest.raises(GaveUp, match="'one' was killed 5 times: it is held"), session(waiting, "one", "run"):
        pass


def test_drop_that_a_person_decides_meanwhile_is_decided(waiting: Workspace) -> None:
    def discarded(run: CandidateRun) -> None:
        discard(waiting, "one", "Ada", "unwanted")
        raise StorageConflict("candidate 'one' is already decided: read the ledger")

    with patch("entropy_assets.candidate.pipeline.decide", side_effect=discarded):
        entry = curate(waiting, "one")
    assert entry is not None
    assert [reason["code"] for reason in entry.reasons] == ["discarded"]


def test_batch_goes_on_without_the_drop_that_a_person_decides_meanwhile(waiting: Workspace) -> None:
    batch = propose_batch(waiting, ["one", "two"])

    def discarded(run: CandidateRun) -> Entry | None:
        if run.is_batch:
            discard(waiting, "one", "Ada", "unwanted")
        return decide(run)

    with patch("entropy_assets.candidate.pipeline.decide", side_effect=discarded):
        assert curate(waiting, batch.key) is not None
    assert waiting.ledger.outcome_words() == {"one": "hold", "two": "promote"}


def test_a_lock_that_was_lost_is_no_other_decision(waiting: Workspace) -> None:
    with (
        patch("entropy_assets.candidate.pipeline.decide", side_effect=StorageConflict("a lease was lost")),
        pytest.raises(StorageConflict, match="a lease was lost"),
    ):
        curate(waiting, "one")
