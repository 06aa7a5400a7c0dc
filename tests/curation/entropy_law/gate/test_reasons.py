"""What each reason says, word for word: a person acts on it."""

from dataclasses import replace
from typing import Any

import pytest

from entropy_assets.curation.entropy_law import Measurement, Reason, Verdict, screening_reasons
from entropy_assets.curation.entropy_law.gate.reasons import (
    reason_of_integrity,
    reason_of_manual,
    reason_of_measurement,
)
from entropy_assets.settings import PolicySettings

POLICY = PolicySettings()
ROWS: list[dict[str, Any]] = [
    {"source": "docs", "licence": "MIT", "records": 1, "secrets": 0, "personal_data": 0},
    {"source": "web", "licence": None, "records": 3, "secrets": 1, "personal_data": 2},
]


def test_a_report_that_cannot_be_judged() -> None:
    do = "materialise the reports again from deduped_records"
    expected = Reason("integrity", "report", None, None, None, "", "a report is missing", do)
    assert reason_of_integrity("a report is missing") == expected
    assert not expected.is_set_aside(("integrity", ""))


@pytest.mark.parametrize(("first", "what"), [(True, "a first version"), (False, "every version")])
def test_a_person_publishes(first: bool, what: str) -> None:
    why = f"the policy wants a person to publish {what}"
    do = "release it with `entropy-assets drop release`, who and why, and the rule `manual`"
    manual = Reason("manual", "policy", None, None, None, "", why, do, stands_for="ask")
    assert reason_of_manual(first) == manual


def test_a_value_above_its_limit() -> None:
    assert reason_of_measurement(Measurement("blobs", 0.5, 0.01, 90, "drop"), POLICY) == Reason(
        code="blobs",
        scope="drop",
        measured=0.5,
        standard_error=0.01,
        allowed=POLICY.max_blobs,
        unit="share of records",
        why="records that are no text: encoded data, mojibake, random letters",
        do="remove the records that are no text from the drop and deliver it under a new name",
        rule="blobs",
    )


def test_a_value_that_noise_may_hide() -> None:
    assert reason_of_measurement(Measurement("blobs", 0.0, 0.021, 9, "drop"), POLICY) == Reason(
        code="inconclusive",
        scope="blobs on drop",
        measured=0.0,
        standard_error=0.021,
        allowed=POLICY.max_blobs,
        unit="share of records",
        why="too few data (9) to rule this out: records that are no text: encoded data, mojibake, "
        "random letters",
        do="deliver a larger drop, or look at it and release it",
        rule="blobs",
        stands_for="ask",
    )


def test_a_rule_that_notes_has_nothing_to_say_of_too_few_data() -> None:
    assert reason_of_measurement(Measurement("truncated", 0.0, 9.0, 9, "drop"), POLICY) is None
    noted = reason_of_measurement(Measurement("truncated", 0.9, 9.0, 9, "drop"), POLICY)
    assert noted is not None
    assert (noted.code, noted.stands_for) == ("truncated", "note")


def test_value_and_noise_may_reach_the_limit_and_no_more() -> None:
    limit, noise = POLICY.max_blobs, POLICY.max_blobs / POLICY.confidence
    assert reason_of_measurement(Measurement("blobs", limit, 0.0, 90, "drop"), POLICY) is None
    assert reason_of_measurement(Measurement("blobs", 0.0, noise, 90, "drop"), POLICY) is None
    for value, error in ((limit * 1.001, 0.0), (0.0, noise * 1.001)):
        assert reason_of_measurement(Measurement("blobs", value, error, 90, "drop"), POLICY) is not None


def test_a_value_at_its_limit_that_is_noisy_cannot_be_told() -> None:
    held = reason_of_measurement(Measurement("blobs", POLICY.max_blobs, 1.0, 90, "drop"), POLICY)
    assert held is not None
    assert held.code == "inconclusive"


