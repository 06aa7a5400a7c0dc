"""The peers of the gate: what each sees, limits at one rate of false holds, differences, the command."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.gate_power.cases import Case, rows_of
from benchmarks.gate_power.homes import Bench
from benchmarks.gate_power.judges import Scored, judged_by
from benchmarks.gate_power.mechanisms import DEVELOPMENT
from benchmarks.gate_power.peers import ALL, JUDGES, PEERS, SCOPES, fit_exceedance
from benchmarks.gate_power.peers.__main__ import BEGINS, ENDS, main
from benchmarks.gate_power.peers.comparison import POINTS, PRODUCT, compared, joined, product_score
from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure, excess, parts, pooled, within
from benchmarks.gate_power.peers.divergence import area
from benchmarks.gate_power.peers.page import markdown
from benchmarks.gate_power.peers.quality import rules_broken
from benchmarks.gate_power.planning import plan
from benchmarks.gate_power.rates import mean
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.verdicts import read_verdicts, run_all
from benchmarks.gate_power.worlds import TINY
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.damage import DamageSettings

GOOD = Case(DEVELOPMENT, TINY, 200)
BAD = replace(GOOD, number=1, mechanism="blobs", family="noise", share=0.8)


@pytest.fixture(scope="module")
def data(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Data:
    return Data(shared, tmp_path_factory.mktemp("peers"))


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("peer", PEERS)
def test_each_peer_sees_an_obvious_damage_and_no_random_draw(
    peer: str, scope: str, data: Data, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = DamageSettings(examples=30, trees=20)
    monkeypatch.setattr("benchmarks.gate_power.peers.exceedance.DamageSettings", lambda: small)

    def said(case: Case) -> dict[str, Any]:
        rows, _ = rows_of(case, data)
        return judged_by(f"{ALL.partition(':')[0]}:{peer}_{scope}", case.of_world, data, rows)

    random = [said(replace(GOOD, number=number)) for number in range(3)]
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
    assert {name: own["score"] for name, own in line["judges"].items()} == {"all": 0.4, "none": 0.0}
    assert line["judges"]["all"]["named_sound"] == 1


def line(outcome: str, case: Case, score: float, harm: float = 0.0) -> dict[str, Any]:
    measured = {"code": "damage", "value": harm, "standard_error": 0.1, "n": 9, "scope": "drop"}
    own = {"score": score, "outcome": "promote", "named_damaged": 30, "named_sound": 2, "seconds": 0.5}
    return {
        **asdict(case), "drop": case.name, "form": "mixed", "outcome": outcome, "codes": [], "reasons": [],
        "report": {"measurements": [measured], "off": {}, "first": False}, "stopped": False,
        "rows": case.size, "planted": round(case.share * case.size), "removed_upstream": 0.0, "seconds": 2.0,
        "named_damaged": 38, "named_sound": 1, "judges": dict.fromkeys(JUDGES, own),
    }  # fmt: skip


WORLDS = ("dev-mixed-a", "dev-mixed-b")


def drops() -> list[dict[str, Any]]:
    """20 natural drops of which the product holds one, and 40 bad ones of which it stops 32 and a peer 12."""
    found = []
    for n in range(20):
        good = Case(DEVELOPMENT, WORLDS[n % 2], 200, n, ("shortest", "markdown")[n // 10])
        found.append(line("hold" if n == 3 else "promote", good, n / 100, harm=0.05 * (n == 3)))
    kinds = (("lower_cased", "case"), ("blobs", "noise"))
    for n in range(40):
        kind, family = kinds[n // 20]
        bad = Case(DEVELOPMENT, WORLDS[n % 2], 200, n, "random", kind, family, 0.2)
        outcome = "promote" if n < 4 else "ask" if n < 8 else "hold"
        outcome = "promote" if 20 <= n < 24 else outcome
        found.append(line(outcome, bad, 0.5 if n < 4 or n >= 32 else 0.1, harm=0.3 * (outcome == "hold")))
    return found


def test_a_limit_holds_as_many_good_natural_drops_as_the_product() -> None:
    found = compared(drops(), drops())
    assert list(found["rates"].values()) == [0.05, 0.05, 0.03, 0.03]
    product, *peers = found["judges"]
    assert product["judge"] == PRODUCT
    assert [judge["judge"] for judge in peers] == list(JUDGES)
    for judge in peers:
        assert judge["points"]["as held"]["natural"]["hits"] == 1
        assert judge["points"]["at 3 %"]["natural"]["hits"] == 0
        assert judge["points"]["as held"]["bad"]["hits"] == 12
    assert product["points"]["as held"]["bad"]["hits"] == 28
    assert product["points"]["as not let in"]["bad"]["hits"] == 32
    assert product["points"]["at 3 %"]["natural"]["hits"] == 0
    assert product["auc"] > 0.7 > peers[0]["auc"] > 0.5
    assert product["named"] == {"damaged": pytest.approx(0.95), "sound": pytest.approx(1 / 160)}


def test_a_limit_of_known_sources_is_not_set_by_a_new_one() -> None:
    far = line("hold", Case(DEVELOPMENT, WORLDS[0], 200, 99, "new_language"), 0.45, harm=0.9)
    lines = [*drops(), far]
    for judge in compared(lines, lines)["judges"]:
        assert judge["limits"]["at 3 %"] > judge["limits"]["at 3 % of known sources"]
        assert judge["points"]["at 3 % of known sources"]["natural"]["hits"] == 1


def test_limits_are_of_development_and_not_of_what_is_measured() -> None:
    harder = [{**one, "judges": {name: {**own, "score": own["score"] + 1} for name, own in
                                 one["judges"].items()}} for one in drops()]  # fmt: skip
    judge = compared(harder, drops())["judges"][1]
    assert judge["points"]["as held"]["natural"]["hits"] == 20
    assert judge["limits"]["as held"] < 1


def test_differences_are_paired_and_say_where_the_product_stops_fewer() -> None:
    judge = compared(drops(), drops())["judges"][1]
    found = judge["difference"]["as not let in"]
    assert found["mean"] == pytest.approx((32 - 12) / 40)
    assert found["low"] < found["mean"] < found["high"]
    assert found["loses"] == []
    lines = [one | {"outcome": "promote"} if one["family"] == "noise" else one for one in drops()]
    (lost,) = compared(lines, drops())["judges"][1]["difference"]["as held"]["loses"]
    assert (lost["family"], lost["fewer"], lost["of"]) == ("noise", 8, 20)


def test_an_interval_of_few_kinds_is_wide_and_of_one_is_the_range() -> None:
    own = [one for one in drops() if one["mechanism"]]
    by_kind = [float(one["mechanism"] == "blobs") for one in own]
    found = mean(own, by_kind)
    assert (found["low"], found["mean"], found["high"]) == (0.0, 0.5, 1.0)
    alike = mean(own, [float(n % 4 == 0) for n in range(len(own))])
    assert alike["high"] - alike["low"] < 1
    same = [own[0], own[0] | {"drop": "other"}]
    assert mean(same, [0.0, 1.0]) == {"of": 2, "mean": 0.5, "low": 0.0, "high": 1.0}
    assert mean([], [])["mean"] is None


def test_only_drops_that_all_have_judged_count_and_twins_do_not() -> None:
    ours = [{key: value for key, value in one.items() if key != "judges"} for one in drops()[:4]]
    theirs = drops()[:4]
    ours[0]["twin"], ours[1]["outcome"], theirs[2]["outcome"] = "renamed", "failed", "failed"
    (left,) = joined(ours, theirs)
    assert left["drop"] == ours[3]["drop"]
    assert left["judges"] == theirs[3]["judges"]


def test_the_products_score_is_its_largest_excess() -> None:
    one = line("promote", GOOD, 0.0, harm=0.25)
    assert product_score(one) == pytest.approx(2.5)
    assert product_score(one | {"report": None, "outcome": "hold", "stopped": True}) == 0.0


def test_the_page_tells_every_judge_and_the_class_of_each_good_drop() -> None:
    found = compared(drops(), drops())
    assert json.loads(json.dumps(found)) == found
    page = markdown(found)
    assert page.count("**the product**") == 4
    assert all(told.words in page for told in PEERS.values())
    assert "| markdown | 10 | 0 |" in page
    assert "| case | 20 | 80 |" in page
    assert "+50 (" in page
    assert all(len({row.count("|") for row in block.splitlines() if row.startswith("|")}) <= 1
               for block in page.split("\n\n"))  # fmt: skip
    assert set(POINTS) == set(found["judges"][0]["points"])


def test_without_good_or_bad_drops_there_is_nothing_to_compare() -> None:
    for lines in (drops()[:20], drops()[20:]):
        with pytest.raises(InvalidParameter, match="no good natural drop of development, or no bad one"):
            compared(lines, lines)


def test_the_command_writes_page_and_figures_from_stored_lines(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["--shared", str(shared), "--cache", str(tmp_path), "--table-only"]
    assert main(common) == 2
    assert "holds no verdict of the product" in capsys.readouterr().err
    assert plan(DEVELOPMENT, Data(shared))  # the plan can be had without a test
    ours, theirs, page = tmp_path / "ours.jsonl", tmp_path / "theirs.jsonl", tmp_path / "gate.md"
    for path in (ours, theirs):
        path.write_text("".join(json.dumps(one) + "\n" for one in drops()))
    page.write_text("before\n")
    given = [*common, "--product", str(ours), "--verdicts", str(theirs), "--page", str(page)]
    assert main(given) == 2
    assert "has no marks for the table" in capsys.readouterr().err
    page.write_text("before\n<!-- peers -->\nold\n<!-- /peers -->\nafter\n")
    assert main([*given, "--out", str(tmp_path / "peers.json")]) == 0
    assert "**the product**" in page.read_text()
    assert page.read_text().startswith("before\n<!-- peers -->\n60 drops")
    assert page.read_text().endswith("\n<!-- /peers -->\nafter\n")
    assert json.loads((tmp_path / "peers.json").read_text())["drops"] == 60


def test_the_table_on_the_page_is_that_of_the_figures() -> None:
    root = Path(__file__).parents[2]
    figures = root / "benchmarks" / "results" / "peers_test.json"
    if not figures.is_file():
        pytest.skip("no run on the test split has been made: make bench-peers SPLIT=test")
    page = (root / "docs" / "gate.md").read_text(encoding="utf-8")
    assert page.split(BEGINS)[1].split(ENDS)[0] == markdown(json.loads(figures.read_text()))


def test_a_pool_too_small_for_a_detector_says_nothing() -> None:
    look: Callable[[Sequence[Row]], Scored] = pooled(fit_exceedance)(told("a", 30))
    assert look(told("a", 30, "x" * 500)).score == 0.0
