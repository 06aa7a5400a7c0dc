r"""Secrets that a command or a call of code is handed: ``wandb login ...``, ``jwt.sign(payload, '...')``.

What belongs here: commands and calls that take one at a place of its own. What does not: options and settings
that name it (`named`), and what a value is (`placeholders`).
"""

import re
from collections.abc import Callable, Iterator

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.placeholders import (
    is_drawn,
    is_expression,
    is_made_up,
    is_mixed_letters,
    is_password,
)

NO_TOKEN = re.compile(
    r"(?:page|next|prev|previous|continuation|starting|public|publishable|anon|site|cache|idempotency|sort"
    r"|partition|pagination|sync|ssh|device|registration|hash|max|min|num|pad|eos|bos)[_. -]?\Z",
    re.IGNORECASE,
)
"""What a token or key is of, before that word, that nobody keeps to himself."""

_QUOTE = r"[bru@]{0,2}(?P<quote>[\"'`])"
_STRING = rf"{_QUOTE}(?P<value>[^\s\"'`\\]{{8,256}})(?P=quote)"
_ARGUMENT = r"(?P<quote>[\"']?)(?P<value>[^\s\"'`]{4,256})(?P=quote)(?=[\s\"'`);|&]|\Z)"
_LINE = r"[^\n|;]{0,200}?"


def _is_token(value: str) -> bool:
    return is_drawn(value)


def _is_secret(value: str) -> bool:
    return (is_password(value) or is_mixed_letters(value)) and not is_expression(value)


def _is_string(value: str) -> bool:
    """Return whether a string is a key or a password that was made up, and no text."""
    return is_drawn(value) or is_made_up(value)


