"""Reasons and notes as the table that a person reads: one for run page, asset page and command line.

What belongs here: rows of words, with the whole command to type. What does not: printing, and deciding.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any

import polars as pl

from entropy_assets.candidate.stops import NOTHING_PICKED, OVERRIDABLE
from entropy_assets.curation.entropy_law import (
    CORRECTIONS,
    INCONCLUSIVE,
    MANUAL,
    RULES,
    SCREENING_RULES,
    Reason,
    worst,
)
from entropy_assets.ledger import Entry, drop_of

WORDS = {"hold": "held", "ask": "asked", "note": "noted", "promote": "promoted", "open": "open"}
"""What is decided, or what a reason stands for -> the word for it."""

TOLD_SCHEMA = pl.Schema(
    dict.fromkeys(
        ("drop", "verdict", "where", "rule", "measured", "allowed", "example", "do", "command"), pl.String
    )
)
"""One row a reason or note, and one a way on: the drop; what the reason stands for; what was measured (source
or scope); the rule in words; the value with its standard error and unit; the limit; the record that speaks
for it most, as it begins; what to do; the whole command to type, where there is one."""

_RELEASABLE = {*RULES, *SCREENING_RULES, *OVERRIDABLE, CORRECTIONS, INCONCLUSIVE, MANUAL}
_NAMED = 3
"""Scopes beside the first one that a row names."""
_PERSON = "--who NAME --why REASON"


def told_rows(
    dataset: str,
    drop: str,
    reasons: Iterable[Mapping[str, Any]],
    set_aside: Sequence[str] = (),
    *,
    splits: bool = True,
    examples: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, str]]:
    """Return reasons and notes as rows of `TOLD_SCHEMA`, the worst first, and how to decide otherwise.

    What a rule says of several scopes is one row, of the whole drop where it speaks about that.

    Parameters
    ----------
    dataset
        Name of the dataset.
    drop
        Name of the drop; the key of a candidate that brings none.
    reasons
        Reasons and notes as plain values, as the ledger holds them.
    set_aside
        Rules that a person has set aside for the candidate already.
    splits
        Whether the drop can be split still; if not, nobody is told to.
    examples
        Rule -> the record that speaks for it most, in words.
    """
    told = list(reasons)
    pointing = {str(r["code"]) for r in told if r.get("n_suspects") and stands_for(r) != "note"}
    split = ""
    if splits and pointing:
        split = f"entropy-assets drop split {drop} --rules {','.join(sorted(pointing))} --dataset {dataset}"
    rows = [_row(drop, reason, split, examples) for reason in _folded(_each_once(told))]
    rows.sort(key=lambda row: ("held", "asked", "noted").index(row["verdict"]))
    against = [reason for reason in told if stands_for(reason) != "note"]
    return rows + _ways_on(dataset, drop, against, set_aside)


def stands_for(reason: Mapping[str, Any]) -> Any:
    """Return what a stored reason stands for; one from before a drop could be asked about holds."""
    return reason.get("stands_for", "hold")


def told_of_entry(
    dataset: str,
    entry: Entry,
    drop: str,
    *,
    splits: bool = True,
    examples: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, str]]:
    """Return what an entry says of one drop that it decides, or of its candidate, as rows of `TOLD_SCHEMA`.

    Of a promotion only its notes are told, and not what a person has set aside. See `told_rows`.
    """
    outcome = entry.outcomes.get(drop)
    own = entry.reasons if outcome is None or not outcome.reasons else outcome.reasons
    stays = entry.change is None if outcome is None else outcome.outcome != "promote"
    told = [reason for reason in own if stays or stands_for(reason) == "note"]
    name, set_aside = drop_of(entry.candidate) or drop, entry.candidate.overrides
    return told_rows(dataset, name, told, set_aside, splits=splits, examples=examples)


def notes_told(dataset: str, noted: Mapping[str, Sequence[Reason]]) -> tuple[dict[str, str], ...]:
    """Return what is noted of each drop as rows of `TOLD_SCHEMA`, for the card of a version."""
    return tuple(
        row
        for drop, notes in noted.items()
        for row in told_rows(dataset, drop, [asdict(note) for note in notes])
    )


def _each_once(reasons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return reasons without a question that a hold has answered: `doubtful` where `damage` holds there."""
    held = {
        reason["scope"] for reason in reasons if reason["code"] == "damage" and stands_for(reason) == "hold"
    }
    return [one for one in reasons if not (one["code"] == "doubtful" and one["scope"] in held)]


