"""Records of dense regions: how many others lie near each.

The paper (arXiv 2402.09668) samples in proportion to 1 / density, so that picks cover the space evenly. The
last line of its printed algorithm has the density itself; its theorem A.2 and its text have the inverse, and
so has this.

What belongs here: this score, and the weights of a draw by it. What does not: the sketch.
"""

from dataclasses import dataclass, field

import numpy as np

from entropy_assets.curation.scoring.contract import EMPTY, Request, Scores
from entropy_assets.curation.scoring.embedding import embed
from entropy_assets.curation.scoring.sketch import Sketch, SketchParams


@dataclass(frozen=True)
class DensityParams:
    """How density is measured.

    Parameters
    ----------
    n_dimensions
        Axes of the embedding.
    sketch
        Shape of the sketch.
    """

    n_dimensions: int = 128
    sketch: SketchParams = field(default_factory=SketchParams)


def density_scores(request: Request, params: DensityParams | None = None) -> Scores:
    """Return the density of each record: the mean count of its buckets, itself among them, at least 1.

    Records of high density have many like them. A record of which the embedding knows no word has none.
    """
    params = params or DensityParams()
    vectors = embed(request.texts, params.n_dimensions, request.seed)
    known = np.flatnonzero((vectors != 0).any(axis=1))
    why = np.full(len(vectors), EMPTY, dtype=object)
    why[known] = ""
    values = np.full(len(vectors), np.nan)
    sketch = Sketch.of(vectors[known], params.sketch, request.workers)
    values[known] = sketch.densities(vectors[known], request.workers)
    return Scores(values, why)


def inverse_weights(densities: np.ndarray) -> np.ndarray:
    """Return (n,) float64 the weights 1 / density of a draw, 0 where there is no density."""
    found: np.ndarray = np.nan_to_num(1.0 / densities, nan=0.0, posinf=0.0)
    return found
