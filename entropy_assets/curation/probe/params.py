"""The settings of the probe, checked once, here.

What belongs here: the numbers that a caller may choose, and those derived from the one dial `depth`.
What does not: what they are used for (`model`, `training`, `evaluation`).
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from entropy_assets.errors import InvalidParameter

DEVICES = ("auto", "cpu", "cuda")
SHAPE_FIELDS = ("depth", "context_bytes", "max_ngram", "ngram_rows")
"""Fields that decide the shape of the weights: a checkpoint fits only where these are equal."""

_RANGES: dict[str, tuple[int, int]] = {
    "depth": (1, 16),
    "context_bytes": (8, 4096),
    "batch_size": (1, 4096),
    "budget_bytes": (1, 2**40),
    "max_ngram": (1, 8),
    "ngram_rows": (16, 2**20),
    "max_record_bytes": (1, 2**30),
}


@dataclass(frozen=True)
class ProbeParams:
    """Settings of a probe run. The measured reasons for the defaults stand in the package docstring.

    Parameters
    ----------
    depth
        The dial: number of transformer blocks, 1 to 16. `width` and `n_heads` follow from it.
    context_bytes
        Length of a training window in bytes, 8 to 4096.
    batch_size
        Windows in one optimizer step, 1 to 4096.
    budget_bytes
        Bytes to train on in the single pass, 1 to 2**40; fewer where the texts hold fewer.
    learning_rate
        Peak rate of the blocks, above 0. None: `base_rate`, and a quarter of it where the run goes
        on from a checkpoint. Tables and head keep a fixed multiple of it (`training`).
    warmup_share
        Share of the steps in which the rate rises from 0, 0 to 1; then it falls to a tenth of its peak.
    max_ngram
        Longest n-gram with a hashed embedding, 1 to 8; 1 leaves single bytes only.
    ngram_rows
        Rows of the hash table of each n-gram length, 16 to 2**20.
    max_record_bytes
        Evaluation only: bytes of a record that are scored, from its start, 1 to 2**30.
    device
        ``"cpu"``, ``"cuda"``, or ``"auto"`` for CUDA where there is some. Only the CPU is bitwise repeatable.

    Raises
    ------
    InvalidParameter
        A value is of the wrong type or out of its range; all such values are named at once.
    """

    depth: int = 1
    context_bytes: int = 128
    batch_size: int = 8
    budget_bytes: int = 65_536
    learning_rate: float | None = None
    warmup_share: float = 0.02
    max_ngram: int = 5
    ngram_rows: int = 4096
    max_record_bytes: int = 4096
    device: str = "auto"

    def __post_init__(self) -> None:
        wrong = wrong_values(self, _RANGES)
        if wrong:
            raise InvalidParameter(f"probe settings: {'; '.join(wrong)}")

    @property
    def parts(self) -> dict[str, Any]:
        """What a result follows from: all settings."""
        return asdict(self)

    @property
    def width(self) -> int:
        """Size of the residual stream: 64 * depth (the aspect ratio of nanochat's depth dial)."""
        return 64 * self.depth

    @property
    def n_heads(self) -> int:
        """Number of attention heads, each 64 wide: depth."""
        return self.depth

    @property
    def base_rate(self) -> float:
        """Peak rate of the blocks from scratch: 0.006 * 64 / width.

        Flat between 0.003 and 0.006 at depth 1. The 1 / width is the usual rule for hidden matrices under
        Adam; it was looked at for depth 1 and 2 only.
        """
        return 0.006 * 64 / self.width


def wrong_values(params: Any, ranges: dict[str, tuple[int, int]]) -> list[str]:
    """Return what is wrong with the settings that probes of both kinds have, and with whole numbers.

    Parameters
    ----------
    params
        Settings with `learning_rate`, `warmup_share` and `device`.
    ranges
        Name of a whole number -> its least and its greatest value.
    """
    wrong = [
        f"{name} must be a whole number from {low} to {high}, got {getattr(params, name)!r}"
        for name, (low, high) in ranges.items()
        if type(getattr(params, name)) is not int or not low <= getattr(params, name) <= high
    ]
    rate, share = params.learning_rate, params.warmup_share
    if rate is not None and not (_is_number(rate) and 0 < rate < math.inf):
        wrong.append(f"learning_rate must be a finite number above 0, or None, got {rate!r}")
    if not (_is_number(share) and 0 <= share <= 1):
        wrong.append(f"warmup_share must be a number from 0 to 1, got {share!r}")
    if params.device not in DEVICES:
        wrong.append(f"device must be one of {', '.join(DEVICES)}, got {params.device!r}")
    return wrong


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
