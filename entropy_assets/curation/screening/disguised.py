r"""E-mail addresses that are written so that machines do not read them: ``anna [at] firma [dot] de``.

Where a bracket or an entity stands for the ``@``, the rest tells an address as it does any other. Bare words
(*anna at firma dot de*) are one where they are in capitals or something before them says so, since *look at
home dot com* is a sentence.

What belongs here: disguises. What does not: what an address is (`addresses`).
"""

import re
from collections.abc import Iterator

from entropy_assets.curation.screening.addresses import LETTER, OBJECTS, SIGN, is_of_person
from entropy_assets.curation.screening.findings import Match

_AT = (
    r"[ \t]{0,2}[\[({<][ \t]?(?:at|@|ät|arroba|chez|klammeraffe)[ \t]?[\])}>][ \t]{0,2}"
    r"|＠|&#64;|&#x40;|&commat;|%40"
)
_DOT = (
    r"[ \t]{0,2}[\[({<][ \t]?(?:dot|\.|punkt|punto|point|ponto)[ \t]?[\])}>][ \t]{0,2}"
    r"|[ \t]{1,2}(?:dot|punkt)[ \t]{1,2}|&#46;|&#x2[eE];|&period;"
)
_NAME = rf"(?<![{SIGN}._%+@/\\-])(?P<name>[{SIGN}](?:[{SIGN}._+-]|(?:{_DOT})(?=[{SIGN}])){{0,63}}?)"
_LABEL = rf"[{SIGN}](?:[{SIGN}-]{{0,61}}[{SIGN}])?"
_TOP = rf"[{LETTER}]{{2,18}}(?![{SIGN}@_-])"

_BRACKETED = re.compile(
    rf"{_NAME}(?:{_AT}|(?P<plain>@))"
    rf"(?P<host>{_LABEL}(?:(?:\.|{_DOT}){_LABEL}){{0,6}}(?:\.|{_DOT}){_TOP})",
    re.IGNORECASE,
)
_SIGN_WORDS = "|".join(
    word + "|" + word.upper() for word in ("arobase", "arroba", "chiocciola", "klammeraffe")
)
_DOT_WORDS = "|".join(word + "|" + word.upper() for word in ("point", "punto", "ponto", "punkt"))
_SPELLED = re.compile(
    rf"{_NAME}[ \t]{{1,2}}(?P<at>at|AT|{_SIGN_WORDS})[ \t]{{1,2}}"
    rf"(?P<host>{_LABEL}(?:[ \t]{{1,2}}(?:dot|DOT|{_DOT_WORDS})[ \t]{{1,2}}{_LABEL}){{0,6}}"
    rf"[ \t]{{1,2}}(?:dot|DOT|{_DOT_WORDS})[ \t]{{1,2}}{_TOP})"
)
_SPACED = re.compile(
    rf"{_NAME}(?:[ \t]{{1,2}}(?P<at>@|AT|at)|@)[ \t]{{1,2}}"
    rf"(?P<host>{_LABEL}(?:\.{_LABEL}){{0,6}}\.(?P<top>{_TOP}))(?![(\[=]|\.\w)"
)
"""With blanks around the sign, and the host as it is."""
_PERSON = re.compile(rf"(?=.*[{LETTER}]{{2}})[{SIGN}]*[a-z][{SIGN}]*[._][{SIGN}._-]*[{LETTER}][{SIGN}]*")
_USUAL = re.compile(r"(?:[a-z]{2}|com|org|net|edu|gov|info)(?<!\bid|\bis|\bto|\bre|\bin)", re.IGNORECASE)
"""A name of two parts, and ends of hosts that are hardly ever slots of objects."""
_SIGN = re.compile(r"(?:[ \t]{1,2}(?:@|AT|at)|@)[ \t]{1,2}(?=[^\s.]{2,63}\.[^\s.])")
_NAME_BEFORE, _HOST_BEHIND = 66, 300
_SAYS = re.compile(
    r"(?:mail|contact|kontakt|reach|write to|addresse?|adresse|邮箱|邮件)[^\n]{0,40}\Z", re.IGNORECASE
)
_TELLS = re.compile(
    r"(?:mail|address|adresse?|邮箱)[\"*_]{0,2}[ \t]?(?:is|ist|est|es|=|:|：)[ \t*_]{0,4}\Z", re.IGNORECASE
)
_SENTENCE = frozenset(
    ["is", "are", "was", "were", "be", "am", "look", "meet", "met", "here", "seen", "found", "or", "and"]
)
"""Words after which *(at)* is a word too."""
_BEFORE = 60
_EVERY_DOT = re.compile(rf"{_DOT}|[ \t]{{1,2}}(?:{_DOT_WORDS})[ \t]{{1,2}}", re.IGNORECASE)

