"""Of 12 writers that create one object at once, in threads and in processes, one wins."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier as ProcessBarrier
from pathlib import Path
from threading import Barrier

from upath import UPath

from entropy_assets.errors import StorageConflict
from entropy_assets.storage import create_exclusive

N_PROCESSES, N_THREADS, N_ROUNDS = 3, 4, 15


def race(folder: UPath, writer: int, barrier: Barrier | ProcessBarrier) -> list[bool]:
    """Return for each round whether this writer won; all writers start a round together."""
    won = []
    for number in range(N_ROUNDS):
        barrier.wait(timeout=60)
        try:
            create_exclusive(folder / f"{number}", f"{writer}:".encode() * 3_000)
        except StorageConflict:
            won.append(False)
        else:
            won.append(True)
    return won


def start_process(barrier: ProcessBarrier) -> None:
    global common_barrier
    common_barrier = barrier


def race_in_threads(folder: str, first_writer: int) -> list[list[bool]]:
    with ThreadPoolExecutor(N_THREADS) as pool:
        running = [
            pool.submit(race, UPath(folder), first_writer + i, common_barrier) for i in range(N_THREADS)
        ]
        return [future.result() for future in running]


def check_race(folder: UPath, won: list[list[bool]]) -> None:
    assert len(won) == N_PROCESSES * N_THREADS == 12
    for number in range(N_ROUNDS):
        winners = [writer for writer, rounds in enumerate(won) if rounds[number]]
        assert len(winners) == 1, f"round {number} was won by {winners}"
        assert (folder / f"{number}").read_bytes() == f"{winners[0]}:".encode() * 3_000
    assert sorted(path.name for path in folder.iterdir()) == sorted(str(number) for number in range(N_ROUNDS))


def test_one_of_12_threads_wins(tmp_path: Path) -> None:
    barrier = Barrier(12)
    with ThreadPoolExecutor(12) as pool:
        won = list(pool.map(lambda writer: race(UPath(tmp_path), writer, barrier), range(12)))
    check_race(UPath(tmp_path), won)


def test_one_of_12_writers_in_three_processes_wins(tmp_path: Path) -> None:
    context = get_context("spawn")
    barrier = context.Barrier(N_PROCESSES * N_THREADS)
    with ProcessPoolExecutor(N_PROCESSES, context, start_process, (barrier,)) as pool:
        running = [pool.submit(race_in_threads, str(tmp_path), i * N_THREADS) for i in range(N_PROCESSES)]
        won = [rounds for future in running for rounds in future.result()]
    check_race(UPath(tmp_path), won)
