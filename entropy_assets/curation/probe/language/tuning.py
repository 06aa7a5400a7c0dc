"""Fine-tuning of a language model: one pass, in which every token is predicted before it is trained on.

L, `loss_bpb`, is the mean loss over that pass in bits per byte, the first-epoch training loss of the entropy
law (arXiv 2407.06645), of the very model that is to be fine-tuned. The tokens of one optimizer step are
predicted with the weights before that step.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from entropy_assets.curation.probe.evaluation import measure_heldout
from entropy_assets.curation.probe.language.model import (
    load_for_training,
    row_losses,
    trainable,
    trained_weights,
)
from entropy_assets.curation.probe.language.params import LanguageProbeParams
from entropy_assets.curation.probe.language.reading import context_of, reader
from entropy_assets.curation.probe.language.sequences import (
    Piece,
    Row,
    Spans,
    cut_to_budget,
    first_token,
    packed,
    pieces_of,
)
from entropy_assets.curation.probe.language.state import read_state, write_state
from entropy_assets.curation.probe.training import AdamW, ProbeRun, check_seed, curve, diverged, schedule
from entropy_assets.devices import isolated_torch
from entropy_assets.errors import InvalidInput, ProbeDiverged
from entropy_assets.language_models import LanguageModel
from entropy_assets.storage import digest_bytes, digest_value

if TYPE_CHECKING:
    from torch import Tensor

SAVE_SECONDS = 300.0
"""Seconds after which a run keeps its state again, where it has a place for it."""

_BETAS = (0.9, 0.95)
_MAX_NORM = 1.0
_LOOKS = 20
"""Steps after which it is looked whether losses are finite: on CUDA a look waits for all that runs."""


@dataclass(frozen=True)
class LanguageTask:
    """The arguments of one fine-tuning.

    Parameters
    ----------
    texts
        Records. They are shuffled by `seed` and cut to `budget_bytes`.
    params
        Settings of the run.
    seed
        Seed of the shuffle and of fresh adapters; 0 to 2**63 - 1.
    spans
        What counts of each text under ``loss = "answers"``; None where all does.
    heldout, sets
        Source -> records that are scored with the trained weights; `sets` as `ProbeRun.exam_bpb`.
    state
        Where the run keeps its state, so that one that is killed goes on; None for nowhere.
    """

    texts: Sequence[bytes]
    params: LanguageProbeParams
    seed: int
    spans: Sequence[Spans] | None = None
    heldout: Mapping[str, Sequence[bytes]] | None = None
    sets: Mapping[str, Sequence[bytes]] | None = None
    state: Path | None = None

    @property
    def counted(self) -> Sequence[Spans] | None:
        """What counts of each text under the settings' loss; None where all does."""
        return self.spans if self.params.loss == "answers" else None


