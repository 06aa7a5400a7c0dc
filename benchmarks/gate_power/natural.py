"""Good drops as they come: one subject, one section, other lengths and forms, corrections, new sources.

A class is a function from a `Draw` to rows, which are sound whatever class they are of. What belongs here:
classes of good drops. What does not: damage (`mechanisms`), and classes of the test alone
(`natural_kept_back`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from math import ceil

import numpy as np

from benchmarks.gate_power.forms import corrected_text, in_markdown, in_other_form, with_system, with_turns
from benchmarks.gate_power.installed import documentation, older_library
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from benchmarks.gate_power.sources import PACKAGES, Data
from benchmarks.gate_power.topics import topics
from benchmarks.gate_power.worlds import Cut, World, cut, new_rows
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidParameter

LEAST = 40
"""Rows that a drop has at least: a smaller subject is not drawn."""


@dataclass(frozen=True)
class Draw:
    """What a class draws a drop from.

    Parameters
    ----------
    world
        The world.
    data
        Where real records are read.
    size
        Rows that are wanted; a class may have fewer.
    number
        Number of the drop: classes that draw from one source take another one for each number.
    rng
        Generator of this drop alone.
    """

    world: World
    data: Data
    size: int
    number: int
    rng: np.random.Generator

    @property
    def cut(self) -> Cut:
        """The world's records."""
        return cut(self.world, self.data)

    def some(self, rows: Sequence[Row]) -> list[Row]:
        """Return `size` of the rows in a random order; all of them where there are fewer."""
        return [rows[i] for i in self.rng.permutation(len(rows))[: self.size]]

    def source(self, *, asked: bool = False) -> str:
        """Return a source of the rest with enough rows for any class; with questions, if they are needed."""
        rest = self.cut.rest
        large = [
            source
            for source in sorted(rest)
            if len(rest[source]) >= 2 * LEAST
            and (not asked or all(row["instruction"] for row in rest[source]))
        ]
        if not large:
            raise InvalidParameter(f"{self.world.name} has no source for this class")
        return large[self.number % len(large)]

    def quarter(self, key: Callable[[Row], float]) -> list[Row]:
        """Return rows of the quarter of a source that a key puts first."""
        rows = sorted(self.cut.rest[self.source()], key=lambda row: (key(row), row["id"]))
        return self.some(rows[: max(LEAST, len(rows) // 4)])


Class = Callable[[Draw], list[Row]]


def random(draw: Draw) -> list[Row]:
    """Return rows in the mix of the pool."""
    counts = Counter(row["source"] for row in draw.cut.pool)
    rest = draw.cut.rest
    wanted = {source: ceil(draw.size * n / len(draw.cut.pool)) for source, n in sorted(counts.items())}
    rows: list[Row] = []
    for source, quota in wanted.items():
        own = rest[source]
        rows += [own[i] for i in draw.rng.permutation(len(own))[:quota]]
    return draw.some(rows)


def one_subject(draw: Draw) -> list[Row]:
    """Return rows of one topic of one source; the pool holds others of that topic."""
    source = draw.source()
    rows = draw.cut.rest[source]
    labels = topics(draw.data, draw.world.split, source, new_rows(draw.world, draw.data, source))
    sizes = Counter(labels[row["id"]] for row in rows)
    fitting = sorted(label for label, n in sizes.items() if n >= min(draw.size, 2 * LEAST))
    chosen = fitting[int(draw.rng.integers(len(fitting)))] if fitting else sizes.most_common(1)[0][0]
    return draw.some([row for row in rows if labels[row["id"]] == chosen])


def section_left_out(draw: Draw) -> list[Row]:
    """Return rows of one section or topic of a source that the pool lacks wholly."""
    left_out = draw.cut.left_out
    if not left_out:
        raise InvalidParameter(f"{draw.world.name} leaves no section out")
    return draw.some(left_out[sorted(left_out)[draw.number % len(left_out)]])


def other_mix(draw: Draw) -> list[Row]:
    """Return rows of the pool's sources in a mix of its own, mostly of two or three."""
    rest = draw.cut.rest
    weights = draw.rng.dirichlet([0.3] * len(rest))
    rows: list[Row] = []
    for weight, source in zip(weights, sorted(rest), strict=True):
        own = rest[source]
        rows += [own[i] for i in draw.rng.permutation(len(own))[: round(weight * draw.size)]]
    return draw.some(rows)


def shortest(draw: Draw) -> list[Row]:
    """Return rows of the quarter of a source with the shortest answers."""
    return draw.quarter(lambda row: len(row["output"]))


def longest(draw: Draw) -> list[Row]:
    """Return rows of the quarter of a source with the longest answers."""
    return draw.quarter(lambda row: -len(row["output"]))


def markdown(draw: Draw) -> list[Row]:
    """Return a random draw whose answers are set in Markdown: headings, lists, bold words."""
    return [{**row, "output": in_markdown(row["output"])} for row in random(draw)]


def system_prompt(draw: Draw) -> list[Row]:
    """Return rows of sources with questions, each with one system prompt before it."""
    return with_system(_asked(draw), draw.rng)


def multi_turn(draw: Draw) -> list[Row]:
    """Return conversations of two to four questions of one source."""
    rows = draw.cut.rest[draw.source(asked=True)]
    wide = Draw(draw.world, draw.data, 3 * draw.size, draw.number, draw.rng)
    return with_turns(wide.some(rows), draw.rng)[: draw.size]


def corrected(draw: Draw) -> list[Row]:
    """Return promoted rows of one source that an editor corrected, once more and under their ids."""
    changed: dict[str, list[Row]] = {}
    for row in draw.cut.pool:
        if (text := corrected_text(row["output"])) != row["output"]:
            changed.setdefault(row["source"], []).append({**row, "output": text})
    large = sorted(source for source, rows in changed.items() if len(rows) >= LEAST)
    if not large:
        raise InvalidParameter(f"{draw.world.name} has nothing to correct")
    return draw.some(changed[large[draw.number % len(large)]])


def next_version(draw: Draw) -> list[Row]:
    """Return what is new or changed in the standard library's documentation; the pool has an older one."""
    source = next(name for name in draw.world.sources if name.startswith("library_"))
    if older_library(draw.data.older) is None:
        raise InvalidParameter("there is no older standard library on this machine: name one")
    before = {(row["id"], row["output"]) for row in new_rows(draw.world, draw.data, source)}
    now = documentation(draw.data.cache, source)
    return draw.some([row for row in now if (row["id"], row["output"]) not in before])


def new_source(draw: Draw) -> list[Row]:
    """Return rows of a source that the pool does not hold, in a language that it holds."""
    new = draw.world.new
    return draw.some(new_rows(draw.world, draw.data, new[draw.number % len(new)]))


def new_language(draw: Draw) -> list[Row]:
    """Return rows of a source in a language that the pool does not hold."""
    return draw.some(new_rows(draw.world, draw.data, draw.world.foreign))


def other_form(draw: Draw) -> list[Row]:
    """Return rows of one source with questions, all in one other form of answers."""
    rows = draw.some(draw.cut.rest[draw.source(asked=True)])
    return [in_other_form(row, draw.number) for row in rows]


def kindred(draw: Draw) -> list[Row]:
    """Return the documentation of a package that no pool holds, under the name of one that this pool does."""
    held = sorted(set(draw.world.sources) & {*PACKAGES[draw.world.split]})
    if not held:
        raise InvalidParameter(f"{draw.world.name} holds no package's documentation")
    package, name = KINDRED[draw.number % len(KINDRED)], held[draw.number % len(held)]
    return [{**row, "source": name} for row in draw.some(documentation(draw.data.cache, package))]


def _asked(draw: Draw) -> list[Row]:
    return [row for row in random(draw) if row["instruction"]]


_DEVELOPMENT: tuple[Class, ...] = (
    *(random, one_subject, section_left_out, other_mix, shortest, longest, markdown, system_prompt),
    *(multi_turn, corrected, next_version, new_source, new_language),
)

_SINCE: tuple[Class, ...] = (other_form, kindred)
"""Classes of development alone, which strangers' drops led to; the plan of the test stays as it was."""

KINDRED = ("alembic", "click", "structlog", "requests", "watchdog", "joblib", "mako", "fsspec")
"""Packages whose documentation is of no split."""

NEW = ("new_source", "new_language")
"""Classes that hold what no promoted record is like."""


def classes(split: str) -> dict[str, Class]:
    """Return name -> class of good drops; the test has those of development, and some of its own."""
    found = [*_DEVELOPMENT, *(_SINCE if split == DEVELOPMENT else ())]
    if split == TEST:
        found += import_module("benchmarks.gate_power.natural_kept_back").KEPT_BACK
    elif split != DEVELOPMENT:
        raise InvalidParameter(f"split {split!r} is unknown: choose {DEVELOPMENT} or {TEST}")
    return {one.__name__: one for one in found}
