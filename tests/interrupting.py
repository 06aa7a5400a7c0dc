"""A signal at every place of the code that makes what is temporary, one after the other."""

import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from entropy_assets.cli.signals import Interrupted

WATCHED = (
    "entropy_assets/temporary.py",
    "entropy_assets/storage.py",
    "entropy_assets/linking.py",
    "entropy_assets/cli/places.py",
    "entropy_assets/cli/ingest.py",
    "entropy_assets/cli/dedup.py",
    "entropy_assets/cli/export.py",
    "entropy_assets/execution/processes.py",
    "/contextlib.py",
    "/tempfile.py",
)
"""Ends of the names of files in which a signal may fall between two instructions."""


def interrupted_everywhere(work: Callable[[], Any], watched: tuple[str, ...] = WATCHED) -> Iterator[int]:
    """Do the work again and again, interrupted before the first instruction, the second, and so on.

    After each time the number of the instruction is yielded; the last time nothing interrupts.
    """
    number, is_cut = 0, True
    while is_cut:
        is_cut = _interrupted(work, number, watched)
        yield number
        number += 1


def _interrupted(work: Callable[[], Any], number: int, watched: tuple[str, ...]) -> bool:
    """Return whether the work was interrupted, before one instruction of the watched files."""
    n_seen = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal n_seen
        if not frame.f_code.co_filename.endswith(watched):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            n_seen += 1
            if n_seen == number + 1:
                sys.settrace(None)
                raise Interrupted(15)
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    except Interrupted:
        pass
    finally:
        sys.settrace(former)
    return n_seen > number
