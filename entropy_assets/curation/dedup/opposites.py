"""Negations and opposites: words by which two texts of nearly the same words say different things.

Frequent words stand in tables; others are told by their form: a prefix that negates, or one of two endings.

What belongs here: what two words say of one another. What does not: the tables (`negation_words`,
`opposite_words`, `word_sets`), and where words stand in two texts (`denials`).
"""

import re
from collections.abc import Sequence
from functools import cache

from entropy_assets.curation.dedup.negation_words import ALONE, NEGATIONS
from entropy_assets.curation.dedup.opposite_words import (
    ADJECTIVES,
    CHARACTERS,
    IRREGULAR,
    LOOK_ALIKES,
    NOUNS,
    OF_OTHER_LANGUAGES,
    PAIRS,
    VERBS,
)
from entropy_assets.curation.dedup.word_sets import sets_of

_ENDINGS = ("ない", "ません", "なか", "なく", "ずに", "ไม่", "않", "없", "아니", "못", "ห้าม", "มิได้")

_NEGATING = [
    "un",
    "in",
    "im",
    "ir",
    "il",
    "dis",
    "non",
    "mis",
    "anti",
    "de",
    "dé",
    "des",
    "dés",
    "di",
    "s",
    "miss",
    "nicht",
    "on",
    "o",
    "u",
    "ned",
    "nie",
    "ne",
    "ej",
    "epä",
    "не",
    "без",
    "ні",
    "бес",
    "ن",
    "غير",
    "αν",
]
"""Prefixes with which a word says the opposite."""

_VOICES = (
    re.compile("[らかまわばさたながざ]れ(?=[たてるまなば])"),
    re.compile("[らかまわばさたながざ]せ(?=[たてるまなば])"),
    re.compile("もら[っいう]|貰"),
    re.compile("あげ(?=[たてるまなば])|くれ(?=[たてるまなば])"),
)
"""Endings of Japanese that say whether something is done to one, is made to be done, received or given."""

_REACH = 2
"""Characters of an ending that may stand beside a place."""

LEAST_STEM = 3
"""Letters that two words must have in common beside what makes them opposites."""

_LONG_STEM = 5
"""Letters that a word must have behind a prefix of one or two letters that begins many others too."""

_SWAPPED = [
    "over/under",
    "pre/post",
    "up/down",
    "in/out",
    "inter/intra",
    "hyper/hypo",
    "macro/micro",
    "pro/anti",
    "super/sub",
    "intro/extro",
    "endo/exo",
    "homo/hetero",
    "mono/poly",
    "uni/multi",
    "maxi/mini",
    "fore/after",
    "en/dis",
    "ab/ad",
    "pre/pro",
    "per/pro",
    "out/under",
    "ab/auf",
    "ein/aus",
    "vor/nach",
    "zu/ab",
    "при/у",
    "в/вы",
    "за/от",
]
_ENDS = [
    "ful/less",
    "fully/lessly",
    "ate/ite",
    "ate/ide",
    "ite/ide",
    "ane/ene",
    "anol/anal",
    "anols/anals",
    "anol/anone",
    "ylene/yl",
    "ane/yne",
    "ene/yne",
    "ose/ase",
    "itis/osis",
    "er/ee",
    "or/ee",
    "zehn/zig",
    "zehn/ßig",
    "voll/los",
    "vol/loos",
    "full/lös",
    "fuld/løs",
    "full/løs",
    "lı/sız",
    "li/siz",
    "lu/suz",
    "lü/süz",
    "ar/maz",
    "er/mez",
    "ır/maz",
    "ir/mez",
    "ur/maz",
    "ür/mez",
]
_SWAPPED_STARTS, _SWAPPED_ENDS = ([tuple(pair.split("/")) for pair in table] for table in (_SWAPPED, _ENDS))
_JUNE_JULY = re.compile("j(?:uu|[uúūoó])([nl])(?=[iíīj])")
_HARMONY = str.maketrans("ıuüe", "iiia")
_TURKISH = re.compile(r"(?<=\w\w)m[aeıiuü]?y?(?=\w\w)")


def _forms(word: str) -> list[str]:
    """Return an English verb and its regular forms, or what would be them."""
    stem = word.removesuffix("e")
    doubled = stem + stem[-1]
    past = [f"{stem[:-1]}ies", f"{stem[:-1]}ied"] if stem.endswith("y") else [f"{word}es", f"{stem}ed"]
    return [word, f"{word}s", *past, f"{stem}ing", f"{doubled}ed", f"{doubled}ing"]


