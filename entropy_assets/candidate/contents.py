"""What a drop is made of: the files below its folder, a digest of them, and a quick mark of their state.

What belongs here: looking, without opening what is no regular file. What does not: copying and showing
(`delivery`), and what the files mean.
"""

import contextlib
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

from entropy_assets.curation.ingest.streams import open_file
from entropy_assets.errors import InvalidInput, StorageFailed
from entropy_assets.storage import SUCCESS_MARKER, digest_value

PIECE_BYTES = 1 << 20
"""Bytes of a file that are held at once."""

_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}


class Entry(NamedTuple):
    """Something below a drop's folder that is no folder: its name there, its place, what `lstat` says."""

    name: str
    path: Path
    facts: os.stat_result


def content_digest(folder: Path, added: Mapping[str, bytes] | None = None) -> str:
    """Return the SHA-256, 64 hexadecimal digits, over names and content of a drop's files.

    The marker and names that begin with a dot are left out. Of what is no regular file the kind counts,
    of a link where it leads; neither is opened. A file that is given counts as a folder with that file.

    Parameters
    ----------
    folder
        Folder of the drop; its files are read in pieces.
    added
        Name -> bytes of files that the drop has besides, or in place of its files of these names.

    Raises
    ------
    InvalidInput
        Something cannot be read.
    """
    added = added or {}
    listing = [[name, "a file", hashlib.sha256(data).hexdigest()] for name, data in added.items()]
    for name, path, facts in entries_of(folder):
        if name in added:
            continue
        if not stat.S_ISREG(facts.st_mode):
            listing.append([name, kind_of(facts), str(path.readlink()) if path.is_symlink() else ""])
            continue
        digest = hashlib.sha256()
        with opened(path) as file:
            for piece in iter(lambda: file.read(PIECE_BYTES), b""):
                digest.update(piece)
        listing.append([name, "a file", digest.hexdigest()])
    return digest_value(sorted(listing))


def quick_mark(folder: Path) -> str:
    """Return a digest over names, sizes and times of change of a drop's files: cheap, blind to content.

    It leaves out what `content_digest` leaves out. Times are in nanoseconds; a copy has other ones.

    Raises
    ------
    InvalidInput
        The folder cannot be read.
    """
    return mark_of(entries_of(folder))


def mark_of(entries: list[Entry]) -> str:
    """Return the quick mark of a listing."""
    return digest_value(
        [[name, kind_of(facts), facts.st_size, facts.st_mtime_ns] for name, _, facts in entries]
    )


def kind_of(facts: os.stat_result) -> str:
    """Return in words what an entry is."""
    return "a file" if stat.S_ISREG(facts.st_mode) else _KINDS.get(stat.S_IFMT(facts.st_mode), "a device")


def entries_of(root: Path, *, regular: bool = False) -> list[Entry]:
    """Return what lies below a drop's folder and is no folder, sorted by name; see `content_digest`.

    Parameters
    ----------
    root
        Folder of the drop, or its only file.
    regular
        Whether what is no regular file is refused where it is met: the rest may be without end.

    Raises
    ------
    InvalidInput
        A folder has the name of the marker, or something is no regular file.
    """
    with _readable(root):
        if not stat.S_ISDIR(root.stat().st_mode):
            return [Entry(root.name, root, root.stat())]
    found: list[Entry] = []
    folders = [("", root)]
    while folders:
        prefix, folder = folders.pop()
        with _readable(folder), os.scandir(folder) as entries:
            for entry in sorted(entries, key=lambda one: one.name):
                is_folder = entry.is_dir(follow_symlinks=False)
                if entry.name.startswith("."):
                    continue
                if entry.name == SUCCESS_MARKER and is_folder and not prefix:
                    raise InvalidInput(
                        f"{folder / entry.name} is a folder, and only the marker of a drop, a file, is "
                        "called so: rename it"
                    )
                if entry.name == SUCCESS_MARKER and not is_folder:
                    continue
                # A name need not be UTF-8, a digest is taken over text.
                name = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
                path = folder / entry.name
                if is_folder:
                    folders.append((f"{name}/", path))
                else:
                    found.append(Entry(name, path, path.lstat()))
                    if regular:
                        _require_regular(found[-1])
    return sorted(found, key=lambda entry: entry.name)


def _require_regular(entry: Entry) -> None:
    if not stat.S_ISREG(entry.facts.st_mode):
        is_link = stat.S_ISLNK(entry.facts.st_mode)
        way = (
            " (cp -rL FOLDER COPY makes files of the links of a folder, as of a hub's cache)"
            if is_link
            else ""
        )
        raise InvalidInput(
            f"{entry.path} is {kind_of(entry.facts)}: a drop holds regular files only; put a file in its "
            f"place{way}, or remove it, and deliver again"
        )


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageFailed:
        raise  # it is the copy that cannot be written
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be read: {error.strerror or error}; mend that and deliver again"
        ) from error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Give a regular file opened for reading; what goes wrong with it is bad input."""
    with _readable(path), open_file(path) as file:
        yield file
