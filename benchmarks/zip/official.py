"""Row `official`: `zip_paper` on a golden pool against the official script, whole commands by the clock.

Both sides start Python, read the pool, select and write. The official script runs from a checkout that is
named; without one its time is that of `golden/README.md`, from another run on busy cores, and only said.
"""

import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.zip.golden import Golden, golden
from benchmarks.zip.job import Check, Job, Result, spread
from benchmarks.zip.process import COMMAND_LINE, run_command
from entropy_assets.curation.selection import ZipParams, select_official

BAR = 30.0
NO_CHECKOUT = "no checkout of the official script was named (--official)"

_STAGE = re.compile(r"Code execution time: ([0-9.]+) seconds")


@dataclass(frozen=True)
class OfficialRun:
    """One run of the official script.

    Parameters
    ----------
    seconds
        Wall clock of the whole command.
    ids
        The `id` of each pick, in order.
    looks_seconds, greedy_seconds
        Seconds of each round's look at the candidates and of its greedy stage.
    """

    seconds: float
    ids: list[Any]
    looks_seconds: list[float]
    greedy_seconds: list[float]


def measure_official(job: Job) -> Result:
    """Return whether the picks are identical, and the factor to the official script."""
    pool = golden(job.shared, is_smoke=job.is_smoke)
    with tempfile.TemporaryDirectory() as name:
        array = Path(name) / "pool.json"
        array.write_bytes(pool.array())
        command = [_command_seconds(array, pool, job.workers) for _ in range(job.repeats)]
        official = run_official(job.official, array, pool, job.workers) if job.official else None
    records = pool.records()
    figures: dict[str, Any] = {"command_seconds": spread([seconds for seconds, _ in command])}
    picks = [ids for _, ids in command]
    for workers in sorted({job.workers, 1}):
        seconds, ids = _function_seconds(records, pool, workers, job.repeats)
        figures[f"function_seconds_{workers}_threads"] = spread(seconds)
        picks.append(ids)
    expected = [pool.picks] + ([official.ids] if official else [])
    figures["golden_factor"] = pool.seconds / figures["command_seconds"]["median"]
    if official:
        figures["official_seconds"] = official.seconds
        figures["official_looks_seconds"] = official.looks_seconds
        figures["official_greedy_seconds"] = official.greedy_seconds
    checks = [identical(picks, expected), factor(figures, job.workers)]
    remark = (
        f"factor {figures['golden_factor']:.0f} against the {pool.seconds:.0f} s "
        f"({pool.n_processes} processes) from the golden README, another run on busy cores"
    )
    return Result(checks, figures, [remark])


def identical(picks: Sequence[Sequence[Any]], expected: Sequence[Sequence[Any]]) -> Check:
    """Return the check that all picks are the expected ones, in order; counts the places that differ."""
    pairs = [(own, other) for own in picks for other in expected]
    wrong = max(
        abs(len(own) - len(other)) + sum(a != b for a, b in zip(own, other, strict=False))
        for own, other in pairs
    )
    note = f"{len(picks)} runs of {len(expected[0])} picks against {len(expected)} official one(s)"
    return Check("zip_paper: picks that differ from the official ones", "at most", 0, "", wrong, note)


def factor(figures: dict[str, Any], n_processes: int) -> Check:
    """Return the check of the factor in wall clock, skipped without a run of the official script."""
    ours = figures["command_seconds"]["median"]
    what = f"zip_paper against the official script, {n_processes} processes each, whole command"
    if "official_seconds" not in figures:
        return Check(what, "at least", BAR, "times", None, f"ours {ours:.2f} s", NO_CHECKOUT)
    theirs = figures["official_seconds"]
    return Check(
        what, "at least", BAR, "times", theirs / ours, f"ours {ours:.2f} s, the script {theirs:.1f} s"
    )


def run_official(checkout: Path, array: Path, pool: Golden, n_processes: int) -> OfficialRun:
    """Run the official script on the golden pool's own job and return its time and picks."""
    out = array.with_name("official.json")
    command = [sys.executable, str(checkout / "ZIP.py"), "--data_path", str(array), "--save_path", str(out)]
    command += ["--budget", str(len(pool.picks)), "--n_jobs", str(n_processes), *_sizes(pool.params)]
    usage = run_command(command, cwd=checkout)
    if usage.return_code:
        raise RuntimeError(f"the official script stopped with exit code {usage.return_code}: {usage.output}")
    stages = [float(seconds) for seconds in _STAGE.findall(usage.output)]
    ids = [record["id"] for record in json.loads(out.read_bytes())]
    return OfficialRun(usage.seconds, ids, stages[::2], stages[1::2])


def _command_seconds(array: Path, pool: Golden, workers: int) -> tuple[float, list[Any]]:
    """Return the wall clock of `entropy-assets select` and the ids that it wrote."""
    out = array.with_name("ours.json")
    command = [*COMMAND_LINE, "select", str(array), "--selector", "zip_paper", "--out", str(out)]
    command += ["--budget", str(len(pool.picks)), "--workers", str(workers), *_sizes(pool.params)]
    usage = run_command(command)
    if usage.return_code:
        raise RuntimeError(f"the command stopped with exit code {usage.return_code}: {usage.output}")
    return usage.seconds, [record["id"] for record in json.loads(out.read_bytes())]


def _function_seconds(
    records: list[dict[str, Any]], pool: Golden, workers: int, repeats: int
) -> tuple[list[float], list[Any]]:
    """Return the seconds of each call of `select_official` and the ids of the last one's picks."""
    seconds = []
    for _ in range(repeats):
        began = time.perf_counter()
        selection = select_official(records, len(pool.picks), params=pool.params, workers=workers)
        seconds.append(time.perf_counter() - began)
    return seconds, [records[index]["id"] for index in selection.ranking.tolist()]


def _sizes(params: ZipParams) -> list[str]:
    return [
        *("--k1", str(params.n_candidates)),
        *("--k2", str(params.n_shortlist)),
        *("--k3", str(params.n_picks)),
    ]
