"""The loss of texts under a trained probe, without training.

Records are scored one by one: a record starts after a separator and sees no other record. What is
longer than `context_bytes` is cut into windows that follow each other; a window starts with the byte
before it and remembers nothing earlier. Only the first `max_record_bytes` bytes count.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from entropy_assets.curation.probe.checkpoint import load_checkpoint
from entropy_assets.curation.probe.model import SEPARATOR, logits
from entropy_assets.curation.probe.packing import pack
from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.devices import isolated_torch, pick_device
from entropy_assets.errors import InvalidInput, ProbeDiverged

if TYPE_CHECKING:
    from torch import Tensor

Read = Callable[[Sequence[bytes]], tuple[np.ndarray, np.ndarray]]
"""Returns bits (n,) float64 and scored bytes (n,) int64 of n records under some model."""

_BATCH_SYMBOLS = {"cpu": 4096, "cuda": 1 << 18}


@dataclass(frozen=True)
class HeldoutLoss:
    """Held-out loss of each source.

    Parameters
    ----------
    bpb
        Source -> bits per byte over all its scored bytes.
    n_bytes
        Source -> scored bytes.
    """

    bpb: dict[str, float]
    n_bytes: dict[str, int]

    @property
    def overall_bpb(self) -> float:
        """Bits per byte over all scored bytes of all sources; NaN where there is no source."""
        total = sum(self.n_bytes.values())
        return sum(self.bpb[source] * n for source, n in self.n_bytes.items()) / total if total else math.nan


def record_losses(checkpoint: bytes, texts: Sequence[bytes], params: ProbeParams) -> np.ndarray:
    """Return (n,) float64: bits per byte of each record under the model of a checkpoint.

    Records are batched by length. A record's neighbours in its batch can change its loss in the last
    digits of float32 (about 1e-6); the same list gives the same bits.

    Parameters
    ----------
    checkpoint
        From `train_probe`.
    texts
        Records, none empty.
    params
        Settings with the checkpoint's shape. `max_record_bytes` bounds what is scored of each record.

    Returns
    -------
    np.ndarray
        In the order of `texts`.

    Raises
    ------
    InvalidInput
        A text is empty, or the bytes are no checkpoint.
    StaleProvenance
        The checkpoint has another shape than `params`.
    ProbeDiverged
        A loss is not a finite number.
    """
    with isolated_torch():
        weights = load_checkpoint(checkpoint, params)
        bits, n_bytes = _record_bits(weights, texts, params)
    losses: np.ndarray = bits / n_bytes
    return losses


def heldout_bpb(
    checkpoint: bytes, heldout: Mapping[str, Sequence[bytes]], params: ProbeParams
) -> HeldoutLoss:
    """Return the bits per byte of each held-out source under the model of a checkpoint.

    Parameters
    ----------
    checkpoint
        From `train_probe`.
    heldout
        Source -> its records: at least one a source, none empty.
    params
        As in `record_losses`.

    Returns
    -------
    HeldoutLoss
        Sources in the order given.

    Raises
    ------
    InvalidInput
        A source has no record, a text is empty, or the bytes are no checkpoint.
    StaleProvenance
        The checkpoint has another shape than `params`.
    ProbeDiverged
        A loss is not a finite number.
    """
    with isolated_torch():
        return measure_heldout(heldout, reader(load_checkpoint(checkpoint, params), params))


def reader(weights: dict[str, Tensor], params: ProbeParams) -> Read:
    """Return what reads records under weights that are loaded."""
    return lambda texts: _record_bits(weights, texts, params)


def measure_heldout(heldout: Mapping[str, Sequence[bytes]], read: Read) -> HeldoutLoss:
    """Return the loss of each held-out source under any model; all records are read together.

    Parameters
    ----------
    heldout
        Source -> its records: at least one a source, none empty.
    read
        Reads records under the model.

    Raises
    ------
    InvalidInput
        A source has no record, or a text is empty.
    ProbeDiverged
        A loss is not a finite number.
    """
    for source, texts in heldout.items():
        if not texts:
            raise InvalidInput(f"held-out source {source!r} has no record: leave it out or give it some")
    bits, n_bytes = read([text for texts in heldout.values() for text in texts])
    bpb, sizes, start = {}, {}, 0
    for source, texts in heldout.items():
        own = slice(start, start + len(texts))
        bpb[source], sizes[source] = float(bits[own].sum() / n_bytes[own].sum()), int(n_bytes[own].sum())
        start = own.stop
    return HeldoutLoss(bpb, sizes)


def require_texts(texts: Sequence[bytes]) -> None:
    """Check that no text is empty.

    Raises
    ------
    InvalidInput
        One is.
    """
    empty = [index for index, text in enumerate(texts) if not text]
    if empty:
        raise InvalidInput(f"text {empty[0]} of {len(texts)} is empty and has no loss per byte: leave it out")


def _record_bits(
    weights: dict[str, Tensor], texts: Sequence[bytes], params: ProbeParams
) -> tuple[np.ndarray, np.ndarray]:
    """Return bits (n,) float64 and scored bytes (n,) int64 of each record."""
    require_texts(texts)
    rows = [pack([text], params.max_record_bytes, params.context_bytes, seed=0) for text in texts]
    n_bytes = np.array([row.n_bytes for row in rows], dtype=np.int64)
    if not rows:
        return np.zeros(0), n_bytes
    owner = np.repeat(np.arange(len(rows)), [len(row.symbols) for row in rows])
    window_bits = _window_bits(
        weights,
        np.concatenate([row.symbols for row in rows]),
        np.concatenate([row.targets for row in rows]),
        params,
    )
    bits = np.bincount(owner, weights=window_bits, minlength=len(rows))
    if not np.isfinite(bits).all():
        worst = int(np.flatnonzero(~np.isfinite(bits))[0])
        raise ProbeDiverged(
            f"the loss of text {worst} is {bits[worst]}: the checkpoint's weights are unusable"
        )
    return bits, n_bytes


def _window_bits(
    weights: dict[str, Tensor], symbols: np.ndarray, targets: np.ndarray, params: ProbeParams
) -> np.ndarray:
    """Return (n,) float64, bits of the counted bytes of each window; windows of like length run together."""
    import torch
    from torch.nn import functional

    device = pick_device(params.device)
    on_device = {name: weight.to(device) for name, weight in weights.items()}
    lengths = (targets != SEPARATOR).sum(axis=1)
    order = np.argsort(lengths, kind="stable")
    bits = np.zeros(len(symbols))
    n_rows = max(1, _BATCH_SYMBOLS[device.type] // params.context_bytes)
    with torch.inference_mode():
        for start in range(0, len(order), n_rows):
            batch = order[start : start + n_rows]
            longest = int(lengths[batch[-1]])
            x = torch.from_numpy(symbols[batch, :longest]).to(device)  # (B, T)
            y = torch.from_numpy(targets[batch, :longest]).to(device)  # (B, T)
            scores = logits(on_device, x, params)
            nats = functional.cross_entropy(
                scores.flatten(0, 1), y.flatten(), ignore_index=SEPARATOR, reduction="none"
            )
            bits[batch] = nats.view(y.shape).sum(dim=1, dtype=torch.float64).cpu().numpy() / math.log(2)
    return bits
