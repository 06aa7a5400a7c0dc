"""The entropy law on the parent's own data: L as a function of R, with a band that has been tested.

Entropy Law (arXiv 2407.06645, section 3): Z ∝ h(R, L, Q). Corollary 2: at equal R, a higher
first-epoch loss L means lower consistency. The paper prints no coefficients, so the line is fitted on
disjoint subsets of the parent's pool, and only the distance from it is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.storage import seed_from

MIN_POINTS = 12
COVERAGE = 0.95

Origin = Literal["random", "window"]
"""How a calibration subset was made: drawn at random, or cut in the order of compressibility."""


class Subset(NamedTuple):
    """A calibration subset: its origin, and the indices of its records."""

    origin: Origin
    indices: np.ndarray


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
    origins
        Origin of each subset, in the order of `points`; empty where it was not told.
    """

    intercept_bpb: float
    slope_bpb: float
    half_width_bpb: float
    coverage: float
    points: tuple[tuple[float, float], ...]
    origins: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "LawFit":
        """Return the law that a report states, whatever else stands there."""
        return cls(
            intercept_bpb=value["intercept_bpb"],
            slope_bpb=value["slope_bpb"],
            half_width_bpb=value["half_width_bpb"],
            coverage=value["coverage"],
            points=tuple((float(ratio), float(loss)) for ratio, loss in value["points"]),
            origins=tuple(value.get("origins", ())),
        )

    def place(self, ratio: float, loss_bpb: float) -> dict[str, Any]:
        """Return where (R, L) lies: `ratio`, `loss_bpb`, `residual_bpb`, and `inside` the band or not."""
        residual = self.residual(ratio, loss_bpb)
        inside = abs(residual) <= self.half_width_bpb
        return {"ratio": ratio, "loss_bpb": loss_bpb, "residual_bpb": residual, "inside": inside}

    def rows(self) -> list[dict[str, Any]]:
        """Return the place and the `origin` of each point, by rising R; `unknown` where it was not told."""
        origins = self.origins or ("unknown",) * len(self.points)
        rows = [
            {"origin": origin, **self.place(*point)}
            for origin, point in zip(origins, self.points, strict=True)
        ]
        return sorted(rows, key=lambda row: (row["ratio"], row["loss_bpb"]))

    def predict(self, ratio: float) -> float:
        """Return L̂ in bits per byte at compression ratio `ratio`."""
        return self.intercept_bpb + self.slope_bpb * float(np.log(ratio))

    def residual(self, ratio: float, loss_bpb: float) -> float:
        """Return L − L̂(R) in bits per byte; positive means less consistent than the law expects."""
        return loss_bpb - self.predict(ratio)


def fit_law(points: Sequence[tuple[float, float]], origins: Sequence[str] = ()) -> LawFit | None:
    """Return the law through (R, L) points, or None where fewer than 12 are given.

    The line is the Theil-Sen estimator, which a few odd subsets cannot turn.

    Parameters
    ----------
    points
        (ratio, loss in bits per byte) of disjoint subsets of equal bytes.
    origins
        Origin of each subset, kept with the points.
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
        origins=tuple(origins),
    )


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    from scipy.stats import theilslopes

    slope, intercept, _, _ = theilslopes(y, x)
    return float(intercept), float(slope)


def calibration_subsets(texts: Texts, n_points: int, n_bytes: int, seed: int) -> list[Subset]:
    """Return disjoint subsets of about `n_bytes` bytes each: origin, and indices into `texts`.

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
    drawn, rest = _cut(order, sizes, n_bytes, n_random)
    subsets = [Subset("random", indices) for indices in drawn]
    costs = np.array([_own_ratio(texts.texts[i]) for i in rest])
    by_ratio = rest[np.argsort(costs, kind="stable")]
    n_windows = n_points - n_random
    totals = np.cumsum(sizes[by_ratio])
    if len(rest) and totals[-1] >= n_windows * n_bytes:
        # Edges by share of all bytes: windows of a least size would overshoot and lose the last one.
        edges = np.searchsorted(totals, totals[-1] * np.arange(1, n_windows) / n_windows)
        for window in np.split(by_ratio, edges):
            subsets += [Subset("window", indices) for indices in _cut(window, sizes, n_bytes, 1)[0]]
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
