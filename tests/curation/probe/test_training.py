import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from entropy_assets.curation.probe import heldout_bpb, record_losses, train_probe
from entropy_assets.curation.probe.training import AdamW
from entropy_assets.errors import InvalidInput, InvalidParameter, ProbeDiverged, StaleProvenance
from tests.curation.probe.conftest import make_texts


def test_two_runs_have_equal_bits_and_another_seed_has_not(texts, params, checkpoint):
    run, again = train_probe(texts, params, seed=1)
    assert again == checkpoint
    assert run == train_probe(texts, params, seed=1)[0]
    assert train_probe(texts, params, seed=2)[1] != checkpoint


def test_the_state_of_the_caller_plays_no_part_and_is_left_alone(texts, params, checkpoint):
    n_threads, dtype, random_state = torch.get_num_threads(), torch.get_default_dtype(), torch.get_rng_state()
    try:
        torch.set_num_threads(2)
        torch.set_default_dtype(torch.float64)
        with torch.inference_mode():
            run, again = train_probe(texts, params, seed=1)
            assert torch.is_inference_mode_enabled()
        assert again == checkpoint
        assert torch.get_num_threads() == 2
        with pytest.raises(ProbeDiverged):
            train_probe(texts, replace(params, learning_rate=1e30), seed=1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(n_threads)
        torch.set_default_dtype(dtype)
    assert torch.equal(torch.get_rng_state(), random_state)
    assert run.device == "cpu"


def test_the_first_step_of_an_untrained_model_costs_eight_bits(texts, params):
    run, _ = train_probe(texts, replace(params, budget_bytes=2000), seed=1)
    assert run.loss_curve[0][1] == pytest.approx(8.0, abs=1e-5)


def test_the_loss_falls_on_text_and_the_curve_adds_up(texts, params):
    run, _ = train_probe(texts, params, seed=1)
    assert run.n_bytes == run.loss_curve[-1][0] == params.budget_bytes
    assert len(run.loss_curve) <= 100
    assert run.loss_curve[-1][1] < 1.3 < run.loss_bpb < 4.0
    seen = np.diff([0, *(n for n, _ in run.loss_curve)])
    assert np.average([bpb for _, bpb in run.loss_curve], weights=seen) == pytest.approx(run.loss_bpb)
    assert run.bytes_per_second > 0


def test_a_long_run_has_at_most_a_hundred_curve_points(texts, params):
    run, _ = train_probe(texts, replace(params, batch_size=1, budget_bytes=10_000), seed=1)
    assert 50 < len(run.loss_curve) <= 100
    assert run.loss_curve[-1][0] == 10_000


def test_random_bytes_cost_eight_bits(params):
    noise = [np.random.default_rng(seed).bytes(1000) for seed in range(40)]
    run, _ = train_probe(noise[:30], params, seed=0, heldout={"noise": noise[30:]})
    assert 7.95 < run.loss_bpb < 8.6
    assert 7.95 < run.heldout_bpb["noise"] < 8.6


def test_a_constant_text_costs_nearly_nothing(params):
    text = b"a" * 1000
    run, checkpoint = train_probe([text] * 20, params, seed=0)
    assert run.loss_curve[-1][1] < 0.02
    assert record_losses(checkpoint, [text], params)[0] < 0.05


def test_fewer_bytes_than_the_budget_are_all_used(params):
    run, _ = train_probe([b"abc", b"", b"defgh"], params, seed=0)
    assert (run.n_bytes, run.n_records) == (8, 2)


def test_going_on_starts_where_the_checkpoint_stopped(texts, params, checkpoint):
    more = make_texts(100, seed=5)
    scratch, _ = train_probe(more, params, seed=3)
    continued, trained = train_probe(more, params, seed=3, start=checkpoint)
    assert continued.loss_curve[0][1] < 1.5 < 7.9 < scratch.loss_curve[0][1]
    assert continued.loss_bpb < scratch.loss_bpb - 0.4
    assert trained != checkpoint


def test_going_on_from_another_shape_is_refused(texts, params, checkpoint):
    with pytest.raises(StaleProvenance, match="context_bytes is 64 there and 32 here"):
        train_probe(texts, replace(params, context_bytes=32), seed=1, start=checkpoint)


def test_heldout_is_scored_with_the_trained_weights(texts, params):
    heldout = {"words": make_texts(20, seed=9), "capitals": [text.upper() for text in make_texts(5, seed=9)]}
    run, checkpoint = train_probe(texts, params, seed=1, heldout=heldout)
    measured = heldout_bpb(checkpoint, heldout, params)
    assert (run.heldout_bpb, run.heldout_bytes) == (measured.bpb, measured.n_bytes)
    assert run.heldout_bytes == {source: sum(map(len, parts)) for source, parts in heldout.items()}
    assert run.heldout_bpb["words"] < 1.5 < 3.0 < run.heldout_bpb["capitals"]
    total = sum(run.heldout_bpb[source] * run.heldout_bytes[source] for source in heldout)
    assert run.heldout_bpb_overall == pytest.approx(total / sum(run.heldout_bytes.values()))


def test_without_heldout_there_is_no_figure(texts, params):
    run, _ = train_probe(texts, replace(params, budget_bytes=500), seed=1)
    assert (run.heldout_bpb, run.heldout_bytes, run.heldout_bpb_overall) == ({}, {}, None)


def test_an_absurd_rate_is_reported_as_divergence(texts, params):
    with pytest.raises(ProbeDiverged, match=r"not a finite number at a learning rate of 1e\+30: lower"):
        train_probe(texts, replace(params, learning_rate=1e30), seed=1)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0])
