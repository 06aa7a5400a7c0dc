"""What a generator of damage is, and how one that works passage by passage becomes one.

What belongs here: the contract and its helpers. What does not: any damage.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.damage.scripts import WORD

T = TypeVar("T")

Donors = Sequence[Passage]
"""Sound passages of other records, for what is put in or mixed up."""

Damage = Callable[[Sequence[Passage], Donors, np.random.Generator], list[Passage]]
"""(passages, donors, rng) -> the same passages, damaged, one for one and in their order."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])\s*|\n+")


@dataclass(frozen=True)
class Generator:
    """One way in which passages become damaged.

    Parameters
    ----------
    name
        Its name, unique.
    family
        The kind of damage, in words that a person is told.
    damage
        What does it.
    """

    name: str
    family: str
    damage: Damage


def each(change: Callable[[Passage, Donors, np.random.Generator], Passage]) -> Damage:
    """Return the damage that changes one passage at a time."""

    def damage(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
        return [change(passage, donors, rng) for passage in passages]

    return damage


def answers(change: Callable[[str, np.random.Generator], str]) -> Damage:
    """Return the damage that changes one answer at a time."""
    return each(lambda passage, _, rng: Passage(passage.question, change(passage.answer, rng)))


def pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    """Return one of some choices."""
    return choices[int(rng.integers(len(choices)))]


def sentences(text: str) -> list[str]:
    """Return the sentences and lines of a text that are not blank, or the text."""
    return [part for part in _SENTENCE_END.split(text) if part.strip()] or [text]


def with_words(text: str, new: Sequence[str]) -> str:
    """Return a text with its words replaced in order, its white space kept; words too many fall away."""
    words = iter(new)
    return WORD.sub(lambda _: next(words, ""), text)


def each_word(text: str, change: Callable[[str], str]) -> str:
    """Return a text with each word changed, its white space kept."""
    return WORD.sub(lambda found: change(found[0]), text)


def in_part(text: str, rng: np.random.Generator, change: Callable[[str], str]) -> str:
    """Return a text changed as a whole, or in four of ten cases one stretch of it."""
    if len(text) < 60 or rng.random() < 0.6:
        return change(text)
    length = int(len(text) * rng.uniform(0.4, 0.9))
    start = int(rng.integers(len(text) - length + 1))
    return text[:start] + change(text[start : start + length]) + text[start + length :]
