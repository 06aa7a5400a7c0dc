"""Numerals: words of which numbers are made, and words that bound them, of ten languages.

What belongs here: the words and their values. What does not: numbers in a text (`numerals`).
"""

import re
from functools import cache

COMPOUNDS = ("zig", "ßig", "tig", "hundert", "honderd")
"""Parts of which one stands in each numeral that is joined to another in one word."""

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
"""Numerals from nothing on, a language a line; a full stop stands for another word elsewhere."""

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
_BEHIND = """
k mio mrd mn mln bn cent cents dozens millions billions trillions milliards mil mille sto
"""
ONLY_BEHIND_A_NUMBER = frozenset(_BEHIND.split())
"""Scales that are other words, or no number, where they stand alone."""

_ALSO = {"zwo": 2, "deux": 2, "dua": 2, "duas": 2, "две": 2, "одна": 1, "hundert": 100, "zéro": 0}
HALVES = {"half": "0.5", "halb": "0.5", "halbe": "0.5", "demi": "0.5", "demie": "0.5", "quarter": "0.25"}
AND = frozenset(["and", "und", "et", "y", "e", "en", "och", "и", "a", "an", "i"])
"""Words that join the parts of a number."""

_COMPOUND = re.compile(r"(?:(?P<hundreds>\w{0,6}?)(?:hundert|honderd)(?:und|en)?)?(?P<rest>\w*)")
_UNIT_FIRST = re.compile(r"(\w{2,6}?)(?:und|en|ën)(\w{5,8})")

BOUNDS = {
    ">": "more than|over|above|greater than|in excess of|mehr als|über|plus de|más de|più di|mais de|>",
    "<": "less than|under|below|fewer than|weniger als|unter|moins de|menos de|meno di|<",
    "≤": "up to|at most|no more than|not more than|a maximum of|höchstens|bis zu|maximal|au plus|jusqu'à"
    "|como máximo|hasta|al massimo|≤|<=",
    "≥": "at least|no less than|no fewer than|not less than|a minimum of|mindestens|au moins|al menos|almeno"
    "|≥|>=",
    "≲": "nearly|almost|just under|close to|fast|beinahe|presque|casi|quasi|quase",
    "~": "about|around|approximately|roughly|circa|ca\\.?|approx\\.?|etwa|rund|ungefähr|environ"
    "|aproximadamente|alrededor de|~|≈|∼",
    "±": "±|plus or minus|give or take",
    "-": "minus|moins|menos|meno|минус|eksi",
}


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
def scales() -> dict[str, int]:
    """Return by what each word multiplies a number before it."""
    return {word: scale for scale, words in _SCALES.items() for word in words.split()}


@cache
def numeral_words() -> frozenset[str]:
    """Return the words of which one stands in most numbers that are written as words."""
    bounds = {part for words in BOUNDS.values() for word in words.split("|") for part in word.split()}
    words = {word for word in bounds if word.isalpha() and len(word) > 3} - {"than", "close"} | {"up"}
    return frozenset(_values()) | frozenset(scales()) | frozenset(HALVES) | words


@cache
def every_word() -> frozenset[str]:
    """Return the words that begin numbers, in all their forms but the joined ones."""
    return frozenset(_values()) | frozenset(scales()) | frozenset(HALVES)


@cache
def value_of(word: str) -> int | None:
    """Return the value of a numeral below a thousand in one word, in lower case; None where it is none.

    >>> value_of("twelve"), value_of("einundzwanzig"), value_of("table")
    (12, 21, None)
    """
    known = _values()
    if word in known:
        return known[word]
    if not any(part in word for part in COMPOUNDS):
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
