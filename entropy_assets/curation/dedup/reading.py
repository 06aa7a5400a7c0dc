"""Close reading: two texts with nearly the same words, and whether they mean the same.

Similarity counts words, and most words of two records may be a frame that both stand in. So a pair that is
similar as a whole is read again:

* they must be said by the same (`speakers`), and have the same around the answers (`framing`);
* system turns that are the same in both are left out, and the rest must be similar;
* each answer must be like its counterpart, as a text alone: what differs there is what is learned; and one
  short answer to two questions does not make them one;
* what an answer ends with (`endings`) must be like its counterpart, as a short answer;
* equal words must be written alike (`writing.writes_other`), and lines of code; where words differ elsewhere,
  the same words must have the same signs between them (`skeletons`), and identifiers must be the same;
* neither may have a number, a unit (`quantities`) or a sign (`signs`) that the other lacks,
  nor, where they are short, another name at one place;
* code must do the same (`programs`), and tools must be defined alike (`definitions`);
* what one of two preferences chooses the other must not reject;
* one must not negate what the other states, say the opposite, or name another of its kind (`denials`), nor
  exchange who does what to whom (`exchanged`), or what holds for all and for some (`quantifiers`).

What belongs here: what follows from two texts alone. What does not: what follows from their neighbours
(`frames`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup import verification
from entropy_assets.curation.dedup.asking import GAP, Turns, asks_other, divided, is_swapped
from entropy_assets.curation.dedup.commands import n_other_options
from entropy_assets.curation.dedup.counted import counts_other, may_count
from entropy_assets.curation.dedup.definitions import defines_other
from entropy_assets.curation.dedup.denials import denies, denies_at, may_deny
from entropy_assets.curation.dedup.endings import endings
from entropy_assets.curation.dedup.ends import Ends, equal_chars, unlike
from entropy_assets.curation.dedup.exact_parts import exact_end
from entropy_assets.curation.dedup.exchanged import exchanges, has_a_few, is_passive, may_exchange
from entropy_assets.curation.dedup.forms import changes_roles, has_same_stems
from entropy_assets.curation.dedup.framing import frames_other, n_thoughts
from entropy_assets.curation.dedup.identifiers import identifies_other
from entropy_assets.curation.dedup.marked import ANSWER, CONTEXT, REJECTED, has_marks, turns_of
from entropy_assets.curation.dedup.places import (
    Place,
    is_in_sentence,
    is_number_and_word,
    is_plain,
    one_place,
)
from entropy_assets.curation.dedup.programs import is_other_program
from entropy_assets.curation.dedup.quantifiers import quantifies_other
from entropy_assets.curation.dedup.quantities import MOST_CHARS, may_measure, n_others, quantities_of
from entropy_assets.curation.dedup.short_texts import (
    SHORT_RECORD,
    SHORT_TURN,
    are_short,
    asks_of_others,
    names_others,
    turns_other,
)
from entropy_assets.curation.dedup.signs import signs_other, ticks_other, without_traces
from entropy_assets.curation.dedup.skeletons import has_other_signs
from entropy_assets.curation.dedup.speakers import are_others
from entropy_assets.curation.dedup.writing import (
    has_other_case,
    is_code,
    lines_written_otherwise,
    may_be_code,
    n_capitals,
    writes_other,
)
from entropy_assets.settings import DedupSettings

_ASKS, _STATES = frozenset("?？؟"), frozenset(".!。！")

LONG_WORD = 9
"""Characters of a word and the space behind it, rather too many: so many capitals may be one word."""


class Difference(NamedTuple):
    """Where two texts differ: what they have in common at both ends, and the place if it is one.

    At a plain place nothing but words differs; see `places.is_plain`.
    """

    ends: Ends
    place: Place | None
    is_plain: bool

    def asks_otherwise(self, one: str, other: str) -> bool:
        """Return whether one text asks what the other states: other signs end what differs, in other forms.

        `Find the root.` and `What is the root?` ask the same.
        """
        signs = {text[: len(text) - self.ends[1]].rstrip()[-1:] for text in (one, other)}
        return bool(signs & _ASKS) and bool(signs & _STATES) and has_same_stems(one, other, self.ends)

    @classmethod
    def of(cls, one: str, other: str) -> "Difference":
        """Return the difference of two texts."""
        ends = equal_chars(one, other)
        place = one_place(one, other, ends)
        if place is None:
            return cls(ends, None, is_plain=False)
        end = len(place.before) + len(place.here)
        return cls(ends, place, is_plain(place, one[end : end + 2]))


def reads_other(
    texts: Sequence[str], tokens: tk.Tokens, a: np.ndarray, b: np.ndarray, params: DedupSettings
) -> np.ndarray:
    """Return whether texts a and b, though similar as a whole, do not mean the same: (pairs,) bool.

    Parameters
    ----------
    texts
        Marked texts.
    tokens
        Their tokens.
    a, b
        (pairs,) int64, places among the texts.
    params
        Shingle and threshold, and what is folded.
    """
    texts = [without_traces(text) for text in texts]
    ends = np.array([exact_end(text) for text in texts], dtype=object)
    is_other: np.ndarray = (ends[a] != ends[b]).astype(bool)
    thoughts = np.fromiter(map(n_thoughts, texts), np.int64, len(texts))
    is_other |= thoughts[a] != thoughts[b]
    firsts, seconds = a.tolist(), b.tolist()
    for pair in np.flatnonzero(~is_other).tolist():
        is_other[pair] = are_others(texts[firsts[pair]], texts[seconds[pair]])
    turns = [turns_of(text) for text in texts]
    has_turns = [has_marks(text) for text in texts]
    has_context = [any(mark == CONTEXT for mark, _ in own) for own in turns]
    jobs: list[tuple[int, str, str]] = []
    for pair, (one, other) in enumerate(zip(firsts, seconds, strict=True)):
        jobs += [(pair, *parts) for parts in _to_compare(turns[one], turns[other])]
    pairs = np.array([pair for pair, _, _ in jobs], np.int64)
    is_other[pairs[~_alike([(one, other) for _, one, other in jobs], params)]] = True
    for pair in np.flatnonzero(_same_words(tokens, a, b) & ~is_other).tolist():
        i, j = firsts[pair], seconds[pair]
        is_other[pair] = _writes_other((texts[i], texts[j]), turns[i], turns[j], params)
    differences: dict[int, Difference] = {}
    for pair in np.flatnonzero(~is_other).tolist():
        i, j = firsts[pair], seconds[pair]
        one, other = turns[i], turns[j]
        found = asks_other(one, other) or is_swapped(one, other) or asks_of_others(one, other)
        if not found and (has_context[i] or has_context[j]):
            found = _defines_other(one, other)
            found = found or (has_turns[i] and has_turns[j] and frames_other(one, other))
        if not found:
            own = differences[pair] = Difference.of(texts[i], texts[j])
            found = (
                own.asks_otherwise(texts[i], texts[j])
                or ticks_other(texts[i], texts[j])
                or (not own.is_plain and (signs_other(texts[i], texts[j]) or has_a_few(texts[i], texts[j])))
            )
        is_other[pair] = found
    is_other |= _written_otherwise(texts, a, b, ~is_other, differences, params)
    for pair in np.flatnonzero(may_exchange(tokens, a, b) & ~is_other).tolist():
        is_other[pair] = exchanges(texts[firsts[pair]], texts[seconds[pair]])
    for pair in np.flatnonzero(may_deny(tokens, a, b) & ~is_other).tolist():
        is_other[pair] = denies(texts[firsts[pair]], texts[seconds[pair]])
    for pair in np.flatnonzero(~is_other).tolist():
        one, other = texts[firsts[pair]], texts[seconds[pair]]
        own = differences[pair]
        is_other[pair] = (
            (own.place is not None and (denies_at(own.place) or is_passive(own.place)))
            or names_others(own.place, turns[firsts[pair]], turns[seconds[pair]], (one, other))
            or quantifies_other(one, other)
            or changes_roles(one, other, own.ends)
        )
        if is_other[pair] or own.is_plain:
            continue
        n_found = n_other_options(one, other, own.ends)
        n_found += own.place is not None and is_number_and_word(own.place)
        is_other[pair] = n_found > 0 and (has_turns[firsts[pair]] or _tells(n_found, one, other, own.place))
    for pair in np.flatnonzero(may_measure(texts, tokens, a, b) & ~is_other).tolist():
        i, j = firsts[pair], seconds[pair]
        is_other[pair] = _measures_other(texts[i], texts[j], turns[i], turns[j], differences[pair].place)
    for pair in np.flatnonzero(may_count(texts, tokens, a, b) & ~is_other).tolist():
        i, j = firsts[pair], seconds[pair]
        is_other[pair] = _counts_other(texts[i], texts[j], turns[i], turns[j], differences[pair].place)
    for pair in np.flatnonzero(~is_other).tolist():
        is_other[pair] = _spells_other(texts[firsts[pair]], texts[seconds[pair]], differences[pair])
    return is_other


def _spells_other(one: str, other: str, own: Difference) -> bool:
    """Return whether two texts have other signs between the same words, or other identifiers."""
    if own.is_plain:
        return identifies_other(one, other, own.ends, own.place)
    return has_other_signs(one, other, own.ends) or identifies_other(one, other, own.ends)


def _writes_other(texts: tuple[str, str], one: Turns, other: Turns, params: DedupSettings) -> bool:
    """Return whether two records of the same words, or a turn of them, are written to mean two things."""
    if not one or len(one) != len(other):
        return writes_other(*texts, params.fold, is_short=are_short(texts, SHORT_RECORD))
    for (mark, said), (_, also_said) in zip(one, other, strict=True):
        both = said, also_said
        most = SHORT_TURN if mark in (ANSWER, REJECTED) else SHORT_RECORD
        is_short = mark != CONTEXT and are_short(both, most)
        if said != also_said and writes_other(*both, params.fold, is_short=is_short):
            return True
    return writes_other(*texts, params.fold)


def _measures_other(first: str, second: str, one: Turns, other: Turns, place: Place | None) -> bool:
    """Return whether two texts have other quantities; see `_tells` for pages."""
    if one and other:
        first, second = divided(one)[1], divided(other)[1]
    found = n_others(*map(quantities_of, unlike(first, second, MOST_CHARS)))
    if not found or (one and other):
        return found > 0
    return _tells(found, first, second, place)


def _tells(n_found: int, first: str, second: str, place: Place | None) -> bool:
    """Return whether two pages say others, given how many of their words do, and their one place.

    Those are in a sentence, or more than `TELLING_SHARE` of the words.
    """
    if place is not None and is_in_sentence(place, first):
        return True
    return n_found > verification.TELLING_SHARE * min(len(tk.TOKEN.findall(text)) for text in (first, second))


def _counts_other(first: str, second: str, one: Turns, other: Turns, place: Place | None) -> bool:
    """Return whether two texts have other numbers, beside context where they have turns."""
    if not one or not other:
        return counts_other(first, second, is_page=place is None or not is_in_sentence(place, first))
    return counts_other(divided(one)[1], divided(other)[1])


def _written_otherwise(
    texts: Sequence[str],
    a: np.ndarray,
    b: np.ndarray,
    wanted: np.ndarray,
    differences: Mapping[int, Difference],
    params: DedupSettings,
) -> np.ndarray:
    """Return which of the wanted pairs differ in lines of code or in case, beside words: (pairs,) bool."""
    found = np.zeros(len(a), bool)
    has_signs = np.fromiter(map(may_be_code, texts), bool, len(texts))
    for pair in np.flatnonzero(wanted & (has_signs[a] | has_signs[b])).tolist():
        one, other = texts[a[pair]], texts[b[pair]]
        own = differences[pair]
        found[pair] = not own.is_plain and lines_written_otherwise(one, other, own.ends)
        found[pair] = found[pair] or is_other_program(one, other, own.ends)
    capitals = np.fromiter(map(n_capitals, texts), np.int64, len(texts))
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    fewest = np.maximum(1, verification.SWAPPED_SHARE * np.minimum(sizes[a], sizes[b]) / LONG_WORD)
    for pair in np.flatnonzero(wanted & ~found & (abs(capitals[a] - capitals[b]) > fewest)).tolist():
        one, other = texts[a[pair]], texts[b[pair]]
        found[pair] = ("case" not in params.fold or is_code(one)) and has_other_case(one, other)
    return found


def _to_compare(one: Turns, other: Turns) -> list[tuple[str, str]]:
    """Return the parts of two records that must be alike, beside the whole."""
    if not one or not other:
        return []
    if len(one) == len(other) == 2 and one[0][0] == other[0][0] != CONTEXT and one[1][0] == other[1][0]:
        both = one[1][1], other[1][1]
        return [both, *endings(*both)] if both[0] != both[1] and one[1][0] != CONTEXT else []
    parts = []
    context, rest = zip(*(divided(turns) for turns in (one, other)), strict=True)
    if context[0] == context[1] and context[0] and all(rest):
        parts.append((rest[0], rest[1]))
    for mark in (ANSWER, REJECTED):
        first, second = ([text for own, text in turns if own == mark] for turns in (one, other))
        if len(first) != len(second):
            first, second = [GAP.join(first)], [GAP.join(second)]
        for both in zip(first, second, strict=True):
            if both[0] != both[1]:
                parts += [both, *endings(*both)]
    return parts


def _defines_other(one: Turns, other: Turns) -> bool:
    """Return whether the context of two records defines other tools."""
    return defines_other(*([text for mark, text in turns if mark == CONTEXT] for turns in (one, other)))


def _alike(parts: list[tuple[str, str]], params: DedupSettings) -> np.ndarray:
    """Return whether the two texts of each pair are near-copies by their own words: (pairs,) bool."""
    texts = [text for pair in parts for text in pair]
    tokens = tk.tokenise([text.encode() for text in texts])
    a, b = np.arange(0, len(texts), 2), np.arange(1, len(texts), 2)
    prepared = verification.prepare(tokens, params.shingle)
    is_alike = verification.similarity(prepared, a, b) >= params.threshold
    is_alike &= ~verification.says_other(prepared, a, b)[0]
    for pair in np.flatnonzero(_same_words(tokens, a, b)).tolist():
        is_short = are_short(parts[pair], SHORT_TURN)
        is_alike[pair] = not writes_other(*parts[pair], params.fold, is_short=is_short)
    for pair in np.flatnonzero(is_alike).tolist():
        is_alike[pair] = not turns_other(parts[pair])
    return is_alike


def _same_words(tokens: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether two texts have the same tokens in the same order: (pairs,) bool."""
    places = np.arange(len(tokens.hashes)) - np.repeat(tokens.starts[:-1], tokens.counts)
    sums = verification.summed(tk.mix(tokens.hashes + places.astype(np.uint64)), tokens)
    same: np.ndarray = (tokens.counts[a] == tokens.counts[b]) & (sums[a] == sums[b])
    return same
