"""Token counts by a real tokenizer, and packing against a search bin by bin."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from entropy_assets.curation.selection.comparison import Lengths
from entropy_assets.curation.selection.tokens import BATCH_BYTES, count_tokens, packing
from entropy_assets.errors import InvalidParameter
from tests.curation.selection.oracle import words_pool

POOL = [*words_pool(300, seed=1), b"", "naïve 统计 🎲\n".encode(), b"<|begin|> spelt out", b"\xff\xfe broken"]


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a byte-level BPE with everything on that a count must not see."""
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|begin|>", "<|pad|>"],
        show_progress=False,
    )
    trained.train_from_iterator([text.decode("utf-8", "replace") for text in POOL], trainer)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    trained.save(str(path.with_name("plain.json")))
    trained.post_processor = processors.TemplateProcessing(
        single="<|begin|> $A", special_tokens=[("<|begin|>", 0)]
    )
    trained.enable_truncation(max_length=5)
    trained.enable_padding(length=64, pad_id=1, pad_token="<|pad|>")
    trained.save(str(path))
    return path


def one_by_one(texts: list[bytes], path: Path) -> list[int]:
    plain = Tokenizer.from_file(str(path.with_name("plain.json")))
    return [len(plain.encode(text.decode("utf-8", "replace")).ids) for text in texts]


def test_counts_are_those_of_a_plain_tokenizer_one_by_one(tokenizer: Path) -> None:
    counts = count_tokens(POOL, tokenizer)
    assert counts.dtype == np.int64
    assert counts.tolist() == one_by_one(POOL, tokenizer)
    assert counts.max() > 5  # nothing was cut
    assert counts[300] == 0  # nor added
    assert count_tokens(POOL, str(tokenizer)).tolist() == counts.tolist()


