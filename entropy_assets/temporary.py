"""Files and folders that are being written: how they are called, who holds them, and what is swept.

What belongs here: what may be left behind by a kill, and what a disk says that cannot be written to.
What does not: the bytes, and where they go when they are whole (`storage`, `candidate.delivery`).
"""

import contextlib
import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
import tempfile
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from entropy_assets.errors import StorageFailed

TEMPORARY_NAME = re.compile(r"\..+\.[0-9a-f]{12}\.tmp", re.DOTALL)
"""Whole names of what is temporary; no data file and no drop is called so."""

INBOX = "inbox"
"""Folder whose entries are drops: nothing that is swept lies inside one of them."""

_ADVICE = {
    errno.ENOSPC: "free some space and run it again",
    errno.EDQUOT: "free some space and run it again",
    errno.EFBIG: "free some space, or raise the limit of file sizes, and run it again",
    errno.EROFS: "mount it for writing and run it again",
    errno.EACCES: "give the right to write there and run it again",
    errno.EPERM: "give the right to write there and run it again",
    errno.EIO: "check the disk and run it again",
}
_ERROR_NUMBER = re.compile(r"\(os error (\d+)\)")


_CLEARINGS: dict[tuple[int, str], Callable[[], None]] = {}
"""Process and a name of its own -> what removes something temporary of that process."""


@contextlib.contextmanager
def cleared(clear: Callable[[], None]) -> Iterator[None]:
    """Call `clear` when the block ends, or in `clear_left` where a signal came between two blocks.

    It is noted before anything is made, so it is called where nothing was, and may be called twice. A
    signal may fall after something was made and before the block that would remove it has begun.
    """
    key = (os.getpid(), uuid.uuid4().hex)
    _CLEARINGS[key] = clear
    try:
        yield
    finally:
        clear()
        _CLEARINGS.pop(key, None)


def clear_left() -> None:
    """Remove what this process has made that is temporary, the last first: for a command that was stopped."""
    for key in [key for key in reversed(_CLEARINGS) if key[0] == os.getpid()]:
        _CLEARINGS[key]()
        _CLEARINGS.pop(key, None)


@contextlib.contextmanager
def temporary_file(path: Path) -> Iterator[Path]:
    """Give the path of a file to be written beside `path`, see `temporary_beside`; it is removed after."""
    fresh = temporary_beside(path)
    with cleared(partial(fresh.unlink, missing_ok=True)):
        yield fresh


@contextlib.contextmanager
def temporary_folder(above: Path | None = None, prefix: str = "entropy-assets-") -> Iterator[Path]:
    """Give an empty folder for this user alone; it is removed with all that is in it.

    Parameters
    ----------
    above
        Folder to make it in; None for the system's folder of temporary files.
    prefix
        How its name begins.
    """
    # The name is known before the folder is made; `tempfile` tells it after.
    folder = (Path(tempfile.gettempdir()) if above is None else above) / f"{prefix}{secrets.token_urlsafe(6)}"
    with cleared(partial(shutil.rmtree, folder, ignore_errors=True)), full_named(folder.parent):
        folder.mkdir(mode=0o700)
        yield folder


_FULL_BYTES = 1 << 20


@contextlib.contextmanager
def full_named(folder: Path) -> Iterator[None]:
    """Name a folder of temporary files where something was to be written while its disk is full.

    Who writes there often has no path to name: the file has no name, or a library writes it.

    Raises
    ------
    StorageFailed
        Writing failed, nothing says where, and the folder's disk is full.
    """
    try:
        yield
    except StorageFailed:
        raise
    except Exception as error:
        told = disk_fault(error)
        is_named = isinstance(error, OSError) and error.filename is not None
        if told is None or is_named or shutil.disk_usage(folder).free > _FULL_BYTES:
            raise
        is_chosen = folder == Path(tempfile.gettempdir())
        way = ", or name another folder in TMPDIR" if is_chosen else ""
        raise StorageFailed(f"{folder} cannot be written: {told}{way}") from error