_Test = Callable[[str], bool]
_PLACES: tuple[tuple[tuple[str, ...], re.Pattern[str], _Test, str], ...] = tuple(
    (words, re.compile(pattern), test, kind)
    for words, pattern, test, kind in (
        (
            ("wandb",),
            rf"\bwandb[ \t]+login[ \t]+(?:--?[a-z-]+[ \t]+){{0,3}}{_ARGUMENT}",
            _is_token,
            "token of a command",
        ),
        (
            (" --",),
            rf"[ \t]--(?P<of>(?:[a-z]+-){{0,2}})(?:token|secret|key)[ \t]+{_ARGUMENT}",
            _is_token,
            "token of a command",
        ),
        (
            ("Client", "oken(", "Key(", "key(", "Secret(", "secret(", "redential("),
            r"(?:\b\w{0,40}Client|\b\w{0,20}(?:[Ww]ith|[Ss]et)_?(?:[Aa](?:pi|PI|uth|ccess)_?)?"
            r"(?:[Tt]oken|[Kk]ey|Secret|secret|[Cc]redential))[ \t]?\([ \t]{0,4}" + _STRING,
            _is_token,
            "token of a call",
        ),
        (
            ("jwt.",),
            rf"\bjwt\.(?:sign|encode|verify|decode)\([^\n]{{1,160}}?,[ \t]{{0,4}}{_STRING}",
            _is_string,
            "key of a call",
        ),
        (
            (".new(", "Fernet("),
            r"\b(?:(?:AES|DES3?|Blowfish|ARC4|ChaCha20\w{0,9}|hmac|HMAC)\.new|Fernet)\([ \t]{0,4}" + _STRING,
            _is_string,
            "key of a call",
        ),
        (
            ("ipheriv(", "teHmac("),
            rf"\bcreate(?:Cipheriv|Decipheriv|Hmac)\([^\n,]{{1,60}},[ \t]{{0,4}}{_STRING}",
            _is_string,
            "key of a call",
        ),
        (
            ("jdbc:oracle:", "sqlplus", "sqlldr", "expdp", "impdp"),
            rf"(?:\bjdbc:oracle:\w{{1,8}}:|\b(?:sqlplus|sqlldr|expdp|impdp)\b{_LINE}[ \t\"'])"
            r"[A-Za-z][\w.$#]{0,63}/(?P<value>[^\s\"'`/@]{4,128})(?=@|[\"']|[ \t]*$)",
            _is_secret,
            "password of a command",
        ),
        (
            ("ldap",),
            rf"\bldap(?:search|add|modify|delete|passwd|whoami|compare)\b{_LINE}[ \t]-w[ \t]*{_ARGUMENT}",
            _is_secret,
            "password of a command",
        ),
        (
            ("freerdp",),
            rf"\b[wx]l?freerdp3?\b{_LINE}[ \t]/p:{_ARGUMENT}",
            _is_secret,
            "password of a command",
        ),
        (
            ("net use",),
            rf"\bnet[ \t]+use\b{_LINE}/user:\S{{1,64}}[ \t]+{_ARGUMENT}",
            _is_secret,
            "password of a command",
        ),
        (
            ("net user",),
            rf"\bnet[ \t]+user[ \t]+[^\s/]{{1,64}}[ \t]+(?!/){_ARGUMENT}",
            _is_secret,
            "password of a command",
        ),
        (
            ("htpasswd",),
            r"\bhtpasswd[ \t]+-(?=\w*b)(?:\w*n\w*|\w+[ \t]+\S{1,200})[ \t]+[^\s-]\S{0,63}[ \t]+" + _ARGUMENT,
            _is_secret,
            "password of a command",
        ),
        (
            ("chpasswd",),
            r"[\"' \t]([A-Za-z][\w.-]{0,63}):(?P<value>[^\s\"'`:]{4,128})[\"']?[ \t]{0,4}\|[ \t]{0,4}"
            r"(?:sudo[ \t]+)?chpasswd\b",
            _is_secret,
            "password of a command",
        ),
        (
            ("password 0", "password 7", "secret 0"),
            r"\b(?:password|secret)[ \t]+[07][ \t]+" + _ARGUMENT,
            _is_secret,
            "password of a device",
        ),
        (
            ("community",),
            r"\bsnmp-server[ \t]+community[ \t]+" + _ARGUMENT,
            _is_secret,
            "password of a device",
        ),
        (
            ("<input", "<INPUT"),
            r"(?i:<input\b(?=[^<>]{0,300}\btype=[\"']?password)[^<>]{0,300}?\bvalue=)"
            r"[\"'](?P<value>[^\s\"'<>]{4,128})[\"']",
            _is_secret,
            "password of a form",
        ),
    )
)
"""Words, one of which a text must hold, a place, the test of the value there, and what it is."""

PREFILTER = (
    r"wandb[ \t]+login|(?: --|-)(?:token|secret|key)[ \t]"
    r"|(?:Client|[Tt]oken|[Kk]ey|Secret|secret|[Cc]redential)[ \t]?\([ \t]{0,4}[bru@]{0,2}[\"'`][^\s\"'`]{16}"
    r"|jwt\.(?:sign|encode|verify|decode)\(|(?:\.new|Fernet)\([ \t]{0,4}[bru]{0,2}[\"']"
    r"|ipheriv\(|createHmac\("
    r"|jdbc:oracle:|sqlplus|sqlldr|(?:ex|im)pdp[ \t]|ldap[a-z]{3,7}[ \t]|freerdp|net use"
    r"|htpasswd[ \t]+-|chpasswd|(?:password|secret)[ \t]+[07][ \t]|snmp-server|<input |<INPUT "
)
"""Every text in which something is found contains a match of this expression."""


def handed_secrets(text: str) -> Iterator[Match]:
    """Yield the secrets of a text that a command or a call is handed: what it is, start, end."""
    for words, pattern, test, kind in _PLACES:
        if not any(word in text for word in words):
            continue
        for found in pattern.finditer(text):
            if found.groupdict().get("of") and NO_TOKEN.search(found["of"]):
                continue
            if test(found["value"]):
                yield kind, *found.span("value")
