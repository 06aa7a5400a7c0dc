r"""Personal data in a text: telephone numbers and payment card numbers.

What belongs here: what counts as one of them, and the test that spares most texts the slow look. What does
not: addresses (`addresses`).
"""

import re
from collections.abc import Iterator

from entropy_assets.curation.screening.findings import Match

PHONE_PREFILTER = (
    r"[+＋]\(?\d(?:[ ().\-/]{0,3}\d){6,}"
    r"|00[1-9][0-9]{0,2}[ (-][ ().\-/]{0,2}[0-9](?:[ ().\-/]{0,3}[0-9]){5}"
)
LOCAL_PHONE_PREFILTER = r"\d(?:[ ().\-/]{0,3}\d){6,}"

_BLANKS = r"\u00a0\u2007\u2009\u202f\u3000"
CARD_PREFILTER = r"[0-9](?:[ .-]?[0-9]){12}|[0-9]{4}[\x{a0}\x{2007}\x{2009}\x{202f}\x{3000}][0-9]{4}"
_CARD = re.compile(
    rf"(?<![\w.,+*/=^-])(?:\d{{13,19}}|\d{{4}}([ .{_BLANKS}-])\d{{4}}\1\d{{4}}\1\d{{4}}"
    rf"|\d{{4}}([ .{_BLANKS}-])\d{{6}}\2\d{{5}})(?![\w*/^-]|[.,]\d)"
)
_NO_DIGIT = re.compile(r"\D")
_ABROAD = re.compile(r"(?<![\w.,+*/=^-])(?<!\d[ ().-])00(?=[1-9]\d{0,2}[ (-]{1,2}\d)")
"""What stands for the ``+`` of a number whose groups are parted."""
_CARD_ISSUERS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})$|5[1-5]\d{14}$|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}$"
    r"|3[47]\d{13}$|3(?:0[0-5]|[689]\d)\d{11}$|6(?:011|5\d\d|4[4-9]\d)\d{12}$|35(?:2[89]|[3-8]\d)\d{12}$"
)
"""Lengths and first digits of Visa, Mastercard, American Express, Diners Club, Discover and JCB."""


def phones(text: str, region: str = "") -> Iterator[Match]:
    """Yield the telephone numbers in a text that exist in their country's plan of numbers.

    Parameters
    ----------
    text
        Canonical text.
    region
        Country (`US`, `DE`) whose numbers are found without their country's code too; empty for none.
    """
    import phonenumbers

    shown = _ABROAD.sub(" +", text)
    # Strict grouping: written in the groups of its country, or in none; a sum such as +12 345 678 is not.
    found = phonenumbers.PhoneNumberMatcher(
        shown, region or None, leniency=phonenumbers.Leniency.STRICT_GROUPING, max_tries=1_000
    )
    for match in found:
        start = match.start
        is_summand = start and text[start - 1].isalnum() and text[start] == shown[start]  # of 3+4567890123
        if not is_summand:
            yield "telephone number", start, match.end


def cards(text: str) -> Iterator[Match]:
    """Yield the payment card numbers in a text: an issuer's form, and a right check digit (Luhn)."""
    from stdnum import luhn

    for match in _CARD.finditer(text):
        digits = _NO_DIGIT.sub("", match.group())
        if _CARD_ISSUERS.match(digits) and len(set(digits)) > 3 and luhn.is_valid(digits):
            yield "payment card number", *match.span()
