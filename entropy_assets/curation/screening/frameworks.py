r"""Secrets in the alphabets of web frameworks, and passphrases in codes that phones read.

Django draws a key from small letters, digits and ``!@#$%^&*(-_=+)``, WordPress from nearly all that can be
printed: neither looks like other tokens, and both may look like templates. Their names tell them.

What belongs here: what a framework's own command writes. What does not: tokens in usual alphabets under such
names (`named`).
"""

import re
from collections.abc import Iterator

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.placeholders import is_drawn, is_password

PREFILTER = (
    r"SECRET_KEY|secret_key|SecretKey|secretKey|django-insecure-|AUTH_KEY|AUTH_SALT|LOGGED_IN_|NONCE_KEY"
    r"|NONCE_SALT|WIFI:"
)
"""Every text in which something is found contains a match of this expression."""

_DJANGO = re.compile(
    r"(?:(?i:secret_?key)[^\n]{0,60}?[\"'`=: ]|(?=django-insecure-))"
    r"(?P<value>(?:django-insecure-)?[a-z0-9!@#$%^&*(\-_=+)]{50})(?![A-Za-z0-9!@#$%^&*(\-_=+)])"
)
_WORDPRESS = re.compile(
    r"(?:(?:SECURE_)?AUTH|LOGGED_IN|NONCE)_(?:KEY|SALT)[\"']?[ \t]{0,4}[,=:][ \t]{0,16}"
    r"(?:(?P<mark>[\"'])(?P<quoted>[^\"'\\\n]{32,128})(?P=mark)|(?P<bare>[^\s\"'\\]{32,128}))"
)
_BYTES = re.compile(
    r"(?i:secret_?key)\w{0,12}(?:[\"']\])?[ \t]{0,4}[=:][ \t]{0,4}[bB](?P<mark>[\"'])"
    r"(?P<value>(?:\\.|[^\\\n\"']){16,512})(?P=mark)"
)
_WIFI = re.compile(r"WIFI:(?:[A-Z]:(?:\\.|[^;\\\n]){0,64};){0,6}?P:(?P<value>(?:\\.|[^;\\\n]){5,63});")
_SIGNS = re.compile(r"[!@#$%^&*(=+)]")
_MIN_SIGNS, _MIN_KINDS, _MIN_ESCAPES = 4, 18, 6


def framework_secrets(text: str) -> Iterator[Match]:
    """Yield the secrets of a text that a framework drew, and passphrases in codes: what it is, start, end."""
    for found in _DJANGO.finditer(text):
        if _is_django(found["value"]):
            yield "token by its name", *found.span("value")
    for found in _WORDPRESS.finditer(text) if "_KEY" in text or "_SALT" in text else ():
        group = "quoted" if found["quoted"] else "bare"
        if _is_mixed(found[group]) or is_drawn(found[group]):
            yield "token by its name", *found.span(group)
    for found in _BYTES.finditer(text) if "\\x" in text else ():
        if len(set(re.findall(r"\\x[0-9a-fA-F]{2}", found["value"]))) >= _MIN_ESCAPES:
            yield "token by its name", *found.span("value")
    for found in _WIFI.finditer(text) if "WIFI:" in text else ():
        if is_password(found["value"].replace(" ", "-"), sure=True):
            yield "passphrase of a network", *found.span("value")


def _is_django(value: str) -> bool:
    """Return whether 50 signs look drawn from Django's alphabet: one that is not fails once in a thousand."""
    drawn = value.removeprefix("django-insecure-")
    return (
        len(_SIGNS.findall(drawn)) >= _MIN_SIGNS
        and len(set(drawn)) >= _MIN_KINDS
        and any(map(str.isdigit, drawn))
    )


def _is_mixed(value: str) -> bool:
    """Return whether letters, digits and signs stand in turn, as in a salt of WordPress."""
    signs = sum(not (sign.isalnum() or sign.isspace() or sign == "_") for sign in value)
    kinds = any(map(str.isdigit, value)), any(map(str.islower, value)), any(map(str.isupper, value))
    return value.isascii() and signs >= 2 * _MIN_SIGNS and len(set(value)) >= _MIN_KINDS and all(kinds)
