"""What a step costs: processor seconds and memory.

What belongs here: measuring a block of code. What does not: what is made of the figures.
"""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def measured() -> Iterator[dict[str, Any]]:
    """Yield what the block costs, once it is over.

    Yields
    ------
    dict[str, Any]
        `cpu_seconds` of this process and its children; `memory_bytes`, the peak of resident memory above the
        start, None where the system does not tell it.
    """
    cost: dict[str, Any] = {}
    before, began = _peak_bytes(reset=True), _cpu_seconds()
    yield cost
    after = _peak_bytes(reset=False)
    cost["cpu_seconds"] = round(_cpu_seconds() - began, 2)
    cost["memory_bytes"] = None if before is None or after is None else max(after - before, 0)


def _cpu_seconds() -> float:
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + own.ru_utime + own.ru_stime


def _peak_bytes(*, reset: bool) -> int | None:
    """Return the peak of resident memory since it was last reset; None where the system does not tell."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return None
