"""The peers beside the product: limits at one rate of false holds, differences, the page, the command."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gate_power.cases import Case
from benchmarks.gate_power.mechanisms import DEVELOPMENT
from benchmarks.gate_power.peers import JUDGES, PEERS
from benchmarks.gate_power.peers.__main__ import BEGINS, ENDS, main
from benchmarks.gate_power.peers.comparison import POINTS, PRODUCT, compared, joined, product_score
from benchmarks.gate_power.peers.page import markdown
from benchmarks.gate_power.planning import plan
from benchmarks.gate_power.rates import mean
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.worlds import TINY
from entropy_assets.errors import InvalidParameter

GOOD = Case(DEVELOPMENT, TINY, 200)


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
