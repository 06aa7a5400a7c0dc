"""Many byte probes trained at once: their weights are stacked, and each step is one step of all of them.

A single probe is too small for a GPU: it waits for launches. Every operation here has a first axis over runs,
and none mixes two of them, so a run's losses are those of `train_probe` up to rounding. Nothing waits for the
device before the end of the pass, and on CUDA matrices are multiplied in bfloat16.

What belongs here: the stacked pass. What does not: the model and its optimizer, whose reasons stand in
`model` and `training`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from entropy_assets.curation.probe.checkpoint import digest, load_checkpoint, save_checkpoint
from entropy_assets.curation.probe.evaluation import measure_heldout, reader
from entropy_assets.curation.probe.model import SEPARATOR, embedding_rows, init_weights
from entropy_assets.curation.probe.packing import Windows, pack
from entropy_assets.curation.probe.params import SHAPE_FIELDS, ProbeParams
from entropy_assets.curation.probe.task import ProbeTask
from entropy_assets.curation.probe.training import (
    BETAS,
    EPSILON,
    FACTORS,
    ProbeRun,
    check_seed,
    curve,
    diverged,
    peak_rate,
    schedule,
)
from entropy_assets.devices import isolated_torch, pick_device
from entropy_assets.errors import ProbeDiverged

if TYPE_CHECKING:
    from torch import Tensor

BFLOAT16_ON = ("cuda",)
"""Kinds of devices on which matrices are multiplied in bfloat16."""

MOST_SIDE_BY_SIDE = 64
"""Runs in one stack: the weights, gradients and means of one take 17 MB at default settings."""


def train_stacked(tasks: Sequence[ProbeTask]) -> list[tuple[ProbeRun, bytes]]:
    """Train probes side by side; return (run, checkpoint) of each, in the order of the tasks.

    `ProbeRun.seconds` of a run is its share of the wall time of its stack.

    Parameters
    ----------
    tasks
        What to run.

    Raises
    ------
    InvalidParameter, InvalidInput, StaleProvenance, ProbeDiverged
        As `train_probe` of the first task for which it would.
    """
    found: dict[int, tuple[ProbeRun, bytes]] = {}
    for numbers in _stacks(tasks):
        own = [tasks[number] for number in numbers]
        found |= zip(numbers, _train_stack(own), strict=True)
    return [found[number] for number in range(len(tasks))]


def _stacks(tasks: Sequence[ProbeTask]) -> list[list[int]]:
    """Return places of tasks that can be stacked: equal shapes, batches, schedules and devices."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for number, task in enumerate(tasks):
        fields = (*SHAPE_FIELDS, "batch_size", "warmup_share", "device")
        alike.setdefault(tuple(getattr(task.params, name) for name in fields), []).append(number)
    return [
        numbers[start : start + MOST_SIDE_BY_SIDE]
        for numbers in alike.values()
        for start in range(0, len(numbers), MOST_SIDE_BY_SIDE)
    ]


def _train_stack(tasks: Sequence[ProbeTask]) -> list[tuple[ProbeRun, bytes]]:
    import torch

    for task in tasks:
        check_seed(task.seed)
    params = tasks[0].params
    device = pick_device(params.device)
    windows = [pack(t.texts, t.params.budget_bytes, t.params.context_bytes, t.seed) for t in tasks]
    rates = [peak_rate(task.params, task.start is not None) for task in tasks]
    with isolated_torch():
        began = time.perf_counter()
        starts = [
            init_weights(t.params, t.seed) if t.start is None else load_checkpoint(t.start, t.params)
            for t in tasks
        ]
        weights = {
            name: torch.stack([start[name] for start in starts]).to(device).requires_grad_()
            for name in starts[0]
        }  # (K, ...) each
        losses = _one_pass(weights, windows, params, rates)
        seconds = (time.perf_counter() - began) / len(tasks)
        return [
            _measured(task, windows[k], losses[k], {n: w[k] for n, w in weights.items()}, seconds)
            for k, task in enumerate(tasks)
        ]


def _measured(
    task: ProbeTask, windows: Windows, losses: np.ndarray, weights: dict[str, Tensor], seconds: float
) -> tuple[ProbeRun, bytes]:
    checkpoint = save_checkpoint(weights, task.params)
    run = ProbeRun(
        loss_bpb=float(losses[:, 1].sum() / windows.n_bytes),
        loss_curve=curve(losses[:, 0], losses[:, 0], losses[:, 1]),
        n_bytes=windows.n_bytes,
        n_records=windows.n_records,
        device=weights["table"].device.type,
        checkpoint_digest=digest(checkpoint),
        seconds=seconds,
    )
    plain = {name: weight.detach() for name, weight in weights.items()}
    read = reader(plain, task.params)
    if task.heldout:
        run = run.examined(measure_heldout(task.heldout, read))
    if task.sets:
        run = replace(run, exam_bpb=measure_heldout(task.sets, read).bpb)
    return run, checkpoint


