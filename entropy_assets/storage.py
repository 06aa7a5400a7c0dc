"""Where bytes live, and the two primitives by which they get there.

`put` makes a whole object or none; data go to fresh paths, named after their digest, and exist once
a small object names them. `create_exclusive` commits: of two writers one wins and the other is told.
Paths are `UPath`, so a folder and an object store read alike.

What belongs here: bytes, digests, the folders of a dataset. What does not: what the bytes mean.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets.errors import InvalidInput, InvalidParameter, StorageConflict, StoreDamaged
from entropy_assets.temporary import held, temporary_file, temporary_folder, written_to

DATASET_NAME = re.compile(r"^[a-z][a-z0-9_]{0,31}$")
DROP_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")
SUCCESS_MARKER = "_SUCCESS"


def digest_bytes(data: bytes) -> str:
    """Return the SHA-256 of `data` as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: Any) -> bytes:
    r"""Return `value` as JSON bytes that are equal for equal values: sorted keys, no spaces.

    A name of a file need not be UTF-8: what of it is none stands as an escape, and is read back as it was.

    >>> canonical_json("a\udcff")
    b'"a\\udcff"'

    Raises
    ------
    ValueError
        A number is not finite, which JSON cannot say.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def digest_value(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON of `value`."""
    return digest_bytes(canonical_json(value))


def seed_from(*parts: Any) -> int:
    """Return a seed in [0, 2**63) that depends on the content of `parts` and nothing else."""
    return int(digest_value(list(parts))[:16], 16) >> 1


def is_local(path: UPath) -> bool:
    """Return whether a path lies on this machine's own file systems."""
    return path.protocol in ("", "file", "local")


