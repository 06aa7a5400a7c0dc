"""Runs of a dataset on one host: in order, asleep, and free when the holder dies, however it dies."""

import fcntl
import json
import os
import random
import re
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.candidate import flock_queue
from entropy_assets.candidate.lock import DatasetLock, Holder
from entropy_assets.errors import InvalidInput, InvalidParameter, StorageConflict
from tests.candidate.actors import PATIENCE_SECONDS, ROOT, Stage, ended


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return what starts processes that queue in `tmp_path / "lock"`."""
    stage = Stage(tmp_path / "lock")
    yield stage
    stage.close()


@pytest.fixture
def lock(tmp_path: Path) -> DatasetLock:
    return DatasetLock(UPath(tmp_path / "lock"))


def names(lock: DatasetLock) -> list[str]:
    return sorted(path.name for path in lock.folder.iterdir())


def runs(lock: DatasetLock) -> list[str]:
    return [holder.run for holder in lock.live()]


def test_runs_wait_in_the_order_of_their_tickets(stage: Stage, lock: DatasetLock) -> None:
    first = stage.enter("first")
    assert first.line() == "got 1"
    second = stage.enter("second")
    assert second.line() == "waits for first"
    third = stage.enter("third")
    assert third.line() == "waits for first"
    assert runs(lock) == ["first", "second", "third"]
    first.leave()
    assert second.line() == "got 2"
    assert third.line() == "waits for second"
    assert third.is_silent()
    second.leave()
    assert third.line() == "got 3"
    third.leave()
    assert lock.live() == []
    assert names(lock) == ["000003.json"]


def test_a_ticket_says_who_has_it(stage: Stage, lock: DatasetLock) -> None:
    actor = stage.enter("a run")
    assert actor.line() == "got 1"
    (holder,) = lock.live()
    assert (holder.number, holder.run, holder.candidate, holder.pid) == (1, "a run", "drop-a", actor.pid)
    assert json.loads((lock.folder / "000001.json").read_bytes())["pid"] == actor.pid
    assert f"run a run of drop-a (host {holder.host}, process {actor.pid}, since 2" in str(holder)


def test_a_waiter_sleeps_in_the_kernel(stage: Stage) -> None:
    assert stage.enter("first").line() == "got 1"
    second = stage.enter("second")
    assert second.line() == "waits for first"
    states = set()
    for _ in range(10):
        time.sleep(0.02)
        told = subprocess.run(["ps", "-o", "state=", "-p", str(second.pid)], capture_output=True, text=True)
        states.add(told.stdout.strip()[:1])
    assert states <= {"S", "I"}, "a waiter that polls was seen running"


def test_the_next_one_gets_it_when_the_holder_is_killed(stage: Stage, lock: DatasetLock) -> None:
    first = stage.enter("first")
    assert first.line() == "got 1"
    second = stage.enter("second")
    assert second.line() == "waits for first"
    first.kill()
    assert second.line() == "got 2"
    assert runs(lock) == ["second"]
    assert names(lock) == ["000002.json"]


def test_a_killed_waiter_is_passed(stage: Stage, lock: DatasetLock) -> None:
    first = stage.enter("first")
    assert first.line() == "got 1"
    second = stage.enter("second")
    assert second.line() == "waits for first"
    third = stage.enter("third")
    assert third.line() == "waits for first"
    second.kill()
    assert runs(lock) == ["first", "third"]
    first.leave()
    assert third.line() == "got 3"


def wait_for(lock: DatasetLock, n_living: int) -> list[Holder]:
    end = time.monotonic() + PATIENCE_SECONDS
    while len(living := lock.live()) != n_living:
        assert time.monotonic() < end, living
        time.sleep(0.01)
    return living


def test_after_all_were_killed_the_next_gets_it_at_once(stage: Stage, lock: DatasetLock) -> None:
    actors = [stage.enter(f"run-{i}") for i in range(4)]
    wait_for(lock, 4)
    for actor in actors:
        actor.send(signal.SIGSTOP)  # so that none gets the dataset in between
    for actor in actors:
        actor.kill()
    assert lock.live() == []
    with lock.held("next", "drop-b") as held:
        assert held.number == 5
        assert names(lock) == ["000005.json"]


@pytest.mark.parametrize("how", ["fork", "start"])
def test_children_of_a_killed_holder_do_not_keep_the_dataset(stage: Stage, how: str) -> None:
    first = stage.enter("first")
    assert first.line() == "got 1"
    second = stage.enter("second")
    assert second.line() == "waits for first"
    with ended(int(first.ask(how).split()[1])):
        first.kill()
        assert second.line() == "got 2"


def test_children_of_a_killed_waiter_do_not_keep_its_place(stage: Stage, lock: DatasetLock) -> None:
    script = (
        "import os, sys, threading, time\n"
        "from upath import UPath\n"
        "from entropy_assets.candidate.lock import DatasetLock\n"
        "def wait():\n"
        "    lock = DatasetLock(UPath(sys.argv[1]))\n"
        "    with lock.held('waits', 'drop-a', lambda holder: print('w', flush=True)):\n"
        "        pass\n"
        "threading.Thread(target=wait, daemon=True).start()\n"
        "sys.stdin.readline()\n"
        "os.fork() or print(os.getpid(), flush=True)\n"  # the child, so that it has run what a fork runs
        "time.sleep(600)\n"
    )
    with lock.held("first", "drop-a"):
        waiter = python(script, lock.folder)
        assert waiter.stdout is not None
        assert waiter.stdin is not None
        assert waiter.stdout.readline() == "w\n"
        waiter.stdin.write("\n")
        waiter.stdin.flush()
        with ended(int(waiter.stdout.readline())):
            assert runs(lock) == ["first", "waits"]
            end(waiter)
            assert runs(lock) == ["first"]


def python(script: str, folder: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def told_by(process: subprocess.Popen[str]) -> str:
    """Return what a process says until it ends well."""
    try:
        told, _ = process.communicate(timeout=2 * PATIENCE_SECONDS)
    finally:
        end(process)
    assert process.returncode == 0
    return told


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def test_forks_at_any_moment_leave_no_lock_behind(lock: DatasetLock) -> None:
    """Children forked by another thread, also between opening a ticket and locking it."""
    script = (
        "import os, sys, threading, time\n"
        "from upath import UPath\n"
        "from entropy_assets.candidate.lock import DatasetLock\n"
        "children, stop, (ready, told) = [], threading.Event(), os.pipe()\n"
        "sys.setswitchinterval(1e-5)\n"
        "def forks():\n"
        "    while len(children) < 60:\n"
        "        child = os.fork()\n"
        "        if not child:\n"
        "            os.write(told, b'.')\n"  # it has run what a fork runs
        "            time.sleep(600)\n"
        "        children.append(child)\n"
        "    stop.set()\n"
        "thread = threading.Thread(target=forks)\n"
        "thread.start()\n"
        "lock, n = DatasetLock(UPath(sys.argv[1])), 0\n"
        "while not stop.is_set() or n < 20:\n"
        "    with lock.held('run', 'drop-a', timeout_seconds=30):\n"
        "        n += 1\n"
        "thread.join()\n"
        "[os.read(ready, 1) for _ in children]\n"
        "print(*children, flush=True)\n"
        "sys.stdin.readline()\n"
    )
    parent = python(script, lock.folder)
    assert parent.stdout is not None
    children = [int(word) for word in parent.stdout.readline().split()]
    end(parent)
    try:
        assert len(children) == 60
        assert lock.live() == []
        with lock.try_held("next", "drop-a") as held:
            assert held is not None
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)


def test_a_forked_child_neither_holds_nor_frees(stage: Stage, lock: DatasetLock) -> None:
    first = stage.enter("first")
    assert first.line() == "got 1"
    told = first.ask("fork_and_check")
    assert re.search(r"child lost: ticket 1 belongs to process \d+, got: process \d+, a forked child", told)
    assert first.line() == "child is refused"
    assert first.ask("fork_and_unwind") == "child ended with 0"
    assert first.ask("check") == "holds"
    assert runs(lock) == ["first"]


def test_without_closing_in_children_a_fork_would_keep_it(lock: DatasetLock) -> None:
    """The counter-example for which descriptors are closed in forked children."""
    with lock.held("first", "drop-a"):
        (own,) = flock_queue._own
        copy = os.dup(own)
    try:
        assert runs(lock) == ["first"]
    finally:
        os.close(copy)
    assert runs(lock) == []


@pytest.mark.parametrize(("number", "said"), [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "ended")])
def test_a_waiter_that_is_interrupted_leaves(
    stage: Stage, lock: DatasetLock, number: signal.Signals, said: str
) -> None:
    assert stage.enter("first").line() == "got 1"
    second = stage.enter("second")
    assert second.line() == "waits for first"
    third = stage.enter("third")
    assert third.line() == "waits for first"
    second.send(number)
    assert second.line() == said
    second.process.wait()
    assert runs(lock) == ["first", "third"]
    if number == signal.SIGINT:
        assert names(lock) == ["000001.json", "000003.json"]


def test_an_error_in_on_wait_leaves(lock: DatasetLock) -> None:
    def on_wait(holder: Holder) -> None:
        raise BrokenPipeError("nobody reads")

    with lock.held("first", "drop-a"):
        with pytest.raises(BrokenPipeError), lock.held("second", "drop-a", on_wait):
            pass
        assert runs(lock) == ["first"]


def test_a_time_limit_ends_the_wait(lock: DatasetLock) -> None:
    told: list[str] = []
    with lock.held("first", "drop-a"):
        for seconds in (0, 0.25):
            message = (
                rf"after {seconds} s must be free, got: held by run first of drop-a \(host .*; wait for it"
            )
            with (
                pytest.raises(StorageConflict, match=message),
                lock.held("second", "drop-a", lambda holder: told.append(holder.run), seconds),
            ):
                pass
            assert runs(lock) == ["first"]
    assert told == ["first", "first"], "once in each wait"
    with lock.held("second", "drop-a", timeout_seconds=0) as held:
        held.check()


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_time_limit_is_a_number(lock: DatasetLock, seconds: float) -> None:
    with (
        pytest.raises(InvalidParameter, match="timeout_seconds must be at least 0, got"),
        lock.held("a", "b", None, seconds),
    ):
        pass


def test_try_held_never_waits(stage: Stage, lock: DatasetLock) -> None:
    first = stage.enter("first")
    assert first.line() == "got 1"
    with lock.try_held("second", "drop-a") as held:
        assert held is None
        assert runs(lock) == ["first"]
    first.leave()
    with lock.try_held("second", "drop-a") as held:
        assert held is not None
        assert held.number == 3
    assert names(lock) == ["000003.json"] or names(lock) == ["000002.json", "000003.json"]


def test_a_run_nests_in_any_thread_of_its_process(lock: DatasetLock, tmp_path: Path) -> None:
    same = DatasetLock(UPath(tmp_path / "other" / ".." / "lock"))
    (tmp_path / "other").mkdir()
    inner_holds, outer_left = threading.Event(), threading.Event()
    numbers = []

    def inner() -> None:
        with same.held("run", "drop-a") as held, same.try_held("run", "drop-a") as again:
            assert again is not None
            numbers.extend([held.number, again.number])
            inner_holds.set()
            outer_left.wait(PATIENCE_SECONDS)
            held.check()

    thread = threading.Thread(target=inner)
    with lock.held("run", "drop-a") as held:
        numbers.append(held.number)
        thread.start()
        inner_holds.wait(PATIENCE_SECONDS)
    assert runs(lock) == ["run"], "the last one out gives it up"
    outer_left.set()
    thread.join()
    assert numbers == [1, 1, 1]
    assert runs(lock) == []


def test_another_run_of_the_same_process_waits(lock: DatasetLock) -> None:
    events = []

    def second() -> None:
        with lock.held("second", "drop-b", lambda holder: events.append(f"waits for {holder.run}")):
            events.append("second")

    thread = threading.Thread(target=second)
    with lock.held("first", "drop-a"):
        thread.start()
        wait_for(lock, 2)
        events.append("first")
    thread.join()
    assert sorted(events[:2]) == ["first", "waits for first"]
    assert events[2:] == ["second"]


# What lies in the folder


def test_temporary_files_of_a_killed_run_are_swept_and_those_of_a_living_one_are_not(
    lock: DatasetLock,
) -> None:
    lock.folder.mkdir(parents=True)
    dead, alive = lock.folder / ".ticket.dead.tmp", lock.folder / ".ticket.alive.tmp"
    dead.write_bytes(b"{")
    with Path(str(alive)).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with lock.held("run", "drop-a"):
            assert names(lock) == [".ticket.alive.tmp", "000001.json"]


STRANGE = {
    "empty": b"",
    "torn": b'{"candidate":"a","ho',
    "a number": b"7",
    "a list": b"[]",
    "other types": b'{"run":1,"candidate":2,"host":3,"pid":"4","since":5}',
    "not UTF-8": b"\xff\xfe\x00",
    "deep": b"[" * 60_000,
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_ticket_counts_by_its_lock(lock: DatasetLock, content: bytes) -> None:
    lock.folder.mkdir(parents=True)
    path = lock.folder / "000004.json"
    path.write_bytes(content)
    assert lock.live() == []
    with path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert lock.live() == [Holder(4, "unknown", "unknown", "unknown", 0, "unknown")]
        with lock.try_held("run", "drop-a") as held:
            assert held is None
        with (
            pytest.raises(StorageConflict, match="held by run unknown of unknown"),
            lock.held("a", "b", None, 0),
        ):
            pass
    with lock.held("run", "drop-a") as held:
        assert held.number == 7
        assert names(lock) == ["000007.json"]


def test_what_is_no_file_is_nobodys_ticket(lock: DatasetLock, tmp_path: Path) -> None:
    lock.folder.mkdir(parents=True)
    (lock.folder / "000001.json").mkdir()
    os.mkfifo(str(lock.folder / "000002.json"))
    (tmp_path / "target").write_bytes(b"{}")
    Path(str(lock.folder / "000003.json")).symlink_to(tmp_path / "target")
    Path(str(lock.folder / "000004.json")).symlink_to(tmp_path / "nowhere")
    (lock.folder / "notes.txt").write_bytes(b"")
    (lock.folder / "12.json").write_bytes(b"")
    assert lock.live() == []
    with lock.held("run", "drop-a") as held:
        assert held.number == 5
    assert (tmp_path / "target").read_bytes() == b"{}"


def test_asking_makes_nobody_live(lock: DatasetLock) -> None:
    """Two who ask at once about a dead ticket do not take each other for its owner."""
    with lock.held("run", "drop-a"):
        pass
    assert lock._path is not None
    with flock_queue._opened(lock._path, 1) as descriptor:
        assert descriptor is not None
        assert not flock_queue._is_locked(descriptor)
        assert lock.live() == []
        with lock.try_held("next", "drop-a") as held:
            assert held is not None


def test_who_asks_leaves_the_folder_alone(lock: DatasetLock) -> None:
    assert lock.live() == []
    assert not lock.folder.exists()


def test_a_removed_ticket_is_noticed(lock: DatasetLock) -> None:
    with lock.held("run", "drop-a") as held:
        held.check()
        (lock.folder / "000001.json").unlink()
        with pytest.raises(StorageConflict, match=r"000001\.json of run run .* must stay until its run ends"):
            held.check()
        (lock.folder / "000001.json").write_bytes(b"")
        with pytest.raises(StorageConflict, match="removed by somebody else"):
            held.check()
    assert (lock.folder / "000001.json").exists(), "another one's file is not removed"


# Disks and parameters


def test_a_folder_that_is_a_file_gives_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "lock").write_bytes(b"")
    lock = DatasetLock(UPath(tmp_path / "lock"))
    message = "lock must be a folder in which tickets can be made, read, linked and locked, got: .*; make it"
    with pytest.raises(InvalidInput, match=message), lock.held("run", "drop-a"):
        pass
    with pytest.raises(InvalidInput, match=message), lock.try_held("run", "drop-a"):
        pass
    with pytest.raises(InvalidInput, match=message):
        lock.live()


@contextmanager
def files_end_at(n_bytes: int) -> Iterator[None]:
    """Let the operating system refuse every write beyond `n_bytes` of a file, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("kind", ["flock", "lease"])
