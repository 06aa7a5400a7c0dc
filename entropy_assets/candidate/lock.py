"""One run a dataset at a time: in the order of arrival, asleep while it waits, free when its holder dies.

It saves work, and no more: the data are right without it, since the ledger refuses a decision whose parent
is no longer current. So a lease that was passed over, or a folder of tickets that somebody removed, costs a
run and never a dataset.

What belongs here: who may nest, waiting with a time limit, and what callers see. What does not: the tickets
(`tickets`) and how they are known to live (`flock_queue` on one host, `lease_queue` beyond).
"""

import functools
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from upath import UPath

from entropy_assets.candidate import flock_queue, lease_queue
from entropy_assets.candidate.flock_queue import FlockTicket
from entropy_assets.candidate.lease_queue import LeaseTicket
from entropy_assets.candidate.lease_watch import Watch
from entropy_assets.candidate.tickets import Holder, Ticket, new_holder
from entropy_assets.errors import InvalidParameter, StorageConflict

__all__ = ["DatasetLock", "Held", "Holder"]

Kind = Literal["flock", "lease"]


class Held:
    """The dataset, held.

    Parameters
    ----------
    number
        Number of the ticket, higher than that of every holder before: the fencing number.
    """

    def __init__(self, ticket: Ticket) -> None:
        self.number = ticket.number
        self._ticket = ticket
        self._pid = os.getpid()

    def check(self) -> None:
        """Raise if the dataset is no longer held by this run: before each write that others see.

        Raises
        ------
        StorageConflict
            A lease was passed over, the ticket was removed, or this is a forked child of the holder.
        """
        if os.getpid() != self._pid:
            raise StorageConflict(
                f"ticket {self.number} belongs to process {self._pid}, got: process {os.getpid()}, "
                "a forked child of it; take the lock in the process that writes"
            )
        self._ticket.check()


@dataclass
class _Claim:
    """What this process holds: of one folder at most one run, nested `depth` times."""

    run: str
    ticket: Ticket
    depth: int = 1


_claims: dict[str, _Claim] = {}
_watches: dict[tuple[str, float], Watch] = {}
_guard = threading.Lock()


