"""A language model made ready to be trained and read: its weights, its adapters, the loss of packed rows.

Weights are float32 and the arithmetic bfloat16 where the machine has it (autocast): steps of a fine-tuning
are too small for the eight bits of a bfloat16 weight. Dropout is off: L is the loss of the model and not
that of a thinned one.

What belongs here: what of transformers and peft is used. What does not: in which order rows are read.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from entropy_assets.curation.probe.language.params import SETTING, LanguageProbeParams
from entropy_assets.curation.probe.language.sequences import Row, arrays
from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import LanguageModel, load_model, numbers_on, require_packages

if TYPE_CHECKING:
    from torch import Tensor

LEAK = 1e-2
"""How much one packed record may change the logits of another, in their standard deviations."""


@dataclass(frozen=True)
class Losses:
    """The losses of some rows: of c predictions that count, and behind them of e ends.

    Parameters
    ----------
    nats
        (c + e,) float32 on the model's device.
    records
        (c + e,) int64 on the same device, the record of each.
    n_counted
        c.
    """

    nats: Tensor
    records: Tensor
    n_counted: int


def load_for_training(params: LanguageProbeParams, setting: str = SETTING) -> LanguageModel:
    """Return the model of the settings with float32 weights; `dtype` says in which numbers it computes.

    Parameters
    ----------
    params
        Which model, and where it runs.
    setting
        What named it, for messages.

    Raises
    ------
    InvalidParameter
        A package of the extra is missing, or CUDA is asked for and there is none.
    InvalidInput
        There is no model at the path, or it lets packed records see each other.
    """
    if params.lora_rank:
        require_packages("probe.lora_rank", ("peft",))
    loaded = load_model(params.model, params.device, params.digest, numbers="float32", setting=setting)
    _switch_dropout_off(loaded.model)
    check_packing(loaded, setting)
    return replace(loaded, dtype=numbers_on(params.device)[1])


def trainable(base: LanguageModel, params: LanguageProbeParams, seed: int) -> LanguageModel:
    """Return a copy of a model whose weights, or adapters beside them, can be trained."""
    import torch

    model = copy.deepcopy(base.model)
    if params.lora_rank:
        from peft import LoraConfig, get_peft_model

        how = LoraConfig(
            r=params.lora_rank,
            lora_alpha=2 * params.lora_rank,
            lora_dropout=0.0,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        with torch.random.fork_rng(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # peft asks transformers by names of yesterday
            torch.manual_seed(seed)
            model = get_peft_model(model, how)
    if params.gradient_checkpointing:
        model.activation_checkpointing_enable()
        if params.lora_rank:
            model.enable_input_require_grads()
    return replace(base, model=model.train())


def trained_weights(model: Any) -> dict[str, Tensor]:
    """Return name -> weight of all that is trained; weights that are tied stand there once."""
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}


def run_bytes(loaded: LanguageModel, params: LanguageProbeParams) -> int:
    """Return about how much memory one fine-tuning on a CPU takes beside the model it starts from."""
    n_weights = sum(weight.numel() for weight in loaded.model.parameters())
    size = int(loaded.model.get_input_embeddings().weight.shape[0])
    config = loaded.model.config
    # Weights, gradients and two means in float32; then the logits of a row and its activations.
    own = 4 * n_weights * (1.2 if params.lora_rank else 4)
    row = params.context_tokens * (12 * size + 140 * config.num_hidden_layers * config.hidden_size)
    return int(own + row)


def row_losses(loaded: LanguageModel, rows: Sequence[Row]) -> Losses:
    """Return the losses of the counted predictions of packed rows.

    The positions alone tell the model where a record begins: with these, and without a mask of attention,
    transformers lets no record see another (`check_packing` looks).
    """
    import torch

    packed = arrays(rows)
    ids, positions, places, targets, records = (
        torch.from_numpy(part).to(loaded.device, non_blocking=True)
        for part in (packed.ids, packed.positions, packed.places, packed.targets, packed.records)
    )
    with torch.autocast(loaded.device.type, torch.bfloat16, enabled=loaded.dtype == "bfloat16"):
        logits = loaded.model(input_ids=ids, position_ids=positions, use_cache=False).logits  # (B, T, V)
    chosen = logits.flatten(0, 1).index_select(0, places).float()  # (c + e, V)
    nats = torch.nn.functional.cross_entropy(chosen, targets, reduction="none")
    return Losses(nats, records, packed.n_counted)


def check_packing(loaded: LanguageModel, setting: str = SETTING) -> None:
    """Check that a record has the same logits behind another one as alone.

    Parameters
    ----------
    loaded
        The model.
    setting
        What named it, for the message.

    Raises
    ------
    InvalidInput
        The model carries something over, as recurrent ones do.
    """
    import torch

    size = int(loaded.model.get_input_embeddings().weight.shape[0])
    before, own = np.random.default_rng(0).integers(0, size, (2, 12))
    positions = np.arange(12)

    def logits(ids: np.ndarray, places: np.ndarray) -> Tensor:
        with torch.inference_mode():
            given = (torch.from_numpy(part)[None].to(loaded.device) for part in (ids, places))
            named = dict(zip(("input_ids", "position_ids"), given, strict=True))
            found: Tensor = loaded.model(**named, use_cache=False).logits
            return found[0, -12:].float()

    try:
        alone = logits(own, positions)
        behind = logits(np.concatenate([before, own]), np.concatenate([positions, positions]))
        is_parted = float((alone - behind).abs().max()) <= LEAK * float(alone.std())
    except TypeError:  # it takes no positions
        is_parted = False
    if not is_parted:
        raise InvalidInput(
            f"model of `{setting}` ({type(loaded.model).__name__}) lets records of one row see each other: "
            "name a causal transformer whose attention transformers can part by positions"
        )


def _switch_dropout_off(model: Any) -> None:
    import torch

    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(getattr(module, "attention_dropout", None), float):
            module.attention_dropout = 0.0
