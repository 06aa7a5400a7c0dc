"""Verdicts on stored reports: on each drop of a candidate, and on the candidate.

What belongs here: judging what manifests hold under a policy. What does not: the rules
(`curation.entropy_law`), and writing decisions.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from entropy_assets.candidate.manifests import (
    Correction,
    DropPart,
    DropReport,
    LawReport,
    ScreenedPart,
    ScreenedRecords,
    StoredMeasurement,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import screened_reasons
from entropy_assets.curation.entropy_law import (
    CANDIDATE_CODES,
    Measurement,
    Verdict,
    correction_reasons,
    judge,
    name_suspects,
    screening_reasons,
)
from entropy_assets.errors import StaleProvenance
from entropy_assets.settings import PolicySettings


def judge_drop(run: CandidateRun, screened: ScreenedPart, part: DropPart) -> Verdict:
    """Return the verdict on one drop by what was measured on it alone."""
    first = run.parent.version is None
    return judge_part(run.settings.policy, screened, part, first=first, overrides=run.candidate.overrides)


def judge_part(
    policy: PolicySettings, screened: ScreenedPart, part: DropPart, *, first: bool, overrides: Sequence[str]
) -> Verdict:
    """Return the verdict under a policy on what was measured on one drop alone; see `judge_under`."""
    verdict = judge(
        [_measurement(m) for m in part.measurements],
        part.off | dict.fromkeys(CANDIDATE_CODES, "judged for all drops of the candidate together"),
        replace(policy, promotion="auto", bootstrap="promote"),
        first=first,
        overrides=overrides,
        screened=(
            *screened_reasons(screened, policy),
            *correction_reasons(correction_counts([screened.correction]), policy),
        ),
    )
    return _named(verdict, list(part.suspects.by_source))


def correction_counts(corrections: Iterable[Correction | None]) -> tuple[dict[str, Any], ...]:
    """Return what is judged of drops that declare themselves corrections, one row a drop."""
    return tuple(
        {
            "source": one.source,
            "rows": one.rows,
            "new": one.new,
            "held_out": one.held_out,
            "live": one.live,
            "leave": sum(one.leave.values()),
            "unlike": one.unlike,
        }
        for one in corrections
        if one is not None and one.source
    )


def drops_going_on(
    run: CandidateRun, screened: ScreenedRecords, report: DropReport
) -> tuple[ScreenedPart, ...]:
    """Return what screening let through of the drops that a candidate's pool takes.

    A candidate of one drop takes it whatever its report says, so that its verdict tells everything; of a
    batch those are left out that their report holds, unless it holds all.
    """
    by_drop = {part.drop: part for part in screened.parts}
    parts = tuple(by_drop[part.drop] for part in report.parts)
    if not run.is_batch:
        return parts
    left = tuple(by_drop[p.drop] for p in report.parts if judge_drop(run, by_drop[p.drop], p).passes)
    return left or parts


def judge_report(run: CandidateRun, report: LawReport) -> Verdict:
    """Return the verdict on a candidate from its stored entropy-law report and the run's policy."""
    first = run.parent.version is None
    overrides = run.candidate.overrides
    return judge_under(run.settings.policy, report.model_dump(), first=first, overrides=overrides)


def judge_under(
    policy: PolicySettings, report: Mapping[str, Any], *, first: bool, overrides: Sequence[str]
) -> Verdict:
    """Return the verdict on the content of an entropy-law report under a policy.

    Its reasons name the sources that the suspects stand in, where the report knows them.

    Parameters
    ----------
    policy
        Limits and confidence.
    report
        `measurements`, `off`, `screened`, `suspects_by_source`, `corrections`, `model`, as this or an earlier
        release wrote them.
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
        raise StaleProvenance("the report has no counts of screening: run the candidate again")
    verdict = judge(
        [_measurement(StoredMeasurement(**value)) for value in report["measurements"]],
        dict(report["off"]),
        policy.for_probe(language=report.get("model") is not None),
        first=first,
        overrides=overrides,
        screened=(
            *screening_reasons(list(report["screened"]), policy),
            *correction_reasons(list(report.get("corrections", ())), policy),
        ),
    )
    return _named(verdict, list(report.get("suspects_by_source", [])))


def _named(verdict: Verdict, by_source: list[dict[str, Any]]) -> Verdict:
    return replace(
        verdict,
        reasons=name_suspects(verdict.reasons, by_source),
        notes=name_suspects(verdict.notes, by_source),
    )


def _measurement(stored: StoredMeasurement) -> Measurement:
    nan = float("nan")
    return Measurement(
        code=stored.code,
        value=nan if stored.value is None else stored.value,
        standard_error=nan if stored.standard_error is None else stored.standard_error,
        n=stored.n,
        scope=stored.scope,
        natural=nan if stored.natural is None else stored.natural,
        told=stored.told,
    )


def hold_sentence(reasons: Iterable[Mapping[str, Any]]) -> str:
    """Return why something is held, in one line for a person."""
    return "; ".join(
        f"{reason['code']} ({reason['scope']}): {reason['why']}; {reason['do']}" for reason in reasons
    )
