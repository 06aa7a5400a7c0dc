"""Two candidates at once without the lock, in many orders: ledger and manifests alone keep them apart."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from benchmarks.faults.orders import A, B, Pair, order_of, orders
from benchmarks.faults.world import Worlds, faults_of, workspace_of
from entropy_assets.candidate import dedup, ingest, screening
from entropy_assets.candidate.drop_report import report_drops
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.run import CandidateRun, open_run
from entropy_assets.candidate.selection import assemble_pool, select_records
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import Ledger
from entropy_assets.ledger.history import History

N_ORDERS = 25


@pytest.fixture(scope="module")
def pair(worlds: Worlds, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return Pair(worlds, tmp_path_factory.mktemp("orders") / "home")


def stops(pair: Pair) -> dict[str, int]:
    faults, words, n_stops = pair.play(order_of([(A, 10_000)]))
    assert faults == []
    assert set(words.values()) == {"promote"}
    return n_stops


def test_in_no_order_is_a_record_repeated_or_missing(pair: Pair) -> None:
    wrong, endings = [], set()
    for runs in orders(stops(pair), N_ORDERS):
        faults, words, _ = pair.play(order_of(runs))
        wrong += faults
        endings.add(tuple(sorted(words.values())))
    assert wrong == []
    assert endings == {("promote", "promote"), ("promote", "stale")}


def test_the_checks_see_what_happens_without_the_fences(pair: Pair) -> None:
    """Where nobody looks whether the dataset has moved on, some order gives what the checks look for."""
    n_stops = stops(pair)

    def unfenced(runs: list[tuple[str, int]]) -> list[str]:
        with (
            patch.object(CandidateRun, "require_current"),
            patch.object(Ledger, "check_open"),
            patch.object(History, "misfit", return_value=None),
        ):
            try:
                return pair.play(order_of(runs))[0]
            except Exception as error:
                return [str(error)]

    found = [unfenced([(A, at), (B, 10_000), (A, 10_000)]) for at in range(5, n_stops[A], 9)]
    assert any("live are" in fault for faults in found for fault in faults)


def measured(worlds: Worlds, home: Path, key: str) -> Iterator[Any]:
    """Yield a candidate's run, what screening lets through, its pool: step after step, without a lock."""
    run = open_run(workspace_of(home), key)
    yield run
    raw, _ = ingest.read_drops(run)
    deduped, _ = dedup.deduplicate_drops(run, raw)
    screened, _ = screening.screen_drops(run, deduped)
    yield screened
    yield assemble_pool(run, screened, report_drops(run, screened))


def test_promoted_between_dedup_and_pool_of_another(worlds: Worlds, tmp_path: Path) -> None:
    home = worlds.copy("started", tmp_path / "home")
    steps = measured(worlds, home, A)
    run, screened = next(steps), next(steps)
    assert isinstance(run, CandidateRun)
    assert curate(workspace_of(home), B).action == "promote"
    with pytest.raises(StaleProvenance, match="'alpha' is stale"):
        report_drops(run, screened)
    with pytest.raises(StaleProvenance, match="'alpha' is stale"):
        next(steps)
    assert curate(workspace_of(home), A).action == "promote"
    assert faults_of(home, (A, B)) == []


def test_promoted_between_pool_and_report_of_another(worlds: Worlds, tmp_path: Path) -> None:
    home = worlds.copy("started", tmp_path / "home")
    steps = measured(worlds, home, B)
    run, screened, pool = next(steps), next(steps), next(steps)
    assert isinstance(run, CandidateRun)
    assert curate(workspace_of(home), A).action == "promote"
    for step in (lambda: report_drops(run, screened), lambda: select_records(run, pool)):
        with pytest.raises(StaleProvenance, match="'beta' is stale"):
            step()
    assert curate(workspace_of(home), B).action == "promote"
    assert faults_of(home, (A, B)) == []
