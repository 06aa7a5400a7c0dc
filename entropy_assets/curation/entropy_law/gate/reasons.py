"""What stands against a candidate, or is noted: one reason, made of one measurement or of none.

What belongs here: reasons, one at a time. What does not: the outcome that all of them make together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from entropy_assets.curation.entropy_law.gate.rules import INCONCLUSIVE, MANUAL, NEVER_OVERRIDDEN, RULES
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.curation.entropy_law.rule import StandsFor
from entropy_assets.settings import PolicySettings

_UNSURE = {"candidate": "look at it and release it; more promoted records leave less to chance"}
"""Scope -> what to do where a harm cannot be ruled out, if it is not the drop that is too small."""


@dataclass(frozen=True)
class Reason:
    """Why a candidate is held or asked about, or what is noted: code, where, measured ± its standard error.

    Parameters
    ----------
    code
        The rule that fired; `inconclusive` where the value is within the limit and its noise too large to
        see such a harm. `rule` then says what could not be told, and an override of that rule covers it.
    scope
        What was measured: `drop`, `candidate`, `novel` strata, `source <name>`, or what else is at fault.
    measured, standard_error, allowed
        Value, its standard error and the limit, in `unit`; None where there is no number.
    unit
        Unit of the three.
    why
        What it means.
    do
        What to do.
    rule
        The rule that it is about.
    stands_for
        What follows from it: `hold`, `ask`, or a `note`, which is never against promotion.
    n_suspects
        Records that the rule points at, which `drop split` sets aside.
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
    stands_for: StandsFor = "hold"
    n_suspects: int = 0

    def is_set_aside(self, overrides: Sequence[str]) -> bool:
        """Return whether a person has set this reason aside: by its code, or by the rule it is about."""
        return self.code != NEVER_OVERRIDDEN and not {self.code, self.rule}.isdisjoint(overrides)


def reason_of_measurement(m: Measurement, policy: PolicySettings) -> Reason | None:
    """Return what follows from one measurement; None where nothing does.

    A value above its limit is what its rule stands for. Where the value is within the limit and its noise
    is not, a rule that can hold or ask asks; one that only notes has nothing to say.
    """
    rule = RULES[m.code]
    if not (all(map(math.isfinite, (m.value, m.standard_error, m.natural))) and m.standard_error >= 0):
        return reason_of_integrity(f"{m.code} on {m.scope} is not a finite number")
    limit = max(getattr(policy, (rule.novel_limit if m.scope == "novel" else "") or rule.limit), m.natural)
    seen = m.value > limit
    if m.needs(policy.confidence) <= limit or (
        not seen and (rule.stands_for == "note" or not rule.asks_when_unsure)
    ):
        return None
    return Reason(
        code=m.code if seen else INCONCLUSIVE,
        scope=m.scope if seen else f"{m.code} on {m.scope}",
        measured=m.value,
        standard_error=m.standard_error,
        allowed=limit,
        unit=rule.unit,
        why="; ".join(filter(None, (rule.why, m.told)))
        if seen
        else f"too few data ({m.n}) to rule this out: {rule.why}",
        do=rule.do if seen else _UNSURE.get(m.scope, "deliver a larger drop, or look at it and release it"),
        rule=m.code,
        stands_for=rule.stands_for if seen else "ask",
    )


def reason_of_integrity(why: str) -> Reason:
    """Return the reason of a report that cannot be judged, which nobody can set aside."""
    do = "materialise the reports again from deduped_records"
    return Reason(NEVER_OVERRIDDEN, "report", None, None, None, "", why, do)


def reason_of_manual(first: bool) -> Reason:
    """Return the reason of a policy that lets a person publish; `first` is whether there is no parent."""
    why = "the policy wants a person to publish " + ("a first version" if first else "every version")
    do = "release it with `entropy-assets drop release`, who and why, and the rule `manual`"
    return Reason(MANUAL, "policy", None, None, None, "", why, do, stands_for="ask")
