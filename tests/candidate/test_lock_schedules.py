"""No order of steps lets two hold a dataset at once: schedules by hand, and many by chance.

Threads play runs. Each stops before every call to the folder, and a scheduler says who goes next. It gives
ranks by chance and lets the one that goes fall to the last rank a few times, so that one run stands still
while others take, hold and leave: that is where orders go wrong.
"""

import os
import random
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from entropy_assets.candidate import flock_queue, lease_queue
from entropy_assets.candidate.flock_queue import FlockTicket
from entropy_assets.candidate.lease_queue import LeaseTicket
from entropy_assets.candidate.lease_watch import Watch
from entropy_assets.candidate.tickets import Ticket, new_holder

N_RUNS, N_ROUNDS, N_SEEDS = 3, 2, 150
MOST_STEPS = 20_000


class Stopped(BaseException):
    """The schedule is over; threads unwind."""


class Scheduler:
    """Lets one thread at a time go on to its next step."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self._turn = threading.Condition()
        self._running: str | None = None
        self._ranks: dict[str, float] = {}
        self._n_falls = 4
        self._over = False
        self.errors: list[BaseException] = []

    def step(self, waits: bool = False) -> None:
        """Stop here until it is this thread's turn; whoever waits for another one falls to the last rank."""
        name = threading.current_thread().name
        if name not in self._ranks:
            return
        with self._turn:
            if waits:
                self._ranks[name] = min(self._ranks.values()) - 1
            self._running = None
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._running == name or self._over)
            if self._over:
                raise Stopped

    def play(self, programs: dict[str, Callable[[], None]]) -> None:
        """Run the programs to their ends, or until one of them fails."""
        self._ranks = {name: self.chance.random() for name in programs}
        threads = [
            threading.Thread(target=self._run, args=(program,), name=name, daemon=True)
            for name, program in programs.items()
        ]
        with self._turn:
            for thread in threads:
                thread.start()
            self._running = "nobody"
        for _ in range(MOST_STEPS):
            with self._turn:
                if self.errors or not self._ranks:
                    break
                self._running = max(self._ranks, key=self._ranks.__getitem__)
                if self._n_falls and self.chance.random() < 0.06:
                    self._n_falls -= 1
                    self._ranks[self._running] = min(self._ranks.values()) - 1
                self._turn.notify_all()
                assert self._turn.wait_for(lambda: self._running is None, timeout=30)
        else:
            self.errors.append(AssertionError("no end"))
        with self._turn:
            self._over = True
            self._turn.notify_all()
        for thread in threads:
            thread.join(30)
        if self.errors:
            raise self.errors[0]

    def _run(self, program: Callable[[], None]) -> None:
        try:
            with self._turn:
                self._turn.wait_for(lambda: self._running == threading.current_thread().name or self._over)
            program()
        except Stopped:
            pass
        except BaseException as error:
            self.errors.append(error)
        finally:
            with self._turn:
                self._ranks.pop(threading.current_thread().name, None)
                self._running = None
                self._turn.notify_all()


def stopping(scheduler: Scheduler, call: Callable[..., Any]) -> Callable[..., Any]:
    def stops_first(*args: Any, **kwargs: Any) -> Any:
        scheduler.step()
        return call(*args, **kwargs)

    return stops_first


STEPS: list[tuple[Any, str]] = [
    (flock_queue, "_numbers"),
    (flock_queue, "_sweep"),
    (flock_queue, "_is_locked"),
    (FlockTicket, "_linked"),
    (FlockTicket, "_is_in_place"),
    (lease_queue, "_names"),
    (lease_queue, "_read"),
    (lease_queue, "_remove"),
    (lease_queue, "create_exclusive"),
    (lease_queue, "put"),
]


@contextmanager
def stepwise(scheduler: Scheduler) -> Iterator[None]:
    """Have each call to the folder be a step of the scheduler."""
    with pytest.MonkeyPatch.context() as patch:
        for where, name in STEPS:
            patch.setattr(where, name, stopping(scheduler, getattr(where, name)))
        for module in (flock_queue, lease_queue):
            patch.setattr(module, "pause_before_try", lambda n_tries: scheduler.step(waits=True))
        yield


def die(ticket: FlockTicket) -> None:
    """Do what the kernel does when the process of a ticket dies."""
    assert ticket._descriptor is not None
    flock_queue._own.discard(ticket._descriptor)
    os.close(ticket._descriptor)
    ticket._descriptor = None


def play(seed: int, new_ticket: Callable[[str], Ticket]) -> list[int]:
    """Return the numbers of those who held, in their order; fail if two hold at once or order is broken."""
    scheduler = Scheduler(seed)
    inside: list[str] = []
    numbers: list[int] = []

    def program(run: str) -> None:
        for _ in range(N_ROUNDS):
            ticket = new_ticket(run)
            try:
                ticket.take()
                if isinstance(ticket, FlockTicket) and scheduler.chance.random() < 0.15:
                    die(ticket)
                    continue
                while ticket.front() is not None or not ticket.enter():
                    scheduler.step(waits=True)
                inside.append(run)
                numbers.append(ticket.number)
                scheduler.step()
                ticket.check()
                assert inside == [run], f"{inside} hold at once"
                inside.remove(run)
                if isinstance(ticket, FlockTicket) and scheduler.chance.random() < 0.3:
                    die(ticket)
            finally:
                ticket.leave()

    with stepwise(scheduler):
        scheduler.play({f"run-{i}": (lambda i=i: program(f"run-{i}")) for i in range(N_RUNS)})  # type: ignore[misc]
    assert numbers == sorted(set(numbers)), "a number went backwards"
    return numbers


def flock_tickets(folder: Path) -> Callable[[str], Ticket]:
    return lambda run: FlockTicket(folder, new_holder(run, "drop-a"))


