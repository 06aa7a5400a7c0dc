"""The tickets of a dataset's queue: what one says, how it is named, and what every queue of them can do.

A ticket is a numbered object in a folder. Numbers only grow: the one with the highest number is never
removed, for it is the counter. The lowest living ticket holds the dataset.

Why two never hold at once. Whoever takes a number makes the ticket first and lists the folder afterwards.
Of two tickets a < b, either b's list came after a was made, so b waits for a; or it came before, so b was
made before a's list, and a sees a higher number than its own, withdraws and takes another. (A newcomer
that lists, is stopped, and then makes a number that was used and swept in the meantime would otherwise
hold beside a higher one.)

What belongs here: words and names. What does not: how a ticket is known to live (`flock_queue`,
`lease_queue`), and who may nest (`lock`).
"""

import contextlib
import os
import random
import re
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from upath import UPath

from entropy_assets.errors import StoreDamaged
from entropy_assets.storage import canonical_json, parse_json

N_TRIES = 200
"""How often a ticket is taken again before its folder is called unusable."""

_TICKET_NAME = re.compile(r"^([0-9]{6,18})\.json$")
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Holder:
    """Who has a ticket.

    Parameters
    ----------
    number
        Number of the ticket, from its name.
    run
        Name of the run.
    candidate
        Key of the candidate that the run decides.
    host
        Name of the machine.
    pid
        Number of the process there, 0 where it is unknown.
    since
        When the ticket was taken, UTC in ISO 8601; by that machine's clock, so for people only.
    """

    number: int
    run: str
    candidate: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        return (
            f"run {self.run} of {self.candidate} (host {self.host}, process {self.pid}, since {self.since})"
        )


class Ticket(Protocol):
    """One place in the queue of a dataset; used by one thread."""

    number: int

    def take(self) -> None:
        """Take the next number."""

    def front(self) -> Holder | None:
        """Return who holds the first living ticket before this one, or None."""

    def sleep(self, seconds: float | None) -> None:
        """Sleep until `front` may have changed, at most `seconds`."""

    def enter(self) -> bool:
        """Return whether this ticket now holds the dataset; False means: ask `front` again."""

    def check(self) -> None:
        """Raise `StorageConflict` if this ticket no longer holds the dataset."""

    def leave(self) -> None:
        """Give the ticket up; it may be called at any moment, and twice."""


def new_holder(run: str, candidate: str) -> Holder:
    """Return this process as the holder of a ticket that has no number yet."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return Holder(0, run, candidate, socket.gethostname(), os.getpid(), since)


def ticket_name(number: int) -> str:
    """Return the name of the object of ticket `number`.

    >>> ticket_name(17)
    '000017.json'
    """
    return f"{number:06d}.json"


def ticket_numbers(names: Iterable[str]) -> list[int]:
    """Return the numbers of the tickets among the names of a folder, sorted.

    >>> ticket_numbers([".ticket.1f.tmp", "000017.json", "000003.json", "0000017.json", "notes.json"])
    [3, 17]
    """
    found = [(name, int(match[1])) for name in names if (match := _TICKET_NAME.fullmatch(name))]
    return sorted(number for name, number in found if ticket_name(number) == name)


def ticket_bytes(holder: Holder, **more: str | int | bool) -> bytes:
    """Return the content of a ticket; its number stands in the name alone, so that they cannot differ."""
    fields = {name: value for name, value in asdict(holder).items() if name != "number"}
    return canonical_json({**fields, **more})


def read_holder(number: int, data: bytes) -> Holder:
    """Return who wrote ticket `number`; what is empty, torn or of another make is shown as unknown."""
    try:
        value = parse_json(data)
        texts = [value[name] for name in ("run", "candidate", "host", "since")]
        pid = value["pid"]
        if all(isinstance(text, str) for text in texts) and isinstance(pid, int):
            run, candidate, host, since = texts
            return Holder(number, run, candidate, host, pid, since)
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    return Holder(number, _UNKNOWN, _UNKNOWN, _UNKNOWN, 0, _UNKNOWN)


def pause_before_try(n_tries: int) -> None:
    """Sleep for a random while of at most 0.25 s that grows with the tries, so that newcomers part."""
    time.sleep(random.uniform(0, 0.001 * 2 ** min(n_tries, 8)))


@contextlib.contextmanager
def explained(folder: Path | UPath) -> Iterator[None]:
    """Turn an error of the operating system into one sentence.

    Raises
    ------
    StoreDamaged
        The folder cannot hold tickets.
    """
    try:
        yield
    except OSError as failed:
        error = failed.__cause__ if isinstance(failed.__cause__, OSError) else failed
        raise StoreDamaged(
            f"{folder} must be a folder in which tickets can be made, read, linked and locked, "
            f"got: {error.strerror or error}; make it writable and free some space, then run again"
        ) from error
