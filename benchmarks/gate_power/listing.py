"""The committed list of what is development and what is the test: `python -m benchmarks.gate_power.listing`.

Mechanisms and classes of the test alone are listed by digests, of the name and of what is done to fixed rows,
so that the list can be read by whoever must not know them, and tells every change.

What belongs here: the list. What does not: the splits themselves (`mechanisms`, `natural`, `worlds`).
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST, Mechanism, mechanisms
from benchmarks.gate_power.natural import classes
from benchmarks.gate_power.worlds import worlds
from entropy_assets.demo.harvest import Row

PATH = Path(__file__).with_name("split.json")

TEXT = """In room {} there are {} chairs, {} tables and one "very old" lamp, Peter says. Nobody has counted.

* The first shelf holds {} books.
    * The second is empty, and the third belongs to Anna Berg!
So {} are left."""


def listing() -> dict[str, Any]:
    """Return split -> its mechanisms, sources and natural classes."""
    return {
        DEVELOPMENT: {
            "mechanisms": {kind.name: kind.family for kind in mechanisms(DEVELOPMENT).values()},
            "sources": sources_of(DEVELOPMENT),
            "classes": sorted(classes(DEVELOPMENT)),
        },
        TEST: {
            "mechanisms": sorted(map(digest, mechanisms(TEST).values())),
            "sources": sources_of(TEST),
            "classes": sorted(_digest(name) for name in classes(TEST).keys() - classes(DEVELOPMENT).keys()),
        },
    }


def sources_of(split: str) -> list[str]:
    """Return the names of the sources that the worlds of a split draw from."""
    found = {name for world in worlds(split).values() for name in (*world.sources, *world.new, world.foreign)}
    return sorted(found - {""})


def digest(kind: Mechanism) -> str:
    """Return a digest of a mechanism's name, family, and what it makes of fixed rows."""
    victims, intact = fixed_rows(12), fixed_rows(40)[12:]
    made = kind.damage(victims, intact, np.random.default_rng(0))
    return _digest(json.dumps([kind.name, kind.family, kind.needs, made]))


def fixed_rows(n: int) -> list[Row]:
    """Return rows that were written to be damaged: questions, lists, numbers, names, quotes."""
    return [
        {
            "id": f"r{i}",
            "source": "ab"[i % 2],
            "instruction": f"How many things stand in room {i * 7} of the house in Lake Street?",
            "input": "",
            "output": TEXT.format(i * 7, i + 11, i, i * i + 3, 2 * i + 11),
        }
        for i in range(n)
    ]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main() -> int:
    """Write the list, and return the exit code."""
    PATH.write_text(json.dumps(listing(), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
