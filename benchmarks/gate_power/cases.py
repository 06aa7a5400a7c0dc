"""Cases: one drop that comes to one world, good or damaged, and its rows.

What belongs here: from a case to its rows. What does not: which cases there are (`planning`).
"""

import zlib
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from benchmarks.gate_power.mechanisms import Mechanism, mechanism
from benchmarks.gate_power.natural import Draw, classes
from benchmarks.gate_power.sources import Data, foreign_passages
from benchmarks.gate_power.worlds import World, cut, world_named
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidParameter

WHERE = ("spread", "one source", "new name", "first")
"""Where the damage lies: over all rows, the whole of one source of three, under a source's new name, or in
what becomes the first version."""

TWINS = ("", "renamed", "reordered", "half 1", "half 2")
DESTROYED_SHARE = 0.1
"""Share of a drop that the one source has that is destroyed."""


@dataclass(frozen=True)
class Case:
    """One drop that is judged.

    Parameters
    ----------
    split
        `development` or `test`.
    world
        Name of the world.
    size
        Rows that are wanted; a good drop of a class may have fewer.
    number
        Number among the drops of its kind.
    natural_class
        Class of the good drop that it is, or was before it came to harm.
    mechanism
        Name of what damages it; empty for a good drop.
    family
        Family of the mechanism.
    share
        Share of the rows that are damaged; of one source, all of its rows are.
    where
        One of `WHERE`.
    twin
        One of `TWINS`: the drop as it is, with other names of rows and file, in another order, or half of it.
    """

    split: str
    world: str
    size: int
    number: int = 0
    natural_class: str = "random"
    mechanism: str = ""
    family: str = ""
    share: float = 0.0
    where: str = "spread"
    twin: str = ""

    @property
    def name(self) -> str:
        """Name of the drop: what is in it cannot be read off it but by who wrote it."""
        return f"drop-{zlib.crc32(repr(self).encode()):08x}"

    @property
    def base(self) -> "Case":
        """The case that this one is a twin of."""
        return replace(self, twin="")

    @property
    def of_world(self) -> World:
        """The world that it comes to."""
        return world_named(self.split, self.world)

    @property
    def corrects(self) -> bool:
        """Whether the drop says that it corrects what was delivered before."""
        return self.natural_class == "corrected"


def rows_of(case: Case, data: Data | None = None) -> tuple[list[Row], set[str]]:
    """Return the rows of a case, and the ids of those that are damaged.

    Parameters
    ----------
    case
        The case.
    data
        Where real records are read; beside the checkout by default.

    Raises
    ------
    InvalidParameter
        The world has nothing that the class or the mechanism could be drawn from.
    """
    rows, planted = _rows_of(case.base, data or Data())
    rng = _rng(case)
    if case.twin == "reordered":
        return [rows[i] for i in rng.permutation(len(rows))], set(planted)
    if case.twin == "renamed":
        new = {row["id"]: f"item-{zlib.crc32(row['id'].encode()):08x}-{n}" for n, row in enumerate(rows)}
        new = {old: name + "~" * (old in planted) for old, name in new.items()}
        return [{**row, "id": new[row["id"]]} for row in rows], {new[old] for old in planted}
    if case.twin:
        half = int(case.twin[-1]) - 1
        order = _rng(case.base, "halves").permutation(len(rows))
        kept = [rows[i] for i in sorted(order[half::2])]
        return kept, {row["id"] for row in kept if row["id"] in planted}
    return list(rows), set(planted)