def _folded(reasons: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield one reason for each rule: of several scopes the whole drop or the worst, and where else it is."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for reason in reasons:
        groups.setdefault((str(reason["code"]), str(stands_for(reason))), []).append(reason)
    for own in groups.values():
        first, *others = sorted(own, key=lambda one: (one["scope"] != "drop", -_times_allowed(one)))
        if not others:
            yield first
            continue
        named = [f"{str(one['scope']).removeprefix('source ')} {_number(one)}" for one in others[:_NAMED]]
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        yield {**first, "scope": f"{first['scope']}; also {', '.join(named)}{more}"}


def _times_allowed(reason: Mapping[str, Any]) -> float:
    measured, allowed = reason.get("measured"), reason.get("allowed")
    return measured / allowed if measured is not None and allowed else 0.0


def _number(reason: Mapping[str, Any]) -> str:
    return "" if reason.get("measured") is None else f"{reason['measured']:.3g}"


def _row(drop: str, reason: Mapping[str, Any], split: str, examples: Mapping[str, str]) -> dict[str, str]:
    """Return one row; `split` is the command that sets aside what all rules point at."""
    verdict, do, command = stands_for(reason), str(reason["do"]), ""
    if split and reason.get("n_suspects") and verdict != "note":
        do, command = f"{do}; or set the suspects aside", split
    return {
        "drop": drop,
        "verdict": WORDS[verdict],
        "where": str(reason["scope"]),
        "rule": f"{reason['code']}: {reason['why']}",
        "measured": measured_told(reason),
        "allowed": "-" if reason.get("allowed") is None else f"{reason['allowed']:.4g}",
        "example": examples.get(str(reason["code"]), "-"),
        "do": do,
        "command": command,
    }


def measured_told(reason: Mapping[str, Any]) -> str:
    """Return a value with its standard error and unit; `-` where nothing was measured.

    >>> measured_told({"measured": 0.125, "standard_error": 0.01, "unit": "share of records"})
    '0.125 ± 0.01 share of records'
    >>> measured_told({"measured": 0.125, "unit": "share of records beyond the usual", "scope": "source web"})
    '0.125 share of the records of source web beyond the usual'
    >>> measured_told({"measured": 0.2, "unit": "share of records", "scope": "chosen answers"})
    '0.2 share of the chosen answers'
    """
    if reason.get("measured") is None:
        return "-"
    error = reason.get("standard_error")
    noise = "" if not error else f" ± {error:.2g}"
    unit = _of_what(str(reason.get("unit", "")), str(reason.get("scope", "")).partition("; ")[0])
    return f"{reason['measured']:.4g}{noise} {unit}".strip()


def _of_what(unit: str, scope: str) -> str:
    """Return the unit of a share with whose records, or rows, it is a share of."""
    share, whole, rest = unit.partition(next((w for w in (" records", " rows") if w in unit), "\0"))
    if share != "share of":  # of promoted records, of planted copies: that says it
        return unit
    noun = whole.strip()
    if scope == "drop":
        return f"share of the drop's {noun}{rest}"
    if scope == "novel":
        return f"share of the drop's new {noun}{rest}"
    if scope.endswith(" answers"):
        return f"share of the {scope}{rest}"
    return f"share of the {noun} of {scope}{rest}" if scope.startswith("source ") else unit


def _ways_on(
    dataset: str, drop: str, against: Sequence[Mapping[str, Any]], set_aside: Sequence[str]
) -> list[dict[str, str]]:
    """Return the rows that say how to release a drop, and how to discard one that is asked about."""
    codes = {str(reason["code"]) for reason in against}
    if not codes or drop.startswith("@") or not codes <= _RELEASABLE:
        return []
    word = worst(stands_for(reason) for reason in against)
    rules = ",".join(sorted({*codes, *set_aside}))
    ways = []
    if NOTHING_PICKED not in codes:  # a rule that is set aside measures nothing
        ways.append(("to let it in all the same", f"release {drop} --rules {rules}"))
    if word == "ask":
        ways.append(("to refuse it", f"discard {drop}"))
    return [
        {
            **dict.fromkeys(TOLD_SCHEMA, "-"),
            "drop": drop,
            "verdict": WORDS[word],
            "where": "all of it",
            "do": do,
            "command": f"entropy-assets drop {way} {_PERSON} --dataset {dataset}",
        }
        for do, way in ways
    ]
