"""Decision accuracy: the share of pairs that a figure orders as the fine-tuned models do."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import decision_accuracy
from benchmarks.decision_accuracy import FIGURES, accuracy, pairs_of
from entropy_assets.language_models import NEEDED
from tests.curation.llm.tiny import write_tiny


def row(value: float, tuned: float, spread: float = 0.01) -> dict[str, Any]:
    """Return a selection whose cheap figures are all one value."""
    figures: dict[str, Any] = dict.fromkeys(FIGURES, value) | {"held-out": {"set": value}}
    return figures | {"tuned": {"bpb": {"set": tuned}, "records": {"set": [tuned - spread, tuned + spread]}}}


def test_a_figure_that_orders_as_the_models_is_always_right_and_the_reverse_never() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    same = pairs_of({str(v): row(v, v) for v in values}, "set")
    assert accuracy({"case": {"set": same}}, "L", False) == {
        "share": 1.0,
        "low": 1.0,
        "high": 1.0,
        "pairs": 6,
    }
    reverse = pairs_of({str(v): row(-v, v) for v in values}, "set")
    assert accuracy({"case": {"set": reverse}}, "held-out", False)["share"] == 0.0


def test_one_exchange_of_four_is_one_pair_of_six_and_a_tie_is_half_right() -> None:
    rows = {"a": row(1, 1), "b": row(3, 2), "c": row(2, 3), "d": row(4, 4)}
    found = accuracy({"case": {"set": pairs_of(rows, "set")}}, "R", False)
    assert found["share"] == pytest.approx(5 / 6)
    assert found["low"] < 5 / 6 <= found["high"]
    tie = pairs_of({"a": row(1, 1), "b": row(1, 2)}, "set")
    assert accuracy({"case": {"set": tie}}, "R", False)["share"] == 0.5


def test_pairs_that_the_models_cannot_part_do_not_count_where_that_is_asked() -> None:
    rows = {"a": row(1, 1.0), "b": row(2, 2.0), "c": {**row(3, 2.001), "R": 0}}
    rows["c"]["tuned"]["records"]["set"] = [1.0, 3.002]
    pairs = pairs_of(rows, "set")
    assert [pair["told_apart"] for pair in pairs] == [True, False, False]
    assert accuracy({"case": {"set": pairs}}, "R", True)["pairs"] == 1
    nothing = accuracy({"case": {"set": pairs[1:2]}}, "R", True)
    assert nothing == {"share": None, "pairs": 0}


def test_with_a_tiny_model_all_is_measured_and_a_second_run_trains_nothing(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    out, model = tmp_path / "found.json", write_tiny(tmp_path / "tiny")
    arguments = ["--model", str(model), "--data", str(shared / "data"), "--kept", str(tmp_path / "kept")]
    arguments += ["--selectors", "random,length,zip", "--tune-bytes", "1000", "--train-bytes", "4000"]
    arguments += ["--exam-bytes", "2000", "--seeds", "2", "--device", "cpu", "--out", str(out)]
    assert decision_accuracy.main(arguments) == 0
    first = json.loads(out.read_text())
    (case,) = first["cases"].values()
    assert set(case["selections"]) == {"random", "length", "zip"}
    assert set(first["accuracy"]) == set(FIGURES)
    assert all(own["in distribution, all pairs"]["pairs"] == 3 for own in first["accuracy"].values())

    def fail(*_: object) -> None:
        raise AssertionError("a model was trained again")

    monkeypatch.setattr(decision_accuracy, "fine_tune", fail)
    assert decision_accuracy.main(arguments) == 0
    assert json.loads(out.read_text()) == first