def fine_tune(task: LanguageTask, base: LanguageModel | None = None) -> tuple[ProbeRun, LanguageModel]:
    """Fine-tune a language model for one pass; return what was measured, and the model after it.

    On a CPU one thread does it, and the same arguments give the same bits on one kind of processor, stopped
    or not.

    Parameters
    ----------
    task
        What to train on.
    base
        The model of the settings, where it is loaded already; it stays as it is.

    Raises
    ------
    InvalidParameter
        The seed is out of range, a package of the extra is missing, or there is no CUDA.
    InvalidInput
        No text holds a character, a held-out text is empty, or there is no model.
    ProbeDiverged
        The loss or a weight became infinite or not a number.
    """
    params = task.params
    check_seed(task.seed)
    with isolated_torch():
        base = base or load_for_training(params)
        pieces = _pieces(task, base)
        context = context_of(base, params)
        steps = packed(pieces, context, max(1, params.batch_tokens // context))
        tuned = trainable(base, params, task.seed)
        began = time.perf_counter()
        bits = train_steps(tuned, steps, task)
        seconds = time.perf_counter() - began
        weights = trained_weights(tuned.model)
        read, counted = (
            np.array([sum(getattr(piece, size) for row in rows for piece in row) for rows in steps])
            for size in ("n_read", "n_counted")
        )
        run = ProbeRun(
            loss_bpb=float(bits.sum() / counted.sum()),
            loss_curve=curve(read, counted, bits),
            n_bytes=int(read.sum()),
            n_records=len({piece.record for piece in pieces}),
            device=tuned.device.type,
            checkpoint_digest=_digest(weights),
            seconds=seconds,
        )
        reads = reader(tuned, params)
        if task.heldout:
            run = run.examined(measure_heldout(task.heldout, reads))
        if task.sets:
            run = replace(run, exam_bpb=measure_heldout(task.sets, reads).bpb)
    return run, tuned


def _pieces(task: LanguageTask, base: LanguageModel) -> list[Piece]:
    """Return what is trained on, in its order."""
    params, spans = task.params, task.counted
    first, context = first_token(base.tokenizer), context_of(base, params)
    chosen = cut_to_budget([len(text) for text in task.texts], params.budget_bytes, task.seed)
    pieces = [
        piece
        for record, n_bytes in chosen
        for piece in pieces_of(
            task.texts[record][:n_bytes],
            record,
            base.tokenizer,
            first,
            context,
            () if spans is None else spans[record],
            is_whole=n_bytes == len(task.texts[record]) < params.max_record_bytes,
        )
    ]
    if not pieces:
        raise InvalidInput(
            f"the probe needs at least one text with a character, got {len(task.texts)} without: give it some"
        )
    return pieces


def train_steps(tuned: LanguageModel, steps: Sequence[list[Row]], task: LanguageTask) -> np.ndarray:
    """Train the weights of a model in place; return (n_steps,) float64: counted bits of each step.

    Parameters
    ----------
    tuned
        From `trainable`.
    steps
        Rows of each step.
    task
        Settings, and where the state is kept.

    Raises
    ------
    ProbeDiverged
        The loss or a weight became infinite or not a number.
    """
    import torch

    params = task.params
    weights = trained_weights(tuned.model)
    optimizer = AdamW(weights, params.rate, _BETAS)
    nats = torch.zeros(len(steps), dtype=torch.float64, device=tuned.device)
    held = {**{f"w.{name}": weight for name, weight in weights.items()}, **optimizer.tensors(), "nats": nats}
    key = _key(task) if task.state else ""
    begin = _restored(task.state, key, held)
    at_once = rows_at_once(tuned, params)
    saved = time.monotonic()
    for step in range(begin, len(steps)):
        rows = steps[step]
        n_trained = sum(int(piece.counted.sum()) + piece.has_end for row in rows for piece in row)
        for start in range(0, len(rows), at_once):
            losses = row_losses(tuned, rows[start : start + at_once])
            (losses.nats.sum() / max(n_trained, 1)).backward()  # type: ignore[no-untyped-call]
            nats[step] += losses.nats.detach()[: losses.n_counted].sum()
        if (step + 1) % _LOOKS == 0 or step + 1 == len(steps):
            _check(nats, step, len(steps), params.rate)
        torch.nn.utils.clip_grad_norm_(weights.values(), _MAX_NORM)
        optimizer.step(schedule(step, len(steps), params.warmup_share))
        if task.state and time.monotonic() - saved >= SAVE_SECONDS:
            write_state(task.state, key, step + 1, held)
            saved = time.monotonic()
    if not all(bool(torch.isfinite(weight).all()) for weight in weights.values()):
        raise ProbeDiverged(diverged("a weight after the last step", params.rate))
    if task.state:
        task.state.unlink(missing_ok=True)
    bits: np.ndarray = nats.cpu().numpy() / math.log(2)
    return bits


def rows_at_once(loaded: LanguageModel, params: LanguageProbeParams) -> int:
    """Return how many rows go through the model together: one on a CPU, what fits into half of CUDA's memory.

    A token takes the logits of the vocabulary, four times, and about 35 activations a layer and unit, half
    of it where they are computed again.
    """
    import torch

    if loaded.device.type == "cpu":
        return 1
    config = loaded.model.config
    size = int(loaded.model.get_input_embeddings().weight.shape[0])
    kept = 4 if params.gradient_checkpointing else 70
    per_token = 12 * size + kept * config.num_hidden_layers * config.hidden_size
    free, _ = torch.cuda.mem_get_info(loaded.device)
    return max(1, int(free // 2 // per_token // context_of(loaded, params)))


def _restored(path: Path | None, key: str, held: dict[str, Tensor]) -> int:
    """Put a stopped run's tensors in place; return how many steps it had done."""
    import torch

    found = read_state(path, key) if path else None
    if found is None or {name: t.shape for name, t in found[1].items()} != {
        name: tensor.shape for name, tensor in held.items()
    }:
        return 0
    with torch.no_grad():
        for name, tensor in held.items():
            tensor.copy_(found[1][name])
    return found[0]


def _key(task: LanguageTask) -> str:
    """Return a digest of all that a run follows from."""
    texts = [digest_bytes(text) for text in task.texts]
    counted = task.counted and [[(start, end) for start, end in spans] for spans in task.counted]
    return digest_value([task.params.parts, task.seed, texts, counted])


def _check(nats: Tensor, step: int, n_steps: int, rate: float) -> None:
    found = nats[: step + 1].isfinite().cpu().numpy()
    if not found.all():
        raise ProbeDiverged(diverged(f"the loss of step {int(np.argmin(found)) + 1} of {n_steps}", rate))


def _digest(weights: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode() + b"\0")
        digest.update(weights[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
