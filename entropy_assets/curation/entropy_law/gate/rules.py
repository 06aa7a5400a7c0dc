"""All rules of the gate, by their codes, and which of them a person may set aside.

The rules stand with what measures them (`drop.rules`, `law.rules`); this is where they meet. What belongs
here: the table of all. What does not: judging by them (`verdict`).
"""

from collections.abc import Iterable

from entropy_assets.curation.entropy_law.drop.rules import DROP_RULES
from entropy_assets.curation.entropy_law.law.rules import CANDIDATE_RULES
from entropy_assets.curation.entropy_law.rule import Rule
from entropy_assets.errors import InvalidParameter

RULES: dict[str, Rule] = {rule.code: rule for rule in (*DROP_RULES, *CANDIDATE_RULES)}
"""Code -> rule: those on a drop, then those on a candidate."""

DROP_CODES = tuple(rule.code for rule in DROP_RULES)
CANDIDATE_CODES = tuple(rule.code for rule in CANDIDATE_RULES)

SCREENING_RULES = ("secrets", "personal_data", "licences")
"""Rules on what screening counted; their limits and reasons stand in `screened`."""

CORRECTIONS = "corrections"
"""Code of the reasons on drops that declare themselves corrections; see `corrected`."""

INCONCLUSIVE = "inconclusive"
"""Code of a reason that too few data could not rule out; a person is asked."""

MANUAL = "manual"
"""Code of the reason of a policy by which a person publishes."""

NEVER_OVERRIDDEN = "integrity"


def check_overrides(codes: Iterable[str]) -> tuple[str, ...]:
    """Return rule codes that a person wants to set aside, each once, sorted.

    Raises
    ------
    InvalidParameter
        A code is unknown, or is `integrity`, which nobody can set aside.
    """
    allowed = {*RULES, *SCREENING_RULES, CORRECTIONS, INCONCLUSIVE, MANUAL}
    found = sorted(set(codes))
    for code in found:
        if code not in allowed:
            raise InvalidParameter(
                f"rule {code!r} cannot be overridden: choose from {', '.join(sorted(allowed))}"
            )
    return tuple(found)
