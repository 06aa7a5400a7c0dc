"""Quantities: units beside numbers, and numerals in Roman and Chinese letters, of two texts.

What belongs here: which of them one text has where the other has another. What does not: numbers in digits
(`counted`), and numerals and units in words (`word_sets`).
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.lookup import Words
from entropy_assets.curation.dedup.verification import summed
from entropy_assets.ngrams import BASE

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
_GROUP = re.compile(r",(?=\d{3}(?!\d))")
_PRIME = re.compile(r"(\d[\d.,]*)[ ]?(''|[″′]|['\"](?![\w'\"]))")
_PRIMES = {"''": "″", '"': "″", "'": "′"}
_BEFORE = re.compile(rf"(A\.D\.|B\.C\.|{_ERAS}|{_MONEY}|{_ZONES})[ \u00a0+-]?(\d[\d.,:]*)")
_CAPITALS = re.compile(r"[IVXLCDM]+(?!\w)")
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
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
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
MOST_CHARS = 64
"""Characters that a quantity or a numeral has with the word before it, rather too many."""

_LOOK_BACK = 40
"""Characters in which the word before a numeral is looked for."""

_BEFORE_DIGIT, _BEHIND_DIGIT = 8, 24
"""Bytes around a digit in which its unit stands."""

_NO_LETTERS = bytes(0 if chr(point).isalpha() and point < 0x80 else point for point in range(0x100))
"""The table of `bytes.translate` that leaves out letters."""

_N_GAPS = 3
"""Spaces behind which nothing stands that belongs to a number."""

_LAST_NUMERAL = 3_999

Found = tuple[Counter[str], Counter[str]]


def may_measure(texts: Sequence[str], tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether it is worth looking for the quantities of a pair: (pairs,) bool.

    What stands around the digits of the two is not the same, or what could be numerals, each with the word
    before it; or one has digits or numerals of another script.
    """
    raw = [text.encode() for text in texts]
    around, numerals = around_digits(raw, _BEFORE_DIGIT, _BEHIND_DIGIT), _numeral_tokens(tokens)
    of_other_script = np.array(
        [not text.isascii() and bool(_CHINESE.search(text) or _OTHER_DIGIT.search(text)) for text in texts],
        bool,
    )
    may: np.ndarray = (around[a] != around[b]) | (numerals[a] != numerals[b])
    may |= of_other_script[a] | of_other_script[b]
    return may


def around_digits(texts: Sequence[bytes], n_before: int, n_behind: int, *, signs: bool = False) -> np.ndarray:
    """Return a sum over the digits of each text of what stands beside them: (n,) uint64.

    A word that ends with a full stop may be a part of a unit (`a. m.`), so the next one counts as well.

    Parameters
    ----------
    texts
        Texts in UTF-8.
    n_before, n_behind
        Bytes on either side.
    signs
        Whether only digits and signs count, and no letters.
    """
    pad = bytes(_BEHIND_DIGIT)
    joined = pad + pad.join([*texts, b""])
    points = np.frombuffer(joined.translate(_NO_LETTERS) if signs else joined, np.uint8)
    sizes = np.fromiter(map(len, texts), np.int64, len(texts)) + len(pad)
    places = np.flatnonzero(points - np.uint8(ord("0")) < 10)
    keys = points[places].astype(np.uint64)
    for step, most in ((-1, n_before), (1, n_behind)):
        n_gaps, last = np.zeros(len(places), np.int8), np.zeros(len(places), np.uint8)
        for at in range(1, most):
            point = points[places + step * at]
            n_gaps += (point == ord(" ")) & (last != ord("."))
            keys = keys * BASE + np.where(n_gaps < _N_GAPS, point, 0)
            last = point
    if signs:
        # "3 to 4": letters between two numbers join them.
        raw = np.frombuffer(joined, np.uint8)
        is_digit = raw - np.uint8(ord("0")) < 10
        near = np.flatnonzero(is_digit[places + 4] | is_digit[places + 5] | is_digit[places + 6])
        for step in range(1, 6):
            keys[near] = keys[near] * BASE + raw[places[near] + step]
    starts = places.searchsorted(np.concatenate([[0], np.cumsum(sizes)]) + len(pad))
    return summed(tk.mix(keys), tk.Tokens(keys, starts))


