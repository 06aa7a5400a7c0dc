"""Reading `entropy.toml`: the file, its TOML, and the settings in it.

What belongs here: what a file can be instead of settings, and keys that nobody knows. What does not:
the keys, their types and ranges.
"""

import difflib
import errno
import os
import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from upath import UPath

from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.declared import (
    SHOWN_FAULTS,
    Fault,
    WrongSettings,
    clean,
    declared,
    is_stage,
)
from entropy_assets.settings.stage import Stage

MAX_BYTES = 1 << 20
"""Bytes of a settings file: the largest that people wrote are a thousandth of it."""

LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){32}""")
"""A key of 32 parts: `tomllib` takes quadratic memory for it, gigabytes for a file of 100 kB."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

AnyStage = TypeVar("AnyStage", bound=Stage)


def parse(cls: type[AnyStage], table: Mapping[str, Any]) -> AnyStage:
    """Return the settings class `cls` filled from a TOML table.

    Parameters
    ----------
    cls
        A class of settings: of all, or of one stage.
    table
        Values by name; what is not named keeps its default.

    Raises
    ------
    WrongSettings
        Keys are unknown (the nearest known key is named) or values have the wrong type or range; all
        faults are in the one message.
    """
    faults: list[Fault] = []
    made = _filled(cls, table, faults)
    if made is None:
        raise WrongSettings(faults)
    return made


def _filled(cls: type[AnyStage], table: Mapping[str, Any], faults: list[Fault]) -> AnyStage | None:
    """Return the filled class, or None and what is wrong in `faults`."""
    values: dict[str, Any] = {}
    n_before = len(faults)
    for key, value in table.items():
        if key not in declared(cls):
            faults.append(_unknown(cls, key, len(faults) < SHOWN_FAULTS))
            continue
        hint = declared(cls)[key][0]
        is_table = is_stage(hint) and isinstance(value, dict)
        filled = _filled(hint, value, faults) if is_table else value
        if not (is_table and filled is None):
            values[key] = filled
    try:
        made = cls(**values)
    except WrongSettings as error:
        faults.extend(error.faults)
    return made if len(faults) == n_before else None


def _unknown(cls: type[Stage], key: str, with_nearest: bool) -> Fault:
    known = [item.name for item in fields(cls)]
    name = clean(f"{cls.TABLE}.{key}".lstrip("."))
    near = difflib.get_close_matches(key[:64], known, n=1, cutoff=0.0) if with_nearest else known
    return Fault(f"`{name}` is unknown: did you mean `{near[0]}`?", f"known are {', '.join(known)}")


@contextmanager
def named(path: UPath) -> Iterator[None]:
    """Put the file before what is said about its settings.

    Raises
    ------
    InvalidParameter
        The settings are wrong.
    """
    try:
        yield
    except WrongSettings as error:
        raise InvalidParameter(f"{path}: {error}") from error


def read_table(path: UPath) -> dict[str, Any]:
    """Return the TOML in the file at `path`; nothing where there is no file.

    Raises
    ------
    InvalidParameter
        What is there cannot be read as a file of at most 1 MiB of TOML in UTF-8.
    """  # noqa: DOC501 - a RecursionError is caught below
    data = _read(path)
    if data.startswith(BYTE_ORDER_MARK):
        raise InvalidParameter(
            f"{path} is not TOML: it begins with a byte order mark; save it as plain UTF-8"
        )
    if len(data) > MAX_BYTES:
        raise InvalidParameter(
            f"{path} is larger than {MAX_BYTES:,} bytes, which settings never are: put them into a file of "
            "their own"
        )
    try:
        text = data.decode("utf-8")
        if LONG_KEY.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except RecursionError as error:
        raise InvalidParameter(f"{path} is not TOML that can be settings: it is nested too deep") from error
    except ValueError as error:  # bytes that are not UTF-8, or not TOML
        raise InvalidParameter(f"{path} is not TOML: {error}; mend the line it names") from error


def _read(path: UPath) -> bytes:
    """Return at most one byte more than a settings file may have."""
    try:
        if path.protocol in ("", "file", "local"):
            return _read_local(Path(str(path)))
        with path.open("rb") as file:
            return bytes(file.read(MAX_BYTES + 1))
    except FileNotFoundError as error:
        if path.protocol in ("", "file", "local") and Path(str(path)).is_symlink():
            # As if there were no file, all limits would silently be the defaults.
            raise InvalidParameter(f"{path} is a link to a file that is not there: mend the link") from error
        return b""
    except OSError as error:
        is_folder = isinstance(error, IsADirectoryError)
        reason = "a folder" if is_folder else f"not readable ({error.strerror or error})"
        raise InvalidParameter(f"{path} is {reason}: put a settings file there that can be read") from error


def _read_local(path: Path) -> bytes:
    # Without O_NONBLOCK a FIFO would be waited for until somebody writes.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        mode = os.fstat(file).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "a pipe, socket or device, and no file")
        with os.fdopen(os.dup(file), "rb") as reader:
            return reader.read(MAX_BYTES + 1)
    finally:
        os.close(file)
