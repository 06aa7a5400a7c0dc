"""The verdict: a pure function of stored reports and the policy.

It is the worst of what its reasons stand for: promote < ask < hold. A measurement is above its limit, and
then its rule holds, asks or notes; or it is within and its noise is not (confidence · standard error >
limit), and then a rule that could hold or ask asks, because the limit is the smallest harm that matters, and
the gate has to be able to see it. Farther from the reference, a smaller sample or more noise can therefore
never lower the outcome. A rule that is neither measured nor off with a reason, a number that is not finite,
a report that is missing: hold.

What belongs here: verdicts. What does not: measuring, and writing decisions.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from entropy_assets.curation.entropy_law.gate.reasons import (
    Reason,
    reason_of_integrity,
    reason_of_manual,
    reason_of_measurement,
)
from entropy_assets.curation.entropy_law.gate.rules import RULES
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.curation.entropy_law.rule import Outcome, StandsFor, worst
from entropy_assets.settings import PolicySettings

WHAT_ASKS_BECOMES: dict[str, StandsFor] = {"ask": "ask", "promote": "note", "hold": "hold"}
"""Setting `ask` of the policy -> what a reason that asks stands for."""


@dataclass(frozen=True)
class Verdict:
    """The outcome for a candidate.

    Parameters
    ----------
    outcome
        `promote`, `ask`, or `hold`: the worst of its reasons.
    reasons
        Every reason that stands against promotion.
    overridden
        Reasons that a person has set aside.
    notes
        What is worth knowing and not against promotion, as what is new in the drop.
    """

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()
    overridden: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()

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
        noted = " | ".join(f"{r.code} ({r.scope}): {r.why}{_numbers(r)}" for r in self.notes)
        noted = f"; noted: {noted}" if noted else ""
        rest = "nothing else stands against it" if noted else "every other measurement stays within its limit"
        if self.overridden and self.passes:
            codes = ", ".join(sorted({reason.code for reason in self.overridden}))
            return f"promote: a person has set aside {codes}; {rest}{noted}"
        if self.passes:
            fine = "nothing stands against it" if noted else "every measurement stays within its limit"
            return f"promote: {fine}{noted}"
        parts = [f"{r.code} ({r.scope}): {r.why}{_numbers(r)}; {r.do}" for r in self.reasons]
        return f"{self.outcome}: {' | '.join(parts)}{noted}"


def _numbers(reason: Reason) -> str:
    """Return what was measured and what is allowed, nothing for a reason without numbers."""
    if reason.measured is None or reason.allowed is None:
        return ""
    noise = "" if reason.standard_error is None else f" ± {reason.standard_error:.4g}"
    return f"; measured {reason.measured:.4g}{noise}, allowed {reason.allowed:.4g} {reason.unit}"


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
        Limits, confidence, and what becomes of a question.
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
            reasons.append(reason_of_integrity(f"rule {code} was not measured, and no report says why"))
        reasons += [reason for m in own if (reason := reason_of_measurement(m, policy)) is not None]
    unknown = sorted({m.code for m in measurements} - RULES.keys())
    reasons += [reason_of_integrity(f"measurement {code!r} has no rule") for code in unknown]
    reasons = [_as_policy_says(reason, policy) for reason in reasons]
    if (policy.bootstrap if first else policy.promotion) == "manual":
        reasons.append(reason_of_manual(first))
    notes = tuple(r for r in reasons if r.stands_for == "note")
    against = [r for r in reasons if r.stands_for != "note"]
    standing = tuple(r for r in against if not r.is_set_aside(overrides))
    overridden = tuple(r for r in against if r not in standing)
    return Verdict(worst(r.stands_for for r in standing), standing, overridden, notes)


def _as_policy_says(reason: Reason, policy: PolicySettings) -> Reason:
    """Return a reason with what the policy makes of a question; that a person publishes is none of these."""
    if reason.stands_for != "ask":
        return reason
    return replace(reason, stands_for=WHAT_ASKS_BECOMES[policy.ask])
