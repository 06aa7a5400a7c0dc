"""Secrets in lines that base 64 holds: what is decoded is searched as any text is.

What belongs here: finding runs of base 64 that hold text. What does not: secrets (`credentials`), and pairs
of user and password in base 64 (`placeholders`).
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Iterator

from entropy_assets.curation.screening.findings import Match

_OF_TEXT = r"[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/]"
"""Four signs of base 64 that hold three of ASCII: one in eight of all."""
_LEAST = 8  # such groups
MAY_HOLD = r"[A-Za-z0-9+/]{32}"
PREFILTER = rf"\b(?:{_OF_TEXT}){{{_LEAST}}}"
"""Every text with such a run contains a match of both expressions; the first is fast."""

_RUN = re.compile(
    rf"(?<![A-Za-z0-9+/_-])(?:{_OF_TEXT}){{{_LEAST},}}[A-Za-z0-9+/]{{0,3}}={{0,2}}(?![A-Za-z0-9+/_-])"
)
_MAX_CHARS = 8192


def encoded_secrets(text: str, find: Callable[[str], Iterable[Match]]) -> Iterator[Match]:
    """Yield the runs of base 64 in a text that hold secrets.

    Parameters
    ----------
    text
        Any text.
    find
        What finds secrets in the decoded text.
    """
    for run in _RUN.finditer(text):
        bare = run[0].rstrip("=")
        if len(bare) > _MAX_CHARS or len(bare) % 4 == 1:
            continue
        try:
            held = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if any(not (sign.isprintable() or sign in "\n\r\t") for sign in held):
            continue
        if found := next(iter(find(held)), None):
            yield f"{found[0]} in base 64", *run.span()
