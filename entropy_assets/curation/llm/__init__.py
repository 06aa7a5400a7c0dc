"""A pretrained language model reads questions and answers: how well an answer fits its question.

Files in reading order: `prompt` (question and answer become tokens), `batches` (which are read at once),
`scoring` (the loss of the answer, and yes or no), `yes_no` (yes or no about one text). This page is the face;
importing it imports neither torch nor transformers. How a path becomes a model stands in
`entropy_assets.language_models`.
"""

from entropy_assets.curation.llm.prompt import Prompt
from entropy_assets.curation.llm.scoring import PairScore, score_pairs
from entropy_assets.curation.llm.yes_no import TextQuestion, YesNo, read_yes_no, word_of
from entropy_assets.language_models import LanguageModel, load_model, model_digest, numbers_on

__all__ = [
    "LanguageModel",
    "PairScore",
    "Prompt",
    "TextQuestion",
    "YesNo",
    "load_model",
    "model_digest",
    "numbers_on",
    "read_yes_no",
    "score_pairs",
    "word_of",
]
