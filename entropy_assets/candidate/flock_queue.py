"""Tickets on one host: files that live as long as the kernel says that their process does.

A ticket is locked before it is linked to its name, so it is never seen unlocked while its process lives,
and the kernel frees it with the process, however that ends. Owners lock exclusively; whoever asks or
waits locks shared, so that askers never take each other for owners.

`flock` and not `fcntl.lockf`: a record lock belongs to the process, which drops it when it closes *any*
descriptor of the file (reading a ticket would free it), and two threads would both get it. A `flock`
belongs to the open file, which a forked child shares and would keep locked after its parent's death. So
own descriptors are closed in forked children (here) and in executed programs (close-on-exec).

What belongs here: files, locks, and forks. What does not: the order of the queue (`tickets`).
"""

import contextlib
import errno
import fcntl
import functools
import os
import stat
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

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

NAP_SECONDS = 0.1
"""How long a waiter with a time limit sleeps before it looks again; without a limit the kernel wakes it."""

_MOST_BYTES = 65_536
_own: set[int] = set()
_own_guard = threading.RLock()


class FlockTicket:
    """A place in the queue of a folder on this host; see `tickets.Ticket`.

    Parameters
    ----------
    folder
        Folder of the tickets, on a disk of this host; it is made when it is missing.
    holder
        Who takes the ticket.
    """

    def __init__(self, folder: Path, holder: Holder) -> None:
        _close_own_in_forked_children()
        self.folder = folder
        self.number = 0
        self._holder = holder
        self._descriptor: int | None = None
        self._before: list[int] = []

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
                made = self._make()
                numbers = _numbers(self.folder)
            # The highest number of all, and not taken away by a sweeper of an older ticket of this number.
            if made and self._is_in_place() and max(numbers, default=0) <= self.number:
                self._before = [number for number in numbers if number < self.number]
                return
            self.leave()
            pause_before_try(n_tries)
        raise StorageConflict(
            f"{self.folder} gave no ticket in {N_TRIES} tries, since others were first each time: "
            "start fewer runs at once"
        )

    def _make(self) -> bool:
        """Return whether a locked file could be linked to the next number; else it was swept as dead."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f".ticket.{uuid.uuid4().hex}.tmp"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            with _own_guard:
                self._descriptor = os.open(temporary, flags, 0o666)
                _own.add(self._descriptor)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with open(self._descriptor, "wb", closefd=False) as file:
                file.write(ticket_bytes(self._holder))
            self.number = max(_numbers(self.folder), default=0) + 1
            while not self._linked(temporary):
                self.number += 1
        except (BlockingIOError, FileNotFoundError):
            return False
        finally:
            temporary.unlink(missing_ok=True)
        return True

    def _linked(self, temporary: Path) -> bool:
        try:
            os.link(temporary, self._path)
        except FileExistsError:
            return False
        return True

    @property
    def _path(self) -> Path:
        return self.folder / ticket_name(self.number)

    def _is_in_place(self) -> bool:
        """Return whether the file of this number is still the one that this ticket has locked."""
        if self._descriptor is None:
            return False
        try:
            return os.path.samestat(os.lstat(self._path), os.fstat(self._descriptor))
        except OSError:
            return False

    def front(self) -> Holder | None:
        """Return who holds the first living ticket before this one, or None.

        Raises
        ------
        InvalidInput
            A ticket cannot be opened.
        """
        with explained(self.folder):
            while self._before:
                with _opened(self.folder, self._before[0]) as descriptor:
                    if descriptor is not None and _is_locked(descriptor):
                        return _holder(self._before[0], descriptor)
                # No ticket below this one is ever made again, save one that withdraws: dead is dead.
                del self._before[0]
        return None

    def sleep(self, seconds: float | None) -> None:
        """Sleep until the first ticket before this one is free, at most `seconds`.

        Raises
        ------
        InvalidInput
            A ticket cannot be opened.
        """
        if not self._before:
            return
        if seconds is not None:  # the kernel's wait has no time limit
            time.sleep(max(0.0, min(seconds, NAP_SECONDS)))
            return
        with explained(self.folder), _opened(self.folder, self._before[0]) as descriptor:
            if descriptor is not None:
                fcntl.flock(descriptor, fcntl.LOCK_SH)

    def enter(self) -> bool:
        """Return True, after sweeping what the dead left behind.

        Raises
        ------
        InvalidInput
            The folder cannot be read.
        """
        with explained(self.folder):
            for number in _numbers(self.folder):
                if number < self.number:
                    _sweep(self.folder / ticket_name(number))
            for temporary in self.folder.glob(".ticket.*.tmp"):
                _sweep(temporary)
        return True

    def check(self) -> None:
        """Raise if the file of this ticket is gone, so that others cannot see that the dataset is held.

        Raises
        ------
        StorageConflict
            Somebody removed or replaced the file.
        """
        if not self._is_in_place():
            raise StorageConflict(
                f"ticket {self._path} of {self._holder} must stay until its run ends, got: removed by "
                "somebody else; stop this run and start it again, and leave that folder alone"
            )

    def leave(self) -> None:
        """Give the ticket up; in a forked child it is the parent's, and nothing happens."""
        if os.getpid() != self._holder.pid or self._descriptor is None:
            return
        try:
            with contextlib.suppress(OSError):  # of a disk that became read-only; the lock is freed below
                if self._is_in_place() and max(_numbers(self.folder), default=0) > self.number:
                    self._path.unlink(missing_ok=True)
        finally:
            with _own_guard:
                descriptor, self._descriptor = self._descriptor, None
                _own.discard(descriptor)
                os.close(descriptor)


def living(folder: Path) -> list[Holder]:
    """Return who holds the living tickets of a folder, in the order of their numbers.

    Raises
    ------
    InvalidInput
        The folder or a ticket cannot be read.
    """
    holders = []
    with explained(folder):
        for number in _numbers(folder):
            with _opened(folder, number) as descriptor:
                if descriptor is not None and _is_locked(descriptor):
                    holders.append(_holder(number, descriptor))
    return holders


def _numbers(folder: Path) -> list[int]:
    try:
        return ticket_numbers(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return []


@contextlib.contextmanager
def _opened(folder: Path, number: int) -> Iterator[int | None]:
    """Give a descriptor for asking about a ticket, or None where no such file is."""
    try:
        # Not blocking, since a pipe of that name would wait for a writer; a link is nobody's ticket.
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
        descriptor = os.open(folder / ticket_name(number), flags)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ELOOP, errno.ENXIO, errno.EOPNOTSUPP):
            raise
        yield None
        return
    try:
        yield descriptor if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    finally:
        os.close(descriptor)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False


def _holder(number: int, descriptor: int) -> Holder:
    return read_holder(number, os.pread(descriptor, _MOST_BYTES, 0))


def _sweep(path: Path) -> None:
    """Remove a file that nobody has locked; what cannot be removed is left for the next one."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            if not _is_locked(descriptor):
                path.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


@functools.cache
def _close_own_in_forked_children() -> None:
    """Have forked children close the locked descriptors; closing a copy leaves the parent's lock alone."""

    # The guard is held over the fork, so that no descriptor is open and not yet in the set.
    def before() -> None:
        _own_guard.acquire()

    def after_in_parent() -> None:
        _own_guard.release()

    def after_in_child() -> None:
        for descriptor in _own:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        _own.clear()
        _own_guard.release()

    os.register_at_fork(before=before, after_in_parent=after_in_parent, after_in_child=after_in_child)
