"""Which sources a selection favours, and what would hold them."""

import dataclasses

import numpy as np

from entropy_assets.curation.selection.comparison import compare
from entropy_assets.curation.selection.favoured import far_more, favoured_sources, favours

TEXTS = [f"text number {n:03}" for n in range(80)]
SOURCES = ["web|a"] * 20 + ["code"] * 60


def shown(ranking: np.ndarray) -> str:
    picks = {"zip": ranking, "random": np.arange(0, 80, 4), "all": np.arange(80)}
    texts = [text.encode() for text in TEXTS]
    return favours(compare(texts, SOURCES, picks, 10_000, reference="zip", seed=0))


def test_a_source_with_far_more_of_the_picks_is_named_with_the_share_that_holds_it() -> None:
    told = shown(np.arange(24))
    assert told == (
        r"* 83.3% of the picked bytes are of source web\|a, which has 25.0% of the pool's: "
        "0.25 for it in `source_shares` of `[selection]` holds it to that share"
    )
    assert shown(np.arange(0, 80, 3)) == ""
    assert shown(np.arange(9)) == "", "of a few picks shares say nothing"


def test_far_more_is_by_difference_and_by_quotient() -> None:
    assert far_more({"a": 0.49, "b": 0.51}, {"a": 0.25, "b": 0.75}) == []
    assert far_more({"a": 0.5, "b": 0.5}, {"a": 0.25, "b": 0.75}) == ["a"]
    assert far_more({"a": 1.0}, {"a": 0.7, "b": 0.3}) == []


def test_shares_are_in_the_unit_of_the_budget() -> None:
    weights = np.array([100] * 10 + [1] * 30)
    ranking = np.arange(10, 40)
    (one,) = favoured_sources(["a"] * 10 + ["b"] * 30, weights, ranking, 30)
    assert dataclasses.astuple(one)[:2] == ("b", 1.0)
    assert one.pool_share == 30 / 1030
    assert one.quota == 1
    assert favoured_sources(["a"] * 40, weights, ranking, 30) == []
