"""The one place where two texts differ, and whether it names others there.

What belongs here: finding that place, and names at it. What does not: negations and opposites (`denials`).
"""

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from typing import NamedTuple

from entropy_assets.curation.dedup.ends import Ends, equal_chars
from entropy_assets.curation.dedup.joining import FILLERS, JOINING, LIMITING, NUMERALS, join_alike
from entropy_assets.curation.dedup.quantities import is_numeral
from entropy_assets.curation.dedup.same_words import are_listed, are_same
from entropy_assets.curation.dedup.tokens import ALONE_CLASS, WHOLE
from entropy_assets.curation.dedup.word_sets import sets_of

MOST_CHARS = 80
"""Characters of one place."""

MOST_WORDS = 3
"""Words of a name."""

MOST_BESIDE_NUMBER = 2
"""Words of a place where one text has a number, and the other a word."""

MOST_OTHER_WORDS = 2
"""Words of a place that are others."""

LEAST_IN_LINE, LEAST_AROUND = 8, 20
"""Words of a line that may be a sentence, and of a page before and behind what it tells, and is no stamp."""

_MOST_AROUND = 400
"""Characters in which these words stand."""

MOST_ADDED = 2
"""Words of an addition, of which all but one say nothing (`refused to`)."""

MOST_SIDE_BY_SIDE = 3
"""Words of a place in a text that is not short; in more of them two things were changed."""

LIKE_A_SLIP = 0.85
"""Share of letters in common from which one word is the other with a slip of the pen."""

_ALONE = re.compile(f"[{ALONE_CLASS}]")
"""A character of a script without spaces, which is a part of a word."""

_PARTICLE = re.compile("[\\u3041-\\u309f的了着过過地得也都就很在是和与與及把被]")
"""Hiragana, which are endings and particles of Japanese more often than not, and particles of Chinese."""

MOST_CHARACTERS = 8
"""Characters of a script without spaces that are others at one place."""

_JOINED = re.compile(r"\w[/\\@#=](?=\w)|(?:^|\s)[-/~$]\w|\w[_.:](?=\w)")
"""A word that signs join to another: a part of a path, an address, a name in code."""

_LETTERS = re.compile("[A-Za-z]+(?: [A-Za-z]+)*")
_APART = " \n\x1c\x1d\x1e\x1f"
"""What one of stands before a word of letters that is no part of anything else."""

_OF_COMMANDS_OR_FEW = frozenset(["tar", "ps", "ar", "s", "sudo", "doas", "a", "few", "little"])
"""Words that `commands` and `exchanged` look for."""

_ORDINAL = re.compile(r"\b(?:second|third|fourth|fifth|\d+(?:nd|rd|th))[ -]\Z", re.IGNORECASE)
_ENDS_SENTENCE = re.compile(r"(?:[.!?:;…。！？\n\x1c-\x1f]|^)[\s\x15-\x18\"'“”„«»(*_#>-]*\Z")
_NUMBERED = re.compile(r"(?:[^\W\d_]{1,2}|[A-Z]+)\d+\Z")


class Place(NamedTuple):
    """What stands at the place in either text, whole words of it, and what both have before."""

    before: str
    here: str
    there: str


Words = tuple[str, ...]


def one_place(one: str, other: str, ends: Ends | None = None) -> Place | None:
    """Return the one place where two texts differ; None where they are equal, or it is a long one.

    >>> one_place("It is logical, I say.", "It is illogical, I say.")
    Place(before='It is ', here='logical', there='illogical')
    """
    most = min(len(one), len(other))
    start, stop = ends or equal_chars(one, other)
    if start == most == max(len(one), len(other)):
        return None
    if max(len(one), len(other)) - start - stop > MOST_CHARS:
        return None
    while start and _is_part_of_word(one[start - 1]):
        start -= 1
    while stop and _is_part_of_word(one[-stop]):
        stop -= 1
    return Place(one[:start], one[start : len(one) - stop], other[start : len(other) - stop])


def _is_part_of_word(char: str) -> bool:
    """Return whether a character belongs to the word beside it, and is none of a script without spaces."""
    if char.isascii():
        return char.isalnum()
    return (char.isalnum() or unicodedata.category(char)[0] == "M") and not _ALONE.match(char)


