"""Several writers extend one ledger at once, in threads and in processes."""

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier as ProcessBarrier
from pathlib import Path
from threading import Barrier

from upath import UPath

from entropy_assets.errors import CurationError
from entropy_assets.ledger import Action, Candidate, Ledger, State, drop_candidate

V1 = State("v0001-aaaaaaaa", ("promote",), {"promote": "index/aa.json"})
N_ROUNDS = 6


def attempt(ledger: Ledger, action: Action, candidate: Candidate, parent: State, state: State | None) -> str:
    """Return the number that the ledger gave, or the name of the error."""
    try:
        return str(ledger.append(action, candidate, parent=parent, state=state).number)
    except CurationError as error:
        return type(error).__name__


def start_process(barrier: ProcessBarrier) -> None:
    global common_barrier
    common_barrier = barrier


def write_as(home: str, writer: int) -> dict[str, list[str]]:
    """Return what happened to this writer in three kinds of race, all rounds started together."""
    happened: dict[str, list[str]] = {"promotions": [], "one candidate": [], "holds": []}
    for number in range(N_ROUNDS):
        common_barrier.wait(timeout=60)
        promoting = Ledger(UPath(home) / f"promotions{number}")
        version = State(f"v0001-{writer:08x}", (f"drop{writer}",), {f"drop{writer}": "index/00.json"})
        result = attempt(promoting, "promote", drop_candidate(f"drop{writer}"), State(), version)
        happened["promotions"].append(result)
        common_barrier.wait(timeout=60)
        deciding = Ledger(UPath(home) / f"decisions{number}")
        happened["one candidate"].append(attempt(deciding, "hold", drop_candidate("a"), State(), None))
    common_barrier.wait(timeout=60)
    holding = Ledger(UPath(home) / "holds")
    for number in range(10):
        candidate = drop_candidate(f"drop{writer}-{number}")
        happened["holds"].append(attempt(holding, "hold", candidate, State(), None))
    return happened


def check_races(home: Path, writers: list[dict[str, list[str]]]) -> None:
    n_others = len(writers) - 1
    for number in range(N_ROUNDS):
        outcome = [writer["promotions"][number] for writer in writers]
        assert Counter(outcome) == {"1": 1, "StaleProvenance": n_others}
        (entry,) = Ledger(UPath(home) / f"promotions{number}").entries()
        assert entry.state.version == f"v0001-{outcome.index('1'):08x}", (
            "the winner's entry is the one that is kept"
        )
        outcome = [writer["one candidate"][number] for writer in writers]
        assert Counter(outcome) == {"1": 1, "StorageConflict": n_others}
    numbers = [int(number) for writer in writers for number in writer["holds"]]
    n_holds = 10 * len(writers)
    assert sorted(numbers) == list(range(1, n_holds + 1)), "no hold is lost, and no number given twice"
    kept = {entry.number: entry.candidate.key for entry in Ledger(UPath(home) / "holds").entries()}
    expected = [f"drop{writer}-{number}" for writer in range(len(writers)) for number in range(10)]
    assert [kept[number] for number in numbers] == expected
    assert not list(home.rglob("*.tmp"))


def test_two_processes_at_once(tmp_path: Path) -> None:
    context = get_context("spawn")
    barrier = context.Barrier(2)
    with ProcessPoolExecutor(2, context, start_process, (barrier,)) as pool:
        running = [pool.submit(write_as, str(tmp_path), writer) for writer in range(2)]
        writers = [future.result() for future in running]
    check_races(tmp_path, writers)


def test_six_threads_at_once(tmp_path: Path) -> None:
    start_process(Barrier(6))  # type: ignore[arg-type]
    with ThreadPoolExecutor(6) as pool:
        writers = list(pool.map(lambda writer: write_as(str(tmp_path), writer), range(6)))
    check_races(tmp_path, writers)


def test_a_hold_and_a_promotion_at_once(tmp_path: Path) -> None:
    """Whoever comes first, the promotion is kept; the hold is kept or told that its parent is old."""
    for number in range(20):
        ledger, barrier = Ledger(UPath(tmp_path) / str(number)), Barrier(2)

        def decide(action: Action, ledger: Ledger = ledger, barrier: Barrier = barrier) -> str:
            barrier.wait(timeout=60)
            return attempt(ledger, action, drop_candidate(action), State(), V1)

        with ThreadPoolExecutor(2) as pool:
            promoted, held = pool.map(decide, ("promote", "hold"))
        assert (promoted, held) in {("1", "StaleProvenance"), ("2", "1")}
        assert ledger.state() == V1
        assert len(ledger.entries()) == (1 if held == "StaleProvenance" else 2)
