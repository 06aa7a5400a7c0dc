"""The bivariate law of BiMix: loss of a domain over its share and over training steps, and its fit.

L_i(r_i, s) = r_i^-alpha_i (B_i s^-beta_i + C_i), arXiv 2405.14908, equation of section 3. The paper has a
fifth coefficient A_i; multiplying it, and dividing B_i and C_i by the same number, changes no loss, so A = 1.
No domain's loss depends on the share of another. Steps are steps, tokens or bytes, as long as all are.

The fit is by least squares of ln L, so that errors are relative, with SciPy's trust-region reflective method,
bounds at 0 and several starts. Where all points are of one number of steps, B is 0 and C is what is left: two
coefficients. Intervals are of 95 %, from drawing the residuals anew (bootstrap), made wider by what the
coefficients take of them. They hold for independent errors: points of one run are not quite. B, beta, C are
weakly identified, since few steps tell a slow fall from a floor: what they give together, the loss, is not.

What belongs here: the law and its fit. What does not: which mixture is best (`optimum`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy.special import stdtrit

from entropy_assets.errors import InvalidInput

COEFFICIENTS = ("alpha", "B", "beta", "C")

MIN_MIXTURES = 2
MIN_STEPS = 3
"""Different numbers of steps below which a fall cannot be told from a floor; one alone is another law."""

N_DRAWS = 100
_ALPHAS = (0.05, 0.3)
_BETAS = (0.1, 0.3, 0.8)
_MOST = np.array([5.0, np.inf, 3.0, np.inf])
_TINY = 1e-12
_NORMAL = 1.96  # the quantile that Student's t stands in for where residuals are few


@dataclass(frozen=True)
class Point:
    """What one probe showed: the shares and steps that it was trained on, and its loss on each domain.

    Parameters
    ----------
    shares
        Domain -> share of the training, above 0.
    steps
        Steps, tokens or bytes that it was trained on, above 0.
    losses
        Domain -> held-out loss, above 0; every domain of the law.
    """

    shares: Mapping[str, float]
    steps: float
    losses: Mapping[str, float]


@dataclass(frozen=True)
class Law:
    """A fitted law.

    Parameters
    ----------
    domains
        Names, m of them.
    coefficients
        (m, 4) float64: alpha, B, beta, C.
    draws
        (n, m, 4) float64, the same of redrawn residuals.
    residual
        (m,) standard deviation of the relative errors that the fit leaves.
    n_points
        Points that it was fitted on.
    """

    domains: tuple[str, ...]
    coefficients: np.ndarray
    draws: np.ndarray
    residual: np.ndarray
    n_points: int

    def losses(self, shares: Mapping[str, float], steps: float) -> np.ndarray:
        """Return (m,) the predicted loss of each domain."""
        return _losses(self.coefficients, self.of(shares), steps)

    def loss_intervals(self, shares: Mapping[str, float], steps: float) -> np.ndarray:
        """Return (m, 2) the interval of 95 % of each domain's expected loss."""
        drawn = _losses(self.draws, self.of(shares), steps)
        found: np.ndarray = np.quantile(drawn, [0.025, 0.975], axis=0).T
        return found

    @property
    def intervals(self) -> np.ndarray:
        """(m, 4, 2) the interval of 95 % of each coefficient."""
        return np.moveaxis(np.quantile(self.draws, [0.025, 0.975], axis=0), 0, -1)

    def of(self, values: Mapping[str, float]) -> np.ndarray:
        """Return (m,) a value of each domain, in order."""
        return np.array([float(values[name]) for name in self.domains])


def fit_law(points: Sequence[Point], *, n_draws: int = N_DRAWS, seed: int = 0) -> Law:
    """Return the law of some points.

    Parameters
    ----------
    points
        Of two mixtures or more, at one number of steps or at three or more, of all the same domains.
    n_draws
        Draws for the intervals; 0 for none.
    seed
        Seed of the draws.

    Raises
    ------
    InvalidInput
        Points are too few, of other domains than the first, or hold numbers that are not above 0.
    """
    domains = _checked(points)
    shares = np.array([[point.shares[name] for name in domains] for point in points], np.float64)
    losses = np.array([[point.losses[name] for name in domains] for point in points], np.float64)
    steps = np.array([point.steps for point in points], np.float64)
    rng = np.random.default_rng(seed)
    made = [_fit_one(shares[:, i], steps, losses[:, i], n_draws, rng) for i in range(len(domains))]
    return Law(
        domains,
        np.array([one[0] for one in made]),
        np.stack([one[1] for one in made], axis=1),
        np.array([one[2] for one in made]),
        len(points),
    )


def without_share(law: Law, points: Sequence[Point]) -> Law:
    """Return the law of the same points that knows steps alone, alpha 0: what it misses the share is worth.

    Parameters
    ----------
    law
        Any law of the same domains.
    points
        What it is fitted on.
    """
    level = [replace(point, shares=dict.fromkeys(law.domains, 1.0)) for point in points]
    steps = np.array([point.steps for point in level])
    losses = np.array([[point.losses[name] for name in law.domains] for point in level])
    rng = np.random.default_rng(0)
    made = [_fit_one(np.ones(len(level)), steps, losses[:, i], 0, rng)[0] for i in range(len(law.domains))]
    return replace(law, coefficients=np.array(made), draws=law.draws[:0])


