"""The settings of a language model as the probe, checked once, here.

What belongs here: the numbers that a caller may choose, and what a run's result follows from. What does not:
what they are used for (`sequences`, `tuning`, `reading`).
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from entropy_assets.curation.probe.params import wrong_values
from entropy_assets.errors import InvalidParameter
from entropy_assets.language_models import model_digest, numbers_on

SETTING = "probe.model"
"""What names the model, for messages."""

LOSSES = ("all", "answers")

FULL_RATE, LORA_RATE = 5e-5, 5e-4
"""Peak rates of all weights, and of adapters."""

_RANGES: dict[str, tuple[int, int]] = {
    "budget_bytes": (1, 2**40),
    "context_tokens": (16, 2**17),
    "batch_tokens": (16, 2**24),
    "lora_rank": (0, 4096),
    "max_record_bytes": (1, 2**30),
}


@dataclass(frozen=True)
class LanguageProbeParams:
    """Settings of a run that fine-tunes a language model. Measured reasons stand in the package docstring.

    Parameters
    ----------
    model
        Folder of transformers or GGUF file of a causal language model.
    digest
        SHA-256 of its files; a result follows from it and not from the path.
    budget_bytes
        Bytes to train on in the single pass, 1 to 2**40; fewer where the texts hold fewer.
    loss
        ``"all"``: each byte of a text counts. ``"answers"``: bytes of answers count, where a text has some.
    context_tokens
        Tokens of a packed row, 16 to 2**17; longer records are cut, and each part begins anew.
    batch_tokens
        Tokens of one optimizer step, at least one row.
    learning_rate
        Peak rate, above 0. None: 5e-5 for all weights, 5e-4 for LoRA.
    warmup_share
        Share of the steps in which the rate rises from 0, 0 to 1; then it falls to a tenth of its peak.
    lora_rank
        0: all weights are trained. Else LoRA (arXiv 2106.09685) of this rank on all linear layers.
    gradient_checkpointing
        Whether activations are computed again in the backward pass: less memory, a third more time.
    max_record_bytes
        Bytes of a record that are scored, from its start, 1 to 2**30; one of so many may have been cut, and
        its end is not trained on.
    device
        ``"cpu"``, ``"cuda"``, or ``"auto"`` for CUDA where there is some. Only the CPU is bitwise repeatable.

    Raises
    ------
    InvalidParameter
        A value is of the wrong type or out of its range; all such values are named at once.
    """

    model: Path
    digest: str
    budget_bytes: int = 65_536
    loss: str = "all"
    context_tokens: int = 512
    batch_tokens: int = 1024
    learning_rate: float | None = None
    warmup_share: float = 0.1
    lora_rank: int = 0
    gradient_checkpointing: bool = False
    max_record_bytes: int = 4096
    device: str = "auto"

    def __post_init__(self) -> None:
        wrong = wrong_values(self, _RANGES)
        if self.loss not in LOSSES:
            wrong.append(f"loss must be one of {', '.join(LOSSES)}, got {self.loss!r}")
        if wrong:
            raise InvalidParameter(f"probe settings: {'; '.join(wrong)}")

    @classmethod
    def of(cls, model: Path, setting: str = SETTING, **how: Any) -> "LanguageProbeParams":
        """Return the settings for the model at a path, whose files are read for their digest.

        Parameters
        ----------
        model
            Its path.
        setting
            What named it, for the message.
        how
            All other settings.

        Raises
        ------
        InvalidInput
            There is no model at the path.
        """
        return cls(model, model_digest(model, setting), **how)

    @property
    def rate(self) -> float:
        """Peak learning rate."""
        if self.learning_rate is not None:
            return self.learning_rate
        return LORA_RATE if self.lora_rank else FULL_RATE

    @property
    def n_rows(self) -> int:
        """Rows of one optimizer step."""
        return max(1, self.batch_tokens // self.context_tokens)

    @property
    def parts(self) -> dict[str, Any]:
        """What a result follows from: settings, the digest of the model, device and numbers."""
        values = asdict(self)
        del values["model"]
        return values | {"device": numbers_on(self.device)}
