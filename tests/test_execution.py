"""Executors give the same, in order, wherever the work runs; they hold little, and leave nothing behind."""

import itertools
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.errors import InvalidParameter, WorkerLost
from entropy_assets.execution import MAX_LOSSES, Executor, Inline, Processes, Shared, Threads, processes
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import digest_value

EXECUTORS: dict[str, Callable[[], Executor]] = {
    "inline": Inline,
    "1 thread": lambda: Threads(1),
    "3 threads": lambda: Threads(3),
    "1 process": lambda: Processes(1),
    "2 processes": lambda: Processes(2),
}
every_executor = pytest.mark.parametrize("make", EXECUTORS.values(), ids=EXECUTORS)


def digest_and_process(frame: pl.DataFrame) -> tuple[bytes, int]:
    time.sleep(0.01 * (frame.height % 3))  # later items are done before earlier ones
    return parquet_bytes(frame.sort("line", descending=True)), os.getpid()


def refuse_the_third(number: int) -> int:
    if number == 3:
        raise InvalidParameter("the third")
    return number


def process_and_threads(_: int) -> tuple[int, int]:
    time.sleep(0.02)
    return os.getpid(), pl.thread_pool_size()


def test_inline_and_1_2_and_7_processes_give_one_digest() -> None:
    frames = [pl.DataFrame({"line": range(n, 3 * n)}) for n in range(1, 12)]
    made: list[Callable[[], Executor]] = [
        *(Inline, lambda: Threads(2)),
        *(partial(Processes, workers) for workers in (1, 2, 7)),
    ]
    digests = set()
    for make in made:
        with make() as executor:
            results = list(executor.map(digest_and_process, frames))
        digests.add(digest_value([data.hex() for data, _ in results]))
        here = os.getpid() in {process for _, process in results}
        assert here == (not isinstance(executor, Processes))
        assert len({process for _, process in results}) <= executor.workers
    assert digests == {digest_value([digest_and_process(frame)[0].hex() for frame in frames])}


def test_processes_have_one_thread_of_polars_and_serve_all_maps() -> None:
    with Processes(2) as executor:
        first = set(executor.map(process_and_threads, range(8)))
        assert {threads for _, threads in first} == {1}
        later = set(executor.map(process_and_threads, range(8)))
    assert len({process for process, _ in first | later}) <= 2


@pytest.mark.parametrize("workers", [-1, 0, 1])
def test_one_worker_is_this_process(workers: int) -> None:
    """A lambda cannot be sent to a process."""
    with processes(workers) as executor:
        assert list(executor.map(lambda item: item + 1, [1, 2, 3], cost=100)) == [2, 3, 4]


@pytest.mark.parametrize(("n_items", "cost"), [(0, 9.0), (1, 1.0), (5, 0.2), (10, lambda item: 0.1)])
def test_work_that_costs_less_than_a_process_starts_none(n_items: int, cost: float) -> None:
    with processes(2) as executor:
        found = executor.map(lambda item: item + 1, iter(range(n_items)), cost=cost)
        assert list(found) == list(range(1, n_items + 1))


def test_cheap_items_go_together() -> None:
    with Processes(2) as executor:
        found = list(executor.map(process_and_threads, range(40), cost=0.05))
    assert len(found) == 40
    assert all(found[place] == found[place + 1] for place in range(0, 40, 2))


@every_executor
def test_few_items_are_in_flight(make: Callable[[], Executor]) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in itertools.count():
            taken.append(number)
            yield number

    with make() as executor:
        results = executor.map(refuse_the_third, (number + 4 for number in items()))
        assert not taken
        for n_used in range(30):
            assert next(results) == n_used + 4
            assert len(taken) - n_used <= 2 * executor.workers + 1
        results.close()  # type: ignore[attr-defined]


def test_as_many_items_are_in_flight_as_are_allowed() -> None:
    taken = []
    with Threads(2, ahead=2) as executor:
        for n_used, _ in enumerate(executor.map(abs, (taken.append(n) or n for n in range(20)))):  # type: ignore[func-returns-value]
            assert len(taken) - n_used <= 2