@lru_cache(maxsize=8)
def _rows_of(case: Case, data: Data) -> tuple[tuple[Row, ...], frozenset[str]]:
    if not case.mechanism:
        rows = classes(case.split)[case.natural_class](_draw(case, data))
        if not rows:
            raise InvalidParameter(f"{case.world} has no row of class {case.natural_class}")
        return tuple(rows), frozenset()
    kind = mechanism(case.mechanism)
    if case.where == "one source":
        drawn, victims = _one_of_three(case, data, kind)
    else:
        drawn = classes(case.split)[case.natural_class](_draw(case, data))
        order = _rng(case, "victims").permutation(len(drawn))
        fitting = [int(place) for place in order if kind.fits(drawn[place])]
        if case.where == "new name" and len(fitting) < case.share * len(drawn):
            drawn, fitting = _fewer(drawn, fitting, case.share)
        victims = fitting[: round(case.share * len(drawn))]
    damaged, planted = _damaged(case, data, kind, drawn, victims)
    if case.where == "new name":
        damaged = [{**row, "source": "delivery_2026_b"} for row in damaged]
    return tuple(damaged), frozenset(planted)


def _fewer(rows: list[Row], fitting: list[int], share: float) -> tuple[list[Row], list[int]]:
    """Return the rows without some that the damage does not fit, so that a share of the rest is damaged."""
    n_sound = round(len(fitting) * (1 - share) / share)
    sound = [place for place in range(len(rows)) if place not in set(fitting)][:n_sound]
    kept = sorted([*fitting, *sound])
    at = {place: new for new, place in enumerate(kept)}
    return [rows[place] for place in kept], [at[place] for place in fitting]


def _damaged(
    case: Case, data: Data, kind: Mechanism, rows: list[Row], victims: list[int]
) -> tuple[list[Row], set[str]]:
    """Return rows with some of them damaged, and the ids of those that are not what they were."""
    chosen = set(victims)
    intact = [row for place, row in enumerate(rows) if place not in chosen]
    damage = kind.using(foreign_passages(data, case.split) if kind.foreign else [])
    own = [rows[place] for place in victims]
    made, planted = list(rows), set()
    for place, row in zip(victims, damage(own, intact, _rng(case, "damage")), strict=True):
        before = rows[place]
        if row["output"].strip() and _said(row) != _said(before):
            made[place] = {**row, "id": f"{before['id']}~", "source": before["source"]}
            planted.add(made[place]["id"])
    return made, planted


def _said(row: Row) -> tuple[str, str]:
    return row["instruction"], row["output"]


def _one_of_three(case: Case, data: Data, kind: Mechanism) -> tuple[list[Row], list[int]]:
    """Return rows of three sources, and the places of the smallest of them, all of which fit the damage."""
    rest, rng = cut(case.of_world, data).rest, _rng(case, "sources")
    n_small = round(DESTROYED_SHARE * case.size)
    fitting = {source: [row for row in rows if kind.fits(row)] for source, rows in sorted(rest.items())}
    enough = [source for source, rows in fitting.items() if len(rows) >= n_small]
    if not enough or len(rest) < 3:
        raise InvalidParameter(f"{case.world} has no source that {kind.name} could destroy")
    destroyed = enough[case.number % len(enough)]
    others = sorted((source for source in rest if source != destroyed), key=lambda s: (-len(rest[s]), s))
    sound = [others[int(i)] for i in rng.permutation(min(len(others), 5))[:2]]
    rows = [fitting[destroyed][i] for i in rng.permutation(len(fitting[destroyed]))[:n_small]]
    for source in sound:
        order = rng.permutation(len(rest[source]))[: (case.size - n_small) // 2]
        rows += [rest[source][i] for i in order]
    order = rng.permutation(len(rows))
    return [rows[i] for i in order], [place for place, i in enumerate(order) if i < n_small]


def _draw(case: Case, data: Data) -> Draw:
    # A damaged drop and its share have no part in what is drawn: the same drop comes to harm in many ways.
    told = replace(case, mechanism="", family="", share=0.0, where="spread", twin="")
    return Draw(case.of_world, data, case.size, case.number, _rng(told, "rows"))


def _rng(case: Case, *purpose: object) -> np.random.Generator:
    return case.of_world.rng("case", repr(case), *purpose)
