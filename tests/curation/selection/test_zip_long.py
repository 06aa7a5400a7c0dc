"""What `zip` mends, each by name."""

import base64
from collections.abc import Sequence

import numpy as np
import pytest

from entropy_assets.curation.selection import Budget, ZipParams, segments, select
from entropy_assets.curation.selection.deflate import DeflateContext
from entropy_assets.curation.selection.zip_long import _scores
from entropy_assets.curation.selection.zstd_context import ZstdContext
from entropy_assets.texts import sizes_of
from tests.curation.selection.oracle import vocabulary, words_pool

SMALL = ZipParams(n_candidates=40, n_shortlist=10, n_picks=5)


@pytest.fixture(scope="module")
def prose() -> list[bytes]:
    """Ten thousand distinct texts of about 450 bytes in a skewed vocabulary: compressible like prose."""
    rng = np.random.default_rng(0)
    words = vocabulary(20_000, 5, rng)
    picks = (20_000 * rng.random((10_000, 70)) ** 3).astype(int)
    return [b" ".join(words[i] for i in row) for row in picks]


@pytest.mark.parametrize("n_bytes", [100_000, 1_000_000, 4_000_000])
def test_the_start_of_a_long_selection_is_not_forgotten(prose: list[bytes], n_bytes: int) -> None:
    n = int(np.searchsorted(np.cumsum([len(text) + 1 for text in prose]), n_bytes))
    assert n < len(prose) - 200
    context = ZstdContext(b"\n".join(prose[:n]))
    fresh = context.added_bytes(prose[-200:]).mean()
    assert context.added_bytes(prose[:1])[0] <= 0.25 * fresh


def test_no_budget_is_refused_and_the_first_pick_is_known_in_every_segment(
    prose: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = prose[:600]
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 20_000)
    first = select(texts, Budget(1, "records"), "zip", params=SMALL).ranking[0]
    texts = [*texts, texts[first]]
    ranking = select(texts, Budget(500, "records"), "zip", params=SMALL).ranking.tolist()
    assert len(ranking) == 500
    assert 600 not in ranking


def test_a_far_copy_costs_little_whatever_was_picked_since(
    prose: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 300_000)
    held = held_by(prose, range(9_000))
    assert len(held.bounds) > 10
    records = np.arange(10_000)
    added = ZstdContext(b"").added_bytes(prose)
    known = np.zeros(10_000, np.int64)
    while (known < 9_000).any():
        held.look(records[known < 9_000], added, known)
    fresh = added[9_000:].mean()
    assert added[0] <= 0.25 * fresh
    assert (added[:9_000] > 0.25 * fresh).mean() < 0.01


def test_beyond_what_is_held_the_oldest_is_let_go_and_the_rest_known(
    prose: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 50_000)
    monkeypatch.setattr(segments, "HELD_BYTES", 200_000)
    held = held_by(prose, range(1_000))
    assert held.n_picks == 1_000
    first = int(held.bounds[0])
    assert 0 < first < 1_000
    assert sum(len(text) + 1 for text in prose[first:1_000]) <= 200_000
    added, known = np.full(10_000, 999), np.zeros(10_000, np.int64)
    looked = np.array([0, first, 999])
    while (known[looked] < 1_000).any():
        held.look(looked[known[looked] < 1_000], added, known)
    assert added[0] > 100
    assert added[[first, 999]].max() < 50


@pytest.mark.parametrize("n_each", [1, 7, 100])
def test_segments_are_few_and_hold_each_pick_once(prose: list[bytes], n_each: int) -> None:
    held = segments.Segments(prose, sizes_of(prose), ZstdContext, 1)
    for start in range(0, 3_000, n_each):
        held.extend(range(start, min(start + n_each, 3_000)))
    bounds = held.bounds
    assert bounds[0] == 0
    assert bounds[-1] == held.n_picks == 3_000
    assert (np.diff(bounds) > 0).all()
    assert len(bounds) <= 8


def test_a_text_above_a_segment_counts_with_its_head(
    prose: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 5_000)
    long = b"\n".join(prose[:100])
    texts = [long, prose[0], prose[99], prose[500]]
    held = held_by(texts, [0])
    added, known = np.full(4, 999), np.zeros(4, np.int64)
    held.look(np.arange(4), added, known)
    assert known.tolist() == [1, 1, 1, 1]
    assert added[1] < 0.25 * added[3]
    assert added[2] > 0.8 * added[3]
    assert len(select(texts, Budget(4, "records"), "zip", params=SMALL).ranking) == 4


