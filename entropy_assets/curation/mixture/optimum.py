"""The best mixture by a law: of the lowest sum of losses at a number of steps.

With a_i = B_i / s^beta_i + C_i the sum of a_i r_i^-alpha_i under sum r = 1 is lowest where alpha_i a_i
r_i^-(alpha_i + 1) is one number lambda for all domains. So r_i = (alpha_i a_i / lambda)^p_i with p_i = 1 /
(alpha_i + 1), and lambda follows from the sum (arXiv 2405.14908, section on optimisation).

What belongs here: the optimum, free and under limits. What does not: the law.
"""

from collections.abc import Mapping

import numpy as np

from entropy_assets.curation.mixture.law import Law
from entropy_assets.curation.mixture.proportions import Limits, Mixture, lowest
from entropy_assets.errors import InvalidParameter


def free_optimum(law: Law, steps: float, weights: Mapping[str, float] | None = None) -> dict[str, float]:
    """Return the shares of the lowest sum of losses, under no limit but that they add up to 1.

    Parameters
    ----------
    law
        The law.
    steps
        Where its losses are taken, in its unit.
    weights
        Domain -> weight of its loss, 0 or more; None for equal ones.

    Raises
    ------
    InvalidParameter
        By the law no loss depends on a share.
    """
    from scipy.optimize import brentq

    alpha, scale = _terms(law, steps, weights)
    slope = alpha * scale
    if not (slope > 0).any():
        raise InvalidParameter(
            "by this law no loss depends on a share, so each mixture is as good: fit another"
        )
    used = slope > 0
    powers, logs = 1 / (alpha[used] + 1), np.log(slope[used])

    def over(log_lambda: float) -> float:
        return float(np.exp((logs - log_lambda) * powers).sum()) - 1.0

    # At the highest slope one share is 1; above the other end none is larger than 1 / m.
    low, high = float(logs.max()), float((logs + np.log(used.sum()) / powers).max())
    root = float(brentq(over, low - 1e-9, high + 1e-9, xtol=1e-14))
    shares = np.zeros(len(alpha))
    shares[used] = np.exp((logs - root) * powers)
    return dict(zip(law.domains, (shares / shares.sum()).tolist(), strict=True))


def optimum(law: Law, steps: float, limits: Limits, weights: Mapping[str, float] | None = None) -> Mixture:
    """Return the mixture of the lowest sum of losses under limits.

    Parameters
    ----------
    law, steps, weights
        As in `free_optimum`.
    limits
        What the mixture must keep to; its domains are those of the law.

    Raises
    ------
    InvalidParameter
        The limits cannot be met, or are of other domains.
    """
    if limits.domains != law.domains:
        raise InvalidParameter(
            f"the law is of the domains {', '.join(law.domains)}, and the mixture of "
            f"{', '.join(limits.domains)}: fit it on runs of these"
        )
    alpha, scale = _terms(law, steps, weights)
    return lowest(lambda r: -alpha * scale * r ** (-alpha - 1), limits)


def _terms(law: Law, steps: float, weights: Mapping[str, float] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the exponent of each domain, and its loss at a share of 1 times its weight."""
    scale = law.losses(dict.fromkeys(law.domains, 1.0), steps)
    return law.coefficients[:, 0], scale if weights is None else scale * law.of(weights)
