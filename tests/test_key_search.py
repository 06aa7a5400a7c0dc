"""Keys are found where they stand, whatever the filter lets through."""

import numpy as np
import pytest

from entropy_assets.key_search import SortedKeys


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 3_000])
def test_all_that_are_there_are_found_and_nothing_else(kind: type[np.unsignedinteger], n: int) -> None:
    rng = np.random.default_rng(n)
    both = np.unique(rng.integers(0, np.iinfo(kind).max, 2 * n + 40, kind, endpoint=True))
    is_known = np.zeros(len(both), bool)
    is_known[rng.choice(len(both), n, replace=False)] = True
    known = both[is_known]
    asked = rng.permutation(np.concatenate([both, both]))
    found, places = SortedKeys(known).find(asked)
    assert np.array_equal(found, np.flatnonzero(np.isin(asked, known)))
    assert np.array_equal(known[places], asked[found])


def test_the_filter_spares_most_searches_and_takes_eight_bytes_a_key_at_most(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    keys = SortedKeys(np.unique(rng.integers(0, 2**64, 100_000, np.uint64)))
    searched = []
    plain = np.searchsorted

    def counted(known: np.ndarray, sought: np.ndarray) -> np.ndarray:
        searched.append(len(sought))
        return plain(known, sought)

    monkeypatch.setattr(np, "searchsorted", counted)
    assert len(keys.find(rng.integers(0, 2**64, 100_000, np.uint64))[0]) == 0
    assert sum(searched) < 100_000 / 16
    assert keys.filter_bytes <= 8 * len(keys.keys)
