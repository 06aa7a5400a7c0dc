"""The candidate's selection against its parent's and the anchor's."""

from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import (
    CandidateMeasured,
    LawFit,
    Measurement,
    Runs,
    Texts,
    first_version,
    fit_law,
    judge,
    measure_candidate,
)
from entropy_assets.curation.entropy_law.gate.rules import CANDIDATE_CODES, DROP_CODES
from entropy_assets.settings import LawSettings, PolicySettings
from tests.curation.entropy_law.sentences import rows

LAW = LawSettings(sample_bytes=20_000)
POLICY = PolicySettings()
NO_DROP = dict.fromkeys(DROP_CODES, "not the question here")
EXAM = ["forum"] * LAW.known_records + ["guide"] * (LAW.known_records - 1)
RECORDS = np.random.default_rng(0).normal(1.9, 0.4, len(EXAM))
RUNS = Runs(
    ratios=(2.50, 2.51, 2.49),
    losses_bpb=(2.000, 2.002, 1.998),
    heldout_bpb=tuple(tuple(RECORDS + shift) for shift in (0.0, 0.001, -0.001)),
)
FIT = LawFit(intercept_bpb=3.0, slope_bpb=-1.0, half_width_bpb=0.05, coverage=0.95, points=())


def selection(seed: int) -> Texts:
    return rows(240, seed).measured()[0]


@pytest.fixture(scope="module")
def selections() -> tuple[Texts, Texts, Texts]:
    return selection(21), selection(22), selection(23)


def measure(
    selections: tuple[Texts, Texts, Texts], candidate: Runs = RUNS, fit: LawFit | None = FIT
) -> CandidateMeasured:
    return measure_candidate(selections, (candidate, RUNS, RUNS), EXAM, fit, LAW, seed=0)


def found(measured: CandidateMeasured, code: str, scope: str = "candidate") -> Measurement:
    return next(m for m in measured.measurements if (m.code, m.scope) == (code, scope))


def raised(values: tuple[float, ...], by: float) -> tuple[float, ...]:
    return tuple(value + by for value in values)


def worse(by: float, where: "np.ndarray | slice" = slice(None)) -> Runs:
    """Return the runs with the held-out loss of some records raised in each run."""
    losses = np.array(RUNS.heldout_bpb)
    losses[:, where] += by
    return replace(RUNS, heldout_bpb=tuple(map(tuple, losses)))


def codes(measured: CandidateMeasured) -> tuple[str, ...]:
    return judge(measured.measurements, measured.off | NO_DROP, POLICY, first=False).codes


def test_an_equal_candidate_passes_with_every_rule_measured(selections: tuple[Texts, Texts, Texts]) -> None:
    measured = measure(selections)
    assert measured.off == {}
    assert {m.code for m in measured.measurements} == set(CANDIDATE_CODES)
    assert codes(measured) == ()
    assert measured == measure(selections)


def test_the_same_runs_and_texts_differ_by_nothing_but_the_draws() -> None:
    texts = selection(21)
    measured = measure((texts, texts, texts))
    assert found(measured, "heldout_drifted").value == 0
    assert found(measured, "heldout_drifted").standard_error > 0
    assert abs(found(measured, "drifted").value) < 0.05


def test_where_the_same_records_are_picked_nothing_rose(selections: tuple[Texts, Texts, Texts]) -> None:
    """A drop of known rows is no question of chance; what novel strata do to the exam stays judged."""
    same = (selections[0], selections[0], selections[2])
    measured = measure_candidate(same, (worse(0.5), RUNS, RUNS), EXAM, FIT, LAW, seed=0, whole=worse(0.4))
    for code in ("selection_ratio_rose", "heldout_worse", "loss_above_law"):
        one = found(measured, code)
        assert (one.value, one.standard_error) == (0, 0)
    assert found(measured, "heldout_worse", "novel").value == pytest.approx(0.4)
    assert found(measured, "heldout_drifted").value == pytest.approx(0.5)


def test_a_redundant_selection_rises_above_parent_and_anchor(selections: tuple[Texts, Texts, Texts]) -> None:
    texts = selections[0]
    flood = replace(texts, texts=texts.texts[:40] * 6)
    measured = measure((flood, *selections[1:]))
    assert set(codes(measured)) == {"selection_ratio_rose", "drifted"}
    only_anchor = measure((flood, flood, selections[2]))
    assert codes(only_anchor) == ("drifted",)


def test_a_ratio_that_falls_is_no_harm(selections: tuple[Texts, Texts, Texts]) -> None:
    flood = replace(selections[1], texts=selections[1].texts[:40] * 6)
    measured = measure((selections[0], flood, flood))
    assert found(measured, "selection_ratio_rose").value < 0
    assert codes(measured) == ()


@pytest.mark.parametrize(
    ("code", "limit", "field"),
    [
        ("loss_above_law", POLICY.max_residual_rise_bpb, "losses_bpb"),
    ],
)
def test_a_rise_in_the_runs_is_measured_and_held(
    code: str, limit: float, field: str, selections: tuple[Texts, Texts, Texts]
) -> None:
    runs = replace(RUNS, **{field: raised(getattr(RUNS, field), 2 * limit)})
    measured = measure(selections, runs)
    assert found(measured, code).value == pytest.approx(2 * limit)
    assert codes(measured) == (code,)