def test_a_seed_out_of_range_is_refused(texts, params, seed):
    with pytest.raises(InvalidParameter, match=r"seed must be a whole number from 0 to 2\*\*63 - 1"):
        train_probe(texts, params, seed=seed)


def test_texts_without_a_byte_are_refused(params):
    with pytest.raises(InvalidInput, match="at least one non-empty text"):
        train_probe([b""], params, seed=0)


def test_importing_the_probe_does_not_import_torch():
    code = "import sys, entropy_assets.curation.probe; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(torch.cuda.is_available(), reason="the machine has CUDA")
def test_cuda_where_there_is_none_is_refused(texts, params):
    with pytest.raises(InvalidParameter, match="device 'cuda' was asked for and this machine has none"):
        train_probe(texts, replace(params, device="cuda"), seed=0)


@pytest.mark.parametrize(
    "device",
    [
        "cpu",
        pytest.param(
            "cuda",
            marks=[
                pytest.mark.gpu,
                pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
            ],
        ),
    ],
)
def test_each_device_agrees_with_the_cpu(texts, params, checkpoint, device):
    there = replace(params, device=device)
    run, trained = train_probe(texts, there, seed=1, heldout={"words": texts[:20]})
    reference, _ = train_probe(texts, params, seed=1)
    assert run.device == device
    assert run.loss_bpb == pytest.approx(reference.loss_bpb, abs=0.02)
    assert record_losses(checkpoint, texts[:20], there) == pytest.approx(
        record_losses(checkpoint, texts[:20], params), abs=1e-3
    )
    assert record_losses(trained, texts[:5], params).shape == (5,)


def test_the_optimizer_has_the_bits_of_that_of_torch():
    generator = torch.Generator().manual_seed(1)
    drawn = {
        name: torch.randn(shape, generator=generator) for name, shape in (("table", (50, 8)), ("up", (7,)))
    }
    own, theirs = ({k: v.clone().requires_grad_() for k, v in drawn.items()} for _ in range(2))
    groups = [{"params": [theirs["table"]], "lr": 0.01 * 25.0}, {"params": [theirs["up"]], "lr": 0.01}]
    expected = torch.optim.AdamW(groups, betas=(0.8, 0.95), weight_decay=0.0, fused=True)
    peaks = [group["lr"] for group in groups]
    optimizer = AdamW(own, 0.01)
    for step in range(20):
        for weights in (own, theirs):
            sum((weight**3).sum() * (step % 3) for weight in weights.values()).backward()
        for group, peak in zip(expected.param_groups, peaks, strict=True):
            group["lr"] = peak * 0.9**step
        expected.step()
        expected.zero_grad()
        optimizer.step(0.9**step)
        assert all(torch.equal(own[name], theirs[name]) for name in drawn)
        assert all(weight.grad is None for weight in own.values())


def test_training_does_not_import_the_compiler_of_torch():
    code = (
        "import sys; from entropy_assets.curation.probe import ProbeParams, train_probe; "
        "train_probe([b'some text'], ProbeParams(budget_bytes=9), seed=1); "
        "assert 'torch' in sys.modules; assert 'torch._dynamo' not in sys.modules"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
