"""Whether a language model says that a record is good training data (Ask-LLM, arXiv 2402.09668).

The paper scores by P(yes) and keeps the highest. Here it is P(yes) of yes and no: how ready a model is to
answer in one word at all is no quality of a text. It ranks records; its height means nothing, since a model
may say yes to nearly all of them.

What belongs here: this score. What does not: asking (`curation.ask_llm`), which the caller does.
"""

import numpy as np
from scipy.special import expit

from entropy_assets.curation.scoring.contract import Request, Scores
from entropy_assets.settings.ask_llm import AskSettings


def ask_llm_scores(request: Request, params: AskSettings) -> Scores:
    """Return P(yes) of yes and no of each record, 0 to 1; the best have the highest.

    The parts are `yes_logit`, ln P(yes) - ln P(no), and `p_yes` and `p_no` as they are.

    Raises
    ------
    InvalidParameter
        There are no answers, or not one a text.
    """
    answers = request.answers_for("ask_llm")
    logits = answers.yes - answers.no
    parts = {"yes_logit": logits, "p_yes": np.exp(answers.yes), "p_no": np.exp(answers.no)}
    return Scores(expit(logits), answers.why, parts)
