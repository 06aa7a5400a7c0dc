"""The verdict on a stored report, and the decision to hold: what the check and the version share.

What belongs here: judging stored measurements under a policy, and recording a hold. What does not:
publishing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from entropy_assets.curation.entropy_law import (
    Measurement,
    Verdict,
    judge,
    name_suspects,
    screening_reasons,
)
from entropy_assets.curation.publication import record_hold
from entropy_assets.defs.resources import Dataset
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import Entry
from entropy_assets.settings import PolicySettings
from entropy_assets.storage import digest_value


def judge_report(dataset: Dataset, key: str, report: dict[str, Any]) -> Verdict:
    """Return the verdict on a candidate from its stored entropy-law report and today's policy.

    Raises
    ------
    StaleProvenance
        The report was made before screening was part of it.
    """
    candidate = dataset.candidate(key)
    first = dataset.parent_of(key).version is None
    return judge_under(dataset.settings.policy, report, first=first, overrides=candidate.overrides)


def judge_under(
    policy: PolicySettings, report: dict[str, Any], *, first: bool, overrides: Sequence[str]
) -> Verdict:
    """Return the verdict on a stored entropy-law report under a policy.

    Its reasons name the sources that the suspects stand in, where the report knows them.

    Parameters
    ----------
    policy
        Limits and confidence.
    report
        The stored report.
    first
        Whether the candidate has no parent.
    overrides
        Rule codes that a person has set aside for the candidate.

    Raises
    ------
    StaleProvenance
        The report was made before screening was part of it.
    """
    if "screened" not in report:
        raise StaleProvenance(
            f"the report on {report['candidate']!r} has no counts of screening: run it from deduped_records"
        )
    verdict = judge(
        [_from_json(value) for value in report["measurements"]],
        report["off"],
        policy,
        first=first,
        overrides=overrides,
        screened=screening_reasons(report["screened"], policy),
    )
    return replace(verdict, reasons=name_suspects(verdict.reasons, report.get("suspects_by_source", [])))


def _from_json(value: dict[str, Any]) -> Measurement:
    values: dict[str, Any] = {k: float("nan") if v is None else v for k, v in value.items()}
    return Measurement(**values)


def hold_if_judged(dataset: Dataset, key: str, verdict: Verdict, report: dict[str, Any]) -> Entry | None:
    """Write the decision to hold an open candidate; None where the verdict does not hold it."""
    if verdict.passes or dataset.ledger.decision(key) is not None:
        return None
    reasons = tuple(verdict.to_json()["reasons"])
    parent = dataset.parent_of(key)
    return record_hold(dataset.ledger, dataset.candidate(key), parent, reasons, provenance(report))


def hold_sentence(entry: Entry) -> str:
    """Return why a candidate was held, in one line for a person."""
    return "; ".join(
        f"{reason['code']} ({reason['scope']}): {reason['why']}; {reason['do']}" for reason in entry.reasons
    )


def provenance(report: dict[str, Any]) -> dict[str, str]:
    """Return the digests of everything that a decision on an entropy-law report rests on."""
    stated = {**report["inputs"], "entropy_law_report": digest_value(report)}
    return {name: str(value) for name, value in stated.items() if value is not None}
