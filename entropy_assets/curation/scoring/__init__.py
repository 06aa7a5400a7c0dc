"""Scores: one number a record, from which a selection can be made.

Files in reading order: `contract` (what a scorer takes and gives), `words` (how usual words are),
`information` (what a record tells a model and a vocabulary), `embedding` (texts as vectors), `sketch` (how
many vectors lie near one), `density` (records of dense regions), `sampling` (picks by weight), `registry`
(the scorers by name). A score says nothing of the gate: it is a number beside a record, keyed by its id.
"""

from entropy_assets.curation.scoring.contract import Request, Scorer, Scores
from entropy_assets.curation.scoring.density import DensityParams, density_scores
from entropy_assets.curation.scoring.embedding import embed
from entropy_assets.curation.scoring.information import information_scores
from entropy_assets.curation.scoring.registry import SCORERS, score
from entropy_assets.curation.scoring.sampling import sample_by_weight
from entropy_assets.curation.scoring.sketch import Sketch

__all__ = [
    "SCORERS",
    "DensityParams",
    "Request",
    "Scorer",
    "Scores",
    "Sketch",
    "density_scores",
    "embed",
    "information_scores",
    "sample_by_weight",
    "score",
]
