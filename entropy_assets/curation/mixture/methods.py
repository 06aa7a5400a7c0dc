"""A mixture by the name of its method.

What belongs here: which function a method is, and reading runs. What does not: these functions.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from entropy_assets.curation.mixture.entropies import Estimate
from entropy_assets.curation.mixture.law import Point, fit_law
from entropy_assets.curation.mixture.optimum import optimum
from entropy_assets.curation.mixture.proportions import Limits, Mixture, nearest, softmax
from entropy_assets.curation.mixture.swarm import REST, Reuse
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings.mixture import METHODS

_NEAR_ONE = 1e-3
"""How far the shares of a run may add up from 1, for they are written rounded."""


@dataclass(frozen=True)
class Known:
    """What is known of the domains beside how much there is of each; a method asks for one of these.

    Parameters
    ----------
    given
        Domain -> wanted share.
    entropies
        Domain -> name of an entropy -> its estimate.
    runs
        Probe runs.
    steps
        Of the training that the mixture is for, in the runs' unit; None for those of the longest run.
    untouched
        Domains that keep their proportions to each other as in `given`, where a law decides.
    """

    given: Mapping[str, float] = field(default_factory=dict)
    entropies: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    runs: tuple[Point, ...] = ()
    steps: float | None = None
    untouched: tuple[str, ...] = ()


def mixture_by(method: str, limits: Limits, known: Known) -> Mixture:
    """Return the mixture of a method under limits.

    Parameters
    ----------
    method
        One of `METHODS`.
    limits
        What it must keep to.
    known
        What the method asks for.

    Raises
    ------
    InvalidInput
        There are not two domains, one is empty, or the runs are too few for a law.
    InvalidParameter
        The method is unknown, or the limits cannot be met.
    """
    if method not in METHODS:
        raise InvalidParameter(f"the method must be one of {', '.join(METHODS)}, got {method!r}")
    if method == "fitted":
        return _fitted(limits, known)
    if method == "given":
        return nearest(known.given, limits)
    if method == "uniform":
        return nearest(dict.fromkeys(limits.available, 1.0), limits)
    if method == "natural":
        return nearest(limits.available, limits)
    name = method.removeprefix("entropy:")
    values = {domain: own[name].value for domain, own in known.entropies.items()}
    missing = [domain for domain in limits.domains if domain not in values]
    if missing:
        raise InvalidInput(f"nothing is counted of domain {missing[0]!r}: count it before it is mixed")
    return nearest(softmax(values), limits)


def _fitted(limits: Limits, known: Known) -> Mixture:
    steps = known.steps or max((point.steps for point in known.runs), default=1.0)
    if not known.untouched:
        return optimum(fit_law(known.runs, n_draws=0), steps, limits)
    reuse = Reuse.of(known.given, known.untouched)
    law = fit_law([reuse.seen(point) for point in known.runs], n_draws=0)
    # As many losses as there are untouched domains stand behind theirs.
    weights = dict.fromkeys(law.domains, 1.0) | {REST: float(len(known.untouched))}
    shares = optimum(law, steps, _joined(limits, reuse), weights).weights
    return replace(nearest(reuse.parted(shares), limits), wanted=None)


def _joined(limits: Limits, reuse: Reuse) -> Limits:
    """Return the limits of the untouched domains as one: as far as the first of them that reaches its own."""
    held = reuse.joined(limits.available)
    reach = {
        name: min(limits.caps.get(name, limits.max_epochs) * limits.available[name] / limits.amount, 1.0)
        for name in reuse.inside
    }
    reach = {name: min(most, limits.ceilings.get(name, 1.0)) for name, most in reach.items()}
    most = min(1.0, *(reach[name] / part for name, part in reuse.inside.items() if part > 0))
    least = max((limits.floors.get(name, 0.0) / part for name, part in reuse.inside.items() if part > 0))

    def others(values: Mapping[str, float]) -> dict[str, float]:
        return {name: value for name, value in values.items() if name not in reuse.inside}

    return replace(
        limits,
        available=held,
        budget=limits.amount,
        caps=others(limits.caps) | {REST: max(limits.max_epochs, limits.amount / held[REST])},
        floors=others(limits.floors) | {REST: min(least, most)},
        ceilings=others(limits.ceilings) | {REST: most},
    )


def read_runs(lines: Iterable[str], name: str) -> tuple[Point, ...]:
    """Return probe runs from JSON lines with `shares`, `steps` and `losses`.

    Parameters
    ----------
    lines
        The lines; empty ones are passed over.
    name
        What messages call the file.

    Raises
    ------
    InvalidInput
        A line is no such run.
    """
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if wrong := _wrong_in(value):
            raise InvalidInput(
                f"{name}, line {number}, is no probe run, {wrong}: a run is "
                '{"shares": {domain: share}, "steps": number, "losses": {domain: loss}}'
            )
        found.append(Point(value["shares"], float(value["steps"]), value["losses"]))
    return tuple(found)


def _wrong_in(run: Any) -> str:
    """Return what keeps a value from being a probe run; nothing where it is one."""
    if not isinstance(run, dict):
        return "it is no JSON object"
    if missing := [key for key in ("shares", "steps", "losses") if key not in run]:
        return f"it has no {missing[0]!r}"
    if not _is_number(run["steps"]):
        return "its 'steps' are no number"
    for key in ("shares", "losses"):
        if not isinstance(run[key], dict) or not all(map(_is_number, run[key].values())):
            return f"its {key!r} are no object of numbers"
    if other := sorted(set(run["shares"]) ^ set(run["losses"])):
        return f"domain {other[0]!r} has a share or a loss and not both"
    total = math.fsum(run["shares"].values())
    return "" if abs(total - 1) <= _NEAR_ONE else f"its shares add up to {total:.4g} and not to 1"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def run_line(point: Point) -> str:
    """Return a run as `read_runs` reads it."""
    return json.dumps({"shares": dict(point.shares), "steps": point.steps, "losses": dict(point.losses)})
