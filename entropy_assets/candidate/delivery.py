"""A delivery: a folder or file becomes a drop in the inbox, shown whole and at once, or not at all.

It is copied into a temporary folder of the inbox, whose name no sensor takes for a drop, and shown by one
rename with its marker inside. So a kill at any moment leaves a folder that is swept, and of two deliveries
at once the second finds a whole drop to compare itself with.

What belongs here: what is copied, and how it is shown. What does not: how drops are told apart (`contents`),
reading rows, and deciding.
"""

import errno
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from entropy_assets.candidate.contents import (
    PIECE_BYTES,
    Entry,
    content_digest,
    entries_of,
    mark_of,
    opened,
    quick_mark,
)
from entropy_assets.candidate.declaring import declared_with
from entropy_assets.curation.ingest import DECLARATION
from entropy_assets.errors import CurationError, InvalidInput
from entropy_assets.inputs import require_input
from entropy_assets.storage import SUCCESS_MARKER, DatasetHome, check_drop_name, is_complete, is_local
from entropy_assets.temporary import alone, staging_beside, temporary_beside, written_to

__all__ = ["Delivery", "carry_out", "content_digest", "deliver", "planned", "quick_mark", "show_drop"]

_MAX_TRIES = 10


class Delivery(NamedTuple):
    """One delivery that can be made: the drop's name, what it is made of, whether it lies there already.

    `added` are files that it gets besides, name -> bytes.
    """

    name: str
    path: Path
    is_there: bool
    added: Mapping[str, bytes] = {}


def deliver(home: DatasetHome, path: Path) -> str:
    """Make sure that a folder or file lies in the inbox as a complete drop; return the drop's name.

    Delivering the same content again, also at the same time, is harmless. Names that begin with a dot
    are no part of a drop. See `planned` for what is refused.
    """
    (delivery,) = planned(home, [path])
    carry_out(home, delivery)
    return delivery.name


def carry_out(home: DatasetHome, delivery: Delivery) -> None:
    """Copy a drop to the inbox and show it there, where it is not there already."""
    if delivery.is_there:
        return
    target = Path(str(home.drop(delivery.name)))
    with staging_beside(target) as staging:
        _copy(delivery.path, staging, delivery.added)
        _show(staging, target)


def planned(home: DatasetHome, paths: Sequence[Path], source: str | None = None) -> list[Delivery]:
    """Return the deliveries of several folders or files, once all of them are found fit; none is made.

    Parameters
    ----------
    home
        The dataset's folders.
    paths
        Each a folder, a regular file, or a link to one; or the drop's own folder in the inbox.
    source
        Source that their declarations get, for rows that name none; None for none.

    Raises
    ------
    InvalidInput
        Nothing is at a path, it holds what is no regular file or cannot be read, two would be one drop
        with different content, or a drop of that name with other content was delivered before or is arriving.
    InvalidParameter
        A name cannot be that of a drop.
    """
    found: dict[str, Delivery] = {}
    for path in paths:
        made = _planned(home, path, source)
        other = found.setdefault(made.name, made)
        if other.path.resolve() != path.resolve() and content_digest(other.path) != content_digest(path):
            raise InvalidInput(
                f"{other.path} and {path} differ, and both would be drop {made.name!r}: rename one"
            )
    return list(found.values())


def _planned(home: DatasetHome, path: Path, source: str | None) -> Delivery:
    path = path.resolve() if path.name in ("", "..") else path
    is_folder = _is_folder(path)
    _require_apart(home, path)
    name = check_drop_name(path.name if is_folder else path.name.split(".")[0].lower())
    if not is_local(home.inbox):
        raise InvalidInput(f"{home.inbox} is no local folder: put the drop there yourself, its marker last")
    target = Path(str(home.drop(name)))
    is_there = is_complete(target)
    added = declared_with(path, source)
    if path.resolve() == target.resolve():
        if not is_there:
            raise InvalidInput(f"drop {target} has no {SUCCESS_MARKER}: write the marker when it is complete")
        if added:
            raise InvalidInput(f"drop {target} is delivered already: write the source into its {DECLARATION}")
    elif is_there:
        _check_same(content_digest(path, added), target)
    else:
        entries_of(path, regular=True)
        if target.is_dir() and not _may_make_way(path if is_folder else path.parent, target):
            return _planned(home, path, source)
    return Delivery(name, path, is_there, added)


def _require_apart(home: DatasetHome, path: Path) -> None:
    """Refuse what is no drop but a part of the store, or a folder that holds it."""
    given, store = path.resolve(), Path(str(home.home)).resolve()
    if path.is_dir() and path.absolute().parent.resolve() == Path(str(home.inbox)).resolve():
        return
    if given == store or given in store.parents or store / home.name in (given, *given.parents):
        raise InvalidInput(
            f"{path} holds the store {store / home.name} or is a part of it: name a folder or file with data"
        )


