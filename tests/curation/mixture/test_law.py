"""The law: planted coefficients are found, intervals cover them, and what says too little is refused."""

from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.mixture import Law, Point, fit_law, left_out_errors, mean_error
from entropy_assets.curation.mixture.law import without_share
from entropy_assets.errors import InvalidInput

NAMES = tuple("abcdefg")
STEPS = np.linspace(5e3, 1e5, 10)


def planted(seed: int, noise: float = 0.01, n_mixtures: int = 4) -> tuple[np.ndarray, list[Point]]:
    """Return coefficients of seven domains, and noisy points of some mixtures at ten checkpoints."""
    rng = np.random.default_rng(seed)
    spans = ((0.05, 0.4), (5, 30), (0.2, 0.5), (0.8, 2))
    truth = np.stack([rng.uniform(*span, len(NAMES)) for span in spans], axis=1)
    mixtures = rng.dirichlet(np.ones(len(NAMES)), n_mixtures).clip(0.01)
    points = []
    for shares in mixtures / mixtures.sum(axis=1, keepdims=True):
        for steps in STEPS:
            losses = loss(truth, shares, steps) * np.exp(noise * rng.standard_normal(len(NAMES)))
            points.append(Point(named(shares), float(steps), named(losses)))
    return truth, points


def loss(truth: np.ndarray, shares: np.ndarray, steps: float) -> np.ndarray:
    """The law, written apart from the code."""
    return np.array(
        [(b / steps**beta + c) / r**alpha for (alpha, b, beta, c), r in zip(truth, shares, strict=True)]
    )


def named(values: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, values.tolist(), strict=True))


def test_planted_coefficients_are_found_and_covered() -> None:
    """Six draws here; `python -m benchmarks.mixtures --planted` takes fifty."""
    alphas, losses, covered = [], [], []
    for seed in range(6):
        truth, points = planted(seed)
        law = fit_law(points, seed=seed)
        alphas.append(np.abs(law.coefficients[:, 0] / truth[:, 0] - 1))
        shares = np.full(len(NAMES), 1 / len(NAMES))
        expected = loss(truth, shares, STEPS[-1])
        losses.append(np.abs(law.losses(named(shares), STEPS[-1]) / expected - 1))
        low, high = law.intervals[:, 0].T
        covered.append((low <= truth[:, 0]) & (truth[:, 0] <= high))
        low, high = law.loss_intervals(named(shares), STEPS[-1]).T
        covered.append((low <= expected) & (expected <= high))
    assert np.median(alphas) < 0.05
    assert np.median(losses) < 0.01
    assert 0.88 <= np.mean(covered) < 1


def test_without_noise_the_coefficients_are_exact_and_the_seed_decides_the_draws() -> None:
    truth, points = planted(1, noise=0)
    law = fit_law(points, n_draws=3)
    assert law.coefficients == pytest.approx(truth, rel=1e-4)
    _, noisy = planted(1)
    first, again, other = (fit_law(noisy, n_draws=3, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(first.draws, again.draws)
    assert not np.array_equal(first.draws, other.draws)


def test_a_unit_of_steps_changes_no_loss() -> None:
    _, points = planted(2)
    in_bytes = [replace(point, steps=point.steps * 512) for point in points]
    shares = named(np.full(len(NAMES), 1 / len(NAMES)))
    assert fit_law(points, n_draws=0).losses(shares, 2e5) == pytest.approx(
        fit_law(in_bytes, n_draws=0).losses(shares, 2e5 * 512), rel=1e-5
    )


def test_at_one_number_of_steps_it_is_a_power_of_the_share() -> None:
    truth, points = planted(3, noise=0)
    law = fit_law([point for point in points if point.steps == STEPS[4]], n_draws=0)
    assert law.coefficients[:, 0] == pytest.approx(truth[:, 0], abs=1e-5)
    assert law.coefficients[:, 1] == pytest.approx(0, abs=1e-6)
    assert law.losses(points[4].shares, STEPS[4]) == pytest.approx(law.of(points[4].losses), rel=1e-5)


def test_a_mixture_that_was_left_out_is_told_by_the_share_and_not_by_the_steps() -> None:
    _, points = planted(5)
    errors = left_out_errors(points)
    assert errors["law"] < 0.02
    assert errors["without_share"] > 5 * errors["law"]
    assert mean_error(without_share(fit_law(points, n_draws=0), points), points) > 0.05


def test_the_first_half_of_the_checkpoints_tells_the_last() -> None:
    _, points = planted(6)
    half = [point for point in points if point.steps <= STEPS[4]]
    assert mean_error(fit_law(half, n_draws=0), [p for p in points if p.steps == STEPS[-1]]) < 0.03


def test_where_the_share_says_nothing_the_interval_reaches_zero() -> None:
    rng = np.random.default_rng(0)
    _, points = planted(7)
    noise = [replace(one, losses=named(1 + 0.01 * rng.standard_normal(len(NAMES)))) for one in points]
    law: Law = fit_law(noise)
    assert (law.intervals[:, 0, 0] < 0.002).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda points: [], "of 2 mixtures or more, got 0"),
        (lambda points: points[:10], "of 2 mixtures or more, got 1: train on other shares"),
        (lambda points: points[:2] + points[10:12], "needs 3 different numbers of steps or more, got 2: add"),
        (lambda points: [points[0], points[1], points[2], points[10]], "needs 6 runs or more .*, got 4: add"),
        (lambda points: [points[0], points[10]], "needs 3 runs or more"),
        (
            lambda points: [*points, replace(points[0], losses={"a": 1.0})],
            "run 41 is of the domains a, and run 1 of a, b, c",
        ),
        (
            lambda points: [replace(points[0], shares=points[0].shares | {"b": 0.0}), *points[1:]],
            "run 1 has a share, loss or number of steps that is not above 0",
        ),
        (
            lambda points: [replace(points[0], losses=points[0].losses | {"b": float("nan")}), *points[1:]],
            "run 1 has a share, loss",
        ),
    ],
)
def test_what_says_too_little_is_refused(change, message: str) -> None:  # type: ignore[no-untyped-def]
    _, points = planted(0)
    with pytest.raises(InvalidInput, match=message):
        fit_law(change(points))