def test_batches_change_nothing(tokenizer: Path) -> None:
    """More than three batches, one record larger than a batch, and empty ones at the seams."""
    texts = [b"", POOL[0] * (BATCH_BYTES // len(POOL[0]) + 9), *POOL * 40, b""] + [b""] * 5_000
    assert sum(map(len, texts)) > 3 * BATCH_BYTES
    short = one_by_one(POOL, tokenizer)
    counts = count_tokens(texts, tokenizer).tolist()
    assert counts[2:-5001] == short * 40
    assert counts[:2] == one_by_one(texts[:2], tokenizer)
    assert not any(counts[-5001:])


def test_no_texts_no_counts(tokenizer: Path) -> None:
    counts = count_tokens([], tokenizer)
    assert (counts.shape, counts.dtype) == ((0,), np.int64)


def test_one_core_counts_as_all_do(tokenizer: Path) -> None:
    script = (
        "import sys; from entropy_assets.curation.selection.tokens import count_tokens;"
        "from tests.curation.selection.oracle import words_pool;"
        "print(count_tokens(words_pool(200, seed=2), sys.argv[1]).tolist())"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script, str(tokenizer)],
        env=os.environ | {"TOKENIZERS_PARALLELISM": "false"},
        cwd=Path(__file__).parents[3],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert answer == f"{count_tokens(words_pool(200, seed=2), tokenizer).tolist()}\n"


def test_dropout_is_off(tokenizer: Path, tmp_path: Path) -> None:
    dropping = Tokenizer.from_file(str(tokenizer.with_name("plain.json")))
    dropping.model.dropout = 0.5
    assert len({len(dropping.encode(POOL[0].decode()).ids) for _ in range(20)}) > 1
    dropping.save(str(tmp_path / "dropout.json"))
    assert count_tokens(POOL, tmp_path / "dropout.json").tolist() == one_by_one(POOL, tokenizer)


def test_a_tokenizer_that_cannot_be_loaded_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidParameter, match=r"missing.json' cannot be loaded: give a readable tokenizer.json"
    ):
        count_tokens([b"a"], tmp_path / "missing.json")
    broken = tmp_path / "broken.json"
    broken.write_text('{"version": "1.0"}')
    with pytest.raises(InvalidParameter, match=r"broken.json' cannot be loaded"):
        count_tokens([b"a"], broken)
    with pytest.raises(InvalidParameter, match=r"give a readable tokenizer.json"):
        count_tokens([b"a"], tmp_path)
    # The hub's own check of names needs no connection.
    with pytest.raises(InvalidParameter, match=r"give a name on the hub or a tokenizer.json") as caught:
        count_tokens([b"a"], "no such/name at all")
    assert "\n" not in str(caught.value)


def test_a_tokenizer_without_a_word_for_a_text_is_refused(tmp_path: Path) -> None:
    words = Tokenizer(models.WordLevel({"yes": 0}, unk_token="[UNK]"))
    words.save(str(tmp_path / "words.json"))
    assert count_tokens([b"yes"], tmp_path / "words.json").tolist() == [1]
    with pytest.raises(InvalidParameter, match="cannot encode the texts after the first 0"):
        count_tokens([b"no"], tmp_path / "words.json")


def test_without_the_library_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(InvalidParameter, match=r"pip install 'entropy-assets\[tokens\]'"):
        count_tokens([b"a"], "tokenizer.json")


def bin_by_bin(n_tokens: list[int], capacity: int) -> int:
    """Return the bins of first-fit-decreasing, as the textbook says it."""
    n_full = sum(n // capacity for n in n_tokens)
    filled: list[int] = []
    for item in sorted((n % capacity for n in n_tokens), reverse=True):
        place = next((b for b, used in enumerate(filled) if used + item <= capacity), None)
        if place is not None:
            filled[place] += item
        elif item:
            filled.append(item)
    return n_full + len(filled)


@given(st.lists(st.integers(0, 60), max_size=60), st.integers(1, 40))
def test_packing_is_that_of_a_search_bin_by_bin(n_tokens: list[int], capacity: int) -> None:
    result = packing(np.array(n_tokens, np.int64), capacity)
    total = sum(n_tokens)
    assert (result.n_tokens, result.sequence_length) == (total, capacity)
    assert result.n_packed == bin_by_bin(n_tokens, capacity)
    assert result.n_concatenated == -(-total // capacity) <= result.n_packed
    assert result.record_tokens == Lengths.of(np.array(n_tokens, np.int64))
    assert result.longer_share == sum(n > capacity for n in n_tokens) / max(len(n_tokens), 1)
    if total:
        assert result.packed_fill == pytest.approx(total / (result.n_packed * capacity))
        assert result.concatenated_fill == pytest.approx(total / (result.n_concatenated * capacity))
        assert 0.5 < result.packed_fill <= result.concatenated_fill <= 1.0 or result.n_packed == 1
    else:
        assert (result.n_packed, result.packed_fill, result.concatenated_fill) == (0, 0.0, 0.0)


def test_packing_of_a_large_set_is_that_of_a_search_bin_by_bin() -> None:
    n_tokens = np.random.default_rng(0).lognormal(5, 1.2, 3_000).astype(np.int64)
    assert packing(n_tokens, 512).n_packed == bin_by_bin(n_tokens.tolist(), 512)


def test_a_hand_packed_example() -> None:
    """Sequences of 4: 7 is one full and a rest of 3; rests 3, 3, 2 need one each. 12 tokens in 4 x 4."""
    result = packing(np.array([7, 3, 2]), 4)
    assert (result.n_packed, result.packed_fill) == (4, 0.75)
    assert (result.n_concatenated, result.concatenated_fill) == (3, 1.0)
    assert result.longer_share == pytest.approx(1 / 3)
    assert result.record_tokens == Lengths(4.0, 3, 7, 7, 7)


def test_the_order_of_records_does_not_matter() -> None:
    n_tokens = np.random.default_rng(2).integers(0, 300, 200)
    assert packing(n_tokens, 128) == packing(n_tokens[::-1], 128)


def test_what_packing_refuses() -> None:
    with pytest.raises(InvalidParameter, match="sequence_length must be at least 1 token, got 0"):
        packing(np.array([1]), 0)
    with pytest.raises(InvalidParameter, match="fewer than 0 tokens, got -2"):
        packing(np.array([1, -2]), 4)
