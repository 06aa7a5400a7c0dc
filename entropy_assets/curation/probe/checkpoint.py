"""Checkpoints of the probe as safetensors bytes: weights, settings and a format version.

The optimizer's state is left out on purpose: going on from a checkpoint starts a fresh optimizer, so
that a probe of new data does not depend on where the last run stopped.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from entropy_assets.curation.probe.model import weight_shapes
from entropy_assets.curation.probe.params import SHAPE_FIELDS, ProbeParams
from entropy_assets.errors import InvalidInput, StaleProvenance

if TYPE_CHECKING:
    from torch import Tensor

FORMAT_VERSION = 1
_KEY = "entropy_assets_probe"


def save_checkpoint(weights: dict[str, Tensor], params: ProbeParams) -> bytes:
    """Return the weights as safetensors bytes; equal weights and settings give equal bytes.

    The settings stand in the header as one JSON string. The device is left out, since a checkpoint
    can be read on any.
    """
    from safetensors.torch import save

    settings = {name: value for name, value in asdict(params).items() if name != "device"}
    header = json.dumps({"format": FORMAT_VERSION, "params": settings}, sort_keys=True)
    # One metadata key only: safetensors does not promise the order of several.
    return save(
        {name: weight.detach().cpu().contiguous() for name, weight in weights.items()}, {_KEY: header}
    )


def load_checkpoint(checkpoint: bytes, params: ProbeParams) -> dict[str, Tensor]:
    """Return the weights of a checkpoint as fresh float32 tensors on the CPU.

    Parameters
    ----------
    checkpoint
        Bytes from `save_checkpoint`.
    params
        Settings of the run that will use it; their shape fields must be those it was trained with.

    Returns
    -------
    dict[str, Tensor]
        Name -> weight, in the order of `weight_shapes`.

    Raises
    ------
    InvalidInput
        The bytes are no checkpoint of the probe, or are damaged.
    StaleProvenance
        The format version or the shape fields differ; all differences are named.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    header = _read_header(checkpoint)
    if header["format"] != FORMAT_VERSION:
        raise StaleProvenance(
            f"probe checkpoint has format {header['format']!r}, this code reads {FORMAT_VERSION}: "
            "train it again"
        )
    stored = header["params"]
    differing = [
        f"{name} is {stored.get(name)!r} there and {getattr(params, name)!r} here"
        for name in SHAPE_FIELDS
        if stored.get(name) != getattr(params, name)
    ]
    if differing:
        raise StaleProvenance(
            f"probe checkpoint has another shape: {', '.join(differing)}; "
            "use the settings it was trained with, or train it again"
        )
    try:
        tensors = load(checkpoint)
    except SafetensorError as error:
        raise InvalidInput(f"probe checkpoint is damaged ({error}): train it again") from error
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if found != weight_shapes(params):
        raise InvalidInput("probe checkpoint holds other weights than its settings say: train it again")
    # Cloned into memory that torch aligned: kernels may round differently on unaligned views.
    return {name: tensors[name].clone() for name in weight_shapes(params)}


def digest(checkpoint: bytes) -> str:
    """Return the SHA-256 of a checkpoint in hexadecimal."""
    return hashlib.sha256(checkpoint).hexdigest()


def _read_header(checkpoint: bytes) -> dict[str, Any]:
    """Return {"format", "params"}: safetensors begins with a length (8 bytes, little-endian) and JSON."""
    length = int.from_bytes(checkpoint[:8], "little")
    try:
        header: dict[str, Any] = json.loads(json.loads(checkpoint[8 : 8 + length])["__metadata__"][_KEY])
        if {"format", "params"} <= header.keys() and isinstance(header["params"], dict):
            return header
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise InvalidInput(
        f"these {len(checkpoint)} bytes are no checkpoint of the probe: pass what train_probe returned"
    )
