"""Scores: one number a record, from which a selection can be made.

Files in reading order: `contract` (what a scorer takes and gives), `registry` (the door of all scorers),
`words` (how usual words are), `information` (what a record tells a model and a vocabulary), `perplexity` (its
loss), `embedding` and `sentences` (texts as vectors), `sketch` (how many vectors lie near one), `density`
(records of dense regions), `target` (records near a target set), `ask_llm` (what a language model says). The
scorers by name, with their parameters, are `entropy_assets.settings.SCORERS`. A score says nothing of the
gate: it is a number beside a record, keyed by its id.
"""

from entropy_assets.curation.scoring.contract import Answers, Embedder, Request, Scores
from entropy_assets.curation.scoring.embedding import Axes
from entropy_assets.curation.scoring.registry import score
from entropy_assets.curation.scoring.sentences import SentenceModel, sentence_digest
from entropy_assets.curation.scoring.sketch import Sketch
from entropy_assets.settings import SCORERS

__all__ = [
    "SCORERS",
    "Answers",
    "Axes",
    "Embedder",
    "Request",
    "Scores",
    "SentenceModel",
    "Sketch",
    "score",
    "sentence_digest",
]
