"""Exchanged words: two texts of the same words, in which two of them stand in each other's place.

Who blocks whom is said by order alone. Names in a list, or joined by "and", may stand in any order, and a
phrase that moves to another place of its sentence says the same.

So is it by a passive: `sued` and `was sued by`.

What belongs here: finding an exchange. What does not: other words at one place (`places`, `denials`).
"""

import re
from collections import Counter
from itertools import pairwise

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.denials import equal_ends
from entropy_assets.curation.dedup.ends import unlike
from entropy_assets.curation.dedup.places import Place
from entropy_assets.curation.dedup.signs import without_layout
from entropy_assets.curation.dedup.verification import summed
from entropy_assets.curation.dedup.word_sets import MONTHS

MOST_WORDS = 6
"""Words that change places with others, on each side."""

_JOINING = """
and or nor plus with und oder sowie mit et ou avec y e o u con ed od com en met och eller og i lub albo
oraz a nebo и или да та і або ve veya ile và hoặc dan atau na au 和 或 与 與 及 と や और या و أو
"""
_BETWEEN_LIKES = frozenset(_JOINING.split())
"""Words, in many languages, on whose sides two things may change places."""

_DUTCH = re.compile(r"\b(?:het|een|niet|zijn|wordt|ook|voor|naar)\b")
"""Words by which `of` is Dutch, and joins."""

_LIMITING = """
only just even almost nearly merely solely exclusively also hardly barely exactly nur bloß sogar fast
beinahe auch seulement presque même aussi solo sólo solamente casi incluso también quasi anche perfino
quase apenas também alleen slechts bijna zelfs ook bara endast nästan även tylko prawie nawet только
почти даже также
"""
_SYMBOL = re.compile(
    r"(?<=[\\${}=^<>+*/%&|\[(])\w+|\w+(?=[=^<>+*/%&|\](){}$])"
    r"|(?<=[=<>+*/%&|←-⇿∀-⋿×÷] )\w+|\w+(?= [=<>+*/%&|←-⇿∀-⋿×÷])"
    r"|(?<=[←-⇿∀-⋿×÷])\w+|\w+(?=[←-⇿∀-⋿×÷])|\b\w(?= - \w\b)|(?<=\b\w - )\w\b"
)
"""A word beside a sign of formulas, code or paths."""

_MARGIN, _MOST_PLACE = 24, 400
"""Characters around the place of an exchange, and of it, rather too many."""

_SPANISH = frozenset(["la", "las", "los", "el", "una", "un"])
"""Words before which a Spanish *a* says to whom it is done."""
_MONTHS = frozenset(MONTHS.split())
_FOCUS = frozenset(_LIMITING.split())
"""Words that say something of what stands behind them: elsewhere in a sentence they say it of another."""

LEAST_MIXED, MOST_MIXED, MOST_JOINED = 6, 40, 5
"""Words of one sentence whose parts stand in another order, and one in how many of a list joins."""

_BREAKS = re.compile(r"[.!?;:\n,]")
"""Signs that part sentences and members of a list."""

MOST_EXCHANGED = 24
"""Words of all places at which others stand, at most: of more of them parts of a page were moved."""

_STEP = re.compile(
    r"(?:^|[\x15-\x1f])[ \t]*(?:step |schritt |étape |paso )?(\d{1,3})[.):][ \t]+"
    r"([^\s\x15-\x1f][^\n\x15-\x1f]*)",
    re.MULTILINE | re.IGNORECASE,
)
"""A numbered step on a line, and what is to be done."""

_CLAUSES = """
who whom that which whose que qui che quem quien quienes if when whenever unless until because since although
wenn falls weil sobald si quand quando cuando se als если
"""
_TURNING = frozenset(_CLAUSES.split())
"""Words behind which the order of two parts says which of them does what, or follows from what."""

_MOST_MOVED = 6
"""Words over which such a word moves, rather too many."""

_A_FEW = re.compile(r"\ba\s(?=(?:few|little)\b)")

_ARTICLES = """
a an the der die das den dem des ein eine le la les l un une el los las uno una il lo gli i de het een
"""
_SAYING_NOTHING = frozenset(_ARTICLES.split())


_BEING = "is are was were be been being gets got été fue fueron sido foi foram stato stata"
_PASSIVE = frozenset(_BEING.split())
_AGENT = frozenset(["by", "par", "por", "da"])
"""Words of a passive, before what is done and behind it."""

