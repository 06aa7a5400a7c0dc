"""The measure of the gate: what the table counts, what the bars say, other judges, and one small run."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.gate_power.__main__ import main
from benchmarks.gate_power.bars import bars, truth
from benchmarks.gate_power.cases import Case
from benchmarks.gate_power.homes import Bench, product_digest
from benchmarks.gate_power.judges import Scored, limit_at, under_limit
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST, mechanisms
from benchmarks.gate_power.natural import classes
from benchmarks.gate_power.rates import rate, upper_bound
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.table import margins, markdown, rejudged, roc, summary
from benchmarks.gate_power.verdicts import judged, read_verdicts, run_all, word
from benchmarks.gate_power.worlds import TINY, worlds
from entropy_assets.demo.harvest import Row
from entropy_assets.settings import PolicySettings

SMALL = """
[probe]
budget_bytes = 4096
checkpoint_bytes = 8192
heldout_bytes = 4096
n_samples = 2
[damage]
records = 200
examples = 40
epochs = 2
"""


@pytest.fixture(scope="module")
def bench(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("gate")
    return Bench(Data(shared, folder), folder, SMALL)


def test_a_small_run_holds_blobs_and_goes_on_where_it_was(bench: Bench, tmp_path: Path) -> None:
    good = Case(DEVELOPMENT, TINY, 80)
    bad = Case(DEVELOPMENT, TINY, 200, 0, mechanism="blobs", family="noise", share=0.4)
    out, told = tmp_path / "verdicts.jsonl", list[str]()
    run_all([good], out, bench, "drop", 1, told.append)
    run_all([good, bad], out, bench, "drop", 1, told.append)
    assert told[2] == "1 verdicts are there, 1 to come"
    clean, blobs = read_verdicts(out)
    assert (clean["planted"], blobs["planted"], clean["rows"]) == (0, 80, 80)
    assert (blobs["outcome"], "blobs" in blobs["codes"]) == ("hold", True)
    assert "blobs" not in clean["codes"]
    assert blobs["named_damaged"] >= 60
    assert rejudged([blobs], {"max_blobs": 1.0})[0]["codes"] != blobs["codes"]
    assert rejudged([blobs], {})[0] == blobs
    with out.open("a") as lines:
        lines.write('{"cut')
    assert len(read_verdicts(out)) == 2
    assert {path.name for path in bench.cache.iterdir() if path.name.startswith("tmp")} == set()


def test_a_whole_candidate_is_judged_by_the_default_policy(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    case = Case(DEVELOPMENT, TINY, 200, 0, mechanism="blobs", family="noise", share=0.4)
    run_all([case], out, bench, "full", 1, lambda line: None)
    (line,) = read_verdicts(out)
    assert line["outcome"] == "hold"
    assert "manual" not in line["codes"]
    assert {"loss_shift", "selection_ratio_rose"} & {m["code"] for m in line["report"]["measurements"]}


def test_a_case_that_cannot_be_drawn_fails_and_does_not_end_the_run(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    run_all([Case(DEVELOPMENT, "dev-preference", 60, 0, "section_left_out")], out, bench, "drop", 1, print)
    (line,) = read_verdicts(out)
    assert (line["outcome"], "leaves no section out" in line["why"]) == ("failed", True)
    assert "**1 cases failed" in markdown(summary([line]))
    run_all([Case(DEVELOPMENT, "dev-preference", 60, 0, "section_left_out")], out, bench, "drop", 1, print)
    assert len(read_verdicts(out)) == 1
    assert len(out.read_text().splitlines()) == 2


def broken(pool: Sequence[Row]) -> Callable[[Sequence[Row]], Scored]:
    raise ZeroDivisionError(f"{len(pool)} rows are too many")


def test_a_bug_of_a_judge_does_not_end_the_run_and_is_told(bench: Bench, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.jsonl"
    run_all([Case(DEVELOPMENT, TINY, 80)], out, bench, f"{__name__}:broken", 1, print)
    (line,) = read_verdicts(out)
    assert (line["outcome"], "500 rows are too many" in line["why"]) == ("failed", True)


def judge(pool: Sequence[Row]) -> Callable[[Sequence[Row]], Scored]:
    words = {word for row in pool for word in row["output"].split()}

    def look(drop: Sequence[Row]) -> Scored:
        strange = [row["id"] for row in drop if not words & set(row["output"].split())]
        return Scored(
            len(strange) / len(drop), "hold" if len(strange) > 0.1 * len(drop) else "", tuple(strange)
        )

    return look


def test_another_judge_sees_the_same_drops(bench: Bench, tmp_path: Path) -> None:
    case = Case(DEVELOPMENT, TINY, 80, 0, mechanism="blobs", family="noise", share=0.4)
    out = tmp_path / "verdicts.jsonl"
    run_all(
        [replace(case, mechanism="", family="", share=0.0), case], out, bench, f"{__name__}:judge", 1, print
    )
    clean, blobs = sorted(read_verdicts(out), key=lambda line: line["planted"])
    assert (clean["outcome"], blobs["outcome"]) == ("promote", "hold")
    assert blobs["score"] > clean["score"]
    assert blobs["named_damaged"] > 20 * blobs["named_sound"]


def test_judges_are_compared_at_one_rate_of_false_holds() -> None:
    lines = [{"score": score} for score in (0.5, 0.1, 0.4, 0.2)]
    assert limit_at(lines, 0.0) == 0.5
    assert limit_at(lines, 0.5) == 0.2
    assert [one["outcome"] for one in under_limit(lines, 0.2)] == ["hold", "promote", "hold", "promote"]


def line(outcome: str, case: Case, **more: Any) -> dict[str, Any]:
    measured = {"code": "blobs", "value": 0.3, "standard_error": 0.0, "n": 9, "scope": "drop"}
    report = {"measurements": [measured], "off": {}, "first": False}
    told = {
        "drop": case.name,
        "form": "mixed",
        "outcome": outcome,
        "codes": ["blobs"],
        "reasons": ["blobs (drop)"],
    }
    told |= {"stopped": False, "rows": case.size, "planted": round(case.share * case.size), "seconds": 1.0}
    return {**asdict(case), **told, "removed_upstream": 0.0, "report": report, **more}


GOOD = Case(DEVELOPMENT, "dev-mixed-a", 800)
BAD = replace(GOOD, mechanism="lower_cased", family="case", share=0.2)


def found(lines: list[dict[str, Any]], what: str) -> dict[str, Any]:
    (row,) = [row for row in bars(lines) if row["what"] == what]
    return row


def test_a_damaged_drop_is_bad_mended_or_too_weak_to_count() -> None:
    assert truth(line("hold", GOOD)) == "good"
    assert truth(line("hold", BAD)) == "bad"
    assert truth(line("promote", BAD, removed_upstream=0.95)) == "removed"
    assert truth(line("hold", BAD, removed_upstream=1.0, stopped=True)) == "bad"
    assert truth(line("promote", BAD, planted=100)) == "weak"


def test_bars_count_what_was_held_and_what_was_asked() -> None:
    lines = [line("promote", replace(GOOD, number=n)) for n in range(3)] + [
        line("hold", replace(GOOD, number=9))
    ]
    lines += [line("ask", replace(GOOD, natural_class="new_source"))]
    lines += [
        line(outcome, replace(BAD, number=n)) for n, outcome in enumerate(("hold", "hold", "ask", "promote"))
    ]
    assert found(lines, "good drops held, random draws")["share"] == 0.25
    assert found(lines, "good drops held, random draws")["reached"] is False
    assert found(lines, "good drops asked about, new sources")["share"] == 1.0
    assert found(lines, "good drops asked about, natural classes of known sources")["reached"] is None
    assert found(lines, "mechanisms of development, 20%, held or asked")["share"] == 0.75
    assert found(lines, "mechanisms of development, 20%, held")["share"] == 0.5
    assert found(lines, "mechanisms never used, 20%, held")["of"] == 0


def test_the_worst_class_is_the_one_that_is_named_worst() -> None:
    lines = [line("promote", replace(GOOD, number=n, natural_class="shortest")) for n in range(4)]
    lines += [line("hold", replace(GOOD, number=n, natural_class="markdown")) for n in range(2)]
    assert found(lines, "good drops held, the worst natural class")["share"] == 1.0


def test_twins_that_differ_and_halves_that_get_in_are_seen() -> None:
    lines = [
        line("hold", BAD),
        line("hold", replace(BAD, twin="renamed")),
        line("ask", replace(BAD, twin="reordered")),
    ]
    assert found(lines, "renamed and reordered twins, the same outcome")["share"] == 0.5
    halves = [line("promote", replace(BAD, twin=f"half {n}"), planted=80) for n in (1, 2)]
    assert found([*lines, *halves], "halves of held drops, not wholly in")["share"] == 0.0
    halves[0] |= {"outcome": "ask"}
    assert found([*lines, *halves], "halves of held drops, not wholly in")["share"] == 1.0


def test_the_page_names_no_kind_of_the_test_alone() -> None:
    kept_back = list(mechanisms(TEST).values())
    own = sorted(classes(TEST).keys() - classes(DEVELOPMENT).keys())
    world = next(iter(worlds(TEST)))
    lines = [
        line("hold", Case(TEST, world, 800, 0, mechanism=k.name, family=k.family, share=0.2))
        for k in kept_back
    ]
    lines += [line("hold", Case(TEST, world, 800, 0, name)) for name in own]
    told = json.dumps(summary(lines)) + markdown(summary(lines))
    assert not [kind.name for kind in kept_back if kind.name in told]
    assert not [name for name in own if name in told]
    assert "kept back" in told


def test_the_table_says_all_that_was_counted() -> None:
    lines = [line("hold", replace(BAD, number=n), named_damaged=150, named_sound=9) for n in range(3)]
    lines += [line("promote", GOOD), line("ask", replace(GOOD, natural_class="longest"))]
    counted = summary(lines)
    assert json.loads(json.dumps(counted)) == counted
    assert counted["outcomes"] == {"hold": 3, "promote": 1, "ask": 1}
    told = markdown(counted).splitlines()
    assert "| longest | 0 of 1: 0.0% (0% to 98%) | 1 of 1: 100.0% (3% to 100%) |" in told
    assert "| case | 800 | 3 / 3 / 3 |" in told
    assert "Named of caught drops: 94% of the damaged rows, 1% of the sound ones." in told
    assert margins(lines, 2.0)["blobs (drop)"]["random max"] == 0.3
    (curve,) = roc(lines, PolicySettings()).values()
    assert curve[0] == (0.0, 0.0)
    failed = {**line("failed", replace(BAD, number=9)), "report": None}
    del failed["removed_upstream"]  # of a case that failed nothing is known but why
    assert list(roc([*lines, failed], PolicySettings()).values()) == [curve]


def test_intervals_are_wider_than_those_of_independent_drops() -> None:
    alike = [line("hold" if n < 3 else "promote", replace(BAD, number=i, mechanism=k, world=w))
             for n, k in enumerate(("lower_cased", "upper_cased", "blobs", "markup"))
             for w in ("dev-mixed-a", "dev-mixed-b") for i in range(10)]  # fmt: skip
    found_rate = rate(alike, lambda one: one["outcome"] == "hold")
    assert found_rate["share"] == 0.75
    assert found_rate["high"] - found_rate["low"] > 0.4
    assert found_rate == rate(alike, lambda one: one["outcome"] == "hold")
    assert rate(alike[:10], lambda one: True)["low"] == pytest.approx(0.6915, abs=1e-3)
    assert rate([], lambda one: True)["share"] is None
    assert upper_bound(4, 400) == pytest.approx(0.0227, abs=2e-4)


def test_what_cannot_be_told_is_asked() -> None:
    assert [word(one) for one in ("promote", "hold", "inconclusive", "ask")] == [
        "promote",
        "hold",
        "ask",
        "ask",
    ]


def test_a_stored_report_is_judged_anew_under_another_policy() -> None:
    report = line("hold", BAD)["report"]
    assert judged(report, {})["outcome"] == "hold"
    assert judged(report, {"max_blobs": 0.5})["outcome"] == "promote"


def test_a_policy_is_not_smuggled_in_and_bad_input_is_one_sentence(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "loose.toml"
    settings.write_text("[policy]\nmax_blobs = 0.9\n")
    common = ["--shared", str(shared), "--cache", str(tmp_path / "cache")]
    assert main([*common, "--settings", str(settings)]) == 2
    assert "measures the default policy" in capsys.readouterr().err
    assert main(["--shared", str(tmp_path)]) == 2
    assert "holds no data/" in capsys.readouterr().err
    assert main([*common, "--mechanisms", "tea"]) == 2
    assert "no case of the plan" in capsys.readouterr().err
    assert main([*common, "--table-only"]) == 2
    assert "holds no verdict of this plan" in capsys.readouterr().err


def test_another_product_has_homes_of_its_own(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    world = worlds(DEVELOPMENT)["dev-mixed-a"]
    before = bench.home(world)
    assert len(product_digest()) == 8
    monkeypatch.setattr("benchmarks.gate_power.homes.product_digest", lambda: "other")
    assert bench.home(world) != before
