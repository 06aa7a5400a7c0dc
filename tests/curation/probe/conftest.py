"""Small texts and one small trained probe, shared by the tests of the probe."""

import numpy as np
import pytest

from entropy_assets.curation.probe import ProbeParams, train_probe

WORDS = (
    b"the a model data record of in to and reads writes learns finds keeps loses small large old new byte "
    b"window version table drop answer question line number first last"
)


def make_texts(n_texts: int, seed: int) -> list[bytes]:
    """Sentences over a small vocabulary, each with its own length."""
    rng = np.random.default_rng(seed)
    words = WORDS.split()
    return [
        b" ".join(words[i] for i in rng.integers(0, len(words), rng.integers(3, 60))) for _ in range(n_texts)
    ]


@pytest.fixture(scope="session")
def texts() -> list[bytes]:
    return make_texts(200, seed=0)


@pytest.fixture(scope="session")
def params() -> ProbeParams:
    return ProbeParams(context_bytes=64, budget_bytes=16_384, ngram_rows=512, device="cpu")


@pytest.fixture(scope="session")
def checkpoint(texts: list[bytes], params: ProbeParams) -> bytes:
    return train_probe(texts, params, seed=1)[1]
