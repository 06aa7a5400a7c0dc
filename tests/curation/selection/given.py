"""What a selector needs beside texts, made up: scores with holes, and vectors."""

from typing import Any

import numpy as np

from entropy_assets.settings import SELECTORS


def given(selector: str, n: int, holes: bool = False) -> dict[str, Any]:
    """Return the arguments of `select` that a selector needs for n texts, every third without a score."""
    found: dict[str, Any] = {}
    rng = np.random.default_rng(n)
    if SELECTORS[selector].scored:
        scores = 0.5 + rng.random(n)
        scores[2::3] = np.nan if holes else scores[2::3]
        found["scores"] = scores
    if "embeddings" in SELECTORS[selector].needs:
        vectors = rng.standard_normal((n, 8)).astype(np.float32)
        found["vectors"] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return found
