"""Records of dense regions: how many others lie near each.

The paper (arXiv 2402.09668) samples in proportion to 1 / density, so that picks cover the space evenly. The
last line of its printed algorithm has the density itself; its theorem A.2 and its text have the inverse, and
so has the selector.

What belongs here: this score. What does not: the sketch, and the draw by it.
"""

import numpy as np

from entropy_assets.curation.scoring.contract import EMPTY, Request, Scores
from entropy_assets.curation.scoring.sketch import Sketch, SketchParams
from entropy_assets.settings.scorers import DensityParams


def density_scores(request: Request, params: DensityParams) -> Scores:
    """Return the density of each record: the mean count of its buckets, itself among them, at least 1.

    Records of high density have many like them, those that came before among them. A record of which the
    embedding knows no word has none.

    Raises
    ------
    InvalidParameter
        There is no embedder.
    """
    vectors = request.embedder_for("density").vectors(request.texts)
    known = np.flatnonzero((vectors != 0).any(axis=1))
    why = np.full(len(vectors), EMPTY, dtype=object)
    why[known] = ""
    values = np.full(len(vectors), np.nan)
    shape = SketchParams(params.rows, params.columns, params.joined, params.width)
    sketch = Sketch.of(vectors[known], shape, request.workers)
    if request.before:
        sketch += Sketch.from_bytes(request.before, shape)
    values[known] = sketch.densities(vectors[known], request.workers)
    return Scores(values, why, after=sketch.to_bytes())