def is_plain(place: Place, behind: str) -> bool:
    """Return whether other words, of letters alone, stand at a place in either text, apart from all signs.

    Then the texts have the same signs, digits, options and operators of commands, and the same layout.

    Parameters
    ----------
    place
        The one place where two texts differ.
    behind
        The two characters that both have behind it, if there are any.

    >>> is_plain(Place("It is ", "warm", "cold"), "."), is_plain(Place("It is ", "warm", "Warm"), ".")
    (True, False)
    >>> is_plain(Place("tar ", "xf", "cf"), " "), is_plain(Place("git push", "", " --force"), "")
    (False, False)
    """
    before, here, there = place
    if before[-1:] not in _APART or behind[:1] not in _APART + ".,;:!?":
        return False
    if behind[:1] not in _APART and behind[1:2] not in _APART:  # as in an address
        return False
    if not _LETTERS.fullmatch(here) or not _LETTERS.fullmatch(there):
        return False
    mine, yours = here.lower(), there.lower()
    if mine.replace(" ", "") == yours.replace(" ", "") or before.endswith(("tar ", "ps ", "ar ", "! ")):
        return False
    return _OF_COMMANDS_OR_FEW.isdisjoint((*mine.split(" "), *yours.split(" ")))


def is_in_sentence(place: Place, text: str) -> bool:
    """Return whether a place of a few words is within a sentence of a page.

    So it is neither in a short line nor near an end. There a number or a name is what the page says;
    elsewhere it may be a counter, a date or who wrote it.
    """
    if not is_one_word(place):
        return False
    line = text[place.before.rfind("\n") + 1 :].partition("\n")[0]
    if len(WHOLE.findall(line[:_MOST_AROUND])) < LEAST_IN_LINE:
        return False
    behind = text[len(place.before) + len(place.here) :]
    around = (place.before[-_MOST_AROUND:], behind[:_MOST_AROUND])
    return all(len(WHOLE.findall(part)) >= LEAST_AROUND for part in around)


def names_at(place: Place) -> bool:
    """Return whether a name stands at a place in each of two texts: a word with a capital letter."""
    here, there = _words_at(place)
    return any(map(_is_name, here)) and any(map(_is_name, there))


def is_one_word(place: Place) -> bool:
    """Return whether no more stands at a place in either text than a word, or a name, of a few parts."""
    here, there = _words_at(place)
    most = MOST_CHARACTERS if all(map(_ALONE.match, (*here, *there))) else MOST_SIDE_BY_SIDE
    return max(len(here), len(there)) <= most


def tells_at(place: Place, *, is_short: bool) -> bool:
    """Return whether two texts have another name or word at the one place where they differ, or one more.

    In a short text each added word tells but a filler (`very`), in others one that limits what is said.

    >>> tells_at(Place("so ", "why ", "when "), is_short=False)
    True
    >>> tells_at(Place("a ", "fake ", ""), is_short=False), tells_at(Place("a ", "very ", ""), is_short=True)
    (True, False)
    """
    here, there = _words_at(place)
    return _names_others(place, here, there) or _says_another(place, here, there, is_short=is_short)


def _words_at(place: Place) -> tuple[Words, Words]:
    return words_of(place.here), words_of(place.there)


@lru_cache(1 << 12)
def words_of(place: str) -> Words:
    """Return the words at a place, which several functions ask for one after the other."""
    return tuple(WHOLE.findall(place))


def _names_others(place: Place, here: Words, there: Words) -> bool:
    if not here or not there or max(len(here), len(there)) > MOST_WORDS:
        return False
    mine, yours = ({word.lower() for word in words if _is_name(word)} for words in (here, there))
    mine, yours = mine - yours, yours - mine
    if not mine or not yours or all(any(are_listed(one, other) for other in yours) for one in mine):
        return False
    is_first = _ENDS_SENTENCE.search(place.before[-20:] if place.before else "") is not None
    is_told = (
        not is_first or any(word in place.before for word in (*here, *there)) or _begin_names(here, there)
    )
    return is_told or all(any(map(_NUMBERED.match, words)) for words in (here, there))


