"""Models on disk; these tests need the extra `llm`."""

from dataclasses import replace
from pathlib import Path

import pytest

from entropy_assets.curation.llm import LanguageModel, load_model
from entropy_assets.language_models import NEEDED
from tests.curation.llm.tiny import write_tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in NEEDED:
        pytest.importorskip(name)
    return write_tiny(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def tiny_model(tiny: Path) -> LanguageModel:
    """Return the tiny model in float32 on every processor: its scores are compared to many decimals."""
    loaded = load_model(tiny, "cpu")
    return replace(loaded, model=loaded.model.float(), dtype="float32")
