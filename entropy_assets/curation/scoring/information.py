"""How much a record tells: to a model, and beside the words of the pool.

Kim and Baek (arXiv 2406.14124) prune the least informative records first: those whose cross-entropy is least,
as H(W, q) + H(W, f). q is a trained language model and f the frequency of words. In which unit the two are
added is not said where the paper could be read; here both are bits per word.

What belongs here: this score. What does not: the model's losses, which the caller brings.
"""

import numpy as np

from entropy_assets.curation.scoring.contract import EMPTY, NOISE, Request, Scores
from entropy_assets.curation.scoring.words import WordCounts
from entropy_assets.noise import MIN_RUN, is_noise
from entropy_assets.settings.scorers import Nothing
from entropy_assets.texts import sizes_of


def information_scores(request: Request, params: Nothing) -> Scores:
    """Return the information of each record in bits per word; the least informative have the lowest.

    The parts are `model_bits` (H(W, q), the loss of a model over the words of the record) and `word_bits`
    (H(W, f), mean surprise of its words among those of all texts, and of those that came before). Noise has
    no score, since it would have the highest; nor has a text of more than `MIN_RUN` characters for each word,
    one giant word or a wall of signs, whose bits for each word tell how long it is.

    Raises
    ------
    InvalidParameter
        There are no losses, or not one a text.
    """
    losses = request.losses_for("information")
    counts = WordCounts.from_bytes(request.before) + WordCounts.of(request.texts)
    word_bits, n_words = counts.surprise(request.texts)
    model_bits = losses * sizes_of(request.texts) / np.maximum(n_words, 1)
    values = model_bits + word_bits
    why = np.full(len(losses), "", dtype=object)
    why[n_words == 0] = EMPTY
    shown = (text.decode(errors="replace") for text in request.texts)
    noisy = [
        0 < n * MIN_RUN < len(text) or is_noise(text) for n, text in zip(n_words.tolist(), shown, strict=True)
    ]
    why[np.array(noisy, dtype=bool)] = NOISE
    values[why != ""] = np.nan
    return Scores(values, why, {"model_bits": model_bits, "word_bits": word_bits}, counts.to_bytes())
