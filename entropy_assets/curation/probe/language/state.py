"""The state of a fine-tuning in the middle of its pass: what a run that was killed goes on from.

One file of safetensors: weights, both means of the optimizer, and the losses so far, under a digest of all
that the run follows from. It is replaced as a whole, and gone when the run is through.

What belongs here: keeping and finding it. What does not: when.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from entropy_assets.temporary import temporary_file, written_to

if TYPE_CHECKING:
    from torch import Tensor

_KEY = "entropy_assets_fine_tuning"


def write_state(path: Path, key: str, step: int, tensors: dict[str, Tensor]) -> None:
    """Write what a run holds after `step` steps, in the place of what stood there.

    Raises
    ------
    StorageFailed
        The disk is full, read-only or broken.
    """
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    with written_to(path), temporary_file(path) as fresh:
        whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        save_file(whole, fresh, {_KEY: json.dumps({"key": key, "step": step})})
        fresh.replace(path)


def read_state(path: Path, key: str) -> tuple[int, dict[str, Tensor]] | None:
    """Return the steps done and the tensors of a run with this key; None where there is no such file.

    One of another run, or one that is damaged, counts as none.
    """
    from safetensors import SafetensorError, safe_open

    with (
        contextlib.suppress(OSError, SafetensorError, ValueError, KeyError, TypeError),
        safe_open(path, framework="pt") as file,
    ):
        told = json.loads(file.metadata()[_KEY])
        if told["key"] == key:
            return int(told["step"]), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    return None
