"""What a command costs with all processes below it, looked at while it runs.

**Peak memory** is the largest sum over the tree of what each process holds, pages that several share being
shared out among them (`Pss`). It is looked at five times a second; a shorter peak of one process alone stands
in the kernel's own figure (`VmHWM`), where that has one, and the larger of the two counts.
"""

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.zip.process import ROOT, Usage

LOOK_SECONDS = 0.2
WORKER = "multiprocessing.spawn"
"""Stands in the command line of each worker process."""


@dataclass(frozen=True)
class TreeUsage(Usage):
    """What a command cost, workers included: `peak_bytes` is that of the tree.

    Parameters
    ----------
    samples
        (`time.monotonic()` in seconds, bytes that the tree held).
    n_killed
        Workers that were killed on the way.
    """

    samples: tuple[tuple[float, int], ...] = ()
    n_killed: int = 0

    def peak_between(self, began: float, ended: float) -> int:
        """Return the most that the tree held at a look in this time, in bytes; 0 without a look."""
        return max((held for when, held in self.samples if began <= when <= ended), default=0)


def run_tree(command: Sequence[str], kill_after: float | None = None, seed: int = 0) -> TreeUsage:
    """Run a command to its end and return what it and all below it cost.

    Parameters
    ----------
    command
        Program and arguments, run in the checkout's folder.
    kill_after
        Kill one worker process after so many seconds, or later, when there is one; None for none.
    seed
        Says which worker.
    """
    environment = os.environ | {"PYTHONHASHSEED": "0", "DAGSTER_DISABLE_TELEMETRY": "yes"}
    samples: list[tuple[float, int]] = []
    highest: list[int] = []
    killed: list[int] = []
    done = threading.Event()
    began = time.perf_counter()

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            tree = processes_below(process.pid)
            samples.append((time.monotonic(), sum(map(held_bytes, tree))))
            highest.append(max(map(most_bytes, tree)))
            is_time = kill_after is not None and time.perf_counter() - began >= kill_after
            if is_time and not killed and (workers := [pid for pid in tree if is_worker(pid)]):
                killed.append(random.Random(seed).choice(workers))
                os.kill(killed[0], signal.SIGKILL)

    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=printed, stderr=printed)
        watch = threading.Thread(target=look)
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            done.set()
            watch.join()
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        output = printed.read().decode("utf-8", "replace")
    return TreeUsage(
        seconds,
        usage.ru_utime + usage.ru_stime,
        max((*highest, *(held for _, held in samples)), default=0),
        process.returncode,
        output[-20_000:],
        tuple(samples),
        len(killed),
    )


def processes_below(root: int) -> list[int]:
    """Return a process and all that it started, they and theirs, that are still there."""
    below: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _read(entry / "stat").rpartition(")")[2].split()
            if fields:
                below.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += below.get(pid, [])
    return found


def held_bytes(pid: int) -> int:
    """Return what a process holds in memory, its share of shared pages; 0 for one that is gone."""
    for line in _read(Path(f"/proc/{pid}/smaps_rollup")).splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    resident = _read(Path(f"/proc/{pid}/statm")).split()
    return int(resident[1]) * os.sysconf("SC_PAGE_SIZE") if resident else 0


def most_bytes(pid: int) -> int:
    """Return the most that a process ever held by itself; 0 for one that is gone."""
    lines = _read(Path(f"/proc/{pid}/status")).splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def is_worker(pid: int) -> bool:
    """Return whether a process is one that an executor has started."""
    return WORKER in _read(Path(f"/proc/{pid}/cmdline"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
