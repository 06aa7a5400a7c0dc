"""What the verdicts come to: rates with intervals, the rules that fired, seconds, and the picture.

Only stored verdicts are read, so a table under another policy costs no run.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

from benchmarks.gate_power.faults import SEMANTIC, UNSEEN
from benchmarks.gate_power.verdicts import REMOVED_SHARE, judged
from benchmarks.gate_power.worlds import SIZES
from entropy_assets.settings import PolicySettings

GOOD = ("clean", "novel")
CONFIDENCE = 0.95

Line = dict[str, Any]


def rejudged(lines: Sequence[Line], policy: Mapping[str, Any]) -> list[Line]:
    """Return the verdicts under the default policy with some changes; a stopped run stays stopped."""
    return [line | (judged(line["report"], dict(policy)) if line["report"] else {}) for line in lines]


def truth(line: Line) -> str:
    """Return `good`, `removed` (a stage before the gate took nearly all of it), or `bad`."""
    if line["fault"] in GOOD:
        return "good"
    return "removed" if line["removed_upstream"] >= REMOVED_SHARE else "bad"


def rate(hits: int, total: int) -> dict[str, Any]:
    """Return a share with its exact (Clopper-Pearson) 95 % interval."""
    if not total:
        return {"hits": 0, "of": 0, "share": None, "low": 0.0, "high": 1.0}
    interval = binomtest(hits, total).proportion_ci(CONFIDENCE, method="exact")
    return {"hits": hits, "of": total, "share": hits / total, "low": interval.low, "high": interval.high}


def upper_bound(hits: int, total: int) -> float:
    """Return the exact one-sided upper 95 % bound of a rate."""
    return float(binomtest(hits, total, alternative="less").proportion_ci(CONFIDENCE, method="exact").high)


def summary(lines: Sequence[Line]) -> dict[str, Any]:
    """Return everything that the table says, as plain values."""
    good = [line for line in lines if truth(line) == "good"]
    false_holds = [line for line in good if line["outcome"] != "promote"]
    groups: dict[tuple[str, float, str], list[Line]] = {}
    for line in lines:
        if line["fault"] not in GOOD:
            groups.setdefault((line["fault"], line["share"], line["size"]), []).append(line)
    return {
        "verdicts": len(lines),
        "false_holds": rate(len(false_holds), len(good))
        | ({"upper_95": upper_bound(len(false_holds), len(good))} if good else {}),
        "false_holds_by": {
            f"{fault} {size}": rate(sum(line["outcome"] != "promote" for line in own), len(own))
            for (fault, size), own in _grouped(good, "fault", "size")
        },
        "false_hold_reasons": _fired(false_holds),
        "faults": [
            {"fault": fault, "share": share, "size": size} | _caught(own)
            for (fault, share, size), own in sorted(groups.items())
        ],
        "statistical": _by_share(lines, (*GOOD, *SEMANTIC, *UNSEEN)),
        "unseen": _by_share([line for line in lines if line["fault"] in UNSEEN]),
        "seconds": {
            size: {"median": float(np.median(own)), "max": max(own)}
            for size in SIZES
            if (own := [line["seconds"] for line in lines if line["size"] == size])
        },
    }


def _by_share(lines: Sequence[Line], without: Sequence[str] = ()) -> dict[str, Any]:
    """Return damaged share -> what became of all faults together, apart from some."""
    bad = [line for line in lines if line["fault"] not in without]
    return {f"{share:.0%}": _caught(own) for (share,), own in _grouped(bad, "share")}


def _grouped(lines: Sequence[Line], *keys: str) -> Iterator[tuple[tuple[Any, ...], list[Line]]]:
    groups: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault(tuple(line[key] for key in keys), []).append(line)
    yield from sorted(groups.items())


def _caught(lines: Sequence[Line]) -> dict[str, Any]:
    """Return how many bad drops were removed upstream, held, not told, and missed."""
    bad = [line for line in lines if truth(line) == "bad"]
    outcomes = Counter(line["outcome"] for line in bad)
    return {
        "removed_upstream": len(lines) - len(bad),
        "removed_and_promoted": sum(
            line["outcome"] == "promote" for line in lines if truth(line) == "removed"
        ),
        "held": outcomes["hold"],
        "inconclusive": outcomes["inconclusive"],
        "missed": outcomes["promote"],
        "caught": rate(len(bad) - outcomes["promote"], len(bad)),
        "fired": _fired(bad),
    }


def _fired(lines: Sequence[Line]) -> dict[str, int]:
    return dict(
        Counter(reason for line in lines for reason in line.get("reasons", line["codes"])).most_common()
    )


def margins(lines: Sequence[Line], confidence: float) -> dict[str, dict[str, float]]:
    """Return for each rule and scope what limit it would need: its value, or `confidence` standard errors.

    The median, 99 % quantile and maximum over clean drops, by size of the drop.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for line in lines:
        if truth(line) == "good" and line["report"]:
            for m in line["report"]["measurements"]:
                scope = "source" if m["scope"].startswith("source ") else m["scope"]
                needed = max(m["value"], confidence * m["standard_error"])
                found.setdefault(f"{m['code']} ({scope})", {}).setdefault(line["size"], []).append(needed)
    return {
        name: {
            f"{size} {word}": float(number)
            for size, values in sorted(sizes.items())
            for word, number in zip(
                ("median", "99 %", "max"), (*np.quantile(values, (0.5, 0.99)), max(values)), strict=True
            )
        }
        for name, sizes in sorted(found.items())
    }


