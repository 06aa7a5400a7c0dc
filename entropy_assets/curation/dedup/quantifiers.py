"""Quantifiers: of how many, and on what condition, two texts say what both say in nearly the same words.

`For every x there is a y` and `There is a y for every x` have the same words; `there is` and `for all` are
phrases, none of which has the other's place; `even if` and `anything but` turn a statement round, and
`and a half` a number; `who` did it and `whom` it was done to.

What belongs here: such phrases and their order. What does not: one other word at one place (`places`).
"""

import re
from collections import Counter

from entropy_assets.curation.dedup.denials import equal_ends
from entropy_assets.curation.dedup.ends import unlike

MARGIN = 120
"""Characters of a phrase with what stands around it, rather too many."""

MOST_SENTENCES = 2
"""Sentences that only one text has, in which the order of quantifiers tells; more were moved."""

_ALL, _SOME, _EVEN_IF, _MORE, _HALF, _BUT, _WHO, _WHOM = range(8)

_PHRASES = {
    _ALL: r"for ?(?:every|each|all|any)|(?:all|every one|each) of|every|each"
    r"|für (?:alle|jede[snrm]?)|jede[snrm]? von|pour (?:tout(?:es?)?|tous|chaque)|para (?:todos?|todas?|cada)"
    r"|per ogni|para qualquer|для (?:всех|каждого|каждой|любого|любой)",
    _SOME: r"there (?:is|are|was|were|exists?)|exists?|at least one|some of"
    r"|es (?:gibt|gab|existiert)|(?:gibt|gab|existiert) es|mindestens eine[rsnm]?"
    r"|il existe|il y a|au moins une?|existen?|hay"
    r"|al menos una?|esiste|esistono|almeno un[oa]?|há|существует|существуют|хотя бы один",
    _EVEN_IF: r"even (?:if|when|though|where)|selbst wenn|auch wenn|sogar wenn|même si|incluso si|aun si"
    r"|anche se|mesmo que|zelfs als|даже если",
    _MORE: r"and (?:an? )?(?:half|quarter|third)|einhalb|et demie?|y medi[oa]|e mezz[oa]|e mei[oa]"
    r"|с половиной",
    _HALF: r"half an?|an? half",
    _BUT: r"(?:all|anything|nothing|none|last|first|next|every(?:thing|one)?|no one|nobody) but",
    _WHO: r"who|qui",
    _WHOM: r"whom|que",
}
_PHRASE = re.compile("|".join(rf"(?P<k{kind}>\b(?:{words})\b)" for kind, words in _PHRASES.items()))
_SENTENCE = re.compile(r"[.!?;\n\x15-\x1f]+\s*")
_WORD = re.compile(r"\w+")
_TELLING = """
every each all any forall there exists exist least some even half quarter third but who whom qui que
alle jede jedes jeden jedem jeder gibt gab existiert mindestens selbst auch sogar einhalb
tout tous toute toutes chaque existe y moins même demi demie todo todos toda todas cada existen hay menos
incluso aun medio media ogni esiste esistono almeno anche mezzo mezza qualquer há mesmo meio meia zelfs
всех каждого каждой любого любой существует существуют хотя даже половиной
"""
_TELLING_WORDS = frozenset(_TELLING.split())
"""Words of which each phrase has one."""


def quantifies_other(one: str, other: str) -> bool:
    """Return whether two texts quantify in another way what they say of the same things.

    Each has a quantifier that the other lacks, the order within a sentence is another one, or only one says
    `even if`, `all but`, or a half more.

    >>> quantifies_other("For each x there is a y.", "There is a y for each x.")
    True
    >>> quantifies_other("Some of them are open.", "All of them are open.")
    True
    >>> quantifies_other("Come even if it rains.", "Come if it rains."), quantifies_other("Every x.", "An x.")
    (True, False)
    """
    parts = [_SENTENCE.split(text) for text in unlike(one, other, MARGIN)]
    start, stop = equal_ends(*parts)
    first, second = (part[start : len(part) - stop] for part in parts)
    if max(len(first), len(second)) > MOST_SENTENCES:
        counts = Counter(first), Counter(second)
        first, second = (list(part.elements()) for part in (counts[0] - counts[1], counts[1] - counts[0]))
    if max(len(first), len(second)) > MOST_SENTENCES:
        return False
    said = [". ".join(part).lower() for part in (first, second)]
    words, others = (set(_WORD.findall(text)) for text in said)
    if words != others and _TELLING_WORDS.isdisjoint(words ^ others) and "half" not in words:
        return False
    here, there = map(_kinds, said)
    if here == there:
        return False
    gone, came = Counter(here) - Counter(there), Counter(there) - Counter(here)
    if not gone and not came:
        return True
    alone = (gone | came).keys()
    return bool(gone and came) or bool(alone & {_EVEN_IF, _MORE, _BUT})


def _kinds(text: str) -> list[int]:
    """Return the kinds of the phrases of a text in lower case, in order."""
    return [int((found.lastgroup or "k0")[1:]) for found in _PHRASE.finditer(text)]
