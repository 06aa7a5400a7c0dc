"""A Parquet file whose pages do not tell what they unpack to is read in a process of its own first.

That process watches its own memory and ends when it takes too much, so that no file takes this one down.

What belongs here: the trial. What does not: which files need one (`pages`), and reading rows (`tables`).
"""

import os
import resource
import subprocess
import sys
import threading
from pathlib import Path

import polars as pl

ENOUGH, TOO_MUCH, UNREADABLE = 0, 3, 4
"""How the process of a trial ends; killed by the system it has taken too much."""

_LOOK_SECONDS = 0.005
_SLACK_BYTES = 128 << 20  # threads and their buffers


def takes_too_much(path: Path, allowed: int, slice_rows: int) -> bool:
    """Return whether reading a file takes more than about `allowed` bytes of memory, or holds more.

    Parameters
    ----------
    path
        A Parquet file; that it cannot be read is no matter of its size.
    allowed
        Bytes, beside what the process takes without the file.
    slice_rows
        Rows that are read at once, as they will be later.
    """
    # Not by `multiprocessing`, which would run the caller's main module again.
    program = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import read; read(*sys.argv[1:])"
    command = [sys.executable, "-c", program, str(path), str(allowed), str(slice_rows)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode not in (ENOUGH, UNREADABLE)


def read(path: str, allowed: str, slice_rows: str) -> None:
    """Read a file slice by slice and end this process with the answer."""
    _read(Path(path), int(allowed), int(slice_rows))


def _read(path: Path, allowed: int, slice_rows: int) -> None:
    threading.Thread(target=_watch, args=(_memory() + allowed + _SLACK_BYTES,), daemon=True).start()
    n_bytes = 0
    try:
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False)
        height = frame.select(pl.len()).collect().item()
        for start in range(0, height, slice_rows):
            n_bytes += int(frame.slice(start, slice_rows).collect().estimated_size())
            if n_bytes > allowed:
                os._exit(TOO_MUCH)
    except BaseException:  # a panic of the reader is none of `Exception`
        os._exit(UNREADABLE)
    os._exit(ENOUGH)


def _watch(limit: int) -> None:
    wait = threading.Event()
    while _memory() <= limit:
        wait.wait(_LOOK_SECONDS)
    os._exit(TOO_MUCH)


def _memory() -> int:
    """Return the bytes that this process has in memory, or else the most that it ever had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
