"""Counts the writes of a process to a store and to Dagster's database, and kills the process at one of them.

It is loaded into a process before anything else: by `injected/sitecustomize.py` where the environment
names it, or by a forked child of the suite. The product knows nothing of it.

A *moment* is a side of a write: `half` (the file that is about to be shown is cut in the middle, where
nobody sees it yet), `before` and `after` the call. Its *window* says what is written; moments of one window
are counted.

What belongs here: what a write is, what it is called, and the kill. What does not: which moments are chosen
(`kills`). Only the standard library is imported here, since this comes first in every process.
"""

import builtins
import io
import os
import re
import signal
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

STORE = "FAULTS_STORE"
"""Environment variable: folder whose writes count."""
LOG = "FAULTS_LOG"
"""Environment variable: file to which every moment is written, one a line."""
KILL = "FAULTS_KILL"
"""Environment variable: `<window>:<n>:<side>`, the moment at which the process is killed."""
ROLE = "FAULTS_ROLE"
"""Environment variable: expression that the command of a process must hold to be counted; all if unset."""
ONCE = "FAULTS_ONCE"
"""Environment variable: file that the killed process leaves; where it exists nobody is killed any more."""
CLOCK = "FAULTS_CLOCK"
"""Environment variable: the moment of all decisions, ISO 8601."""

SIDES = ("half", "before", "after")

WINDOWS = (
    ("instance commit", r"dagster/.*\.db"),
    ("instance file", r"dagster/.*"),
    ("delivery", r"\w+/inbox/[^/]+"),
    ("delivered file", r"\w+/inbox/.+"),
    ("lock ticket", r"\w+/lock/.*"),
    ("attempt note", r"\w+/work/attempts/.*"),
    ("manifest", r"\w+/work/manifests/.*"),
    ("version shard", r"\w+/work/publication/.*"),
    ("cache", r"\w+/work/[a-z_]+/v[0-9]+/.*"),
    ("shard", r"\w+/(work|scores)/.*"),
    ("segment", r"\w+/index/.*"),
    ("version manifest", r"\w+/versions/[^/]+/manifest\.json"),
    ("version sums", r"\w+/versions/[^/]+/SHA256SUMS"),
    ("version link", r"\w+/versions/[^/]+/(data|ranking)/.*"),
    ("version file", r"\w+/versions/.*"),
    ("snapshot", r"\w+/ledger/snapshots/.*"),
    ("ledger link", r"\w+/ledger/.*"),
    ("CURRENT", r"\w+/CURRENT"),
    ("proposal", r"\w+/candidates/.*"),
    ("format", r"\w+/[^/]+"),
)
_TEMPORARY = re.compile(r"(^|/)\.(?P<name>[^/]+)\.[0-9a-f]{12,32}\.tmp(?=/|$)")
_STEP = re.compile(r"work/manifests/(\w+)/")


@dataclass(frozen=True)
class Moment:
    """One side of the n-th write of a window.

    Parameters
    ----------
    window
        What is written.
    n
        Its number among the writes of the window and side, from 1.
    side
        Of `SIDES`.
    step
        The last step that had stored its manifest, or `start`.
    """

    window: str
    n: int
    side: str
    step: str = "start"

    def __str__(self) -> str:
        return f"{self.window}:{self.n}:{self.side}"

    @classmethod
    def from_line(cls, line: str) -> "Moment":
        """Return the moment of a line of the log."""
        window, n, side, step = line.split(":")
        return cls(window, int(n), side, step)


def window_of(store: Path, path: Any) -> str | None:
    """Return what a write to a path is called; None outside the store.

    >>> window_of(Path("/s"), "/s/main/ledger/.000002.json.0123456789ab.tmp")
    'ledger link'
    """
    try:
        text = os.fsdecode(path)
    except TypeError:
        return None  # a descriptor
    absolute = os.path.abspath(text)  # noqa: PTH100 - a Path would resolve nothing either, and is slower
    if not absolute.startswith(f"{store}{os.sep}"):
        return None
    inside = _TEMPORARY.sub(r"\1\g<name>", absolute[len(str(store)) + 1 :])
    return next((name for name, form in WINDOWS if re.fullmatch(form, inside)), "other")


def is_unseen(path: Any) -> bool:
    """Return whether a file is temporary and has one name: what others see already is not cut by a kill."""
    if os.path.isdir(path) or not _TEMPORARY.search(os.fsdecode(path)):  # noqa: PTH112
        return False
    return os.stat(path).st_nlink == 1  # noqa: PTH116


