"""Mechanisms of damage, in families, and which of them are for development and which for the test.

Read `contract` first. `known`, `named` and `named_rows` are development: detectors may be built and tuned on
them. `kept_back` and `kept_back_more` are the test alone; whoever builds a detector does not open them, and
they are loaded only where the test split is asked for.
"""

from functools import cache
from importlib import import_module

from benchmarks.gate_power.mechanisms.contract import DEVELOPMENT, TEST, Mechanism
from benchmarks.gate_power.mechanisms.known import KNOWN
from benchmarks.gate_power.mechanisms.named import NAMED
from benchmarks.gate_power.mechanisms.named_rows import NAMED_ROWS
from entropy_assets.errors import InvalidParameter

__all__ = ["DEVELOPMENT", "TEST", "Mechanism", "mechanism", "mechanisms"]


@cache
def mechanisms(split: str) -> dict[str, Mechanism]:
    """Return name -> mechanism of one split, in order of definition; test does not repeat development's."""
    if split == DEVELOPMENT:
        found = [*KNOWN, *NAMED, *NAMED_ROWS]
    elif split == TEST:
        first, more = (import_module(f"{__name__}.{name}") for name in ("kept_back", "kept_back_more"))
        found = [*first.KEPT_BACK, *more.KEPT_BACK_MORE]
    else:
        raise InvalidParameter(f"split {split!r} is unknown: choose {DEVELOPMENT} or {TEST}")
    return {one.name: one for one in found}


def mechanism(name: str) -> Mechanism:
    """Return a mechanism of either split; an unknown name is an `InvalidParameter`."""
    found = mechanisms(DEVELOPMENT).get(name) or mechanisms(TEST).get(name)
    if found is None:
        raise InvalidParameter(f"mechanism {name!r} is unknown: `mechanisms(split)` has them")
    return found
