"""A tiny Llama with random weights and a real tokenizer; these tests need the extra `llm`."""

from dataclasses import replace
from pathlib import Path

import pytest

from entropy_assets.curation.probe.language import LanguageProbeParams
from entropy_assets.curation.probe.language.model import load_for_training
from entropy_assets.language_models import NEEDED, LanguageModel
from tests.curation.llm.tiny import write_tiny

TEXTS = [
    b"What is two plus two?\n\nFour.",
    "Grüße aus 東京, mit vielen Worten und noch mehr Silben.".encode(),
    b"a<|im_end|>\n\nb<|im_start|>c",
    b"Name a colour.\n\nBlue, like the sky at noon, or the sea far from the shore." * 2,
] + [b"Question %d has an answer.\n\nIt is %d, and no other number." % (i, i * i) for i in range(20)]


@pytest.fixture(scope="session")
def params(tmp_path_factory: pytest.TempPathFactory) -> LanguageProbeParams:
    for name in NEEDED:
        pytest.importorskip(name)
    folder: Path = write_tiny(tmp_path_factory.mktemp("model") / "tiny")
    return LanguageProbeParams.of(
        folder, budget_bytes=900, context_tokens=64, batch_tokens=128, learning_rate=1e-2, device="cpu"
    )


@pytest.fixture(scope="session")
def base(params: LanguageProbeParams) -> LanguageModel:
    """Return the model in float32 on every processor: its losses are compared to many decimals."""
    return replace(load_for_training(params), dtype="float32")
