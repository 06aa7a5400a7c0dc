"""Ctrl-C and SIGTERM as an exception, so that a command clears away what is temporary."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from entropy_assets.cli.printing import say
from entropy_assets.temporary import clear_left


class Interrupted(Exception):
    """Ctrl-C or SIGTERM; its argument is the number of the signal."""


@contextmanager
def signals_raise() -> Iterator[None]:
    """Turn Ctrl-C and SIGTERM into `Interrupted` while the block runs; then nothing temporary is left."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Interrupted(number)

    former = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Interrupted:
        for number in former:
            signal.signal(number, signal.SIG_IGN)  # a second one would come in the midst of this
        clear_left()
        raise
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


@contextmanager
def stoppable() -> Iterator[None]:
    """End a command that Ctrl-C or SIGTERM has stopped before it wrote its result: one line, 128 + signal."""
    try:
        with signals_raise():
            yield
    except Interrupted as stopped:
        say("stopped; nothing was written", err=True)
        raise typer.Exit(128 + stopped.args[0]) from stopped
