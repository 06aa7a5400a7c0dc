"""The benchmark of the law's prediction, small and whole, and its correlations where the answer is known."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.law_predicts import correlations, main


def test_a_small_run_tells_points_and_correlations(
    shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "law.json"
    small = ["--mixes", "8", "--records", "500", "--packages", "0", "--run-bytes", "4096", "--workers", "1"]
    assert main([*small, "--shared", str(shared), "--out", str(out)]) == 0
    assert capsys.readouterr().out.count("with held-out loss: rho") == 3
    points = json.loads(out.read_text())["points"]
    assert len(points) == 8
    for point in points:
        assert sum(point["mix"].values()) == pytest.approx(1, abs=0.01)
        assert point["ratio"] > 1
        assert 0 < point["heldout_bpb"] < 16


def test_correlations_have_their_sign_and_an_interval() -> None:
    rng = np.random.default_rng(0)
    heldout = rng.normal(size=40)
    points = [
        {"heldout_bpb": h, "residual_bpb": h + 0.1 * e, "loss_bpb": -h, "ratio": e}
        for h, e in zip(heldout, rng.normal(size=40), strict=True)
    ]
    found = correlations(points)
    assert found["residual_bpb"]["low"] > 0.8
    assert found["loss_bpb"]["rho"] == pytest.approx(-1)
    assert found["ratio"]["low"] < 0 < found["ratio"]["high"]
