"""The page of the comparison: Markdown tables from the figures.

What belongs here: words. What does not: figures (`comparison`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.gate_power.peers import PEERS
from benchmarks.gate_power.peers.comparison import POINTS, PRODUCT

_HELD, _STOPPED = POINTS[:2]
_SCOPES = {"pooled": "pooled", "within": "by source"}


def markdown(found: Mapping[str, Any]) -> str:
    """Return the tables: all judges at the product's rates, differences, families, false holds by class."""
    rates, judges = found["rates"], found["judges"]
    intro = (
        f"{found['drops']} drops that every judge saw, {found['good']} good and {found['bad']} bad ones that "
        f"more than a reader could tell. Limits stand where {found['natural_of_development']} good natural "
        f"drops of development are stopped as often as by the product: {rates[_HELD]:.1%} held, "
        f"{rates[_STOPPED]:.1%} held or asked about."
    )
    parts = [
        intro,
        *_table(
            "Stopped at the rate that the product holds or asks; a by-source look reads no row anew", judges
        ),
        *_differences(judges),
        *_by(judges, "families", "family", "Bad drops stopped, by family, all shares and sizes (of 100)"),
        *_by(judges, "classes", "class", "Good drops stopped, by class (of 100)"),
        *_where_it_loses(judges),
    ]
    return "\n".join(parts)


def _words(judge: Mapping[str, Any], *, short: bool = False) -> str:
    if judge["judge"] == PRODUCT:
        return "**the product**"
    peer, _, scope = judge["judge"].rpartition("_")
    return f"{PEERS[peer].short if short else PEERS[peer].words}, {_SCOPES[scope]}"


def _table(title: str, judges: Sequence[Mapping[str, Any]]) -> list[str]:
    kinds = sorted(judges[0]["points"][_STOPPED]["kinds"], key=_order)
    head = ["judge", "random", "natural", *kinds, "AUC", "seconds a drop", "rows named: damaged / sound"]
    out = ["", f"{title}.", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for judge in judges:
        at = judge["points"][_STOPPED]
        good = [(at[name]["hits"], at[name]["of"]) for name in ("random", "natural")]
        cells = [f"{hits}/{of}" for hits, of in (*good, *(at["kinds"][kind] for kind in kinds))]
        named = judge["named"]
        rows = f"{named['damaged']:.0%} / {named['sound']:.0%}" if named else "-"
        area = "-" if judge["auc"] is None else f"{judge['auc']:.2f}"
        row = [_words(judge), *cells, area, f"{judge['seconds']['median']:.1f}", rows]
        out.append(f"| {' | '.join(row)} |")
    return out


def _order(kind: str) -> tuple[bool, bool, float, str]:
    share = kind.partition("%")[0]
    return not share.isdigit(), "fewer" in kind, float(share) if share.isdigit() else 0.0, kind


def _differences(judges: Sequence[Mapping[str, Any]]) -> list[str]:
    head = ["judge", *POINTS]
    out = [
        "",
        "Bad drops that the product stops more than a judge does, in points of 100, paired (95 % over "
        "pools and kinds). Behind a rate of 3 %: what the judge stops of random, natural and bad drops.",
        "",
        f"| {' | '.join(head)} |",
        "|---" * len(head) + "|",
    ]
    for judge in judges:
        cells = []
        for number, point in enumerate(POINTS):
            found = judge["difference"].get(point)
            at = (judge["points"][point][name] for name in ("random", "natural", "bad"))
            counts = "" if number < 2 else "; " + ", ".join(f"{one['hits']}/{one['of']}" for one in at)
            cells.append(f"{_interval(found) if found else '-'}{counts}")
        out.append(f"| {' | '.join([_words(judge), *cells])} |")
    return out


def _interval(found: Mapping[str, Any]) -> str:
    if found["mean"] is None:
        return "-"
    return f"{100 * found['mean']:+.0f} ({100 * found['low']:+.0f} to {100 * found['high']:+.0f})"


def _by(judges: Sequence[Mapping[str, Any]], part: str, key: str, title: str) -> list[str]:
    """Return a table: a row a family or class, a column the product and the better scope of each peer."""
    shown = [judges[0], *_better(judges[1:])]
    head = [key, "drops", *(_words(judge, short=True) for judge in shown)]
    out = ["", f"{title}.", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for name in judges[0]["points"][_STOPPED][part]:
        counts = [_sum(judge["points"][_STOPPED][part][name]) for judge in shown]
        cells = [f"{100 * hits / of:.0f}" for hits, of in counts]
        out.append(f"| {' | '.join([name, str(counts[0][1]), *cells])} |")
    return out


def _sum(counted: Mapping[str, Sequence[int]] | Sequence[int]) -> tuple[int, int]:
    """Return how many were stopped and of how many, summed where there are several counts."""
    each = list(counted.values()) if isinstance(counted, Mapping) else [counted]
    return sum(hits for hits, _ in each), sum(of for _, of in each)


def _better(judges: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return of each peer the judge with the larger AUC, the first of equal ones."""
    best: dict[str, Mapping[str, Any]] = {}
    for judge in judges:
        peer = judge["judge"].rpartition("_")[0]
        if peer not in best or (judge["auc"] or 0.0) > (best[peer]["auc"] or 0.0):
            best[peer] = judge
    return list(best.values())


def _where_it_loses(judges: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the families and shares of which a peer stops more drops than the product, the most first."""
    told: dict[str, list[str]] = {}
    for judge in judges:
        for one in judge["difference"].get(_STOPPED, {}).get("loses", ()):
            name = f"{one['family']} {one['drops']}"
            told.setdefault(name, []).append(judge["judge"])
    if not told:
        return ["", "In no family, share and size does a peer stop more drops than the product."]
    most = sorted(told.items(), key=lambda one: (-len(one[1]), one[0]))
    names = "; ".join(f"{name} ({len(own)})" for name, own in most)
    return [
        "",
        "Where a peer stops more drops than the product (family, share, size, and how many of "
        f"{len(judges) - 1} judges do): {names}.",
    ]
