"""The track record of the law: whether R, L and the residual of promoted versions go with their scores.

Entropy Law (arXiv 2407.06645, section 3): performance Z falls as R rises, and at equal R it falls as L
rises. Rank correlations ask for no more than that order, and say how many versions they rest on.

What belongs here: figures of versions beside their scores. What does not: judging a candidate.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from entropy_assets.storage import seed_from

MIN_VERSIONS = 4
"""Versions below which no rank correlation can be told from chance: of three, each order is 1 in 6."""
MAX_EXACT = 7
"""Versions up to which all orders are counted for the p-value: 5,040 of seven."""
N_ORDERS = 9_999
"""Orders that are drawn where there are too many to count."""
HELDOUT = "heldout_bpb"
"""The one score that every version has: held-out bits per byte on its parent's validation split."""
FIGURES = ("ratio", "loss_bpb", "residual_bpb")


@dataclass(frozen=True)
class VersionPlace:
    """A promoted version in the terms of the law.

    Parameters
    ----------
    version
        Its name.
    candidate
        Key of the candidate that was promoted as this version.
    ratio
        R (zstd_long) of its training records: raw / compressed bytes.
    loss_bpb
        L in bits per byte, None where it is not known.
    residual_bpb
        L − L̂(R) in bits per byte under the law of its parent's pool, None without one.
    heldout_bpb
        Held-out bits per byte on the parent's validation split, None where it is not known.
    from_scratch
        Whether its probes had no parent's checkpoint to start from, as with a first version; its L and
        held-out loss are then of another kind than those of later versions.
    scores
        Name of a benchmark -> score.
    """

    version: str
    candidate: str
    ratio: float | None
    loss_bpb: float | None
    residual_bpb: float | None
    heldout_bpb: float | None
    from_scratch: bool
    scores: Mapping[str, float] = field(default_factory=dict)

    def figure(self, name: str) -> float | None:
        """Return R, L or the residual where it may be compared with other versions', else None."""
        value: float | None = getattr(self, name)
        return None if self.from_scratch and name != "ratio" else value

    def score(self, name: str) -> float | None:
        """Return a score where the version has one that may be compared with other versions', else None."""
        return self.figure(name) if name == HELDOUT else self.scores.get(name)


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation of a score Z with R, L or the residual over versions.

    Parameters
    ----------
    score
        Name of the benchmark, or `heldout_bpb`.
    figure
        `ratio`, `loss_bpb` or `residual_bpb`.
    n
        Versions that have both.
    rho
        −1 to 1, Z counted so that higher is better: the law expects a negative one. None where no
        statement can be made.
    p_value
        Share of all orders of the versions whose |rho| is at least as large, 0 to 1.
    why
        Why no statement can be made; else empty.
    """

    score: str
    figure: str
    n: int
    rho: float | None = None
    p_value: float | None = None
    why: str = ""


def rank_correlations(
    places: Sequence[VersionPlace], higher_is_worse: Mapping[str, bool]
) -> list[RankCorrelation]:
    """Return the rank correlation of every score with R, L and the residual.

    Parameters
    ----------
    places
        The promoted versions.
    higher_is_worse
        Name of a benchmark -> whether a higher value is a worse one.

    Returns
    -------
    list[RankCorrelation]
        Held-out loss first, then the benchmarks in the order of `higher_is_worse`.
    """
    turned = {HELDOUT: True, **higher_is_worse}
    return [
        _correlation(places, score, figure, -1.0 if worse else 1.0)
        for score, worse in turned.items()
        for figure in FIGURES
    ]


def _correlation(places: Sequence[VersionPlace], score: str, figure: str, sign: float) -> RankCorrelation:
    pairs = [(one.score(score), one.figure(figure)) for one in places]
    both = [(sign * z, x) for z, x in pairs if z is not None and x is not None]
    n = len(both)
    if n < MIN_VERSIONS:
        return RankCorrelation(score, figure, n, why=f"{n} version(s) have both, {MIN_VERSIONS} are needed")
    z, x = (np.array(values) for values in zip(*both, strict=True))
    if np.ptp(z) == 0 or np.ptp(x) == 0:
        return RankCorrelation(score, figure, n, why="all values are equal")
    from scipy.stats import spearmanr

    rho = float(spearmanr(z, x).statistic)
    return RankCorrelation(score, figure, n, rho, _p_value(z, x, rho))


def _p_value(z: np.ndarray, x: np.ndarray, rho: float) -> float:
    """Return the share of orders whose |rho| is at least the observed one; of drawn ones above seven."""
    from scipy.stats import rankdata

    ranks_z, ranks_x = (rankdata(values) - (len(values) + 1) / 2 for values in (z, x))
    n = len(z)
    if n <= MAX_EXACT:
        orders = np.array(list(itertools.permutations(range(n))))
    else:
        rng = np.random.default_rng(seed_from("orders", n))
        drawn = rng.permuted(np.tile(np.arange(n), (N_ORDERS, 1)), axis=1)
        orders = np.vstack([np.arange(n), drawn])
    norm = np.sqrt((ranks_z**2).sum() * (ranks_x**2).sum())
    others = ranks_z[orders] @ ranks_x / norm
    return float(np.mean(np.abs(others) >= abs(rho) - 1e-9))