def temporary_beside(path: Path) -> Path:
    """Return a fresh path in the folder of `path`, under a name that `sweep_temporary` knows."""
    # A name has 255 bytes at most, and the path's own may have them all.
    stem = os.fsdecode(os.fsencode(path.name)[:200])
    return path.with_name(f".{stem}.{uuid.uuid4().hex[:12]}.tmp")


@contextlib.contextmanager
def written_to(path: object) -> Iterator[None]:
    """Turn what the system says of a disk that is full, read-only or broken into one sentence.

    Raises
    ------
    StorageFailed
        Writing failed for such a reason; other errors pass through.
    """
    try:
        yield
    except StorageFailed:
        raise
    except Exception as error:
        told = disk_fault(error)
        if told is None:
            raise
        raise StorageFailed(f"{path} cannot be written: {told}") from error


def disk_fault(error: BaseException) -> str | None:
    """Return what is wrong with the disk and what to do, or None where an error is of another kind."""
    if isinstance(error, OSError) and error.errno:
        number = error.errno
    else:  # libraries in Rust give the number in their text only
        found = _ERROR_NUMBER.search(str(error))
        number = int(found.group(1)) if found else 0
    return f"{os.strerror(number)}; {_ADVICE[number]}" if number in _ADVICE else None


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep a temporary file or folder from being swept while the block runs, and while this process lives.

    It is a lock on the open file, so a kill releases it. Where a file system has no locks nothing is
    held, and age alone protects what is being written.
    """
    with _locked(path, getattr(os, "O_NOFOLLOW", 0), fcntl.LOCK_SH | fcntl.LOCK_NB):
        yield


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until nobody else has a folder alone, and have it while the block runs.

    Where a file system has no locks, nobody waits.
    """
    with _locked(folder, 0, fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def _locked(path: Path, flags: int, kind: int) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDONLY | flags)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def staging_beside(path: Path) -> Iterator[Path]:
    """Give an empty temporary folder beside `path`, held; what is left of it afterwards is removed."""
    with written_to(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    staging = temporary_beside(path)
    with cleared(partial(shutil.rmtree, staging, ignore_errors=True)):
        with written_to(path.parent):
            staging.mkdir()
        with held(staging):
            yield staging


def sweep_temporary(root: Path, older_than: float) -> int:
    """Remove what kills have left behind under `root`; return how many files and folders were removed.

    Removed is what is named as a temporary file or folder, has nothing in it that was written at
    `older_than` or later, and is held by no process. Links are not followed, and drops are not looked
    into. What cannot be read or removed is left for the next time.

    Parameters
    ----------
    root
        ENTROPY_HOME, or the folder of one dataset.
    older_than
        Seconds since the epoch: the start of the oldest live run.
    """
    n_swept = 0
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as found:
                entries = list(found)
        except OSError:
            continue
        for entry in entries:
            with contextlib.suppress(OSError):
                if TEMPORARY_NAME.fullmatch(entry.name):
                    n_swept += _swept(folder / entry.name, older_than)
                elif folder.name != INBOX and entry.is_dir(follow_symlinks=False):
                    folders.append(folder / entry.name)
    return n_swept


def _swept(path: Path, older_than: float) -> bool:
    """Remove a temporary file or folder unless it is young, held, or of another kind."""
    mode = path.lstat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) or _last_written(path) >= older_than:
        return False
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if stat.S_ISDIR(mode):
            shutil.rmtree(path)
        else:
            path.unlink()
    finally:
        os.close(descriptor)
    return True


def _last_written(path: Path) -> float:
    """Return the newest time of change of a file, or of a folder and all that is in it."""
    newest = path.lstat().st_mtime
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):
                newest = max(newest, (Path(folder) / name).lstat().st_mtime)
    return newest
