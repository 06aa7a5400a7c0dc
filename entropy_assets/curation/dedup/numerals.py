"""Numbers of a text as values: digits with their decimals, groups, fractions and scale, and words.

`10,000`, `10 thousand` and `ten thousand` are one value; `2`, `2,5` and `2½` are three. What bounds a number
(`over`, `at most`, `~`) is a part of it, as are both ends of a range (`3-4`, `three to four`).

What belongs here: the values of a text. What does not: comparing those of two (`counted`), and units beside
them (`quantities`).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from entropy_assets.curation.dedup.tokens import ALONE_CLASS

_LETTER = rf"[^\W\d_{ALONE_CLASS}]"
_PLAIN = r"\d+(?:[.,:/·⁄]\d+)*"
_GROUPED = r"\d{1,3}(?:(?:\{,\}|\\,|[ \u00a0\u202f\u2009’'])\d{3})+(?!\d)(?:[.,]\d+)?"
_MIXED = r"\d+[ \u00a0-]\d+[/⁄]\d+(?!\d)"
_DIGIT = re.compile(rf"\d|[½¼-¾⅐-⅞↉]|[〇零一二两兩三四五六七八九十百千万萬亿億]")
_WORDS = re.compile(rf"{_LETTER}+")
_COMPOUNDS = ("zig", "ßig", "tig", "hundert", "honderd")
"""What stands in each numeral that is joined to another in one word."""

_FOUND = re.compile(
    rf"(?P<digits>(?<![^\W_{ALONE_CLASS}])(?:{_MIXED}|{_GROUPED}|{_PLAIN})(?P<tail>{_LETTER}[^\W_{ALONE_CLASS}]*|[千万萬亿億]+)?)"
    rf"|(?P<word>{_LETTER}+)|(?P<chinese>[〇零一二两兩三四五六七八九十百千万萬亿億]+)"
)
_FOUND_IN_DIGITS = re.compile(_FOUND.pattern.replace(f"(?P<word>{_LETTER}+)", "(?P<word>(?!))"))
_FRACTIONS = re.compile(r"(?<=(\d))?([¼-¾⅐-⅞↉])")
_GROUPS = re.compile(r"\{,\}|\\,|[ \u00a0\u202f\u2009’']")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_RATIO = re.compile(r"(?:(\d+)[ \u00a0-])?(\d+)[/⁄](\d+)")

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen",
    "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn"
    " siebzehn achtzehn neunzehn",
    "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez . doce trece catorce quince dieciséis"
    " diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco"
    " veintiséis veintisiete veintiocho veintinueve",
    "zero uno . tre quattro cinque . sette otto nove dieci undici dodici tredici quattordici quindici sedici"
    " diciassette diciotto diciannove venti ventuno ventidue ventitré ventiquattro venticinque ventisei"
    " ventisette ventotto ventinove",
    "zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis"
    " dezessete dezoito dezenove",
    "nul een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien"
    " zeventien achttien negentien",
    "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton"
    " nitton",
    "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć",
    "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать"
    " четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
)
"""Numerals from nothing on, a language a line; a full stop stands for a word that is another one elsewhere."""

_TENS = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "vingt trente quarante cinquante soixante",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
    "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
)

_SCALES = {
    12: "dozen dozens dutzend douzaine douzaines docena docenas dozzina",
    100: "hundred hundert cent cents cien ciento cento honderd hundra сто",
    10**3: "thousand tausend mille mil mila duizend tusen tysiąc tysiące tysięcy тысяча тысячи тысяч k",
    10**6: "million millions millionen mio millón millones milione milioni milhão milhões miljoen miljoner"
    " milion miliony миллион миллиона миллионов mn mln",
    10**9: "billion billions milliarde milliarden mrd milliard milliards miliardo miliardi miljard"
    " миллиард миллиарда миллиардов bn",
    10**4: "万 萬",
    10**8: "亿 億",
    10**12: "trillion trillions billionen",
}
_ONLY_BEHIND_A_NUMBER = frozenset(
    "k mio mrd mn mln bn cent cents dozens millions billions trillions milliards mil mille sto".split()
)
"""Scales that are other words, or no number, where they stand alone."""

_ALSO = {"zwo": 2, "deux": 2, "dua": 2, "duas": 2, "две": 2, "одна": 1, "hundert": 100, "zéro": 0}
_HALVES = {"half": "0.5", "halb": "0.5", "halbe": "0.5", "demi": "0.5", "demie": "0.5", "quarter": "0.25"}
_AND = frozenset("and und et y e en och и a an i".split())
_COMPOUND = re.compile(r"(?:(?P<hundreds>\w{0,6}?)(?:hundert|honderd)(?:und|en)?)?(?P<rest>\w*)")
_UNIT_FIRST = re.compile(r"(\w{2,6}?)(?:und|en|ën)(\w{5,8})")

_RANGE = re.compile(r"\s*(?:[-–—~〜]|to|bis|till|until|tot|до|à|hasta|até)\s*")
_EITHER = re.compile(r"\s*(?:or|oder|ou|of|eller|или|lub)\s*")
_BOUNDS = {
    ">": "more than|over|above|greater than|in excess of|mehr als|über|plus de|más de|più di|mais de|>",
    "<": "less than|under|below|fewer than|weniger als|unter|moins de|menos de|meno di|<",
    "≤": "up to|at most|no more than|not more than|a maximum of|höchstens|bis zu|maximal|au plus|jusqu'à"
    "|como máximo|hasta|al massimo|≤|<=",
    "≥": "at least|no less than|no fewer than|not less than|a minimum of|mindestens|au moins|al menos|almeno"
    "|≥|>=",
    "≲": "nearly|almost|just under|close to|fast|beinahe|presque|casi|quasi|quase",
    "~": "about|around|approximately|roughly|circa|ca\\.?|approx\\.?|etwa|rund|ungefähr|environ|aproximadamente"
    "|alrededor de|~|≈|∼",
    "±": "±|plus or minus|give or take",
}


def _bound(number: int, words: str) -> str:
    """Return the pattern of the words of one bound, as a group of its number."""
    every = (rf"(?<!\w){own}" if own[0].isalpha() else own for own in words.split("|"))
    return f"(?P<b{number}>{'|'.join(every)})"


_EACH = "|".join(_bound(number, words) for number, words in enumerate(_BOUNDS.values()))
_LAST_OF_BOUNDS = frozenset(
    own.split()[-1].replace("\\", "").rstrip(".?") for words in _BOUNDS.values() for own in words.split("|")
)
"""Last words of bounds."""

_BOUND = re.compile(rf"(?:{_EACH})\s*(?:[$€£¥₹]\s?)?\Z")
_SIGNS = list(_BOUNDS)
_LOOK_BACK = 24
"""Characters before a number in which its bound stands."""


@cache
def _values() -> dict[str, int]:
    """Return the value of each numeral that is one word."""
    found: dict[str, int] = {}
    for words in _UNITS:
        found |= {word: n for n, word in enumerate(words.split()) if word != "."}
    for words in _TENS:
        found |= {word: 10 * n for n, word in enumerate(words.split(), 2)}
    return found | _ALSO


@cache
def _scales() -> dict[str, int]:
    return {word: scale for scale, words in _SCALES.items() for word in words.split()}


@cache
def numeral_words() -> frozenset[str]:
    """Return the words of which one stands in most numbers that are written as words."""
    bounds = {part for words in _BOUNDS.values() for word in words.split("|") for part in word.split()}
    words = {word for word in bounds if word.isalpha() and len(word) > 3} - {"than", "close"} | {"up"}
    return frozenset(_values()) | frozenset(_scales()) | frozenset(_HALVES) | words


@cache
def _every_word() -> frozenset[str]:
    """Return the words that begin numbers, in all their forms but the joined ones."""
    return frozenset(_values()) | frozenset(_scales()) | frozenset(_HALVES)


@cache
def value_of(word: str) -> int | None:
    """Return the value of a numeral below a thousand in one word, in lower case; None where it is none.

    >>> value_of("twelve"), value_of("einundzwanzig"), value_of("table")
    (12, 21, None)
    """
    known = _values()
    if word in known:
        return known[word]
    if not any(part in word for part in _COMPOUNDS):
        return None
    parts = _COMPOUND.fullmatch(word)
    if parts is not None and parts["hundreds"] is not None:
        hundreds, rest = _below_hundred(parts["hundreds"] or "eins"), _below_hundred(parts["rest"] or "null")
        return None if hundreds is None or rest is None else 100 * hundreds + rest
    return _below_hundred(word)


def _below_hundred(word: str) -> int | None:
    known = _values()
    if word in known:
        return known[word]
    parts = _UNIT_FIRST.fullmatch(word)
    if parts is None or known.get(parts[2], 0) < 20:
        return None
    unit = known.get("eins" if parts[1] == "ein" else parts[1])
    return None if unit is None or not 0 < unit < 10 else known[parts[2]] + unit


class _Number:
    """A number while its parts are read: its value, and what may come next."""

    def __init__(self, key: str, value: float | None, end: int, *, is_words: bool) -> None:
        self.key, self.value, self.end, self.is_words = key, value, end, is_words
        self.total, self.last = 0.0, value if value is not None else 0.0

    def scaled(self, scale: int) -> None:
        """Multiply what was said last."""
        assert self.value is not None
        rest = self.value - self.total
        if scale >= 1000:
            self.total += (rest or 1) * scale
            self.value = self.total
        else:
            self.value = self.total + (rest or 1) * scale
        self.last, self.key, self.is_words = scale, _shown(self.value), True

    def added(self, value: float) -> None:
        """Add a smaller part."""
        assert self.value is not None
        self.value += value
        self.last, self.key = value, _shown(self.value)

    def takes(self, value: float) -> bool:
        """Return whether a numeral may follow: one below ten after tens, a smaller one after a scale."""
        if not self.is_words or self.value is None:
            return False
        if self.last >= 100:
            return value < self.last
        return self.last in (20, 30, 40, 50, 60, 70, 80, 90) and 0 < value < 10


def _shown(value: float) -> str:
    return str(int(value)) if value == int(value) else str(value)


def values_of(text: str) -> list[str]:
    """Return the numbers of a text in order, each as it is compared.

    >>> values_of("Up to 10,000 or ten thousand, 2½ dozen and twenty-one; 3 to 4 at 5:30.")
    ['≤10000', '10000', '30', '21', '3-4', '5:30']
    """
    text = _FRACTIONS.sub(_fraction, text.lower()) if not text.isascii() else text.lower()
    found: list[str] = []
    last_end = -1
    # Most words are no numerals: where none is, only digits are looked for.
    has_words = not _every_word().isdisjoint(_WORDS.findall(text)) or any(map(text.__contains__, _COMPOUNDS))
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
            if open_ is not None and word in _AND and (is_near or _joins(gap)):
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
    return 0 < len(words) <= 2 and all(word in _AND for word in words)


def _extends(number: _Number, word: str, *, is_near: bool) -> bool:
    """Return whether a word goes on a number, after taking it up."""
    scale, value = _scales().get(word), value_of(word)
    if number.value is None:
        return False
    if (
        scale is not None
        and is_near
        and not (number.is_words and word in _ONLY_BEHIND_A_NUMBER and scale > 100)
    ):
        number.scaled(scale)
        return True
    if word in _HALVES and not is_near and number.value == int(number.value):
        number.added(float(_HALVES[word]))
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
    if value is None and word in _scales() and word not in _ONLY_BEHIND_A_NUMBER:
        value = _scales()[word]
    if value is None and word in _HALVES:
        value = float(_HALVES[word])
    return None if value is None else _Number(_shown(value), value, end, is_words=True)


def _of_digits(found: re.Match[str]) -> _Number:
    """Return the number of digits, or of Chinese numerals as they stand."""
    written = found["digits"]
    if written is None:
        return _Number(found["chinese"], None, found.end(), is_words=False)
    tail = found["tail"] or ""
    digits = written.removesuffix(tail)
    scale = _scales().get(tail)
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
