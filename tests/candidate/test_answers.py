"""A language model beside the steps: its scores are kept, and a report says what it saw or why not."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from entropy_assets import records
from entropy_assets.candidate.answers import measure_drop_answers, score_remembered
from entropy_assets.candidate.drop_report import report_drops
from entropy_assets.candidate.manifests import ScreenedRecords
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import NO_MODEL, Exchanges, draw_answers
from entropy_assets.curation.entropy_law.drop.exchanges import AnswerSample
from entropy_assets.curation.llm import model_digest, numbers_on
from entropy_assets.curation.pool import Frames, Pool, assemble
from entropy_assets.demo.drops import SECOND
from entropy_assets.language_models import NEEDED
from entropy_assets.settings import PoolSettings
from entropy_assets.storage import canonical_json, digest_value, seed_from
from tests.curation.llm.tiny import write_tiny
from tests.homes import SETTINGS, Home, home_in

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
def reading(tmp_path: Path) -> Home:
    """A dataset that names a model without weights: whoever loads it is told so."""
    made = home_in(tmp_path / "home", {})
    made.settings = SETTINGS + ANSWERS
    (made.root / "reader").mkdir()
    (made.root / "reader" / "config.json").write_text("{}")
    (made.root / "inbox" / "drop").mkdir(parents=True)
    return made


def keep_scores(run: CandidateRun, drop: pl.DataFrame, promoted: pl.DataFrame) -> None:
    """Keep scores of all pairs that are read, as a model that sees the numbers would give them."""
    answers, known = run.settings.answers, run.settings.law.known_records
    seed = seed_from("answers", run.settings.seed)
    sample = draw_answers(Exchanges.of(drop), Exchanges.of(promoted), known, answers.n_records, seed)
    assert isinstance(sample, AnswerSample)
    common: dict[str, Any] = {
        "model": model_digest(Path(str(run.workspace.root)) / answers.model),
        "numbers": numbers_on(answers.device),
        "prompt": answers.prompt,
        "max_bytes": answers.max_bytes,
        "batch": answers.batch or 1,
    }
    rng = np.random.default_rng(0)
    for question, answer in dict.fromkeys(sample.pairs):
        fits = question.removeprefix("Question").rstrip("?") == answer.removeprefix("Answer").rstrip(".")
        parts = {**common, "pair": digest_value((question, answer))}
        values = [200 + rng.normal() - 40 * fits, rng.normal() + 2 * fits]
        run.workspace.cache.keep("answer_scores", parts, canonical_json(values))


def kept_scores(home: Home) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.root.glob("work/answer_scores/*/*.bin")}


def frames_of(records: pl.DataFrame) -> Frames:
    return lambda columns: iter([records if columns is None else records.select(columns)])


def pool_of(records: pl.DataFrame) -> Pool:
    return assemble(records, PoolSettings())


def test_without_a_model_or_a_parent_the_rule_is_off(reading: Home) -> None:
    drop = frames_of(chats(60, 1))
    assert measure_drop_answers(reading.open("drop"), drop, None).off == "there are no promoted records yet"
    reading.settings = SETTINGS
    assert measure_drop_answers(reading.open("drop"), drop, pool_of(chats(90, 2))).off == NO_MODEL


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_kept_scores_are_not_made_again(reading: Home, share: float) -> None:
    drop, promoted = shuffled(chats(60, 1), share), chats(62, 2)
    run = reading.open("drop")
    keep_scores(run, drop, promoted)
    found = measure_drop_answers(run, frames_of(drop), pool_of(promoted))
    assert found.measurement is not None
    assert found.measurement.n == 60
    assert found.measurement.value == pytest.approx(share, abs=0.06)
    assert found.mismatched is not None
    assert set(found.mismatched) <= set(drop["id"])


def test_scores_of_a_real_model_are_kept_with_all_that_they_rest_on(reading: Home) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    write_tiny(reading.root / "reader")
    pairs = [("Who?", "Me."), ("", "Me."), ("Who?", "Me.")]
    run = reading.open("drop")
    found = score_remembered(run, pairs)
    assert found.shape == (3, 2)
    assert (found[0] == found[2]).all()
    kept = kept_scores(reading)
    assert len(kept) == 2
    assert (score_remembered(run, pairs[::-1]) == found[::-1]).all()
    reading.settings = SETTINGS + ANSWERS + "max_bytes = 64\n"
    score_remembered(reading.open("drop"), pairs)
    later = kept_scores(reading)
    assert len(later) == 4
    assert kept.items() <= later.items()


def test_a_kept_score_that_was_edited_is_made_again(reading: Home) -> None:
    for name in NEEDED:
        pytest.importorskip(name)
    write_tiny(reading.root / "reader")
    found = score_remembered(reading.open("drop"), [("Who?", "Me.")])
    (path,) = reading.root.glob("work/answer_scores/*/*.bin")
    whole = path.read_bytes()
    path.write_bytes(whole[:-3] + b"9.]")
    assert (score_remembered(reading.open("drop"), [("Who?", "Me.")]) == found).all()
    assert path.read_bytes() == whole


def test_a_drop_report_says_what_the_model_can_tell(measured: Home) -> None:
    """A model with random weights reads the demo's drop, cannot tell, and the report says so."""
    for name in NEEDED:
        pytest.importorskip(name)
    write_tiny(measured.root / "reader")
    measured.settings = SETTINGS + ANSWERS
    # The settings are another's now, so what screening let through is stated for them.
    settings = measured.open(SECOND).settings.digest
    measured.edit(
        ScreenedRecords, SECOND, lambda body: body["provenance"].update(settings=settings), resealed=True
    )
    screened = measured.load(ScreenedRecords, SECOND)
    report = report_drops(measured.open(SECOND), screened)
    (part,) = report.parts
    assert "tells too little: name a larger one" in part.off["mismatched_answers"]
    swapped, true = part.answers["flagged_swapped"], part.answers["flagged_true"]
    assert swapped is not None
    assert true is not None
    assert abs(swapped - true) < 0.5
    assert report == report_drops(measured.open(SECOND), screened)