@every_executor
@pytest.mark.parametrize("cost", [1.0, 0.05])
def test_an_error_comes_in_its_place(make: Callable[[], Executor], cost: float) -> None:
    with make() as executor:
        results = executor.map(refuse_the_third, [1, 2, 3, 4, 5, *[9] * 40], cost)
        assert [next(results), next(results)] == [1, 2]
        with pytest.raises(InvalidParameter, match=r"\Athe third\Z") as raised:
            next(results)
    assert "refuse_the_third" in "".join(traceback.format_exception(raised.value))


@every_executor
def test_an_error_of_the_items_comes_after_the_results_before_it(make: Callable[[], Executor]) -> None:
    def items() -> Iterator[int]:
        yield from (0, 1, 2)
        raise InvalidParameter("no more")

    found = []
    with make() as executor, pytest.raises(InvalidParameter, match="no more"):
        found.extend(0 for _ in executor.map(abs, items()))
    assert len(found) == 3


class Awkward(Exception):
    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


def raise_awkward(_: int) -> None:
    raise Awkward("this", "that")


def test_an_error_that_cannot_be_sent_is_told() -> None:
    with pytest.raises(TypeError):
        pickle.loads(pickle.dumps(Awkward("this", "that")))
    with Processes(1) as executor, pytest.raises(RuntimeError, match="Awkward: this and that"):
        list(executor.map(raise_awkward, range(3)))


def closure_of(number: int) -> Callable[[], int]:
    return lambda: number


def test_a_result_that_cannot_be_sent_is_told() -> None:
    with Processes(1) as executor, pytest.raises(Exception, match="pickle"):
        list(executor.map(closure_of, range(3)))


