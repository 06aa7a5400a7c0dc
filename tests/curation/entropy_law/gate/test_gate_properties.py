"""The gate is monotone over all rules: more harm, fewer data, more noise, one more rule lower nothing."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.entropy_law import RULES, Measurement, Verdict, judge
from entropy_assets.settings import PolicySettings

ORDER = ("promote", "ask", "hold")
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
POLICIES = st.builds(PolicySettings, confidence=st.floats(0.5, 6), ask=st.sampled_from(ORDER))
EVERYTHING_OFF = dict.fromkeys(RULES, "not the question here")


def verdict(measurements: list[Measurement], policy: PolicySettings) -> Verdict:
    return judge(measurements, EVERYTHING_OFF, policy, first=False)


def height(measurements: list[Measurement], policy: PolicySettings) -> int:
    """Return the outcome's place: 0 promote, 1 ask, 2 hold."""
    return ORDER.index(verdict(measurements, policy).outcome)


@given(st.lists(MEASUREMENTS, min_size=1, max_size=6), st.data(), MORE, MORE, POLICIES)
def test_farther_or_noisier_never_lowers_the_outcome(
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
    assert height(measurements, policy) <= height(changed, policy)


@given(MEASUREMENTS, st.floats(1, 1000), POLICIES)
def test_a_smaller_sample_of_the_same_records_never_lowers_the_outcome(
    m: Measurement, times: float, policy: PolicySettings
) -> None:
    """With a share of the records the value is the same and its standard error grows by the root of it."""
    smaller = replace(m, n=max(1, int(m.n / times)), standard_error=m.standard_error * times**0.5)
    assert height([m], policy) <= height([smaller], policy)


@given(MEASUREMENTS, POLICIES)
def test_the_outcome_of_one_measurement(m: Measurement, policy: PolicySettings) -> None:
    rule = RULES[m.code]
    limit = getattr(policy, rule.novel_limit if m.scope == "novel" and rule.novel_limit else rule.limit)
    stands_for = rule.stands_for if m.value > limit else "ask"
    could_be_seen = policy.confidence * m.standard_error <= limit or not rule.asks_when_unsure
    if (m.value <= limit and could_be_seen) or rule.stands_for == "note":
        stands_for = "note"
    expected = {"note": "promote", "ask": policy.ask, "hold": "hold"}[stands_for]
    assert verdict([m], policy).outcome == expected


@given(MEASUREMENTS, st.floats(0, 5))
def test_a_stricter_policy_never_lowers_the_outcome(m: Measurement, more: float) -> None:
    lax = PolicySettings(confidence=1.0)
    strict = replace(lax, confidence=1.0 + more)
    assert height([m], lax) <= height([m], strict)
    asks = [height([m], replace(lax, ask=word)) for word in ORDER]
    assert asks == sorted(asks)


@given(st.lists(MEASUREMENTS, max_size=5), MEASUREMENTS, POLICIES)
def test_one_more_measurement_never_lowers_the_outcome(
    measurements: list[Measurement], more: Measurement, policy: PolicySettings
) -> None:
    assert height(measurements, policy) <= height([*measurements, more], policy)


@given(st.lists(MEASUREMENTS, max_size=5), st.randoms(use_true_random=False), POLICIES)
def test_the_order_of_measurements_plays_no_part(
    measurements: list[Measurement], random: object, policy: PolicySettings
) -> None:
    shuffled = list(measurements)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    verdicts = [verdict(ms, policy) for ms in (measurements, shuffled)]
    assert verdicts[0].outcome == verdicts[1].outcome
    assert verdicts[0].codes == verdicts[1].codes


@given(st.lists(MEASUREMENTS, max_size=5), st.sets(st.sampled_from(sorted(RULES))), POLICIES)
def test_an_override_only_ever_lifts_what_it_names(
    measurements: list[Measurement], overrides: set[str], policy: PolicySettings
) -> None:
    plain = verdict(measurements, policy)
    lifted = judge(measurements, EVERYTHING_OFF, policy, first=False, overrides=sorted(overrides))
    assert {reason.rule for reason in lifted.overridden} <= overrides
    assert not {reason.rule for reason in lifted.reasons} & overrides
    assert len(lifted.reasons) + len(lifted.overridden) == len(plain.reasons)
    assert lifted.notes == plain.notes
    assert ORDER.index(lifted.outcome) <= ORDER.index(plain.outcome)
