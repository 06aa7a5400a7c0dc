"""Rules and verdict: each rule fires and passes, and what cannot be known holds."""

import json
import math
from dataclasses import fields, replace
from typing import Literal

import pytest

from entropy_assets.curation.entropy_law import (
    CANDIDATE_CODES,
    DROP_CODES,
    RULES,
    Measurement,
    Verdict,
    check_overrides,
    judge,
    worst,
)
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import PolicySettings
from entropy_assets.settings.policy import LIMITS_BY_PROBE

POLICY = PolicySettings()
AGAINST = [code for code, rule in RULES.items() if rule.stands_for != "note"]
NOTES = [code for code in RULES if code not in AGAINST]
NOVEL_RULES = [code for code, rule in RULES.items() if rule.novel_limit]


def limit_of(code: str, scope: str = "drop") -> float:
    rule = RULES[code]
    return float(getattr(POLICY, rule.novel_limit if scope == "novel" else rule.limit))


def off_but(*measured: str) -> dict[str, str]:
    return {code: "not the question here" for code in RULES if code not in measured}


def verdict_on(*measurements: Measurement, overrides: tuple[str, ...] = ()) -> Verdict:
    off = off_but(*(m.code for m in measurements))
    return judge(measurements, off, POLICY, first=False, overrides=overrides)


def measured(code: str, share_of_limit: float, error: float = 0.0, scope: str = "drop") -> Measurement:
    limit = limit_of(code, scope)
    return Measurement(code, share_of_limit * limit, error * limit, 500, scope)


CASES = [(code, "drop") for code in RULES] + [(code, "novel") for code in NOVEL_RULES]


@pytest.mark.parametrize(("code", "scope"), CASES)
def test_a_rule_fires_above_its_limit_and_passes_below(code: str, scope: str) -> None:
    fires = verdict_on(measured(code, 1.1, 0.01, scope))
    stands_for = RULES[code].stands_for
    assert fires.outcome == worst([stands_for])
    assert fires.codes == (() if stands_for == "note" else (code,))
    assert fires.passes is (stands_for == "note")
    (reason,) = fires.reasons + fires.notes
    assert (reason.code, reason.stands_for) == (code, stands_for)
    assert (reason.allowed, reason.scope, reason.unit) == (limit_of(code, scope), scope, RULES[code].unit)
    assert (reason.why, reason.do) == (RULES[code].why, RULES[code].do)
    passes = verdict_on(measured(code, 0.9, 0.01, scope))
    assert passes.outcome == "promote"
    assert passes == Verdict("promote")


@pytest.mark.parametrize("code", NOTES)
def test_a_note_is_never_against_promotion(code: str) -> None:
    for m in (measured(code, 99.0), measured(code, 1.1, 50.0), measured(code, -1.0, 50.0)):
        assert verdict_on(m).passes
    assert verdict_on(measured(code, 0.9, 50.0)).notes == (), "too few data are worth no note"
    beside = verdict_on(measured(code, 2.0), measured("blobs", 2.0))
    assert (beside.outcome, beside.codes) == ("hold", ("blobs",))
    assert [note.code for note in beside.notes] == [code]
    aside = verdict_on(measured(code, 2.0), overrides=(code,))
    assert (aside.overridden, [note.code for note in aside.notes]) == ((), [code])


def test_what_each_rule_stands_for() -> None:
    """The table of the decision (docs/decisions.md): damage and harm hold, R, L, law and languages ask."""
    stands = {
        "hold": ["damage", "blobs", "mismatched_answers", "heldout_worse", "heldout_drifted"],
        "ask": [
            "copies",
            "doubtful",
            "unlike",
            "language_shift",
            "selection_ratio_rose",
            "loss_above_law",
            "drifted",
        ],
        "note": [
            *("repeated_phrases", "truncated", "ratio_rose"),
            *("unknown_words", "unusual_pairs", "loss_shift"),
        ],
    }
    expected = {code: word for word, codes in stands.items() for code in codes}
    found = {code: rule.stands_for for code, rule in RULES.items()}
    assert {code: found[code] for code in expected} == expected


