"""Raising the threshold on stored pairs."""

import pytest

from entropy_assets.curation.dedup import deduplicate, rethreshold
from entropy_assets.errors import InvalidParameter
from tests.curation.dedup.rows import EXHAUSTIVE, framed, pool
from tests.curation.dedup.test_dedup import BASE, LONGER, OTHER


def test_pairs_below_are_released_and_copies_stay_with_them() -> None:
    long = BASE + " and the gulls wait on the roofs above the quay for what falls from the crates"
    other = long.replace("narrow", "shallow")
    texts = [long + " today", long, other, other, other + "\n"]
    made = deduplicate(framed(texts), pool(params=EXHAUSTIVE), EXHAUSTIVE)
    result = rethreshold(made.pairs, 0.9, EXHAUSTIVE.threshold)
    shown = result.pairs.select("row_id", "keeper_row_id", "rule").rows()
    released = result.released["row_id"].to_list()
    assert len(released) == 1
    (only,) = released
    assert ("new-2", "new-1", "near") in shown
    assert {keeper for row, keeper, _ in shown if row != "new-2"} == {only}
    assert {rule for row, _, rule in shown if row != "new-2"} <= {"exact", "normalised"}
    assert len(shown) + len(released) == made.pairs.height


def test_the_same_threshold_changes_nothing() -> None:
    made = deduplicate(framed([BASE, OTHER, LONGER, "a", "a"]), pool(params=EXHAUSTIVE), EXHAUSTIVE).pairs
    result = rethreshold(made, EXHAUSTIVE.threshold, EXHAUSTIVE.threshold)
    assert result.pairs.equals(made)
    assert result.released.is_empty()


def test_at_one_only_equal_shingle_sets_stay() -> None:
    made = deduplicate(framed([BASE, OTHER, "a", "a"]), pool(params=EXHAUSTIVE), EXHAUSTIVE).pairs
    result = rethreshold(made, 1.0, EXHAUSTIVE.threshold)
    assert result.pairs["rule"].to_list() == ["exact"]
    assert result.released.height == 1


@pytest.mark.parametrize("threshold", [0.5, 1.1, float("nan")])
def test_a_lower_threshold_is_refused(threshold: float) -> None:
    made = deduplicate(framed([BASE, OTHER]), pool(params=EXHAUSTIVE), EXHAUSTIVE).pairs
    with pytest.raises(InvalidParameter, match="deduplicate again"):
        rethreshold(made, threshold, EXHAUSTIVE.threshold)