def test_a_full_disk_gives_one_sentence_and_leaves_nothing(tmp_path: Path, kind: str) -> None:
    lock = DatasetLock(UPath(tmp_path / "lock"), kind=kind)  # type: ignore[arg-type]
    for limit in (0, 20):
        with (
            files_end_at(limit),
            pytest.raises(InvalidInput, match="got: File too large; make it"),
            lock.held("run", "drop-a"),
        ):
            pass
        assert names(lock) == []


@pytest.mark.parametrize("kind", ["flock", "lease"])
def test_a_folder_that_cannot_be_written_gives_one_sentence(kind: str) -> None:
    script = (
        "import os, sys\n"
        "from upath import UPath\n"
        "from entropy_assets.candidate.lock import DatasetLock\n"
        "from entropy_assets.errors import InvalidInput\n"
        "os.chdir(sys.argv[1])\n"
        "os.chmod('.', 0o555)\n"
        "os.getuid() or os.setuid(65534)\n"
        f"lock = DatasetLock(UPath('.'), kind={kind!r})\n"
        "try:\n"
        "    with lock.held('run', 'drop-a'):\n"
        "        print('held')\n"
        "except InvalidInput as error:\n"
        "    print(error)\n"
        "print(lock.live())\n"
    )
    with tempfile.TemporaryDirectory() as folder:  # which others than its owner may enter
        process = python(script, folder)
        told = told_by(process)
    assert "got: Permission denied; make it writable" in told
    assert told.endswith("[]\n")


