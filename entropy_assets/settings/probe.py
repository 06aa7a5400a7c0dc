"""Settings of the probe, the small model whose loss is measured."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class ProbeSettings(Stage):
    """The small model whose loss is measured."""

    TABLE: ClassVar[str] = "probe"

    model: Annotated[
        str,
        Key(
            "Folder or GGUF file of a causal language model, absolute or beside entropy.toml, that is "
            "fine-tuned in place of the byte probe; empty for that one. Needs the extra `llm`. Nothing is "
            "downloaded."
        ),
    ] = ""
    loss: Annotated[
        Literal["all", "answers"],
        Key(
            "What of a record a language model is trained on and L is of: `all`, or `answers`, the turns of "
            "the assistant whose weight is not 0, where a record has some."
        ),
    ] = "all"
    context_tokens: Annotated[
        int,
        Key(
            "Tokens of a row into which a language model's records are packed; longer ones are cut.",
            "tokens",
            least=16,
        ),
    ] = 512
    batch_tokens: Annotated[
        int, Key("Tokens of one step of a language model, at least one row.", "tokens", least=16)
    ] = 1024
    rate_factor: Annotated[
        float,
        Key("Factor on a language model's peak rate, which is 0.00005, and 0.0005 with LoRA.", above=0),
    ] = 1.0
    lora_rank: Annotated[
        int,
        Key(
            "Rank of LoRA on all linear layers of a language model; 0 trains all weights.", least=0, most=4096
        ),
    ] = 0
    gradient_checkpointing: Annotated[
        bool,
        Key("Whether a language model computes activations twice: less memory, a third more time."),
    ] = False
    depth: Annotated[
        int, Key("Layers of the byte probe, the one dial of its size.", "layers", least=1, most=16)
    ] = 1
    budget_bytes: Annotated[int, Key("Training bytes of one run.", "bytes", least=4096)] = 65_536
    checkpoint_bytes: Annotated[
        int,
        Key(
            "Training bytes of the parent's checkpoint that runs of the byte probe start from.",
            "bytes",
            least=4096,
        ),
    ] = 524_288
    heldout_bytes: Annotated[
        int, Key("At most so many bytes of the validation split are measured.", "bytes", least=4096)
    ] = 131_072
    n_samples: Annotated[
        int, Key("Samples of a selection that are trained on, each with a run of its own.", least=2)
    ] = 3
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Key("Where it is trained: `auto`, `cpu` or `cuda`.")
    ] = "auto"
