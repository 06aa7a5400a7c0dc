"""What was named to be read and is none of it: an address, a pipe, a device, nothing at all.

What belongs here: what such a place is, in words, and what to do. What does not: reading, and folders with
the wrong files in them.
"""

import re
import stat
from pathlib import Path

from entropy_assets.errors import InvalidInput

_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]+):/{1,2}(?=[^/])", re.IGNORECASE)
_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def require_input(path: Path, wanted: str) -> None:
    """Refuse what is neither a regular file nor a folder, with what it is and what to do.

    Parameters
    ----------
    path
        What was named.
    wanted
        What is to be named, as "a file or a folder with data".

    Raises
    ------
    InvalidInput
        It is an address, a pipe, a socket or a device, or nothing is there.
    """
    if path.is_file() or path.is_dir():
        return
    name = str(path)
    if (found := _ADDRESS.match(name)) and not path.exists():
        address = f"{found.group(1)}://{name[found.end() :]}"
        raise InvalidInput(
            f"{address} is an address, and only files are read: download it first, and name the file"
        )
    kind = "the standard input" if name == "-" else ""
    if path.exists():
        kind = _KINDS.get(stat.S_IFMT(path.stat().st_mode), "a device")
    if kind:
        raise InvalidInput(f"{name} is {kind}, which is not read: write it to a file first, and name that")
    raise InvalidInput(f"{name} does not exist: name {wanted}")
