"""What more than one peer sees of rows: hashed n-grams, and places in a space of latent dimensions.

What belongs here: features that are shared. What does not: those of one peer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
_LEAST_FRESH = 10
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


@dataclass(frozen=True)
class Space:
    """The space of the first singular vectors of TF-IDF of hashed words and marks, of one half of a pool.

    In a space of its making a row lies as no new row does, so the other half is what drops are beside.

    Parameters
    ----------
    known
        (n, d) places of the pool's rows, of length 1.
    fresh
        (n,) bool, the rows that had no part in the space.
    placed
        Gives the (m, d) places of texts.
    """

    known: np.ndarray
    fresh: np.ndarray
    placed: Callable[[Sequence[str]], np.ndarray]

    def beside(self, places: np.ndarray) -> np.ndarray:
        """Return those of some places of the pool that are fresh; all of them where hardly any is."""
        own = places[self.fresh[places]]
        return own if len(own) >= _LEAST_FRESH else places


@lru_cache(maxsize=64)
def space_of(pool: Batch) -> Space:
    """Return the space of a pool, made once."""
    counted = _SINGLE.transform(pool.texts)
    fresh = np.random.default_rng(0).permutation(len(pool)) % 2 == 0
    rarity = TfidfTransformer(sublinear_tf=True).fit(counted[~fresh])
    axes = TruncatedSVD(min(N_DIMENSIONS, len(pool) // 4), random_state=0)
    axes.fit(rarity.transform(counted[~fresh]))

    def placed(counts: scipy.sparse.csr_matrix) -> np.ndarray:
        found: np.ndarray = normalize(axes.transform(rarity.transform(counts)))
        return found

    return Space(placed(counted), fresh, lambda texts: placed(_SINGLE.transform(texts)))


def sample(places: np.ndarray, n: int, purpose: int = 0) -> np.ndarray:
    """Return at most `n` of some places, always the same ones."""
    return np.sort(np.random.default_rng([purpose, len(places)]).permutation(places)[:n])
