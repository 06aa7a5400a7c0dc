r"""Notations: tokens that are no plain words, as formulas, moves, versions, paths, options and names in code.

A plain word with another one in its place may be style; a notation has no synonyms. So where both of two
texts have a notation between the same plain words, and not the same, they say other things, however long they
are.

A token is a notation where it holds a sign or a digit beside letters, capitals within or throughout, or
nothing but signs that part no sentences. Numbers, dates, emphasis, footnotes and typography are none: others
compare them, or nobody does.

What belongs here: which tokens are notations, and comparing those of two texts. What does not: identifiers
that tell wherever they stand (`identifiers`), and code (`programs`).
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import takewhile

from entropy_assets.curation.dedup.ends import unlike
from entropy_assets.curation.dedup.marked import CONTEXT
from entropy_assets.curation.dedup.places import Place
from entropy_assets.curation.dedup.programs import code_spans
from entropy_assets.curation.dedup.signs import without_layout
from entropy_assets.curation.dedup.skeletons import typographic
from entropy_assets.curation.dedup.tokens import ALONE_CLASS
from entropy_assets.curation.dedup.writing import may_be_code

LEAST_NUMBERS = 3
"""Numbers and signs in a row from which their order tells, as in the fields of a schedule."""

_TOKEN = re.compile(
    r"`[^`\n]+`[^\s`]*|\\\[[^\n]+?\\\]|\\\([^\n]+?\\\)"
    r"|\$(?=[^\s$])[^$\n\x1c-\x1f]*[\\^_=<>+{}(|][^$\n\x1c-\x1f]*\$[^\s$]*"
    r"|[\w.\\]+\([^()\n\x1c-\x1f]{1,60}\)[^\s\x15-\x18\x1c-\x1f]*"
    rf"|[{ALONE_CLASS}]+|[^\s\x15-\x18\x1c-\x1f{ALONE_CLASS}]+"
)
"""Code in backticks, a formula, a call, or what stands between blanks."""

MARGIN = 120
"""Characters of a notation with the words beside it, rather too many."""

_NUMBER = re.compile(
    r"[-+±~≈§$€£¥₹]*\d[\d.,:/'T-]*(?:st|nd|rd|th|s|Z|[ap]m|[AP]M|[ap]\.m|\.?º|\.?ª)?[%‰°$€£¥₹]?\Z"
)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\Z")
_LAYOUT = re.compile(r"([-=_*#~+.|•])\1*\Z|[|:-]+\Z|[.,;:!?'\"()\[\]-]+\Z")
_FOOTNOTE = re.compile(r"(?<=[^\W\d_]{3})[.,;:]?(?:\[[\da-z]{1,3}\])+(?=[.,;:]?\Z)")
_JOINED = re.compile(r"[-'/–]")
_ABBREVIATION = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\Z")
_LOWER = re.compile(r"[\"'(*]*[A-Za-z]?[a-z]+[.,;:!?\"')*]*")
_PARTING, _STOPS, _QUOTES, _OF_RIGHTS = ".,;:!?", ".,;:", "\"'", "©®™℠℗"
_PRIMED = re.compile(r"\w{1,2}'{1,2}\Z")
_OF_SHELLS = re.compile(r"[$\\]\w|`")

LEAST_SHOUTED = 4
"""Words in capitals that stand side by side where they are a heading, or a text that is written so."""

_TAG = re.compile(r"(?<![\w<])</?[A-Za-z][^<>\n]*>|(?<=\w)</[A-Za-z]+>")

_TOOLS = re.compile(rf"{CONTEXT}[\x15-\x18]?\s*[\[{{][^\x1c-\x1f]*")

PLAIN, NUMBER, NOTATION = range(3)
"""Kinds of tokens."""


@lru_cache(1 << 14)
def kind_of(token: str) -> int:
    r"""Return which of the kinds a token is.

    >>> [kind_of(one) for one in ("cat", "(cats),", "12.5%", "FeCl3", "UDP", "f'(x)", r"\leq", "well-known")]
    [0, 0, 1, 2, 2, 2, 2, 0]
    """
    if not token.isascii():
        token = _plainly(token)
    if token.isalpha():
        return NOTATION if _has_capitals(token) else PLAIN
    if _LAYOUT.match(token):
        return PLAIN
    core = _core(token)
    core = core.strip("*_") or core
    if _NUMBER.match(core):
        return NOTATION if _ADDRESS.match(core) else NUMBER
    if not core or _ABBREVIATION.match(core):
        return PLAIN
    parts = _JOINED.split(core)
    if all(part.isalpha() for part in parts):
        return NOTATION if any(map(_has_capitals, parts)) else PLAIN
    return NOTATION


def _has_capitals(word: str) -> bool:
    """Return whether a word has capitals behind its first letter, or is one capital."""
    return not word.islower() and (len(word) == 1 or not word[1:].islower()) and word != word.lower()


def _plainly(token: str) -> str:
    """Return a token without accents and vowel signs, and without punctuation around it that ASCII lacks."""
    letters = unicodedata.normalize("NFD", typographic(token))
    kinds = [unicodedata.category(one) for one in letters]
    kept = [
        one
        for one, kind in zip(letters, kinds, strict=True)
        if kind[0] != "M" and kind != "Cf" and one not in _OF_RIGHTS and (one.isascii() or kind[0] != "P")
    ]
    return "".join(kept)


def _core(token: str) -> str:
    """Return a token without what parts sentences around it, and without footnotes behind a word."""
    if not token.isascii():
        token = typographic(token)
    if not any(map(str.isalnum, token)):
        return token.rstrip(_STOPS) or token
    core = _FOOTNOTE.sub("", token)
    core = core.rstrip(_PARTING) or core
    if not _OF_SHELLS.search(core) and not _PRIMED.match(core):
        core = core.strip(_QUOTES).rstrip(_PARTING)
    for opening, closing in ("()", "[]", "{}", "<>"):
        if core.startswith(opening) and core.count(opening) > core.count(closing):
            core = core[1:]
        if core.endswith(closing) and core.count(closing) > core.count(opening):
            core = core[:-1]
        if core.startswith(opening) and core.endswith(closing) and core[1:-1].isalnum():
            core = core[1:-1]
    return core.rstrip(_PARTING) or core


def _tokens(text: str) -> list[str]:
    """Return the tokens of a text without tags."""
    found: list[str] = _TOKEN.findall(_TAG.sub(" ", text) if "<" in text else text)
    return found


def notation_spans(text: str) -> list[tuple[int, int]]:
    """Return where notations begin and end in a text.

    >>> notation_spans("Add FeCl3 to it.")
    [(4, 9)]
    """
    return [found.span() for found in _TOKEN.finditer(text) if kind_of(found[0]) == NOTATION]


def may_note(gone: set[str], came: set[str]) -> bool:
    """Return whether notations may be others, given the words that only one of two texts has and the other.

    Where neither has any, the texts have the same words in another order; where one has none, some were
    added.
    """
    mine = _notations_of(gone)
    if gone and not mine:
        return False
    yours = _notations_of(came)
    return mine != yours if mine and yours else bool(yours) or not came


def _notations_of(words: set[str]) -> set[str]:
    """Return the notations in words, without what parts sentences around them."""
    may_be = [word for word in words if not _LOWER.fullmatch(word)]
    if not may_be:
        return set()
    tokens = (token for word in may_be for token in _tokens(word))
    return {_core(token) for token in tokens if kind_of(token) == NOTATION}


def notes_other(one: str, other: str) -> bool:
    r"""Return whether two texts have other notations between the same plain words.

    >>> notes_other(r"so $a \leq b$ is", "so $a < b$ is"), notes_other("a cat is", "a dog is")
    (True, False)
    >>> notes_other("all of NASA is", "all of it is"), notes_other("at 0 5 * * 1", "at 5 0 * * 1")
    (False, True)
    """
    one, other = unlike(_without_code(one), _without_code(other), MARGIN)
    first, second = (_runs(text) for text in (one, other))
    gone, came = first - second, second - first
    mine: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for beside, run in gone:
        mine.setdefault(beside, []).append(run)
    return any(_are_others(run, own) for beside, run in came for own in mine.get(beside, ()))


def _are_others(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two rows of notations and numbers are others, and not in their numbers alone."""
    mine, yours = ([token for token in run if kind_of(token) == NOTATION] for run in (one, other))
    if mine != yours:
        return bool(mine and yours)
    return len(one) >= LEAST_NUMBERS and Counter(one) == Counter(other)


