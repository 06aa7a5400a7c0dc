import pytest
import torch

from entropy_assets.curation.probe import ProbeParams
from entropy_assets.curation.probe.model import N_SYMBOLS, init_weights, logits, weight_shapes


def random_weights(params: ProbeParams) -> dict[str, torch.Tensor]:
    """Weights of which none is zero, so that every path carries a signal."""
    generator = torch.Generator().manual_seed(7)
    return {
        name: torch.randn(shape, generator=generator) * 0.3 for name, shape in weight_shapes(params).items()
    }


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("changed", [0, 1, 9, 30, 31])
def test_a_later_byte_changes_no_earlier_prediction(depth, changed):
    params = ProbeParams(depth=depth, context_bytes=32, ngram_rows=64, device="cpu")
    weights = random_weights(params)
    symbols = torch.randint(0, N_SYMBOLS, (2, 32), generator=torch.Generator().manual_seed(1))
    other = symbols.clone()
    other[0, changed] = (other[0, changed] + 1) % N_SYMBOLS
    before, after = logits(weights, symbols, params), logits(weights, other, params)
    assert torch.equal(before[0, :changed], after[0, :changed])
    assert torch.equal(before[1], after[1])
    assert not torch.allclose(before[0, changed], after[0, changed])


def test_attention_carries_the_first_byte_beyond_the_longest_ngram():
    params = ProbeParams(context_bytes=32, max_ngram=3, ngram_rows=64, device="cpu")
    weights = random_weights(params)
    symbols = torch.full((1, 32), 97)
    other = symbols.clone()
    other[0, 0] = 98
    assert not torch.allclose(logits(weights, symbols, params)[0, 31], logits(weights, other, params)[0, 31])


def test_untrained_weights_predict_every_byte_alike():
    params = ProbeParams(context_bytes=32, device="cpu")
    scores = logits(init_weights(params, seed=0), torch.arange(32).view(1, 32), params)
    assert scores.shape == (1, 32, 256)
    assert torch.equal(scores, torch.zeros_like(scores))


def test_first_weights_follow_the_seed_and_leave_the_random_state_alone():
    params = ProbeParams(device="cpu", ngram_rows=64)
    state = torch.get_rng_state()
    one, same, other = (init_weights(params, seed) for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["table"], other["table"])
    assert torch.equal(torch.get_rng_state(), state)
