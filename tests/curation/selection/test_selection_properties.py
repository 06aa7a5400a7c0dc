"""Laws that hold for any pool; both engines against the naive oracle."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropy_assets.curation.selection import SELECTORS, Budget, ZipParams, select, select_official
from entropy_assets.curation.selection.zstd_context import ZstdContext
from tests.curation.selection.oracle import naive_zip, naive_zip_paper, words_pool

fragments = st.sampled_from([b"", b"a", b"aa", b"the cat sat. ", b"\xc3\xa9'\n", b"0123456789" * 8])
texts_in_pieces = st.lists(fragments, max_size=6).map(b"".join)
noise = st.binary(max_size=60)
pools = st.lists(st.one_of(texts_in_pieces, noise), max_size=24)
budgets = st.one_of(
    st.builds(Budget, st.integers(1, 30), st.just("records")),
    st.builds(Budget, st.integers(1, 900), st.just("bytes")),
)
stages = st.tuples(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30)).map(
    lambda sizes: ZipParams(*sorted(sizes, reverse=True))
)


@given(pools, budgets, stages, st.sampled_from(["zip", "random", "length"]), st.integers(0, 9))
def test_no_repeats_and_an_exact_budget(
    texts: list[bytes], budget: Budget, params: ZipParams, selector: str, seed: int
) -> None:
    selection = select(texts, budget, selector, params=params, seed=seed)
    ranking = selection.ranking.tolist()
    assert len(set(ranking)) == len(ranking) == len(selection.gains)
    assert set(ranking) <= set(range(len(texts)))
    if budget.unit == "records":
        assert len(ranking) == min(budget.amount, len(texts))
    else:
        taken = sum(len(texts[i]) for i in ranking)
        rest = set(range(len(texts))) - set(ranking)
        assert taken <= budget.amount
        assert all(len(texts[i]) > budget.amount - taken for i in rest)


@given(pools, budgets, stages)
def test_zip_equals_the_oracle(texts: list[bytes], budget: Budget, params: ZipParams) -> None:
    expected = naive_zip(texts, budget.amount, budget.unit, params)
    assert select(texts, budget, "zip", params=params).ranking.tolist() == expected


@given(st.integers(0, 99), st.integers(1, 60), stages)
@settings(max_examples=20)
def test_zip_equals_the_oracle_on_word_pools(seed: int, n_records: int, params: ZipParams) -> None:
    texts = words_pool(60, seed)
    expected = naive_zip(texts, n_records, "records", params)
    assert select(texts, Budget(n_records, "records"), "zip", params=params).ranking.tolist() == expected


@given(st.lists(st.text(max_size=40), max_size=24), st.integers(1, 40), stages)
def test_zip_paper_equals_the_oracle(values: list[str], n_records: int, params: ZipParams) -> None:
    records = [{"id": i, "value": value} for i, value in enumerate(values)]
    expected = naive_zip_paper(records, n_records, params)
    assert select_official(records, n_records, params=params).ranking.tolist() == expected


@given(st.integers(0, 99), st.integers(1, 80), stages)
@settings(max_examples=20)
def test_zip_paper_on_texts_equals_the_oracle(seed: int, n_records: int, params: ZipParams) -> None:
    texts = words_pool(80, seed)
    expected = naive_zip_paper([text.decode() for text in texts], n_records, params)
    selection = select(texts, Budget(n_records, "records"), "zip_paper", params=params)
    assert selection.ranking.tolist() == expected


@pytest.mark.parametrize("selector", SELECTORS)
def test_any_number_of_workers_gives_the_same(selector: str) -> None:
    texts = words_pool(1_500, 11, n_words=120)
    params = ZipParams(n_candidates=400, n_shortlist=60, n_picks=30)
    one, two, four = (
        select(texts, Budget(60_000, "bytes"), selector, params=params, workers=n) for n in (1, 2, 4)
    )
    assert one.ranking.tolist() == two.ranking.tolist() == four.ranking.tolist()
    assert one.gains.tolist() == two.gains.tolist() == four.gains.tolist()


@given(pools, st.binary(max_size=400), st.integers(1, 4))
def test_a_price_does_not_depend_on_its_neighbours(texts: list[bytes], context: bytes, workers: int) -> None:
    alone = [int(ZstdContext(context).added_bytes([text])[0]) for text in texts]
    assert ZstdContext(context).added_bytes(texts, workers).tolist() == alone
    assert all((price == 0) == (text == b"") for price, text in zip(alone, texts, strict=True))


@given(st.binary(max_size=50), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_equal_texts_that_are_all_looked_at_are_picked_by_index(
    text: bytes, n: int, k2: int, k3: int
) -> None:
    params = ZipParams(n_candidates=20, n_shortlist=max(k2, k3), n_picks=min(k2, k3))
    for selector in ("zip", "length"):
        ranking = select([text] * n, Budget(n, "records"), selector, params=params).ranking
        assert ranking.tolist() == np.arange(n).tolist()
