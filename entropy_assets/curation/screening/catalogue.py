r"""Keys and tokens in a text by the catalogue of Kingfisher: some 490 rules, kept up by MongoDB.

The catalogue is made for files: many of its rules want a quote, a blank or the end of a line after a token.
In chat and addresses a comma, a bracket, ``&`` or a Chinese full stop stands there. So what ends a token is
made a blank before the look, and so is all that is no ASCII: then a byte is a character, too.

Of what the rules find, three kinds count for nothing: keys that are meant to be read by everybody, what
has no long run of characters, and letters after the name of a service that nothing calls a key.

What belongs here: the catalogue, and what of it counts. What does not: other detectors, and placeholders.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import polars as pl

from entropy_assets.curation.screening.findings import Match

MIN_RUN = 20
"""Letters, digits, ``_`` and ``-`` in a row that a token has at least."""

PREFILTER = rf"[A-Za-z0-9_-]{{{MIN_RUN}}}|://[^\s/@]{{0,256}}:[^\s/@]{{1,256}}@"
"""Every text in which something counts contains a match of this expression."""

_LONG = re.compile(rf"[A-Za-z0-9_-]{{{MIN_RUN}}}")
_FOREIGN = r"[^\x00-\x7f]"
_ENDS = r"([A-Za-z0-9_=-]{16})(?:[,&)\]}<>|*!?#]|[.:](\s|\z))"
"""What ends a token and is never in one: a sign after a long run, a stop or colon where a blank follows."""

_FOR_EVERYBODY = re.compile(r"(?:^|[-/])(?:pub|public|publishable|project-api-key)(?:[-.]|$)|-client-id\b")
_ADDRESSES = re.compile(r"credential-uri$|connection-string$")
"""Rules that know a token by the address around it."""

_SPARED = re.compile(PREFILTER)

WINDOW, OVERLAP = 4096, 2048
"""Characters that are looked at in one go, and those that the next look sees again."""

_N_BEFORE = 60
_NAMED_KEY = re.compile(
    r"key|token|secret|passw|pwd|credential|auth|bearer|\bdsn\b|private|webhook", re.IGNORECASE
)


def parted(texts: pl.Series) -> pl.Series:
    """Return texts, as long as they are, with blanks for what ends a token, and for what is no ASCII.

    >>> parted(pl.Series(["a=0123456789abcdef, f(x)"])).to_list()
    ['a=0123456789abcdef  f(x)']
    """
    return texts.str.replace_all(_FOREIGN, " ").str.replace_all(_ENDS, "$1 $2")


def known_tokens(text: str, plain: str | None = None) -> Iterator[Match]:
    """Yield the tokens of a text that a rule of the catalogue knows: name of the rule, start, end.

    Long texts are looked at in windows, because a rule may match from one beginning to each of many ends.
    A token in two of them is yielded twice.

    Parameters
    ----------
    text
        Any text.
    plain
        What `parted` makes of it, where it is known.
    """
    plain = parted(pl.Series([text]))[0] if plain is None else plain
    shaped: dict[str, bool] = {}
    for first in range(0, max(len(plain) - OVERLAP, 1), WINDOW - OVERLAP):
        window = plain[first : first + WINDOW]
        if len(plain) > WINDOW and not _SPARED.search(window):
            continue
        for found in _scanner().scan(window):
            name = found.rule_id.rpartition("/")[2].removeprefix("betterleaks.")
            secret = found.secret
            # The place is that of all that the rule looked at; the token lies within.
            start = window.find(secret, found.location["start_offset"], found.location["end_offset"])
            if not found.visible or _FOR_EVERYBODY.search(name) or start < 0:
                continue
            if not _ADDRESSES.search(name):
                if not _LONG.search(secret):
                    continue
                if secret not in shaped:
                    shaped[secret] = bool(_scanner().scan(f" {secret} "))
                is_named = _NAMED_KEY.search(window, max(start - _N_BEFORE, 0), start)
                if not (shaped[secret] or is_named):
                    continue
            start += first
            yield re.sub(r"\.\d+$", "", name).replace("-", " "), start, start + len(secret)


@cache
def _scanner() -> Any:
    """Return the compiled catalogue, which is kept in the user's cache folder, or in KF_RULE_CACHE_DIR."""
    from kingfisher_sdk import Rules, Scanner  # seconds where the catalogue was not compiled before

    return Scanner(Rules(), base64=False)
