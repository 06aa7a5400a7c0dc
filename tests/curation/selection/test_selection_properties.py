"""Laws that hold for any pool; both engines against the naive oracle."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropy_assets.curation.selection import (
    SELECTORS,
    Budget,
    Constraints,
    ZipParams,
    segments,
    select,
    select_official,
    zip_long,
)
from entropy_assets.curation.selection.deflate import DeflateContext
from entropy_assets.curation.selection.zstd_context import ZstdContext
from tests.curation.selection.given import given as needed
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
    selection = select(texts, budget, selector, params=params, seed=seed, noise_guard=False)
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
    assert select(texts, budget, "zip", params=params, noise_guard=False).ranking.tolist() == expected


@given(
    st.integers(0, 99),
    st.integers(1, 60),
    stages,
    st.sampled_from([1, 300, 2_000, 1 << 26]),
    st.sampled_from([1, 5, 200]),
    st.sampled_from([1, 2, 8]),
)
@settings(max_examples=60)
def test_zip_equals_the_oracle_with_contexts_and_looks_of_any_size(
    seed: int, n_records: int, params: ZipParams, segment_bytes: int, looked_at_once: int, front: int
) -> None:
    texts = words_pool(60, seed)
    expected = naive_zip(texts, n_records, "records", params, segment_bytes, looked_at_once, front)
    with (
        mock.patch.object(segments, "SEGMENT_BYTES", segment_bytes),
        mock.patch.multiple(zip_long, LOOKED_AT_ONCE=looked_at_once, FRONT=front),
    ):
        picked = select(texts, Budget(n_records, "records"), "zip", params=params, noise_guard=False)
    assert picked.ranking.tolist() == expected


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
    beside = needed(selector, len(texts))
    one, two, four = (
        select(texts, Budget(60_000, "bytes"), selector, params=params, workers=n, **beside)
        for n in (1, 2, 4)
    )
    assert one.ranking.tolist() == two.ranking.tolist() == four.ranking.tolist()
    assert one.gains.tolist() == two.gains.tolist() == four.gains.tolist()


@pytest.mark.parametrize("context_of", [ZstdContext, DeflateContext])
@given(texts=pools, context=st.binary(max_size=400), workers=st.integers(1, 4))
def test_a_price_does_not_depend_on_its_neighbours(
    context_of: type[ZstdContext | DeflateContext], texts: list[bytes], context: bytes, workers: int
) -> None:
    alone = [int(context_of(context).added_bytes([text])[0]) for text in texts]
    assert context_of(context).added_bytes(texts, workers).tolist() == alone
    assert all((price == 0) == (text == b"") for price, text in zip(alone, texts, strict=True))


@given(st.binary(max_size=50), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_equal_texts_that_are_all_looked_at_are_picked_by_index(
    text: bytes, n: int, k2: int, k3: int
) -> None:
    params = ZipParams(n_candidates=20, n_shortlist=max(k2, k3), n_picks=min(k2, k3))
    for selector in ("zip", "length"):
        budget = Budget(n, "records")
        ranking = select([text] * n, budget, selector, params=params, noise_guard=False).ranking
        assert ranking.tolist() == np.arange(n).tolist()


@given(pools, budgets, stages, st.sampled_from(["zip", "random", "length"]), st.data())
def test_constraints_hold(
    texts: list[bytes], budget: Budget, params: ZipParams, selector: str, data: st.DataObject
) -> None:
    places = data.draw(st.permutations(range(len(texts))))
    never = places[: data.draw(st.integers(0, len(places)))]
    sources = [data.draw(st.sampled_from("abc")) for _ in texts]
    quotas = {name: data.draw(st.integers(0, budget.amount)) for name in sorted(set(sources) - {"c"})}
    keep = [index for index in places[len(never) :][:2] if sources[index] == "c"]
    weights = budget.weights(texts)
    if weights[keep].sum() > budget.amount:
        keep = []
    rules = Constraints(keep, never, sources, quotas)
    picked = select(texts, budget, selector, params=params, constraints=rules, noise_guard=False)
    ranking = picked.ranking.tolist()
    assert ranking[: len(keep)] == keep
    assert np.isnan(picked.gains[: len(keep)]).all()
    assert len(set(ranking)) == len(ranking)
    assert not set(ranking) & set(never)
    left = budget.amount - weights[ranking].sum()
    taken = {name: weights[[i for i in ranking if sources[i] == name]].sum() for name in quotas}
    assert left >= 0
    assert all(taken[name] <= quota for name, quota in quotas.items())
    for index in set(range(len(texts))) - set(ranking) - set(never):
        room = min(left, quotas.get(sources[index], left) - taken.get(sources[index], 0))
        assert weights[index] > room