def show_drop(home: DatasetHome, made: Path, name: str) -> None:
    """Show a folder that was made on the inbox's file system as the drop `name`; it is moved there.

    Where the same drop is there already, `made` stays where it is.

    Parameters
    ----------
    home
        The dataset's folders.
    made
        A folder with the drop's files, to which nobody else writes.
    name
        Name of the drop.

    Raises
    ------
    InvalidInput
        A drop of that name with other content is there.
    StorageFailed
        The inbox cannot be written to.
    """
    target = Path(str(home.drop(name)))
    with written_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        (made / SUCCESS_MARKER).touch()
        _to_disk(made)
    _show(made, target)


def _is_folder(path: Path) -> bool:
    """Return whether there is a folder at `path`, or else a regular file."""
    require_input(path, "a folder or a file with data")
    return path.is_dir()


def _copy(source: Path, staging: Path, added: Mapping[str, bytes]) -> None:
    """Copy the files of a drop and its marker, and wait until they are on the disk.

    Raises
    ------
    InvalidInput
        The source holds what is no regular file, cannot be read, or changes meanwhile.
    """
    entries = entries_of(source, regular=True)
    root = source if source.is_dir() else source.parent
    for entry in entries:
        if entry.name not in added:
            _copy_file(entry, staging / entry.path.relative_to(root))
    with written_to(staging.parent):
        for name, data in added.items():
            (staging / name).write_bytes(data)
        (staging / SUCCESS_MARKER).touch()
        _to_disk(staging)
    if quick_mark(source) != mark_of(entries):
        raise InvalidInput(
            f"{source} changed while it was copied: wait until nobody writes there and deliver it again"
        )


def _copy_file(entry: Entry, target: Path) -> None:
    """Copy a file up to the size it had: one that grows all the time would have no end."""
    n_left = entry.facts.st_size
    with written_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with opened(entry.path) as file, written_to(target), target.open("xb") as copy:
        while n_left and (piece := file.read(min(n_left, PIECE_BYTES))):
            n_left -= len(piece)
            copy.write(piece)


def _to_disk(root: Path) -> None:
    """Wait until a folder with all that is in it is on the disk."""
    for folder, _, files in os.walk(root):
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            _entry_to_disk(path)


def _entry_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _show(staging: Path, target: Path) -> None:
    """Put a whole drop at its place by one rename, or compare it with the drop that is there.

    Raises
    ------
    InvalidInput
        There is another drop, whole or arriving.
    CurationError
        What lies there keeps changing.
    OSError
        The rename failed for another reason than what lies there.
    """
    for _ in range(_MAX_TRIES):
        with written_to(target):
            try:
                staging.rename(target)  # onto an empty folder too
                _entry_to_disk(target.parent)
                return
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise
        if is_complete(target):
            _check_same(content_digest(staging), target)
            return
        _make_way(staging, target)
    raise CurationError(f"drop {target} keeps changing: see who writes there, and deliver it again")


def _check_same(digest: str, target: Path) -> None:
    if digest != content_digest(target):
        raise InvalidInput(
            f"drop {target.name!r} was delivered before with other content: drops do not change; rename it"
        )


def _make_way(staging: Path, target: Path) -> None:
    """Put aside a folder without a marker if it is a cut copy of the very drop that is delivered.

    One delivery at a time: else the second would put aside what the first has shown meanwhile.
    """
    with alone(target.parent):
        if not _may_make_way(staging, target):
            return
        aside = temporary_beside(target)
        with written_to(target):
            target.rename(aside)
            if is_complete(aside):  # its writer was done just now
                aside.rename(target)
                return
    shutil.rmtree(aside, ignore_errors=True)


def _may_make_way(whole: Path, target: Path) -> bool:
    """Return whether a cut copy lies at a drop's place; not where it was finished or taken away meanwhile.

    Raises
    ------
    InvalidInput
        See `_require_cut_copy`.
    """
    try:
        _require_cut_copy(whole, target)
    except InvalidInput:
        if target.exists() and not is_complete(target):
            raise
        return False
    return not is_complete(target)


def _require_cut_copy(whole: Path, target: Path) -> None:
    """Refuse to put aside a folder without a marker that is more than the beginning of a drop.

    Raises
    ------
    InvalidInput
        It holds anything else, so that somebody may be writing another drop.
    """
    if not all(_begins(entry, whole) for entry in entries_of(target)):
        raise InvalidInput(
            f"drop {target.name!r} is arriving in the inbox with other files: write its {SUCCESS_MARKER} or "
            "remove it, or rename the drop that you deliver"
        )


def _begins(entry: Entry, root: Path) -> bool:
    """Return whether a file is the beginning, or the whole, of the file of that name in `root`."""
    whole = root / entry.name
    if not stat.S_ISREG(entry.facts.st_mode) or not whole.is_file():
        return False
    with opened(entry.path) as part, opened(whole) as file:
        while piece := part.read(PIECE_BYTES):
            if file.read(len(piece)) != piece:
                return False
    return True