def _says_another(place: Place, here: Words, there: Words, *, is_short: bool) -> bool:
    if here == there:
        return False
    if any(map(_ALONE.match, (*here, *there))):
        return _says_other_characters(here, there)
    mine, yours = [word.lower() for word in here], [word.lower() for word in there]
    for word in set(mine).intersection(yours):
        for _ in range(min(mine.count(word), yours.count(word))):
            mine.remove(word)
            yours.remove(word)
    if not mine or not yours:
        return _adds(mine or yours, place.before[-MOST_CHARS:], is_short=is_short)
    if max(len(mine), len(yours)) > MOST_OTHER_WORDS or "".join(mine) == "".join(yours):
        return False
    if any(_JOINED.search(text) for text in (f"{place.before[-2:]}{place.here}", place.there)):
        return True
    mine, yours = ([word for word in words if not _is_number(word)] for words in (mine, yours))
    if not mine or not yours:
        return False
    for word in tuple(mine):
        same = next((other for other in yours if _is_same(word, other)), None)
        if same is not None:
            mine.remove(word)
            yours.remove(same)
    if mine and yours:
        return any(word not in FILLERS for word in mine) or any(word not in FILLERS for word in yours)
    return _adds(mine or yours, place.before[-MOST_CHARS:], is_short=is_short)


def _says_other_characters(here: Words, there: Words) -> bool:
    """Return whether other characters that are no particle and no ending stand at a place in either text."""
    if max(len(here), len(there)) > MOST_CHARACTERS:
        return False
    mine, yours = ([one for one in words if not _PARTICLE.match(one)] for words in (here, there))
    return bool(mine and yours) and mine != yours


def is_number_and_word(place: Place) -> bool:
    """Return whether one text has a number where the other has a word that is none.

    >>> is_number_and_word(Place("for ", "3", "several")), is_number_and_word(Place("for ", "3", "three"))
    (True, False)
    """
    here, there = words_of(place.here.lower()), words_of(place.there.lower())
    if not 0 < len(here) <= MOST_BESIDE_NUMBER or not 0 < len(there) <= MOST_BESIDE_NUMBER:
        return False
    numbered = [any(word[0].isdecimal() for word in words) for words in (here, there)]
    words = there if numbered[0] else here
    return numbered[0] != numbered[1] and not any(word in sets_of() or is_numeral(word) for word in words)


def _begin_names(here: Words, there: Words) -> bool:
    """Return whether two beginnings of a sentence are names, and others."""
    if any(word.lower() in JOINING or not word[0].isalpha() for word in (*here, *there)):
        return False
    if not (here[0][0].isupper() and there[0][0].isupper()):
        return False
    return not is_slip("".join(here), "".join(there))


def is_slip(word: str, other: str) -> bool:
    """Return whether one word is the other with a slip of the pen.

    >>> is_slip("harbour", "harbuor"), is_slip("harbour", "labour")
    (True, False)
    """
    return SequenceMatcher(None, word, other, autojunk=False).ratio() >= LIKE_A_SLIP


def _is_number(word: str) -> bool:
    """Return whether others compare a word: digits, signs and small numerals."""
    return not word[0].isalpha() or word in NUMERALS


def _is_same(word: str, other: str) -> bool:
    """Return whether two words in lower case say the same; a joining word has no forms and no slips."""
    if word in JOINING and other in JOINING:
        return join_alike(word, other)
    return join_alike(word, other) or are_same(word, other)


def _adds(words: list[str], beside: str, *, is_short: bool) -> bool:
    """Return whether an added word says something: in a short text any but a filler, else a limiting one."""
    saying = [word for word in words if word not in FILLERS]
    if len(saying) != 1 or len(words) > MOST_ADDED:
        return False
    (word,) = saying
    if word in LIMITING or (word == "last" and _ORDINAL.search(beside)):
        return True
    if not is_short or len(word) == 1 or not word.isalpha() or is_numeral(word):
        return False
    near = WHOLE.findall(beside.lower())
    return not near or near[-1] != word


def _is_name(word: str) -> bool:
    return word[0].isupper() or _NUMBERED.match(word) is not None
