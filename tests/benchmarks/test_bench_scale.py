"""`make bench-scale`: what a tree of processes costs, how stages grow, and which bars hold."""

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.scale.__main__ import main
from benchmarks.scale.child import places, start_always
from benchmarks.scale.driver import MEAN_BYTES, driver_memory, frames_of
from benchmarks.scale.growth import Plan, disk_bytes
from benchmarks.scale.judged import checks, exponents
from benchmarks.scale.spread import PARTS, parts_of_zip
from benchmarks.scale.tree import processes_below, run_tree
from entropy_assets.candidate import pipeline
from entropy_assets.execution import pieces
from entropy_assets.records import SCHEMA
from entropy_assets.texts import StoredTexts
from tests.curation.selection.oracle import words_pool

MIB = 2**20
HOLDER = (
    "import subprocess, sys, time; held = b'x' * ({size} << 20);"
    "child = [sys.executable, '-c', 'import time; held = b\"x\" * ({size} << 20); time.sleep(1.5)'];"
    "subprocess.run(child) if {size} else time.sleep(0.5)"
)


def test_memory_is_that_of_the_whole_tree() -> None:
    began = time.monotonic()
    none, held = (run_tree([sys.executable, "-c", HOLDER.format(size=size)]) for size in (0, 60))
    assert held.return_code == 0
    assert held.peak_bytes - none.peak_bytes > 2 * 60 * MIB - 20 * MIB
    assert held.peak_between(began, time.monotonic()) <= held.peak_bytes
    assert held.peak_between(0, began) == 0


def test_processes_of_others_are_not_below() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        assert other.pid not in processes_below(1 << 30)
        assert processes_below(other.pid) == [other.pid]
        other.send_signal(signal.SIGKILL)


PROGRAM = """
from functools import partial
from pathlib import Path
from entropy_assets.execution import Processes
from tests.test_execution import process_and_threads
if __name__ == "__main__":
    with Processes(2) as executor:
        print(len(list(executor.map(process_and_threads, range(80)))))
"""


