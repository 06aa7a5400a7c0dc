"""How much a question helps its answer: instruction-following difficulty.

IFD(Q, A) = s(A | Q) / s(A), the mean loss of the answer behind its question over that of the answer alone (Li
et al., arXiv 2308.12032). They keep high values below 1, where a model still has something to learn, and drop
those above 1, where the question misleads.

What belongs here: this score. What does not: the model's losses, which the caller brings.
"""

import numpy as np

from entropy_assets.curation.scoring.contract import NO_ANSWER, Request, Scores
from entropy_assets.settings.scorers import IfdParams


def ifd_scores(request: Request, params: IfdParams) -> Scores:
    """Return the IFD of each last answer; its parts are `after_question` and `alone`, bits per byte.

    Raises
    ------
    InvalidParameter
        There are no losses of answers, or not a pair a text.
    """
    after, alone = request.answer_losses_for("ifd").T
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(alone > 0, after / alone, np.nan)
    why = np.where(np.isnan(values), NO_ANSWER, "").astype(object)
    return Scores(values, why, {"after_question": after, "alone": alone})
