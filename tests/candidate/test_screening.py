"""Screening in the graph: what it lets through, what holds a candidate, and what a version says of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from entropy_assets.defs.reference import version_records

from entropy_assets import records
from entropy_assets.curation.publication import VersionContent, publish
from entropy_assets.curation.screening import OUT_SCHEMA
from entropy_assets.defs.publish import version_contamination
from entropy_assets.defs.running import failure_of_run, summarise
from entropy_assets.demo.drops import FIRST, SECOND
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import drop_candidate
from entropy_assets.shards import Segment, Shards, read_shards
from entropy_assets.storage import read_json
from tests.defs.conftest import Home

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6"
ITEM = "Which of the seven bridges over the river was built first by the masons of the old town guild?"
SCREEN = (
    "key:docs/raw_records or key:docs/quarantined_rows or key:docs/deduped_records or "
    "key:docs/duplicate_pairs or key:docs/screened_records or key:docs/screened_out"
)


def settings(home: Home, text: str) -> None:
    path = home.dataset.home.settings_path
    path.write_text(path.read_text() + text)


def policy(home: Home, line: str) -> None:
    path = home.dataset.home.settings_path
    path.write_text(path.read_text().replace("[policy]\n", f"[policy]\n{line}\n"))


def rows(texts: list[str], source: str = "notes") -> list[dict[str, str]]:
    return [{"id": f"{source}-{number}", "text": text, "source": source} for number, text in enumerate(texts)]


def deliver(home: Home, name: str, texts: list[str]) -> str:
    folder = Path(str(home.dataset.home.inbox)) / name
    folder.mkdir(parents=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(texts)))
    (folder / "_SUCCESS").touch()
    return name


def stored(home: Home, asset: str, key: str, schema: pl.Schema) -> pl.DataFrame:
    manifest = read_json(home.dataset.manifest_path(asset, key))
    return read_shards(home.dataset.root, Shards.from_json(manifest["shards"]), schema)


def only_check(home: Home, asset: str, name: str) -> dg.AssetSelection:
    """Return one check, beside the reading of the drop: a run of checks alone has no partition."""
    chosen = dg.AssetSelection.checks(dg.AssetCheckKey(home.dataset.key(asset), name))
    read = dg.AssetSelection.assets(home.dataset.key("raw_records"), home.dataset.key("quarantined_rows"))
    return chosen | read.without_checks()


def check(result: dg.ExecuteInProcessResult, name: str) -> dg.AssetCheckEvaluation:
    return next(e for e in result.get_asset_check_evaluations() if e.check_name == name)


def test_a_promoted_version_says_what_was_screened(home: Home) -> None:
    policy(home, 'allowed_licences = ["PSF-2.0"]')
    sources = {row["source"] for row in home.drops[SECOND]}
    settings(home, "[screening.licences]\n" + "".join(f'"{source}" = "PSF-2.0"\n' for source in sources))
    entry = home.run(SECOND)
    assert entry.action == "promote"
    folder = home.dataset.home.version(entry.state.version)
    told = read_json(folder / "manifest.json")["sources"]
    train = version_records(home.dataset, entry.state.version, "train")
    assert {row["source"]: row["records"] for row in told} == dict(train["source"].value_counts().iter_rows())
    assert {row["licence"] for row in told} == {"PSF-2.0"}
    card = (folder / "README.md").read_text()
    assert "license:\n- psf-2.0" in card
    assert "language:\n- en" in card
    assert all(f"| {row['source']} | PSF-2.0 | en " in card for row in told)


def test_languages_are_told_and_records_conserved(home: Home) -> None:
    key = deliver(home, "mail", ["Ask anna.keller@mail.de about it, she wrote the page of the manual.", "ok"])
    settings(home, '[screening]\nemails = "remove"\n')
    result = home.materialize(key, SCREEN)
    assert result.success
    assert check(result, "screening_conserved").passed
    kept = stored(home, "screened_records", key, records.SCHEMA)
    out = stored(home, "screened_out", key, OUT_SCHEMA)
    assert kept.select("row_id", "language").rows() == [("notes-1", "und")]
    assert out.select("row_id", "file", "line", "rule").rows() == [("notes-0", "rows.jsonl", 1, "email")]
    assert summarise(home.dataset, key).rows["screened_out"] == 1


def test_a_lost_record_stops_the_run(home: Home) -> None:
    key = deliver(home, "mail", ["One row of the page of the manual.", "Another row of the page of it."])
    assert home.materialize(key, SCREEN).success
    path = home.dataset.manifest_path("screened_records", key)
    manifest = read_json(path)
    path.write_text(json.dumps({**manifest, "rows_in": 3}))
    result = home.materialize(key, only_check(home, "screened_records", "screening_conserved"))
    assert "3 records in, 2 kept + 0 removed" in check(result, "screening_conserved").description


def test_secrets_hold_a_candidate_before_the_probe_is_paid(home: Home) -> None:
    texts = [f"Step {n} of the guide uses {TOKEN} to sign in to the server." for n in range(40)]
    key = deliver(home, "leaky", texts)
    entry = home.run(key)
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["secrets"])
    assert "source notes (40 of 40)" in entry.reasons[0]["why"]
    assert not home.dataset.manifest_path("probe_report", key).exists()
    assert TOKEN not in json.dumps(entry.reasons)


def test_the_version_judges_the_counts_again(measured: Home) -> None:
    policy(measured, 'allowed_licences = ["MIT"]')
    result = measured.materialize(SECOND, "key:docs/dataset_version")
    assert not result.success
    assert "licences (drop)" in str(failure_of_run(SECOND, result))
    entry = measured.dataset.ledger.decision(SECOND)
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["licences"])


def test_counts_edited_after_the_report_are_refused(measured: Home) -> None:
    path = measured.dataset.manifest_path("screened_records", SECOND)
    manifest = read_json(path)
    manifest["counts"][0]["licence"] = "MIT"
    path.write_text(json.dumps(manifest))
    result = measured.materialize(SECOND, "key:docs/dataset_version")
    assert "drop_report was made for screened_records" in str(failure_of_run(SECOND, result))
    assert measured.dataset.ledger.decision(SECOND) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda report: report.pop("screened"), "states other counts"),
        (lambda report: report.update(screened=[]), "states other counts"),
    ],
    ids=["none", "others"],
)
def test_a_report_with_other_counts_is_refused(
    measured: Home, change: Callable[[dict[str, Any]], Any], told: str
) -> None:
    path = measured.dataset.manifest_path("entropy_law_report", SECOND)
    report = read_json(path)
    change(report)
    path.write_text(json.dumps(report))
    result = measured.materialize(SECOND, "key:docs/dataset_version")
    assert told in str(failure_of_run(SECOND, result))
    assert measured.dataset.ledger.decision(SECOND) is None


def evaluation_set(home: Home, name: str = "quiz.jsonl", text: str = "") -> None:
    row = {"id": "q1", "prompt": ITEM, "completion": "The northern one."}
    (Path(str(home.dataset.root)) / name).write_text(text or json.dumps(row) + "\n")
    settings(home, f'[screening]\nevaluation_sets = {{ quiz = "{name}" }}\n')


def test_contaminated_records_are_taken_out_and_named(home: Home) -> None:
    evaluation_set(home)
    key = deliver(home, "leak", ["A clean row of the page.", f"On the quiz night they asked: {ITEM.upper()}"])
    assert home.materialize(key, SCREEN).success
    (row,) = stored(home, "screened_out", key, OUT_SCHEMA).iter_rows(named=True)
    assert (row["row_id"], row["rule"]) == ("notes-1", "contamination")
    assert "q1 in quiz" in row["detail"]
    assert "SEVEN BRIDGES" in row["span"]
    assert stored(home, "screened_records", key, records.SCHEMA)["row_id"].to_list() == ["notes-0"]


@pytest.mark.parametrize("text", ["\n", '{"nothing": "known"}\n'])
def test_an_evaluation_set_that_cannot_be_read_whole_is_refused(home: Home, text: str) -> None:
    evaluation_set(home, text=text)
    key = deliver(home, "leak", ["A clean row of the page."])
    result = home.materialize(key, SCREEN)
    error = failure_of_run(key, result)
    assert isinstance(error, InvalidInput)
    assert "'quiz' must be readable as a whole" in str(error)


def test_an_evaluation_set_that_is_missing_is_refused(home: Home) -> None:
    settings(home, '[screening]\nevaluation_sets = { quiz = "nowhere.jsonl" }\n')
    result = home.materialize(deliver(home, "leak", ["A clean row of the page."]), SCREEN)
    assert "must be a file beside entropy.toml" in str(failure_of_run("leak", result))


def test_a_promoted_version_passes_the_check_of_contamination(measured: Home) -> None:
    evaluation_set(measured)
    result = measured.materialize(FIRST, "key:docs/dataset_version")
    evaluation = check(result, "no_eval_contamination")
    assert evaluation.passed
    assert evaluation.metadata["contaminated"].value == 0


def around_the_stage(home: Home, key: str, train: pl.DataFrame, held_out: pl.DataFrame) -> dict[str, Any]:
    """Publish a version of these records as no run would, and return what the asset would have said."""
    dataset, parent = home.dataset, home.dataset.ledger.state()
    content = VersionContent(
        train=train.with_columns(
            pl.lit(key).alias("drop"), pl.int_range(pl.len(), dtype=pl.Int64).alias("rank")
        ),
        validation=held_out.with_columns(pl.lit(None, dtype=pl.Int64).alias("rank")),
        figures={},
        segment=Segment(Shards()),
        provenance={},
    )
    drops = (*parent.drops, key)
    entry = publish(dataset.home, dataset.ledger, drop_candidate(key), parent, drops, content)
    return {"version": entry.state.version, "entry": entry.number}


def a_record(text: str, first_digit: str) -> pl.DataFrame:
    """Return a text under an id that lies in the validation split for 0, and in training for f."""
    row = {"id": first_digit * 32, "row_id": "r", "source": "notes", "kind": "text", "text": text}
    return pl.DataFrame([row], schema=records.SCHEMA)


@pytest.mark.parametrize("item_set", ["quiz", "validation split"])
def test_a_version_written_around_the_stage_is_found(home: Home, item_set: str) -> None:
    evaluation_set(home)
    current = home.dataset.ledger.state().version
    train, held_out = (version_records(home.dataset, current, split) for split in ("train", "validation"))
    assert version_contamination(home.dataset, around_the_stage(home, "clean", train, held_out)).is_empty()
    tale = "They say that the miller of the valley never once in his long life closed the door of the mill."
    if item_set == "quiz":
        train = pl.concat([train, a_record(ITEM, "f")])
    else:
        train, held_out = (
            pl.concat([own, a_record(tale, digit)]) for own, digit in ((train, "f"), (held_out, "0"))
        )
    made = around_the_stage(home, "around", train, held_out)
    (hit,) = version_contamination(home.dataset, made).iter_rows(named=True)
    assert (hit["id"], hit["item_set"]) == ("f" * 32, item_set)
    path = home.dataset.manifest_path("dataset_version", FIRST)
    path.write_text(json.dumps(made))
    selection = only_check(home, "dataset_version", "no_eval_contamination")
    evaluation = check(home.materialize(FIRST, selection), "no_eval_contamination")
    assert not evaluation.passed
    assert f"1 training records overlap with {item_set}" in evaluation.description
