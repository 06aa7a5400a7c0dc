"""The gate is monotone: a larger value or more noise never turns hold into promote."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.entropy_law import RULES, Measurement, judge
from entropy_assets.settings import PolicySettings

VALUES = st.floats(-10, 10, allow_nan=False) | st.floats(-0.3, 0.3)
ERRORS = st.floats(0, 5) | st.floats(0, 0.1)
MORE = st.floats(0, 5) | st.floats(0, 0.1)
MEASUREMENTS = st.builds(
    Measurement,
    code=st.sampled_from(sorted(RULES)),
    value=VALUES,
    standard_error=ERRORS,
    n=st.integers(1, 10_000),
    scope=st.sampled_from(["drop", "candidate", "novel", "maths"]),
)
POLICIES = st.builds(PolicySettings, confidence=st.floats(0.5, 6))
EVERYTHING_OFF = dict.fromkeys(RULES, "not the question here")


def passes(measurements: list[Measurement], policy: PolicySettings) -> bool:
    return judge(measurements, EVERYTHING_OFF, policy, first=False).passes


@given(st.lists(MEASUREMENTS, min_size=1, max_size=6), st.data(), MORE, MORE, POLICIES)
def test_farther_or_noisier_never_turns_hold_into_promote(
    measurements: list[Measurement],
    data: st.DataObject,
    farther: float,
    noisier: float,
    policy: PolicySettings,
) -> None:
    place = data.draw(st.integers(0, len(measurements) - 1))
    m = measurements[place]
    worse = replace(m, value=m.value + farther, standard_error=m.standard_error + noisier)
    changed = [*measurements[:place], worse, *measurements[place + 1 :]]
    assert passes(measurements, policy) or not passes(changed, policy)


@given(MEASUREMENTS, MORE, POLICIES)
def test_a_promoted_measurement_is_within_its_limit_and_so_is_its_noise(
    m: Measurement, noisier: float, policy: PolicySettings
) -> None:
    rule = RULES[m.code]
    limit = getattr(policy, rule.novel_limit if m.scope == "novel" and rule.novel_limit else rule.limit)
    noise = policy.confidence * m.standard_error
    assert passes([m], policy) is (max(m.value, noise) <= limit)


@given(MEASUREMENTS, st.floats(0, 5))
def test_a_stricter_policy_never_promotes_what_a_laxer_one_holds(m: Measurement, more: float) -> None:
    lax = PolicySettings(confidence=1.0)
    strict = replace(lax, confidence=1.0 + more)
    assert passes([m], lax) or not passes([m], strict)


@given(st.lists(MEASUREMENTS, max_size=5), MEASUREMENTS, POLICIES)
def test_one_more_measurement_never_turns_hold_into_promote(
    measurements: list[Measurement], more: Measurement, policy: PolicySettings
) -> None:
    assert passes(measurements, policy) or not passes([*measurements, more], policy)


@given(st.lists(MEASUREMENTS, max_size=5), st.randoms(use_true_random=False), POLICIES)
def test_the_order_of_measurements_plays_no_part(
    measurements: list[Measurement], random: object, policy: PolicySettings
) -> None:
    shuffled = list(measurements)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    verdicts = [judge(ms, EVERYTHING_OFF, policy, first=False) for ms in (measurements, shuffled)]
    assert verdicts[0].outcome == verdicts[1].outcome
    assert verdicts[0].codes == verdicts[1].codes


@given(st.lists(MEASUREMENTS, max_size=5), st.sets(st.sampled_from(sorted(RULES))), POLICIES)
def test_an_override_only_ever_lifts_what_it_names(
    measurements: list[Measurement], overrides: set[str], policy: PolicySettings
) -> None:
    plain = judge(measurements, EVERYTHING_OFF, policy, first=False)
    lifted = judge(measurements, EVERYTHING_OFF, policy, first=False, overrides=sorted(overrides))
    assert {reason.rule for reason in lifted.overridden} <= overrides
    assert not {reason.rule for reason in lifted.reasons} & overrides
    assert len(lifted.reasons) + len(lifted.overridden) == len(plain.reasons)
