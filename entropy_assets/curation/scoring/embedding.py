"""Texts as vectors: hashed words, weighed and reduced.

What belongs here: the embedding that needs no model. What does not: what is done with vectors.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from safetensors.numpy import load, save
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

N_TERMS = 1 << 18
N_FITTED = 20_000
"""Texts that the axes are found on, at most: those with the lowest digests, so that no order matters."""
PIECE_TEXTS = 2_000


@dataclass(frozen=True)
class Axes:
    """Latent semantic axes (Deerwester et al. 1990): TF-IDF over hashed words, and its singular vectors.

    Parameters
    ----------
    terms
        (t,) int64, hashed words that stand in the texts that the axes were found on, ascending.
    weights
        (t,) float64, how much each counts (inverse document frequency).
    directions
        (t, d) float32, the axes, over those words.
    """

    terms: np.ndarray
    weights: np.ndarray
    directions: np.ndarray

    @classmethod
    def of(cls, texts: Sequence[bytes], n_dimensions: int = 128, seed: int = 0) -> "Axes":
        """Return the axes of texts, found on at most `N_FITTED` of them; the same for any order of the texts.

        Parameters
        ----------
        texts
            n texts in UTF-8.
        n_dimensions
            Axes, at least 1; fewer where there are few texts.
        seed
            Seed of the axes.
        """
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.utils.extmath import randomized_svd

        digests = ((blake2b(text, digest_size=16).digest(), place) for place, text in enumerate(texts))
        lowest = heapq.nsmallest(N_FITTED, digests)
        fitted = _counted([texts[place] for _, place in lowest] or [b""])
        terms = np.unique(fitted.indices).astype(np.int64)
        if not len(terms):
            return cls(terms, np.zeros(0), np.zeros((0, 1), np.float32))
        weigh = TfidfTransformer(sublinear_tf=True).fit(fitted)
        with threadpool_limits(1):
            rank = min(n_dimensions, fitted.shape[0])
            own = weigh.transform(fitted)[:, terms]
            _, _, axes = randomized_svd(own, min(rank, *own.shape), n_iter=4, random_state=seed % 2**32)
        return cls(terms, weigh.idf_[terms], axes.T.astype(np.float32))

    def to_bytes(self) -> bytes:
        """Return the axes in a stored form."""
        return save({"terms": self.terms, "weights": self.weights, "directions": self.directions.copy()})

    @classmethod
    def from_bytes(cls, data: bytes) -> "Axes":
        """Return what `to_bytes` stored."""
        return cls(**load(data))

    def vectors(self, texts: Sequence[bytes]) -> np.ndarray:
        """Return (n, d) float32 vectors of length 1, or of length 0 where nothing is known of a text."""
        from sklearn.preprocessing import normalize

        parts = [np.zeros((0, self.directions.shape[1]), np.float32)]
        with threadpool_limits(1):
            for start in range(0, len(texts), PIECE_TEXTS):
                counts = _counted([texts[i] for i in range(start, min(start + PIECE_TEXTS, len(texts)))])
                counts.data = np.log(counts.data) + 1
                known = counts[:, self.terms].multiply(self.weights).tocsr()
                parts.append(normalize(known @ self.directions).astype(np.float32))
        return np.concatenate(parts)


def _counted(texts: Sequence[bytes]) -> csr_matrix:
    """Return (n, `N_TERMS`) float32, how often each hashed word of one script or another stands in each."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashed = HashingVectorizer(
        n_features=N_TERMS,
        alternate_sign=False,
        norm=None,
        dtype=np.float32,
        token_pattern=r"\w+|[^\w\s]+",
        decode_error="replace",
    )
    return hashed.transform(texts)
