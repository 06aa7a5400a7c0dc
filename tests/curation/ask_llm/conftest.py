"""A real model behind a real server; these tests need the extras `ask` and `llm`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from entropy_assets.curation.ask_llm import http
from entropy_assets.language_models import NEEDED
from tests.curation.llm.tiny import write_tiny


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model with a real tokenizer, as files."""
    for name in (*NEEDED, *http.NEEDED):
        pytest.importorskip(name)
    return write_tiny(tmp_path_factory.mktemp("judge") / "tiny")


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Where it is served."""
    from benchmarks.ask_llm.server import serving
    from entropy_assets.curation.llm import load_model

    with serving(load_model(folder, "cpu", digest="tiny")) as url:
        yield url
