"""The measurement of a language model as the probe, with a tiny one."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import lm_probe
from entropy_assets.language_models import NEEDED
from tests.curation.llm.tiny import write_tiny


def test_damages_are_what_they_say() -> None:
    text = "One two three, four five six seven.\n\nEight nine ten eleven twelve." * 3
    rng = np.random.default_rng(0)
    assert sorted(lm_probe.salad(text, rng).split()) == sorted(text.split())
    assert lm_probe.salad(text, rng) != text
    assert 0.9 < len(lm_probe.typing(text, rng)) / len(text) < 1.1
    assert text.startswith(lm_probe.truncation(text, rng))
    assert len(lm_probe.truncation(text, rng)) < 0.91 * len(text)


def test_each_figure_tells_each_damage_and_l_repeats(shared: Path, tmp_path: Path) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    out = tmp_path / "lm_probe.json"
    fixed = {"--budget": 2_000, "--repeat": 500, "--records": 3, "--state": tmp_path / "state", "--out": out}
    arguments = [str(part) for pair in fixed.items() for part in pair]
    model = write_tiny(tmp_path / "tiny")
    assert lm_probe.main(["--shared", str(shared), "--model", str(model), "--device", "cpu", *arguments]) == 0
    found = json.loads(out.read_text())
    figures = [row["figure"] for row in found["apart"]]
    assert figures == ["byte probe, loss", "before, loss", "before, end", "after, loss", "after, end"]
    assert all(0 <= row[kind] <= 1 for row in found["apart"] for kind in lm_probe.DAMAGES)
    assert found["language_model"]["in_one_go"]
