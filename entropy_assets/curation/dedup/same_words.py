"""Words that say the same: two spellings, forms or names of one word, and a slip of the pen.

What belongs here: whether two words are one. What does not: opposites (`opposites`), and where words stand
(`places`).
"""

import re
from functools import cache

LEAST_STEM = 4
"""Letters that two forms of a word have in common."""

LEAST_SLIP = 6
"""Letters of a word in which another one is a slip of the pen: with it a shorter word is another one."""

_LEAST_FILLED = 2
_HAS_DIGIT = re.compile(r"\d")

MOST_OF_WORD = 0.6
"""Share of the longer of two forms that they have in common at their beginning."""

MOST_ENDING = 4
"""Letters behind that, in either."""

_GROUPS = """
km kilometre kilometres kilometer kilometers; m metre metres meter meters; cm centimetre centimetres
centimeter centimeters; mm millimetre millimetres millimeter millimeters; mi mile miles; ft foot feet;
yd yard yards; kg kilo kilos kilogram kilograms kilogramme kilogrammes; mg milligram milligrams
milligramme milligrammes; mcg µg μg microgram micrograms microgramme microgrammes; ng nanogram nanograms;
µl μl microlitre microlitres microliter microliters; ms millisecond milliseconds; µs μs microsecond
microseconds; ns nanosecond nanoseconds; µm μm micrometre micrometres micrometer micrometers; nm nanometre
nanometres nanometer nanometers; hertz hz; kilohertz khz; megahertz mhz; gigahertz ghz; watt watts;
kilowatt kilowatts; megawatt megawatts; gigawatt gigawatts; milliwatt milliwatts; volt volts; millivolt
millivolts; kilovolt kilovolts; mole moles; millimole millimoles; micromole micromoles; g gram grams
gramme grammes;
lb lbs pound pounds; oz ounce ounces; t tonne tonnes; ton tons; l litre litres
liter liters; gallon gallons; ml millilitre millilitres milliliter milliliters; pint pints; kb kilobyte
kilobytes; mb megabyte megabytes; gb gigabyte gigabytes; tb terabyte terabytes; grey gray; usd dollar
dollars; eur euro euros; gbp quid; cent cents; second seconds sec secs; minute minutes min mins; hour
hours hr hrs; day days; week weeks; month months; year years yr; jan january; feb february; mar march;
apr april; jun june; jul july; aug august; sep sept september; oct october; nov november; dec december;
mon monday; tue tues tuesday; wed wednesday; thu thurs thursday; fri friday; sat saturday; sun sunday; dr
doctor; mr mister; mrs missus; prof professor; st saint street; ave avenue; rd road; capt captain; gov
governor; gen general; sen senator; rev reverend; jr junior; sr senior; number nr; fig figure; vol
volume; ch chapter; sec section; eq equation; dept department; govt government; approx approximately
about around roughly; etc cetera; vs versus; usa us america; uk britain; ok okay; info information; app
application; photo photograph; phone telephone; fridge refrigerator; ad advert advertisement; lab
laboratory; exam examination; math maths mathematics; big large huge great; small little tiny; quick
quickly fast rapid rapidly swift swiftly; begin begins start starts; began started; end ends finish
finishes; ended finished; show shows display displays; make makes create creates; made created; buy buys
purchase purchases; bought purchased; help helps assist assists aid; helped assisted; ask asks request
requests; get gets obtain obtains; got obtained; use uses utilise utilises utilize utilizes employ; used
utilised utilized; try tries attempt attempts; tried attempted; choose chooses select selects pick picks;
chose chosen selected picked; need needs require requires; needed required; important crucial essential
vital key; pretty beautiful lovely; good nice fine great; smart clever intelligent; happy glad pleased;
sad unhappy; tell tells say says explain explains describe describes; give gives provide provides; gave
provided; often frequently; maybe perhaps possibly; also too additionally; however but; therefore thus
hence; whole entire; complete full; child kid; children kids; movie film; movies films; car automobile;
cars automobiles; city town; house home; job work; writer author; pupil student; error mistake; errors
mistakes; answer reply response; sentence phrase; road street; autumn fall; near close; hard difficult
tough; easy simple; rich wealthy; ill sick; told said; tasty delicious; various different several many;
main primary principal; method approach way; usually generally typically normally; improve enhance boost;
reduce decrease lower; rise increase; keep retain; find calculate compute determine
"""
_AMERICAN = (
    (re.compile(r"(?<=[a-z]{2})our(?=s?$|ed$|ing$|ful|ite|able|less|al$|hood)"), "or"),
    (re.compile(r"(?<=[a-z]{3})is(?=e[ds]?$|ing$|er|ation|able)"), "iz"),
    (re.compile(r"(?<=[a-z]{2})ys(?=e[ds]?$|ing$)"), "yz"),
    (re.compile(r"(?<=[a-z][bcdtp])re(?=s?$|d$)"), "er"),
    (re.compile(r"(?<=[a-z]{2})ll(?=ed$|ing$|er|or|ment|ful)"), "l"),
    (re.compile(r"(?<=[a-z]{2})ogue(?=s?$)"), "og"),
    (re.compile(r"(?<=[a-z]{2})ence(?=s?$)"), "ense"),
    (re.compile(r"ae|oe"), "e"),
    (re.compile(r"(?<=[a-z]{3})amme(?=s?$)"), "am"),
)


