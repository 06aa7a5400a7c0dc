"""What the verdicts come to: bars, rates by class, family, share, size and pool, reasons, seconds.

Only stored verdicts are read, so a table under another policy costs no run. Mechanisms and classes of the
test alone are counted and not named.

What belongs here: the figures and their page. What does not: intervals (`rates`), and what a bar counts
(`bars`).
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.gate_power.bars import asked, bars, caught, held, split_of, truth
from benchmarks.gate_power.mechanisms import DEVELOPMENT, mechanism
from benchmarks.gate_power.natural import classes
from benchmarks.gate_power.rates import Line, rate, upper_bound
from benchmarks.gate_power.verdicts import judged
from entropy_assets.settings import PolicySettings

KEPT_BACK = "kept back"
N_REASONS = 6


def rejudged(lines: Sequence[Line], policy: Mapping[str, Any]) -> list[Line]:
    """Return the verdicts under the default policy with some changes; a stopped run stays stopped.

    Without changes they stay as they were given.
    """
    if not policy:
        return list(lines)
    return [line | (judged(line["report"], dict(policy)) if line.get("report") else {}) for line in lines]


def summary(lines: Sequence[Line]) -> dict[str, Any]:
    """Return everything that the table says, as plain values."""
    told = [line for line in lines if line["outcome"] != "failed"]
    alone = [line for line in told if not line["twin"]]
    good = [line for line in alone if truth(line) == "good"]
    bad = [line for line in alone if truth(line) == "bad"]
    random = [x for x in good if x["natural_class"] == "random" and x["form"] == "mixed"]
    n_held = sum(map(held, random))
    return {
        "verdicts": len(lines),
        "failed": len(lines) - len(told),
        "outcomes": dict(Counter(line["outcome"] for line in told)),
        "bars": bars(lines),
        "random_upper_95": upper_bound(n_held, len(random)) if random else None,
        "classes": [_both({"class": name}, own) for name, own in grouped(good, class_name)],
        "forms": [_both({"form": form}, own) for form, own in grouped(good, lambda x: str(x["form"]))],
        "families": [
            _both({"family": key[0], "share": key[1], "size": key[2], "where": key[3]}, own)
            for key, own in grouped(bad, family_key)
        ],
        "semantic": [
            _both({"share": share}, own)
            for share, own in grouped(
                [x for x in bad if mechanism(x["mechanism"]).semantic], lambda x: float(x["share"])
            )
        ],
        "weak": sum(truth(line) == "weak" for line in told),
        "removed": sum(truth(line) == "removed" for line in told),
        "removed_and_promoted": sum(truth(x) == "removed" and not caught(x) for x in told),
        "false_hold_reasons": _fired([line for line in good if caught(line)]),
        "caught_reasons": _fired([line for line in bad if caught(line)]),
        "named": _named(alone),
        "seconds": {
            str(size): {"median": float(np.median(own)), "max": max(own)}
            for size, rows in grouped(told, lambda x: int(x["size"]))
            if (own := [line["seconds"] for line in rows])
        },
    }


def grouped(lines: Sequence[Line], key: Any) -> Iterator[tuple[Any, list[Line]]]:
    """Yield each value of a key with its lines, sorted."""
    groups: dict[Any, list[Line]] = {}
    for line in lines:
        groups.setdefault(key(line), []).append(line)
    yield from sorted(groups.items())


def _both(named: Mapping[str, Any], lines: Sequence[Line]) -> Line:
    return {**named, "held": rate(lines, held), "asked": rate(lines, asked), "caught": rate(lines, caught)}


def class_name(line: Line) -> str:
    """Return the class of a good drop; of a class of the test alone a digest."""
    name = str(line["natural_class"])
    if name in classes(DEVELOPMENT):
        return name
    return f"{KEPT_BACK} {hashlib.sha256(name.encode()).hexdigest()[:4]}"


def family_key(line: Line) -> tuple[str, float, int, str]:
    """Return family, share, size and place of a damaged drop; a family of the test alone is not named."""
    family = line["family"] if split_of(line) == DEVELOPMENT else KEPT_BACK
    return str(family), float(line["share"]), int(line["size"]), str(line["where"])


def _fired(lines: Sequence[Line]) -> dict[str, int]:
    fired = Counter(reason.split(" (source")[0] for line in lines for reason in set(line["reasons"]))
    return dict(fired.most_common())


def _named(lines: Sequence[Line]) -> dict[str, float]:
    """Return the shares of damaged and of sound rows that reports of damaged drops point at.

    Of drops that were caught; rows that dedup or screening took out count as named.
    """
    own = [x for x in lines if truth(x) == "bad" and caught(x) and "named_damaged" in x]
    damaged, sound = sum(x["planted"] for x in own), sum(x["rows"] - x["planted"] for x in own)
    if not damaged or not sound:
        return {}
    found = sum(x["named_damaged"] + x["removed_upstream"] * x["planted"] for x in own)
    return {"damaged": found / damaged, "sound": sum(x["named_sound"] for x in own) / sound}


def margins(lines: Sequence[Line], confidence: float) -> dict[str, dict[str, float]]:
    """Return for each rule and scope what limit it would need: its value, or `confidence` standard errors.

    The median, 99 % quantile and maximum over good drops, by class.
    """
    found: dict[str, dict[str, list[float]]] = {}
    for line in lines:
        if truth(line) == "good" and line.get("report"):
            for m in line["report"]["measurements"]:
                scope = "source" if m["scope"].startswith("source ") else m["scope"]
                needed = max(m["value"] or 0.0, confidence * (m["standard_error"] or 0.0))
                name = class_name(line)
                found.setdefault(f"{m['code']} ({scope})", {}).setdefault(name, []).append(needed)
    return {
        name: {
            f"{of} {word}": float(number)
            for of, values in sorted(by_class.items())
            for word, number in zip(
                ("median", "99 %", "max"), (*np.quantile(values, (0.5, 0.99)), max(values)), strict=True
            )
        }
        for name, by_class in sorted(found.items())
    }


def roc(lines: Sequence[Line], policy: PolicySettings) -> dict[str, list[tuple[float, float]]]:
    """Return for each damaged share (good caught, bad caught) as all limits move by one factor."""
    from entropy_assets.curation.entropy_law import RULES

    def score(line: Line) -> float:
        if not line.get("report"):
            return float(line.get("score", float("inf")))
        worst = 0.0
        for m in line["report"]["measurements"]:
            rule = RULES.get(m["code"])
            name = (getattr(rule, "novel_limit", "") if m["scope"] == "novel" else "") or getattr(
                rule, "limit", ""
            )
            limit = getattr(policy, name, None) if name else None
            if limit and rule is not None and rule.stands_for != "note":
                limit = max(limit, m.get("natural") or 0.0)
                noise = policy.confidence * (m["standard_error"] or 0.0) if rule.asks_when_unsure else 0.0
                worst = max(worst, (m["value"] or 0.0) / limit, noise / limit)
        return worst

    told = [line for line in lines if line["outcome"] != "failed"]
    good = np.array([score(line) for line in told if truth(line) == "good"])
    curves = {}
    for share, own in grouped([x for x in told if truth(x) == "bad"], lambda x: float(x["share"])):
        scores = np.array([score(x) for x in own if not mechanism(x["mechanism"]).semantic])
        bounds = np.unique(np.concatenate([good, scores, [0.0]]))
        curves[f"{share:.0%} damaged"] = [
            (float((good > bound).mean()), float((scores > bound).mean())) for bound in bounds[::-1]
        ]
    return curves


def markdown(found: Mapping[str, Any]) -> str:
    """Return the tables for a page: the bars, then classes, families and pools, then reasons and seconds."""
    failed = [f"**{found['failed']} cases failed and are not counted.**", ""] if found["failed"] else []
    parts = [
        *failed,
        *_bar_rows(found["bars"]),
        "",
        *_outcome_rows("good drops of class", "class", found["classes"]),
        "",
        *_family_rows(found["families"]),
        "",
        f"Before the gate {found['removed']} damaged drops were mended, {found['removed_and_promoted']} of "
        f"them promoted; {found['weak']} had less damage than was wanted, since few rows could be damaged in "
        "that way. Neither are counted.",
    ]
    if found["named"]:
        parts += ["", f"Named of caught drops: {found['named']['damaged']:.0%} of the damaged rows, "
                  f"{found['named']['sound']:.0%} of the sound ones."]  # fmt: skip
    for words, key in (("Good drops were not let in", "false_hold_reasons"), ("Bad drops", "caught_reasons")):
        if told := ", ".join(f"{name} {n}" for name, n in list(found[key].items())[:N_REASONS]):
            parts += ["", f"{words} for: {told}."]
    seconds = [f"{size} rows {s['median']:.1f} and {s['max']:.1f}" for size, s in found["seconds"].items()]
    parts += ["", f"{found['verdicts']} verdicts; seconds, median and maximum: {', '.join(seconds)}."]
    return "\n".join(parts)


def _bar_rows(rows: Sequence[Line]) -> list[str]:
    out = ["| what | bar | measured (95 %) | reached |", "|---|---|---|---|"]
    for row in rows:
        bar = f"{'at most' if row['most'] else 'at least'} {row['bar']:.0%}"
        word = {True: "yes", False: "**no**", None: "-"}[row["reached"]]
        out.append(f"| {row['what']} | {bar} | {_share(row)} | {word} |")
    return out


def _outcome_rows(title: str, key: str, rows: Sequence[Line]) -> list[str]:
    out = [f"| {title} | held | asked about |", "|---|---|---|"]
    return [*out, *(f"| {row[key]} | {_share(row['held'])} | {_share(row['asked'])} |" for row in rows)]


def _family_rows(rows: Sequence[Line]) -> list[str]:
    """Return one row a family and size, one column a share: held, and held or asked, of all that count."""
    spread = [row for row in rows if row["where"] == "spread"]
    shares = sorted({row["share"] for row in spread})
    if not shares:
        return []
    out = [
        "| family: held / held or asked / all | rows | " + " | ".join(f"{s:.0%}" for s in shares) + " |",
        "|---" * (2 + len(shares)) + "|",
    ]
    told = {(row["family"], row["size"], row["share"]): row for row in spread}
    keys = sorted({key[:2] for key in told}, key=lambda key: (key[0] == KEPT_BACK, key))
    for family, size in keys:
        cells = [_counts(told.get((family, size, share))) for share in shares]
        out.append(f"| {family} | {size} | {' | '.join(cells)} |")
    return out


def _counts(row: Line | None) -> str:
    return f"{row['held']['hits']} / {row['caught']['hits']} / {row['held']['of']}" if row else ""


def _share(found: Mapping[str, Any]) -> str:
    if found["share"] is None:
        return "-"
    return (
        f"{found['hits']} of {found['of']}: {found['share']:.1%} ({found['low']:.0%} to {found['high']:.0%})"
    )
