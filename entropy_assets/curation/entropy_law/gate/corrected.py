"""What the gate makes of a correction: whether it fits what it corrects, and how much it would replace.

A correction that fits little, or takes much, need not be wrong, so a person is asked; rows that correct
nothing are noted. The counts are exact, so nothing is added for noise. What belongs here: the reasons. What
does not: resolving and counting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.entropy_law.gate.reasons import Reason
from entropy_assets.curation.entropy_law.gate.rules import CORRECTIONS
from entropy_assets.curation.entropy_law.rule import StandsFor
from entropy_assets.settings import PolicySettings


def correction_reasons(counts: Sequence[Mapping[str, Any]], policy: PolicySettings) -> tuple[Reason, ...]:
    """Return why a person is asked about corrections, by today's policy, and what is noted of them.

    Parameters
    ----------
    counts
        One row a correcting drop: `source`, its `rows`, how many of them are `new` to the source and how many
        are `held_out` for the validation split, how many promoted records of the source are `live` and how
        many would `leave`, and how many of these are `unlike` the rows that correct them.
    policy
        Limits.
    """
    return tuple(reason for row in counts for reason in _reasons(row, policy))


def _reasons(row: Mapping[str, Any], policy: PolicySettings) -> list[Reason]:
    scope, n_leave, found = f"source {row['source']}", row["leave"], []

    def reason(
        measured: float | None, allowed: float | None, unit: str, why: str, do: str, word: StandsFor = "ask"
    ) -> Reason:
        error = None if measured is None else 0.0
        return Reason(
            CORRECTIONS, scope, measured, error, allowed, unit, why, do, CORRECTIONS, stands_for=word
        )

    if row["rows"] and row["new"] == row["rows"]:
        why = f"a correction none of whose {row['rows']:,} rows has the row id of a promoted record"
        do = "compare row ids and source with what was delivered before"
        found.append(reason(None, None, "", why, do))
    elif row["new"]:
        why = f"{row['new']:,} of {row['rows']:,} rows have ids that the source does not have: new records"
        share = row["new"] / row["rows"]
        found.append(reason(share, None, "share of rows", why, "nothing, where they are meant", "note"))
    if row["held_out"]:
        why = (
            f"{row['held_out']:,} of {row['rows']:,} rows stay out: the validation split keeps the old texts"
        )
        share, do = row["held_out"] / row["rows"], "nothing; withdraw the old drop where its text must go"
        found.append(reason(share, None, "share of rows", why, do, "note"))
    if n_leave > policy.max_superseded_share * row["live"]:
        why = f"a correction of {n_leave:,} of the {row['live']:,} promoted records of the source"
        do = "see that so many are to be replaced"
        limit = policy.max_superseded_share
        found.append(reason(n_leave / row["live"], limit, "share of promoted records", why, do))
    if row["unlike"] > policy.max_unlike_corrections * n_leave:
        why = f"{row['unlike']:,} of {n_leave:,} promoted texts are not alike those that would correct them"
        do = "see that the row ids name the same rows as before"
        limit = policy.max_unlike_corrections
        found.append(reason(row["unlike"] / n_leave, limit, "share of corrected records", why, do))
    return found
