"""A small network that tells classes of passages apart by their numbers, kept as arrays.

PyTorch trains it; what is kept holds numbers alone, so that reading it back can run no code, and asking it
needs no PyTorch.

What belongs here: training, keeping, asking. What does not: what it is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import erf
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from torch import Tensor

HIDDEN = (128, 64)
"""Units of the two hidden layers."""
MOST = 5.0
"""Standard deviations from the mean that a number is cut to."""

_BATCH = 256
_RATE, _DECAY = 3e-3, 0.02
_RISE, _SECOND_MOMENTUM, _EPSILON = 0.3, 0.999, 1e-8
_DROPPED = (0.1, 0.3)
"""Shares of the numbers, and of the first hidden layer, that are left out at random in training."""
_SMOOTHING = 0.02
_LEAST_SPREAD = 1e-3


@dataclass(frozen=True)
class Network:
    """Three layers as arrays; between them the error of Gauss (GELU, Hendrycks and Gimpel 2016).

    Parameters
    ----------
    mean, spread
        (f,) float32, by which numbers are standardised.
    weights
        (f, h), (h, k), (k, c) float32.
    biases
        (h,), (k,), (c,) float32.
    """

    mean: np.ndarray
    spread: np.ndarray
    weights: tuple[np.ndarray, ...]
    biases: tuple[np.ndarray, ...]

    @classmethod
    def trained(
        cls, values: np.ndarray, classes: np.ndarray, n_classes: int, *, n_epochs: int, seed: int
    ) -> Network:
        """Return a network that tells the classes of (n, f) float32 values apart, of `n_classes` from 0 on.

        Class 0 weighs as much as all others together, and these weigh the same, however many records each
        has. AdamW under one cycle of rates; draws are from `seed` alone. To be called where PyTorch has one
        thread (`devices`).
        """
        import torch

        mean, spread = values.mean(axis=0), values.std(axis=0) + _LEAST_SPREAD
        inputs, wanted = torch.from_numpy(_standardised(values, mean, spread)), torch.from_numpy(classes)
        weights = 1.0 / np.maximum(np.bincount(classes, minlength=n_classes), 1)
        weights[0] *= max(n_classes - 1, 1)
        weigh = torch.from_numpy((weights / weights[classes].mean()).astype(np.float32))
        chance = torch.Generator().manual_seed(seed % 2**63)
        sizes = (values.shape[1], *HIDDEN, n_classes)
        layers = []
        for n_in, n_out in pairwise(sizes):
            drawn = (torch.rand((n_in, n_out), generator=chance) * 2 - 1) / n_in**0.5
            layers.append((drawn.requires_grad_(), torch.zeros(n_out, requires_grad=True)))
        parts = -(-len(inputs) // _BATCH)
        learner = _Learner([weight for layer in layers for weight in layer], n_epochs * parts)
        for _ in range(n_epochs):
            for rows in torch.randperm(len(inputs), generator=chance).tensor_split(parts):
                seen = inputs[rows]
                for number, (weight, bias) in enumerate(layers):
                    if number < len(_DROPPED):
                        kept = torch.rand(seen.shape, generator=chance) >= _DROPPED[number]
                        seen = seen * kept / (1 - _DROPPED[number])
                    seen = seen @ weight + bias
                    if number < len(HIDDEN):
                        seen = torch.nn.functional.gelu(seen)
                loss = torch.nn.functional.cross_entropy(
                    seen, wanted[rows], weight=weigh, label_smoothing=_SMOOTHING
                )
                loss.backward()  # type: ignore[no-untyped-call]
                learner.step()
        weights_kept, biases_kept = (
            [part.detach().numpy() for part in own] for own in zip(*layers, strict=True)
        )
        return cls(mean, spread, tuple(weights_kept), tuple(biases_kept))

    @property
    def n_classes(self) -> int:
        """Classes that it tells apart."""
        return len(self.biases[-1])

    def predict(self, values: np.ndarray) -> np.ndarray:
        """Return (n, c) float64, the probability of each class for (n, f) float32 values."""
        seen = _standardised(values, self.mean, self.spread)
        with threadpool_limits(1):
            for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                seen = seen @ weight + bias
                seen = _gelu(seen) if number < len(HIDDEN) else seen
        powers = np.exp(seen - seen.max(axis=1, keepdims=True)).astype(np.float64)
        shares: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """Return what is kept, by names that begin with `name`."""
        kept = {f"{name}.mean": self.mean, f"{name}.spread": self.spread}
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            kept |= {f"{name}.weight{number}": weight, f"{name}.bias{number}": bias}
        return kept

    @classmethod
    def from_arrays(cls, kept: Mapping[str, np.ndarray], name: str) -> Network:
        """Return what `arrays` returned."""
        layers = range(len(HIDDEN) + 1)
        return cls(
            kept[f"{name}.mean"],
            kept[f"{name}.spread"],
            tuple(kept[f"{name}.weight{number}"] for number in layers),
            tuple(kept[f"{name}.bias{number}"] for number in layers),
        )


class _Learner:
    """AdamW under one cycle of rates, with the bits of `torch.optim.AdamW` under `OneCycleLR`.

    Torch's function does the work: its class imports a compiler when the first one is made, which takes
    seconds.
    """

    def __init__(self, weights: list[Tensor], n_steps: int) -> None:
        import torch

        self._weights, self._n_steps, self._step = weights, n_steps, 0
        self._means = [torch.zeros_like(weight, requires_grad=False) for weight in weights]
        self._squares = [torch.zeros_like(weight, requires_grad=False) for weight in weights]
        self._steps = [torch.zeros((), dtype=torch.float32) for _ in weights]

    def step(self) -> None:
        """Change the weights by their gradients, and drop these."""
        import torch
        from torch.optim.adamw import adamw

        rate, momentum = one_cycle(self._step, self._n_steps)
        self._step += 1
        gradients = [weight.grad for weight in self._weights if weight.grad is not None]
        with torch.no_grad():
            adamw(
                self._weights,
                gradients,
                self._means,
                self._squares,
                [],
                self._steps,
                foreach=False,
                amsgrad=False,
                beta1=momentum,
                beta2=_SECOND_MOMENTUM,
                lr=rate,
                weight_decay=_DECAY,
                eps=_EPSILON,
                maximize=False,
            )
        for weight in self._weights:
            weight.grad = None


def one_cycle(step: int, n_steps: int) -> tuple[float, float]:
    """Return rate and first momentum of a step: one cycle along cosines (Smith and Topin 2017).

    The rate rises over the first 30 % of the steps and falls to nearly nothing, the momentum the other way.

    >>> [tuple(round(number, 6) for number in one_cycle(step, 11)) for step in (0, 10)]
    [(0.00012, 0.95), (0.0, 0.95)]
    """
    peak, last = _RISE * n_steps - 1, n_steps - 1
    low, lowest = _RATE / 25, _RATE / 25 / 1e4
    if step <= peak:
        share, rates, momenta = step / peak, (low, _RATE), (0.95, 0.85)
    else:
        share, rates, momenta = (step - peak) / (last - peak), (_RATE, lowest), (0.85, 0.95)
    half = math.cos(math.pi * share) + 1
    rate, momentum = (end + (start - end) / 2.0 * half for start, end in (rates, momenta))
    return rate, momentum


def _standardised(values: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = np.clip((values - mean) / spread, -MOST, MOST).astype(np.float32)
    return scaled


def _gelu(values: np.ndarray) -> np.ndarray:
    found: np.ndarray = (values * 0.5 * (1.0 + erf(values / np.sqrt(2.0)))).astype(np.float32)
    return found