def lease_tickets(folder: UPath) -> Callable[[str], Ticket]:
    watch = Watch(1e6)  # nobody dies, and no thread renews by itself
    return lambda run: LeaseTicket(folder, new_holder(run, "drop-a"), watch)


def taken(ticket: Ticket) -> Ticket:
    ticket.take()
    return ticket


def test_a_newcomer_with_an_old_list_takes_another_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lists 1, stops; 2 comes, 3 comes, 2 leaves, 3 holds; it makes 2, which is free: below a holder."""
    new_ticket = flock_tickets(tmp_path)
    first = taken(new_ticket("first"))
    first.leave()
    late = new_ticket("late")
    numbers, others = flock_queue._numbers, []

    def meanwhile(folder: Path) -> list[int]:
        listed = numbers(folder)
        monkeypatch.setattr(flock_queue, "_numbers", numbers)
        others.extend([taken(new_ticket("second")), taken(new_ticket("third"))])
        others[0].leave()
        assert others[1].front() is None
        assert others[1].enter()
        return listed

    monkeypatch.setattr(flock_queue, "_numbers", meanwhile)
    late.take()
    holder = late.front()
    assert holder is not None
    assert (holder.run, holder.number, late.number) == ("third", 3, 4)
    for ticket in (late, *others):
        ticket.leave()


@pytest.mark.parametrize("is_marked", [False, True])
def test_a_newcomer_with_an_old_list_of_objects_takes_another_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_marked: bool
) -> None:
    new_ticket = lease_tickets(UPath(tmp_path))
    first = taken(new_ticket("first"))
    first.leave()
    late = new_ticket("late")
    names, others = lease_queue._names, []

    def meanwhile(folder: UPath) -> list[str]:
        listed = names(folder)
        monkeypatch.setattr(lease_queue, "_names", names)
        others.extend([taken(new_ticket("second")), taken(new_ticket("third"))])
        others[0].leave()
        assert others[1].front() is None
        assert not is_marked or others[1].enter()
        return listed

    monkeypatch.setattr(lease_queue, "_names", meanwhile)
    late.take()
    holder = late.front()
    assert holder is not None
    assert (holder.run, holder.number, late.number) == ("third", 3, 4)
    for ticket in (late, *others):
        ticket.leave()


def test_a_ticket_that_a_slow_sweeper_removed_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweeper found an older ticket of that number dead, stopped, and removes the new one by its name."""
    new_ticket = flock_tickets(tmp_path)
    ticket = new_ticket("run")
    numbers, looks = flock_queue._numbers, []

    def swept_after_the_link(folder: Path) -> list[int]:
        looks.append(numbers(folder))
        if len(looks) == 2:
            (folder / "000001.json").unlink()
        return looks[-1]

    monkeypatch.setattr(flock_queue, "_numbers", swept_after_the_link)
    ticket.take()
    ticket.check()
    assert [holder.run for holder in flock_queue.living(tmp_path)] == ["run"]
    ticket.leave()


def test_a_temporary_file_that_was_swept_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweeper looks between its making and its locking, and takes it for a dead one's."""
    ticket = flock_tickets(tmp_path)("run")
    linked, n_swept = FlockTicket._linked, []

    def swept_before(self: FlockTicket, temporary: Path) -> bool:
        if not n_swept:
            n_swept.append(temporary)
            temporary.unlink()
        return linked(self, temporary)

    monkeypatch.setattr(FlockTicket, "_linked", swept_before)
    ticket.take()
    ticket.check()
    assert n_swept
    assert [path.name for path in tmp_path.iterdir()] == ["000001.json"]
    ticket.leave()


def test_of_two_objects_of_one_number_one_holds() -> None:
    """A store in memory lets two threads create one object; the mark decides."""
    folder = UPath(f"memory://{uuid.uuid4().hex}")
    new_ticket = lease_tickets(folder)
    one = taken(new_ticket("one"))
    (folder / "000001.json").unlink()
    other = taken(new_ticket("other"))
    assert one.number == other.number == 1
    assert one.front() is None
    assert other.front() is None
    assert other.enter()
    assert not one.enter()
    holder = one.front()
    assert holder is not None
    assert (holder.run, one.number) == ("other", 2)
    for ticket in (one, other):
        ticket.leave()


def test_no_schedule_of_files_lets_two_hold(tmp_path: Path) -> None:
    n_held = 0
    for seed in range(N_SEEDS):
        folder = tmp_path / str(seed)
        n_held += len(play(seed, flock_tickets(folder)))
        assert flock_queue.living(folder) == []
    assert n_held > N_SEEDS * N_RUNS


@pytest.mark.parametrize("store", ["local", "memory"])
def test_no_schedule_of_objects_lets_two_hold(tmp_path: Path, store: str) -> None:
    root = UPath(tmp_path) if store == "local" else UPath(f"memory://{uuid.uuid4().hex}")
    for seed in range(N_SEEDS // 2):
        folder = root / str(seed)
        assert len(play(seed, lease_tickets(folder))) == N_RUNS * N_ROUNDS
        assert lease_queue.living(folder, Watch(1e6)) == []


def test_these_schedules_find_two_holders_where_nobody_lists_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule of `tickets`, switched off: the highest number of an old list is taken as it is."""

    def take(self: FlockTicket) -> None:
        while not self._make():
            self.leave()
        self._before = [number for number in flock_queue._numbers(self.folder) if number < self.number]

    monkeypatch.setattr(FlockTicket, "take", take)
    found = []
    for seed in range(N_SEEDS):
        try:
            play(seed, flock_tickets(tmp_path / str(seed)))
        except AssertionError as error:
            found.append(str(error).splitlines()[0])
    assert any("hold at once" in text for text in found)