@pytest.mark.parametrize("code", AGAINST)
def test_the_limit_itself_is_allowed_and_noise_counts_against(code: str) -> None:
    limit = limit_of(code)
    assert verdict_on(Measurement(code, limit, 0.0, 9, "drop")).passes
    assert not verdict_on(Measurement(code, math.nextafter(limit, math.inf), 0.0, 9, "drop")).passes
    for share, passes in ((0.99, True), (1.01, not RULES[code].asks_when_unsure)):
        assert verdict_on(measured(code, -1.0, share / POLICY.confidence)).passes is passes


def test_every_limit_of_the_policy_belongs_to_a_rule() -> None:
    limits = {field.name for field in fields(POLICY) if field.name.startswith("max_")}
    used = {rule.limit for rule in RULES.values()} | {RULES[code].novel_limit for code in NOVEL_RULES}
    elsewhere = {"max_source_loss", "max_secret_share", "max_personal_share"}  # of dedup and of screening
    elsewhere |= {"max_superseded_share", "max_unlike_corrections"}
    elsewhere |= {name.replace("max_", "max_lm_", 1) for name in LIMITS_BY_PROBE}
    assert limits == used | elsewhere
    assert set(RULES) == {*DROP_CODES, *CANDIDATE_CODES}


@pytest.mark.parametrize("code", RULES)
def test_novel_strata_are_judged_by_their_own_limit_or_the_usual_one(code: str) -> None:
    def said(m: Measurement) -> list[str]:
        verdict = verdict_on(m)
        return [reason.code for reason in verdict.reasons + verdict.notes]

    assert said(measured(code, 9.0, scope="drop")) == [code]
    bound = limit_of(code, "novel" if code in NOVEL_RULES else "drop")
    assert said(Measurement(code, 2 * bound, 0.0, 9, "novel")) == [code]
    assert said(Measurement(code, 0.5 * bound, 0.0, 9, "novel")) == []


ODD = [math.nan, math.inf, -math.inf]
BROKEN = [(value, 0.0) for value in ODD] + [(0.0, error) for error in [*ODD, -1e-9]]


@pytest.mark.parametrize("code", RULES)
@pytest.mark.parametrize(("value", "error"), BROKEN)
def test_what_is_not_a_finite_number_holds_whatever_is_overridden(
    code: str, value: float, error: float
) -> None:
    everything = (*RULES, "inconclusive", "manual", "integrity")
    for overrides in ((), everything):
        verdict = verdict_on(Measurement(code, value, error, 9, "drop"), overrides=overrides)
        assert verdict.outcome == "hold"
        assert verdict.codes == ("integrity",)
        assert code in verdict.sentence()


@pytest.mark.parametrize("code", RULES)
def test_a_rule_neither_measured_nor_off_holds_whatever_is_overridden(code: str) -> None:
    for overrides in ((), (*RULES, "integrity", "inconclusive", "manual")):
        verdict = judge([], off_but(code), POLICY, first=False, overrides=overrides)
        assert verdict.outcome == "hold"
        assert verdict.codes == ("integrity",)
        assert f"rule {code} was not measured" in verdict.sentence()
    assert judge([], off_but(), POLICY, first=False).passes


def test_no_report_at_all_names_every_rule() -> None:
    verdict = judge([], {}, POLICY, first=False, overrides=tuple(RULES))
    assert len(verdict.reasons) == len(RULES)
    assert verdict.codes == ("integrity",)


@pytest.mark.parametrize("code", ["", "blob", "integrity", "inconclusive", "manual"])
def test_a_measurement_without_a_rule_holds(code: str) -> None:
    verdict = judge(
        [Measurement(code, 0.0, 0.0, 9, "drop")], off_but(), POLICY, first=False, overrides=(code,)
    )
    assert verdict.codes == ("integrity",)
    assert f"{code!r} has no rule" in verdict.sentence()


