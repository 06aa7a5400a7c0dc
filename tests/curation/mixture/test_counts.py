"""Counts of tokens and pairs: as a plain dictionary has them, whatever the shards."""

import re
from collections import Counter

import numpy as np
import pytest

from entropy_assets.curation.mixture import Counts, Unit, add, count, count_all, train_bpe
from entropy_assets.curation.mixture.histogram import Histogram
from entropy_assets.errors import InvalidParameter

TEXTS = [
    f"Record {i} says that {word}, while {i * 7 % 13} others\n do not say {word}.".encode()
    for i in range(60)
    for word in ("water boils", "Straße", "水は沸く", "x_1 = {2}")
] + [b"", b"a", b"\xff\xfe"]


def plain_words(text: bytes) -> list[str]:
    return re.findall(r"[a-zß]+|[0-9]+|[水は沸く]", text.decode(errors="replace").lower())


def multiplicities(histogram: Histogram) -> list[int]:
    return sorted(histogram.counts.tolist())


def together(counts: Counts, kind: str) -> Histogram:
    return Histogram.together(getattr(group, kind) for group in counts.groups)


def expected(rows: list[list[object]]) -> tuple[list[int], list[int]]:
    tokens = Counter(one for row in rows for one in row)
    pairs = Counter(pair for row in rows for pair in zip(row, [*row[1:], None], strict=False))
    return sorted(tokens.values()), sorted(pairs.values())


@pytest.fixture(scope="module")
def bpe() -> Unit:
    return Unit("bpe", train_bpe(TEXTS, 400))


def test_bytes_are_counted_with_their_followers_and_the_end_of_each_record() -> None:
    made = count(TEXTS, Unit("bytes"))
    tokens, pairs = expected([list(text) for text in TEXTS])
    assert multiplicities(together(made, "tokens")) == tokens
    assert multiplicities(together(made, "pairs")) == pairs
    assert made.n_records == len(TEXTS)
    assert made.n_bytes == made.n_tokens == sum(map(len, TEXTS))


def test_words_are_counted_lower_cased() -> None:
    rows = [plain_words(text.replace(b"_", b" ")) for text in TEXTS]
    made = count([text.replace(b"_", b" ") for text in TEXTS], Unit("words"))
    tokens, pairs = expected([list(row) for row in rows])
    assert multiplicities(together(made, "tokens")) == tokens
    assert multiplicities(together(made, "pairs")) == pairs


def test_tokens_are_those_of_the_tokenizer_on_the_whole_text(bpe: Unit) -> None:
    """Each piece is encoded once and put together: it must be what the library makes of the whole."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_str(bpe.tokenizer)
    tokens, sizes = bpe.rows(TEXTS)
    whole = [tokenizer.encode(text.decode(errors="replace"), add_special_tokens=False).ids for text in TEXTS]
    assert sizes.tolist() == [len(ids) for ids in whole]
    assert tokens.tolist() == [one for ids in whole for one in ids]
    assert 300 < tokens.max() < 400, "nothing was merged"


def test_a_tokenizer_of_the_same_texts_is_the_same(bpe: Unit) -> None:
    assert train_bpe(TEXTS, 400) == bpe.tokenizer
    assert train_bpe(TEXTS[:40], 400) != bpe.tokenizer


@pytest.mark.parametrize("name", ["bytes", "words", "bpe"])
def test_shards_in_any_order_and_any_workers_add_up_to_the_whole(name: str, bpe: Unit) -> None:
    unit = bpe if name == "bpe" else Unit(name)  # type: ignore[arg-type]
    whole = count(TEXTS, unit)
    parts = [count(TEXTS[start::7], unit) for start in range(7)]
    for made in (add(parts), add(reversed(parts)), count_all(TEXTS, unit, workers=2)):
        assert made.to_bytes() == whole.to_bytes()
    assert count(TEXTS[:-9], unit).to_bytes() != whole.to_bytes()


def test_counts_are_stored_and_read_again(bpe: Unit) -> None:
    made = count(TEXTS, bpe)
    read = Counts.from_bytes(made.to_bytes())
    assert read.to_bytes() == made.to_bytes()
    assert (read.n_records, read.n_bytes, read.n_tokens) == (made.n_records, made.n_bytes, made.n_tokens)
    assert add([]).to_bytes() == Counts.none().to_bytes()


def test_large_and_small_keys_are_counted_alike() -> None:
    keys = np.array([5, 1, 5, 9, 1, 5], np.uint64)
    small, large = Histogram.of(keys), Histogram.of(keys + np.uint64(2**63))
    assert small.counts.tolist() == large.counts.tolist() == [2, 3, 1]
    assert (large.keys - np.uint64(2**63)).tolist() == small.keys.tolist() == [1, 5, 9]


def test_a_unit_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="unit must be one of bpe, words, bytes, got 'lines'"):
        Unit("lines")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match="train one with train_bpe"):
        Unit("bpe")
    with pytest.raises(InvalidParameter, match="257 or more tokens, got 256"):
        train_bpe(TEXTS, 256)
