"""Selectors by scores: the highest, the lowest, the middle, or a draw by 1 / score.

A record without a score (NaN) comes behind all that have one, in the pool's order, whatever the rule: what is
not known is never picked first. An infinite score is none.

What belongs here: orders of records by numbers that are there. What does not: scoring (`curation.scoring`).
"""

import numpy as np

from entropy_assets.curation.selection.contract import Request, Selection
from entropy_assets.curation.selection.room import filled
from entropy_assets.curation.selection.sampling import sample_by_weight
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.selectors import PerplexityParams, ScoresParams

LEAST = 1e-300
"""Least weight of a draw by 1 / score, where the greatest is 1."""


def select_highest(request: Request) -> Selection:
    """Return the highest scores first, of equal ones the lower index. Gains: the scores."""
    return _picked(request, _by(-request.scores_of_all))


def select_lowest(request: Request) -> Selection:
    """Return the lowest scores first, of equal ones the lower index. Gains: the scores."""
    return _picked(request, _by(request.scores_of_all))


def select_middle(request: Request) -> Selection:
    """Return the scores nearest to a quantile first, by rank, so that both ends come last. Gains: the scores.

    The middle of perplexity is what "When Less is More" (arXiv 2309.04564) keeps; equal scores have the mean
    of their ranks.
    """
    params = request.options
    assert isinstance(params, PerplexityParams), "`select` has checked it"
    scores = request.scores_of_all
    known = np.flatnonzero(~np.isnan(scores))
    _, inverse, counts = np.unique(scores[known], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts + 1) / 2)[inverse]
    distance = np.full(len(scores), np.nan)
    distance[known] = np.abs(ranks - params.middle * (len(known) - 1))
    return _picked(request, _by(distance))


def select_inverse(request: Request) -> Selection:
    """Return a draw without replacement, with chances in proportion to 1 / score. Gains: the scores.

    So picks cover the space of the records evenly where a score is their density (arXiv 2402.09668, Theorem
    A.2).

    Raises
    ------
    InvalidParameter
        A score is not above 0.
    """
    scores = request.scores_of_all
    if (wrong := scores[scores <= 0]).size:
        raise InvalidParameter(f"scores must be above 0 to be drawn by their inverse, got {wrong[0]}")
    # The least score has the weight 1: the inverse of a very small score is no number.
    weights = np.maximum(np.fmin.reduce(scores, initial=np.inf) / scores, LEAST)
    drawn = sample_by_weight(weights, len(scores), request.seed)
    return _picked(request, np.concatenate([drawn, np.flatnonzero(np.isnan(scores))]))


def select_ordered(request: Request) -> Selection:
    """Return records in the order that is asked for: highest, lowest, or a draw by 1 / score."""
    params = request.options
    assert isinstance(params, ScoresParams), "`select` has checked it"
    by = {"highest": select_highest, "lowest": select_lowest, "inverse": select_inverse}
    return by[params.order](request)


def _by(keys: np.ndarray) -> np.ndarray:
    """Return (n,) int64 places by their key, NaN last, of equal ones the lower index."""
    return np.argsort(keys, kind="stable")


def _picked(request: Request, order: np.ndarray) -> Selection:
    return filled(request, order, request.scores_of_all, request.selector)
