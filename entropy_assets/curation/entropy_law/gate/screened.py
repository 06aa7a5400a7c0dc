"""What the gate makes of the counts of screening: secrets, personal data, licences.

The counts are exact, so nothing is added for noise. What belongs here: the reasons to hold. What does
not: finding and counting.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.entropy_law.gate.reasons import Reason
from entropy_assets.settings import PolicySettings


def screening_reasons(counts: Sequence[Mapping[str, Any]], policy: PolicySettings) -> tuple[Reason, ...]:
    """Return why the counts of a drop stand against its promotion, by today's policy.

    Parameters
    ----------
    counts
        One row a source: `source`, `licence` (None where none is stated), and how many `records` it has,
        with `secrets` and with `personal_data`.
    policy
        Limits, and the licences that are allowed.
    """
    found = [
        _share_above(counts, "secrets", policy.max_secret_share),
        _share_above(counts, "personal_data", policy.max_personal_share),
        _licence_not_allowed(counts, policy.allowed_licences),
    ]
    return tuple(reason for reason in found if reason is not None)


_WHAT = {
    "secrets": (
        "records that hold keys or tokens",
        "have the keys revoked, and set screening.secrets to remove or deliver without these records",
    ),
    "personal_data": (
        "records that hold e-mail addresses, telephone or card numbers",
        "set screening.emails, phones or cards to remove, or deliver without these records",
    ),
}


def _share_above(counts: Sequence[Mapping[str, Any]], code: str, limit: float) -> Reason | None:
    total = sum(row["records"] for row in counts)
    share = sum(row[code] for row in counts) / max(total, 1)
    if share <= limit:
        return None
    worst = max(counts, key=lambda row: (row[code], row["source"]))
    what, do = _WHAT[code]
    why = f"{what}; most in source {worst['source']} ({worst[code]} of {worst['records']})"
    return Reason(code, "drop", share, 0.0, limit, "share of records", why, do, code)


def _licence_not_allowed(counts: Sequence[Mapping[str, Any]], allowed: Sequence[str]) -> Reason | None:
    if not allowed:
        return None
    known = {licence.lower() for licence in allowed}  # SPDX identifiers do not differ by case
    wrong = [row for row in counts if (row["licence"] or "").lower() not in known]
    if not wrong:
        return None
    share = sum(row["records"] for row in wrong) / max(sum(row["records"] for row in counts), 1)
    named = ", ".join(f"{row['source']} ({row['licence'] or 'none stated'})" for row in wrong)
    why = f"sources without an allowed licence: {named}"
    do = "state the source's licence in screening.licences, or deliver the drop without the source"
    return Reason("licences", "drop", share, 0.0, 0.0, "share of records", why, do, "licences")