def _numeral_tokens(tokens: tk.Tokens) -> np.ndarray:
    """Return a sum over the Roman numerals of each text, of them and the words before them: (n,) uint64."""
    places, _ = _numeral_words().found_in(tokens.hashes)
    before = np.where(places > 0, tokens.hashes[places - 1], np.uint64(0))
    before[np.isin(places, tokens.starts)] = 0
    keys = tk.mix(tokens.hashes[places] ^ tk.mix(before))
    return summed(keys, tk.Tokens(keys, places.searchsorted(tokens.starts)))


@cache
def _numeral_words() -> Words:
    """Return all Roman numerals."""
    digits = [(1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l")]
    digits += [(40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")]
    found = []
    for number in range(1, _LAST_NUMERAL + 1):
        letters = ""
        for value, sign in digits:
            letters += sign * (number // value)
            number %= value
        found.append(letters.encode())
    return Words.of(tk.tokenise(found).hashes)


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
    if dict.__eq__(units, other_units) and dict.__eq__(numerals, other_numerals):
        return 0
    found = min((units - other_units).total(), (other_units - units).total())
    own, others = ([one.split(" ")[0] for one in more.elements()] for more in
                   (numerals - other_numerals, other_numerals - numerals))  # fmt: skip
    return found + (Counter(own) & Counter(others)).total()


def is_numeral(word: str) -> bool:
    """Return whether a word is a Roman numeral in letters of any case."""
    return bool(word) and _ROMAN.fullmatch(word.upper()) is not None


def _quantities(text: str) -> Iterator[str]:
    if _DIGIT.search(text):
        for number, unit in _MEASURED.findall(text):
            yield f"{_GROUP.sub('', number).rstrip('.,:/')} {_plain(unit)}"
        for found in _PRIME.finditer(text):
            if not _is_quoted(text, found):
                yield f"{found[1]} {_PRIMES.get(found[2], found[2])}"
        for found in _BEFORE.finditer(text):
            if not _is_within(text, found.start()):
                yield f"{found[2].rstrip('.,:')} {_plain(found[1])}"
    if not text.isascii():
        yield from _CHINESE.findall(text)


def _is_quoted(text: str, found: re.Match[str]) -> bool:
    """Return whether a sign behind a number closes a quote of its line, and is no prime."""
    line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    return found[2] in "'\"" and re.search(rf"(?<![\d'\"]){found[2]}", line) is not None


def _is_within(text: str, start: int) -> bool:
    """Return whether a place is within a word; a look back in a pattern would be taken at every place."""
    return start > 0 and (text[start - 1].isalnum() or text[start - 1] == "_")


def _plain(unit: str) -> str:
    """Return a unit as it is compared: a.m. is am, and the two letters for micro are one."""
    bare = re.sub(r"[. °]", "", unit) if len(unit) > 1 else unit
    return bare.lower() if bare.lower() in ("am", "pm", "bc", "ad") else bare.replace("μ", "µ")


def _numerals(text: str) -> Iterator[str]:
    for found in _CAPITALS.finditer(text):
        if _is_within(text, found.start()) or not _ROMAN.fullmatch(found[0]):
            continue
        before = _LAST_WORD.search(text[max(0, found.start() - _LOOK_BACK) : found.start()])
        yield f"{before[1].lower() if before else ''} {found[0]}"
    if not _MAY_BE_SMALL.search(text):
        return
    for before, numeral in _SMALL.findall(text):
        if numeral.islower():
            yield f"{before.lower()} {numeral.upper()}"
