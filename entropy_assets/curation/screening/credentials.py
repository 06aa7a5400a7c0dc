r"""Keys and tokens in a text: what detect-secrets, the catalogue or a shape of ours knows, but placeholders.

Of detect-secrets those detectors are used that know a token by its shape. Left out are its detectors of high
entropy, of words such as `password`, of keys that are any hexadecimal or any letters after the name of a
service, and of public addresses: in clean code and prose what they find is hashes, alphabets, examples and
the addresses of name servers.

What belongs here: which detectors, what is a placeholder, and the test that spares most texts all of them.
What does not: the catalogue (`catalogue`), our shapes (`shapes`), and what only its name tells (`named`).
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.curation.screening import (
    apart,
    catalogue,
    commands,
    encoded,
    frameworks,
    named,
    placed,
    shapes,
)
from entropy_assets.curation.screening.findings import Detector, Match, Row, masked, rows_of
from entropy_assets.curation.screening.linear import spans_of

DETECTORS = (
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PrivateKeyDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
)
"""Names of the detectors, as detect-secrets calls them."""

DETECTED = "|".join(
    (
        r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[0-9A-Z]{16}",
        r"(?i:aws).{0,20}?(?i:key|pwd|pw|password|pass|token).{0,20}?['\"][0-9a-zA-Z/+]{40}['\"]",
        r"AccountKey=",
        r"://[^/\s:@]+:[^/\s@]+@",
        r"[MNO][a-zA-Z\d_-]{23,25}\.[a-zA-Z\d_-]{6}\.",
        r"gh[pousr]_[A-Za-z0-9_]{36}",
        r"gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-[A-Za-z0-9_-]{20}",
        r"GR1348941[A-Za-z0-9_-]{20}",
        r"eyJ[A-Za-z0-9=_-]+\.",
        r"[0-9a-z]{32}-us[0-9]",
        r":_authToken=",
        r"T3BlbkFJ",
        r"BEGIN (?:DSA |EC |OPENSSH |PGP |RSA |SSH2 ENCRYPTED )?PRIVATE KEY",
        r"PuTTY-User-Key-File-2",
        r"pypi-AgE",
        r"SG\.[a-zA-Z0-9_-]{22}\.",
        r"(?i:xox[abposr]-\d)",
        r"(?i:hooks\.slack\.com/services/T)",
        r"sq0csp-",
        r"[rs]k_live_",
        r"\d{8,10}:[0-9A-Za-z_-]{35}",
        r"(?:AC|SK)[a-z0-9]{32}",
    )
)
"""Every text in which a detector of detect-secrets finds something contains a match of this expression."""

_MAY_BE_DETECTED = (
    r"eyJ|:_authToken=|PRIVATE KEY|PuTTY-User-Key-File-2|pypi-AgE|sq0csp-|[rs]k_live_|AccountKey=",
    r"(?i:xox[abposr]-)",
    r"(?i:hooks\.slack\.com)",
    r"['\"][0-9a-zA-Z/+]{40}['\"]",
)
"""What such a text contains where it has no long run of signs (`catalogue`); each is fast alone."""

PREFILTER = "|".join(
    (
        *(DETECTED, catalogue.PREFILTER, shapes.PREFILTER),
        *(named.PREFILTER, placed.PREFILTER, commands.PREFILTER),
        *apart.PREFILTERS,
        *(encoded.PREFILTER, frameworks.PREFILTER),
    )
)
"""Every text in which a secret is found contains a match of this expression."""


_PLACEHOLDER = re.compile(
    r"^://(?:([^:]*):\1|[^:]*:(?:"
    r"(?:my|your|the|db|super|some|top)?(?:[_-]?(?:pass(?:word|wd)?|pwd|pw|secret|token|key|user)){1,3}\d{0,3}"
    r"|tiger|test|guest|changeme|example|hunter2|[x*.]+|[<{$\[].*))@$",
    re.IGNORECASE,
)
"""A password in an address that only names what belongs there, is the user's name, or that of an example."""


_EXAMPLE = re.compile(
    r"(.)\1{7}|EXAMPLE|(?i:example|placeholder|redacted|change[_-]?me|(?:^|[_-])(?:your|dummy|fake|insert|my)[_-])"
    r"|eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIi|T00000000/B00000000"
)
"""What a token holds that only shows how one looks; among them jwt.io's John Doe."""


_ALONE = frozenset(["AWS Access Key", "Twilio API Key"])
"""Kinds that are none within a longer run: of the letters of DNA, four in a hundred look like a key."""
_KEY_BEGINS = re.compile(r"-*BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-*")
_ALNUM = re.compile(r"[A-Za-z0-9]")

_Tests = tuple[tuple[str, ...], ...]
"""Tests that a text must all pass; of each, expressions one of which it must contain."""