def test_a_rule_that_is_off_is_still_judged_where_it_was_measured() -> None:
    high = measured("blobs", 2.0)
    assert judge([high], off_but(), POLICY, first=False).codes == ("blobs",)


def test_one_bad_scope_holds_beside_good_ones() -> None:
    verdict = verdict_on(
        measured("heldout_worse", 0.1, scope="candidate"),
        measured("heldout_worse", 1.5, scope="maths"),
        measured("heldout_worse", 0.1, scope="prose"),
    )
    assert [reason.scope for reason in verdict.reasons] == ["maths"]


@pytest.mark.parametrize("code", [code for code in AGAINST if RULES[code].asks_when_unsure])
def test_inconclusive_only_where_the_value_itself_is_within_its_limit(code: str) -> None:
    unseen = verdict_on(measured(code, 0.5, 1.2 / POLICY.confidence))
    assert unseen.outcome == "ask"
    assert unseen.codes == ("inconclusive",)
    assert unseen.reasons[0].scope == f"{code} on drop"
    assert "too few data (500)" in unseen.sentence()
    above_limit = verdict_on(measured(code, 1.1, 9.0))
    assert (above_limit.outcome, above_limit.codes) == (RULES[code].stands_for, (code,))


def test_harm_on_one_rule_is_not_hidden_by_too_few_data_on_another() -> None:
    verdict = verdict_on(measured("blobs", 0.0, 9.0), measured("damage", 2.0))
    assert verdict.outcome == "hold"
    assert verdict.codes == ("damage", "inconclusive")


def test_overrides_lift_what_they_name_and_nothing_else() -> None:
    both = (measured("blobs", 2.0), measured("damage", 2.0))
    verdict = verdict_on(*both, overrides=("blobs",))
    assert verdict.outcome == "hold"
    assert verdict.codes == ("damage",)
    assert [reason.code for reason in verdict.overridden] == ["blobs"]
    verdict = verdict_on(*both, overrides=("blobs", "damage"))
    assert verdict.passes
    assert [reason.code for reason in verdict.overridden] == ["damage", "blobs"]
    assert verdict.sentence() == (
        "promote: a person has set aside blobs, damage; every other measurement stays within its limit"
    )


def test_an_override_of_a_rule_covers_its_own_doubt_and_not_the_other_way_round() -> None:
    assert verdict_on(measured("blobs", 0.5, 9.0), overrides=("blobs",)).passes
    assert verdict_on(measured("blobs", 0.5, 9.0), overrides=("damage",)).outcome == "ask"
    assert verdict_on(measured("blobs", 0.5, 9.0), overrides=("inconclusive",)).passes
    assert verdict_on(measured("blobs", 2.0), overrides=("inconclusive",)).codes == ("blobs",)


def test_what_is_left_after_an_override_decides_the_outcome() -> None:
    verdict = verdict_on(measured("blobs", 2.0), measured("damage", 0.0, 9.0), overrides=("blobs",))
    assert verdict.outcome == "ask"


def test_the_worst_reason_decides() -> None:
    asks, holds = measured("drifted", 2.0), measured("blobs", 2.0)
    assert verdict_on(asks).outcome == "ask"
    assert verdict_on(holds).outcome == "hold"
    assert verdict_on(asks, holds).outcome == "hold"
    assert verdict_on(asks, holds, overrides=("blobs",)).outcome == "ask"
    assert verdict_on(asks, holds, overrides=("blobs", "drifted")).outcome == "promote"


@pytest.mark.parametrize(("ask", "outcome"), [("ask", "ask"), ("promote", "promote"), ("hold", "hold")])
def test_the_policy_says_what_becomes_of_a_question(ask: Literal["ask"], outcome: str) -> None:
    policy = PolicySettings(ask=ask)
    for m in (measured("language_shift", 2.0), measured("blobs", 0.0, 9.0)):
        verdict = judge([m], off_but(m.code), policy, first=False)
        assert verdict.outcome == outcome
        told = verdict.notes if ask == "promote" else verdict.reasons
        assert [reason.rule for reason in told] == [m.code]
    assert judge([measured("blobs", 2.0)], off_but("blobs"), policy, first=False).outcome == "hold"
    manual = replace(policy, promotion="manual")
    assert judge([], off_but(), manual, first=False).outcome == "ask", "no setting publishes for a person"
    broken = Measurement("blobs", math.nan, 0.0, 9, "drop")
    assert judge([broken], off_but("blobs"), policy, first=False).codes == ("integrity",)