@cache
def _groups() -> dict[str, frozenset[int]]:
    """Return for each word of the table the groups that it is in."""
    found: dict[str, set[int]] = {}
    for place, group in enumerate(_GROUPS.split(";")):
        for word in group.split():
            found.setdefault(word, set()).add(place)
    return {word: frozenset(places) for word, places in found.items()}


@cache
def spelled(word: str) -> str:
    """Return a word in lower case as it is spelled in American English.

    >>> spelled("colours"), spelled("organised"), spelled("centre")
    ('colors', 'organized', 'center')
    """
    if word.isascii():
        for pattern, written in _AMERICAN:
            word = pattern.sub(written, word)
    return word


def are_listed(word: str, other: str) -> bool:
    """Return whether two words in lower case are spellings, or short and long names, of one by the table.

    >>> are_listed("km", "kilometres"), are_listed("km", "miles")
    (True, False)
    """
    known = _groups()
    return spelled(word) == spelled(other) or bool(
        known.get(word, frozenset()) & known.get(other, frozenset())
    )


def are_same(word: str, other: str) -> bool:
    """Return whether two words in lower case are one: in spelling, form or name, or but for a slip.

    >>> are_same("harbour", "harbor"), are_same("sailed", "sailing"), are_same("engineer", "enginer")
    (True, True, True)
    >>> are_same("row", "column"), are_same("viral", "bacterial"), are_same("lossless", "lossy")
    (False, False, False)
    """
    if are_listed(word, other):
        return True
    if _HAS_DIGIT.search(word) or _HAS_DIGIT.search(other) or _is_filled(word, other):
        return False
    most = max(len(word), len(other))
    common = next((n for n, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), most)
    common = min(common, len(word), len(other))
    if common >= max(LEAST_STEM - 1, MOST_OF_WORD * most) and most - common <= MOST_ENDING:
        return True
    if most - common <= 3 and common >= 3 and _stem(word) == _stem(other):
        return True
    return most >= LEAST_STEM and _is_slip(word, other, most)


def _is_filled(word: str, other: str) -> bool:
    """Return whether one word has two letters or more within the other, behind which as many go on.

    Forms of a word differ at its end.

    >>> _is_filled("prednisone", "prednisolone"), _is_filled("sail", "sailed")
    (True, False)
    """
    short, long = sorted((word, other), key=len)
    n_more = len(long) - len(short)
    if n_more < _LEAST_FILLED:
        return False
    common = next((n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    behind = len(short) - common
    return common > 0 and behind >= _LEAST_FILLED and long.endswith(short[common:])


def _stem(word: str) -> str:
    """Return an English word without a regular ending."""
    for ending in ("ies", "ied", "ing", "ed", "es", "s", "er", "ly", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _is_slip(word: str, other: str, most: int) -> bool:
    """Return whether one letter is missing, another one or in the wrong place, the first one being right."""
    if word[0] != other[0] or abs(len(word) - len(other)) > 1:
        return False
    start = next((n for n, (one, two) in enumerate(zip(word, other, strict=False)) if one != two), most)
    one, two = word[start:], other[start:]
    return (
        (one[1:] == two[1:] and most >= LEAST_SLIP)
        or one[1:] == two
        or one == two[1:]
        or (one[:2] == two[:2][::-1] and one[2:] == two[2:])
    )
