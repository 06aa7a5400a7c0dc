"""The benchmark of answers: its faults, and a small run with a model of random weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.answers import SOURCES, SUMS, auc, main, pairs_of, shuffled, wrong_numbers
from entropy_assets.language_models import NEEDED
from tests.curation.llm.tiny import write_tiny


def test_auc_of_small_samples() -> None:
    assert auc(np.array([2.0, 3.0]), np.array([1.0])) == 1.0
    assert auc(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0.5
    assert auc(np.array([0.0]), np.array([1.0, 0.0])) == 0.25


def test_pairs_are_a_seeded_prefix_and_faults_change_answers_alone(shared: Path) -> None:
    for source in SOURCES:
        pairs = pairs_of(shared, source, 40)
        assert len(set(pairs)) == 40
        assert pairs_of(shared, source, 20) == pairs[:20]
        assert [question for question, _ in shuffled(pairs)] == [question for question, _ in pairs]
        assert sorted(answer for _, answer in shuffled(pairs)) == sorted(answer for _, answer in pairs)
    pairs = pairs_of(shared, SUMS, 80)
    wrong = wrong_numbers(SUMS, pairs)
    assert len(wrong) == 60
    assert all(q == asked and a != said for (q, a), (asked, said) in zip(wrong, pairs, strict=False))
    assert wrong_numbers("alpaca_en_demo", pairs) == []


def test_a_small_run_writes_rows_and_keeps_scores(shared: Path, tmp_path: Path) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    model = write_tiny(tmp_path / "tiny")
    out, kept = tmp_path / "out.json", tmp_path / "scores"
    arguments = ["--shared", str(shared), "--model", str(model), "--scores", str(kept), "--out", str(out)]
    arguments += ["--records", "8", "--drops", "2", "--sources", SUMS]
    assert main(arguments) == 0
    (row,) = json.loads(out.read_text())
    assert (row["model"], row["source"], row["split"], row["records"]) == ("tiny", SUMS, "development", 8)
    assert 0 <= row["auc_told"] <= 1
    scores = {path: path.read_bytes() for path in kept.iterdir()}
    assert main(arguments) == 0
    assert json.loads(out.read_text()) == [row]
    assert {path: path.read_bytes() for path in kept.iterdir()} == scores
