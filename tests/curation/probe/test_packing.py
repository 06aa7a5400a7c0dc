import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.probe.model import SEPARATOR
from entropy_assets.curation.probe.packing import pack
from entropy_assets.errors import InvalidInput


@given(
    texts=st.lists(st.binary(max_size=40), min_size=1, max_size=12).filter(any),
    budget=st.integers(1, 300),
    context=st.integers(8, 32),
    seed=st.integers(0, 2**32),
)
def test_each_byte_of_the_budget_is_a_target_exactly_once(texts, budget, context, seed):
    windows = pack(texts, budget, context, seed)
    order = np.random.default_rng(seed).permutation(len(texts))
    expected = b"".join(texts[index] for index in order)[:budget]
    counted = windows.targets[windows.targets != SEPARATOR]
    assert bytes(counted.tolist()) == expected
    assert windows.n_bytes == len(expected) == min(budget, sum(map(len, texts)))


@given(texts=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=12), seed=st.integers(0, 99))
def test_a_window_reads_the_symbol_before_each_target(texts, seed):
    windows = pack(texts, 10_000, 16, seed)
    symbols, targets = windows.symbols.ravel(), windows.targets.ravel()
    assert symbols[0] == SEPARATOR
    assert np.array_equal(symbols[1:], targets[:-1])
    n_starts = np.count_nonzero((symbols == SEPARATOR) & (targets != SEPARATOR))
    assert n_starts == windows.n_records == len(texts)


def test_the_seed_decides_the_order():
    texts = [bytes([letter]) * 5 for letter in b"abcdefgh"]
    assert np.array_equal(pack(texts, 40, 16, 3).targets, pack(texts, 40, 16, 3).targets)
    assert not np.array_equal(pack(texts, 40, 16, 3).targets, pack(texts, 40, 16, 4).targets)


@pytest.mark.parametrize("texts", [[], [b"", b""]])
def test_nothing_to_train_on_is_refused(texts):
    with pytest.raises(InvalidInput, match=f"at least one non-empty text, got {len(texts)} without a byte"):
        pack(texts, 100, 16, 0)
