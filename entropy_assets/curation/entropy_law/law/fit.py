"""The entropy law on the parent's own data: L as a function of R, with a band that has been tested.

Entropy Law (arXiv 2407.06645, section 3): Z ∝ h(R, L, Q). Corollary 2: at equal R, a higher
first-epoch loss L means lower consistency. The paper prints no coefficients, so the line is fitted on
disjoint subsets of the parent's pool, and only the distance from it is judged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

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
    intercept, slope = _theil_sen(log_r, loss)
    left_out = np.empty(len(points))
    for i in range(len(points)):
        rest = np.arange(len(points)) != i
        own_intercept, own_slope = _theil_sen(log_r[rest], loss[rest])
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


def _theil_sen(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    from scipy.stats import theilslopes

    slope, intercept, _, _ = theilslopes(y, x)
    return float(intercept), float(slope)
