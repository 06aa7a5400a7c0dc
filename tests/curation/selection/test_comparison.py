"""Figures beside a selection, each against a naive count of its own."""

import dataclasses
import hashlib
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropy_assets.compression import CODECS
from entropy_assets.curation.selection import Budget, ZipParams, select
from entropy_assets.curation.selection.comparison import Figures, Lengths, compare, table
from entropy_assets.errors import InvalidParameter
from tests.curation.selection.oracle import words_pool

N_BYTES = 4_000
POOL = words_pool(400, seed=3)
SOURCES = [("code", "maths", "web")[int(i)] for i in np.random.default_rng(4).integers(0, 3, 400)]


def all_picks(texts: Sequence[bytes], n_bytes: int = N_BYTES) -> dict[str, np.ndarray]:
    params = ZipParams(50, 20, 10)
    return {
        name: select(texts, Budget(n_bytes, "bytes"), name, params=params).ranking
        for name in ("zip", "random", "length", "all")
    }


def beside(
    picks: dict[str, np.ndarray],
    texts: Sequence[bytes] = POOL,
    sources: Sequence[str] = SOURCES,
    n_bytes: int = N_BYTES,
    reference: str | None = None,
    seed: int = 0,
    **more: int,
) -> dict[str, Figures]:
    reference = reference or next(iter(picks))
    figures = compare(texts, sources, picks, n_bytes, reference=reference, seed=seed, **more)
    assert [one.name for one in figures] == list(picks)
    return {one.name: one for one in figures}


@pytest.fixture(scope="module")
def figures() -> dict[str, Figures]:
    return beside(all_picks(POOL))


def naive_cut(ranking: np.ndarray, n_bytes: int) -> list[int]:
    taken: list[int] = []
    for index in ranking:
        if sum(len(POOL[i]) for i in taken) + len(POOL[index]) <= n_bytes:
            taken.append(int(index))
    return taken


def naive_ratio(texts: list[bytes], codec: str, n_bytes: int, seed: int) -> float:
    """Return the mean ratio over three orders, each by the numbers in a keyed digest of the text."""

    def places(text: bytes) -> tuple[int, ...]:
        key = hashlib.blake2b(str(seed).encode()).digest()
        digest = hashlib.blake2b(text, digest_size=24, key=key).digest()
        return tuple(int.from_bytes(digest[at : at + 8], "little") for at in (0, 8, 16))

    ratios = []
    for shuffle in range(3):
        sample: list[bytes] = []
        left = n_bytes
        for text in sorted(texts, key=lambda text: places(text)[shuffle]):
            if left > 0 or sum(map(len, texts)) <= n_bytes:
                sample.append(text[:left] if len(text) > left else text)
                left -= len(sample[-1])
        data = b"\n".join(sample)
        ratios.append(len(data) / CODECS[codec](data))
    return math.fsum(ratios) / 3


