"""What the peers' scores come to beside the product's outcomes, at equal rates of false holds.

A judge's limit is chosen on good natural drops of development: as many of them are above it as the product
holds there, or does not let in, or 3 %. Twins are left out, and first versions, beside which nothing stands.

What belongs here: figures. What does not: how a drop is judged, and the page (`page`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from benchmarks.gate_power.bars import caught, held, truth
from benchmarks.gate_power.judges import limit_at, under_limit
from benchmarks.gate_power.mechanisms import mechanism
from benchmarks.gate_power.natural import NEW
from benchmarks.gate_power.peers import JUDGES, PEERS
from benchmarks.gate_power.rates import Line, mean, rate
from benchmarks.gate_power.table import class_name, family_key, grouped
from entropy_assets.errors import InvalidParameter

PRODUCT = "product"

FIXED_RATE = 0.03
"""Share of good natural drops of development above a limit, where it is not the product's own."""

POINTS = ("as held", "as not let in", "at 3 %", "at 3 % of known sources")
"""Where limits stand: where the product holds, where it holds or asks, and twice at `FIXED_RATE`: a new
language is further from a pool than damage is, and may set the limit alone."""


def joined(product: Sequence[Line], peers: Sequence[Line]) -> list[Line]:
    """Return the product's lines of drops that the peers judged too, each with their `judges`."""
    said = {line["drop"]: line["judges"] for line in peers if line["outcome"] != "failed"}
    return [
        line | {"judges": said[line["drop"]]}
        for line in product
        if line["outcome"] != "failed" and line["drop"] in said and not line["twin"]
    ]


def product_score(line: Line) -> float:
    """Return the largest standardised excess that the product's detector found in a drop.

    A drop that was stopped before the gate, as for secrets, has 0: the detector saw nothing.
    """
    if not line["report"]:
        return 0.0
    found = [m for m in line["report"]["measurements"] if m["code"] in ("damage", "doubtful")]
    return max((m["value"] / m["standard_error"] for m in found if m["standard_error"]), default=0.0)


def compared(lines: Sequence[Line], development: Sequence[Line]) -> dict[str, Any]:
    """Return all figures, as plain values.

    Parameters
    ----------
    lines
        What is measured, as `joined` gives it.
    development
        What limits are chosen on; the same lines, where these are of development.

    Raises
    ------
    InvalidParameter
        No good natural drop, or no bad one, is among them.
    """
    natural = [line for line in development if _is_natural(line)]
    if not _judging(natural, POINTS[3]) or not any(truth(line) == "bad" for line in lines):
        raise InvalidParameter("no good natural drop of development, or no bad one, was judged: judge more")
    shares = (_share(natural, held), _share(natural, caught), FIXED_RATE, FIXED_RATE)
    rates = dict(zip(POINTS, shares, strict=True))
    judges = [_product(lines, natural), *(_peer(name, lines, natural, rates) for name in JUDGES)]
    for judge in judges[1:]:
        judge["difference"] = {point: _difference(lines, judges[0], judge, point) for point in POINTS}
    return {
        "drops": len(lines),
        "good": sum(truth(line) == "good" for line in lines),
        "natural_of_development": len(natural),
        "bad": sum(map(_counts, lines)),
        "rates": rates,
        "judges": [_told(judge, lines) for judge in judges],
    }


def _is_natural(line: Line) -> bool:
    return truth(line) == "good" and line["natural_class"] != "random"


def _counts(line: Line) -> bool:
    """Return whether a drop is bad, in a way that more than a reader could see."""
    return truth(line) == "bad" and not mechanism(line["mechanism"]).semantic


def _share(lines: Sequence[Line], hit: Callable[[Line], bool]) -> float:
    return sum(map(hit, lines)) / len(lines)


def _judging(natural: Sequence[Line], point: str) -> list[Line]:
    """Return the good natural drops that the limit of a point is chosen on."""
    return [line for line in natural if point != POINTS[3] or line["natural_class"] not in NEW]


def _product(lines: Sequence[Line], natural: Sequence[Line]) -> dict[str, Any]:
    """Return the product as a judge: its scores, and at each point whether it stops each drop."""
    scored = [line | {"score": product_score(line)} for line in natural]
    limits = {point: limit_at(_judging(scored, point), FIXED_RATE) for point in POINTS[2:]}
    scores = [product_score(line) for line in lines]
    by_score = ([score > limit for score in scores] for limit in limits.values())
    stops = [list(map(held, lines)), list(map(caught, lines)), *by_score]
    return {
        "judge": PRODUCT,
        "scores": scores,
        "limits": limits,
        "stops": dict(zip(POINTS, stops, strict=True)),
        "seconds": [line["seconds"] for line in lines],
        "named": [line for line in lines if "named_damaged" in line],
    }


def _peer(
    name: str, lines: Sequence[Line], natural: Sequence[Line], rates: Mapping[str, float]
) -> dict[str, Any]:
    own = [line | line["judges"][name] for line in lines]
    chosen = [line | line["judges"][name] for line in natural]
    limits = {point: limit_at(_judging(chosen, point), wanted) for point, wanted in rates.items()}
    stops = {point: [held(line) for line in under_limit(own, limit)] for point, limit in limits.items()}
    return {
        "judge": name,
        "scores": [line["score"] for line in own],
        "limits": limits,
        "stops": stops,
        "seconds": [line["seconds"] for line in own],
        "named": own if PEERS[name.rpartition("_")[0]].names_rows else [],
    }


