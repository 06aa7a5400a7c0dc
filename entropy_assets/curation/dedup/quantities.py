"""Quantities: units beside numbers, and numerals in Roman and Chinese letters, of two texts.

What belongs here: which of them one text has where the other has another. What does not: numbers in digits
(`counted`), and numerals and units in words (`word_sets`).
"""

import re
from collections import Counter
from collections.abc import Iterator

_PREFIXED = "[QRYZEPTGMkhdcmµμnpfa]?"
_BASES = (
    "m|g|s|A|K|mol|cd|Hz|N|Pa|J|W|C|V|F|Ω|S|Wb|T|H|lm|lx|Bq|Gy|Sv|kat|l|L|t|eV|Wh|Ah|cal|bar|B|b|bit"
    "|bps|Bq|M|VA|var|pc|px|Da|U|gal|rad"
)
_OTHERS = (
    "min|h|hr|hrs|d|wk|yr|ha|ac|in|ft|yd|mi|nmi|oz|lb|lbs|st|gr|pt|qt|gal|tsp|tbsp|cup|mph|kph|knots|kn|kt|rpm"
    "|fps|psi|atm|mmHg|Torr|dB|dBm|ppm|ppb|ppt|IU|KB|kb|KiB|MiB|GiB|TiB|fl|sq|cc|hp|BTU|Btu|R|E|°"
)
_ZONES = "UTC|GMT|CET|CEST|EST|EDT|CST|CDT|MST|MDT|PST|PDT|BST|IST|JST|AEST|MSK"
_ERAS = "BCE|BC|CE|AD|AH|BP"
_MONEY = "USD|EUR|GBP|JPY|CHF|CNY|RMB|INR|RUB|AUD|CAD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|BRL|MXN|KRW|BTC|ETH"
_ONE = rf"(?:{_PREFIXED}(?:{_BASES})|{_OTHERS})(?:[²³]|\^?[23])?"
_UNIT = rf"(?:{_ONE}(?:/{_ONE})?|°\ ?[CFNSEWKR]|[%‰‱]|{_ZONES}|{_ERAS}|{_MONEY}|(?:pct|pp)|[NSEW])"
_HALVES = r"(?:[ap]\.?\ ?m\.?|[AP]\.?\ ?M\.?|B\.\ ?C\.(?:\ ?E\.)?|A\.\ ?D\.|C\.\ ?E\.)"
_MEASURED = re.compile(rf"(\d[\d.,:/]*)[ \u00a0\u202f-]?(?:[°′″'’\"]\ ?)?({_HALVES}|{_UNIT})(?!\w)")
_BEFORE = re.compile(rf"(?<!\w)(A\.D\.|B\.C\.|{_ERAS}|{_MONEY}|{_ZONES})[ \u00a0+-]?(\d[\d.,:]*)")
_ROMAN = re.compile(
    r"(?<!\w)(?=[IVXLCDM])(M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))(?!\w)"
)
_LAST_WORD = re.compile(r"(\w+)[ \u00a0.]+\Z")
_MAY_BE_SMALL = re.compile(r"[ .][ivxlcdm]+(?!\w)")
_SMALL = re.compile(
    r"\b(chapter|part|section|volume|vol|book|act|scene|appendix|article|type|class|phase|stage|figure|fig|table"
    r"|level|grade|unit|page|kapitel|teil|band|chapitre|partie|tome|capítulo|parte|tomo|capitolo)[ .]+"
    r"(?=[ivxlcdm])(m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3}))(?!\w)",
    re.IGNORECASE,
)
_CHINESE = re.compile("[〇零一二两兩三四五六七八九十百千万萬亿億]{2,}")

_DIGIT = re.compile(r"\d")
_LOOK_BACK = 40
"""Characters in which the word before a numeral is looked for."""

Found = tuple[Counter[str], Counter[str]]


def quantities_of(text: str) -> Found:
    """Return the quantities of a text, and its Roman numerals, each with the word before it.

    >>> units, numerals = quantities_of("Louis XIV drank 5 ml at 7 a.m.")
    >>> sorted(units), sorted(numerals)
    (['5 ml', '7 am'], ['louis XIV'])
    """
    return Counter(_quantities(text)), Counter(_numerals(text))


def n_others(first: Found, second: Found) -> int:
    """Return how many quantities and numerals each of two texts has in place of those of the other.

    Parameters
    ----------
    first, second
        See `quantities_of`. Roman numerals stand in place of one another behind the same word.
    """
    (units, numerals), (other_units, other_numerals) = first, second
    found = min((units - other_units).total(), (other_units - units).total())
    own, others = ([one.split(" ")[0] for one in more.elements()] for more in
                   (numerals - other_numerals, other_numerals - numerals))  # fmt: skip
    return found + (Counter(own) & Counter(others)).total()


def _quantities(text: str) -> Iterator[str]:
    if _DIGIT.search(text):
        for number, unit in _MEASURED.findall(text):
            yield f"{number.rstrip('.,:/')} {_plain(unit)}"
        for unit, number in _BEFORE.findall(text):
            yield f"{number.rstrip('.,:')} {_plain(unit)}"
    if not text.isascii():
        yield from _CHINESE.findall(text)


def _plain(unit: str) -> str:
    """Return a unit as it is compared: a.m. is am, and the two letters for micro are one."""
    bare = re.sub(r"[. °]", "", unit) if len(unit) > 1 else unit
    return bare.lower() if bare.lower() in ("am", "pm", "bc", "ad") else bare.replace("μ", "µ")


def _numerals(text: str) -> Iterator[str]:
    for found in _ROMAN.finditer(text):
        before = _LAST_WORD.search(text[max(0, found.start() - _LOOK_BACK) : found.start()])
        yield f"{before[1].lower() if before else ''} {found[1]}"
    if not _MAY_BE_SMALL.search(text):
        return
    for before, numeral in _SMALL.findall(text):
        if numeral.islower():
            yield f"{before.lower()} {numeral.upper()}"