def test_strata_without_reference_have_a_limit_of_their_own() -> None:
    value = (POLICY.max_copies + POLICY.max_novel_copies) / 2
    assert reason_of_measurement(Measurement("copies", value, 0.0, 90, "novel"), POLICY) is None
    held = reason_of_measurement(Measurement("copies", value, 0.0, 90, "drop"), POLICY)
    assert held is not None
    assert held.allowed == POLICY.max_copies


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
@pytest.mark.parametrize("field", ["value", "standard_error"])
def test_a_number_that_is_not_finite(field: str, bad: float) -> None:
    measured = replace(Measurement("blobs", 0.0, 0.0, 90, "drop"), **{field: bad})
    assert reason_of_measurement(measured, POLICY) == reason_of_integrity(
        "blobs on drop is not a finite number"
    )


def test_noise_below_zero() -> None:
    measured = Measurement("blobs", 0.0, -0.1, 90, "drop")
    assert reason_of_measurement(measured, POLICY) == reason_of_integrity(
        "blobs on drop is not a finite number"
    )


def test_secrets_and_personal_data() -> None:
    policy = replace(POLICY, max_secret_share=0.1, max_personal_share=0.2)
    secrets = "have the keys revoked, and set screening.secrets to remove or deliver without these records"
    personal = "set screening.emails, phones or cards to remove, or deliver without these records"
    held = "records that hold e-mail addresses, telephone or card numbers; most in source web (2 of 3)"
    assert screening_reasons(ROWS, policy) == (
        Reason(
            code="secrets",
            scope="drop",
            measured=0.25,
            standard_error=0.0,
            allowed=0.1,
            unit="share of records",
            why="records that hold keys or tokens; most in source web (1 of 3)",
            do=secrets,
            rule="secrets",
        ),
        Reason("personal_data", "drop", 0.5, 0.0, 0.2, "share of records", held, personal, "personal_data"),
    )


def test_one_record_is_a_share_of_one() -> None:
    (reason,) = screening_reasons([{**ROWS[0], "secrets": 1}], POLICY)
    assert reason.measured == 1.0


def test_of_equal_sources_the_last_by_name_is_named() -> None:
    rows = [{**ROWS[1], "source": name} for name in ("b", "c", "a")]
    (reason,) = screening_reasons(rows, POLICY)
    assert "most in source c (1 of 3)" in reason.why


def test_licences() -> None:
    (reason,) = screening_reasons(ROWS, replace(POLICY, max_secret_share=1.0, allowed_licences=("mit", "x")))
    assert reason == Reason(
        code="licences",
        scope="drop",
        measured=0.75,
        standard_error=0.0,
        allowed=0.0,
        unit="share of records",
        why="sources without an allowed licence: web (none stated)",
        do="state the source's licence in screening.licences, or deliver the drop without the source",
        rule="licences",
    )
    rows = [{**row, "licence": "GPL-3.0-only"} for row in ROWS]
    (reason,) = screening_reasons(rows, replace(POLICY, max_secret_share=1.0, allowed_licences=("MIT",)))
    assert reason.why.endswith(": docs (GPL-3.0-only), web (GPL-3.0-only)")
    assert reason.measured == 1.0
    (reason,) = screening_reasons(ROWS[:1], replace(POLICY, allowed_licences=("x",)))
    assert reason.measured == 1.0


def test_a_verdict_in_one_line() -> None:
    above = reason_of_measurement(Measurement("blobs", 0.12345, 0.01, 90, "drop"), POLICY)
    assert above is not None
    verdict = Verdict("hold", (reason_of_manual(True), above, replace(above, standard_error=None)))
    text = "records that are no text: encoded data, mojibake, random letters; measured 0.1235"
    do = "allowed 0.04 share of records; remove the records that are no text from the drop and deliver it"
    assert verdict.sentence() == (
        "hold: manual (policy): the policy wants a person to publish a first version; release it "
        "with `entropy-assets drop release`, who and why, and the rule `manual` | "
        f"blobs (drop): {text} ± 0.01, {do} under a new name | "
        f"blobs (drop): {text}, {do} under a new name"
    )