def held_by(texts: list[bytes], picks: Sequence[int]) -> segments.Segments:
    """Return segments that hold `picks` of `texts`, which came in rounds of 100."""
    held = segments.Segments(texts, sizes_of(texts), ZstdContext, 1)
    for start in range(0, len(picks), 100):
        held.extend(picks[start : start + 100])
    return held


def test_an_exact_copy_of_the_first_pick_is_not_picked_while_others_are_new(prose: list[bytes]) -> None:
    texts = prose[:300]
    first = select(texts, Budget(1, "records"), "zip", params=SMALL).ranking[0]
    texts = [*texts, texts[first]]
    ranking = select(texts, Budget(250, "records"), "zip", params=SMALL).ranking.tolist()
    assert ranking[0] == first
    assert 300 not in ranking


def test_the_greedy_stage_sees_the_picks_of_its_own_round(prose: list[bytes]) -> None:
    texts = [prose[0], prose[1], prose[2], prose[0]]
    ranking = select(texts, Budget(4, "records"), "zip").ranking.tolist()
    assert ranking[3] == 3


def test_the_unpicked_shortlist_returns() -> None:
    texts = words_pool(20, 1)
    ranking = select(texts, Budget(20, "records"), "zip", params=ZipParams(20, 20, 1)).ranking
    assert sorted(ranking.tolist()) == list(range(20))


def test_a_byte_budget_is_filled_closely_and_never_passed() -> None:
    texts = [*words_pool(200, 2), *(bytes([65 + i]) for i in range(20))]
    for amount in (1, 50, 999, 5_000):
        ranking = select(texts, Budget(amount, "bytes"), "zip", params=SMALL).ranking
        taken = sum(len(texts[i]) for i in ranking)
        left_over = [len(text) for i, text in enumerate(texts) if i not in set(ranking.tolist())]
        assert taken <= amount
        assert min(left_over) > amount - taken


def test_redundant_records_come_last(prose: list[bytes]) -> None:
    texts = [*(b"the same sentence again and again, number %d. " % i * 9 for i in range(50)), *prose[:50]]
    ranking = select(texts, Budget(100, "records"), "zip", params=SMALL).ranking
    assert ranking[:49].min() >= 50


def test_the_anchor_does_not_favour_a_length_at_equal_ratio() -> None:
    scores = _scores(np.array([0, 300, 3_000]), np.array([0, 100, 1_000]), 3.0)
    assert scores.tolist() == [3.0, 3.0, 3.0]


def test_an_empty_text_adds_nothing_with_and_without_a_context() -> None:
    assert ZstdContext(b"").added_bytes([b"", b"a"]).tolist() == [0, 1]
    assert ZstdContext(b"abc" * 50).added_bytes([b""]).tolist() == [0]
    assert ZstdContext(b"abc").added_bytes([]).tolist() == []


def test_a_long_text_costs_little_once_it_is_selected() -> None:
    rng = np.random.default_rng(3)
    long = bytes(rng.integers(0, 256, 3_000_000, np.uint8))
    assert ZstdContext(long).added_bytes([long, long[:100_000]]).max() < 10_000


def test_noise_is_refused_and_the_next_takes_its_place(prose: list[bytes]) -> None:
    rng = np.random.default_rng(1)
    blobs = [base64.b64encode(rng.bytes(300)) for _ in range(20)]
    texts = [*words_pool(200, 3), *blobs]
    guarded = select(texts, Budget(100, "records"), "zip", params=SMALL)
    assert len(guarded.ranking) == 100
    assert guarded.ranking.max() < 200
    assert guarded.refused.tolist() == list(range(200, 220))
    plain = select(texts, Budget(100, "records"), "zip", params=SMALL, noise_guard=False)
    assert set(plain.ranking.tolist()) >= set(range(200, 220))
    assert plain.refused.tolist() == []


def test_a_pool_of_noise_gives_nothing_and_says_which() -> None:
    rng = np.random.default_rng(2)
    blobs = [base64.b64encode(rng.bytes(300)) for _ in range(30)]
    selection = select(blobs, Budget(10, "records"), "zip", params=SMALL)
    assert selection.ranking.tolist() == []
    assert selection.refused.tolist() == list(range(30))


def test_zlib_forgets_what_zstd_remembers(prose: list[bytes]) -> None:
    context = b"\n".join(prose[:1_000])
    for context_of, remembers in ((DeflateContext, False), (ZstdContext, True)):
        far, fresh = context_of(context).added_bytes([prose[0], prose[-1]])
        assert (far < 0.25 * fresh) == remembers
    near = DeflateContext(context).added_bytes([prose[999], prose[-1]])
    assert near[0] < 0.25 * near[1]