class DatasetLock:
    """The queue of one dataset's runs.

    Parameters
    ----------
    folder
        Folder of the tickets, which nothing else uses; it is made when it is missing. What stays in it when
        nobody holds the dataset is the counter: the last ticket, and the last `.held` mark of a lease.
    kind
        `flock`: all runs are on one host, and the folder is on a disk of it. `lease`: tickets are renewed
        objects. None chooses by the folder: `flock` for a local path, `lease` for a store. Everybody who
        uses a folder must use the same kind.
    ttl_seconds
        A lease that was not renewed for so long is dead; at least a few times the longest pause of a
        writer, and equal for everybody who uses the folder.

    Raises
    ------
    InvalidParameter
        The kind is unknown or cannot be used with this folder, or the time is not above 0.
    """

    def __init__(self, folder: UPath, *, kind: Kind | None = None, ttl_seconds: float = 60.0) -> None:
        is_local = folder.protocol in ("", "file", "local")
        if kind not in (None, "flock", "lease"):
            raise InvalidParameter(f"kind of a lock must be flock or lease, got {kind!r}: choose one of them")
        if kind == "flock" and not is_local:
            raise InvalidParameter(f"kind flock needs a folder on this host, got {folder}: choose lease")
        if not (ttl_seconds > 0 and math.isfinite(ttl_seconds)):
            raise InvalidParameter(
                f"ttl_seconds must be a number above 0, got {ttl_seconds}: 60 suits most stores"
            )
        self.folder = folder
        self.kind: Kind = kind or ("flock" if is_local else "lease")
        # One folder, one key, however its path is spelt.
        self._path = Path(os.path.realpath(folder.path)) if is_local else None
        self._key = f"{self.kind}:{self._path or folder}"
        self._ttl_seconds = ttl_seconds
        _forget_claims_in_forked_children()

    @property
    def _watch(self) -> Watch:
        """What this process has seen of the folder: one for all who look, since death takes time to see."""
        return _watches.setdefault((self._key, self._ttl_seconds), Watch(self._ttl_seconds))

    @contextmanager
    def held(
        self,
        run: str,
        candidate: str,
        on_wait: Callable[[Holder], None] | None = None,
        timeout_seconds: float | None = None,
    ) -> Iterator[Held]:
        """Give the dataset, once everybody who came before is gone; give it up at the end.

        A run that already holds it in this process, in whatever thread, gets it again at once.

        Parameters
        ----------
        run
            Name of the run.
        candidate
            Key of the candidate that it decides.
        on_wait
            Called with each holder for whom this run waits, once each.
        timeout_seconds
            How long to wait at most, None without an end.

        Raises
        ------
        InvalidInput
            The folder cannot hold tickets.
        InvalidParameter
            The time limit is not a number of at least 0.
        StorageConflict
            Somebody else still held it when the time was over.
        """
        if timeout_seconds is not None and not timeout_seconds >= 0:
            raise InvalidParameter(f"timeout_seconds must be at least 0, got {timeout_seconds}: or give None")
        end = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        claim = self._nested(run)
        ticket = claim.ticket if claim else self._new_ticket(run, candidate)
        try:
            if claim is None:
                ticket.take()
                _wait(ticket, on_wait, end, f"{self.folder} after {timeout_seconds} s")
                claim = self._claimed(run, ticket)
            yield Held(ticket)
        finally:
            self._give_up(claim, ticket)

    @contextmanager
    def try_held(self, run: str, candidate: str) -> Iterator[Held | None]:
        """Give the dataset, or None if somebody who may be alive is before this run; never wait.

        Of several who try at the same moment, all may get None. A lease cannot be seen to be dead at first
        sight: a dead one gives way after this process has tried for `ttl_seconds`.

        Parameters
        ----------
        run
            Name of the run.
        candidate
            Key of the candidate that it decides.

        Raises
        ------
        InvalidInput
            The folder cannot hold tickets.
        """
        claim = self._nested(run)
        ticket = claim.ticket if claim else self._new_ticket(run, candidate)
        try:
            if claim is None:
                ticket.take()
                if ticket.front() is None and ticket.enter():
                    claim = self._claimed(run, ticket)
                else:
                    ticket.leave()
            yield Held(ticket) if claim else None
        finally:
            self._give_up(claim, ticket)

    def live(self) -> list[Holder]:
        """Return who holds the dataset and who waits for it, in order; never wait, and disturb nobody.

        A dead lease is listed until this process has watched it for `ttl_seconds`.

        Raises
        ------
        InvalidInput
            The folder or a ticket cannot be read.
        """
        if self.kind == "flock" and self._path is not None:
            return flock_queue.living(self._path)
        return lease_queue.living(self.folder, self._watch)

    def _new_ticket(self, run: str, candidate: str) -> Ticket:
        holder = new_holder(run, candidate)
        if self.kind == "flock" and self._path is not None:
            return FlockTicket(self._path, holder)
        return LeaseTicket(self.folder, holder, self._watch)

    def _nested(self, run: str) -> _Claim | None:
        with _guard:
            claim = _claims.get(self._key)
            if claim is None or claim.run != run:
                return None
            claim.depth += 1
            return claim

    def _claimed(self, run: str, ticket: Ticket) -> _Claim:
        claim = _Claim(run, ticket)
        with _guard:
            _claims[self._key] = claim
        return claim

    def _give_up(self, claim: _Claim | None, ticket: Ticket) -> None:
        if claim is not None:
            with _guard:
                claim.depth -= 1
                if claim.depth:
                    return
                if _claims.get(self._key) is claim:
                    del _claims[self._key]
        ticket.leave()


def _wait(ticket: Ticket, on_wait: Callable[[Holder], None] | None, end: float | None, what: str) -> None:
    """Return when the ticket holds; tell of each holder once.

    Raises
    ------
    StorageConflict
        The time is over.
    """
    told: set[int] = set()
    while True:
        holder = ticket.front()
        if holder is None:
            if ticket.enter():
                return
            continue
        if on_wait is not None and holder.number not in told:
            told.add(holder.number)
            on_wait(holder)
        seconds = None if end is None else end - time.monotonic()
        if seconds is not None and seconds <= 0:
            raise StorageConflict(f"{what} must be free, got: held by {holder}; wait for it, or end it")
        ticket.sleep(seconds)


@functools.cache
def _forget_claims_in_forked_children() -> None:
    """Have a forked child hold nothing: a claim is its parent's, and so is a guard that a thread had."""

    def forget() -> None:
        global _guard
        _guard = threading.Lock()
        _claims.clear()
        _watches.clear()

    os.register_at_fork(after_in_child=forget)