def roc(lines: Sequence[Line], policy: PolicySettings) -> dict[str, list[tuple[float, float]]]:
    """Return for each damaged share (false holds, caught) as all limits are moved by one factor."""
    from entropy_assets.curation.entropy_law import RULES

    def score(line: Line) -> float:
        if not line["report"]:
            return float("inf")
        worst = 0.0
        for m in line["report"]["measurements"]:
            rule = RULES[m["code"]]
            limit = getattr(policy, (rule.novel_limit if m["scope"] == "novel" else "") or rule.limit)
            worst = max(worst, m["value"] / limit, policy.confidence * m["standard_error"] / limit)
        return worst

    good = np.array([score(line) for line in lines if truth(line) == "good"])
    curves = {}
    for share in sorted({line["share"] for line in lines if truth(line) == "bad"}):
        own = [line for line in lines if truth(line) == "bad" and line["share"] == share]
        bad = np.array([score(line) for line in own if line["fault"] not in (*SEMANTIC, *UNSEEN)])
        bounds = np.unique(np.concatenate([good, bad, [0.0]]))
        curves[f"{share:.0%} damaged"] = [
            (float((good > bound).mean()), float((bad > bound).mean())) for bound in bounds[::-1]
        ]
    return curves


def _row(cells: Sequence[Line]) -> str:
    """Return the row of one fault and share: caught of all that reached the gate, by size of the drop."""
    by_size = {cell["size"]: cell for cell in cells}
    told = [_of(by_size[size]["caught"]) if size in by_size else "-" for size in SIZES]
    hits, total, removed = _pooled(cells)
    pooled = rate(hits, total)
    share = f"{pooled['share']:.0%} ({pooled['low']:.0%} to {pooled['high']:.0%})" if total else "-"
    fired: Counter[str] = Counter()
    for cell in cells:
        fired.update({name.split(" (")[0]: count for name, count in cell["fired"].items()})
    rules = ", ".join(f"{name} {count}" for name, count in fired.most_common(3))
    first = cells[0]
    row = [first["fault"], f"{first['share']:.0%}", *told, share, str(removed or "-"), rules]
    return f"| {' | '.join(row)} |"


def _pooled(cells: Sequence[Line]) -> tuple[int, int, int]:
    """Return drops caught, drops that were judged, and drops that a stage before the gate mended."""
    hits, total = (sum(cell["caught"][key] for cell in cells) for key in ("hits", "of"))
    return hits, total, sum(cell["removed_upstream"] for cell in cells)


def _of(caught: Mapping[str, Any]) -> str:
    return f"{caught['hits']}/{caught['of']}" if caught["of"] else "-"


def markdown(found: Mapping[str, Any]) -> str:
    """Return the tables for a page: all sizes of drops together, then each size with intervals and rules."""
    false = found["false_holds"]
    out = [
        f"False holds: {false['hits']} of {false['of']} clean drops"
        + (f", at most {false['upper_95']:.1%} (upper 95 % bound)" if false["of"] else "")
        + "; "
        + ", ".join(f"{name}: {r['hits']}/{r['of']}" for name, r in found["false_holds_by"].items())
        + ".",
    ]
    if found["faults"]:
        out += ["", *_overview(found["faults"])]
    for kind, told in (
        ("statistical", "All statistical faults"),
        ("unseen", "The three kinds that development had not"),
    ):
        for share, row in found[kind].items():
            caught = row["caught"]
            if caught["of"]:
                out += [
                    "",
                    f"{told} at {share}: {caught['hits']} of {caught['of']} caught "
                    f"({caught['low']:.0%} to {caught['high']:.0%}).",
                ]
    seconds = [f"{size} {s['median']:.1f} and {s['max']:.1f}" for size, s in found["seconds"].items()]
    out += [
        "",
        f"{found['verdicts']} verdicts; seconds of one, median and maximum by size of the drop: "
        f"{', '.join(seconds)}.",
    ]
    return "\n".join(out + (["", *_details(found["faults"])] if found["faults"] else []))


def _details(faults: Sequence[Line]) -> list[str]:
    """Return a table of one row a fault and damaged share, with one column a size of drop."""
    header = "| fault | damaged | " + " | ".join(SIZES) + " | caught (95 %) | removed before | rules |"
    rows = [_row(own) for _, own in _grouped(faults, "fault", "share")]
    return [header, "|---" * (5 + len(SIZES)) + "|", *rows]


def _overview(faults: Sequence[Line]) -> list[str]:
    """Return a table of one row a fault and one column a damaged share: caught of all that were judged."""
    shares = sorted({cell["share"] for cell in faults})
    out = [
        "| fault | " + " | ".join(f"{share:.0%}" for share in shares) + " |",
        "|---" * (1 + len(shares)) + "|",
    ]
    names = {cell["fault"] for cell in faults}
    order = sorted(names, key=lambda name: (name in SEMANTIC, name in UNSEEN, name))
    for name in order:
        cells = []
        for share in shares:
            own = [cell for cell in faults if (cell["fault"], cell["share"]) == (name, share)]
            hits, total, removed = _pooled(own)
            cells.append(f"{hits}/{total}" if total else f"{removed} removed before" if removed else "-")
        kind = ", unseen" if name in UNSEEN else ", semantic" if name in SEMANTIC else ""
        out.append(f"| {name}{kind} | {' | '.join(cells)} |")
    return out
