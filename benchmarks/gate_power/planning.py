"""The plan of a split: which cases are judged.

What belongs here: how many of what kind. What does not: the rows of a case (`cases`).
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace

from benchmarks.gate_power.cases import Case
from benchmarks.gate_power.installed import older_library
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST, Mechanism, mechanisms
from benchmarks.gate_power.natural import classes
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.worlds import World, worlds

SHARES = (0.05, 0.1, 0.2, 0.4)
WHOLE_SHARES = (0.6, 0.8, 1.0)
LARGE = 800
"""Rows of the drops that the bars for a share speak about."""

N_RANDOM = {DEVELOPMENT: {80: 20, 200: 14, LARGE: 10}, TEST: {80: 34, 200: 24, LARGE: 18}}
N_NATURAL = {80: 3, 200: 3, LARGE: 2}
"""Size -> drops of one class in one mixed world."""

N_FORM = 10
"""Good drops of each of two sizes, and bad drops of each of two sizes, in a pool of another form."""

FORM_SIZES = {"preference": (60, 80), "chinese": (80, 200)}
FORM_CLASSES = ("random", "one_subject", "shortest", "longest", "random", "other_mix")
N_TWINS, N_HALVES, N_WHOLE, N_DESTROYED, N_FIRST = 12, 16, 40, 40, 24


def plan(split: str, data: Data | None = None) -> list[Case]:
    """Return the cases of a split, each once, in an order that has nothing to do with what they are.

    So any first part of it is a fair sample, and a run that stopped can go on.

    Parameters
    ----------
    split
        `development` or `test`.
    data
        Where an older standard library is; without one `next_version` is left out.
    """
    older = older_library((data or Data()).older)
    found = [case for case in dict.fromkeys(_cases(split)) if older or case.natural_class != "next_version"]
    return sorted(found, key=lambda case: zlib.crc32(case.name.encode()))


def judged_mechanisms(split: str) -> dict[str, Mechanism]:
    """Return name -> mechanism that a split's drops come to harm by: the test has development's as well."""
    return mechanisms(DEVELOPMENT) | (mechanisms(TEST) if split == TEST else {})


def _cases(split: str) -> Iterator[Case]:
    own = worlds(split)
    mixed = [world for world in own.values() if world.form == "mixed"]
    yield from _good(split, mixed)
    yield from _bad(split, mixed)
    yield from _special(split, mixed)
    for world in own.values():
        if world.form not in ("mixed", "first"):
            yield from _of_form(split, world)
    yield from _first(split, [world for world in own.values() if world.form == "first"])


def _good(split: str, mixed: list[World]) -> Iterator[Case]:
    for world in mixed:
        for size, count in N_RANDOM[split].items():
            yield from (Case(split, world.name, size, number) for number in range(count))
        for name in classes(split):
            if name not in ("random", "next_version"):
                yield from _of_class(split, world, name)
    older = [world for world in mixed if any(source.startswith("library_") for source in world.sources)]
    for number in range(len(mixed)):
        for case in _of_class(split, older[number % len(older)], "next_version"):
            yield replace(case, number=case.number + 10 * (number // len(older)))


def _of_class(split: str, world: World, name: str) -> Iterator[Case]:
    first = 0
    for size, count in N_NATURAL.items():
        for number in range(count):
            yield Case(split, world.name, size, first + number, name)
        first += count


def _bad(split: str, mixed: list[World]) -> Iterator[Case]:
    """Yield each mechanism at each share in a large drop, and at 20 % in small ones; the test's own twice."""
    for place, kind in enumerate(judged_mechanisms(split).values()):
        rounds = 2 if kind.split == split == TEST else 1
        for turn in range(rounds):
            world = mixed[(place + turn) % len(mixed)].name
            number = (place + 7 * turn) % N_RANDOM[split][LARGE]
            case = Case(split, world, LARGE, number, mechanism=kind.name, family=kind.family)
            yield from (replace(case, share=share) for share in SHARES)
            yield replace(case, size=(80, 200)[(place + turn) % 2], share=0.2)


def _special(split: str, mixed: list[World]) -> Iterator[Case]:
    """Yield whole drops under a new name, one source of three destroyed, twins, and halves."""
    kinds = [kind for kind in judged_mechanisms(split).values() if not kind.semantic]
    for number in range(N_WHOLE):
        kind = kinds[(7 * number) % len(kinds)]
        world = mixed[number % len(mixed)].name
        size = (LARGE, 200, LARGE)[number % 3]
        case = Case(split, world, size, number, mechanism=kind.name, family=kind.family)
        yield replace(case, share=WHOLE_SHARES[number % len(WHOLE_SHARES)], where="new name")
    for number in range(N_DESTROYED):
        kind = kinds[(11 * number + 3) % len(kinds)]
        world = mixed[number % len(mixed)].name
        case = Case(split, world, LARGE, number, mechanism=kind.name, family=kind.family)
        yield replace(case, share=1.0, where="one source")
    for number in range(N_TWINS):
        kind = kinds[(13 * number + 5) % len(kinds)]
        good = Case(split, mixed[number % len(mixed)].name, (200, LARGE)[number % 2], number)
        bad = replace(good, mechanism=kind.name, family=kind.family, share=(0.1, 0.2)[number % 2])
        for base in (good, bad):
            yield from (replace(base, twin=twin) for twin in ("", "renamed", "reordered"))
    for number in range(N_HALVES):
        kind = kinds[(17 * number + 1) % len(kinds)]
        base = Case(split, mixed[number % len(mixed)].name, LARGE, number, mechanism=kind.name)
        base = replace(base, family=kind.family, share=(0.1, 0.2)[number % 2])
        yield from (replace(base, twin=twin) for twin in ("", "half 1", "half 2"))


def _of_form(split: str, world: World) -> Iterator[Case]:
    sizes = FORM_SIZES.get(world.form, (200, LARGE if world.n_pool >= 2_500 else 80))
    names = [name for name in FORM_CLASSES if name != "other_mix" or len(world.sources) > 1]
    kinds = [k for k in judged_mechanisms(split).values() if k.needs in world.needs and not k.semantic]
    shift = zlib.crc32(world.name.encode()) % 7
    for place, size in enumerate(sizes):
        for number in range(N_FORM):
            yield Case(split, world.name, size, number, names[number % len(names)])
            kind = kinds[((number + place * N_FORM) * 3 + shift) % len(kinds)]
            yield Case(split, world.name, size, number, mechanism=kind.name, family=kind.family, share=0.2)


def _first(split: str, own: list[World]) -> Iterator[Case]:
    kinds = [kind for kind in judged_mechanisms(split).values() if not kind.semantic]
    for world in own:
        for number in range(N_FIRST):
            kind = kinds[(5 * number + 2) % len(kinds)]
            case = Case(split, world.name, world.n_pool, number)
            yield case
            yield replace(case, mechanism=kind.name, family=kind.family, share=0.2, where="first")
