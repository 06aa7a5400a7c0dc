"""The peers of the gate: what each of them sees, pooled and by source."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.gate_power.cases import Case, rows_of
from benchmarks.gate_power.homes import Bench
from benchmarks.gate_power.judges import Scored, judged_by
from benchmarks.gate_power.mechanisms import DEVELOPMENT
from benchmarks.gate_power.peers import ALL, PEERS, SCOPES, fit_exceedance
from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure, excess, parts, pooled, within
from benchmarks.gate_power.peers.divergence import area
from benchmarks.gate_power.peers.quality import rules_broken
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.verdicts import read_verdicts, run_all
from benchmarks.gate_power.worlds import TINY
from entropy_assets.demo.harvest import Row
from entropy_assets.settings.damage import DamageSettings

GOOD = Case(DEVELOPMENT, TINY, 120)
BAD = replace(GOOD, number=1, mechanism="blobs", family="noise", share=0.8)


@pytest.fixture(scope="module")
def data(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Data:
    return Data(shared, tmp_path_factory.mktemp("peers"))


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("peer", PEERS)
def test_each_peer_sees_an_obvious_damage_and_no_random_draw(
    peer: str, scope: str, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = DamageSettings(records=200, examples=20, epochs=2)
    monkeypatch.setattr("benchmarks.gate_power.peers.exceedance.DamageSettings", lambda: small)

    def said(case: Case) -> dict[str, Any]:
        rows, _ = rows_of(case, data)
        return judged_by(f"{ALL.partition(':')[0]}:{peer}_{scope}", case.of_world, data, rows)

    random = [said(replace(GOOD, number=number)) for number in range(2)]
    damaged = said(BAD)
    worst = max(line["score"] for line in random)
    assert damaged["score"] > max(0.01, 1.5 * worst)
    assert (damaged["named_damaged"] > damaged["named_sound"]) == PEERS[peer].names_rows
    if not PEERS[peer].names_rows:
        assert damaged["named_damaged"] == damaged["named_sound"] == 0


def test_the_same_drop_has_the_same_score(data: Data) -> None:
    rows, _ = rows_of(BAD, data)
    for name in ("c2st_within", "mmd_pooled", "mauve_within", "descriptive_pooled"):
        lines = [judged_by(f"{ALL.partition(':')[0]}:{name}", BAD.of_world, data, rows) for _ in range(2)]
        assert lines[0]["score"] == lines[1]["score"]


def told(source: str, n: int, answer: str = "It is so.") -> list[Row]:
    return [
        {"id": f"{source}{i}", "source": source, "instruction": "Why?", "input": "", "output": answer}
        for i in range(n)
    ]


def length(pool: Batch) -> Look:
    def look(drop: Batch) -> Measure:
        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            usual = np.mean([len(pool.answers[k]) for k in beside])
            sizes = np.array([len(drop.answers[k]) for k in own])
            return Found(abs(float(sizes.mean() - usual)), own[sizes > 50])

        return measure

    return look


def test_one_source_of_several_is_seen_within_and_hardly_in_the_whole() -> None:
    pool = [*told("a", 100), *told("b", 100, "y" * 90)]
    drop = [*told("a", 30, "z" * 60), *told("b", 170, "y" * 90)]
    whole, worst = pooled(length)(pool)(drop), within(length)(pool)(drop)
    assert worst.score == 51
    assert whole.score < worst.score
    assert set(worst.named) == {row["id"] for row in drop}


def test_a_new_source_is_beside_the_whole_pool_and_small_ones_are_one_part() -> None:
    pool = Batch.of([*told("a", 100), *told("b", 100), *told("c", 10)])
    drop = Batch.of([*told("a", 30), *told("c", 40), *told("new", 25), *told("b", 5), *told("small", 5)])
    found = [(set(drop.sources[own]), set(pool.sources[beside])) for own, beside in parts(drop, pool)]
    everything = {"a", "b", "c"}
    assert found == [({"a"}, {"a"}), ({"c"}, everything), ({"new"}, everything), ({"b", "small"}, everything)]
    assert sum(len(own) for own, _ in parts(drop, pool)) == len(drop)


def test_rows_are_seen_with_what_was_said_before_them() -> None:
    (row,) = told("a", 1)
    turned = {**row, "turns": json.dumps([["Who?", "He."]]), "system": "Be brief."}
    assert Batch.of([turned]).questions == ["Be brief.\n\nWho?\n\nHe.\n\nWhy?"]
    assert Batch.of([turned]) != Batch.of([row])
    assert Batch.of([row]) == Batch.of([dict(row)])


def test_an_excess_of_few_rows_counts_less() -> None:
    flags, usual = np.zeros((100, 1), dtype=bool), np.zeros((100, 1), dtype=bool)
    flags[:20] = True
    assert 0 < excess(flags[::5], usual)[0] < excess(flags, usual)[0] < 0.2
    assert excess(usual, usual)[0] < 0


def test_the_divergence_curve_knows_equal_from_other() -> None:
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.4, 0.4, 0.2])
    assert area(p, p) == pytest.approx(1.0)
    assert area(p, q) == pytest.approx(area(q, p))
    assert 0.1 < area(p, q) < 0.99


def test_published_limits_are_those_of_the_papers() -> None:
    fine = (
        "The river comes down from two hills and passes the mill that my uncle built. In spring it rises, "
        "and the lower fields stand under water for a week; nobody minds. Children go there after school "
        "with nets, looking for newts. When summer is dry you can walk across on flat stones, which have "
        "names. Old men say that one of them was a door."
    )
    assert sum(rules_broken(fine)) == 0
    assert rules_broken("Yes.")[0]
    assert rules_broken(f"{fine} # # # # # # # # #")[2]
    assert rules_broken("\n".join(["A line that is said again and again."] * 20))[7]
    assert rules_broken("word " * 60)[11]
    assert sum(rules_broken("Up. " * 300)) > 5


SEVERAL: dict[str, Any] = {
    "all": lambda pool: lambda drop: Scored(len(drop) / len(pool), named=(drop[0]["id"],)),
    "none": lambda pool: lambda drop: Scored(0.0),
}


def test_several_judges_make_one_line_a_drop(data: Data, tmp_path: Path) -> None:
    out = tmp_path / "lines.jsonl"
    run_all([GOOD], out, Bench(data, data.cache), f"{__name__}:SEVERAL", 1, lambda line: None)
    (line,) = read_verdicts(out)
    assert {name: own["score"] for name, own in line["judges"].items()} == {"all": 0.24, "none": 0.0}
    assert line["judges"]["all"]["named_sound"] == 1


def test_a_pool_too_small_for_a_detector_says_nothing() -> None:
    look: Callable[[Sequence[Row]], Scored] = pooled(fit_exceedance)(told("a", 30))
    assert look(told("a", 30, "x" * 500)).score == 0.0
