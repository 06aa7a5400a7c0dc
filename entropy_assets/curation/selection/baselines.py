"""The selectors that no selection is shown without: random, length, all."""

from collections.abc import Sequence

import numpy as np

from entropy_assets.curation.selection.contract import (
    Budget,
    Progress,
    Selection,
    ZipParams,
    as_selection,
    fill_budget,
)


def select_random(
    texts: Sequence[bytes],
    budget: Budget,
    params: ZipParams,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Selection:
    """Return a seeded permutation, filled by `fill_budget`. Gains: zeros, since nothing is scored."""
    order = np.random.default_rng(seed).permutation(len(texts))
    return _filled(texts, order, np.zeros(len(texts)), budget, "random", progress)


def select_length(
    texts: Sequence[bytes],
    budget: Budget,
    params: ZipParams,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Selection:
    """Return the longest texts first, of equal ones the lower index. Gains: the length in bytes."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return _filled(texts, np.argsort(-lengths, kind="stable"), lengths, budget, "length", progress)


def select_all(
    texts: Sequence[bytes],
    budget: Budget,
    params: ZipParams,
    seed: int,
    workers: int,
    progress: Progress | None,
) -> Selection:
    """Return every text in the pool's order; the budget is **ignored**. Gains: zeros."""
    if progress is not None:
        total = int(budget.weights(texts).sum())
        progress(total, total)
    return as_selection(range(len(texts)), np.zeros(len(texts)).tolist(), "all")


def _filled(
    texts: Sequence[bytes],
    order: np.ndarray,
    scores: np.ndarray,
    budget: Budget,
    selector: str,
    progress: Progress | None,
) -> Selection:
    """Return as much of `order` as the budget holds."""
    weights = budget.weights(texts)
    ranking = fill_budget(order, weights, budget.amount)
    if progress is not None:
        progress(int(weights[ranking].sum()), min(budget.amount, int(weights.sum())))
    return Selection(ranking, scores[ranking].astype(np.float64), selector)