def put(path: UPath, data: bytes) -> None:
    """Write `data` to `path`, whole or not at all; an older object there is replaced."""
    with written_to(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_local(path):
            path.fs.pipe_file(path.path, data)
            return
        with _written_beside(path, data) as temporary:
            temporary.replace(str(path))


def put_file(path: UPath, write: Callable[[Path], None]) -> None:
    """Put what `write` writes into a file of its own at `path`, whole or not at all; see `put`."""
    with written_to(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if not is_local(path):
            with temporary_folder() as folder:
                write(folder / path.name)
                path.fs.put_file(str(folder / path.name), path.path)
            return
        with _written_beside(path, b"") as temporary:
            write(temporary)
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
            temporary.replace(str(path))


def create_exclusive(path: UPath, data: bytes) -> None:
    """Write `data` to `path` if nothing is there; the one primitive that commits.

    Raises
    ------
    StorageConflict
        Another writer was first; its object is left as it is.
    StorageFailed
        The disk is full, read-only or broken; so say `put` and `put_file` too.
    """
    try:
        with written_to(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not is_local(path):
                path.fs.pipe_file(path.path, data, mode="create")
                return
            with _written_beside(path, data) as temporary:
                os.link(temporary, str(path))
    except FileExistsError as error:
        raise StorageConflict(f"{path} already exists: another writer was first; read it again") from error


@contextlib.contextmanager
def _written_beside(path: UPath, data: bytes) -> Iterator[Path]:
    """Give a temporary file that holds `data`; nothing is left of it, even where the disk is full."""
    with temporary_file(Path(str(path))) as temporary, temporary.open("wb") as file, held(temporary):
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        yield temporary


def parse_json(data: bytes) -> Any:
    """Return the value of JSON bytes from a store that people may have edited.

    Raises
    ------
    ValueError
        It is no JSON, or is nested too deeply to be read.
    """
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def read_json(path: UPath, do: str = "restore it from a backup") -> Any:
    """Return the JSON value stored at `path`.

    Parameters
    ----------
    path
        The file.
    do
        What is to be done where it is damaged.

    Raises
    ------
    StoreDamaged
        Nothing is there, or it is not JSON.
    """
    data = read_or_none(path)
    if data is None:
        raise StoreDamaged(f"{path} is missing: {do}")
    try:
        return parse_json(data)
    except ValueError as error:
        raise StoreDamaged(f"{path} is not JSON ({error}): {do}") from error


def read_or_none(path: UPath) -> bytes | None:
    """Return the bytes at `path`, None where nothing is there; no cached listing is asked.

    Raises
    ------
    StoreDamaged
        A folder is there.
    """
    try:
        if is_local(path):
            with open(str(path), "rb") as file:  # noqa: PTH123 - half the cost of a path's own method
                return file.read()
        data: bytes = path.fs.cat_file(path.path)
    except FileNotFoundError:
        return None
    except IsADirectoryError as error:
        raise StoreDamaged(f"{path} is a folder: put back the file that was there, from a backup") from error
    return data


def names_in(folder: UPath) -> list[str]:
    """Return the names in a folder as its store lists them, which may be late; none where it is missing."""
    try:
        if is_local(folder):
            return os.listdir(str(folder))  # noqa: PTH208 - names alone, of thousands of files
        return [str(path).rstrip("/").rsplit("/", 1)[-1] for path in folder.fs.ls(folder.path, detail=False)]
    except FileNotFoundError:
        return []


def read_list(path: UPath) -> list[str]:
    """Return the lines of a text file, ended by a newline alone, without empty ones and repeats.

    Raises
    ------
    InvalidInput
        The file cannot be read, is none (a device may have no end), or is not UTF-8.
    """
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{path} cannot be read as a list: it is no regular file")
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise InvalidInput(f"{path} cannot be read as a list, one a line in UTF-8: {why}") from error
    return list(dict.fromkeys(line.rstrip("\r") for line in lines if line.strip()))


@dataclass(frozen=True)
class DatasetHome:
    """The folders of one dataset under ENTROPY_HOME.

    Parameters
    ----------
    home
        ENTROPY_HOME, which holds several datasets and Dagster's own store.
    name
        Name of the dataset: lower-case letters, digits and underscores, at most 32.

    Raises
    ------
    InvalidParameter
        The name does not fit the pattern.
    """

    home: UPath
    name: str

    def __post_init__(self) -> None:
        if not DATASET_NAME.fullmatch(self.name):
            raise InvalidParameter(
                f"dataset name {self.name!r} does not match {DATASET_NAME.pattern}: choose another name"
            )

    @property
    def root(self) -> UPath:
        """Folder of the dataset."""
        return self.home / self.name

    @property
    def settings_path(self) -> UPath:
        """The dataset's settings file, `entropy.toml`; it need not exist."""
        return self.root / "entropy.toml"

    @property
    def inbox(self) -> UPath:
        """Folder in which drops land."""
        return self.root / "inbox"

    @property
    def current_path(self) -> UPath:
        """Copy of the ledger's last word, for readers."""
        return self.root / "CURRENT"

    def work(self, asset: str) -> UPath:
        """Return the folder for the intermediate data of an asset."""
        return self.root / "work" / asset

    def version(self, version: str) -> UPath:
        """Return the folder of a version."""
        return self.root / "versions" / version

    def drop(self, drop: str) -> UPath:
        """Return the folder of a drop, whose name has been checked.

        Raises
        ------
        InvalidParameter
            The name could lead out of the inbox or does not fit the pattern.
        """
        return self.inbox / check_drop_name(drop)

    def ready_drops(self) -> list[str]:
        """Return the names of the complete drops in the inbox, sorted; names that do not fit are left out."""
        if not self.inbox.is_dir():
            return []
        return sorted(
            folder.name
            for folder in self.inbox.iterdir()
            if DROP_NAME.fullmatch(folder.name) and is_complete(folder)
        )


def check_drop_name(drop: str) -> str:
    """Return the name of a drop if it is safe to use as a folder and a partition key.

    Raises
    ------
    InvalidParameter
        The name does not match `DROP_NAME`.
    """
    if not DROP_NAME.fullmatch(drop):
        raise InvalidParameter(f"drop name {drop!r} does not match {DROP_NAME.pattern}: rename the folder")
    return drop


def is_complete(drop: UPath | Path) -> bool:
    """Return whether a drop's folder holds its marker, a file of any content.

    What cannot be looked at is none, and stops nobody.
    """
    try:
        return (drop / SUCCESS_MARKER).is_file()
    except OSError:
        return False


def drop_mark(folder: UPath) -> str:
    """Return a digest of the names and sizes of a drop's files: cheap, blind to content.

    The size of what cannot be looked at is -1: a drop that cannot be read must not stop the others.
    """
    listing = []
    for file in folder.rglob("*"):
        try:
            size = file.stat().st_size if file.is_file() else None
        except OSError:
            size = -1
        if size is not None:
            listing.append((file.relative_to(folder).as_posix(), size))
    return digest_value(sorted(listing))[:16]


def datasets(home: UPath) -> list[str]:
    """Return the names of the datasets under `home`: the folders with settings, an inbox or a ledger."""
    names = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        for folder in home.iterdir():
            has_data = any((folder / part).exists() for part in ("entropy.toml", "inbox", "ledger"))
            if DATASET_NAME.fullmatch(folder.name) and folder.is_dir() and has_data:
                names.append(folder.name)
    return sorted(names)
