"""Candidates: every pair of a small bucket, and a bounded number of a hot one."""

import numpy as np
import pytest

from entropy_assets.curation.dedup.candidates import FIRST, LEVELS, PARTNERS, WIDTH, candidates


def pairs(bands: list[list[int]], n_known: int = 0) -> list[tuple[int, int]]:
    first, second = candidates(np.array(bands, np.uint64), n_known)
    return list(zip(first.tolist(), second.tolist(), strict=True))


def test_pairs_by_hand() -> None:
    assert pairs([[1, 2, 1, 3], [5, 6, 7, 6]]) == [(0, 2), (1, 3)]
    assert pairs([[1, 1, 1]]) == [(0, 1), (0, 2), (1, 2)]
    assert pairs([[1, 1, 1]], n_known=2) == [(0, 2), (1, 2)]


@pytest.mark.parametrize("n", [0, 1])
def test_too_few(n: int) -> None:
    assert pairs([[1] * n] * 3) == []


def test_a_hot_bucket_costs_no_square() -> None:
    n = 5_000
    rng = np.random.default_rng(0)
    bands = np.ones((4, n), np.uint64)
    bands[2] = rng.integers(0, 50, n)
    first, second = candidates(bands)
    assert len(first) <= (FIRST + PARTNERS) * n
    assert (np.bincount(second, minlength=n)[1:] > 0).all(), "everybody meets somebody"
    assert WIDTH * LEVELS * len(bands) < n // 10


def test_twins_in_a_hot_bucket_meet_where_a_later_band_tells_them() -> None:
    n = 1_000
    bands = np.ones((2, n), np.uint64)
    bands[1] = np.arange(n) // 2
    first, second = candidates(bands)
    met = set(zip(first.tolist(), second.tolist(), strict=True))
    assert {(place, place + 1) for place in range(0, n, 2)} <= met