_SIGNED = (
    r"(?i:[\[({<][ \t]?(?:at|@|ät|arroba|chez|klammeraffe|dot|punkt|punto|point|ponto)[ \t]?[\])}>]"
    r"|\S(?:＠|&#64;|&#x40;|&commat;|%40)|@[a-z0-9.-]+[ \t]{0,2}(?:[\[({<][ \t]?\.|&)|[ \t]dot[ \t]"
    r"|[ \t](?:arobase|arroba|chiocciola|klammeraffe)[ \t])"
)
DISGUISED_PREFILTER = rf"{_SIGNED}|(?i:[a-z0-9](?:[ \t]{{1,2}}(?:@|at)|@)[ \t]{{1,2}}[^\s.]{{2,63}}\.[^\s.])"
"""Every text with a disguised address contains a match of this expression."""


_HAS_SIGN = re.compile(_SIGNED.replace(r"\S(?:", "(?:"))  # what may stand anywhere is slow to look for
_AT_MARK = re.compile(r"[@＠]|&(?:#64|#x40|commat);|%40|[\[({<][ \t]?(?i:at|ät|arroba|chez|klammeraffe)")
_DOT_MARK = re.compile(rf"[ \t](?:dot|DOT|{_SIGN_WORDS})[ \t]")
"""What stands in an address in brackets, and in one that is spelled out."""
_REACH_BEFORE, _REACH_BEHIND = 300, 900
"""Characters of a name before such a sign, and of a host behind it, with every dot spelled out."""


def disguised_emails(text: str) -> Iterator[Match]:
    """Yield the disguised e-mail addresses of persons in a text."""
    is_signed = _HAS_SIGN.search(text) is not None
    for found in _near(_BRACKETED, _AT_MARK, text) if is_signed else ():
        if (not found["plain"] or _EVERY_DOT.search(found["host"])) and _is_one(found):
            yield "e-mail address", *found.span()
    for found in _near(_SPELLED, _DOT_MARK, text) if is_signed else ():
        is_said = found["at"].isupper() or _SAYS.search(text, max(found.start() - _BEFORE, 0), found.start())
        if is_said and _is_one(found):
            yield "e-mail address", *found.span()

    for found in _spaced(text):
        is_said = _TELLS.search(text, max(found.start() - _BEFORE, 0), found.start())
        if (is_said or _is_spaced(found)) and _is_one(found):
            yield "e-mail address", *found.span()


def _near(pattern: re.Pattern[str], marks: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield what a pattern finds around marks, one of which is in each match: a search for all is slow."""
    begin = end = 0
    for mark in marks.finditer(text):
        if mark.start() - _REACH_BEFORE > end:
            yield from pattern.finditer(text, begin, end)
            begin = mark.start() - _REACH_BEFORE
        end = mark.end() + _REACH_BEHIND
    yield from pattern.finditer(text, begin, end)


def _spaced(text: str) -> Iterator[re.Match[str]]:
    """Yield what has blanks around the sign, looked for only where the sign and a host stand."""
    for sign in _SIGN.finditer(text):
        yield from _SPACED.finditer(text, max(sign.start() - _NAME_BEFORE, 0), sign.end() + _HOST_BEHIND)


def _is_spaced(found: re.Match[str]) -> bool:
    """Return whether nothing but an address is written so: two parts of a name, and a usual host."""
    first, host = found["name"].split(".")[0], found["host"]
    is_object = {first, host.split(".")[0]} & OBJECTS
    is_usual = _USUAL.fullmatch(found["top"]) and len(host.split(".")[0]) > 2
    return bool(found["at"] != "at" and _PERSON.fullmatch(found["name"]) and is_usual and not is_object)


def _is_one(found: re.Match[str]) -> bool:
    name, host = (_EVERY_DOT.sub(".", found[part]).lower() for part in ("name", "host"))
    return name not in _SENTENCE and is_of_person(name, host)