def left_out_errors(points: Sequence[Point]) -> dict[str, float]:
    """Return the mean relative error on mixtures that the law was not fitted on, each left out in turn.

    Returns
    -------
    dict[str, float]
        `law`, and `without_share`: that of the law which knows steps alone.

    Raises
    ------
    InvalidInput
        Without one of the mixtures points are too few.
    """
    keys = [_key(point) for point in points]
    errors: dict[str, list[float]] = {"law": [], "without_share": []}
    for key in sorted(set(keys)):
        kept = [point for point, one in zip(points, keys, strict=True) if one != key]
        law = fit_law(kept, n_draws=0)
        flat = without_share(law, kept)
        for point in (point for point, one in zip(points, keys, strict=True) if one == key):
            for name, found in (("law", law), ("without_share", flat)):
                errors[name].append(mean_error(found, [point]))
    return {name: float(np.mean(values)) for name, values in errors.items()}


def mean_error(law: Law, points: Sequence[Point]) -> float:
    """Return the mean over points and domains of |predicted - found| / found."""
    found = [
        np.abs(law.losses(point.shares, point.steps) / law.of(point.losses) - 1).mean() for point in points
    ]
    return float(np.mean(found))


def _losses(coefficients: np.ndarray, shares: np.ndarray, steps: float) -> np.ndarray:
    alpha, b, beta, c = np.moveaxis(coefficients, -1, 0)
    found: np.ndarray = shares**-alpha * (b * steps**-beta + c)
    return found


def _fit_one(
    shares: np.ndarray, steps: np.ndarray, losses: np.ndarray, n_draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the coefficients of one domain, those of redrawn residuals, and the spread of the residuals."""
    from scipy.optimize import least_squares

    # In units of the median step and loss all coefficients are near 1.
    unit, level = float(np.median(steps)), float(np.exp(np.log(losses).mean()))
    x, t, y = np.log(shares), np.log(steps / unit), np.log(losses / level)
    is_level = len(np.unique(steps)) == 1
    is_flat = len(np.unique(x)) == 1
    least, most = np.zeros(4), _MOST.copy()
    least[3] = _TINY  # so that a loss without a fall has a logarithm
    if is_flat:
        most[0] = _TINY
    if is_level:
        most[1:3] = _TINY

    def errors(theta: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        alpha, b, beta, c = theta
        return np.asarray(np.log(b * np.exp(-beta * t) + c) - alpha * x - wanted)

    def slopes(theta: np.ndarray, _: np.ndarray) -> np.ndarray:
        _, b, beta, c = theta
        fall = np.exp(-beta * t)
        whole = b * fall + c
        return np.stack([-x, fall / whole, -b * t * fall / whole, 1 / whole], axis=1)

    def fitted(wanted: np.ndarray, start: np.ndarray, tolerance: float) -> tuple[float, np.ndarray]:
        start = np.clip(start, least + _TINY / 4, most - _TINY / 4)
        made = least_squares(
            errors,
            start,
            slopes,
            bounds=(least, most),
            args=(wanted,),
            xtol=tolerance,
            ftol=tolerance,
            gtol=tolerance,
            max_nfev=200,
        )
        return float(made.cost), made.x

    starts = product(_ALPHAS, _BETAS)
    tried = [fitted(y, np.array([alpha, 0.5, beta, 0.5]), 1e-9) for alpha, beta in starts]
    _, best = min(tried, key=lambda one: one[0])
    left = -errors(best, y)
    n_free = max(len(y) - (4 - 2 * is_level - is_flat), 1)
    spread = float(np.sqrt((left**2).sum() / n_free))
    wide = (left - left.mean()) * math.sqrt(len(y) / n_free) * float(stdtrit(n_free, 0.975)) / _NORMAL
    expected = y - left
    draws = [
        _in_units(fitted(expected + rng.choice(wide, len(y)), best, 1e-6)[1], unit, level)
        for _ in range(n_draws)
    ]
    return _in_units(best, unit, level), np.array(draws).reshape(-1, 4), spread


def _in_units(theta: np.ndarray, unit: float, level: float) -> np.ndarray:
    alpha, b, beta, c = theta
    return np.array([alpha, b * level * unit**beta, beta, c * level])


def _key(point: Point) -> tuple[float, ...]:
    return tuple(round(point.shares[name], 9) for name in sorted(point.shares))


def _checked(points: Sequence[Point]) -> tuple[str, ...]:
    """Return the domains of points, after all that can be wrong with them has been looked for."""
    domains = tuple(sorted(points[0].losses)) if points else ()
    for number, point in enumerate(points, start=1):
        if tuple(sorted(point.losses)) != domains or not set(domains) <= set(point.shares):
            raise InvalidInput(
                f"run {number} is of the domains {', '.join(sorted(point.losses))}, and run 1 of "
                f"{', '.join(domains)}: a law needs a share and a loss of the same ones in each"
            )
        values = [point.steps, *point.losses.values(), *(point.shares[name] for name in domains)]
        if not all(math.isfinite(value) and value > 0 for value in values):
            raise InvalidInput(
                f"run {number} has a share, loss or number of steps that is not above 0: a law of powers "
                "knows no such run; leave it out"
            )
    n_mixtures, n_steps = len({_key(point) for point in points}), len({point.steps for point in points})
    if n_mixtures < MIN_MIXTURES:
        raise InvalidInput(
            f"a law needs runs of {MIN_MIXTURES} mixtures or more, got {n_mixtures}: train on other "
            "shares too"
        )
    if 1 < n_steps < MIN_STEPS:
        raise InvalidInput(
            f"a law over steps needs {MIN_STEPS} different numbers of steps or more, got {n_steps}: add "
            "runs, or keep those of one number"
        )
    least = 3 if n_steps == 1 else 6
    if len(points) < least:
        raise InvalidInput(
            f"a law needs {least} runs or more for its coefficients, got {len(points)}: add runs"
        )
    return domains
