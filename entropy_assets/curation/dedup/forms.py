"""Forms: who does what to whom, where other forms of the same words tell it.

In many languages no order but endings and articles say it: `Anna zabiła Piotra` and `Annę zabił Piotr`. And
where two nouns change places, the words around them change with them: `le chauffage est compris` becomes
`l'électricité est comprise`. So words are compared by how they begin, without articles and possessives.

What belongs here: exchanges that show in forms. What does not: the same words in another order (`exchanged`).
"""

import re
import unicodedata
from collections import Counter

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.denials import equal_ends
from entropy_assets.curation.dedup.ends import Ends, unlike
from entropy_assets.curation.dedup.exchanged import exchanged

STEM = 4
"""Letters by which two words are forms of one; shorter words are their own."""

MOST_WORDS = 30
"""Words of what differs, at most: more were written anew."""

NEAR = 6
"""Words within which two words of other endings tell."""

_MARGIN = 40
_SENTENCES = re.compile(r"[.!?。！？\n\x15-\x1f]")
_DER = frozenset(["der", "die", "das", "den", "dem", "des"])
_ASIDE_WORDS = """
a an the der die das den dem des ein eine einen einem einer le la les l un une el los las uno una il lo gli
i de het een à au aux du al del allo alla dal dalla dai zum zur vom beim ao
sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer son sa ses leur leurs su sus suo sua
suoi sue his her its their hans hennes zijn haar seu seus suas его её ее их
"""
_ASIDE = frozenset(_ASIDE_WORDS.split())
"""Articles, with what is joined to them, and possessives, which change with what stands behind them."""

_PAIRS = """
him/he me/i us/we them/they hem/hij mij/ik ons/wij hen/zij ihn/er ihm/er mich/ich mir/ich dich/du dir/du
ham/han honom/han hende/hun henne/hon
"""
_PRONOUNS = dict(pair.split("/") for pair in _PAIRS.split())
"""Pronoun as an object -> as a subject."""

_BEING = """
was were is are been being got wurde wurden wird werden worden werd fue fueron sido foi foram stato stata
stati state été blev bliver
"""
_BY = "by von vom durch door por par da dal dalla dai dallo dagli dalle pelo pela pelos pelas av af"
_PASSIVE, _AGENT = frozenset(_BEING.split()), frozenset(_BY.split())
"""Words of a passive, and before whom it is done by."""

_DO = frozenset(["do", "does", "did"])
_FREQUENT = "the a an of to in is was and at on for with it that this by as are were"
_ENGLISH = frozenset(_FREQUENT.split())
"""Words one of which an English sentence of some length has."""


def changes_roles(one: str, other: str, ends: Ends) -> bool:
    """Return whether two texts say with other forms of the same words that others do it, or to others.

    Parameters
    ----------
    one, other
        Two texts.
    ends
        What `ends.equal_chars` returns for them.

    >>> from entropy_assets.curation.dedup.ends import equal_chars
    >>> texts = "Anna zabiła Piotra tam.", "Annę zabił Piotr tam."
    >>> changes_roles(*texts, equal_chars(*texts))
    True
    """
    places = unlike(one, other, _MARGIN, ends)
    if any(len(place) > 2 * _MARGIN + 12 * MOST_WORDS for place in places):
        return False
    said = [tk.WHOLE.findall(place.lower()) for place in places]
    start, stop = equal_ends(*said)
    first, second = (words[start : len(words) - stop] for words in said)
    if not first or not second or max(len(first), len(second)) > MOST_WORDS:
        return False
    if _is_turned_by_voice(first, second):
        return True
    if len(first) == len(second):
        if Counter(first) == Counter(second):
            return False
        if _has_other_endings(first, second, places[0]):
            return True
    plain = ([_PRONOUNS.get(word, word) for word in words if word not in _ASIDE] for words in said)
    stems = [[_stem(word) for word in words] for words in plain]
    if stems[0] == stems[1] or Counter(stems[0]) != Counter(stems[1]):
        return False
    start, stop = equal_ends(*stems)
    mine, yours = (own[start : len(own) - stop] for own in stems)
    if len(mine) == 2:  # side by side as in a list, but each in another form
        return not any(_stem(word) in mine for word in set(first) & set(second))
    return exchanged(" ".join(stems[0]), stems[0][:start][-2:], mine, yours)


def has_same_stems(one: str, other: str, ends: Ends) -> bool:
    """Return whether two texts differ in the order and the forms of words alone, and in `do`.

    >>> from entropy_assets.curation.dedup.ends import equal_chars
    >>> texts = "Did they approve it?", "They approved it."
    >>> has_same_stems(*texts, equal_chars(*texts))
    True
    >>> texts = "Find the root.", "What is the root?"
    >>> has_same_stems(*texts, equal_chars(*texts))
    False
    """
    places = unlike(one, other, _MARGIN, ends)
    if any(len(place) > 2 * _MARGIN + 12 * MOST_WORDS for place in places):
        return False
    words = (tk.WHOLE.findall(place.lower()) for place in places)
    first, second = (Counter(_stem(word) for word in own if word not in _DO) for own in words)
    return first == second


def _is_turned_by_voice(first: list[str], second: list[str]) -> bool:
    """Return whether only one of two places says in the passive by whom it is done."""
    gone, came = Counter(first) - Counter(second), Counter(second) - Counter(first)
    passive = [not _PASSIVE.isdisjoint(own) and not _AGENT.isdisjoint(own) for own in (gone, came)]
    return passive[0] != passive[1] and bool(gone) and bool(came)


def _has_other_endings(first: list[str], second: list[str], text: str) -> bool:
    """Return whether two words near each other have other endings, or two articles another case."""
    if _SENTENCES.search(text.strip()[_MARGIN:-_MARGIN]):
        return False
    others = [n for n, (word, form) in enumerate(zip(first, second, strict=True)) if word != form]
    if len(others) < 2 or len(others) > NEAR or others[-1] - others[0] >= NEAR:
        return False
    pairs = [(first[n], second[n]) for n in others]
    articles = [word in _DER and form in _DER for word, form in pairs]
    if not all(is_one or _are_forms(*pair) for is_one, pair in zip(articles, pairs, strict=True)):
        return False
    return sum(articles) > 1 or (not any(articles) and _ENGLISH.isdisjoint(first))


def _are_forms(word: str, form: str) -> bool:
    """Return whether two words begin alike and end otherwise, in a letter or two."""
    common = next((n for n, (a, b) in enumerate(zip(word, form, strict=False)) if a != b), None)
    common = min(len(word), len(form)) if common is None else common
    return common >= 3 and max(len(word), len(form)) - common <= 2 and word.isalpha() and form.isalpha()


def _stem(word: str) -> str:
    """Return how a word begins, without marks on its letters."""
    plain = word if word.isascii() else unicodedata.normalize("NFKD", word)
    return "".join(letter for letter in plain if not unicodedata.combining(letter))[:STEM]
