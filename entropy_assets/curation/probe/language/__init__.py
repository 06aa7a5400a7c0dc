"""A language model as the probe: L is the first-epoch loss of the very model that is to be fine-tuned.

Files in reading order: `params` (settings), `sequences` (texts to packed rows of tokens), `model` (weights,
adapters, losses of rows), `reading` (loss without training), `state`, `tuning` (one pass). This page is the
face; importing it imports neither torch nor transformers.
"""

from entropy_assets.curation.probe.language.model import load_for_training
from entropy_assets.curation.probe.language.params import (
    FULL_RATE,
    LORA_RATE,
    SETTING,
    LanguageProbeParams,
)
from entropy_assets.curation.probe.language.reading import (
    answer_losses,
    ending_losses,
    language_losses,
    losses_under,
)
from entropy_assets.curation.probe.language.sequences import Spans
from entropy_assets.curation.probe.language.tuning import LanguageTask, fine_tune

__all__ = [
    "FULL_RATE",
    "LORA_RATE",
    "SETTING",
    "LanguageProbeParams",
    "LanguageTask",
    "Spans",
    "answer_losses",
    "ending_losses",
    "fine_tune",
    "language_losses",
    "load_for_training",
    "losses_under",
]
