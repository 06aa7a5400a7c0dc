"""The rows of CUDA, small, on a processor; and the sentence where there is no GPU."""

from pathlib import Path

import pytest
import torch

from benchmarks import cuda
from entropy_assets.language_models import NEEDED


def test_without_a_gpu_one_sentence_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert cuda.main(["--out", str(tmp_path / "cuda.json")]) == 2
    assert "has no CUDA device" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_row_of_fine_tuning_runs_on_a_processor() -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    shape = cuda.SMOLLM2 | {"hidden_size": 36, "num_hidden_layers": 1, "vocab_size": 64}
    row = cuda.fine_tuning("cpu", shape, n_rows=2, n_tokens=32, n_steps=2)
    assert row["value"] is None
    assert row["tokens_a_second"] > 0
    assert "unknown of the card's peak (bar 0.4, MISSED)" in cuda.told(row)


def test_the_row_of_answers_runs_on_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    monkeypatch.setattr(cuda, "SMOLLM2", cuda.SMOLLM2 | {"num_hidden_layers": 1, "vocab_size": 300})
    row = cuda.answers("cpu", cuda.byte_tokenizer(), n_pairs=2, n_alone=1)
    assert row["pairs_a_second"] > 0