@pytest.mark.parametrize("name", ["zip", "random", "length"])
def test_counts_of_a_cut_ranking_are_those_of_a_plain_count(name: str, figures: dict[str, Figures]) -> None:
    taken = naive_cut(all_picks(POOL)[name], N_BYTES)
    sizes = sorted(len(POOL[i]) for i in taken)
    one = figures[name]
    assert len(taken) > 3
    assert (one.n_records, one.n_bytes) == (len(taken), sum(sizes))
    assert one.ratio_bytes == one.n_bytes <= N_BYTES
    quantiles = [sizes[(percent * len(sizes) + 99) // 100 - 1] for percent in (50, 90, 99)]
    assert one.length_bytes == Lengths(pytest.approx(sum(sizes) / len(sizes)), *quantiles, sizes[-1])
    assert sum(n for _, _, n in one.histogram) == len(taken)
    for lower, upper, n in one.histogram:
        assert n == sum(lower <= size < upper for size in sizes)
    held: Counter[str] = Counter()
    for i in taken:
        held[SOURCES[i]] += len(POOL[i])
    assert one.source_shares == {
        source: pytest.approx(n_bytes / sum(sizes)) for source, n_bytes in held.items()
    }
    assert list(one.source_shares.values()) == sorted(one.source_shares.values(), reverse=True)
    assert one.largest_source == max(held, key=lambda source: held[source])
    assert one.largest_source_share == pytest.approx(max(held.values()) / sum(sizes))
    reference = naive_cut(all_picks(POOL)["zip"], N_BYTES)
    shared = sum(len(POOL[i]) for i in taken if i in reference)
    assert one.overlap == pytest.approx(shared / sum(sizes))


def test_a_longer_ranking_is_cut_in_its_own_order_and_small_records_fill_the_rest() -> None:
    order = np.random.default_rng(1).permutation(400)
    cut = beside({"long": order})["long"]
    whole = beside({"long": np.array(naive_cut(order, N_BYTES))})["long"]
    assert cut == whole
    assert N_BYTES - 20 < cut.n_bytes <= N_BYTES


@pytest.mark.parametrize("codec", list(CODECS))
def test_ratios_are_the_mean_of_three_shuffles(codec: str, figures: dict[str, Figures]) -> None:
    for name in ("zip", "length"):
        texts = [POOL[i] for i in naive_cut(all_picks(POOL)[name], N_BYTES)]
        expected = naive_ratio(texts, codec, N_BYTES, 0)
        assert getattr(figures[name], f"ratio_{codec}") == pytest.approx(expected)
    assert getattr(figures["all"], f"ratio_{codec}") == pytest.approx(naive_ratio(POOL, codec, N_BYTES, 0))
    capped = beside({"all": np.arange(400)}, seed=5, max_bytes=1_000)["all"]
    assert capped.ratio_bytes == 1_000
    assert getattr(capped, f"ratio_{codec}") == pytest.approx(naive_ratio(POOL, codec, 1_000, 5))


def test_all_is_the_whole_pool_and_its_ratio_is_taken_at_the_same_bytes(figures: dict[str, Figures]) -> None:
    one = figures["all"]
    assert (one.n_records, one.n_bytes, one.ratio_bytes) == (400, sum(map(len, POOL)), N_BYTES)
    assert one.overlap == pytest.approx(figures["zip"].n_bytes / one.n_bytes)
    # The same words come again and again: the whole compresses better than any 4 kB of it.
    whole = beside({"all": np.arange(400)}, n_bytes=one.n_bytes)["all"]
    assert whole.ratio_xz is not None
    assert one.ratio_xz is not None
    assert whole.ratio_xz > 1.2 * one.ratio_xz


def test_neither_ranking_nor_pool_order_is_what_a_ratio_sees() -> None:
    """A copy of a 20 kB block is in zlib's window only where a shuffle puts it beside its original."""
    rng = np.random.default_rng(0)
    texts = [block + bytes([copy]) for block in (rng.bytes(20_000) for _ in range(6)) for copy in range(2)]
    ratios = [
        beside({"a": np.arange(12)}, texts, ["s"] * 12, 10**6, seed=seed)["a"].ratio_zlib32k
        for seed in range(5)
    ]
    assert len(b"\n".join(texts)) / CODECS["zlib32k"](b"\n".join(texts)) > 1.9
    assert max(filter(None, ratios)) < 1.5
    assert len(set(ratios)) > 1


@settings(max_examples=15)
@given(st.permutations(["zip", "random", "length", "all"]), st.randoms(use_true_random=False))
def test_neither_the_order_of_the_picks_nor_that_of_the_pool_changes_a_figure(
    names: list[str], rng: random.Random
) -> None:
    texts, sources = POOL[:60], SOURCES[:60]
    picks = all_picks(texts, 900)
    moved = list(range(60))
    rng.shuffle(moved)  # old place -> new place
    new_texts, new_sources = [b""] * 60, [""] * 60
    for old, new in enumerate(moved):
        new_texts[new], new_sources[new] = texts[old], sources[old]
    new_picks = {name: np.array([moved[i] for i in picks[name]]) for name in names}
    before = beside(picks, texts, sources, 900, "random", max_bytes=700)
    after = beside(new_picks, new_texts, new_sources, 900, "random", max_bytes=700)
    assert after == before


@given(
    st.lists(st.binary(max_size=40), max_size=12),
    st.lists(st.integers(0, 11), max_size=20),
    st.integers(1, 200),
    st.integers(1, 200),
)
def test_laws_of_any_ranking(texts: list[bytes], ranking: list[int], n_bytes: int, max_bytes: int) -> None:
    picks = {
        "a": np.array([i for i in ranking if i < len(texts)], np.int64),
        "all": np.arange(len(texts)),
    }
    sources = ["ab"[len(text) % 2] for text in texts]
    for one in beside(picks, texts, sources, n_bytes, "a", max_bytes=max_bytes).values():
        assert one.n_bytes <= n_bytes or one.name == "all"
        assert one.ratio_bytes == min(one.n_bytes, n_bytes, max_bytes)
        ratios = {one.ratio_zlib32k, one.ratio_zstd_long, one.ratio_xz}
        assert (None in ratios) == (one.n_bytes == 0)
        assert sum(n for _, _, n in one.histogram) == one.n_records
        assert all(low[1] == high[0] for low, high in zip(one.histogram, one.histogram[1:], strict=False))
        assert not one.histogram or (one.histogram[0][2] and one.histogram[-1][2])
        assert sum(one.source_shares.values()) == pytest.approx(1.0 if one.n_bytes else 0.0)
        assert 0.0 <= one.overlap <= 1.0


def test_threads_change_nothing(figures: dict[str, Figures]) -> None:
    assert beside(all_picks(POOL), workers=4) == figures


class Watched(Sequence[bytes]):
    """A pool that notes which texts were read."""

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.texts, self.read = texts, set[int]()

    def __len__(self) -> int:
        return len(self.texts)

    def __getitem__(self, index: int) -> bytes:  # type: ignore[override]
        assert type(index) is int
        self.read.add(index)
        return self.texts[index]

    def __iter__(self) -> Iterator[bytes]:
        raise AssertionError("the pool was read from end to end")


def test_only_the_ranked_texts_are_read() -> None:
    pool = Watched(POOL)
    figures = beside({"few": np.array([7, 300, 12])}, pool)
    assert pool.read == {7, 12, 300}
    assert figures == beside({"few": np.array([7, 300, 12])})


def test_an_empty_ranking_has_no_ratio_and_zeros() -> None:
    picks = {"none": np.array([]), "one": np.array([5])}
    figures = beside(picks, reference="one")
    none = figures["none"]
    assert (none.n_records, none.n_bytes, none.ratio_bytes) == (0, 0, 0)
    assert (none.ratio_zlib32k, none.ratio_zstd_long, none.ratio_xz) == (None, None, None)
    assert none.length_bytes == Lengths(0.0, 0, 0, 0, 0)
    assert (none.histogram, none.source_shares, none.largest_source) == ((), {}, None)
    assert none.largest_source_share == 0.0
    assert (none.overlap, figures["one"].overlap) == (0.0, 1.0)
    turned = beside(picks, reference="none")
    assert (turned["none"].overlap, turned["one"].overlap) == (1.0, 0.0)


def test_one_record() -> None:
    one = beside({"one": np.array([5])})["one"]
    size = len(POOL[5])
    assert one.n_bytes == one.ratio_bytes == size
    assert one.ratio_xz == pytest.approx(size / CODECS["xz"](POOL[5]))
    assert one.length_bytes == Lengths(float(size), size, size, size, size)
    assert one.histogram == ((2 ** (size.bit_length() - 1), 2 ** size.bit_length(), 1),)
    assert one.source_shares == {SOURCES[5]: 1.0}


def test_an_empty_pool() -> None:
    figures = beside({"random": np.array([], np.int64), "all": np.arange(0)}, [], [])
    assert [one.n_records for one in figures.values()] == [0, 0]


def test_empty_texts_have_nothing_to_compress() -> None:
    one = beside({"all": np.arange(3)}, [b"", b"", b""], ["x", "y", "x"])["all"]
    assert (one.n_records, one.n_bytes, one.ratio_xz) == (3, 0, None)
    assert one.histogram == ((0, 1, 3),)
    assert one.source_shares == {"x": 0.0, "y": 0.0}
    assert one.largest_source == "x"


def test_a_budget_below_every_record_holds_nothing() -> None:
    figures = beside(all_picks(POOL), n_bytes=1)
    assert [figures[name].n_records for name in ("zip", "random", "length")] == [0, 0, 0]
    assert figures["all"].n_records == 400
    assert figures["all"].ratio_bytes == 1


def test_a_budget_above_the_pool_takes_all_of_it() -> None:
    figures = beside({"some": np.array([1, 2]), "all": np.arange(400)}, n_bytes=10**9)
    assert figures["some"].n_bytes == len(POOL[1]) + len(POOL[2])
    assert figures["all"].ratio_bytes == figures["all"].n_bytes == sum(map(len, POOL))


def test_a_record_picked_twice_counts_twice() -> None:
    twice = beside({"zip_paper": np.array([5, 5])})["zip_paper"]
    assert (twice.n_records, twice.n_bytes) == (2, 2 * len(POOL[5]))


def test_equal_shares_stand_by_name() -> None:
    one = beside({"a": np.arange(4)}, [b"aa", b"bb", b"cccc", b"dd"], ["z", "m", "k", "b"])["a"]
    assert list(one.source_shares) == ["k", "b", "m", "z"]


def test_figures_become_json(figures: dict[str, Figures]) -> None:
    stored = json.loads(json.dumps(dataclasses.asdict(figures["zip"])))
    assert stored["ratio_xz"] == figures["zip"].ratio_xz
    assert list(stored["source_shares"]) == list(figures["zip"].source_shares)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reference": "best"}, "reference 'best' is not among the picks: choose one of zip"),
        ({"n_bytes": 0}, "n_bytes must be at least 1, got 0"),
        ({"max_bytes": 0}, "max_bytes must be at least 1, got 0"),
        ({"workers": 0}, "workers must be at least 1, got 0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"sources": SOURCES[:9]}, "got 400 texts and 9 sources"),
        (
            {"picks": {"zip": np.array([0, 400])}},
            r"indices from 0 to 399, got \[ *0 400\]",
        ),
        ({"picks": {"zip": np.array([-1])}}, "ranking 'zip' must hold indices"),
        ({"picks": {"zip": np.array([0.5])}}, "of type float64"),
        ({"picks": {"zip": np.array([[1]])}}, "ranking 'zip' must hold indices"),
    ],
)
def test_what_is_refused(change: dict[str, object], message: str) -> None:
    arguments = {"picks": {"zip": np.array([0])}, "reference": "zip"} | change
    with pytest.raises(InvalidParameter, match=message):
        beside(**arguments)  # type: ignore[arg-type]


def test_the_table_has_a_row_a_selection_and_aligned_columns(figures: dict[str, Figures]) -> None:
    lines = table(list(figures.values())).splitlines()
    assert len(lines) == 2 + len(figures)
    assert len({len(line) for line in lines}) == 1
    assert [line.split("|")[1].strip() for line in lines[2:]] == list(figures)
    cells = [cell.strip() for cell in lines[2].split("|")[1:-1]]
    one = figures["zip"]
    assert cells[:4] == ["zip", f"{one.n_records:,}", f"{one.n_bytes:,}", f"{one.ratio_zlib32k:.3f}"]
    assert cells[-2:] == ["100.0%", f"{one.largest_source_share:.1%} {one.largest_source}"]


def test_the_table_stands_strange_names_and_nothing() -> None:
    strange = beside({"a|b\nc": np.array([0]), "none": np.array([])}, sources=["x|y"] * 400)
    lines = table(list(strange.values())).splitlines()
    assert "a\\|b\\\\nc" in lines[2]
    assert "100.0% x\\|y" in lines[2]
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    assert lines[3].count(" - ") == 4
    assert len(table([]).splitlines()) == 2