def _one_pass(
    weights: dict[str, Tensor], windows: Sequence[Windows], params: ProbeParams, rates: Sequence[float]
) -> list[np.ndarray]:
    """Train K stacks of weights in place; return of each (n_steps, 2) float64: counted bytes and bits."""
    import torch
    from torch.nn import functional

    device = weights["table"].device
    size = params.batch_size
    n_steps = [-(-len(own.symbols) // size) for own in windows]
    n_rows = max(n_steps) * size
    symbols, targets = (_stacked_windows(windows, name, n_rows) for name in ("symbols", "targets"))
    shape = (len(windows), max(n_steps), size)
    counted = (targets != SEPARATOR).reshape(*shape, -1).sum(axis=(2, 3))  # (K, n_steps)
    factors = np.zeros((len(windows), max(n_steps)), dtype=np.float32)  # 0 where a run is through
    for k, own in enumerate(n_steps):
        factors[k, :own] = [rates[k] * schedule(step, own, params.warmup_share) for step in range(own)]
    x_all, y_all = (torch.from_numpy(part).to(device) for part in (symbols, targets))  # (K, n, T)
    weight_of = torch.from_numpy((1 / np.maximum(counted, 1)).astype(np.float32)).to(device)
    rate_of = torch.from_numpy(factors).to(device)
    optimizer, held = _Adam(weights), []
    for step in range(max(n_steps)):
        rows = slice(step * size, (step + 1) * size)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type in BFLOAT16_ON):
            scores = stacked_logits(weights, x_all[:, rows], params)  # (K, B, T, 256)
        nats = functional.cross_entropy(
            scores.float().flatten(0, 2), y_all[:, rows].flatten(), ignore_index=SEPARATOR, reduction="none"
        )
        summed = nats.view(len(windows), -1).sum(dim=1)  # (K,)
        held.append(summed.detach())
        (summed * weight_of[:, step]).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step(rate_of[:, step])
    bits = torch.stack(held, dim=1).double().cpu().numpy() / math.log(2)  # (K, n_steps)
    are_finite = torch.stack([own.isfinite().flatten(1).all(dim=1) for own in weights.values()]).all(dim=0)
    losses = []
    for k, own in enumerate(n_steps):
        finite = np.isfinite(bits[k, :own])
        if not finite.all():
            where = f"the loss of step {int(np.argmin(finite)) + 1} of {own}"
            raise ProbeDiverged(diverged(where, rates[k]))
        if not are_finite[k]:
            raise ProbeDiverged(diverged("a weight after the last step", rates[k]))
        losses.append(np.stack([counted[k, :own], bits[k, :own]], axis=1).astype(np.float64))
    return losses


def _stacked_windows(windows: Sequence[Windows], name: str, n_rows: int) -> np.ndarray:
    """Return (K, n_rows, T) int64 windows; runs with fewer end in rows of separators, which count nowhere."""
    parts = [getattr(own, name) for own in windows]
    made = np.full((len(parts), n_rows, parts[0].shape[1]), SEPARATOR, dtype=np.int64)
    for k, part in enumerate(parts):
        made[k, : len(part)] = part
    return made


def stacked_logits(weights: dict[str, Tensor], symbols: Tensor, params: ProbeParams) -> Tensor:
    """Return `model.logits` of K stacked models, each on its symbols.

    Parameters
    ----------
    weights
        Name -> (K, ...), as `init_weights` shapes one.
    symbols
        (K, B, T) int64 in 0..256, T at most `context_bytes`.
    params
        Their shape fields must be those of the weights.

    Returns
    -------
    Tensor
        (K, B, T, 256).
    """
    import torch
    from torch.nn import functional

    K, B, T = symbols.shape
    table, W = weights["table"], params.width
    first_row = torch.arange(K, device=symbols.device) * table.shape[1]
    ids = embedding_rows(symbols.reshape(K * B, T), params).view(K, -1) + first_row[:, None]
    x = functional.embedding_bag(ids.view(K * B * T, -1), table.flatten(0, 1), mode="sum").view(K, B, T, W)
    x = (x + weights["position"][:, None, :T]).view(K, B * T, W)

    def linear(given: Tensor, name: str) -> Tensor:
        return torch.bmm(given, weights[name].transpose(1, 2))

    def norm(given: Tensor) -> Tensor:
        return functional.layer_norm(given, (W,))

    for block in range(params.depth):
        qkv = linear(norm(x), f"block{block}.qkv").view(K * B, T, 3 * params.n_heads, -1)
        q, k, v = qkv.transpose(1, 2).chunk(3, dim=1)  # each (K * B, n_heads, T, W / n_heads)
        mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + linear(mixed.transpose(1, 2).reshape(K, B * T, W), f"block{block}.out")
        x = x + linear(functional.relu(linear(norm(x), f"block{block}.up")), f"block{block}.down")
    return linear(norm(x), "head").view(K, B, T, -1)


class _Adam:
    """The optimizer of `training.AdamW`, with a rate of its own for each run of the stack."""

    def __init__(self, weights: dict[str, Tensor]) -> None:
        import torch

        self._weights = weights
        self._means = {name: torch.zeros_like(w, requires_grad=False) for name, w in weights.items()}
        self._squares = {name: torch.zeros_like(w, requires_grad=False) for name, w in weights.items()}
        self._n_steps = 0

    def step(self, rates: Tensor) -> None:
        """Change the weights by their gradients at rates (K,), and drop the gradients."""
        import torch

        self._n_steps += 1
        first, second = (1 - beta**self._n_steps for beta in BETAS)
        with torch.no_grad():
            for name, weight in self._weights.items():
                gradient, mean, square = weight.grad, self._means[name], self._squares[name]
                assert gradient is not None, "every weight takes part in every step"
                mean.lerp_(gradient, 1 - BETAS[0])
                square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
                change = mean / first / (square.div(second).sqrt_().add_(EPSILON))
                own = (rates * FACTORS.get(name, 1.0)).view(-1, *[1] * (weight.dim() - 1))
                weight.sub_(change.mul_(own))
                weight.grad = None
