"""One file under several paths: linked where a disk can, else copied, and always whole or not at all.

What belongs here: putting the bytes of a file that exists under another path. What does not: whether they
are the right bytes (`storage`, `curation.publication`).
"""

import hashlib
import os
import shutil
from pathlib import Path

from upath import UPath

from entropy_assets.storage import is_local, put_file
from entropy_assets.temporary import disk_fault, temporary_file, written_to

PIECE_BYTES = 1 << 20


def put_linked(source: UPath, target: UPath) -> None:
    """Put the bytes of the file `source` under `target`, whole or not at all; what is there is replaced.

    On one disk both are one file, which takes no room: neither may be written to in place. Where there are
    no links, or no more of them, the bytes are copied; within an object store by the store itself.
    """
    if is_local(target):
        if not (is_local(source) and _linked(Path(str(source)), Path(str(target)))):
            put_file(target, lambda file: _copy(source, file))
        return
    with written_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        if is_local(source):
            target.fs.put_file(str(source), target.path)
        else:
            target.fs.cp_file(source.path, target.path)


def _linked(source: Path, target: Path) -> bool:
    """Make `target` a name of the file `source`; return whether the disk can do that."""
    with written_to(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    try:
        # It is still there after this where both names were those of one file already.
        with temporary_file(target) as temporary:
            os.link(source, temporary)
            temporary.replace(target)
    except FileNotFoundError:
        raise
    except OSError as error:
        if disk_fault(error) is not None and not isinstance(error, PermissionError):
            with written_to(target):
                raise
        return False
    return True


def _copy(source: UPath, file: Path) -> None:
    with source.open("rb") as read, file.open("wb") as written:
        shutil.copyfileobj(read, written, PIECE_BYTES)


def digest_file(path: UPath) -> str | None:
    """Return the SHA-256 of a file, read piece by piece; None where there is none."""
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE_BYTES):
                found.update(piece)
    except (FileNotFoundError, IsADirectoryError):
        return None
    return found.hexdigest()
