"""Scores of single records: equal size, bounded, and judged by what lies beyond the free part."""

from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import Texts, Values
from entropy_assets.curation.entropy_law.drop.excess import (
    FREE_SCORE,
    MAX_SCORE,
    MIN_REFERENCE,
    Expected,
    measure_excess,
    scored,
)
from entropy_assets.curation.entropy_law.drop.pairing import Pair

N, M = 400, 1_000


def pair_of(n: int = N, m: int = M) -> tuple[Pair, Values]:
    """Return a pair of one stratum whose numbers fall with the size of the record."""
    rng = np.random.default_rng(3)
    sides, numbers = [], []
    for count in (n, m):
        sizes = rng.integers(50, 2_000, count)
        texts = [b"x" * int(size) for size in sizes]
        sides.append(Texts([f"{i:032x}" for i in range(count)], texts, [("a", "en")] * count))
        numbers.append(5 - 0.5 * np.log(sizes) + rng.normal(0, 0.2, count))
    return Pair(*sides, sides[0].members(), sides[1].members()), Values(*numbers)


def test_the_size_of_a_record_moves_nothing() -> None:
    pair, values = pair_of()
    scores = scored(pair, values)["a", "en"].scores
    assert abs(scores.mean()) < 0.1
    assert scores.std() == pytest.approx(1, abs=0.1)
    assert abs(np.corrcoef(scores, np.log(pair.drop.sizes))[0, 1]) < 0.1


def test_damage_of_a_part_is_seen_and_a_clean_drop_is_not() -> None:
    pair, values = pair_of()
    clean = measure_excess("loss_shift", pair, values)
    raised = values.drop + 0.2 * 4 * (np.arange(N) < N // 5)
    found = measure_excess("loss_shift", pair, replace(values, drop=raised))
    assert clean is not None
    assert found is not None
    assert abs(clean.value) < 3 * clean.standard_error
    assert found.value == pytest.approx(0.2 * (4 - FREE_SCORE), abs=0.1)
    lowered = measure_excess("loss_shift", pair, replace(values, drop=values.drop - 1))
    assert lowered is not None
    assert lowered.value < clean.value


def test_one_odd_record_counts_for_no_more_than_the_bound() -> None:
    pair, values = pair_of()
    odd = values.drop.copy()
    odd[0] = 1e9
    found, clean = (measure_excess("loss_shift", pair, replace(values, drop=v)) for v in (odd, values.drop))
    assert found is not None
    assert clean is not None
    assert found.value - clean.value <= (MAX_SCORE - FREE_SCORE) / N + 1e-12


def test_without_spread_whatever_lies_above_is_at_the_bound() -> None:
    flat = Expected.of(np.zeros(50), np.arange(10, 60))
    assert flat.scores(np.array([0.0, 0.1, -0.1]), np.array([20, 20, 20])).tolist() == [
        0,
        MAX_SCORE,
        -MAX_SCORE,
    ]


def test_what_has_no_number_is_left_out() -> None:
    pair, values = pair_of()
    half = np.where(np.arange(N) % 2, values.drop, np.nan)
    found = measure_excess("loss_shift", pair, replace(values, drop=half))
    assert found is not None
    assert found.n == N // 2
    assert measure_excess("loss_shift", pair, replace(values, drop=values.drop * np.nan)) is None
    few = np.where(np.arange(M) < MIN_REFERENCE - 1, values.reference, np.nan)
    assert measure_excess("loss_shift", pair, replace(values, reference=few)) is None
