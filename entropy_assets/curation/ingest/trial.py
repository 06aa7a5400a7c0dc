"""A Parquet file whose pages do not tell what they unpack to is read in a process of its own first.

That process watches its own memory and ends when it takes too much, so that no file takes this one down.

What belongs here: the trial. What does not: which files need one (`pages`), and reading rows (`tables`).
"""

import multiprocessing
import os
import resource
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
    process = multiprocessing.get_context("spawn").Process(target=_read, args=(path, allowed, slice_rows))
    process.start()
    try:
        process.join()
    finally:
        process.kill()
        process.join()
    return process.exitcode not in (ENOUGH, UNREADABLE)


def _read(path: Path, allowed: int, slice_rows: int) -> None:
    """Read the file slice by slice and end with the answer."""
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
    """Return the bytes that this process has in memory, or where that cannot be asked the most it ever had."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
