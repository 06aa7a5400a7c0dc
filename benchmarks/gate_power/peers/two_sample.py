"""Two-sample tests: a classifier (C2ST, Lopez-Paz and Oquab 2017) and a kernel (MMD, Gretton et al. 2012).

What belongs here: whether rows are told apart from promoted ones. What does not: whether they are harmed.
"""

import numpy as np
import scipy.sparse
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from benchmarks.gate_power.peers.contract import CONFIDENCE, Batch, Found, Look, Measure
from benchmarks.gate_power.peers.features import ngrams, pool_ngrams, sample, space_of

_N_FOLDS = 3
_LEAST_BESIDE = 400
_MOST_BESIDE = 1_000
_N_PERMUTATIONS = 20
_POINTED = 0.95


def fit_c2st(pool: Batch) -> Look:
    """Return the test by a classifier: AUC of logistic regression on n-grams over three folds, less 0.5.

    It points at rows that look less like the pool than 95 % of the pool's rows do.
    """
    known = pool_ngrams(pool)

    def look(drop: Batch) -> Measure:
        counted = ngrams(drop.texts)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            usual = sample(beside, max(_LEAST_BESIDE, 2 * len(own)))
            values = scipy.sparse.vstack([counted[own], known[usual]], format="csr")
            is_own = np.arange(len(own) + len(usual)) < len(own)
            n_folds = min(_N_FOLDS, len(own), len(usual))
            if n_folds < 2:
                return Found(0.0)
            model = LogisticRegression(solver="liblinear", class_weight="balanced", random_state=0)
            folds = StratifiedKFold(n_folds, shuffle=True, random_state=0)
            said = cross_val_predict(model, values, is_own, cv=folds, method="predict_proba")[:, 1]
            error = np.sqrt((len(is_own) + 1) / (12 * len(own) * len(usual)))  # of an AUC by chance
            pointed = own[said[is_own] > np.quantile(said[~is_own], _POINTED)]
            return Found(float(roc_auc_score(is_own, said) - 0.5 - CONFIDENCE * error), pointed)

        return measure

    return look


def fit_mmd(pool: Batch) -> Look:
    """Return the test by a kernel: unbiased squared MMD, Gaussian at the median distance of latent places.

    Its error by chance is that over 20 permutations. It points at no row.
    """
    space = space_of(pool)

    def look(drop: Batch) -> Measure:
        vectors = space.placed(drop.texts)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            own = sample(own, _MOST_BESIDE)
            values = np.concatenate([vectors[own], space.known[sample(space.beside(beside), _MOST_BESIDE)]])
            squares = cdist(values, values, "sqeuclidean")
            kernel = np.exp(-squares / max(float(np.median(squares)), 1e-9))
            np.fill_diagonal(kernel, 0.0)
            n, rng = len(own), np.random.default_rng(len(values))
            is_own = np.arange(len(values)) < n
            by_chance = [_mmd(kernel, rng.permutation(is_own)) for _ in range(_N_PERMUTATIONS)]
            return Found(_mmd(kernel, is_own) - CONFIDENCE * float(np.std(by_chance)))

        return measure

    return look


def _mmd(kernel: np.ndarray, is_own: np.ndarray) -> float:
    """Return the unbiased squared MMD between own rows and others, of a kernel whose diagonal is 0."""
    n, m = int(is_own.sum()), int((~is_own).sum())
    if n < 2 or m < 2:
        return 0.0
    sums = kernel @ np.column_stack([is_own, ~is_own]).astype(float)
    inside, across, outside = sums[is_own, 0].sum(), sums[is_own, 1].sum(), sums[~is_own, 1].sum()
    return float(inside / (n * (n - 1)) + outside / (m * (m - 1)) - 2 * across / (n * m))
