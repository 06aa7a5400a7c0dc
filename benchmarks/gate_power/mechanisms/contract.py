"""What a mechanism of damage is.

What belongs here: the contract, and makers for the common case that only the answer's text changes. What
does not: the mechanisms.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.demo.faults import Fault
from entropy_assets.demo.harvest import Row

DEVELOPMENT, TEST = "development", "test"

Change = Callable[[str, np.random.Generator], str]
"""(text, rng) -> the damaged text; the same text where there is nothing to damage."""

NEEDS = ("", "words", "letters", "question")
"""What a mechanism needs of a pool: nothing, spaces between words, Latin letters, or questions."""


@dataclass(frozen=True)
class Mechanism:
    """One way in which rows of a drop come to harm before they are delivered.

    Parameters
    ----------
    name
        Name, unlike any other's.
    family
        Mechanisms that a reader would call by one word.
    split
        `development` or `test`.
    damage
        ``(victims, intact, rng) -> replacements``, one for each victim in order; `intact` holds the rows of
        the drop that stay as they are. It decides texts only: ids and sources are the caller's.
    needs
        One of `NEEDS`.
    change
        What the damage does to one answer, where it does that and no more.
    foreign
        Makes the damage from passages of another language, for mechanisms that have use for them.
    semantic
        Whether only a reader sees it.
    """

    name: str
    family: str
    split: str
    damage: Fault
    needs: str = ""
    change: Change | None = None
    foreign: Callable[[Sequence[str]], Fault] | None = None
    semantic: bool = False

    def fits(self, row: Row) -> bool:
        """Return whether the damage would change a row."""
        if self.needs == "question" and not row["instruction"]:
            return False
        return self.change is None or self.change(row["output"], np.random.default_rng(0)) != row["output"]

    def using(self, passages: Sequence[str]) -> Fault:
        """Return the damage, with passages of another language where it has use for them."""
        return self.foreign(passages) if self.foreign and passages else self.damage


def changing(change: Change) -> Fault:
    """Return the damage that changes each victim's answer and nothing else."""

    def damage(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
        return [{**victim, "output": change(victim["output"], rng)} for victim in victims]

    return damage


class Registry:
    """Mechanisms of one module, in order.

    Parameters
    ----------
    split
        Split of all of them.
    """

    def __init__(self, split: str) -> None:
        self.split = split
        self._mechanisms: dict[str, Mechanism] = {}

    def __iter__(self) -> Iterator[Mechanism]:
        return iter(self._mechanisms.values())

    def text(self, family: str, needs: str = "", *, semantic: bool = False) -> Callable[[Change], Change]:
        """Return a decorator that registers a change of the answer's text under its function's name."""

        def register(change: Change) -> Change:
            self.add(change.__name__, family, changing(change), needs, change=change, semantic=semantic)
            return change

        return register

    def rows(self, family: str, needs: str = "", *, semantic: bool = False) -> Callable[[Fault], Fault]:
        """Return a decorator that registers a damage to rows under its function's name."""

        def register(damage: Fault) -> Fault:
            self.add(damage.__name__, family, damage, needs, semantic=semantic)
            return damage

        return register

    def add(
        self,
        name: str,
        family: str,
        damage: Fault,
        needs: str = "",
        *,
        change: Change | None = None,
        foreign: Callable[[Sequence[str]], Fault] | None = None,
        semantic: bool = False,
    ) -> None:
        """Register a mechanism; a name that is taken, or an unknown need, is a `ValueError`."""
        if name in self._mechanisms or needs not in NEEDS:
            raise ValueError(f"mechanism {name!r} is there already, or needs {needs!r} is none of {NEEDS}")
        self._mechanisms[name] = Mechanism(name, family, self.split, damage, needs, change, foreign, semantic)
