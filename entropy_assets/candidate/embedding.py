"""What makes vectors of texts under the settings: axes of the texts themselves, or a model of sentences.

What belongs here: which of both. What does not: either (`curation.scoring`).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from entropy_assets.curation.scoring import Axes, Embedder, SentenceModel, sentence_digest
from entropy_assets.settings import ScoringSettings


def embedder_of(settings: ScoringSettings, texts: Sequence[bytes], seed: int, root: Path) -> Embedder:
    """Return what makes vectors: the model that the settings name, else the axes of texts.

    Parameters
    ----------
    settings
        Name of a model, and number of axes.
    texts
        What axes are found on.
    seed
        Seed of the axes.
    root
        Folder that the model's path is relative to.

    Raises
    ------
    InvalidInput, InvalidParameter
        There is no such model, or the extra `llm` is not installed.
    """
    if settings.embedder:
        return SentenceModel.load(root / settings.embedder)
    return Axes.of(texts, settings.n_dimensions, seed)


def vectors_of(settings: ScoringSettings, texts: Sequence[bytes], seed: int, root: Path) -> np.ndarray:
    """Return (n, d) float32 vectors of texts of length 1, or 0; arguments as in `embedder_of`."""
    return embedder_of(settings, texts, seed, root).vectors(texts)


def follow_from(settings: ScoringSettings, root: Path) -> list[int | str]:
    """Return what vectors follow from beside the texts and the seed.

    Raises
    ------
    InvalidInput
        There is no such model.
    """
    return [sentence_digest(root / settings.embedder)] if settings.embedder else [settings.n_dimensions]
