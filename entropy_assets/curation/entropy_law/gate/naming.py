"""Reasons with the records that they are about: how many suspects a rule has, and in which sources.

What belongs here: words. What does not: what makes a record a suspect (`drop.suspects`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from entropy_assets.curation.entropy_law.gate.reasons import Reason

TOLD_SOURCES = 2
"""Sources that a reason names, those with the most suspects."""


def name_suspects(reasons: Iterable[Reason], by_source: Sequence[Mapping[str, Any]]) -> tuple[Reason, ...]:
    """Return reasons, each with the number of its suspects and the sources that they stand in, if any.

    Parameters
    ----------
    reasons
        Why a candidate is held or asked about, or what is noted.
    by_source
        Rule, source, suspects, records and share, as the drop report counts them; empty for a report from
        before there were suspects.
    """
    named = []
    for reason in reasons:
        rows = [row for row in by_source if row["rule"] == reason.code]
        if rows:
            n_suspects = sum(row["suspects"] for row in rows)
            reason = replace(reason, why=f"{reason.why}; {_sources_told(rows)}", n_suspects=n_suspects)
        named.append(reason)
    return tuple(named)


def _sources_told(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how many records a rule points at, and where most of them stand.

    >>> _sources_told([{"source": "web", "suspects": 9, "records": 12, "share": 0.9},
    ...                {"source": "code", "suspects": 1, "records": 50, "share": 0.1}])
    '10 suspects, 90 % in source web (9 of its 12 records), 10 % in source code (1 of its 50 records)'
    """
    total = sum(row["suspects"] for row in rows)
    parts = [
        f"{row['share']:.0%} in source {row['source']} ({row['suspects']} of its {row['records']} records)"
        for row in rows[:TOLD_SOURCES]
    ]
    return f"{total} suspects, {', '.join(parts)}".replace("%", " %")
