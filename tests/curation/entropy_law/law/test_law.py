"""The law: the line, the band, and the subsets that it is fitted on."""

from dataclasses import asdict

import numpy as np
import pytest

from entropy_assets.compression import compression_ratio
from entropy_assets.curation.entropy_law import LawFit, Texts, calibration_subsets, fit_law
from entropy_assets.curation.entropy_law.law.fit import MIN_POINTS
from tests.curation.entropy_law.sentences import SYLLABLES

INTERCEPT, SLOPE = 3.0, -0.8


def points_on_a_line(n: int, noise: float, seed: int = 0) -> list[tuple[float, float]]:
    rng = np.random.default_rng(seed)
    ratios = rng.uniform(1.5, 5.0, n)
    losses = INTERCEPT + SLOPE * np.log(ratios) + rng.normal(0, noise, n) if noise else None
    exact = INTERCEPT + SLOPE * np.log(ratios)
    return list(zip(ratios.tolist(), (exact if losses is None else losses).tolist(), strict=True))


def test_the_line_through_exact_points_is_found() -> None:
    fit = fit_law(points_on_a_line(20, noise=0))
    assert fit is not None
    assert fit.intercept_bpb == pytest.approx(INTERCEPT)
    assert fit.slope_bpb == pytest.approx(SLOPE)
    assert fit.half_width_bpb == pytest.approx(0, abs=1e-9)
    assert fit.predict(1.0) == pytest.approx(INTERCEPT)
    assert fit.residual(np.e, INTERCEPT + SLOPE + 0.25) == pytest.approx(0.25)


def test_two_outliers_of_twenty_do_not_turn_the_line() -> None:
    points = points_on_a_line(20, noise=0.01)
    points[3], points[11] = (5.0, 9.0), (1.5, 0.1)
    fit = fit_law(points)
    assert fit is not None
    assert fit.intercept_bpb == pytest.approx(INTERCEPT, abs=0.05)
    assert fit.slope_bpb == pytest.approx(SLOPE, abs=0.05)


def test_fewer_points_than_the_least_give_no_law() -> None:
    points = points_on_a_line(MIN_POINTS, noise=0.05)
    assert fit_law(points[:-1]) is None
    assert fit_law([]) is None
    fit = fit_law(points)
    assert fit is not None
    assert fit.points == tuple(points)


@pytest.mark.parametrize(("n_points", "least"), [(MIN_POINTS, 0.85), (20, 0.9)])
def test_the_band_covers_new_points(n_points: int, least: float) -> None:
    covered = []
    for seed in range(50):
        *points, new = points_on_a_line(n_points + 1, noise=0.05, seed=seed)
        fit = fit_law(points)
        assert fit is not None
        covered.append(abs(fit.residual(*new)) <= fit.half_width_bpb)
    assert np.mean(covered) >= least


def test_the_band_follows_the_noise() -> None:
    widths = []
    for noise in (0.01, 0.05, 0.25):
        fit = fit_law(points_on_a_line(20, noise))
        assert fit is not None
        assert 1.0 < fit.half_width_bpb / noise < 5.0
        assert fit.coverage >= 0.9
        widths.append(fit.half_width_bpb)
    assert widths == sorted(widths)


@pytest.fixture(scope="module")
def texts() -> Texts:
    """Records of very different redundancy: some words to choose from, or many."""
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(SYLLABLES["en"].split(), 3)) for _ in range(2_000)]
    found = [
        " ".join(rng.choice(words[: int(rng.choice([4, 40, 2_000]))], int(rng.integers(20, 120))))
        for _ in range(1_500)
    ]
    return Texts([str(i) for i in range(len(found))], [t.encode() for t in found], [("a", "en")] * len(found))


def test_subsets_are_disjoint_and_hold_equal_bytes(texts: Texts) -> None:
    for n_points, n_bytes in ((20, 8_000), (20, 25_000), (33, 8_000)):
        subsets = calibration_subsets(texts, n_points, n_bytes, seed=1)
        assert len(subsets) == n_points
        together = np.concatenate([own.indices for own in subsets])
        assert len(set(together.tolist())) == len(together)
        totals = np.array([int(texts.sizes[own.indices].sum()) for own in subsets])
        assert totals.min() >= n_bytes
        assert totals.max() < n_bytes + texts.sizes.max()


def test_subsets_spread_along_the_ratio(texts: Texts) -> None:
    subsets = calibration_subsets(texts, 20, 8_000, seed=1)
    ratios = np.array(
        [compression_ratio([texts.texts[i] for i in own.indices], "zstd_long") for own in subsets]
    )
    assert [own.origin for own in subsets] == ["random"] * 10 + ["window"] * 10
    drawn, windows = ratios[:10], ratios[10:]
    assert np.ptp(windows) > 3 * np.ptp(drawn)
    assert windows[0] < drawn.min()
    assert drawn.max() < windows[-1]


def test_subsets_repeat_for_a_seed_and_differ_for_another(texts: Texts) -> None:
    first, again, other = (calibration_subsets(texts, 20, 8_000, seed=seed) for seed in (1, 1, 2))
    assert [own.indices.tolist() for own in first] == [own.indices.tolist() for own in again]
    assert [own.indices.tolist() for own in first] != [own.indices.tolist() for own in other]


def test_too_few_records_give_fewer_subsets_and_no_law(texts: Texts) -> None:
    total = int(texts.sizes.sum())
    subsets = calibration_subsets(texts, 20, total // 12, seed=1)
    assert 0 < len(subsets) < MIN_POINTS
    assert calibration_subsets(texts, 20, total + 1, seed=1) == []
    assert calibration_subsets(Texts([], [], []), 20, 1_000, seed=1) == []


def test_points_are_told_with_origin_and_residual() -> None:
    points = points_on_a_line(20, noise=0)
    points[4] = (points[4][0], points[4][1] + 0.5)
    origins = ["random"] * 10 + ["window"] * 10
    fit = fit_law(points, origins)
    assert fit is not None
    rows = fit.rows()
    assert [row["ratio"] for row in rows] == sorted(ratio for ratio, _ in points)
    assert {(row["ratio"], row["origin"]) for row in rows} == {
        (ratio, origin) for (ratio, _), origin in zip(points, origins, strict=True)
    }
    (odd,) = [row for row in rows if row["ratio"] == points[4][0]]
    assert odd["residual_bpb"] == pytest.approx(0.5, abs=0.05)  # the odd point moves the line a little
    assert fit.place(2.0, fit.predict(2.0) + 2 * fit.half_width_bpb + 1e-6)["inside"] is False
    assert fit.place(2.0, fit.predict(2.0))["inside"] is True


def test_a_stated_law_is_read_again_with_or_without_origins() -> None:
    fit = fit_law(points_on_a_line(20, noise=0.05), ["random"] * 20)
    assert fit is not None
    stated = {**asdict(fit), "candidate": [2.0, 2.0], "points": [list(point) for point in fit.points]}
    assert LawFit.from_json(stated) == fit
    del stated["origins"]
    assert {row["origin"] for row in LawFit.from_json(stated).rows()} == {"unknown"}
