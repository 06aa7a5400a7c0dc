"""Probes trained side by side: the losses of each alone, whatever is beside it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from entropy_assets.curation.probe import ProbeParams, ProbeTask, run_probes, stacked
from entropy_assets.curation.probe.model import init_weights, logits
from entropy_assets.curation.probe.stacked import stacked_logits, train_stacked
from entropy_assets.errors import ProbeDiverged


@pytest.fixture
def tasks(texts: list[bytes], params: ProbeParams, checkpoint: bytes) -> list[ProbeTask]:
    short = replace(params, budget_bytes=5_000)
    return [
        ProbeTask(texts, params, seed=1),
        ProbeTask(texts, short, seed=2, start=checkpoint, heldout={"own": texts[:5]}),
        ProbeTask(texts, replace(short, depth=2), seed=3),
        ProbeTask(texts[:50], short, seed=3, sets={"set": texts[:2]}),
    ]


def test_stacked_runs_have_the_losses_of_separate_ones(tasks: list[ProbeTask]) -> None:
    found = train_stacked(tasks)
    for task, (run, checkpoint) in zip(tasks, found, strict=True):
        alone, alone_checkpoint = run_probes([task], 1)[0]
        assert run.loss_bpb == pytest.approx(alone.loss_bpb, abs=1e-3)
        assert (run.n_bytes, run.n_records) == (alone.n_bytes, alone.n_records)
        np.testing.assert_allclose(run.loss_curve, alone.loss_curve, atol=1e-2)
        assert run.heldout_bpb == pytest.approx(alone.heldout_bpb, abs=1e-3)
        assert run.exam_bpb == pytest.approx(alone.exam_bpb, abs=1e-3)
        assert len(checkpoint) == len(alone_checkpoint)
    assert train_stacked(tasks[:1])[0][0].loss_bpb == pytest.approx(found[0][0].loss_bpb, abs=1e-5)


def test_stacked_logits_are_those_of_each_model() -> None:
    params = ProbeParams(depth=2, context_bytes=16, ngram_rows=32, device="cpu")
    models = []
    for seed in (0, 1, 2):
        generator = torch.Generator().manual_seed(seed)
        models.append(
            {n: torch.randn(w.shape, generator=generator) for n, w in init_weights(params, seed).items()}
        )
    symbols = torch.randint(0, 257, (3, 2, 16), generator=torch.Generator().manual_seed(9))
    stack = {name: torch.stack([model[name] for model in models]) for name in models[0]}
    found = stacked_logits(stack, symbols, params)
    for model, own, expected in zip(models, symbols, found, strict=True):
        torch.testing.assert_close(logits(model, own, params), expected, rtol=1e-4, atol=1e-3)


def test_bfloat16_moves_a_loss_by_less_than_the_bar(
    tasks: list[ProbeTask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What autocast does to matrices on CUDA, done here on the processor."""
    exact = train_stacked(tasks[:2])
    monkeypatch.setattr(stacked, "BFLOAT16_ON", ("cpu",))
    for (rounded, _), (run, _) in zip(train_stacked(tasks[:2]), exact, strict=True):
        assert rounded.loss_bpb != run.loss_bpb
        assert rounded.loss_bpb == pytest.approx(run.loss_bpb, abs=1e-3)


def test_the_first_run_that_diverges_is_told(tasks: list[ProbeTask]) -> None:
    wild = replace(tasks[0], params=replace(tasks[0].params, learning_rate=1e38))
    with pytest.raises(ProbeDiverged, match="learning rate of 1e\\+38: lower"):
        train_stacked([tasks[1], wild])


@pytest.mark.gpu
def test_cuda_gives_the_losses_of_a_cpu(tasks: list[ProbeTask]) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device; its twin is the stack on a CPU")
    on_cuda = [replace(task, params=replace(task.params, device="cuda")) for task in tasks]
    pairs = zip(run_probes(on_cuda, 1), run_probes(tasks, 1), strict=True)
    for (fast, _), (slow, _) in pairs:
        assert fast.device == "cuda"
        assert fast.loss_bpb == pytest.approx(slow.loss_bpb, abs=1e-3)
        assert fast.heldout_bpb == pytest.approx(slow.heldout_bpb, abs=2e-3)
