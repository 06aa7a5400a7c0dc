"""Processes and what they cost: a command timed with its peak memory, and a row in a process of its own.

**Peak memory** is `ru_maxrss`: the largest resident set of one process, in which pages of mapped files and
of shared libraries count once they are touched. It is not the sum over several processes. Linux hands the
parent's peak on to a child, so a large parent would be taken for a large child: whoever measures a command
here must itself be small: the row that measures memory loads no pool.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.zip.job import Check, Job, Result

ROOT = Path(__file__).resolve().parents[2]
COMMAND_LINE = (sys.executable, "-c", "from entropy_assets.cli import app; app()")
"""What the console script `entropy-assets` runs, from the package of this checkout."""


@dataclass(frozen=True)
class Usage:
    """What a command cost.

    Parameters
    ----------
    seconds
        Wall clock from start to end.
    cpu_seconds
        Processor time of the process and of those it waited for.
    peak_bytes
        Largest resident set of the process.
    return_code
        Exit code, negative the signal that ended it.
    output
        The end of what it printed.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    return_code: int
    output: str


def run_command(command: Sequence[str], cwd: Path = ROOT) -> Usage:
    """Run a command to its end and return what it cost."""
    environment = os.environ | {"PYTHONHASHSEED": "0", "DAGSTER_DISABLE_TELEMETRY": "yes"}
    with tempfile.TemporaryFile() as printed:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=printed, stderr=printed)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read().decode("utf-8", "replace")
    return Usage(
        seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, process.returncode, output[-20_000:]
    )


def own_peak_bytes() -> int:
    """Return the largest resident set of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def run_row(row: str, title: str, job: Job) -> Result:
    """Return the result of one row, run in a process of its own; a row that stops is a failed check."""
    with tempfile.TemporaryDirectory() as folder:
        request, answer = Path(folder) / "job.json", Path(folder) / "result.json"
        request.write_text(json.dumps(job.to_json()))
        usage = run_command([sys.executable, "-m", "benchmarks.zip.child", row, str(request), str(answer)])
        if usage.return_code or not answer.is_file():
            lines = usage.output.strip().splitlines() or ["nothing was printed"]
            note = f"stopped with exit code {usage.return_code}: {lines[-1]}"
            return Result([Check(title, "at most", 0, "", None, note)], {"output": usage.output})
        result = Result.from_json(json.loads(answer.read_text()))
    cost = {"row_seconds": usage.seconds, "row_peak_bytes": usage.peak_bytes}
    return Result(result.checks, {**result.figures, **cost}, result.remarks)
