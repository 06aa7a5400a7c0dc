"""The selector `mig`: each pick adds the most information over the labels of a semantic space.

MIG (arXiv 2504.13835) has labels from a model that tags instructions, and a quality of each record. Here
labels are centres of the vectors, a record has the nearest few of them, and every quality is 1: what is
measured is coverage alone.

What belongs here: this objective and its search. What does not: vectors.
"""

import heapq

import numpy as np
from threadpoolctl import threadpool_limits

from entropy_assets.curation.selection.contract import Request, Selection, as_selection
from entropy_assets.curation.selection.room import Room
from entropy_assets.settings.selectors import MigParams

N_FITTED = 20_000
"""Vectors that the labels are found on, at most: spread evenly over all of them."""
N_NEAREST = 3
"""Labels of a record."""


def select_mig(request: Request) -> Selection:
    """Return in each step the record that adds most information, of equal ones the lower index.

    Gains: what each pick adds to the information of a set, the sum over labels l of phi((sum of A v)_l) with
    phi(x) = x^power; v says how near a record is to its `N_NEAREST` labels, and A how near labels are to each
    other, so that a pick counts for related labels too. phi is concave, so a gain only falls as picks are
    added, and a record whose old gain is below another's new one need not be looked at: the search is lazy
    and its result that of the full one. A record without a vector adds nothing.
    """
    params, vectors = request.options, request.vectors
    assert isinstance(params, MigParams), "`select` has checked it"
    assert vectors is not None, "`select` has checked it"
    spread = _spread(vectors, params.n_labels, request.seed)
    room, kept = Room(request), list(request.constraints.keep)
    held = spread[kept].sum(axis=0) if kept else np.zeros(spread.shape[1])
    ranking, gains = list(kept), [np.nan] * len(kept)
    now = float((held**params.power).sum())
    first = ((held + spread) ** params.power).sum(axis=1) - now
    queue = [(-gain, index) for index, gain in enumerate(first.tolist()) if room.open[index]]
    heapq.heapify(queue)
    while queue:
        _, index = heapq.heappop(queue)
        if not room.fits(np.array([index]))[0]:
            continue  # what does not fit now never will
        after = held + spread[index]
        gain = float((after**params.power).sum()) - now
        if queue and (-gain, index) > queue[0]:
            heapq.heappush(queue, (-gain, index))
            continue
        room.take(index)
        held, now = after, now + gain
        ranking.append(index)
        gains.append(gain)
    request.tell(room.taken)
    return as_selection(ranking, gains, request.selector)


def _spread(vectors: np.ndarray, n_labels: int, seed: int) -> np.ndarray:
    """Return (n, l) float64, 0 or more: how much of each label a record brings, related ones among them."""
    from sklearn.cluster import KMeans

    known = np.flatnonzero((vectors != 0).any(axis=1))
    if not len(known):
        return np.zeros((len(vectors), 1))
    fitted = np.unique(vectors[known[:: max(1, -(-len(known) // N_FITTED))]], axis=0)
    with threadpool_limits(1):
        search = KMeans(min(n_labels, len(fitted)), n_init=1, random_state=seed % 2**32)
        centres = search.fit(fitted).cluster_centers_
        centres /= np.maximum(np.linalg.norm(centres, axis=1, keepdims=True), 1e-12)
        near = np.maximum(vectors @ centres.T, 0).astype(np.float64)
        if near.shape[1] > N_NEAREST:
            near[near < np.partition(near, -N_NEAREST, axis=1)[:, [-N_NEAREST]]] = 0
        related = np.maximum(centres @ centres.T, 0).astype(np.float64)
        related /= related.sum(axis=1, keepdims=True)
        spread: np.ndarray = near @ related
    return spread
