"""How near a record lies to a target set, as in target-matched selection (BETR, arXiv 2507.12466).

The paper embeds documents and benchmark examples, ranks documents by their similarity to the examples, and
spreads that ranking over the whole pool with a classifier. Here every record is compared itself, which needs
no classifier and one product with the targets.

What belongs here: this score. What does not: vectors, and which texts are the targets.
"""

import numpy as np

from entropy_assets.curation.scoring.contract import EMPTY, Request, Scores
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.scorers import TargetParams

BLOCK = 4_096
"""Records that are compared at once."""


def target_scores(request: Request, params: TargetParams) -> Scores:
    """Return the highest cosine of each record to a text of the target set, -1 to 1.

    A record of which the embedding knows no word has none.

    Raises
    ------
    InvalidParameter
        There are no targets, or none of which the embedding knows a word, or no embedder.
    """
    embedder = request.embedder_for("target")
    targets = embedder.vectors(request.targets) if len(request.targets) else np.zeros((0, 1), np.float32)
    targets = targets[(targets != 0).any(axis=1)]
    if not len(targets):
        raise InvalidParameter(
            f"target needs texts that share words with the records, got {len(request.targets)} that do not"
        )
    vectors = embedder.vectors(request.texts)
    known = (vectors != 0).any(axis=1)
    values = np.full(len(vectors), np.nan)
    for start in range(0, len(vectors), BLOCK):
        rows = slice(start, start + BLOCK)
        values[rows] = (vectors[rows] @ targets.T).max(axis=1)
    values[~known] = np.nan
    return Scores(values, np.where(known, "", EMPTY).astype(object))
