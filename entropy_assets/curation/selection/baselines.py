"""The selectors that no selection is shown without: random, length, all."""

import numpy as np

from entropy_assets.curation.selection.contract import Request, Selection, as_selection
from entropy_assets.curation.selection.room import filled
from entropy_assets.texts import sizes_of


def select_random(request: Request) -> Selection:
    """Return a seeded permutation, as much of it as fits. Gains: zeros, since nothing is scored."""
    n = len(request.texts)
    order = np.random.default_rng(request.seed).permutation(n)
    return filled(request, order, np.zeros(n), "random")


def select_length(request: Request) -> Selection:
    """Return the longest texts first, of equal ones the lower index. Gains: the length in bytes."""
    lengths = sizes_of(request.texts)
    return filled(request, np.argsort(-lengths, kind="stable"), lengths, "length")


def select_all(request: Request) -> Selection:
    """Return every text in the pool's order; budget and quotas are **ignored**. Gains: zeros."""
    picked = np.ones(len(request.texts), bool)
    picked[list(request.constraints.never)] = False
    total = int(request.weights.sum())
    if request.progress is not None:
        request.progress(total, total)
    return as_selection(np.flatnonzero(picked).tolist(), [0.0] * int(picked.sum()), "all")