class Watch:
    """The moments of this process.

    Parameters
    ----------
    store
        Folder whose writes count.
    kill
        The moment at which this process is killed, None for never.
    log
        File to which moments are written, None for none.
    once
        See `ONCE`.
    """

    def __init__(self, store: Path, kill: str | None, log: str | None, once: str | None) -> None:
        self.store = store
        self._kill = kill
        self._once = once
        self._log = None if log is None else os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._step = "start"
        self._guard = threading.RLock()

    def around(self, call: Callable[..., Any], path: Any, kind: str, cut: Any = None) -> Callable[..., Any]:
        """Return `call` with its moments around it, where `path` is in the store."""
        window = window_of(self.store, path)
        if window is None:
            return call
        name = window if kind == "write" else f"{window} {kind}"

        def watched(*args: Any, **more: Any) -> Any:
            if cut is not None:
                self._moment(name, "half", cut)
            self._moment(name, "before")
            result = call(*args, **more)
            found = _STEP.search(os.fsdecode(path)) if kind == "write" else None
            if found is not None:
                self._step = found[1]
            self._moment(name, "after")
            return result

        return watched

    def _moment(self, window: str, side: str, cut: Any = None) -> None:
        with self._guard:
            self._counts[window, side] += 1
            moment = Moment(window, self._counts[window, side], side, self._step)
            if self._log is not None:
                os.write(self._log, f"{moment}:{moment.step}\n".encode())
            if str(moment) != self._kill or not self._is_first():
                return
            if cut is not None:
                os.truncate(cut, os.stat(cut).st_size // 2)  # noqa: PTH116
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_first(self) -> bool:
        if self._once is None:
            return True
        try:
            os.close(os.open(self._once, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True


def install(environment: dict[str, str]) -> Watch | None:
    """Watch the writes of this process, as the environment says; return the watch, None for no watch.

    Called once in a process, before others have taken the functions that it replaces.
    """
    if CLOCK in environment:
        _set_clock(environment[CLOCK])
    if STORE not in environment or not re.search(environment.get(ROLE, ""), " ".join(sys.orig_argv)):
        return None
    watch = Watch(Path(environment[STORE]), *(environment.get(name) for name in (KILL, LOG, ONCE)))
    _wrap_files(watch)
    _wrap_sqlite(watch)
    return watch


def _wrap_files(watch: Watch) -> None:
    """Replace the calls by which files come into a store."""

    def moved(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(source: Any, target: Any, **more: Any) -> Any:
            cut = source if is_unseen(source) else None
            return watch.around(call, target, "write", cut)(source, target, **more)

        return wrapper

    def removed(call: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def wrapper(path: Any, *args: Any, **more: Any) -> Any:
            return watch.around(call, path, kind)(path, *args, **more)

        return wrapper

    def opened(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            writes = isinstance(mode, str) and set(mode) & set("wxa")
            return (watch.around(call, file, "open") if writes else call)(file, mode, *args, **more)

        return wrapper

    os.link, os.rename, os.replace = moved(os.link), moved(os.rename), moved(os.replace)
    os.unlink, os.mkdir = removed(os.unlink, "removal"), removed(os.mkdir, "folder")
    builtins.open = io.open = opened(io.open)


def _wrap_sqlite(watch: Watch) -> None:
    """Replace connections to SQLite by such whose commits are moments."""

    class Watched(sqlite3.Connection):
        def __init__(self, database: Any, *args: Any, **more: Any) -> None:
            super().__init__(database, *args, **more)
            self._path = database

        def commit(self) -> None:
            # A transaction without a change commits nothing.
            call = super().commit
            (watch.around(call, self._path, "write") if self.in_transaction else call)()

    connect = sqlite3.connect

    def connected(database: Any, *args: Any, **more: Any) -> sqlite3.Connection:
        return connect(database, *args, **{"factory": Watched, **more})

    sqlite3.connect = sqlite3.dbapi2.connect = connected


def _set_clock(at: str) -> None:
    """Give every ledger of this process the same moment for all its decisions."""
    from entropy_assets.ledger.book import Ledger

    moment = datetime.fromisoformat(at).astimezone(UTC)
    Ledger.__init__.__defaults__ = (lambda: moment,)
