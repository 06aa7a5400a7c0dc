r"""Secrets where a format has a place for one: files of docker, PostgreSQL and Wi-Fi, SQL, PowerShell.

What belongs here: these places, and keys that are only spoken of. What does not: what a key names
(`named`), and what a value is (`placeholders`).
"""

import re
from collections.abc import Iterator

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.placeholders import (
    is_expression,
    is_pair,
    is_password,
    is_placeholder,
    pair_of,
)

_AUTH = re.compile(r'"auth\\?"\s{0,4}:\s{0,4}\\?"(?P<value>[A-Za-z0-9+/]{8,512}={0,2})\\?"')

_PGPASS = re.compile(
    r"(?:^|(?<=[\s\"'`>]))(?P<host>[A-Za-z0-9.*-]{1,100}):(?P<port>\d{4,5}|\*):(?P<base>[\w*-]{1,63})"
    r":(?P<user>[\w.*-]{1,63}):(?P<value>(?:\\.|[^\s:\\\"'`]){4,128})(?=[\s\"'`]|$)",
    re.MULTILINE,
)
_PORTS = frozenset(["5432", "5433", "6432", "*"])
_PORT = re.compile(r":(?:\d{4,5}|\*):")
_HOST, _LOGIN = 101, 260
"""Characters before the port and behind it."""
_HEX = re.compile(r"[0-9a-fA-F:]+")

_PSK, _IDENTIFIED, _PASSWORD, _SECURE = "psk", "identified", "password", "securestring"

_QUOTED = (
    (_PSK, re.compile(r"\bpsk\s?=\s?\\?\"(?P<value>[^\"\\\n]{8,63})"), "passphrase of a network"),
    (_PSK, re.compile(r"\bpsk\s?=\s?(?P<value>[0-9a-f]{64})\b"), "passphrase of a network"),
    (
        _IDENTIFIED,
        re.compile(
            r"\bIDENTIFIED\s+(?:WITH\s+\S{1,64}\s+)?(?:BY|AS)\s+(?:PASSWORD\s+)?\\?[\"'](?P<value>[^\s\"'\\]{4,128})",
            re.IGNORECASE,
        ),
        "password in SQL",
    ),
    (
        _PASSWORD,
        re.compile(
            r"\b(?:(?:CREATE|ALTER)\s+(?:USER|ROLE|LOGIN|GROUP|SUBSCRIPTION)\b[^;]{0,200}?|SET\s)\bPASSWORD\b"
            r"(?:[^;'=]{0,60}(?:'[^'\s]{0,60}'@'[^'\s]{0,60}'))?\s{0,4}=?\s{0,4}(?:PASSWORD\s?\(\s?)?N?"
            r"\\?'(?P<value>[^\s'\\]{4,128})",
            re.IGNORECASE,
        ),
        "password in SQL",
    ),
    (
        _SECURE,
        re.compile(
            r"ConvertTo-SecureString\s+(?:-String\s+)?[\"'](?P<value>[^\s\"']{4,128})[\"'](?=[^\n|;]{0,80}-AsPlainText)",
            re.IGNORECASE,
        ),
        "password of a command",
    ),
    (
        _SECURE,
        re.compile(
            r"ConvertTo-SecureString\s+(?:-Force\s+)?-AsPlainText\s+(?:-Force\s+)?(?:-String\s+)?[\"'](?P<value>[^\s\"']{4,128})",
            re.IGNORECASE,
        ),
        "password of a command",
    ),
)
"""A word that stands in small letters where the expression finds something, and what that is."""
_BARE = (
    (_PSK, re.compile(r"\bpsk\s?=\s?(?P<value>[^\s\"'`;,()]{8,63})"), "passphrase of a network"),
    (
        _IDENTIFIED,
        re.compile(r"\bIDENTIFIED\s+BY\s+(?P<value>[A-Za-z][\w#$]{5,63})", re.IGNORECASE),
        "password in SQL",
    ),
    (_PASSWORD, re.compile(r"\bPASSWORD\s+N?'(?P<value>[^\s'\\]{6,128})'"), "password in SQL"),
)
"""Places in which a word may stand as well."""