def test_small_steps_away_from_the_anchor_add_up(selections: tuple[Texts, Texts, Texts]) -> None:
    rise = 2 * POLICY.max_heldout_drift_bpb
    now = worse(rise)
    measured = measure_candidate(selections, (now, now, RUNS), EXAM, FIT, LAW, seed=0)
    assert found(measured, "heldout_worse").value == pytest.approx(0)
    assert found(measured, "heldout_drifted").value == pytest.approx(rise)
    assert codes(measured) == ("heldout_drifted",)


def test_novelty_alone_never_holds_and_harm_to_known_sources_does(
    selections: tuple[Texts, Texts, Texts],
) -> None:
    between = (POLICY.max_heldout_rise_bpb + POLICY.max_novel_heldout_rise_bpb) / 2
    for rise, expected in ((between, ()), (2 * POLICY.max_novel_heldout_rise_bpb, ("heldout_worse",))):
        whole = replace(worse(rise), losses_bpb=raised(RUNS.losses_bpb, 3.0))
        measured = measure_candidate(selections, (RUNS, RUNS, RUNS), EXAM, FIT, LAW, seed=0, whole=whole)
        assert found(measured, "heldout_worse", "novel").value == pytest.approx(rise)
        assert codes(measured) == expected


def test_loss_that_the_law_explains_is_no_harm(selections: tuple[Texts, Texts, Texts]) -> None:
    lower = tuple(ratio / 1.5 for ratio in RUNS.ratios)
    explained = raised(RUNS.losses_bpb, -FIT.slope_bpb * np.log(1.5))
    measured = measure(selections, replace(RUNS, ratios=lower, losses_bpb=explained))
    assert found(measured, "loss_above_law").value == pytest.approx(0)


def test_a_rise_of_the_heldout_loss_is_measured_and_held(selections: tuple[Texts, Texts, Texts]) -> None:
    rise = 2 * POLICY.max_heldout_rise_bpb
    measured = measure(selections, worse(rise))
    assert found(measured, "heldout_worse").value == pytest.approx(rise)
    assert codes(measured) == ("heldout_worse",)


def test_a_few_odd_records_neither_hold_nor_hide(selections: tuple[Texts, Texts, Texts]) -> None:
    odd = np.arange(len(EXAM)) % 40 == 0
    wild = np.array(RUNS.heldout_bpb)
    wild[0, odd] += 30.0
    assert codes(measure(selections, replace(RUNS, heldout_bpb=tuple(map(tuple, wild))))) == ()
    wild += 2 * POLICY.max_heldout_rise_bpb
    assert "heldout_worse" in codes(measure(selections, replace(RUNS, heldout_bpb=tuple(map(tuple, wild)))))


def test_a_source_is_judged_alone_where_the_exam_holds_enough_of_it(
    selections: tuple[Texts, Texts, Texts],
) -> None:
    rise = 1.5 * POLICY.max_heldout_rise_bpb
    for source, scopes in (("forum", {"source forum"}), ("guide", set())):
        measured = measure(selections, worse(rise, np.array(EXAM) == source))
        heldout = [m for m in measured.measurements if m.code == "heldout_worse"]
        assert {m.scope for m in heldout} == {"candidate", "source forum"}
        over = {m.scope for m in heldout if m.value > POLICY.max_heldout_rise_bpb}
        assert over == scopes


def test_the_error_of_a_rise_is_the_pooled_spread_of_both_sides(
    selections: tuple[Texts, Texts, Texts],
) -> None:
    own = (1.90, 1.96, 1.93, 1.89)
    runs = replace(RUNS, ratios=(2.5,) * 4, losses_bpb=own)
    theirs = [FIT.residual(*pair) for pair in zip(RUNS.ratios, RUNS.losses_bpb, strict=True)]
    rise = found(measure(selections, runs), "loss_above_law")
    squares = (len(own) - 1) * np.var(own, ddof=1) + 2 * np.var(theirs, ddof=1)
    assert rise.value == pytest.approx(np.mean(own) - FIT.predict(2.5) - np.mean(theirs))
    assert rise.standard_error == pytest.approx(np.sqrt(squares / 5 * (1 / 4 + 1 / 3)))
    assert rise.n == 4


def test_noisier_runs_hold_what_quiet_ones_promote(selections: tuple[Texts, Texts, Texts]) -> None:
    noisy = tuple(tuple(RECORDS + delta) for delta in (-0.2, 0.0, 0.2))
    assert codes(measure(selections, replace(RUNS, heldout_bpb=noisy))) == ("inconclusive",)


def test_without_a_law_its_rule_is_off_and_says_why(selections: tuple[Texts, Texts, Texts]) -> None:
    measured = measure(selections, fit=fit_law([(2.0, 2.0)] * 3))
    assert set(measured.off) == {"loss_above_law"}
    assert "fewer than" in measured.off["loss_above_law"]
    assert "loss_above_law" not in {m.code for m in measured.measurements}
    assert codes(measured) == ()


def test_a_single_run_has_no_noise_and_is_held(selections: tuple[Texts, Texts, Texts]) -> None:
    one = Runs((2.5,), (2.0,), (RUNS.heldout_bpb[0],))
    measured = measure_candidate(selections, (one, one, one), EXAM, FIT, LAW, seed=0)
    assert np.isnan(found(measured, "heldout_worse").standard_error)
    assert codes(measured) == ("integrity",)


def test_a_first_version_has_every_comparison_off() -> None:
    measured = first_version()
    assert measured.measurements == ()
    assert set(measured.off) == set(CANDIDATE_CODES)
    assert codes(measured) == ()