def _plurals(word: str) -> list[str]:
    """Return an English noun and its regular plural, or what would be it."""
    return [word, f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"]


@cache
def opposites() -> dict[str, frozenset[str]]:
    """Return for each word with an opposite its opposites.

    >>> "forbidden" in opposites()["allowed"]
    True
    """
    tables = " ".join((PAIRS, LOOK_ALIKES, ADJECTIVES, NOUNS, IRREGULAR, OF_OTHER_LANGUAGES))
    pairs: list[tuple[str, ...]] = [tuple(pair.split("/")) for pair in tables.split()]
    pairs += [(pair[0], pair[1]) for pair in CHARACTERS.split()]
    for table, form in ((VERBS, _forms), (NOUNS, _plurals)):
        for both in table.split():
            pairs += zip(*(form(word) for word in both.split("/")), strict=True)
    found: dict[str, set[str]] = {}
    for one, other in pairs:
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


@cache
def negations() -> frozenset[str]:
    """Return the words, and the single characters, that negate."""
    return frozenset(NEGATIONS.split()) | frozenset(ALONE)


@cache
def are_opposite(word: str, other: str) -> bool:
    """Return whether two words in lower case say the opposite, by the tables or by their form.

    >>> are_opposite("allowed", "forbidden"), are_opposite("logical", "illogical")
    (True, True)
    """
    if other in opposites().get(word, frozenset()):
        return True
    short, long = sorted((word, other), key=len)
    if len(short) < LEAST_STEM:
        return False
    head = long.removesuffix(short)
    if head != long and head in _NEGATING:
        return len(short) >= (_LONG_STEM if len(head) < len("dis") else LEAST_STEM)
    return (
        (
            short[:2] == long[:2]
            and any(
                _harmonised(long[: found.start()] + long[found.end() :]) == _harmonised(short)
                for found in _TURKISH.finditer(long)
            )
        )
        or _are_june_and_july(word, other)
        or _are_swapped(word, other)
        or _are_swapped(other, word)
    )


def _are_june_and_july(word: str, other: str) -> bool:
    """Return whether two words are June and July with one ending, in one of many languages.

    >>> _are_june_and_july("júniusban", "júliusban"), _are_june_and_july("junior", "junior")
    (True, False)
    """
    first, second = _JUNE_JULY.match(word), _JUNE_JULY.match(other)
    if first is None or second is None or {first[1], second[1]} != {"n", "l"}:
        return False
    return word[first.end() :] == other[second.end() :]


def _harmonised(word: str) -> str:
    """Return a word with one letter for the vowels of Turkish endings that follow those before them."""
    return word.translate(_HARMONY)


def _are_swapped(word: str, other: str) -> bool:
    """Return whether one word has the first, the other the second of two prefixes or ends of one stem."""
    if word[-LEAST_STEM:] != other[-LEAST_STEM:] and word[:LEAST_STEM] != other[:LEAST_STEM]:
        return False
    for first, second in _SWAPPED_STARTS:
        if word.startswith(first) and other.startswith(second) and word[len(first) :] == other[len(second) :]:
            return len(word) - len(first) >= LEAST_STEM
    for first, second in _SWAPPED_ENDS:
        if word.endswith(first) and other.endswith(second) and word[: -len(first)] == other[: -len(second)]:
            return len(word) - len(first) >= LEAST_STEM
    return False


_ROMANIAN, _NU = re.compile("[ășțşţ]"), re.compile(r"\bnu\b")
"""A word that negates in Romanian alone; in Dutch and Swedish it is "now"."""
_SHORTENED = (
    (re.compile(r"\bcan['’]t\b"), "can not"),
    (re.compile(r"(?<=[a-z])n['’]t\b"), " not "),
    (re.compile(r"\bn['’](?=\w)"), "ne "),
)


def spelled_out(text: str) -> str:
    """Return a text in lower case, its shortened negations as words.

    >>> spelled_out("It doesn't. Il n'est")
    'it does not . il ne est'
    """
    text = text.lower()
    if "nu" in text and _ROMANIAN.search(text):
        text = _NU.sub("niciodată", text)
    if "'" in text or "’" in text:
        for pattern, words in _SHORTENED:
            text = pattern.sub(words, text)
    return text


def endings_that_negate(words: Sequence[str], start: int, stop: int) -> int:
    """Return how many endings negate in a place of a text, with what stands beside it in its script.

    A place may begin or end within an ending where each character is a word.

    >>> endings_that_negate("できません", 3, 5), endings_that_negate("できます", 3, 4)
    (1, 0)
    """
    joined = _around(words, start, stop)
    return 0 if joined.isascii() else sum(joined.count(ending) for ending in _ENDINGS)


def voices_of(words: Sequence[str], start: int, stop: int) -> list[int]:
    """Return how many endings of each voice of Japanese stand in a place of a text, or reach into it.

    >>> voices_of("殴られた", 1, 3), voices_of("殴った", 1, 2)
    ([1, 0, 0, 0], [0, 0, 0, 0])
    """
    joined = _around(words, start, stop)
    return [0] * len(_VOICES) if joined.isascii() else [len(voice.findall(joined)) for voice in _VOICES]


def _around(words: Sequence[str], start: int, stop: int) -> str:
    """Return a place of a text with the characters of scripts without spaces beside it."""
    first, last = start, stop
    while first > max(0, start - _REACH) and len(words[first - 1]) == 1:
        first -= 1
    while last < min(len(words), stop + _REACH) and len(words[last]) == 1:
        last += 1
    return "".join(words[first:last])


def negates(words: list[str]) -> int:
    """Return how many negations are among the words of one place of a text.

    >>> negates("should not be".split()), negates(["で", "き", "な", "い"])
    (1, 1)
    """
    known = negations()
    found = sum(word in known for word in words)
    joined = "".join(words)
    return found if joined.isascii() else found + sum(joined.count(ending) for ending in _ENDINGS)


def is_telling(word: str) -> bool:
    """Return whether a word may be, or be part of, a negation, one of two opposites or of a closed set."""
    word = word.lower()
    return word in signs_of_negation() or word in opposites() or word in sets_of()


@cache
def signs_of_negation() -> frozenset[str]:
    """Return tokens of which one stands in every text that negates; they may stand in others too."""
    parts = frozenset("".join(_ENDINGS)) | {"t", "n", "ไม", "nu"} | frozenset("れせらさもあげくっ")
    return negations() | parts
