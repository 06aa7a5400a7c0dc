"""What more than one peer sees of rows: hashed n-grams, and places in a space of latent dimensions.

What belongs here: features that are shared. What does not: those of one peer.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import scipy.sparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from benchmarks.gate_power.peers.contract import Batch

N_DIMENSIONS = 50
_N_TERMS = 1 << 17
_N_WORDS = 1 << 15
_TRIGRAMS = HashingVectorizer(
    analyzer="char", ngram_range=(3, 3), lowercase=False, n_features=_N_TERMS, alternate_sign=False, norm=None
)
_WORDS = HashingVectorizer(
    token_pattern=r"\w+|[^\w\s]", ngram_range=(1, 2), lowercase=False, n_features=_N_TERMS,
    alternate_sign=False, norm=None,
)  # fmt: skip
_SINGLE = HashingVectorizer(
    token_pattern=r"\w+|[^\w\s]", lowercase=False, n_features=_N_WORDS, alternate_sign=False, norm=None
)


def ngrams(texts: Sequence[str]) -> scipy.sparse.csr_matrix:
    """Return (n, 2^18) root counts of hashed letter trigrams, and of words, marks and pairs of them.

    Letters stay as they are, capital or not; each half of a row has length 1.
    """
    halves = [normalize(kind.transform(texts).sqrt()) for kind in (_TRIGRAMS, _WORDS)]
    return scipy.sparse.hstack(halves, format="csr")


@lru_cache(maxsize=64)
def pool_ngrams(pool: Batch) -> scipy.sparse.csr_matrix:
    """Return the n-grams of a pool, made once."""
    return ngrams(pool.texts)


@lru_cache(maxsize=64)
def space(pool: Batch) -> tuple[np.ndarray, Callable[[Batch], np.ndarray]]:
    """Return the (n, d) places of a pool's rows in its own space, and what gives those of a drop's rows.

    The space is that of the first singular vectors of TF-IDF of hashed words and marks; places have length 1.
    """
    counted = _SINGLE.transform(pool.texts)
    rarity = TfidfTransformer(sublinear_tf=True).fit(counted)
    axes = TruncatedSVD(min(N_DIMENSIONS, len(pool) - 1), random_state=0).fit(rarity.transform(counted))

    def placed(counts: scipy.sparse.csr_matrix) -> np.ndarray:
        found: np.ndarray = normalize(axes.transform(rarity.transform(counts)))
        return found

    return placed(counted), lambda drop: placed(_SINGLE.transform(drop.texts))


def sample(places: np.ndarray, n: int, purpose: int = 0) -> np.ndarray:
    """Return at most `n` of some places, always the same ones."""
    return np.sort(np.random.default_rng([purpose, len(places)]).permutation(places)[:n])