def test_the_kind_follows_the_folder(tmp_path: Path) -> None:
    assert DatasetLock(UPath(tmp_path)).kind == "flock"
    assert DatasetLock(UPath(f"file://{tmp_path}")).kind == "flock"
    assert DatasetLock(UPath("memory://lock")).kind == "lease"
    assert DatasetLock(UPath(tmp_path), kind="lease").kind == "lease"


def test_wrong_parameters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match="kind of a lock must be flock or lease, got 'pool'"):
        DatasetLock(UPath(tmp_path), kind="pool")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="kind flock needs a folder on this host, got memory://"):
        DatasetLock(UPath("memory://lock"), kind="flock")
    for seconds in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InvalidParameter, match="ttl_seconds must be a number above 0, got"):
            DatasetLock(UPath(tmp_path), ttl_seconds=seconds)


# Many processes


N_PROCESSES, N_ROUNDS = 8, 20


def count_up(folder: str, counter: str) -> None:
    lock = DatasetLock(UPath(folder))
    for _ in range(N_ROUNDS):
        with lock.held(f"run-{os.getpid()}", "drop-a") as held:
            path = Path(counter)
            numbers = json.loads(path.read_bytes())  # read, change and write: only safe alone
            time.sleep(0.001)
            path.write_text(json.dumps([*numbers, held.number]))
            held.check()


