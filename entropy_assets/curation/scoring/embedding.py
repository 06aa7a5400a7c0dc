"""Texts as vectors: hashed words, weighed and reduced.

What belongs here: the embedding that needs no model. What does not: what is done with vectors.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits

N_TERMS = 1 << 18
N_FITTED = 20_000
"""Texts that the axes are found on, at most: spread evenly over all of them."""
PIECE_TEXTS = 2_000


def embed(texts: Sequence[bytes], n_dimensions: int = 128, seed: int = 0) -> np.ndarray:
    """Return (n, d) float32 vectors of length 1 of texts, or of length 0 where nothing is known of one.

    TF-IDF over hashed words of one script or another, and truncated singular values of it (latent semantic
    analysis, Deerwester et al. 1990), found on at most `N_FITTED` of the texts.

    Parameters
    ----------
    texts
        n texts in UTF-8.
    n_dimensions
        Axes, at least 1; fewer where there are few texts.
    seed
        Seed of the axes.
    """
    hashed = HashingVectorizer(
        n_features=N_TERMS,
        alternate_sign=False,
        norm=None,
        dtype=np.float32,
        token_pattern=r"\w+|[^\w\s]+",
        decode_error="replace",
    )
    step = max(1, -(-len(texts) // N_FITTED))
    with threadpool_limits(1):
        fitted = hashed.transform([texts[place] for place in range(0, len(texts), step)] or [b""])
        if not fitted.nnz:
            return np.zeros((len(texts), 1), np.float32)
        weigh = TfidfTransformer(sublinear_tf=True).fit(fitted)
        rank = min(n_dimensions, *fitted.shape)
        _, _, axes = randomized_svd(weigh.transform(fitted), rank, n_iter=4, random_state=seed % 2**32)
        parts = [
            normalize(weigh.transform(hashed.transform(texts[start : start + PIECE_TEXTS])) @ axes.T)
            for start in range(0, len(texts), PIECE_TEXTS)
        ]
    return np.concatenate(parts).astype(np.float32)
