"""The best mixture by a law: the one-dimensional solution beside SLSQP, and under limits."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from entropy_assets.curation.mixture import Law, Limits, fit_law, free_optimum, optimum
from entropy_assets.errors import InvalidParameter
from tests.curation.mixture.test_law import NAMES, planted

LAW = fit_law(planted(0, noise=0)[1], n_draws=0)
HELD = dict(zip(NAMES, (900.0, 500.0, 300.0, 100.0, 100.0, 60.0, 40.0), strict=True))


def total(law: Law, shares: np.ndarray, steps: float) -> float:
    return float(law.losses(dict(zip(NAMES, shares, strict=True)), steps).sum())


def by_slsqp(
    law: Law, steps: float, low: float | np.ndarray = 1e-6, high: float | np.ndarray = 1.0
) -> np.ndarray:
    m = len(NAMES)
    bounds = list(zip(np.broadcast_to(low, m), np.broadcast_to(high, m), strict=True))
    made = minimize(
        lambda r: total(law, r, steps),
        np.full(m, 1 / m),
        jac=lambda r: -law.coefficients[:, 0] * law.losses(dict(zip(NAMES, r, strict=True)), steps) / r,
        method="SLSQP",
        bounds=bounds,
        constraints=[{"type": "eq", "fun": lambda r: r.sum() - 1, "jac": np.ones_like}],
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    assert made.success
    return np.asarray(made.x)


@pytest.mark.parametrize("steps", [2e3, 1e5, 1e7])
def test_it_is_what_slsqp_finds(steps: float) -> None:
    shares = np.array([free_optimum(LAW, steps)[name] for name in NAMES])
    other = by_slsqp(LAW, steps)
    assert shares == pytest.approx(other, abs=2e-4)
    assert total(LAW, shares, steps) <= total(LAW, other, steps) + 1e-9
    assert shares.sum() == pytest.approx(1)


def test_limits_that_bind_nothing_leave_the_free_optimum() -> None:
    made = optimum(LAW, 1e5, Limits(HELD, max_epochs=1000))
    assert made.weights == pytest.approx(free_optimum(LAW, 1e5), abs=1e-9)
    assert made.wanted is None


def test_under_caps_and_floors_it_is_what_slsqp_finds() -> None:
    free = free_optimum(LAW, 1e5)
    least = min(free, key=lambda name: free[name])
    made = optimum(LAW, 1e5, Limits(HELD, max_epochs=3, floors={least: 0.1}))
    held = np.array([HELD[name] for name in NAMES])
    low = np.array([0.1 if name == least else 1e-6 for name in NAMES])
    other = by_slsqp(LAW, 1e5, low, np.minimum(3 * held / held.sum(), 1))
    assert made.shares == pytest.approx(other, abs=2e-4)
    assert ("epochs",) in made.binds
    assert made.binds[NAMES.index(least)] == ("floor",)


def test_weights_move_the_optimum() -> None:
    heavy = free_optimum(LAW, 1e5, dict.fromkeys(NAMES, 1.0) | {"c": 5.0})
    assert heavy["c"] > 2 * free_optimum(LAW, 1e5)["c"]


def test_a_domain_whose_loss_knows_no_share_gets_none_or_its_floor() -> None:
    flat = LAW.coefficients.copy()
    flat[2, 0] = 0
    law = replace(LAW, coefficients=flat)
    assert free_optimum(law, 1e5)["c"] == 0
    assert optimum(law, 1e5, Limits(HELD, floors={"c": 0.05})).weights["c"] == pytest.approx(0.05)
    with pytest.raises(InvalidParameter, match="no loss depends on a share, so each mixture is as good"):
        free_optimum(replace(LAW, coefficients=LAW.coefficients * [0, 1, 1, 1]), 1e5)


def test_other_domains_are_refused() -> None:
    with pytest.raises(
        InvalidParameter, match=r"law is of the domains a, b, .* and the mixture of x, y: fit it"
    ):
        optimum(LAW, 1e5, Limits({"x": 1, "y": 1}))
