"""Ctrl-C and SIGTERM as an exception, so that a command clears away what is temporary."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupted(Exception):
    """Ctrl-C or SIGTERM; its argument is the number of the signal."""


@contextmanager
def signals_raise() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into `Interrupted` while the block runs."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number)

    former = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
