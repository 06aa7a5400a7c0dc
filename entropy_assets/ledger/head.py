"""The head of a ledger, and `CURRENT`, which holds a copy of it for readers.

`CURRENT` has two lines: the current version (`none` before the first), and the number and digest of the
last entry, holds included. It is written after the entry, so an older one is what a crash leaves.

What belongs here: the form of `CURRENT`. What does not: whether it agrees with the entries (`book`).
"""

import re
from dataclasses import dataclass

from upath import UPath

from entropy_assets.errors import StoreDamaged
from entropy_assets.ledger.model import NOTHING_BEFORE
from entropy_assets.ledger.state import VERSION_NAME
from entropy_assets.storage import read_or_none

_FORM = re.compile(
    rf"(?P<version>none|{VERSION_NAME.pattern})\n"
    r"entry (?P<number>[1-9][0-9]*) sha256:(?P<digest>[0-9a-f]{64})\n"
)


@dataclass(frozen=True)
class Head:
    """The last entry of a ledger.

    Parameters
    ----------
    number
        Its number, 0 for an empty ledger.
    digest
        SHA-256 of its bytes; 64 zeros for an empty ledger.
    """

    number: int = 0
    digest: str = NOTHING_BEFORE


@dataclass(frozen=True)
class Current:
    """What `CURRENT` says: the version, and the head of the ledger when it was written."""

    version: str | None
    head: Head

    def to_bytes(self) -> bytes:
        """Return the two lines of `CURRENT`."""
        return f"{self.version or 'none'}\nentry {self.head.number} sha256:{self.head.digest}\n".encode()


def read_current(path: UPath) -> Current | None:
    """Return what `CURRENT` says, None where there is no such file.

    Raises
    ------
    StoreDamaged
        It does not have the form of the two lines.
    """
    data = read_or_none(path)
    if data is None:
        return None
    match = _FORM.fullmatch(data.decode("utf-8", "replace"))
    if match is None:
        raise StoreDamaged(
            f"{path} must hold a version and, below, `entry <number> sha256:<digest>`, got {data[:80]!r}: "
            "restore it from a backup, or delete it where `entropy-assets ledger verify` finds nothing else"
        )
    version = match["version"]
    return Current(None if version == "none" else version, Head(int(match["number"]), match["digest"]))
