"""What `zip` mends, each by name."""

import base64

import numpy as np
import pytest

from entropy_assets.curation.selection import Budget, ZipParams, select, zip_long, zstd_context
from entropy_assets.curation.selection.deflate import DeflateContext
from entropy_assets.curation.selection.zip_long import _scores
from entropy_assets.curation.selection.zstd_context import ZstdContext
from entropy_assets.errors import InvalidParameter
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


def test_a_context_that_would_be_forgotten_is_refused(
    prose: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zstd_context, "MAX_CONTEXT_BYTES", 20_000)
    monkeypatch.setattr(zip_long, "RECENT_BYTES", 5_000)
    sentence = r"codec 'zstd' sees at most 20,000 bytes of selected text, got .*: lower the budget, or use"
    with pytest.raises(InvalidParameter, match=sentence):
        select(
            prose[:300],
            Budget(20_001, "bytes"),
            "zip",
            params=SMALL,
            progress=lambda *_: pytest.fail("it began"),
        )
    with pytest.raises(InvalidParameter, match=sentence):
        select(prose[:300], Budget(250, "records"), "zip", params=SMALL)
    assert len(select(prose[:300], Budget(250, "records"), "zip", params=SMALL, codec="zlib").ranking) == 250
    assert len(select(prose[:300], Budget(20_000, "bytes"), "zip", params=SMALL).ranking) > 30


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
