"""How hard a record is for a model: its loss.

What belongs here: this score. What does not: the model's losses, which the caller brings.
"""

import numpy as np

from entropy_assets.curation.scoring.contract import EMPTY, Request, Scores
from entropy_assets.settings.scorers import PerplexityParams


def perplexity_scores(request: Request, params: PerplexityParams) -> Scores:
    """Return the loss of each record in bits per byte under a model that has not seen it.

    Raises
    ------
    InvalidParameter
        There are no losses, or not one a text.
    """
    losses = request.losses_for("perplexity")
    why = np.where(np.isnan(losses), EMPTY, "").astype(object)
    return Scores(losses.astype(np.float64), why)