def _is_shouted(run: list[str]) -> bool:
    """Return whether words in capitals stand side by side as in a heading."""
    words = [token for token in run if kind_of(token) == NOTATION]
    return len(words) >= LEAST_SHOUTED and all(word.isalpha() and len(word) > 1 for word in words)


def is_shouted_at(text: str, place: Place) -> bool:
    """Return whether the words around a place of a text, and in it, are capitals throughout.

    >>> is_shouted_at("SO SHIP IT ALL NOW", Place("SO SHIP IT ALL ", "NOW", ""))
    True
    >>> is_shouted_at("so use UNION", Place("so use ", "UNION", "JOIN"))
    False
    """
    start, stop = len(place.before), len(place.before) + len(place.here)
    # One word may be cut at either margin.
    before = takewhile(_is_no_plain_word, reversed(text[max(0, start - MARGIN) : start].split()[1:]))
    behind = takewhile(_is_no_plain_word, text[stop : stop + MARGIN].split()[:-1])
    words = [*before, *place.here.split(), *place.there.split(), *behind]
    return _is_shouted([_core(word) for word in words])


def _is_no_plain_word(token: str) -> bool:
    return kind_of(token) != PLAIN


def _without_code(text: str) -> str:
    """Return a marked text without code, and without definitions of tools."""
    text = _TOOLS.sub("", text) if CONTEXT in text else text
    if may_be_code(text):
        for start, end in reversed(code_spans(text)):
            text = f"{text[:start]}\n{text[end:]}"
    return text


def _runs(text: str) -> Counter[tuple[tuple[str, str], tuple[str, ...]]]:
    """Return the rows of notations and numbers of a text, each with the plain words around it."""
    found: Counter[tuple[tuple[str, str], tuple[str, ...]]] = Counter()
    before, run = "", []
    for token in [*_tokens(without_layout(text)), ""]:
        word = token
        if not token.islower() or not token.isalpha():
            if token and (kind_of(token) != PLAIN or token == "*"):
                run.append(_core(token))
                continue
            word = "".join(filter(str.isalpha, token)).lower()
            if token and not word:
                continue
        if run and not _is_shouted(run):
            found[(before, word), tuple(run)] += 1
        before, run = word, []
    return found
