"""The measuring stick of ZIP: every row runs, and every verdict can be a no."""

import doctest
import importlib
import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.zip import half
from benchmarks.zip.__main__ import exit_code, main
from benchmarks.zip.blobs import CLEAN, picked_check, plant, planted_percent, refused_check
from benchmarks.zip.far_copy import copy_share
from benchmarks.zip.job import Check, Job, Result, spread
from benchmarks.zip.limit import closeness
from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.memory import memory_checks
from benchmarks.zip.official import factor, identical
from benchmarks.zip.official_cost import candidate_seconds, factor_10k
from benchmarks.zip.pools import Pool, PoolSpec, Recombination, cut, ensure_pool, real_texts, write_pool
from benchmarks.zip.process import Usage, run_command, run_row
from benchmarks.zip.quality import quotient
from benchmarks.zip.report import markdown
from benchmarks.zip.rows import ROWS
from benchmarks.zip.speed import growth, round_seconds


@pytest.fixture(scope="module")
def smoke(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("bench")
    out = folder / "zip.json"
    code = main(["--smoke", "--shared", str(shared), "--cache", str(folder), "--out", str(out)])
    return code, json.loads(out.read_text())


def test_every_row_runs_at_a_small_size(smoke: tuple[int, dict[str, Any]]) -> None:
    code, report = smoke
    assert code == 0
    assert list(report["rows"]) == list(ROWS)
    for row, found in report["rows"].items():
        for check in found["checks"]:
            assert check["measured"] is not None or check["skipped"], (row, check)
    assert {"python", "zlib", "zstd", "zstandard", "torch", "commit"} <= report["rows"]["limit"]["run"][
        "versions"
    ].keys()


def test_picks_are_the_official_ones(smoke: tuple[int, dict[str, Any]]) -> None:
    check = smoke[1]["rows"]["official"]["checks"][0]
    assert (check["measured"], check["holds"]) == (0, "yes")


def test_without_a_checkout_the_factor_is_skipped_with_a_message(smoke: tuple[int, dict[str, Any]]) -> None:
    check = smoke[1]["rows"]["official"]["checks"][1]
    assert check["holds"] == "skipped"
    assert "--official" in check["skipped"]


def test_limit_compares_with_the_rows_of_its_run(smoke: tuple[int, dict[str, Any]]) -> None:
    figures = smoke[1]["rows"]["limit"]["figures"]
    for row in ("paper_300k", "zip_300k"):
        assert figures[row]["looks"] == 600 + 6 * (100 + (row == "paper_300k") * sum(range(11, 21)))
        assert figures[row]["times_of_limit"] > 0


@pytest.mark.parametrize(
    ("sense", "measured", "holds"),
    [
        ("at least", 3.0, "yes"),
        ("at least", 2.9, "no"),
        ("at most", 3.0, "yes"),
        ("at most", 3.1, "no"),
        ("under", 2.9, "yes"),
        ("under", 3.0, "no"),
        ("at most", math.nan, "no"),
        ("at least", None, "no"),
    ],
)
def test_verdict_follows_the_bar(sense: Any, measured: float | None, holds: str) -> None:
    assert Check("a", sense, 3.0, "s", measured).holds == holds


def test_skipped_is_neither_yes_nor_no() -> None:
    assert Check("a", "at most", 1.0, "", 0.5, skipped="nothing to measure").holds == "skipped"


def test_one_wrong_pick_or_a_missing_one_is_a_no() -> None:
    assert identical([[1, 2, 3]], [[1, 2, 3]]).holds == "yes"
    assert identical([[1, 2, 3], [1, 3, 2]], [[1, 2, 3]]).measured == 2
    assert identical([[1, 2]], [[1, 2, 3]]).holds == "no"


@pytest.mark.parametrize(("theirs", "holds"), [(299.0, "no"), (301.0, "yes")])
def test_factor_against_the_script(theirs: float, holds: str) -> None:
    assert (
        factor({"command_seconds": spread([9.0, 10.0, 30.0]), "official_seconds": theirs}, 2).holds == holds
    )


def test_measured_rounds_come_before_the_cost_model() -> None:
    figures = {"seconds": 10.0, "model_seconds": 9000.0}
    assert factor_10k(figures, 10_000).holds == "yes"
    assert factor_10k(figures | {"extrapolated_seconds": 4000.0}, 10_000).holds == "no"


def test_a_longer_prefix_costs_the_script_more() -> None:
    records = [{"id": n, "text": f"record {n} says {n * n}"} for n in range(400)]
    assert candidate_seconds(records, records) > 3 * candidate_seconds([], records)


def test_growth_takes_the_median_over_runs() -> None:
    assert growth([[1.0, 1.0, 1.2], [1.0, 1.0, 9.0], [1.0, 1.0, 1.3]], 30).holds == "yes"
    assert growth([[1.0, 1.0, 1.31]], 30).holds == "no"
    assert growth([[1.0]], 10).holds == "no"


def test_the_first_pass_is_no_round() -> None:
    assert round_seconds([(9.0, 10), (11.0, 20)], 1.0) == (8.0, [2.0])


@pytest.mark.parametrize(("ratio", "holds"), [(2.6, "yes"), (2.7, "no")])
def test_quality_is_a_quotient_of_xz_ratios(ratio: float, holds: str) -> None:
    described = {"largest_source": "code", "largest_share": 0.3}
    ratios = {"zip": ratio, "official": 3.0, "zip_paper": 2.9}
    figures = {name: {"xz_ratio": value, **described} for name, value in ratios.items()}
    assert quotient(figures, 500_000).holds == holds


def test_planted_bytes_and_refused_records() -> None:
    without = {"without_guard": {"all": 40.0}}
    assert picked_check(without | {"with_guard": {"all": 0.9}}).holds == "yes"
    assert picked_check(without | {"with_guard": {"all": 1.1}}).holds == "no"
    assert refused_check("maths", {"maths": 1.1}).holds == "no"
    assert refused_check("maths", {"code": 0.0}).holds == "no"
    assert planted_percent([0, 2], [b"ab", b"c", b"de"], ["", "letters", "base64"])["base64"] == 50.0


def test_one_record_in_twenty_is_planted(shared: Path) -> None:
    texts = real_texts(shared, is_small=True)
    pool = [text for own in texts.values() for text in own]
    planted = list(plant(pool, texts["law_de"], seed=0))
    assert len(planted) / (len(planted) + len(pool)) == pytest.approx(0.05, abs=0.002)
    assert planted == list(plant(pool, texts["law_de"], seed=0))
    assert {kind for kind, _ in planted} == {"base64", "letters", "mojibake_chinese", "mojibake_accented"}
    assert not {text for _, text in planted} & set(pool)
    assert all("\u4e00" not in text for kind, text in planted if kind == "mojibake_chinese")
    assert "code" in CLEAN


def test_a_copy_is_cheap_only_where_the_context_holds_the_original() -> None:
    texts = [bytes((n * n * i + 7 * n) % 251 for i in range(400)) for n in range(1, 60)]
    found = copy_share(texts[:30], texts[30:], 1)
    assert found["first_share"] < 0.25 < copy_share([b"x", *texts[:30]], [b"x"], 1)["first_share"]
    assert found["first_share"] <= found["dearest_share"]


@pytest.mark.parametrize(
    ("peak", "code", "is_complete", "holds"),
    [
        (2 * 2**30, 0, True, ["yes", "yes"]),
        (3 * 2**30, 0, True, ["no", "no"]),
        (2 * 2**30, -9, True, ["no", "no"]),
        (2 * 2**30, 0, False, ["no", "no"]),
    ],
)
def test_memory_of_a_command_that_stopped_is_no_figure(
    peak: int, code: int, is_complete: bool, holds: list[str]
) -> None:
    usage = Usage(1.0, 1.0, peak, code, "Killed")
    checks = memory_checks(usage, {"bytes": 6e8, "records": 1e6}, is_complete)
    assert [check.holds for check in checks] == holds


def test_peak_is_that_of_the_command() -> None:
    # Measured from a small process, since a child begins with its parent's peak.
    code = (
        "import sys; from benchmarks.zip.process import run_command;"
        "print([run_command([sys.executable, '-c', c]).peak_bytes"
        " for c in ('pass', 'a = bytes([1]) * 400_000_000')])"
    )
    small, large = json.loads(run_command([sys.executable, "-c", code]).output)
    assert large - small > 300_000_000


def test_a_row_that_stops_is_a_no_with_its_last_words(tmp_path: Path) -> None:
    result = run_row("quality", "xz ratio", Job(shared=tmp_path, cache=tmp_path, is_smoke=True))
    assert [check.holds for check in result.checks] == ["no"]
    assert "picks_1600.json" in result.checks[0].note
    assert exit_code({"quality": result}, is_smoke=True) == 1


def test_a_missed_bar_is_the_exit_code_but_not_in_a_smoke_run() -> None:
    missed = {"row": Result([Check("a", "at most", 1.0, "", 2.0)])}
    assert exit_code(missed, is_smoke=False) == 1
    assert exit_code(missed, is_smoke=True) == 0
    assert exit_code({"row": Result([Check("a", "at most", 1.0, "", 0.5)])}, is_smoke=False) == 0


def test_job_and_result_survive_json() -> None:
    job = Job(shared=Path("a"), cache=Path("b"), official=Path("c"), earlier={"zip_300k": {"rounds": 3}})
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job
    result = Result([Check("a", "under", 1.0, "s", 2.0, "n")], {"x": 1}, ["r"])
    assert Result.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_table_has_a_line_for_each_check() -> None:
    results = {"r": Result([Check("a | b", "under", 360.0, "s", 412.0, "3 runs")], {}, ["said"])}
    lines = markdown(results).splitlines()
    assert lines[2] == "| a \\| b | under 360 s | 412 s; 3 runs | no |"
    assert lines[-1] == "* r: said"


def test_half_fails_where_segments_lose_or_growth_or_memory_is_above_its_bar() -> None:
    def of(cpu_seconds: float, xz_ratio: float, memory_bytes: float) -> dict[str, float]:
        rest = {"picks": 1, "budget_bytes": 1, "load": 0.0}
        return {"cpu_seconds": cpu_seconds, "xz_ratio": xz_ratio, "memory_bytes": memory_bytes, **rest}

    good = {"10": of(10, 2.5, 0), "50": of(50, 2.52, 0), "100": of(112, 2.6, 2**31 - 1)}
    good["one_context"] = of(60, 2.5, 0)
    assert [check.holds for check in half.checks(good, (10, 50, 100))] == ["yes"] * 3
    bad = good | {"50": of(50, 2.53, 0), "100": of(113, 2.6, 2**31)}
    assert [check.holds for check in half.checks(bad, (10, 50, 100))] == ["no"] * 3


def test_times_of_the_limit_by_hand() -> None:
    row = {
        "params": [10, 4, 2],
        "rounds": 3,
        "pool": {"records": 100, "mean_bytes": 5.0},
        "seconds": spread([4.0]),
    }
    found = closeness(row, 500.0, is_greedy_counted=True)
    assert found["looks"] == 100 + 3 * (10 + 4 + 3)
    assert found["times_of_limit"] == pytest.approx(4.0 / (151 * 5 / 500))
    assert closeness(row, 500.0, is_greedy_counted=False)["looks"] == 130


def test_same_seed_same_pool_and_no_repeats(shared: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_pool(PoolSpec(500, seed=3, is_small=True), shared, tmp_path / f"{name}.jsonl")
    write_pool(PoolSpec(500, seed=4, is_small=True), shared, tmp_path / "c.jsonl")
    first, second, other = ((tmp_path / f"{name}.jsonl").read_bytes() for name in "abc")
    assert first == second != other
    rows = list(Pool(tmp_path / "a.jsonl", {}).rows())
    assert len({row["text"] for row in rows}) == len(rows) == 500
    assert {row["source"] for row in rows} == {"alpaca_en_demo", "alpaca_zh_demo", "code", "law_de"}
    assert 450 < sum(len(row["text"].encode()) for row in rows) / 500 < 750


def test_a_pool_is_made_once(shared: Path, tmp_path: Path) -> None:
    pool = ensure_pool(PoolSpec(50, is_small=True), shared, tmp_path)
    written = pool.path.stat().st_mtime_ns
    assert ensure_pool(PoolSpec(50, is_small=True), shared, tmp_path).path.stat().st_mtime_ns == written
    assert ensure_pool(PoolSpec(50, seed=1, is_small=True), shared, tmp_path).path != pool.path


def test_cut_loses_nothing() -> None:
    text = "One. Two\nthree; " + "word " * 200 + "\u4f60\u597d\u3002 1,234.5 end"
    pieces = cut(text)
    assert "".join(token for piece in pieces for token in piece.tokens) == text
    assert max(piece.n_bytes for piece in pieces) < 400
    assert len(pieces) > 5


def test_numbers_and_words_of_a_sentence_change() -> None:
    texts = {"maths": ["Tom has 12345 apples and 67890 pears today, his sister none at all. "] * 3}
    rows = Recombination(texts, seed=0).rows()
    made = [next(rows)[1] for _ in range(20)]
    assert len(set(made)) == 20
    assert not any("12345" in text for text in made)


def test_machine_and_versions_are_named() -> None:
    assert machine_kind().split(", ")[1].endswith("GiB")
    assert all(versions().values())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "nonsense"], "invalid choice: 'nonsense'"),
        (["--repeats", "0"], "must be an integer above 0, got '0'"),
        (["--official", "nowhere"], "nowhere holds no ZIP.py"),
    ],
)
def test_wrong_arguments_are_refused(arguments: list[str], message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.zip", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize("name", ["official_cost", "quality", "speed", "blobs"])
def test_examples_in_docstrings_are_true(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"benchmarks.zip.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
