"""The entropy law on the parent's own data: L as a function of R, with a band that has been tested.

Entropy Law (arXiv 2407.06645, section 3): Z ∝ h(R, L, Q). Corollary 2: at equal R, a higher
first-epoch loss L means lower consistency. The paper prints no coefficients, so the line is fitted on
disjoint subsets of the parent's pool, and only the distance from it is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.storage import seed_from

MIN_POINTS = 12
COVERAGE = 0.95


@dataclass(frozen=True)
class LawFit:
    """A line L̂(R) = intercept + slope · ln R with a band of constant half-width.

    Parameters
    ----------
    intercept_bpb
        L̂ at R = 1, bits per byte.
    slope_bpb
        Change of L̂ per unit of ln R, bits per byte.
    half_width_bpb
        Half-width of the band: the 95 % quantile of the absolute leave-one-out residuals.
    coverage
        Fraction of points that lie inside the band made without them, 0 to 1.
    points
        (R, L) of the subsets that the line was fitted on.
    """

    intercept_bpb: float
    slope_bpb: float
    half_width_bpb: float
    coverage: float
    points: tuple[tuple[float, float], ...]

    def predict(self, ratio: float) -> float:
        """Return L̂ in bits per byte at compression ratio `ratio`."""
        return self.intercept_bpb + self.slope_bpb * float(np.log(ratio))

    def residual(self, ratio: float, loss_bpb: float) -> float:
        """Return L − L̂(R) in bits per byte; positive means less consistent than the law expects."""
        return loss_bpb - self.predict(ratio)


def fit_law(points: Sequence[tuple[float, float]]) -> LawFit | None:
    """Return the law through (R, L) points, or None where fewer than 12 are given.

    The line is the Theil-Sen estimator, which a few odd subsets cannot turn.

    Parameters
    ----------
    points
        (ratio, loss in bits per byte) of disjoint subsets of equal bytes.
    """
    if len(points) < MIN_POINTS:
        return None
    log_r = np.log(np.array([ratio for ratio, _ in points]))
    loss = np.array([value for _, value in points])
    intercept, slope = _line(log_r, loss)
    left_out = np.empty(len(points))
    for i in range(len(points)):
        rest = np.arange(len(points)) != i
        own_intercept, own_slope = _line(log_r[rest], loss[rest])
        left_out[i] = abs(loss[i] - own_intercept - own_slope * log_r[i])
    covered = [
        left_out[i] <= np.quantile(np.delete(left_out, i), COVERAGE, method="higher")
        for i in range(len(points))
    ]
    return LawFit(
        intercept_bpb=intercept,
        slope_bpb=slope,
        half_width_bpb=float(np.quantile(left_out, COVERAGE, method="higher")),
        coverage=float(np.mean(covered)),
        points=tuple((float(r), float(v)) for r, v in points),
    )


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    from scipy.stats import theilslopes

    slope, intercept, _, _ = theilslopes(y, x)
    return float(intercept), float(slope)


def calibration_subsets(texts: Texts, n_points: int, n_bytes: int, seed: int) -> list[np.ndarray]:
    """Return disjoint subsets of about `n_bytes` bytes each: indices into `texts`.

    Every second subset is a random draw; the others are cut from what is left in the order of the
    records' own compressibility, so that the points spread along R. Fewer come back where the records
    do not suffice.

    Parameters
    ----------
    texts
        Training records of the parent's pool.
    n_points
        Subsets that are wanted.
    n_bytes
        Size of each in bytes.
    seed
        Seed of the draw.
    """
    sizes = texts.sizes
    order = np.random.default_rng(seed_from(seed, "calibration")).permutation(len(texts))
    n_random = n_points // 2
    subsets, rest = _cut(order, sizes, n_bytes, n_random)
    costs = np.array([_own_ratio(texts.texts[i]) for i in rest])
    by_ratio = rest[np.argsort(costs, kind="stable")]
    n_windows = n_points - n_random
    totals = np.cumsum(sizes[by_ratio])
    if len(rest) and totals[-1] >= n_windows * n_bytes:
        # Edges by share of all bytes: windows of a least size would overshoot and lose the last one.
        edges = np.searchsorted(totals, totals[-1] * np.arange(1, n_windows) / n_windows)
        for window in np.split(by_ratio, edges):
            subsets += _cut(window, sizes, n_bytes, 1)[0]
    return subsets


def _own_ratio(text: bytes) -> float:
    import zlib

    return len(text) / len(zlib.compress(text, 6))


def _cut(
    order: np.ndarray, sizes: np.ndarray, n_bytes: int, n_parts: int
) -> tuple[list[np.ndarray], np.ndarray]:
    """Cut consecutive parts of at least `n_bytes` bytes from `order`; return them and the rest."""
    parts: list[np.ndarray] = []
    start = 0
    totals = np.cumsum(sizes[order])
    while len(parts) < n_parts:
        before = int(totals[start - 1]) if start else 0
        end = int(np.searchsorted(totals, before + n_bytes)) + 1
        if end > len(order):
            break
        parts.append(order[start:end])
        start = end
    return parts, order[start:]