def test_one_worker_is_killed_and_the_run_ends(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(f"import sys; sys.path[:0] = {sys.path!r}\n{PROGRAM}")
    usage = run_tree([sys.executable, str(program)], kill_after=0.5)
    assert usage.return_code == 0, usage.output
    assert usage.n_killed == 1
    assert int(usage.output) == 80


def size(
    rows: int, cpu: float, peak: float = 1.0, small: tuple[float, ...] = (), **disk: int
) -> dict[str, Any]:
    def run(cost: float) -> dict[str, Any]:
        stages = {"pool": {"cpu_seconds": cost / 2}, "rest": {"cpu_seconds": 1.0}}
        return {"cpu_seconds": cost, "peak_bytes": peak * 2**30, "decision": "promote", "stages": stages}

    runs = {"first": run(cpu), **{f"drop-{number}": run(cost) for number, cost in enumerate(small)}}
    stated = {"versions": 2, "last_version_bytes": 100, "drops_bytes": 50, "all_bytes": 300}
    stated["versions_bytes"] = 150
    return {"rows": rows, "runs": runs, "disk": stated | disk}


def verdicts(*sizes: dict[str, Any], same: dict[str, Any] | None = None) -> dict[str, str]:
    return {check.what: check.holds for check in checks(sizes, same)}


def test_exponents_are_those_between_neighbouring_sizes() -> None:
    found = exponents([size(1_000, 2), size(10_000, 20), size(20_000, 80)])
    assert found == {"pool": [1.0, 2.0], "rest": [0.0, 0.0], "all": [1.0, 2.0]}


def test_each_bar_is_judged_where_it_is_measured() -> None:
    good = verdicts(size(100_000, 100, small=(49, 50)), size(1_000_000, 1_000, 3.9, small=(119,)))
    assert [what for what, holds in good.items() if holds == "no"] == [
        "drop of 1,000 rows on a pool of 1,000,000, peak"
    ]
    assert list(good.values()).count("skipped") == 7
    slow = verdicts(size(100_000, 90, 2.1, small=(49, 51)), size(1_000_000, 1_201, 4.1))
    assert {what for what, holds in slow.items() if holds == "no"} == {
        "first drop, pool: exponent of CPU seconds from 100,000 rows on",
        "first drop, all: exponent of CPU seconds from 100,000 rows on",
        "first drop of 1,000,000 rows, CPU",
        "first drop of 1,000,000 rows, peak of the process tree",
        "drop of 1,000 rows on a pool of 100,000, CPU",
        "drop of 1,000 rows on a pool of 100,000, peak",
    }


def test_small_sizes_judge_no_growth() -> None:
    assert set(verdicts(size(1_000, 1), size(3_000, 100)).values()) == {"skipped"}


@pytest.mark.parametrize(("all_bytes", "holds"), [(250, "yes"), (251, "no")])
def test_disk_is_judged_beside_the_drops(all_bytes: int, holds: str) -> None:
    found = verdicts(size(1_000, 1, versions=21, all_bytes=all_bytes))
    assert [holds for what, holds in found.items() if "disk" in what] == [holds]


def test_other_bytes_with_another_number_of_processes_are_shown() -> None:
    one = {"digests": {"pool": ["a"]}, "state": "s", "killed": 0}
    other = {**one, "digests": {"pool": ["b"]}}
    killed, changed = {**one, "killed": 1}, {**other, "killed": 1}
    good = verdicts(same={"workers": {"1": one, "7": one}, "kills": [killed, killed]})
    bad = verdicts(same={"workers": {"1": one, "7": other}, "kills": []})
    worse = verdicts(same={"workers": {"1": one, "7": one}, "kills": [killed, changed]})
    assert [*good.values()][-2:] == ["yes", "yes"]
    assert [*bad.values()][-2:] == ["no", "skipped"]
    assert [*worse.values()][-2:] == ["yes", "no"]


def test_other_bytes_on_a_cluster_are_shown() -> None:
    one = {"digests": {"pool": ["a"]}, "state": "s", "killed": 0}
    other = {**one, "state": "t"}
    good = verdicts(same={"workers": {"1": one}, "engines": {"Ray with 2 raylets": one}, "kills": []})
    bad = verdicts(same={"workers": {"1": one}, "engines": {"Ray with 2 raylets": other}, "kills": []})
    named = "digests of every stage with 1 processes, Ray with 2 raylets: different ones"
    assert (good[named], bad[named]) == ("yes", "no")


@pytest.mark.parametrize(("times", "holds"), [(1.25, "yes"), (1.26, "no")])
def test_what_ray_takes_more_is_judged(times: float, holds: str) -> None:
    found = checks([], None, {"rows": 1_000, "times": times})
    assert [check.holds for check in found if "two raylets" in check.what] == [holds]


@pytest.mark.parametrize(
    ("rows", "gib", "holds"), [(10_000_000, 3.9, "yes"), (10_000_000, 4.0, "no"), (1_000_000, 0.5, "skipped")]
)
def test_the_memory_of_a_driver_is_judged_at_ten_million(rows: int, gib: float, holds: str) -> None:
    found = checks([], None, None, {"rows": rows, "peak_bytes": gib * 2**30, "cpu_seconds": 9.0})
    assert [check.holds for check in found if "driver" in check.what] == [holds]


def test_a_driver_is_measured_part_by_part(tmp_path: Path) -> None:
    found = driver_memory(3_000, tmp_path)
    assert [part["part"] for part in found["parts"]] == ["split", "digest", "zip", "random"]
    assert found["peak_bytes"] > 50 * MIB
    assert [part["picks"] for part in found["parts"][2:]] == [1_500, pytest.approx(1_425, abs=75)]


def test_records_of_a_driver_are_alike_each_time_and_all_different() -> None:
    frames = [list(frames_of(250_000, ["text"])) for _ in range(2)]
    assert all(one.equals(other) for one, other in zip(*frames, strict=True))
    whole = pl.concat(frames_of(250_000, None))
    assert whole.schema == SCHEMA
    assert whole["id"].n_unique() == 250_000
    assert whole["id"].str.contains("^[0-9a-f]{32}$").all()
    assert whole["text"].str.len_bytes().mean() == pytest.approx(MEAN_BYTES, abs=3)


def test_parts_of_zip_are_those_of_the_whole(tmp_path: Path) -> None:
    texts = StoredTexts.write(tmp_path / "texts", words_pool(400, 3))
    found = parts_of_zip(texts)
    told = {name: found[name]["cpu_seconds"] for name in [*PARTS, "rest"]}
    assert sum(told.values()) == pytest.approx(found["cpu_seconds"], abs=0.01)
    assert found["looks"]["calls"] >= 1
    assert found["picks"] > 100


def test_workers_start_however_little_there_is_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "START_SECONDS", pieces.START_SECONDS)
    assert pieces.first_items(iter([1]), 0.5) == ([1], True)
    start_always()
    assert pieces.first_items(iter([1]), 0.5) == ([1], False)


def test_a_file_with_two_names_lies_on_the_disk_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10)
    (tmp_path / "b").hardlink_to(tmp_path / "a")
    (tmp_path / "c").symlink_to(tmp_path / "a")
    assert disk_bytes(tmp_path) == 10


def test_every_stage_of_the_pipeline_is_timed_where_it_is_called() -> None:
    for module, name in places(pipeline).values():
        assert callable(getattr(module, name))


SMALL = """
[policy]
ask = "promote"
[probe]
budget_bytes = 4096
checkpoint_bytes = 4096
heldout_bytes = 4096
n_samples = 2
"""


def test_a_small_run_measures_each_stage(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a small drop, whose measurements cost a minute however small it is."""
    monkeypatch.setattr("benchmarks.scale.growth.SETTINGS", SMALL)
    monkeypatch.setattr("benchmarks.scale.__main__.Plan", partial(Plan, settings=SMALL))
    out = tmp_path / "scale.json"
    arguments = ["--rows", "60", "--drops", "0", "--small", "--workers", "1", "2"]
    assert main([*arguments, "--shared", str(shared), "--cache", str(tmp_path), "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    (size,) = found["sizes"]
    run, disk = size["runs"]["first"], size["disk"]
    assert (size["rows"], run["decision"]) == (60, "promote")
    assert {"ingest", "dedup", "screening", "drop report", "pool", "selection"} < set(run["stages"])
    parts = sum(stage["cpu_seconds"] for stage in run["stages"].values())
    assert run["cpu_seconds"] == pytest.approx(parts, abs=0.1)
    assert run["peak_bytes"] > 50 * MIB
    assert disk["all_bytes"] > disk["versions_bytes"] == disk["last_version_bytes"] > 0
    held = {check["what"]: check["holds"] for check in found["checks"]}
    assert held["digests of every stage with 1, 2 processes: different ones"] == "yes"
    assert found["exponents"]["all"] == []
