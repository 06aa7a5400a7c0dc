import json
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save

from entropy_assets.curation.probe import ProbeParams
from entropy_assets.curation.probe.checkpoint import load_checkpoint, save_checkpoint
from entropy_assets.curation.probe.model import init_weights
from entropy_assets.errors import InvalidInput, StaleProvenance

PARAMS = ProbeParams(context_bytes=16, ngram_rows=32, device="cpu")


def test_weights_come_back_as_they_went_in():
    weights = init_weights(PARAMS, seed=3)
    checkpoint = save_checkpoint(weights, PARAMS)
    loaded = load_checkpoint(checkpoint, PARAMS)
    assert list(loaded) == list(weights)
    assert all(torch.equal(loaded[name], weights[name]) for name in weights)
    assert save_checkpoint(loaded, replace(PARAMS, device="auto")) == checkpoint


def test_another_shape_is_refused_and_every_difference_named():
    checkpoint = save_checkpoint(init_weights(PARAMS, seed=0), PARAMS)
    wanted = replace(PARAMS, depth=2, ngram_rows=64)
    with pytest.raises(
        StaleProvenance, match="depth is 1 there and 2 here, ngram_rows is 32 there and 64 here"
    ):
        load_checkpoint(checkpoint, wanted)


def test_what_is_no_shape_may_differ():
    checkpoint = save_checkpoint(init_weights(PARAMS, seed=0), PARAMS)
    assert load_checkpoint(checkpoint, replace(PARAMS, batch_size=2, budget_bytes=5, learning_rate=0.1))


@pytest.mark.parametrize("data", [b"", b"not a checkpoint", save({"table": torch.zeros(1)})])
def test_other_bytes_are_refused(data):
    with pytest.raises(InvalidInput, match=f"these {len(data)} bytes are no checkpoint of the probe"):
        load_checkpoint(data, PARAMS)


def test_a_cut_checkpoint_is_refused():
    checkpoint = save_checkpoint(init_weights(PARAMS, seed=0), PARAMS)
    with pytest.raises(InvalidInput, match="damaged"):
        load_checkpoint(checkpoint[:-4], PARAMS)


def test_weights_that_contradict_the_settings_are_refused():
    weights = init_weights(PARAMS, seed=0)
    weights["head"] = weights["head"][:-1]
    with pytest.raises(InvalidInput, match="other weights than its settings say"):
        load_checkpoint(save_checkpoint(weights, PARAMS), PARAMS)


def test_a_later_format_is_refused():
    header = json.dumps({"format": 2, "params": {}})
    checkpoint = save({"table": torch.zeros(1)}, {"entropy_assets_probe": header})
    with pytest.raises(StaleProvenance, match="has format 2, this code reads 1"):
        load_checkpoint(checkpoint, PARAMS)