def test_a_clean_verdict_tells_its_notes() -> None:
    verdict = verdict_on(measured("unknown_words", 2.0))
    assert verdict.sentence().startswith(
        "promote: nothing stands against it; noted: unknown_words (drop): more"
    )
    assert verdict.to_json()["notes"][0]["stands_for"] == "note"
    both = verdict_on(measured("unknown_words", 2.0), measured("blobs", 2.0), overrides=("blobs",))
    told = "promote: a person has set aside blobs; nothing else stands against it; noted: unknown_words"
    assert both.sentence().startswith(told)


def test_check_overrides_sorts_and_drops_repeats() -> None:
    assert check_overrides(["manual", "blobs", "inconclusive", "blobs"]) == (
        "blobs",
        "inconclusive",
        "manual",
    )
    assert check_overrides(RULES) == tuple(sorted(RULES))
    assert check_overrides([]) == ()


@pytest.mark.parametrize("code", ["integrity", "blob", "", "stale", "Blobs"])
def test_check_overrides_refuses_integrity_and_what_is_unknown(code: str) -> None:
    with pytest.raises(InvalidParameter, match=f"rule '{code}' cannot be overridden: choose from blobs, "):
        check_overrides(["blobs", code])


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("promotion", ["auto", "manual"])
@pytest.mark.parametrize("bootstrap", ["promote", "manual"])
def test_the_policy_says_who_publishes(first: bool, promotion: str, bootstrap: str) -> None:
    policy = PolicySettings(promotion=promotion, bootstrap=bootstrap)  # type: ignore[arg-type]
    waits = (bootstrap if first else promotion) == "manual"
    verdict = judge([], off_but(), policy, first=first)
    assert verdict.outcome == ("ask" if waits else "promote")
    assert verdict.codes == (("manual",) if waits else ())
    assert judge([], off_but(), policy, first=first, overrides=("manual",)).passes
    if waits:
        assert ("a first version" if first else "every version") in verdict.sentence()


def test_a_person_who_publishes_still_sees_what_was_measured() -> None:
    policy = PolicySettings(promotion="manual")
    verdict = judge([measured("blobs", 2.0)], off_but("blobs"), policy, first=False, overrides=("manual",))
    assert verdict.codes == ("blobs",)


@pytest.mark.parametrize("code", RULES)
def test_the_sentence_names_code_measured_allowed_and_what_to_do(code: str) -> None:
    m = measured(code, 1.5, 0.01)
    sentence = verdict_on(m).sentence()
    assert sentence.startswith(
        {"note": "promote: ", "ask": "ask: ", "hold": "hold: "}[RULES[code].stands_for]
    )
    for part in (
        f"{code} (drop)",
        RULES[code].why,
        f"measured {m.value:.4g} ± {m.standard_error:.4g}",
        f"allowed {limit_of(code):.4g} {RULES[code].unit}",
    ):
        assert part in sentence
    assert (RULES[code].do in sentence) is (RULES[code].stands_for != "note")


def test_a_clean_verdict_says_so() -> None:
    assert verdict_on().sentence() == "promote: every measurement stays within its limit"


def test_a_verdict_becomes_json() -> None:
    verdict = verdict_on(measured("blobs", 2.0), measured("damage", 2.0), overrides=("damage",))
    value = json.loads(json.dumps(verdict.to_json(), allow_nan=False))
    assert value["outcome"] == "hold"
    assert [reason["code"] for reason in value["reasons"]] == ["blobs"]
    assert [reason["code"] for reason in value["overridden"]] == ["damage"]
    assert value["reasons"][0]["allowed"] == limit_of("blobs")
