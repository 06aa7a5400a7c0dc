"""The scorers by name.

What belongs here: one entry a scorer; a new one is a module and a line here. What does not: how they score.
"""

import numpy as np

from entropy_assets.curation.scoring.contract import EMPTY, Request, Scorer, Scores
from entropy_assets.curation.scoring.density import density_scores
from entropy_assets.curation.scoring.information import information_scores
from entropy_assets.errors import InvalidParameter


def perplexity_scores(request: Request) -> Scores:
    """Return the loss of each record in bits per byte under a model that has not seen it.

    Raises
    ------
    InvalidParameter
        There are no losses, or not one a text.
    """
    losses = request.losses_for("perplexity")
    why = np.where(np.isnan(losses), EMPTY, "").astype(object)
    return Scores(losses.astype(np.float64), why)


SCORERS: dict[str, Scorer] = {
    one.name: one
    for one in (
        Scorer(
            "information",
            1,
            "bits per word to a model and beside the pool's words; the lowest say least, noise has none",
            information_scores,
            needs_losses=True,
        ),
        Scorer("density", 1, "how many records lie near; the highest have most like them", density_scores),
        Scorer(
            "perplexity",
            1,
            "bits per byte to a model that has not seen the record; both ends are odd",
            perplexity_scores,
            needs_losses=True,
        ),
    )
}
"""Name -> scorer."""


def score(request: Request, scorer: str) -> Scores:
    """Return the scores of records by a named scorer.

    Raises
    ------
    InvalidParameter
        The scorer is unknown, or needs losses and has none.
    """
    if scorer not in SCORERS:
        raise InvalidParameter(f"scorer {scorer!r} is unknown: choose one of {', '.join(SCORERS)}")
    return SCORERS[scorer].score(request)
