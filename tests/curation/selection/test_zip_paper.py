"""The official quirks, each by name."""

import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from entropy_assets.curation.selection import Budget, ZipParams, select, select_official
from entropy_assets.curation.selection.deflate import DeflatePrefix
from entropy_assets.errors import CompressorMismatch
from tests.curation.selection.oracle import words_pool


def test_a_round_is_never_cut() -> None:
    records = [{"value": text.decode()} for text in words_pool(60, 1)]
    selection = select_official(records, 7, params=ZipParams(40, 10, 5))
    assert len(selection.ranking) == 10
    by_bytes = select(words_pool(60, 1), Budget(100, "bytes"), "zip_paper", params=ZipParams(40, 10, 5))
    assert len(by_bytes.ranking) % 5 == 0


def test_blocked_records_come_back_below_k1() -> None:
    records = [{"value": text.decode()} for text in words_pool(40, 2)]
    ranking = select_official(records, 40, params=ZipParams(40, 10, 5)).ranking.tolist()
    assert len(ranking) == 40
    assert len(set(ranking)) < 40


def test_nothing_repeats_while_k1_are_unblocked() -> None:
    texts = words_pool(60, 4)
    wide = select(texts, Budget(20, "records"), "zip_paper", params=ZipParams(20, 10, 5)).ranking.tolist()
    assert len(set(wide)) == 20


def test_a_pool_below_k1_and_a_budget_above_the_pool_stop() -> None:
    records = [{"value": text.decode()} for text in words_pool(7, 5)]
    assert len(select_official(records, 1_000).ranking) == 7


def test_ids_and_keys_are_compressed_too() -> None:
    texts = [text.decode() for text in words_pool(60, 6)]
    params = ZipParams(40, 10, 5)
    bare = select_official([{"value": text} for text in texts], 20, params=params)
    keyed = select_official(
        [{"id": f"{i * 7919:x}", "value": text} for i, text in enumerate(texts)], 20, params=params
    )
    assert bare.ranking.tolist() != keyed.ranking.tolist()


def test_a_text_is_framed_like_a_string_in_a_printed_list() -> None:
    texts = words_pool(50, 7)
    params = ZipParams(30, 10, 5)
    by_text = select(texts, Budget(20, "records"), "zip_paper", params=params)
    seen = zlib.compress(str([texts[by_text.ranking[0]].decode()]).encode(), 9)
    raw = len(str([texts[by_text.ranking[0]].decode()]).encode())
    assert by_text.gains[0] == np.float32(raw / len(seen))


def test_bytes_outside_utf8_are_accepted() -> None:
    selection = select([b"\xff\xfe", b"fine"], Budget(2, "records"), "zip_paper")
    assert len(selection.ranking) == 2


def test_a_state_in_steps_equals_one_compression_over_many_windows() -> None:
    texts = words_pool(4_000, 8)
    prefix = DeflatePrefix(b"[")
    whole = b"["
    with ThreadPoolExecutor(2) as executor:
        for start in range(0, 4_000, 500):
            tails = texts[start : start + 40]
            expected = [len(whole + tail) / len(zlib.compress(whole + tail, 9)) for tail in tails]
            assert prefix.ratios(tails, executor, 2).tolist() == np.float32(expected).tolist()
            block = b", ".join(texts[start : start + 500])
            prefix.extend(block)
            whole += block
    assert len(whole) > 10 * 32_768


def test_a_compressor_that_disagrees_is_refused() -> None:
    prefix = DeflatePrefix(b"[")
    with pytest.raises(CompressorMismatch, match=r"for 9 bytes at once, .* in steps; both must be equal"):
        prefix.verify(b"'seven']"[:8], 1.25)