def find_secrets(ids: Sequence[str], texts: pl.Series) -> list[Row]:
    """Return the secrets in texts as rows of `FINDINGS_SCHEMA`, in the order of the texts; see `find`."""
    firsts = dict.fromkeys(chain.from_iterable(tests[0] for tests, _ in _FINDERS))
    holds = (
        texts.alias("text")
        .to_frame()
        .select(pl.col("text").str.contains(expression).alias(expression) for expression in firsts)
    )
    held = {expression: holds[expression].to_numpy() for expression in firsts}
    finders_of: dict[int, list[Detector]] = {}
    for tests, finder in _FINDERS:
        places = _passing(texts, tests, held)
        finders = [finder] * len(places)
        if finder is catalogue.known_tokens:
            finders = [partial(finder, plain=one) for one in catalogue.parted(texts.gather(places))]
        for place, one in zip(places.tolist(), finders, strict=True):
            finders_of.setdefault(place, []).append(one)
    rows = []
    for place in sorted(finders_of):
        text = texts[place]
        rows += rows_of(ids[place], "secret", text, _secrets(text, finders_of[place]))
    return rows


def _passing(texts: pl.Series, tests: _Tests, held: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the places of the texts that hold, for each test, a match of one of its expressions.

    Parameters
    ----------
    texts
        Canonical texts.
    tests
        The first is asked of all texts, the others of those that are left.
    held
        Whether each text holds a match of each expression of the first test, (n,) bool.
    """
    places = np.flatnonzero(np.logical_or.reduce([held[expression] for expression in tests[0]]))
    for test in tests[1:]:
        if len(places):
            places = places[texts.gather(places).str.contains("|".join(test)).to_numpy()]
    return places


def secrets(text: str) -> Iterator[Match]:
    """Yield the secrets in a text, each place once: name of the token's kind, start, end."""
    yield from _secrets(text, [finder for _, finder in _FINDERS])


def without_secrets(text: object) -> str:
    """Return a text that is told to people, its secrets masked: a key of a row may be one.

    >>> without_secrets("metadata keys: page 3 rows")
    'metadata keys: page 3 rows'
    """
    told = str(text)
    if not pl.Series([told]).str.contains(PREFILTER).any():
        return told
    for _, start, end in sorted(secrets(told), key=lambda one: -one[1]):
        told = f"{told[:start]}{masked(told[start:end])}{told[end:]}"
    return told


def _secrets(text: str, finders: Sequence[Detector]) -> Iterator[Match]:
    seen: list[tuple[int, int]] = []  # sorted, and none overlaps another
    for name, start, end in chain.from_iterable(finder(text) for finder in finders):
        place = bisect_left(seen, (start, end))
        before, after = seen[max(place - 1, 0) : place], seen[place : place + 1]
        if any(start < stop and begin < end for begin, stop in before + after):
            continue
        seen.insert(place, (start, end))
        token = text[start:end]
        if name in _ALONE and _ALNUM.search(text[max(start - 1, 0) : start] + text[end : end + 1]):
            continue
        if _KEY_BEGINS.fullmatch(token) and placed.is_hollow(text, start, end):
            continue
        if placed.is_digest(text, start, end):
            continue
        if not (_PLACEHOLDER.search(token) or _EXAMPLE.search(token)):
            yield name, start, end


def _detected(text: str) -> Iterator[Match]:
    for name, patterns, confirmed in _detectors():
        for pattern in patterns:
            for span in spans_of(pattern)(text):
                if confirmed(text[slice(*span)]):
                    yield name, *span


def _shaped_or_of_framework(text: str) -> Iterator[Match]:
    yield from shapes.shaped_tokens(text)
    yield from frameworks.framework_secrets(text)


def _named_or_placed(text: str) -> Iterator[Match]:
    yield from named.named_secrets(text)
    yield from placed.placed_secrets(text)


def _plain_secrets(text: str) -> Iterator[Match]:
    return _secrets(text, [finder for _, finder in _FINDERS[:-1]])


_FINDERS: tuple[tuple[_Tests, Detector], ...] = (
    (((catalogue.PREFILTER, *_MAY_BE_DETECTED), (DETECTED,)), _detected),
    (((f"{shapes.PREFILTER}|{frameworks.PREFILTER}",),), _shaped_or_of_framework),
    (((f"{named.PREFILTER}|{placed.PREFILTER}",),), _named_or_placed),
    (((commands.PREFILTER,),), commands.handed_secrets),
    ((apart.PREFILTERS, (apart.HOLDS,)), apart.apart_secrets),
    (((catalogue.PREFILTER,),), catalogue.known_tokens),
    (
        # Text in base 64 has long runs without its two signs, which the first test knows of all texts.
        ((catalogue.PREFILTER,), (encoded.MAY_HOLD,), (encoded.PREFILTER,)),
        partial(encoded.encoded_secrets, find=_plain_secrets),
    ),
)
"""What every text must contain -> what is found in it; where two find the same, the first names it."""


@cache
def _detectors() -> tuple[tuple[str, tuple[re.Pattern[str], ...], Callable[[str], bool]], ...]:
    """Return name, expressions and, for a token that can be decoded, the test of its content."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class  # imports requests

    known: dict[str, Any] = get_mapping_from_secret_type_to_class()
    classes = {found.__name__: found for found in known.values()}
    plugins = [classes[name]() for name in DETECTORS]
    return tuple(
        (p.secret_type, tuple(p.denylist), getattr(p, "is_formally_valid", _always)) for p in plugins
    )


def _always(token: str) -> bool:
    return True
