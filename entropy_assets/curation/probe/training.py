"""Training of the probe: one pass, in which every byte is predicted before it is trained on.

L, `loss_bpb`, is the mean loss over that pass in bits per byte: the first-epoch training loss of the
entropy law (arXiv 2407.06645) and a prequential code length. The bytes of one optimizer step are
predicted with the weights before that step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from entropy_assets.curation.probe.checkpoint import digest, load_checkpoint, save_checkpoint
from entropy_assets.curation.probe.evaluation import HeldoutLoss, measure_heldout, reader
from entropy_assets.curation.probe.model import SEPARATOR, init_weights, logits
from entropy_assets.curation.probe.packing import Windows, pack
from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.devices import isolated_torch, pick_device
from entropy_assets.errors import InvalidParameter, ProbeDiverged

if TYPE_CHECKING:
    from torch import Tensor

MAX_CURVE_POINTS = 100
# Adam's step does not depend on the size of a gradient, and a row of the table is touched rarely, so
# its rate is far above that of the matrices. Looked at on 128 kB: 0.05 to 0.2 for the table differ by
# 0.03 bits per byte, and a head at 0.03 beats 0.01 by 0.05.
FACTORS = {"table": 25.0, "head": 5.0}
_CONTINUED_FACTOR = 0.25
_FINAL_FACTOR = 0.1
BETAS = (0.8, 0.95)
EPSILON = 1e-8


@dataclass(frozen=True)
class ProbeRun:
    """What one probe run measured. Two runs are equal when all but their times are.

    Parameters
    ----------
    loss_bpb
        L: mean training loss over the pass, bits per byte; separators are not counted.
    loss_curve
        At most 100 pairs (bytes seen so far, mean bits per byte since the last pair).
    n_bytes
        Bytes trained on.
    n_records
        Records of which at least one byte was trained on.
    device
        ``"cpu"`` or ``"cuda"``.
    checkpoint_digest
        SHA-256 of the checkpoint that came with this run, hexadecimal.
    seconds
        Wall time of the training pass.
    heldout_bpb
        Source -> bits per byte after training; empty without held-out texts.
    heldout_bytes
        Source -> scored bytes.
    heldout_bpb_overall
        Bits per byte over all scored held-out bytes; None without held-out texts.
    exam_bpb
        Evaluation set -> bits per byte after training.
    """

    loss_bpb: float
    loss_curve: tuple[tuple[int, float], ...]
    n_bytes: int
    n_records: int
    device: str
    checkpoint_digest: str
    seconds: float = field(compare=False)
    heldout_bpb: dict[str, float] = field(default_factory=dict)
    heldout_bytes: dict[str, int] = field(default_factory=dict)
    heldout_bpb_overall: float | None = None
    exam_bpb: dict[str, float] = field(default_factory=dict)

    @property
    def bytes_per_second(self) -> float:
        """Speed of the training pass."""
        return self.n_bytes / self.seconds

    def examined(self, found: HeldoutLoss) -> ProbeRun:
        """Return the run with the loss of held-out texts under its checkpoint."""
        return replace(
            self, heldout_bpb=found.bpb, heldout_bytes=found.n_bytes, heldout_bpb_overall=found.overall_bpb
        )


def train_probe(
    texts: Sequence[bytes],
    params: ProbeParams,
    *,
    seed: int,
    start: bytes | None = None,
    heldout: Mapping[str, Sequence[bytes]] | None = None,
) -> tuple[ProbeRun, bytes]:
    """Train a probe for one pass and return what was measured and its checkpoint.

    On a CPU the same arguments give the same bits, on any number of cores of one kind of processor.
    Nothing global changes: neither torch's random state nor its number of threads.

    Parameters
    ----------
    texts
        Records. They are shuffled by `seed`, joined, and cut to `budget_bytes`.
    params
        Settings of the run.
    seed
        Seed of the shuffle and, without `start`, of the first weights; 0 to 2**63 - 1.
    start
        Checkpoint to go on from, with a fresh optimizer; None starts from scratch.
    heldout
        Source -> records that are scored with the trained weights.

    Returns
    -------
    tuple[ProbeRun, bytes]
        The run, and the checkpoint of the trained weights (safetensors).

    Raises
    ------
    InvalidParameter
        The seed is out of range, or CUDA is asked for where there is none.
    InvalidInput
        No text holds a byte, a held-out text or source is empty, or `start` is no checkpoint.
    StaleProvenance
        `start` has another shape than `params`.
    ProbeDiverged
        The loss or a weight became infinite or not a number.
    """
    check_seed(seed)
    device = pick_device(params.device)
    windows = pack(texts, params.budget_bytes, params.context_bytes, seed)
    with isolated_torch():
        weights = load_checkpoint(start, params) if start is not None else init_weights(params, seed)
        weights = {name: weight.to(device).requires_grad_() for name, weight in weights.items()}
        began = time.perf_counter()
        losses = _one_pass(weights, windows, params, peak_rate(params, start is not None))
        seconds = time.perf_counter() - began
        checkpoint = save_checkpoint(weights, params)
        found = measure_heldout(heldout, reader(weights, params)) if heldout else None
    run = ProbeRun(
        loss_bpb=float(losses[:, 1].sum() / windows.n_bytes),
        loss_curve=curve(losses[:, 0], losses[:, 0], losses[:, 1]),
        n_bytes=windows.n_bytes,
        n_records=windows.n_records,
        device=device.type,
        checkpoint_digest=digest(checkpoint),
        seconds=seconds,
    )
    return run if found is None else run.examined(found), checkpoint


def check_seed(seed: int) -> None:
    """Check the seed of a run.

    Raises
    ------
    InvalidParameter
        It is out of range.
    """
    if type(seed) is not int or not 0 <= seed < 2**63:
        raise InvalidParameter(f"seed must be a whole number from 0 to 2**63 - 1, got {seed!r}")


def peak_rate(params: ProbeParams, continued: bool) -> float:
    """Return the peak rate of the blocks: that of the settings, or what follows from them."""
    if params.learning_rate is not None:
        return params.learning_rate
    return params.base_rate * (_CONTINUED_FACTOR if continued else 1.0)


def _one_pass(weights: dict[str, Tensor], windows: Windows, params: ProbeParams, rate: float) -> np.ndarray:
    """Train the weights in place; return (n_steps, 2) float64: counted bytes and bits of each step."""
    import torch
    from torch.nn import functional

    device = weights["table"].device
    optimizer = AdamW(weights, rate)
    n_steps = -(-len(windows.symbols) // params.batch_size)
    losses, held = np.zeros((n_steps, 2)), []
    for step in range(n_steps):
        rows = slice(step * params.batch_size, (step + 1) * params.batch_size)
        x = torch.from_numpy(windows.symbols[rows]).to(device)  # (B, T)
        y = torch.from_numpy(windows.targets[rows]).to(device)  # (B, T)
        n_counted = int((windows.targets[rows] != SEPARATOR).sum())
        scores = logits(weights, x, params)
        nats = functional.cross_entropy(
            scores.flatten(0, 1), y.flatten(), ignore_index=SEPARATOR, reduction="sum"
        )
        losses[step, 0] = n_counted
        held.append(nats.detach())
        if device.type == "cpu" and not math.isfinite(held[-1].item()):  # a GPU would be waited for
            break
        (nats / n_counted).backward()  # type: ignore[no-untyped-call]
        optimizer.step(schedule(step, n_steps, params.warmup_share))
    losses[: len(held), 1] = torch.stack(held).double().cpu().numpy() / math.log(2)
    if not np.isfinite(losses).all():
        worst = int(np.argmin(np.isfinite(losses[:, 1])))
        raise ProbeDiverged(diverged(f"the loss of step {worst + 1} of {n_steps}", rate))
    if not all(bool(torch.isfinite(weight).all()) for weight in weights.values()):
        raise ProbeDiverged(diverged("a weight after the last step", rate))
    return losses


def schedule(step: int, n_steps: int, warmup_share: float) -> float:
    """Return the factor on the peak rate: a linear rise over the warm-up, then a line down to a tenth.

    >>> [round(schedule(step, 10, 0.2), 3) for step in (0, 1, 2, 9)]
    [0.5, 1.0, 1.0, 0.213]
    """
    n_warmup = warmup_share * n_steps
    rise = (step + 1) / n_warmup if n_warmup else 1.0
    fall = 1.0 - (1.0 - _FINAL_FACTOR) * max(0.0, step - n_warmup) / max(n_steps - n_warmup, 1.0)
    return min(rise, fall)


class AdamW:
    """AdamW without weight decay: in one pass nothing is seen twice, so there is nothing to regularise.

    Torch's function does the work, with the bits of `torch.optim.AdamW(fused=True)`. That class imports a
    compiler when the first one is made, which takes longer than a run of 64 kB.
    """

    def __init__(self, weights: dict[str, Tensor], rate: float, betas: tuple[float, float] = BETAS) -> None:
        import torch

        self._betas, self._names = betas, list(weights)
        self._peaks = [rate * FACTORS.get(name, 1.0) for name in weights]
        self._weights = list(weights.values())
        self._means = [torch.zeros_like(weight, requires_grad=False) for weight in self._weights]
        self._squares = [torch.zeros_like(weight, requires_grad=False) for weight in self._weights]
        self._steps = [torch.zeros((), dtype=torch.float32, device=weight.device) for weight in self._weights]

    def tensors(self) -> dict[str, Tensor]:
        """Return all that it remembers: name -> tensor, for whoever stops it and goes on."""
        kinds = {"mean": self._means, "square": self._squares, "steps": self._steps}
        return {
            f"{kind}.{name}": tensor
            for kind, tensors in kinds.items()
            for name, tensor in zip(self._names, tensors, strict=True)
        }

    def step(self, factor: float) -> None:
        """Change the weights by their gradients at `factor` of the peak rates, and drop the gradients."""
        import torch
        from torch.optim.adamw import adamw

        rows = zip(self._weights, self._peaks, self._means, self._squares, self._steps, strict=True)
        with torch.no_grad():
            for weight, peak, mean, square, n_steps in rows:
                if weight.grad is None:
                    continue
                adamw(
                    [weight],
                    [weight.grad],
                    [mean],
                    [square],
                    [],
                    [n_steps],
                    fused=True,
                    amsgrad=False,
                    beta1=self._betas[0],
                    beta2=self._betas[1],
                    lr=peak * factor,
                    weight_decay=0.0,
                    eps=EPSILON,
                    maximize=False,
                )
                weight.grad = None


def diverged(what: str, rate: float) -> str:
    """Return the sentence about a run that went astray."""
    return f"{what} is not a finite number at a learning rate of {rate:g}: lower learning_rate"


def curve(read: np.ndarray, counted: np.ndarray, bits: np.ndarray) -> tuple[tuple[int, float], ...]:
    """Return at most `MAX_CURVE_POINTS` (bytes seen, bits per byte): neighbouring steps are averaged.

    Parameters
    ----------
    read, counted, bits
        (n_steps,) each: bytes that were read, bytes that count, and their bits.
    """
    starts = np.arange(0, len(bits), -(-len(bits) // MAX_CURVE_POINTS))
    seen, n_counted, summed = (np.add.reduceat(values, starts) for values in (read, counted, bits))
    rows = zip(np.cumsum(seen), n_counted, summed, strict=True)
    return tuple((int(n), float(own / count)) for n, count, own in rows if count)