def test_eight_processes_are_never_in_it_at_once_and_go_in_order(lock: DatasetLock, tmp_path: Path) -> None:
    counter = tmp_path / "counter.json"
    counter.write_text("[]")
    context = get_context("spawn")
    processes = [
        context.Process(target=count_up, args=(str(lock.folder), str(counter))) for _ in range(N_PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(PATIENCE_SECONDS)
    assert [process.exitcode for process in processes] == [0] * N_PROCESSES
    numbers = json.loads(counter.read_bytes())
    assert len(numbers) == N_PROCESSES * N_ROUNDS
    assert numbers == sorted(set(numbers))
    assert lock.live() == []
    assert len(names(lock)) == 1


AT_EACH_CALL = """
import os, signal, sys
from upath import UPath
from entropy_assets.candidate import flock_queue
from entropy_assets.candidate.lock import DatasetLock

CALLS = ("open", "fcntl.flock", "os.link", "os.remove", "os.listdir", "os.scandir", "os.rename", "os.mkdir")
kind, folder = sys.argv[1].split("@")


def new_lock():
    return DatasetLock(UPath(folder), kind=kind, ttl_seconds=0.3)


def hold(run):
    with new_lock().held(run, "drop-a", timeout_seconds=30) as held:
        held.check()
        assert [holder.run for holder in new_lock().live()] == [run]
    return held.number


def strike(n_calls, act):
    def hook(event, args):
        nonlocal n_calls
        if event in CALLS:
            n_calls -= 1
            if n_calls == -1:
                act()

    sys.addaudithook(hook)


def struck_children(play):
    moment = 0
    while True:
        child = os.fork()
        if not child:
            os._exit(play(moment))
        status = os.waitpid(child, 0)[1]
        assert status in (0, signal.SIGKILL, 256 * 3), (moment, status)
        if status == 0:
            return
        yield moment
        moment += 1


hold("first")
"""

KILLED = (
    AT_EACH_CALL
    + """
def play(moment):
    strike(moment, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with new_lock().held("dies", "drop-a"):
        return 0


for moment in struck_children(play):
    number = hold("next")
    names = os.listdir(folder)
    assert set(names) <= {f"{number:06d}.json", f"{number:06d}.held"}, (moment, names, number)
print(moment)
"""
)

INTERRUPTED = (
    AT_EACH_CALL
    + """
def interrupt():
    raise KeyboardInterrupt


def play(moment):
    strike(moment, interrupt)
    try:
        with new_lock().held("interrupted", "drop-a"):
            pass
    except KeyboardInterrupt:
        assert not new_lock().live() and not flock_queue._own
        return 3
    return 0


for moment in struck_children(play):
    hold("next")
print(moment)
"""
)


@pytest.mark.parametrize("kind", ["flock", "lease"])
def test_killed_before_each_call_to_the_disk(tmp_path: Path, kind: str) -> None:
    """The next run gets the dataset, and nothing is left but its own ticket (and the mark of a lease)."""
    process = python(KILLED, f"{kind}@{tmp_path / 'lock'}")
    told = told_by(process)
    assert int(told) > 10


def test_interrupted_before_each_call_to_the_disk(tmp_path: Path) -> None:
    """Ctrl-C at any moment leaves no locked ticket in a process that lives on."""
    process = python(INTERRUPTED, f"flock@{tmp_path / 'lock'}")
    told = told_by(process)
    assert int(told) > 10


def one_at_a_time(folder: str) -> None:
    """Hold again and again until killed; a lock of another kind shows whether somebody else is in it."""
    lock = DatasetLock(UPath(folder) / "lock")
    while True:
        with lock.held(f"run-{os.getpid()}", "drop-a") as held, Path(folder, "probe").open("r+b") as probe:
            try:
                fcntl.lockf(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
                assert held.number > int(probe.read() or b"0"), "a number went backwards"
                probe.seek(0)
                probe.write(b"%020d" % held.number)
                probe.flush()
                held.check()
            except Exception as error:
                Path(folder, f"error-{os.getpid()}").write_text(repr(error))
                raise


@pytest.mark.parametrize("n_kills", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_at_random_moments_never_two_hold(tmp_path: Path, n_kills: int) -> None:
    (tmp_path / "probe").write_bytes(b"")
    chance = random.Random(0)

    def start() -> int:
        child = os.fork()
        if not child:
            try:
                one_at_a_time(str(tmp_path))
            finally:
                os._exit(1)
        return child

    def kill(child: int) -> None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)

    children = [start() for _ in range(5)]
    for _ in range(n_kills):
        time.sleep(chance.random() * 0.02)
        kill(children.pop(chance.randrange(len(children))))
        children.append(start())
    for child in children:
        kill(child)
    assert [path.read_text() for path in tmp_path.glob("error-*")] == []
    lock = DatasetLock(UPath(tmp_path / "lock"))
    with lock.held("next", "drop-a") as held:
        assert held.number > n_kills
        assert len(names(lock)) == 1
