"""What a text costs under each codec, and samples of a given size."""

import zlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from entropy_assets.compression import CODECS, compression_ratio, sample_of_bytes
from entropy_assets.errors import InvalidParameter

NOISE = np.random.default_rng(0).bytes(1_000_000)
FRESH = np.random.default_rng(1).bytes(2_000)


@pytest.mark.parametrize("codec", CODECS)
def test_higher_is_more_redundant(codec: str) -> None:
    assert compression_ratio([b"the same line"] * 2_000, codec) > 50
    assert 0.9 < compression_ratio([NOISE[:20_000]], codec) <= 1.0


def test_ratio_is_raw_over_compressed_of_lines() -> None:
    """Three texts of 4 bytes make 14 bytes with their two newlines."""
    for codec, size in CODECS.items():
        assert compression_ratio([b"abcd", b"efgh", b"ijkl"], codec) == 14 / size(b"abcd\nefgh\nijkl")


def test_sizes_by_hand() -> None:
    """Nothing costs zlib 2 bytes of header, 2 of an empty block and 4 of a checksum."""
    assert CODECS["zlib32k"](b"") == 8
    assert CODECS["zlib32k"](NOISE[:100]) == 8 - 2 + 5 + 100, "a stored block has a header of 5 bytes"


def test_zlib_tries_hardest() -> None:
    chance = np.random.default_rng(0)
    text = " ".join(chance.choice(["alpha", "beta", "gamma", "delta", "of", "the"], 5_000)).encode()
    assert CODECS["zlib32k"](text) == len(zlib.compress(text, 9)) < len(zlib.compress(text, 1))


@pytest.mark.parametrize(
    ("codec", "least", "most"), [("zlib32k", 1_990, 2_010), ("zstd_long", 0, 100), ("xz", 0, 600)]
)
def test_what_a_copy_costs_one_megabyte_later(codec: str, least: int, most: int) -> None:
    """zlib has forgotten the 2,000 bytes by then, the two with long windows have not."""
    size = CODECS[codec]
    assert least <= size(FRESH + NOISE + FRESH) - size(FRESH + NOISE) <= most


def test_a_copy_within_the_window_is_seen_by_all() -> None:
    for codec, size in CODECS.items():
        assert size(FRESH + NOISE[:20_000] + FRESH) - size(FRESH + NOISE[:20_000]) < 400, codec


@pytest.mark.parametrize("texts", [[], [b""], [b"", b"", b""]])
def test_nothing_to_compress_is_refused(texts: list[bytes]) -> None:
    with pytest.raises(InvalidParameter, match=f"needs a text with content, got {len(texts)} empty ones"):
        compression_ratio(texts, "xz")


def test_unknown_codec_is_refused() -> None:
    with pytest.raises(
        InvalidParameter, match="codec 'gzip' is unknown: choose one of zlib32k, zstd_long, xz"
    ):
        compression_ratio([b"a"], "gzip")


sizes_lists = st.lists(st.integers(0, 50), max_size=30).map(lambda sizes: np.array(sizes, dtype=np.int64))


@given(sizes_lists, st.integers(1, 600), st.integers(0, 2**63))
def test_sample_is_the_longest_start_of_a_shuffle_that_fits(
    sizes: np.ndarray, n_bytes: int, seed: int
) -> None:
    everything = sample_of_bytes(sizes, int(sizes.sum()) + 1, seed).tolist()
    assert sorted(everything) == list(range(len(sizes)))
    picked = sample_of_bytes(sizes, n_bytes, seed).tolist()
    assert picked == everything[: len(picked)]
    assert len(picked) >= min(1, len(sizes))
    assert sizes[picked].sum() <= n_bytes or len(picked) == 1
    if len(picked) < len(everything):
        assert sizes[everything[: len(picked) + 1]].sum() > n_bytes


@pytest.mark.parametrize(("n_bytes", "n_records"), [(9, 1), (10, 1), (49, 4), (50, 5), (51, 5), (999, 20)])
def test_a_sample_may_fill_its_bytes_exactly(n_bytes: int, n_records: int) -> None:
    assert len(sample_of_bytes(np.full(20, 10), n_bytes, 0)) == n_records


def test_the_first_record_that_does_not_fit_ends_the_sample() -> None:
    """Were it skipped, short records would fill the room, and a sample of long texts would not be one."""
    sizes = np.array([1] * 50 + [1_000] * 50)
    shares = [(sizes[sample_of_bytes(sizes, 3_000, seed)] == 1).mean() for seed in range(200)]
    assert 0.4 < np.mean(shares) < 0.7


@given(st.integers(0, 2**32), st.integers(0, 2**32))
def test_seed_decides_the_sample(one: int, other: int) -> None:
    assume(one != other)
    sizes = np.full(200, 10)
    assert sample_of_bytes(sizes, 500, one).tolist() == sample_of_bytes(sizes, 500, one).tolist()
    assert sample_of_bytes(sizes, 500, one).tolist() != sample_of_bytes(sizes, 500, other).tolist()
