"""Settings of the probe, the small model whose loss is measured."""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import Key
from entropy_assets.settings.stage import Stage


@dataclass(frozen=True)
class ProbeSettings(Stage):
    """The small model whose loss is measured."""

    TABLE: ClassVar[str] = "probe"

    depth: Annotated[int, Key("Layers, the one dial of its size.", "layers", least=1, most=16)] = 1
    budget_bytes: Annotated[int, Key("Training bytes of one run.", "bytes", least=4096)] = 65_536
    checkpoint_bytes: Annotated[
        int, Key("Training bytes of the parent's checkpoint that the runs start from.", "bytes", least=4096)
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
