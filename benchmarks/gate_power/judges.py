"""Other judges on the very same drops.

A judge is a function from the rows of a pool to a function from the rows of a drop to a `Scored`. It is
named as `module:function`, and gives the same JSON lines as the product; `module:mapping` names several.

What belongs here: what a judge is. What does not: the judges.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Any

from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.worlds import World, pool_rows
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidParameter


@dataclass(frozen=True)
class Scored:
    """What a judge says of a drop.

    Parameters
    ----------
    score
        The larger, the more is wrong; a limit is chosen on development drops (`table`).
    outcome
        `promote`, `ask` or `hold` where the judge has a limit of its own; else empty.
    named
        Ids of the rows that it points at.
    """

    score: float
    outcome: str = ""
    named: tuple[str, ...] = ()


def limit_at(lines: Sequence[Mapping[str, Any]], share: float) -> float:
    """Return the smallest limit above which lie at most a share of the scores of some lines.

    >>> limit_at([{"score": score} for score in (0.1, 0.2, 0.3, 0.9)], 0.25)
    0.3
    """
    scores = sorted((float(line["score"]) for line in lines), reverse=True)
    return scores[int(share * len(scores) + 1e-9)]  # a share of k in n, times n, may be less than k


def under_limit(lines: Sequence[Mapping[str, Any]], limit: float) -> list[dict[str, Any]]:
    """Return the lines with every drop held whose score is above a limit, and the others promoted."""
    return [{**line, "outcome": "hold" if line["score"] > limit else "promote"} for line in lines]


Judge = Callable[[Sequence[Row]], Callable[[Sequence[Row]], Scored]]


def judged_by(judge: str, world: World, data: Data, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the line of another judge on a drop; what it made of the pool is kept for the next one.

    A name of several judges, a mapping, gives a line that promotes and has under `judges` what each says.
    """
    prepared = _prepared(judge, world, data)
    if callable(prepared):
        return _line(prepared, rows)
    each = {name: _line(look, rows) for name, look in prepared.items()}
    kept = ("score", "outcome", "named_damaged", "named_sound", "seconds")
    seconds = round(sum(line["seconds"] for line in each.values()), 2)
    told = {name: {key: line[key] for key in kept} for name, line in each.items()}
    return {
        "outcome": "promote",
        "stopped": False,
        "removed_upstream": 0.0,
        "seconds": seconds,
        "judges": told,
    }


def _line(look: Callable[[Sequence[Row]], Scored], rows: Sequence[Row]) -> dict[str, Any]:
    began = time.perf_counter()
    scored = look(rows)
    seconds = time.perf_counter() - began
    damaged = sum(name.endswith("~") for name in scored.named)
    return {
        "outcome": scored.outcome or "promote",
        "score": scored.score,
        "codes": [],
        "reasons": [],
        "report": None,
        "stopped": False,
        "removed_upstream": 0.0,
        "named_damaged": damaged,
        "named_sound": len(scored.named) - damaged,
        "seconds": round(seconds, 3),
    }


Prepared = Callable[[Sequence[Row]], Scored]


@lru_cache(maxsize=32)
def _prepared(judge: str, world: World, data: Data) -> Prepared | dict[str, Prepared]:
    module, _, name = judge.partition(":")
    if not name:
        raise InvalidParameter(f"judge {judge!r} is unknown: name it as module:function")
    found: Judge | Mapping[str, Judge] = getattr(import_module(module), name)
    rows = pool_rows(world, data)
    return found(rows) if callable(found) else {name: one(rows) for name, one in found.items()}
