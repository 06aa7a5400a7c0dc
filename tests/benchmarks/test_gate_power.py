"""The measure of the gate: what faults do, how drops are cut, what the table says, and one small run."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.gate_power.faults import SEMANTIC, STATISTICAL, UNSEEN, language_changed
from benchmarks.gate_power.table import markdown, rate, roc, summary, truth, upper_bound
from benchmarks.gate_power.verdicts import Bench, read_verdicts, run_all
from benchmarks.gate_power.worlds import DEVELOPMENT, N_DROPS, Drop, World, cut, rows_of
from entropy_assets.settings import PolicySettings

PASSAGES = ["Der Nutzer hat die Sache herauszugeben, sobald er damit fertig wurde. " * 4]
FAULTS = {**STATISTICAL, "language_changed": language_changed(PASSAGES), **SEMANTIC, **UNSEEN}


def rows(n: int) -> list[dict[str, str]]:
    return [
        {
            "id": f"r{i}",
            "source": "ab"[i % 2],
            "instruction": f"Question {i} on the number of things in room {i * 7}?",
            "input": "",
            "output": f"In room {i * 7} there are {i + 11} chairs, {i} tables and nothing else that counts.",
        }
        for i in range(n)
    ]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_replaces_every_victim_and_is_repeatable(fault: str) -> None:
    given = rows(60)
    victims, intact = given[:20], given[20:]
    found = [FAULTS[fault](victims, intact, np.random.default_rng(3)) for _ in range(2)]
    assert found[0] == found[1]
    assert len(found[0]) == len(victims)
    assert all(row["output"] for row in found[0])
    said = [[(row["instruction"], row["output"]) for row in part] for part in (found[0], victims)]
    changed = sum(new != old for new, old in zip(*said, strict=True))
    assert changed >= 0.9 * len(victims)


def test_a_cut_answer_is_the_beginning_of_the_whole() -> None:
    victims = rows(20)
    for new, old in zip(
        STATISTICAL["truncated"](victims, [], np.random.default_rng(0)), victims, strict=True
    ):
        assert old["output"].startswith(new["output"])
        assert 0.25 < len(new["output"]) / len(old["output"]) <= 0.8


def test_no_row_keeps_its_own_answer_and_answers_stay_in_their_source() -> None:
    victims = rows(30)
    shuffled = SEMANTIC["shuffled_answers"](victims, [], np.random.default_rng(0))
    own = {row["output"]: row["source"] for row in victims}
    assert sorted(row["output"] for row in shuffled) == sorted(own)
    assert all(own[row["output"]] == row["source"] for row in shuffled)


@pytest.fixture(scope="module")
def world(shared: Path) -> World:
    del shared  # the records of a world are those of the shared data
    return World(DEVELOPMENT, seed=0, n_pool=500, n_packages=0)


def test_pool_and_drops_share_no_record(world: World, shared: Path) -> None:
    pool, warm_up, drops = cut(world, shared)
    parts = [pool, warm_up, *(drop for size in drops.values() for drop in size)]
    ids = [row["id"] for part in parts for row in part]
    assert len(set(ids)) == len(ids)
    assert {size: len(own) for size, own in drops.items()} == N_DROPS
    shares = [sum(row["source"] == "gsm8k_train" for row in part) / len(part) for part in parts[:4]]
    assert max(shares) - min(shares) < 0.05


def test_the_rows_of_a_drop_are_damaged_by_its_share(world: World, shared: Path) -> None:
    damaged, planted = rows_of(Drop(world, "10%", 1, "blobs", 0.2), shared)
    clean, none = rows_of(Drop(world, "10%", 1), shared)
    assert (len(planted), len(none)) == (10, 0)
    assert sum(new != old for new, old in zip(damaged, clean, strict=True)) == 10


def test_a_novel_drop_holds_sources_that_no_pool_has(world: World, shared: Path) -> None:
    pool, _, _ = cut(world, shared)
    drop, planted = rows_of(Drop(world, "10%", 0, "novel", 0.5), shared)
    novel = [row for row in drop if row["source"] not in {known["source"] for known in pool}]
    assert (len(novel), len(drop), planted) == (25, 50, set())


def test_a_small_run_holds_blobs_and_goes_on_where_it_was(world: World, shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    small = "[probe]\nbudget_bytes = 8192\ncheckpoint_bytes = 32768\nheldout_bytes = 16384\nn_samples = 2"
    bench = Bench(shared, tmp_path / "cache", small)
    drops = [Drop(world, "10%", 0), Drop(world, "50%", 0, "blobs", 0.4)]
    told: list[str] = []
    run_all(drops[:1], out, bench, 1, told.append)
    run_all(drops, out, bench, 1, told.append)
    assert told[2] == "1 verdicts are there, 1 to come"
    clean, blobs = read_verdicts(out)
    assert (clean["planted"], blobs["planted"]) == (0, 100)
    assert "blobs" in blobs["codes"]
    assert "blobs" not in clean["codes"]
    with out.open("a") as lines:
        lines.write('{"cut')
    assert len(read_verdicts(out)) == 2


def line(fault: str, outcome: str, value: float, removed: float = 0.0) -> dict[str, Any]:
    measured = {"code": "blobs", "value": value, "standard_error": 0.0, "n": 9, "scope": "drop"}
    return {
        "fault": fault, "share": 0.2, "size": "10%", "outcome": outcome, "codes": ["blobs"], "seconds": 1.0,
        "removed_upstream": removed, "report": {"measurements": [measured], "off": {}, "screened": []},
    }  # fmt: skip


def test_the_table_counts_what_was_held_missed_and_removed() -> None:
    lines = [
        line("clean", "promote", 0.0),
        line("novel", "inconclusive", 0.3),
        line("blobs", "hold", 0.2),
        line("blobs", "promote", 0.1),
        line("blobs", "promote", 0.0, removed=0.95),
    ]
    assert [truth(one) for one in lines] == ["good", "good", "bad", "bad", "removed"]
    found = summary(lines)
    assert (found["false_holds"]["hits"], found["false_holds"]["of"]) == (1, 2)
    (row,) = found["faults"]
    assert (row["removed_upstream"], row["held"], row["missed"]) == (1, 1, 1)
    assert row["caught"]["share"] == 0.5
    assert json.loads(json.dumps(found)) == found
    told = markdown(found).splitlines()
    assert "| blobs | 1/2 |" in told
    assert any(
        "seconds of one, median and maximum by size of the drop: 10% 1.0 and 1.0." in one for one in told
    )
    assert "| blobs | 20% | - | 1/2 | - | 50% (1% to 99%) | 1 | blobs 2 |" in told
    (curve,) = roc(lines, PolicySettings()).values()
    assert curve[0] == (0.0, 0.0)
    assert (0.5, 1.0) in curve


def test_intervals_are_exact() -> None:
    assert upper_bound(4, 400) == pytest.approx(0.0227, abs=2e-4)
    assert rate(0, 10)["high"] == pytest.approx(0.3085, abs=1e-3)
    assert rate(0, 0)["share"] is None
