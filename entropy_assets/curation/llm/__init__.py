"""A pretrained language model reads questions and answers: how well an answer fits its question.

Files in reading order: `loading` (a folder or a GGUF file becomes a model), `prompt` (question and answer
become tokens), `scoring` (the loss of the answer, and yes or no), `yes_no` (yes or no about
one text). This page is the face; importing it
imports neither torch nor transformers, which the extra `llm` brings. Nothing is fetched: a model is a
path on this machine.
"""

from entropy_assets.curation.llm.loading import LanguageModel, load_model, model_digest, numbers_on
from entropy_assets.curation.llm.prompt import Prompt
from entropy_assets.curation.llm.scoring import PairScore, score_pairs
from entropy_assets.curation.llm.yes_no import TextQuestion, YesNo, read_yes_no, word_of

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
