"""Runs that share a store: renewed tickets, owners that stop renewing, and owners that come back."""

import signal
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath

from entropy_assets.candidate import lease_queue
from entropy_assets.candidate.lease_queue import LeaseTicket
from entropy_assets.candidate.lease_watch import Watch
from entropy_assets.candidate.lock import DatasetLock, Holder
from entropy_assets.candidate.tickets import new_holder
from entropy_assets.errors import StorageConflict
from tests.candidate.actors import PATIENCE_SECONDS, Stage

TTL_SECONDS = 2.0


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    """Return a folder of tickets on disk and one in an object store."""
    return (
        UPath(tmp_path / "lock") if request.param == "local" else UPath(f"memory://{uuid.uuid4().hex}/lock")
    )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path / "lock")
    yield stage
    stage.close()


class Clock:
    """The clock of `lease_queue`, moved by the test."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(lease_queue, "time", clock)
    return clock


taken: list[LeaseTicket] = []


@pytest.fixture(autouse=True)
def _end_of_renewals() -> Iterator[None]:
    yield
    while taken:
        taken.pop()._left.set()


def lease(folder: UPath, run: str, watch: Watch | None = None) -> LeaseTicket:
    """Return a ticket whose thread renews nothing by itself within a test."""
    ticket = LeaseTicket(folder, new_holder(run, "drop-a"), watch or Watch(1e6))
    ticket.take()
    taken.append(ticket)
    return ticket


def names(folder: UPath) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def front(ticket: LeaseTicket) -> str | None:
    holder = ticket.front()
    return holder.run if holder else None


def dead(ticket: LeaseTicket, clock: Clock) -> None:
    """Let `ticket` watch what is before it until that is dead."""
    while ticket.front() is not None:
        ticket.sleep(None)


def test_runs_wait_in_order_and_two_objects_stay(folder: UPath) -> None:
    lock = DatasetLock(folder, kind="lease", ttl_seconds=4)
    order, told = [], []

    def wait(run: str) -> None:
        def on_wait(holder: Holder) -> None:
            told.append((run, holder.run))

        with lock.held(run, "drop-a", on_wait, PATIENCE_SECONDS) as held:
            order.append((run, held.number))

    threads = []
    long_lock = DatasetLock(folder, kind="lease", ttl_seconds=60)
    with lock.held("first", "drop-a") as held:
        for i in range(3):
            threads.append(threading.Thread(target=wait, args=(f"run-{i}",)))
            threads[-1].start()
            while len(long_lock.live()) < i + 2 or len(told) <= i:
                time.sleep(0.01)
        order.append(("first", held.number))
        held.check()
        assert [holder.run for holder in lock.live()] == ["first", "run-0", "run-1", "run-2"]
    for thread in threads:
        thread.join()
    assert [run for run, _ in order] == ["first", "run-0", "run-1", "run-2"]
    assert [number for _, number in order] == sorted({number for _, number in order})
    assert ("run-0", "first") in told
    assert len(told) == len(set(told)), "once for each"
    assert lock.live() == []
    assert names(folder) == ["000004.held", "000004.json"]


def test_threads_are_never_in_it_at_once(folder: UPath) -> None:
    numbers: list[int] = []
    inside: list[str] = []

    def rounds(run: str) -> None:
        lock = DatasetLock(folder, kind="lease", ttl_seconds=4)
        for _ in range(3):
            with lock.held(run, "drop-a", None, PATIENCE_SECONDS) as held:
                inside.append(run)
                time.sleep(0.002)
                assert inside == [run]
                numbers.append(held.number)
                inside.remove(run)

    threads = [threading.Thread(target=rounds, args=(f"run-{i}",)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) == 9
    assert numbers == sorted(set(numbers))


def test_an_owner_that_does_not_renew_is_dead_after_the_ttl(folder: UPath, clock: Clock) -> None:
    watch = Watch(60)
    lease(folder, "dead").enter()
    waits = lease(folder, "waits", watch)
    assert front(waits) == "dead"
    began = clock.now
    dead(waits, clock)
    assert 60 <= clock.now - began <= 60 + 2 * 6
    assert waits.enter()
    assert names(folder) == ["000002.held", "000002.json"]


def test_an_owner_that_renews_lives(folder: UPath, clock: Clock) -> None:
    owner = lease(folder, "owner")
    assert owner.enter()
    waits = lease(folder, "waits", Watch(60))
    for _ in range(50):
        assert front(waits) == "owner"
        clock.now += 20
        owner._renew()
    owner.check()
    owner.leave()
    assert front(waits) is None


def test_a_watcher_that_was_stopped_itself_has_seen_nothing(folder: UPath, clock: Clock) -> None:
    """Machine suspended: both stop, and the waiter comes back first."""
    owner = lease(folder, "owner")
    waits = lease(folder, "waits", Watch(60))
    assert front(waits) == "owner"
    clock.now += 10_000
    assert front(waits) == "owner"
    owner._renew()
    clock.now += 30
    assert front(waits) == "owner"


def test_a_passed_owner_is_told(folder: UPath, clock: Clock) -> None:
    owner = lease(folder, "owner")
    assert owner.enter()
    owner.check()
    waits = lease(folder, "waits", Watch(60))
    dead(waits, clock)
    owner.check()  # nobody has passed it yet
    assert waits.enter()
    message = (
        r"000001\.json of run owner .* must be renewed every .*, and ticket 2 holds the dataset now; stop"
    )
    with pytest.raises(StorageConflict, match=message):
        owner.check()
    waits.check()


@pytest.mark.parametrize("left", [False, True])
def test_a_late_renewal_after_the_sweep_revives_nobody(folder: UPath, clock: Clock, left: bool) -> None:
    """An owner stopped between its look at the marks and its write: the write makes the swept ticket anew."""
    owner = lease(folder, "owner")
    assert owner.enter()
    waits = lease(folder, "waits", Watch(60))
    dead(waits, clock)
    original = owner._content

    def stopped_here() -> bytes:
        assert waits.enter()
        assert "000001.json" not in names(folder)
        if left:
            waits.leave()
        return original()

    owner._content = stopped_here  # type: ignore[method-assign]
    owner._renew()
    assert names(folder) == ["000002.held", "000002.json"], "the revived ticket is gone again"
    with pytest.raises(StorageConflict, match="ticket 2 holds"):
        owner.check()


def test_a_passed_waiter_goes_to_the_end(folder: UPath, clock: Clock) -> None:
    first = lease(folder, "first")
    assert first.enter()
    second, third = lease(folder, "second", Watch(60)), lease(folder, "third", Watch(60))
    dead(third, clock)  # the first and the second were stopped
    assert third.enter()
    assert front(second) == "third"
    assert second.number == 4
    third.leave()
    assert front(second) is None
    assert second.enter()
    second.check()


def test_of_two_who_enter_at_once_after_a_stop_the_lower_one_steps_back(folder: UPath, clock: Clock) -> None:
    """The lower one has seen nobody before it, stops for the ttl, is passed, and makes its mark late."""
    lower, higher = lease(folder, "lower"), lease(folder, "higher", Watch(60))
    assert front(lower) is None
    dead(higher, clock)
    assert higher.enter()
    assert not lower.enter()
    assert front(lower) == "higher"
    higher.check()


def test_a_store_that_fails_is_not_taken_for_holding(
    folder: UPath, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = lease(folder, "owner")
    assert owner.enter()

    def fails(folder: UPath) -> list[str]:
        raise OSError("no route to host")

    monkeypatch.setattr(lease_queue, "_names", fails)
    with pytest.raises(StorageConflict, match="got: no route to host; see that the store answers"):
        owner.check()


def test_check_renews_what_is_overdue(folder: UPath, clock: Clock) -> None:
    owner = lease(folder, "owner", Watch(60))
    assert owner.enter()
    waits = lease(folder, "waits", Watch(60))
    for _ in range(20):
        clock.now += 40
        owner.check()
        assert front(waits) == "owner"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[1]"])
def test_a_strange_ticket_is_unknown_and_dies(folder: UPath, clock: Clock, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "000003.json").write_bytes(content)
    watch = Watch(60)
    assert lease_queue.living(folder, watch) == [Holder(3, "unknown", "unknown", "unknown", 0, "unknown")]
    ticket = lease(folder, "run", watch)
    assert front(ticket) == "unknown"
    dead(ticket, clock)
    assert ticket.enter()
    assert names(folder) == ["000004.held", "000004.json"]


def test_try_held_passes_a_dead_one_that_was_watched(folder: UPath, clock: Clock) -> None:
    lease(folder, "dead").enter()
    lock = DatasetLock(folder, kind="lease", ttl_seconds=60)
    n_refused = 0
    while True:
        with DatasetLock(folder, kind="lease", ttl_seconds=60).try_held("next", "drop-a") as held:
            if held:
                break
        assert [holder.run for holder in lock.live()] == ["dead"]
        n_refused += 1
        clock.now += 30
    assert n_refused == 3
    assert lock.live() == []


@pytest.mark.filterwarnings("ignore:UPath 'remembering' filesystem not explicitly implemented")
def test_a_stores_remembered_listing_is_not_believed() -> None:
    """A client of an object store lists a folder once, and shows that list until it is told to forget."""

    class Remembering(MemoryFileSystem):
        protocol = "remembering"
        store: ClassVar[dict[str, Any]] = {}
        pseudo_dirs: ClassVar[list[str]] = [""]
        lists: ClassVar[dict[str, Any]] = {}

        def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
            key = f"{path}:{detail}"
            if key not in self.lists:
                self.lists[key] = super().ls(path, detail, **kwargs)
            return self.lists[key]

        def invalidate_cache(self, path: str | None = None) -> None:
            self.lists.clear()

    fsspec.register_implementation("remembering", Remembering, clobber=True)
    folder = UPath("remembering://lock")
    first = lease(folder, "first")
    assert first.enter()
    first.check()
    assert lease(folder, "second").enter()
    with pytest.raises(StorageConflict, match="ticket 2 holds the dataset now"):
        first.check()


# Processes


def test_the_next_one_gets_it_when_the_holder_is_killed(stage: Stage) -> None:
    first = stage.enter("first", "lease", TTL_SECONDS)
    assert first.line() == "got 1"
    second = stage.enter("second", "lease", TTL_SECONDS)
    assert second.line() == "waits for first"
    first.kill()
    assert second.line() == "got 2"
    assert second.ask("check") == "holds"


def test_a_holder_that_was_stopped_and_comes_back_is_told(stage: Stage) -> None:
    first = stage.enter("first", "lease", TTL_SECONDS)
    assert first.line() == "got 1"
    second = stage.enter("second", "lease", TTL_SECONDS)
    assert second.line() == "waits for first"
    first.send(signal.SIGSTOP)
    assert second.line() == "got 2"
    first.send(signal.SIGCONT)
    assert "got: not renewed in time, and ticket 2 holds the dataset now" in first.ask("check")
    first.leave()
    assert second.ask("check") == "holds"
    second.leave()
    assert names(UPath(stage.folder)) == ["000002.held", "000002.json"]


def test_a_waiter_that_is_interrupted_leaves(stage: Stage) -> None:
    first = stage.enter("first", "lease")
    assert first.line() == "got 1"
    second = stage.enter("second", "lease")
    assert second.line() == "waits for first"
    second.send(signal.SIGINT)
    assert second.line() == "interrupted"
    second.process.wait()
    assert b'"free":true' in (stage.folder / "000002.json").read_bytes()


def test_a_forked_child_neither_renews_nor_frees(stage: Stage) -> None:
    first = stage.enter("first", "lease")
    assert first.line() == "got 1"
    assert first.ask("fork_and_unwind") == "child ended with 0"
    assert first.ask("check") == "holds"
    assert b'"free"' not in (stage.folder / "000001.json").read_bytes()