_OPERANDS = re.compile(
    r"^[ \t]*(?:\w+:[ \t]*)?[a-z]{2,8}[ \t]+[%$#]?[\w\[\]()+*.-]+,[ \t]*"
    r"[%$#]?[\w\[\]()+*.-]+[ \t]*(?:[;#/].*)?$",
    re.MULTILINE,
)
"""A line of assembly: what is done, and with what two."""

LEAST_OPERATIONS = 3
"""Lines of assembly in a text from which on it is a program."""


def may_exchange(tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether two texts have the same words in another order: (pairs,) bool."""
    sums = summed(tk.mix(tokens.hashes), tokens)
    may: np.ndarray = (tokens.counts[a] == tokens.counts[b]) & (sums[a] == sums[b])
    return may


def exchanges(one: str, other: str) -> bool:
    """Return whether one text has two words, or names of a few, where the other has them the other way round.

    A word such as "only" that moves counts as well.

    >>> exchanges("Anna called Ben.", "Ben called Anna."), exchanges("Anna and Ben", "Ben and Anna")
    (True, False)
    >>> exchanges("Only Ann saw it.", "Ann only saw it."), exchanges("Then Ann saw it.", "Ann then saw it.")
    (True, False)
    """
    if _exchanges_symbols(one, other) or _orders_steps(one, other):
        return True
    first, second = (tk.WHOLE.findall(text.lower()) for text in (one, other))
    start, stop = equal_ends(first, second)
    before = first[max(0, start - 2) : start]
    first, second = (words[start : len(words) - stop] for words in (first, second))
    n = len(first)
    if n != len(second) or n < 2:
        return False
    if (n <= _MOST_MOVED or first[0].isdigit() or second[0].isdigit()) and (
        _moves(first, second) or _moves(second, first)
    ):
        return True
    if _turns_clause(before, first, second):
        return True
    return exchanged(one, before, first, second)


def exchanged(text: str, before: list[str], first: list[str], second: list[str]) -> bool:
    """Return whether an exchange makes one run of words the other, and tells something.

    Parameters
    ----------
    text
        A text that has the first run.
    before
        The words before both runs, two at most.
    first, second
        Runs of the same words, which begin and end with others.
    """
    n = len(first)
    for left in range(1, MOST_WORDS + 1):
        for right in range(1, min(MOST_WORDS, n - left - 1) + 1):
            between = first[left : n - right]
            if (
                first[:left] == second[n - left :]
                and first[n - right :] == second[:right]
                and between == second[right : n - left]
            ):
                return _is_told(text, before, first, (left, n - right))
    return _permutes(text, before, first, second) or _mixes(text, before, first, second)


def _permutes(text: str, before: list[str], first: list[str], second: list[str]) -> bool:
    """Return whether words stand in each other's place at several places, and all between them in its own.

    In a list nothing but joining words, and what stands before each part, parts one place from the next.
    """
    others = [place for place, (one, two) in enumerate(zip(first, second, strict=True)) if one != two]
    runs = _runs_of(others)
    if len(others) > MOST_EXCHANGED or len(runs) < 2 or max(map(len, runs)) > MOST_WORDS:
        return False
    likes = _BETWEEN_LIKES | ({"of"} if _DUTCH.search(text) else set()) | _SAYING_NOTHING | set(before[-1:])
    gaps = (first[run[-1] + 1 : behind[0]] for run, behind in pairwise(runs))
    return any(word not in likes for gap in gaps for word in gap)


def _mixes(text: str, before: list[str], first: list[str], second: list[str]) -> bool:
    """Return whether parts of one sentence stand in another order, and none alone went to another place.

    Where one did, what is before it and what is behind it changed places: a phrase may stand anywhere.
    """
    n = len(first)
    if not LEAST_MIXED <= n <= MOST_MIXED or any(
        [*first[cut:], *first[:cut]] == second for cut in range(1, n)
    ):
        return False
    likes = _BETWEEN_LIKES | _SAYING_NOTHING | set(before[-1:])
    if (
        sum(word in _BETWEEN_LIKES for word in first) > n // MOST_JOINED
        and len(set(first) - likes) < n // 2 + 1
    ):
        return False
    inside = re.search(r"\W+".join(map(re.escape, first)), text.lower())
    return inside is not None and not _BREAKS.search(inside.group())


def _runs_of(places: list[int]) -> list[list[int]]:
    """Return ascending places, those that stand side by side together."""
    runs: list[list[int]] = []
    for place in places:
        if not runs or place != runs[-1][-1] + 1:
            runs.append([])
        runs[-1].append(place)
    return runs


def _turns_clause(before: list[str], first: list[str], second: list[str]) -> bool:
    """Return whether two parts of a clause changed places behind a word that says which of them does what.

    `that the goat chased` and `that chased the goat`, `if A, B` and `if B, A`.
    """
    if len(first) > 2 * MOST_WORDS or not before or before[-1] not in _TURNING:
        return False
    return any([*first[cut:], *first[:cut]] == second for cut in range(1, len(first)))


def _orders_steps(one: str, other: str) -> bool:
    r"""Return whether two texts have the same numbered steps in another order.

    >>> _orders_steps("1. Stop it.\n2. Look.", "1. Look.\n2. Stop it.")
    True
    """
    mine, yours = (_STEP.findall(text) for text in (one, other))
    if len(mine) != len(yours) or [number for number, _ in mine] != [number for number, _ in yours]:
        return False
    first, second = ([" ".join(said.lower().split()) for _, said in steps] for steps in (mine, yours))
    return first != second and Counter(first) == Counter(second)


def is_passive(place: Place) -> bool:
    """Return whether one text has at a place a word, and the other a passive: who did it was done to.

    >>> is_passive(Place("The firm ", "sued", "was sued by")), is_passive(Place("", "went", "was"))
    (True, False)
    """
    here, there = sorted((place.here.lower().split(), place.there.lower().split()), key=len)
    return (
        0 < len(here) <= MOST_WORDS
        and len(there) == len(here) + 2
        and there[0] in _PASSIVE
        and there[-1] in _AGENT
    )


def _exchanges_symbols(one: str, other: str) -> bool:
    r"""Return whether the words beside signs of formulas and code, or operands, stand in another order.

    >>> _exchanges_symbols("So $x \\le y$ is.", "So $y \\le x$ is.")
    True
    """
    if len(_OPERANDS.findall(one)) >= LEAST_OPERATIONS:
        return tk.WHOLE.findall(one) != tk.WHOLE.findall(other)
    first, second = unlike(without_layout(one), without_layout(other), _MARGIN)
    if max(len(first), len(second)) > _MOST_PLACE:
        return False
    mine, yours = (_SYMBOL.findall(text) for text in (first, second))
    return mine != yours and Counter(mine) == Counter(yours)


def has_a_few(one: str, other: str) -> bool:
    """Return whether one of two texts has a few of what the other has few of.

    >>> has_a_few("Few came.", "A few came."), has_a_few("A few came.", "A few of them came.")
    (True, False)
    """
    if "few " not in one and "ittle " not in one and "Few " not in one:
        return False
    one, other = (text.lower() for text in unlike(one, other, len("a little ")))
    first, second = (Counter(tk.WHOLE.findall(text)) for text in (one, other))
    return any(first[word] == second[word] > 0 for word in ("few", "little")) and len(
        _A_FEW.findall(one)
    ) != len(_A_FEW.findall(other))


def _moves(first: list[str], second: list[str]) -> bool:
    """Return whether a word of `_FOCUS`, or a number that is no day of a month, ends the other place."""
    if len(first) == 2 and first[1] in _MONTHS:
        return False
    is_telling = first[0] in _FOCUS or first[0].isdigit() or (first[0] == "a" and first[1] in _SPANISH)
    return is_telling and first[0] == second[-1] and first[1:] == second[:-1]


def _is_told(text: str, before: list[str], words: list[str], place: tuple[int, int]) -> bool:
    """Return whether what stands between two words makes their order tell something.

    They are in a list where nothing but commas and joining words part them from it, and from one another.
    """
    likes = _BETWEEN_LIKES | ({"of"} if _DUTCH.search(text) else set())
    between = words[slice(*place)]
    saying = [word for word in between if word not in _SAYING_NOTHING]
    if not saying and _TURNING.intersection(before):
        return True
    if not saying or not any(word in likes for word in saying):
        return bool(saying)
    # "by Anna and by Ben": what stands before the first may stand before the second.
    alike = _SAYING_NOTHING | set(before[-1:] if not before or before[-1] not in _SAYING_NOTHING else before)
    rest = [word for word in saying if word not in alike or word in likes]
    if rest[-1] not in likes:
        return True
    return not (rest[0] in likes or _begins_list(text.lower(), words[: place[0] + 1]))


def _begins_list(text: str, words: list[str]) -> bool:
    """Return whether a comma stands before the last of words that stand side by side in a text."""
    pattern = r"\W+".join(map(re.escape, words[:-1])) + r"\s*[,;、،，]\s*" + re.escape(words[-1])
    return re.search(pattern, text) is not None
