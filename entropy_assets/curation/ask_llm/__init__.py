"""Ask-LLM: a language model says of each record whether it is good training data (arXiv 2402.09668).

The score is P(yes) to a question about the record, of yes and no, summed over spellings. Records are ranked
by it, and its height means nothing. Files in reading order: `wording` (what is asked), `replies` (what is
said), `meter` (estimate, caps, usage), `wire`, `http` and `local` (the two ways to reach a model), `kept`
(answers in a file), `asking` (the whole), `calibration` (whether a model can do it). This page is the face;
importing it imports neither torch nor an HTTP client.
"""

from entropy_assets.curation.ask_llm.asking import EMPTY, NOT_ASKED, Model, Records, ask_records
from entropy_assets.curation.ask_llm.calibration import Auc, Labelled, read_labelled, twins_of
from entropy_assets.curation.ask_llm.http import HttpModel
from entropy_assets.curation.ask_llm.kept import KeptAnswers
from entropy_assets.curation.ask_llm.local import LocalModel
from entropy_assets.curation.ask_llm.meter import Estimate, Meter, Usage
from entropy_assets.curation.ask_llm.replies import Failure, Reply
from entropy_assets.curation.ask_llm.wording import WORDINGS, Wording

__all__ = [
    "EMPTY",
    "NOT_ASKED",
    "WORDINGS",
    "Auc",
    "Estimate",
    "Failure",
    "HttpModel",
    "KeptAnswers",
    "Labelled",
    "LocalModel",
    "Meter",
    "Model",
    "Records",
    "Reply",
    "Usage",
    "Wording",
    "ask_records",
    "read_labelled",
    "twins_of",
]
