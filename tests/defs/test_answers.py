"""A language model beside the graph: its scores are kept, and a report says what it saw or why not."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from entropy_assets.defs.answers import measure_drop_answers, score_remembered
from upath import UPath

from entropy_assets import records
from entropy_assets.curation.entropy_law import NO_MODEL, Exchanges, draw_answers
from entropy_assets.curation.entropy_law.drop.exchanges import AnswerSample
from entropy_assets.curation.llm import model_digest, numbers_on
from entropy_assets.curation.llm.loading import NEEDED
from entropy_assets.defs.law import report_drop
from entropy_assets.defs.resources import Dataset
from entropy_assets.demo.drops import SECOND
from entropy_assets.storage import canonical_json, digest_value, put, read_json, seed_from
from tests.curation.llm.tiny import write_tiny
from tests.defs.conftest import SETTINGS, Home

ANSWERS = '\n[answers]\nmodel = "reader"\nn_records = 60\n'


def chats(n: int, seed: int) -> pl.DataFrame:
    """Return records whose question and answer hold the same number."""
    rows = []
    for i in range(n):
        turns = [("user", f"Question {seed} {i}?"), ("assistant", f"Answer {seed} {i}.")]
        row = {"kind": "chat", "messages": [{"role": role, "content": text} for role, text in turns]}
        rows.append({**dict.fromkeys(records.SCHEMA), **row, "source": "web", "language": "en"})
    return pl.DataFrame([{**row, "id": records.content_id(row)} for row in rows], schema=records.SCHEMA).sort(
        "id"
    )


def shuffled(frame: pl.DataFrame, share: float) -> pl.DataFrame:
    """Return the records with a share of the answers moved on by one, under new ids."""
    rows = frame.to_dicts()
    hit = [i for i in range(len(rows)) if i % 10 < 10 * share]
    answers = [rows[i]["messages"][1] for i in hit]
    for place, i in enumerate(hit):
        rows[i]["messages"] = [rows[i]["messages"][0], answers[place - 1]]
    return pl.DataFrame([{**row, "id": records.content_id(row)} for row in rows], schema=records.SCHEMA).sort(
        "id"
    )


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A dataset that names a model without weights: whoever loads it is told so."""
    made = Dataset(UPath(tmp_path / "home"), "docs")
    made.home.settings_path.parent.mkdir(parents=True)
    made.home.settings_path.write_text(SETTINGS + ANSWERS)
    (tmp_path / "home" / "docs" / "reader").mkdir()
    (tmp_path / "home" / "docs" / "reader" / "config.json").write_text("{}")
    return made


def keep_scores(dataset: Dataset, drop: pl.DataFrame, promoted: pl.DataFrame) -> None:
    """Keep scores of all pairs that are read, as a model that sees the numbers would give them."""
    answers, known = dataset.settings.answers, dataset.settings.law.known_records
    seed = seed_from("answers", dataset.settings.seed)
    sample = draw_answers(Exchanges.of(drop), Exchanges.of(promoted), known, answers.n_records, seed)
    assert isinstance(sample, AnswerSample)
    common: dict[str, Any] = {
        "model": model_digest(Path(str(dataset.root)) / answers.model),
        "numbers": numbers_on(answers.device),
        "prompt": answers.prompt,
        "max_bytes": answers.max_bytes,
        "batch": answers.batch,
    }
    rng = np.random.default_rng(0)
    for question, answer in dict.fromkeys(sample.pairs):
        fits = question.removeprefix("Question").rstrip("?") == answer.removeprefix("Answer").rstrip(".")
        parts = {**common, "pair": digest_value((question, answer))}
        values = [200 + rng.normal() - 40 * fits, rng.normal() + 2 * fits]
        put(dataset.remembered_path("answer_scores", parts), canonical_json(values))


def test_without_a_model_or_a_parent_the_rule_is_off(dataset: Dataset) -> None:
    drop = chats(60, 1)
    assert measure_drop_answers(dataset, drop, None).off == "there are no promoted records yet"
    dataset.home.settings_path.write_text(SETTINGS)
    assert measure_drop_answers(dataset, drop, chats(90, 2)).off == NO_MODEL


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_kept_scores_are_not_made_again(dataset: Dataset, share: float) -> None:
    drop, promoted = shuffled(chats(60, 1), share), chats(62, 2)
    keep_scores(dataset, drop, promoted)
    found = measure_drop_answers(dataset, drop, promoted)
    assert found.measurement is not None
    assert found.measurement.n == 60
    assert found.measurement.value == pytest.approx(share, abs=0.06)
    assert found.mismatched is not None
    assert set(found.mismatched) <= set(drop["id"])


def test_scores_of_a_real_model_are_kept_with_all_that_they_rest_on(dataset: Dataset) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    write_tiny(Path(str(dataset.root)) / "reader")
    pairs = [("Who?", "Me."), ("", "Me."), ("Who?", "Me.")]
    found = score_remembered(dataset, pairs)
    assert found.shape == (3, 2)
    assert (found[0] == found[2]).all()
    kept = sorted((dataset.root / "work" / "answer_scores").iterdir())
    assert len(kept) == 2
    changed = {path.name: path.read_bytes() for path in kept}
    assert (score_remembered(dataset, pairs[::-1]) == found[::-1]).all()
    dataset.home.settings_path.write_text(SETTINGS + ANSWERS + "max_bytes = 64\n")
    score_remembered(dataset, pairs)
    later = {p.name: p.read_bytes() for p in (dataset.root / "work" / "answer_scores").iterdir()}
    assert len(later) == 4
    assert changed.items() <= later.items()


def test_a_drop_report_says_what_the_model_can_tell(measured: Home) -> None:
    """A model with random weights reads the demo's drop, cannot tell, and the report says so."""
    for name in NEEDED:
        pytest.importorskip(name)
    dataset = measured.dataset
    write_tiny(Path(str(dataset.root)) / "reader")
    dataset.home.settings_path.write_text(SETTINGS + ANSWERS)
    screened, pool = (read_json(dataset.manifest_path(a, SECOND)) for a in ("screened_records", "pool"))
    report = report_drop(dataset, SECOND, screened, pool)
    assert "tells too little: name a larger one" in report["off"]["mismatched_answers"]
    assert abs(report["answers"]["flagged_swapped"] - report["answers"]["flagged_true"]) < 0.5
    assert report == report_drop(dataset, SECOND, screened, pool)
