"""Texts, their strata, samples of equal bytes, and ratios."""

import itertools

import numpy as np
import polars as pl
import pytest

from entropy_assets.compression import compression_ratio
from entropy_assets.curation.entropy_law import Texts, log_ratios
from entropy_assets.curation.entropy_law.measurement import UNKNOWN_LANGUAGE, stratified_sample
from tests.curation.entropy_law.sentences import STRATA, rows


@pytest.fixture(scope="module")
def texts() -> Texts:
    return rows(300, seed=1).measured()[0]


def test_texts_of_a_frame_are_rendered_and_keep_its_order() -> None:
    frame = rows(9, seed=2).frame().with_columns(pl.lit(None, dtype=pl.String).alias("language"))
    texts = Texts.of(frame)
    assert texts.ids == frame["id"].to_list()
    assert [text.decode() for text in texts.texts] == frame["text"].to_list()
    assert texts.strata == [(source, UNKNOWN_LANGUAGE) for source in frame["source"]]


def test_sizes_count_bytes_and_not_characters() -> None:
    texts = Texts(["a", "b"], ["né".encode(), b""], [("s", "und")] * 2)
    assert texts.sizes.tolist() == [3, 0]
    assert len(texts) == 2


def test_members_partition_the_records_in_the_order_of_the_strata(texts: Texts) -> None:
    members = texts.members()
    assert list(members) == sorted(STRATA)
    assert sorted(np.concatenate(list(members.values())).tolist()) == list(range(len(texts)))
    for stratum, own in members.items():
        assert {texts.strata[i] for i in own} == {stratum}
        assert own.tolist() == sorted(own.tolist())


def test_take_returns_the_records_in_the_given_order(texts: Texts) -> None:
    part = texts.take(np.array([5, 0]))
    assert part.ids == [texts.ids[5], texts.ids[0]]
    assert part.texts == [texts.texts[5], texts.texts[0]]
    assert part.strata == [texts.strata[5], texts.strata[0]]


def test_log_ratios_repeat_and_their_samples_differ(texts: Texts) -> None:
    found = log_ratios(texts, 20_000, 4, seed=3)
    assert found.shape == (4,)
    assert found.tolist() == log_ratios(texts, 20_000, 4, seed=3).tolist()
    assert len(set(found.tolist())) == 4
    assert found.tolist() != log_ratios(texts, 20_000, 4, seed=4).tolist()


def test_a_sample_of_everything_has_the_ratio_of_everything() -> None:
    same = Texts(["a", "b"], [b"one and the same text"] * 2, [("s", "en")] * 2)
    found = log_ratios(same, int(same.sizes.sum()), 1, seed=0, codec="zlib32k")
    assert found[0] == pytest.approx(np.log(compression_ratio(same.texts, "zlib32k")))


def test_redundant_text_has_the_higher_ratio(texts: Texts) -> None:
    flood = Texts(texts.ids, texts.texts[:10] * 30, texts.strata)
    n_bytes = 30_000
    assert log_ratios(flood, n_bytes, 3, seed=0).min() > log_ratios(texts, n_bytes, 3, seed=0).max()


def test_a_stratified_sample_holds_the_wanted_bytes_of_each_stratum_once(texts: Texts) -> None:
    members, sizes = texts.members(), texts.sizes
    amounts = {STRATA[0]: 9_000, STRATA[1]: 3_000, STRATA[2]: 0}
    picked = stratified_sample(members, amounts, sizes, seed=5)
    assert len(set(picked.tolist())) == len(picked)
    for stratum, amount in amounts.items():
        own = [i for i in picked if texts.strata[i] == stratum]
        total = int(sizes[own].sum())
        assert total <= amount
        assert amount == 0 or total > amount - sizes.max()


def test_a_stratified_sample_is_shuffled_across_strata(texts: Texts) -> None:
    amounts = dict.fromkeys(STRATA, 10_000)
    picked = stratified_sample(texts.members(), amounts, texts.sizes, seed=5)
    strata = [texts.strata[i] for i in picked]
    changes = sum(a != b for a, b in itertools.pairwise(strata))
    assert changes > len(strata) / 3
    assert picked.tolist() == stratified_sample(texts.members(), amounts, texts.sizes, seed=5).tolist()
    assert picked.tolist() != stratified_sample(texts.members(), amounts, texts.sizes, seed=6).tolist()


def test_a_stratified_sample_of_nothing_is_empty(texts: Texts) -> None:
    picked = stratified_sample(texts.members(), {}, texts.sizes, seed=0)
    assert picked.dtype == np.int64
    assert len(picked) == 0
