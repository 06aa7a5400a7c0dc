"""What screening counted, judged by the policy."""

from dataclasses import replace
from typing import Any

import pytest

from entropy_assets.curation.entropy_law import (
    RULES,
    SCREENING_RULES,
    check_overrides,
    judge,
    screening_reasons,
)
from entropy_assets.settings import PolicySettings

POLICY = PolicySettings()
OFF = dict.fromkeys(RULES, "not the question here")


def counts(secrets: int = 0, personal: int = 0, licence: str | None = None) -> list[dict[str, Any]]:
    web = {"source": "web", "licence": licence, "records": 100, "secrets": secrets, "personal_data": personal}
    return [{"source": "docs", "licence": "MIT", "records": 100, "secrets": 0, "personal_data": 0}, web]


def codes(given: list[dict[str, Any]], policy: PolicySettings) -> list[str]:
    return [reason.code for reason in screening_reasons(given, policy)]


def test_the_default_policy_allows_addresses_and_any_licence() -> None:
    assert codes(counts(secrets=2, personal=100), POLICY) == []
    assert codes([], POLICY) == []


@pytest.mark.parametrize(
    ("code", "limit", "given"),
    [
        ("secrets", "max_secret_share", counts(secrets=3)),
        ("personal_data", "max_personal_share", counts(personal=3)),
    ],
)
def test_a_share_above_its_limit_is_a_reason(code: str, limit: str, given: list[dict[str, Any]]) -> None:
    assert codes(given, replace(POLICY, **{limit: 0.015})) == []
    (reason,) = screening_reasons(given, replace(POLICY, **{limit: 0.0149}))
    assert (reason.code, reason.measured, reason.allowed) == (code, 0.015, 0.0149)
    assert "source web (3 of 100)" in reason.why


def test_licences_are_asked_for_only_where_the_policy_lists_some() -> None:
    listed = replace(POLICY, allowed_licences=("mit", "Apache-2.0"))
    assert codes(counts(), POLICY) == []
    assert codes(counts(licence="apache-2.0"), listed) == []
    for licence in (None, "GPL-3.0-only"):
        (reason,) = screening_reasons(counts(licence=licence), listed)
        assert reason.code == "licences"
        assert f"web ({licence or 'none stated'})" in reason.why
        assert "docs" not in reason.why
        assert reason.measured == 0.5


def test_a_reason_holds_until_a_person_sets_it_aside() -> None:
    reasons = screening_reasons(counts(secrets=50), POLICY)
    held = judge([], OFF, POLICY, first=False, screened=reasons)
    assert (held.outcome, held.codes) == ("hold", ("secrets",))
    released = judge([], OFF, POLICY, first=False, screened=reasons, overrides=("secrets",))
    assert released.passes
    assert [reason.code for reason in released.overridden] == ["secrets"]
    assert check_overrides(SCREENING_RULES) == tuple(sorted(SCREENING_RULES))