class Told:
    """Counts, in a file, how often it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __setstate__(self, state: dict[str, Path]) -> None:
        self.__dict__ = state
        with self.file.open("a") as lines:
            lines.write(f"{os.getpid()}\n")


def name_of(number: int, shared: Shared[Told]) -> tuple[int, str, int]:
    time.sleep(0.02)
    return number, shared.value.file.name, os.getpid()


def test_what_is_shared_reaches_each_worker_once(tmp_path: Path) -> None:
    told = Told(tmp_path / "told")
    with Processes(2) as executor:
        shared = executor.share(told)
        assert shared.value is told
        found = list(executor.map(partial(name_of, shared=shared), range(20)))
        found += executor.map(partial(name_of, shared=shared), range(20))
    assert [number for number, _, _ in found] == [*range(20)] * 2
    assert {name for _, name, _ in found} == {"told"}
    readers = (tmp_path / "told").read_text().split()
    assert sorted(set(readers)) == sorted(readers) == sorted({str(process) for _, _, process in found})


@pytest.mark.parametrize("make", [Inline, lambda: Threads(2)], ids=["inline", "threads"])
def test_what_is_shared_here_is_not_copied(make: Callable[[], Executor], tmp_path: Path) -> None:
    told = Told(tmp_path / "told")
    with make() as executor:
        shared = executor.share(told)
        list(executor.map(partial(name_of, shared=shared), range(5)))
    assert not told.file.exists()


def test_what_is_shared_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Processes(1) as executor:
        shared = executor.share(Told(tmp_path / "told"))
        list(executor.map(partial(name_of, shared=shared), range(2)))
        assert len(list(tmp_path.glob("entropy-assets-*/*"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["told"]


def test_a_value_goes_with_its_executor_alone() -> None:
    with pytest.raises(pickle.PicklingError, match="the executor that sends the items"):
        pickle.dumps(Inline().share(1))


def square_or_die(number: int, folder: Path, deaths: dict[int, int]) -> int:
    """Return the square; before that, die so many times by a signal that nobody can catch."""
    for death in range(deaths.get(number, 0)):
        mark = folder / f"{number}-{death}"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return number * number


@pytest.mark.parametrize("deaths", [{0: 1}, {7: 1, 8: 1}, {19: 2}, {3: 1, 9: 1, 15: 1}], ids=str)
@pytest.mark.parametrize("cost", [1.0, 0.04])
def test_what_a_killed_worker_had_is_done_again(tmp_path: Path, deaths: dict[int, int], cost: float) -> None:
    with Processes(2) as executor:
        if cost < 1:  # as soon as workers are there
            list(executor.map(abs, range(2)))
        results = executor.map(partial(square_or_die, folder=tmp_path, deaths=deaths), range(20), cost)
        assert list(results) == [number * number for number in range(20)]
    assert len(list(tmp_path.iterdir())) == sum(deaths.values())


def test_a_worker_that_dies_between_two_maps_is_replaced() -> None:
    with Processes(1) as executor:
        (process,) = {found for found, _ in executor.map(process_and_threads, range(3))}
        os.kill(process, signal.SIGKILL)
        (other,) = {found for found, _ in executor.map(process_and_threads, range(3))}
    assert other != process


def test_two_maps_at_once_share_the_workers_and_their_death(tmp_path: Path) -> None:
    with Processes(2) as executor:
        squares = executor.map(partial(square_or_die, folder=tmp_path, deaths={6: 1}), range(20))
        again = executor.map(partial(square_or_die, folder=tmp_path, deaths={25: 1}), squares)
        assert list(again) == [number**4 for number in range(20)]


def test_a_piece_that_always_kills_its_worker_ends_the_map_in_one_sentence(tmp_path: Path) -> None:
    die = partial(square_or_die, folder=tmp_path, deaths={2: 99})
    with Processes(2) as executor:
        with pytest.raises(
            WorkerLost, match=rf"ended {MAX_LOSSES} times .* by signal 9, .* more memory or fewer `workers`"
        ):
            list(executor.map(die, range(9)))
        assert list(executor.map(abs, range(9))) == [*range(9)]


@pytest.mark.parametrize("workers", [0, -2, 1.5, True])
@pytest.mark.parametrize("kind", [Threads, Processes])
def test_a_number_of_workers_that_is_none_is_refused(kind: Callable[[int], Executor], workers: int) -> None:
    with pytest.raises(InvalidParameter, match=f"at least 1, got {workers}"):
        kind(workers)


def tell_and_wait(number: int) -> int:
    print(os.getpid(), flush=True)
    time.sleep(600)
    return number


PROGRAM = """
import itertools, sys, time
from entropy_assets.execution import Processes
from tests.test_execution import process_and_threads, tell_and_wait
if __name__ == "__main__":
    with Processes(2) as executor:
        {body}
"""
WAITING = (
    "results = executor.map(process_and_threads, itertools.count());"
    "print(*{next(results)[0] for _ in range(20)}, flush=True); time.sleep(600)"
)
BUSY = "list(executor.map(tell_and_wait, range(9)))"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
@pytest.mark.parametrize("body", [WAITING, BUSY], ids=["waiting", "busy"])
def test_workers_end_with_their_parent(body: str, number: signal.Signals) -> None:
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", PROGRAM.format(body=body)]
    with subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        workers = [int(word) for word in parent.stdout.readline().split()]
        os.kill(parent.pid, number)  # the parent alone, not its group
        assert parent.wait(60) != 0
    assert workers
    wait_for_the_end_of(workers)


def test_workers_end_with_an_iterator_that_is_closed_early() -> None:
    def used() -> Iterator[int]:
        with Processes(2) as executor:
            yield from (process for process, _ in executor.map(process_and_threads, itertools.count()))

    results = used()
    workers = {next(results) for _ in range(10)}
    results.close()  # type: ignore[attr-defined]
    wait_for_the_end_of(sorted(workers))


def wait_for_the_end_of(workers: list[int]) -> None:
    for _ in range(3000):
        if not any(is_running(worker) for worker in workers):
            return
        time.sleep(0.01)
    pytest.fail(f"of the workers {workers} one is still there")


def is_running(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
