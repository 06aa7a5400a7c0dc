"""Tickets beyond one host: objects that live as long as they are renewed.

The owner's thread writes its ticket anew every third of `ttl_seconds`; a reader who has watched the same
content for `ttl_seconds` calls it dead (`lease_watch`).

Whoever gets the dataset first makes `000018.held`. The highest such mark is never removed, so an owner that
was stopped for long and comes back finds a mark above its own number, whatever was swept and whatever its
late renewal wrote: it has been passed over. Until it looks, two work at once; no lease can rule that out,
and the ledger refuses the one whose parent is no longer current.

What belongs here: objects, marks and renewal. What does not: the order of the queue (`tickets`).
"""

import contextlib
import os
import re
import threading
import time
import uuid
from collections.abc import Iterable

from upath import UPath

from entropy_assets.candidate.lease_watch import Watch
from entropy_assets.candidate.tickets import (
    N_TRIES,
    Holder,
    explained,
    pause_before_try,
    read_holder,
    ticket_bytes,
    ticket_name,
    ticket_numbers,
)
from entropy_assets.errors import StorageConflict
from entropy_assets.storage import create_exclusive, put

_FREE = b'"free":true'  # in a name it would stand with its quotes escaped
_MARK_NAME = re.compile(r"^([0-9]{6,18})\.held$")
_TEMPORARY_NAME = re.compile(r"^\.([0-9]{6,18})\.(?:json|held)\.[0-9a-f]+\.tmp$")


class LeaseTicket:
    """A place in the queue of a folder that several hosts share; see `tickets.Ticket`.

    Parameters
    ----------
    folder
        Folder of the tickets.
    holder
        Who takes the ticket.
    watch
        What this process has seen of the folder.
    """

    def __init__(self, folder: UPath, holder: Holder, watch: Watch) -> None:
        self.folder = folder
        self.number = 0
        self._holder = holder
        self._watch = watch
        self._nonce = uuid.uuid4().hex
        self._n_renewals = 0
        self._renewed = 0.0
        self._writing = threading.Lock()  # of the renewing thread and the owner, one writes at a time
        self._left = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def _path(self) -> UPath:
        return self.folder / ticket_name(self.number)

    def take(self) -> None:
        """Take the next number.

        Raises
        ------
        InvalidInput
            The folder cannot hold tickets.
        StorageConflict
            Others were first `N_TRIES` times.
        """
        for n_tries in range(N_TRIES):
            with explained(self.folder):
                self._make()
                is_highest = max(ticket_numbers(_names(self.folder)), default=0) <= self.number
                if is_highest and self._is_in_place() and self._passed_by() is None:
                    break
            self._withdraw()
            pause_before_try(n_tries)
        else:
            raise StorageConflict(
                f"{self.folder} gave no ticket in {N_TRIES} tries, since others were first each time: "
                "start fewer runs at once"
            )
        if self._thread is None:
            name = f"renews ticket in {self.folder}"
            self._thread = threading.Thread(target=self._keep_renewing, name=name, daemon=True)
            self._thread.start()

    def _make(self) -> None:
        number = max(ticket_numbers(_names(self.folder)), default=0) + 1
        was_swept = False
        while True:
            try:
                with self._writing:
                    create_exclusive(self.folder / ticket_name(number), self._content())
                    self.number, self._renewed = number, time.monotonic()
                return
            except StorageConflict:
                number += 1
            except FileNotFoundError:  # the temporary file of a local folder was swept as a dead one's
                if was_swept:
                    raise
                was_swept = True

    def _content(self) -> bytes:
        self._n_renewals += 1
        return ticket_bytes(self._holder, nonce=self._nonce, renewal=self._n_renewals)

    def _is_in_place(self) -> bool:
        """Return whether the object of this number is this ticket's: not every store creates exclusively."""
        return self._nonce.encode() in (_read(self._path) or b"")

    def _passed_by(self) -> int | None:
        """Return the number of a later ticket that has got the dataset, or None."""
        highest = max(_marks(_names(self.folder)), default=0)
        return highest if highest > self.number else None

    def _keep_renewing(self) -> None:
        while not self._left.wait(self._watch.ttl_seconds / 3):
            # Whatever a store's client raises: the thread goes on, and `check` tells the owner.
            with contextlib.suppress(Exception):
                self._renew()

    def _renew(self) -> None:
        with self._writing:
            if self._left.is_set() or not self.number or self._passed_by():
                return
            put(self._path, self._content())
            self._renewed = time.monotonic()
            if self._passed_by():  # meanwhile: what was just written may be what a sweeper had removed
                _remove(self._path)

    def front(self) -> Holder | None:
        """Return who holds the first living ticket before this one, or None.

        A ticket that was passed over while it waited is taken anew, at the end of the queue.

        Raises
        ------
        InvalidInput
            The folder cannot be read or written.
        StorageConflict
            No new ticket could be had.
        """
        with explained(self.folder):
            while self._passed_by():
                self._withdraw()
                self.take()
            holders = _living_before(self.folder, self._watch, self.number)
        return holders[0] if holders else None

    def sleep(self, seconds: float | None) -> None:
        """Sleep for a tenth of `ttl_seconds`, at most `seconds`."""
        nap = self._watch.ttl_seconds / 10
        time.sleep(nap if seconds is None else max(0.0, min(seconds, nap)))

    def enter(self) -> bool:
        """Return whether the mark of this number is made and is the highest; then sweep what is below it.

        Raises
        ------
        InvalidInput
            The folder cannot be written.
        """
        with explained(self.folder):
            try:
                create_exclusive(self.folder / f"{self.number:06d}.held", ticket_bytes(self._holder))
            except StorageConflict:
                self._withdraw()
                self.take()
                return False
            if self._passed_by():
                return False
            with self._writing:  # so that no temporary file of this number is a living one's
                for name in _names(self.folder):
                    numbers = [*ticket_numbers([name]), *_marks([name])]
                    if any(number < self.number for number in numbers) or any(
                        number <= self.number for number in _temporaries([name])
                    ):
                        _remove(self.folder / name)
        return True

    def check(self) -> None:
        """Raise if a later ticket has got the dataset, or the store does not answer.

        Raises
        ------
        StorageConflict
            This run no longer holds the dataset, or cannot know it.
        """
        silent = time.monotonic() - self._renewed
        try:
            if silent > self._watch.ttl_seconds / 2:  # this process was stopped, or the store failed
                self._renew()
            passed_by = self._passed_by()
        except Exception as error:
            raise StorageConflict(
                f"ticket {self._path} of {self._holder} must be renewed every {self._watch.ttl_seconds:g} s, "
                f"got: {error}; see that the store answers, then start this run again"
            ) from error
        if passed_by:
            raise StorageConflict(
                f"ticket {self._path} of {self._holder} must be renewed every {self._watch.ttl_seconds:g} s, "
                f"got: not renewed in time, and ticket {passed_by} holds the dataset now; "
                "stop this run and start it again"
            )

    def _withdraw(self) -> None:
        """Remove this ticket; the highest one stays, as the counter, and says that it is nobody's."""
        with self._writing:
            number, self.number = self.number, 0
            if not number:
                return
            path = self.folder / ticket_name(number)
            with contextlib.suppress(OSError):  # a ticket that cannot be removed dies of its age
                if self._nonce.encode() not in (_read(path) or b""):
                    return
                if max(ticket_numbers(_names(self.folder)), default=0) > number:
                    _remove(path)
                else:
                    put(path, ticket_bytes(self._holder, free=True))

    def leave(self) -> None:
        """Give the ticket up; in a forked child it is the parent's, and nothing happens."""
        if os.getpid() == self._holder.pid:
            self._left.set()
            self._withdraw()


