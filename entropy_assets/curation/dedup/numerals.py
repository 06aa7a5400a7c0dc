"""Numbers of a text as values: digits with their decimals, groups, fractions and scale, and words.

`10,000`, `10 thousand` and `ten thousand` are one value; `2`, `2,5` and `2½` are three. What bounds a number
(`over`, `at most`, `~`) is a part of it, as are both ends of a range (`3-4`, `three to four`).

What belongs here: the values of a text. What does not: comparing those of two (`counted`), and units beside
them (`quantities`).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from entropy_assets.curation.dedup.numeral_words import (
    AND,
    BOUNDS,
    COMPOUNDS,
    HALVES,
    ONLY_BEHIND_A_NUMBER,
    every_word,
    scales,
    value_of,
)
from entropy_assets.curation.dedup.tokens import ALONE_CLASS

_LETTER = rf"[^\W\d_{ALONE_CLASS}]"
_PLAIN = r"\d+(?:[.,:/·⁄]\d+)*"
_GROUPED = r"\d{1,3}(?:(?:\{,\}|\\,|[ \u00a0\u202f\u2009’'])\d{3})+(?!\d)(?:[.,]\d+)?"
_MIXED = r"\d+[ \u00a0-]\d+[/⁄]\d+(?!\d)"
_DIGIT = re.compile(r"\d|[½¼-¾⅐-⅞↉]|[〇零一二两兩三四五六七八九十百千万萬亿億]")
_WORDS = re.compile(rf"{_LETTER}+")
_FOUND = re.compile(
    rf"(?P<digits>(?<![^\W_{ALONE_CLASS}])(?:{_MIXED}|{_GROUPED}|{_PLAIN})(?P<tail>{_LETTER}[^\W_{ALONE_CLASS}]*|[千万萬亿億]+)?)"
    rf"|(?P<word>{_LETTER}+)|(?P<chinese>[〇零一二两兩三四五六七八九十百千万萬亿億]+)"
)
_FOUND_IN_DIGITS = re.compile(_FOUND.pattern.replace(f"(?P<word>{_LETTER}+)", "(?P<word>(?!))"))
_FRACTIONS = re.compile(r"(?<=(\d))?([¼-¾⅐-⅞↉])")
_GROUPS = re.compile(r"\{,\}|\\,|[ \u00a0\u202f\u2009’']")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_RATIO = re.compile(r"(?:(\d+)[ \u00a0-])?(\d+)[/⁄](\d+)")

_RANGE = re.compile(r"[^\S\n]*(?:[-–—~〜]|to|bis|till|until|tot|до|à|hasta|até)[^\S\n]*")
_EITHER = re.compile(r"[^\S\n]*(?:or|oder|ou|of|eller|или|lub)[^\S\n]*")


def _bound(number: int, words: str) -> str:
    """Return the pattern of the words of one bound, as a group of its number."""
    every = (rf"(?<!\w){own}" if own[0].isalpha() else own for own in words.split("|"))
    return f"(?P<b{number}>{'|'.join(every)})"


_EACH = "|".join(_bound(number, words) for number, words in enumerate(BOUNDS.values()))
_LAST_OF_BOUNDS = frozenset(
    own.split()[-1].replace("\\", "").rstrip(".?") for words in BOUNDS.values() for own in words.split("|")
)
"""Last words of bounds."""

_BOUND = re.compile(rf"(?:{_EACH})\s*(?:[$€£¥₹]\s?)?\Z")
_SIGNS = list(BOUNDS)
_HUNDRED, _THOUSAND = 100, 1000
_TENS = range(20, 100, 10)
_LOOK_BACK = 24
"""Characters before a number in which its bound stands."""


class _Number:
    """A number while its parts are read: how it is compared, its value if it has one, and where it ends."""

    def __init__(self, key: str, value: float | None, end: int, *, is_words: bool) -> None:
        self.key, self.end, self.is_words = key, end, is_words
        self.has_value, self.value = value is not None, value or 0.0
        self.total, self.last = 0.0, self.value

    def scaled(self, scale: int) -> None:
        """Multiply what was said last."""
        rest = self.value - self.total
        if scale >= _THOUSAND:
            self.total += (rest or 1) * scale
            self.value = self.total
        else:
            self.value = self.total + (rest or 1) * scale
        self.last, self.key, self.is_words = scale, _shown(self.value), True

    def added(self, value: float) -> None:
        """Add a smaller part."""
        self.value += value
        self.last, self.key = value, _shown(self.value)

    def takes(self, value: float) -> bool:
        """Return whether a numeral may follow: one below ten after tens, a smaller one after a scale."""
        if not self.is_words or not self.has_value:
            return False
        if self.last >= _HUNDRED:
            return value < self.last
        return self.last in _TENS and 0 < value < _TENS[0] / 2


def _shown(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def values_of(text: str) -> list[str]:
    """Return the numbers of a text in order, each as it is compared.

    >>> values_of("Up to 10,000, ten thousand, 2½ dozen and twenty-one; 3 to 4 at 5:30.")
    ['≤10000', '10000', '30', '21', '3-4', '5:30']
    """
    text = _FRACTIONS.sub(_fraction, text.lower()) if not text.isascii() else text.lower()
    found: list[str] = []
    last_end = -1
    # Most words are no numerals: where none is, only digits are looked for.
    has_words = not every_word().isdisjoint(_WORDS.findall(text)) or any(map(text.__contains__, COMPOUNDS))
    if not has_words and not _DIGIT.search(text):
        return found
    for number, start in _numbers(text, _FOUND if has_words else _FOUND_IN_DIGITS):
        gap = text[last_end:start] if last_end >= 0 else ""
        key = number.key
        if found and _RANGE.fullmatch(gap):
            found[-1] += f"-{key}"
        elif found and _EITHER.fullmatch(gap):
            found[-1] += f"|{key}"
        else:
            found.append(_bound_of(text[max(0, start - _LOOK_BACK, last_end) : start]) + key)
        last_end = number.end
    return found


@lru_cache(1 << 12)
def _bound_of(before: str) -> str:
    """Return the sign of the bound that ends a text; nothing where none does."""
    last = before.rstrip(" $€£¥₹").rpartition(" ")[2].rstrip(".")
    if last not in _LAST_OF_BOUNDS and last[-1:] not in _LAST_OF_BOUNDS and last[-2:] not in _LAST_OF_BOUNDS:
        return ""
    bound = _BOUND.search(before)
    return _SIGNS[int(str(bound.lastgroup)[1:])] if bound else ""


def _fraction(found: re.Match[str]) -> str:
    """Return a sign such as ½ as two numbers, behind a whole one with a space."""
    return (" " if found[1] else "") + unicodedata.normalize("NFKC", found[2])


def _numbers(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[_Number, int]]:
    """Yield each number of a text in lower case, and where it begins."""
    open_, start = None, 0
    for found in pattern.finditer(text):
        word = found[3]
        gap = "" if open_ is None else text[open_.end : found.start()]
        if word is not None:
            is_near = open_ is not None and gap.strip(" \u00a0-.") == "" and "\n" not in gap
            if open_ is not None and (is_near or _joins(gap)) and _extends(open_, word, is_near=is_near):
                open_.end = found.end()
                continue
            if open_ is not None and word in AND and (is_near or _joins(gap)):
                continue
            if open_ is not None:
                yield open_, start
            open_, start = _of_word(word, found.end()), found.start()
            continue
        if open_ is not None:
            yield open_, start
        open_, start = _of_digits(found), found.start()
    if open_ is not None:
        yield open_, start


def _joins(gap: str) -> bool:
    """Return whether nothing stands in a gap but what joins the parts of a number."""
    words = gap.replace("-", " ").split()
    return 0 < len(words) <= 2 and "\n" not in gap and all(word in AND for word in words)


def _extends(number: _Number, word: str, *, is_near: bool) -> bool:
    """Return whether a word goes on a number, after taking it up."""
    scale, value = scales().get(word), value_of(word)
    if not number.has_value:
        return False
    if (
        scale is not None
        and is_near
        and not (number.is_words and word in ONLY_BEHIND_A_NUMBER and scale > 100)
    ):
        number.scaled(scale)
        return True
    if word in HALVES and not is_near and number.value == int(number.value):
        number.added(float(HALVES[word]))
        return True
    if scale is not None and number.value == 0.5:
        number.scaled(scale)
        return True
    if value is not None and number.takes(value):
        number.added(value)
        return True
    return False


def _of_word(word: str, end: int) -> _Number | None:
    """Return the number that a word begins, if it does."""
    value: float | None = value_of(word)
    if value is None and word in scales() and word not in ONLY_BEHIND_A_NUMBER:
        value = scales()[word]
    if value is None and word in HALVES:
        value = float(HALVES[word])
    return None if value is None else _Number(_shown(value), value, end, is_words=True)


def _of_digits(found: re.Match[str]) -> _Number:
    """Return the number of digits, or of Chinese numerals as they stand."""
    written = found["digits"]
    if written is None:
        return _Number(found["chinese"], None, found.end(), is_words=False)
    tail = found["tail"] or ""
    if not tail and written.isdecimal():
        return _Number(written, float(written), found.end(), is_words=False)
    digits = written.removesuffix(tail)
    scale = scales().get(tail)
    ratio = _RATIO.fullmatch(digits)
    value: float | None = None
    if ratio is not None and int(ratio[3]) in (2, 4, 5, 8, 10):
        value = int(ratio[1] or 0) + int(ratio[2]) / int(ratio[3])
        key = _shown(value)
    else:
        bare = _GROUPS.sub("", digits)
        if _THOUSANDS.fullmatch(bare):
            bare = bare.replace(",", "")
        key = bare.replace(",", ".") if bare.count(",") == 1 and "." not in bare else bare
        if key.count(".") == 1 and key.replace(".", "").isdecimal():
            key = key[: -len(key.partition(".")[2]) - 1] if not key.partition(".")[2].strip("0") else key
        if key.replace(".", "", 1).isdecimal():
            value = float(key)
    if tail and (scale is None or value is None):
        return _Number(key + tail, None, found.end(), is_words=False)
    number = _Number(key, value, found.end(), is_words=False)
    if tail and scale is not None:
        number.scaled(scale)
    return number