PREFILTER = (
    r"\"auth\\?\"\s{0,4}:|:(?:[0-9]{4,5}|\*):[^:\s]|psk\s?=|(?i:identified\s)"
    r"|(?i:password\s{0,4}=?\s{0,4}(?:password\s?\(\s?)?n?\\?'|set\s+password\s|convertto-securestring\s)"
)
"""Every text in which something is found contains a match of this expression."""

_KEY_HEADERS = re.compile(
    r"^\s*(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|Subject|X-[\w-]+):.*$", re.M
)
_KEY_BODY = re.compile(r"[^A-Za-z0-9.…<\[{$]*(?P<body>[A-Za-z0-9+/]{16,})(?!\.\.|…)")
_DASHES = re.compile(r"-{4,5}[ ]?\Z")
_CUT = re.compile(
    r"[\s>+#*|\"'`]*(?:[A-Za-z0-9+/]{0,64}(?:\.\.\.|…)|(?<=\n)(?:[<\[{$]|[xX]{3})|-{4,5}[ ]?END)"
)
"""What stands behind the first line of a private key that is none."""
_LOOK = 600
_DIGEST = re.compile(
    r"[0-9a-f]{32}(?:[0-9a-f]{8}|[0-9a-f]{24}|[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{96})?", re.I
)
_SAYS_DIGEST = re.compile(r"\b(?:sha-?[123]?(?:224|256|384|512)?|md5|blake2\w*|checksum)\b", re.IGNORECASE)
_LINE = 200


def placed_secrets(text: str) -> Iterator[Match]:
    """Yield the secrets of a text that stand where a format has a place for one: what it is, start, end."""
    for found in _AUTH.finditer(text) if '"auth' in text else ():
        pair = pair_of(found["value"])
        if pair and is_pair(*pair):
            yield "password of a registry", *found.span("value")
    end = 0
    for port in _PORT.finditer(text):
        login = _PGPASS.search(text, max(port.start() - _HOST, end), port.end() + _LOGIN)
        if login is not None and _is_login(login):
            yield "password of a database", *login.span("value")
        end = login.end() if login is not None else end
    lowered = text.lower()
    for word, pattern, name in _QUOTED:
        for found in pattern.finditer(text) if word in lowered else ():
            if is_password(found["value"].replace(" ", "-"), sure=True):
                yield name, *found.span("value")
    for word, pattern, name in _BARE:
        for found in pattern.finditer(text) if word in lowered else ():
            if is_password(found["value"]) and not is_expression(found["value"]):
                yield name, *found.span("value")


def is_hollow(text: str, start: int, end: int) -> bool:
    """Return whether the beginning of a private key at this place is only spoken of, or its body is cut."""
    if text[start] != "-" and not _DASHES.search(text, max(start - 6, 0), start):
        return True
    after = re.sub(r"\\+[nrt]", "\n", text[end : end + _LOOK])
    after = _KEY_HEADERS.sub("", re.sub(r"\A(?: BLOCK)?-*", "", after))
    found = _KEY_BODY.match(after)
    if found is not None:
        return is_placeholder(found["body"])
    quote = re.match(r"[\"'`]", after)
    is_quoted = quote is not None and text[max(start - 8, 0) : start].rstrip("-").endswith(quote[0])
    return is_quoted or _CUT.match(after) is not None


def is_digest(text: str, start: int, end: int) -> bool:
    """Return whether a token is a digest, as its line says: ``# sha256 of "test"``."""
    if not _DIGEST.fullmatch(text, start, end):
        return False
    before = text[max(start - _LINE, 0) : start].rpartition("\n")[2]
    return bool(_SAYS_DIGEST.search(before + " " + text[end : end + _LINE].partition("\n")[0]))


def _is_login(found: re.Match[str]) -> bool:
    if _HEX.fullmatch(found.group()) or not re.search(r"[A-Za-z*]", found["base"]):
        return False
    if not re.search(r"[A-Za-z.*]", found["host"]) or not re.search(r"[A-Za-z*]", found["user"]):
        return False
    return is_password(found["value"], sure=found["port"] in _PORTS)