def living(folder: UPath, watch: Watch) -> list[Holder]:
    """Return who holds the tickets that may be alive, in the order of their numbers.

    A dead one is listed until this process has watched it for `ttl_seconds`, in calls like this.

    Raises
    ------
    InvalidInput
        The folder or a ticket cannot be read.
    """
    with explained(folder):
        return _living_before(folder, watch, None)


def _living_before(folder: UPath, watch: Watch, end: int | None) -> list[Holder]:
    numbers = ticket_numbers(_names(folder))
    holders = []
    for number in numbers:
        if end is not None and number >= end:
            break
        asked = time.monotonic()
        data = _read(folder / ticket_name(number))
        if data is None or _FREE in data:
            continue
        if watch.lives(number, data, asked, time.monotonic()):
            holders.append(read_holder(number, data))
    watch.forget_others(numbers)
    return holders


def _names(folder: UPath) -> list[str]:
    folder.fs.invalidate_cache(folder.path)  # clients of object stores remember listings
    try:
        return [path.rstrip("/").rsplit("/", 1)[-1] for path in folder.fs.ls(folder.path, detail=False)]
    except FileNotFoundError:
        return []


def _read(path: UPath) -> bytes | None:
    """Return what is stored, None where no object is."""
    try:
        return bytes(path.fs.cat_file(path.path))
    except (FileNotFoundError, IsADirectoryError):
        return None


def _remove(path: UPath) -> None:
    with contextlib.suppress(OSError):
        path.fs.rm_file(path.path)


def _marks(names: Iterable[str]) -> list[int]:
    return [int(match[1]) for match in map(_MARK_NAME.fullmatch, names) if match]


def _temporaries(names: Iterable[str]) -> list[int]:
    return [int(match[1]) for match in map(_TEMPORARY_NAME.fullmatch, names) if match]
