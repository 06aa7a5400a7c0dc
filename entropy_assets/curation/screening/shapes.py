r"""Shapes of tokens that neither detect-secrets nor the catalogue knows where a token stands by itself.

Each begins with letters that its service gives to nothing else, and is as long as the service makes it.

What belongs here: these shapes. What does not: tokens that only a word beside them tells apart.
"""

import re
from collections.abc import Iterator

from entropy_assets.curation.screening.findings import Match

_SHAPES: dict[str, str] = {
    "Google OAuth client secret": r"GOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])",
    "Google OAuth access token": r"ya29\.[A-Za-z0-9_-]{40,400}+",
    "Google OAuth refresh token": r"1//0[A-Za-z0-9_-]{40,200}+",
    "New Relic user key": r"NRAK-[A-Z0-9]{27}(?![A-Za-z0-9])",
    "PuTTY private key": r"PuTTY-User-Key-File-\d",
    "private key": r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----(?=\s*[A-Za-z0-9+/])",
}
PREFILTER = r"://:|GOCSPX-|ya29\.|1//0|NRAK-|PuTTY-User-Key-File-\d|PRIVATE KEY(?: BLOCK)?-----"
"""Every text in which a shape is found contains a match of this expression."""

_COMPILED = (
    *((name, re.compile(rf"(?<![A-Za-z0-9_]){shape}")) for name, shape in _SHAPES.items()),
    ("address with a password", re.compile(r"://:[^\s:/@\"'\\`<>]{1,256}@(?=[A-Za-z0-9\[])")),
)


def shaped_tokens(text: str) -> Iterator[Match]:
    """Yield the tokens of a text that have one of these shapes: name, start, end."""
    for name, pattern in _COMPILED:
        for found in pattern.finditer(text):
            yield name, *found.span()