def _difference(
    lines: Sequence[Line], product: Mapping[str, Any], judge: Mapping[str, Any], point: str
) -> dict[str, Any]:
    """Return how much more of the bad drops the product stops, paired, and where it stops fewer."""
    both = zip(lines, product["stops"][point], judge["stops"][point], strict=True)
    own = [(line, float(ours) - float(theirs)) for line, ours, theirs in both if _counts(line)]
    groups: dict[tuple[Any, ...], list[float]] = {}
    for line, value in own:
        groups.setdefault(family_key(line), []).append(value)
    loses = [
        {"family": key[0], "drops": _where(key), "fewer": -sum(values), "of": len(values)}
        for key, values in sorted(groups.items())
        if sum(values) < 0
    ]
    return {**mean([line for line, _ in own], [value for _, value in own]), "loses": loses}


def _told(judge: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, Any]:
    """Return what is told of a judge: rates at each point, AUC, seconds, rows named."""
    stopped = {point: _stopped(lines, stops) for point, stops in judge["stops"].items()}
    good = np.array([score for score, line in zip(judge["scores"], lines, strict=True)
                     if truth(line) == "good"])  # fmt: skip
    shares = sorted({line["share"] for line in lines if _counts(line)})
    bad = {
        share: np.array([score for score, line in zip(judge["scores"], lines, strict=True)
                         if _counts(line) and line["share"] == share])
        for share in shares
    }  # fmt: skip
    return {
        "judge": judge["judge"],
        "limits": {point: limit for point, limit in judge["limits"].items() if np.isfinite(limit)},
        "points": stopped,
        "difference": judge.get("difference", {}),
        "auc": auc(good, np.concatenate(list(bad.values()))),
        "auc_by_share": {f"{share:.0%}": auc(good, own) for share, own in bad.items()},
        "seconds": {"median": float(np.median(judge["seconds"])), "mean": float(np.mean(judge["seconds"]))},
        "named": _named(judge, lines),
    }


def _stopped(lines: Sequence[Line], stops: Sequence[bool]) -> dict[str, Any]:
    """Return what share of the drops of each kind is stopped."""
    own = [line | {"outcome": "hold" if stop else "promote"} for line, stop in zip(lines, stops, strict=True)]
    good = [line for line in own if truth(line) == "good"]
    bad = [line for line in own if _counts(line)]
    return {
        "random": rate([line for line in good if not _is_natural(line)], held),
        "natural": rate([line for line in good if _is_natural(line)], held),
        "classes": {name: _counted(some) for name, some in grouped(good, class_name)},
        "bad": rate(bad, held),
        "semantic": rate([x for x in own if truth(x) == "bad" and mechanism(x["mechanism"]).semantic], held),
        "families": {
            family: {words: _counted(own) for words, own in grouped(some, lambda x: _where(family_key(x)))}
            for family, some in grouped(bad, lambda x: family_key(x)[0])
        },
        "kinds": {name: _counted(some) for name, some in grouped(bad, _kind)},
    }


def _counted(lines: Sequence[Line]) -> list[int]:
    """Return how many drops were stopped, and of how many."""
    return [sum(map(held, lines)), len(lines)]


def _where(key: tuple[str, float, int, str]) -> str:
    """Return share, size and place of damage in words."""
    _, share, size, where = key
    return f"{share:.0%} of {size}" + ("" if where == "spread" else f", {where}")


def _kind(line: Line) -> str:
    """Return where the damage lies, how large the drop is and how much of it is damaged, for a column."""
    if line["where"] != "spread":
        return str(line["where"])
    return f"{line['share']:.0%} of {'800' if line['size'] >= 800 else 'fewer rows'}"


def auc(good: np.ndarray, bad: np.ndarray) -> float | None:
    """Return the probability that a bad drop scores above a good one, ties as halves; None of no drop.

    >>> auc(np.array([0.0, 1.0]), np.array([1.0, np.inf]))
    0.875
    """
    if not len(good) or not len(bad):
        return None
    ranks = rankdata(np.concatenate([good, bad]))[len(good) :]
    return float((ranks.sum() - len(bad) * (len(bad) + 1) / 2) / (len(good) * len(bad)))


def _named(judge: Mapping[str, Any], lines: Sequence[Line]) -> dict[str, float]:
    """Return the shares of damaged and of sound rows that are named in the bad drops that are stopped."""
    stopped = {line["drop"] for line, stop in zip(lines, judge["stops"][POINTS[1]], strict=True) if stop}
    own = [line for line in judge["named"] if line["drop"] in stopped and _counts(line)]
    damaged, sound = sum(x["planted"] for x in own), sum(x["rows"] - x["planted"] for x in own)
    if not damaged or not sound:
        return {}
    return {
        "damaged": sum(x["named_damaged"] for x in own) / damaged,
        "sound": sum(x["named_sound"] for x in own) / sound,
    }
