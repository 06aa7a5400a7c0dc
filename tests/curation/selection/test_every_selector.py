"""What holds for every selector of the registry, and what selectors by scores pick."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from entropy_assets.curation.selection import SELECTORS, Budget, Constraints, ZipParams, select
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.selectors import MigParams, PerplexityParams, ScoresParams
from tests.curation.selection.given import given

SMALL = ZipParams(n_candidates=12, n_shortlist=6, n_picks=3)
SCRIPTS = [
    "早上好，大家好。".encode(),
    "Доброе утро всем.".encode(),
    "สวัสดีตอนเช้า".encode(),
    "صباح الخير".encode(),
]
POOLS = {
    "none": [],
    "one": [b"one"],
    "an empty one": [b""],
    "two": [b"ab", b"c"],
    "all equal": [b"same text"] * 30,
    "other scripts": SCRIPTS * 3,
}


@pytest.mark.parametrize("texts", POOLS.values(), ids=POOLS)
@pytest.mark.parametrize("holes", [False, True], ids=["scored", "holes"])
@pytest.mark.parametrize("selector", SELECTORS)
def test_any_pool_under_a_budget_above_it(selector: str, holes: bool, texts: list[bytes]) -> None:
    beside = given(selector, len(texts), holes)
    made = select(texts, Budget(40, "records"), selector, params=SMALL, workers=1, **beside)
    again = select(texts, Budget(40, "records"), selector, params=SMALL, workers=3, **beside)
    assert made.selector == selector
    assert (made.ranking.dtype, made.gains.dtype) == (np.int64, np.float64)
    assert made.ranking.tolist() == again.ranking.tolist()
    assert np.array_equal(made.gains, again.gains, equal_nan=True)
    assert len(made.ranking) == len(made.gains) == len(texts)
    if selector != "zip_paper":
        assert sorted(made.ranking.tolist()) == list(range(len(texts)))
    if "scores" in beside:
        n_scored = int((~np.isnan(beside["scores"])).sum())
        assert not np.isnan(made.gains[:n_scored]).any(), "what has no score comes last"
        assert np.isnan(made.gains[n_scored:]).all()


@pytest.mark.parametrize("selector", [name for name, one in SELECTORS.items() if one.constrained])
def test_keep_never_and_quotas_hold(selector: str) -> None:
    texts = [f"record {i} of a pool".encode() for i in range(20)]
    rules = Constraints([7, 3], [0, 1], ["a", "b"] * 10, {"a": 4})
    made = select(
        texts, Budget(8, "records"), selector, params=SMALL, constraints=rules, **given(selector, 20)
    )
    ranking = made.ranking.tolist()
    assert not {0, 1} & set(ranking)
    if selector != "all":
        assert ranking[:2] == [7, 3]
        assert len(ranking) == len(set(ranking)) == 8
        assert sum(i % 2 == 0 for i in ranking) <= 4


@pytest.mark.parametrize(
    ("selector", "needed"),
    [(name, "score") for name, one in SELECTORS.items() if one.scored] + [("mig", "vector")],
)
def test_what_is_needed_and_not_there_is_asked_for(selector: str, needed: str) -> None:
    with pytest.raises(
        InvalidParameter, match=f"{selector} needs the {needed} of each of the 1 records, got none"
    ):
        select([b"a"], Budget(1, "records"), selector)


def picked(selector: str, scores: list[float], options: Any = None, n: int = 99) -> list[int]:
    texts = [b"text"] * len(scores)
    made = select(texts, Budget(n, "records"), selector, options=options, scores=np.array(scores), seed=5)
    return made.ranking.tolist()


NAN, INF = float("nan"), float("inf")


def test_highest_and_lowest_take_ties_by_index_and_unknown_scores_last() -> None:
    scores = [1.0, NAN, 3.0, 1.0, INF, 2.0]
    assert picked("information", scores) == picked("target", scores) == [2, 5, 0, 3, 1, 4]
    assert picked("scores", scores, ScoresParams("x", "lowest")) == [0, 3, 5, 2, 1, 4]
    assert picked("scores", scores, ScoresParams("x", "highest"), n=2) == [2, 5]


def test_the_middle_leaves_both_ends_out() -> None:
    scores = [float(i) for i in range(10)]
    assert sorted(picked("perplexity", [*scores, NAN], n=4)) == [3, 4, 5, 6]
    assert sorted(picked("perplexity", scores, PerplexityParams(0.0), n=3)) == [0, 1, 2]
    assert picked("perplexity", [5.0, 5.0, 5.0], n=2) == [0, 1]


def test_a_draw_by_the_inverse_favours_the_sparse_and_refuses_what_has_no_inverse() -> None:
    dense, sparse = [100.0] * 50, [1.0] * 50
    assert sum(i >= 50 for i in picked("density", [*dense, *sparse], n=30)) > 24
    with pytest.raises(InvalidParameter, match="scores must be above 0 to be drawn by their inverse, got 0"):
        picked("density", [0.0, 1.0])


def information(spread: np.ndarray, power: float) -> Callable[[list[int]], float]:
    return lambda members: float((spread[members].sum(axis=0) ** power).sum())


def test_mig_is_the_greedy_choice_and_covers_before_it_repeats() -> None:
    """Three directions, of which one has 20 records: the first three picks are one of each."""
    from entropy_assets.curation.selection.information_gain import _spread

    vectors = np.zeros((26, 6), np.float32)
    vectors[:20, 0], vectors[20:23, 2], vectors[23:, 4] = 1, 1, 1
    texts = [b"text"] * 26
    made = select(texts, Budget(26, "records"), "mig", options=MigParams(3, 0.5), vectors=vectors)
    assert {0 if i < 20 else 1 if i < 23 else 2 for i in made.ranking[:3].tolist()} == {0, 1, 2}
    value = information(_spread(vectors, 3, 0), 0.5)
    chosen: list[int] = []
    for pick, gain in zip(made.ranking[:8].tolist(), made.gains.tolist(), strict=False):
        best = max(value([*chosen, i]) - value(chosen) for i in range(26) if i not in chosen)
        assert gain == pytest.approx(best)
        chosen.append(pick)
    assert all(a >= b - 1e-9 for a, b in combinations(made.gains.tolist(), 2)), "gains only fall"
