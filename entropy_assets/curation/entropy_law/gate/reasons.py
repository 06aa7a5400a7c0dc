"""Why a candidate is held: one reason, and those that follow from one measurement or from none.

What belongs here: reasons, one at a time. What does not: the outcome that all of them make together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from entropy_assets.curation.entropy_law.gate.rules import NEVER_OVERRIDDEN, RULES
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.settings import PolicySettings


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


def reason_of_measurement(m: Measurement, policy: PolicySettings) -> Reason | None:
    """Return why one measurement stands against promotion; None where it does not."""
    rule = RULES[m.code]
    limit: float = getattr(policy, (rule.novel_limit if m.scope == "novel" else "") or rule.limit)
    if not (math.isfinite(m.value) and math.isfinite(m.standard_error) and m.standard_error >= 0):
        return reason_of_integrity(f"{m.code} on {m.scope} is not a finite number")
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


def reason_of_integrity(why: str) -> Reason:
    """Return the reason of a report that cannot be judged, which nobody can set aside."""
    do = "materialise the reports again from deduped_records"
    return Reason(NEVER_OVERRIDDEN, "report", None, None, None, "", why, do)


def reason_of_manual(first: bool) -> Reason:
    """Return the reason of a policy that lets a person publish; `first` is whether there is no parent."""
    why = "the policy wants a person to publish " + ("a first version" if first else "every version")
    do = "release it with `entropy-assets drop release`, who and why, and the rule `manual`"
    return Reason("manual", "policy", None, None, None, "", why, do)
