"""A sketch counts what lies near, whatever the shards, and picks by its inverse cover the space evenly."""

import numpy as np
import pytest

from entropy_assets.curation.scoring.sketch import BLOCK, Sketch, SketchParams, collision_probability
from entropy_assets.curation.selection.sampling import sample_by_weight
from entropy_assets.errors import InvalidParameter

SMALL = SketchParams(rows=300, columns=2_000, joined=2, width=0.8, seed=3)


def points(n: int, d: int = 12, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).standard_normal((n, d))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_the_mean_count_is_the_sum_of_the_kernel() -> None:
    vectors = np.concatenate([points(150), points(1) + 0.05 * points(100, seed=1)]).astype(np.float32)
    params = SketchParams(rows=4_000, columns=20_000, joined=2, width=0.8)
    found = Sketch.of(vectors, params).densities(vectors)
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    kernel = np.vectorize(lambda distance: collision_probability(float(distance), params))(distances)
    exact = kernel.sum(axis=1)
    assert np.abs(found / exact - 1).max() < 0.1
    assert np.corrcoef(found, exact)[0, 1] > 0.999


@pytest.mark.parametrize("cuts", [[1], [7, 100, BLOCK + 1], list(range(500, 5_000, 500))])
def test_any_shards_in_any_order_give_the_same_sketch(cuts: list[int]) -> None:
    vectors = points(BLOCK + 1_000)
    whole = Sketch.of(vectors, SMALL)
    order = np.random.default_rng(1).permutation(len(vectors))
    parts = [Sketch.of(part, SMALL, workers=2) for part in np.split(vectors[order], cuts)]
    joined = sum(parts[1:], parts[0])
    assert np.array_equal(joined.counts, whole.counts)
    assert joined.total == whole.total == len(vectors)
    assert np.array_equal(whole.densities(vectors)[order], joined.densities(vectors[order], workers=4))


def test_sampled_shares_are_those_of_the_inverse_density() -> None:
    """A crowd of 1,800 in one place and 200 spread out: their shares of picks, beside the exact weights."""
    crowd = (points(1) + 0.02 * points(1_800, seed=1)).astype(np.float32)
    vectors = np.concatenate([crowd, points(200, seed=2)])
    weights = 1.0 / Sketch.of(vectors, SMALL).densities(vectors)
    expected = weights[1_800:].sum() / weights.sum()
    firsts = [int(sample_by_weight(weights, 1, seed)[0]) for seed in range(2_000)]
    share = np.mean([place >= 1_800 for place in firsts])
    error = np.sqrt(expected * (1 - expected) / len(firsts))
    assert abs(share - expected) < 3.5 * error
    assert expected > 0.6  # a tenth of the points, and most of the picks


def test_picks_come_once_and_weightless_places_never() -> None:
    weights = np.array([0.0, 1.0, np.nan, 2.0, 0.5])
    assert sorted(sample_by_weight(weights, 9, seed=1).tolist()) == [1, 3, 4]
    assert sample_by_weight(weights, 0, seed=1).tolist() == []
    with pytest.raises(InvalidParameter, match="weights must be finite and 0 or more, got -1"):
        sample_by_weight(np.array([-1.0]), 1, seed=0)
    with pytest.raises(InvalidParameter, match="picks must be 0 or more, got -2"):
        sample_by_weight(weights, -2, seed=0)


def test_nothing_and_one_vector_and_copies() -> None:
    none = Sketch.of(points(0), SMALL)
    assert none.total == 0
    assert none.densities(points(1)).tolist() == [0.0]
    copies = np.repeat(points(1), 5, axis=0)
    assert Sketch.of(copies, SMALL).densities(copies).tolist() == [5.0] * 5


def test_shapes_that_differ_are_refused() -> None:
    one, other = Sketch.of(points(3), SMALL), Sketch.of(points(3, d=5), SMALL)
    with pytest.raises(InvalidParameter, match="sketches must have one shape to be added"):
        one + other
    with pytest.raises(InvalidParameter, match="vectors must have 12 numbers"):
        one.densities(points(3, d=5))
    with pytest.raises(InvalidParameter, match="width of a sketch must be above 0, got 0"):
        SketchParams(width=0)
