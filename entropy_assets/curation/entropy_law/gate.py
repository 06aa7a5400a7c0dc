"""The rules and the verdict: a pure function of stored reports and the policy.

A measurement passes when value ≤ limit and confidence · standard error ≤ limit: the limit is the smallest
harm that matters, and the gate has to be able to see it. Farther from the reference, a smaller sample or
more noise can therefore never turn hold into promote. A rule that is neither measured nor off with a reason,
a number that is not finite, a report that is missing: hold.

What belongs here: codes, limits, verdicts. What does not: measuring, and writing decisions.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import PolicySettings


@dataclass(frozen=True)
class Rule:
    """One rule of the gate.

    Parameters
    ----------
    limit
        Name of the policy's limit, and for records without reference another one.
    novel_limit
        Limit for strata without reference; empty where the rule does not speak about them.
    unit
        Unit of the measured value.
    why
        What it means when it fires.
    do
        What to do then.
    """

    limit: str
    novel_limit: str
    unit: str
    why: str
    do: str


EXCESS_UNIT = "standard deviations beyond 2, mean"

RULES: dict[str, Rule] = {
    "blobs": Rule(
        "max_blobs",
        "",
        "share of records",
        "records that are no text: encoded data, mojibake, random letters",
        "remove the records that are no text from the drop and deliver it under a new name",
    ),
    "copies": Rule(
        "max_copies",
        "max_novel_copies",
        "share of records",
        "records that are near-copies of others",
        "remove near-duplicates or templated rows from the drop and deliver it under a new name",
    ),
    "repeated_phrases": Rule(
        "max_repeated_phrases",
        "",
        "share of records",
        "records made of phrases that too many records share: refusals, boilerplate, templates",
        "remove the records with stock phrases from the drop and deliver it under a new name",
    ),
    "mismatched_answers": Rule(
        "max_mismatched_answers",
        "",
        "share of records",
        "answers that do not belong to their questions",
        "check how questions and answers were joined, and deliver the drop under a new name",
    ),
    "truncated": Rule(
        "max_truncated",
        "max_novel_truncated",
        "share of records",
        "records that end in the middle",
        "check the length limit of whatever exported the drop",
    ),
    "ratio_rose": Rule(
        "max_ratio_rise",
        "",
        "fraction of R",
        "more redundant than promoted data of the same sources",
        "look for repeated or templated text in the drop",
    ),
    "unknown_words": Rule(
        "max_unknown_words",
        "",
        EXCESS_UNIT,
        "more words that no promoted data holds: typing errors, broken encodings, another language",
        "look at the records with the most unknown words",
    ),
    "unusual_pairs": Rule(
        "max_unusual_pairs",
        "",
        EXCESS_UNIT,
        "known words beside each other as in no promoted data: shuffled words, filled templates",
        "look at the records with the most unusual neighbours: word order, templates",
    ),
    "loss_shift": Rule(
        "max_loss_shift",
        "",
        EXCESS_UNIT,
        "less predictable than promoted data of the same sources",
        "look at the records with the highest loss: shuffled, garbled or mislabelled text",
    ),
    "language_shift": Rule(
        "max_language_shift",
        "",
        "total variation",
        "another mix of languages within known sources",
        "check the sources' language, or deliver the new language under a source of its own",
    ),
    "selection_ratio_rose": Rule(
        "max_selection_ratio_rise",
        "",
        "fraction of R",
        "the selection became more redundant than the parent's",
        "compare the selections of candidate and parent by source",
    ),
    "loss_above_law": Rule(
        "max_residual_rise_bpb",
        "",
        "bits per byte",
        "more loss at its compression ratio than the law expects",
        "look for contradictory or noisy records in the drop",
    ),
    "heldout_worse": Rule(
        "max_heldout_rise_bpb",
        "max_novel_heldout_rise_bpb",
        "bits per byte",
        "the probe does worse on the parent's validation split",
        "see the table of sources; a source that lost records may need a quota",
    ),
    "drifted": Rule(
        "max_drift",
        "",
        "fraction of R",
        "many small steps have led away from the anchor version",
        "refresh the selection, or pin a new anchor in the policy after a look at the data",
    ),
    "heldout_drifted": Rule(
        "max_heldout_drift_bpb",
        "",
        "bits per byte",
        "held-out loss has risen step by step since the anchor version",
        "refresh the selection, or pin a new anchor in the policy after a look at the data",
    ),
}

SCREENING_RULES = ("secrets", "personal_data", "licences")
"""Rules on what screening counted; their limits and reasons stand in `screened`."""

CANDIDATE_RULES = (
    "selection_ratio_rose",
    "loss_above_law",
    "heldout_worse",
    "drifted",
    "heldout_drifted",
)
DROP_RULES = tuple(code for code in RULES if code not in CANDIDATE_RULES)
NEVER_OVERRIDDEN = "integrity"

Outcome = Literal["promote", "hold", "inconclusive"]


@dataclass(frozen=True)
class Reason:
    """Why a candidate is held: code, where, measured ± its standard error, allowed, what to do.

    The code is `inconclusive` where the value is within the limit and its noise too large to see such a harm;
    `rule` then says what could not be told, and an override of that rule covers it.
    """

    code: str
    scope: str
    measured: float | None
    standard_error: float | None
    allowed: float | None
    unit: str
    why: str
    do: str
    rule: str = ""

    def is_set_aside(self, overrides: Sequence[str]) -> bool:
        """Return whether a person has set this reason aside: by its code, or by the rule it is about."""
        return self.code != NEVER_OVERRIDDEN and not {self.code, self.rule}.isdisjoint(overrides)


@dataclass(frozen=True)
class Verdict:
    """The outcome for a candidate.

    Parameters
    ----------
    outcome
        `promote`, `hold`, or `inconclusive`, which holds because there is not enough data to tell.
    reasons
        Every reason that stands against promotion.
    overridden
        Reasons that a person has set aside.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    overridden: tuple[Reason, ...] = ()

    @property
    def passes(self) -> bool:
        """Whether the candidate may be published."""
        return self.outcome == "promote"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the reasons, sorted, each once."""
        return tuple(sorted({reason.code for reason in self.reasons}))

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        return asdict(self)

    def sentence(self) -> str:
        """Return the verdict in one line for a person."""
        if self.overridden and self.passes:
            codes = ", ".join(sorted({reason.code for reason in self.overridden}))
            return f"promote: a person has set aside {codes}; every other measurement stays within its limit"
        if self.passes:
            return "promote: every measurement stays within its limit"
        parts = [
            f"{r.code} ({r.scope}): {r.why}; measured {_number(r.measured)} ± {_number(r.standard_error)}, "
            f"allowed {_number(r.allowed)} {r.unit}; {r.do}"
            for r in self.reasons
        ]
        return f"{self.outcome}: " + " | ".join(parts)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"


def check_overrides(codes: Iterable[str]) -> tuple[str, ...]:
    """Return rule codes that a person wants to set aside, each once, sorted.

    Raises
    ------
    InvalidParameter
        A code is unknown, or is `integrity`, which nobody can set aside.
    """
    allowed = {*RULES, *SCREENING_RULES, "inconclusive", "manual"}
    found = sorted(set(codes))
    for code in found:
        if code not in allowed:
            raise InvalidParameter(
                f"rule {code!r} cannot be overridden: choose from {', '.join(sorted(allowed))}"
            )
    return tuple(found)


def judge(
    measurements: Sequence[Measurement],
    off: dict[str, str],
    policy: PolicySettings,
    *,
    first: bool,
    overrides: Sequence[str] = (),
    screened: Sequence[Reason] = (),
) -> Verdict:
    """Return the verdict on a candidate.

    Parameters
    ----------
    measurements
        Everything that was measured on the drop and on the candidate.
    off
        Rule code -> why it was not measured.
    policy
        Limits and confidence.
    first
        Whether there is no parent; the policy then says who publishes.
    overrides
        Rule codes that a person has set aside.
    screened
        Reasons that follow from what screening counted.
    """
    reasons: list[Reason] = list(screened)
    for code in RULES:
        own = [m for m in measurements if m.code == code]
        if not own and code not in off:
            reasons.append(_reason_of_integrity(f"rule {code} was not measured, and no report says why"))
        reasons += [reason for m in own if (reason := _reason(m, policy)) is not None]
    unknown = sorted({m.code for m in measurements} - RULES.keys())
    reasons += [_reason_of_integrity(f"measurement {code!r} has no rule") for code in unknown]
    if (policy.bootstrap if first else policy.promotion) == "manual":
        reasons.append(_reason_of_manual(first))
    standing = tuple(r for r in reasons if not r.is_set_aside(overrides))
    overridden = tuple(r for r in reasons if r not in standing)
    if not standing:
        return Verdict("promote", overridden=overridden)
    outcome: Outcome = "inconclusive" if all(r.code == "inconclusive" for r in standing) else "hold"
    return Verdict(outcome, standing, overridden)


def _reason(m: Measurement, policy: PolicySettings) -> Reason | None:
    rule = RULES[m.code]
    limit: float = getattr(policy, (rule.novel_limit if m.scope == "novel" else "") or rule.limit)
    if not (math.isfinite(m.value) and math.isfinite(m.standard_error) and m.standard_error >= 0):
        return _reason_of_integrity(f"{m.code} on {m.scope} is not a finite number")
    if m.needs(policy.confidence) <= limit:
        return None
    seen = m.value > limit
    return Reason(
        code=m.code if seen else "inconclusive",
        scope=m.scope if seen else f"{m.code} on {m.scope}",
        measured=m.value,
        standard_error=m.standard_error,
        allowed=limit,
        unit=rule.unit,
        why=rule.why if seen else f"too few data ({m.n}) to tell whether it is {rule.why}",
        do=rule.do if seen else "deliver a larger drop",
        rule=m.code,
    )


def _reason_of_integrity(why: str) -> Reason:
    do = "materialise the reports again from deduped_records"
    return Reason(NEVER_OVERRIDDEN, "report", None, None, None, "", why, do)


def _reason_of_manual(first: bool) -> Reason:
    why = "the policy wants a person to publish " + ("a first version" if first else "every version")
    do = "run the job release_drop with who and why, overriding `manual`"
    return Reason("manual", "policy", None, None, None, "", why, do)
