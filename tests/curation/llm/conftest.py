"""Models on disk; these tests need the extra `llm`."""

from pathlib import Path

import pytest

from entropy_assets.curation.llm import LanguageModel, load_model
from entropy_assets.curation.llm.loading import NEEDED
from tests.curation.llm.tiny import write_tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in NEEDED:
        pytest.importorskip(name)
    return write_tiny(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="session")
def tiny_model(tiny: Path) -> LanguageModel:
    return load_model(tiny, "cpu")
