"""`entropy-assets score`: a table of scores, the same for any workers, and a sentence on bad input."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.language_models import NEEDED
from entropy_assets.settings import SCORERS
from entropy_assets.settings.declared import declared
from tests.curation.llm.tiny import write_tiny


def test_the_help_is_made_from_the_registry() -> None:
    help_page = CliRunner().invoke(app, ["score", "--help"], env={"COLUMNS": "200"}).output
    said = " ".join(help_page.replace("│", " ").split())
    for name, scorer in SCORERS.items():
        assert f"{name}: {scorer.about}" in said
        for field, (_, key) in declared(scorer.params).items():
            assert f"--{field.replace('_', '-')}" in said
            assert key is not None
            assert f"{name}: {key.text}" in said


def test_a_parameter_is_an_option_with_its_range_and_of_its_scorer_alone(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.parquet"
    assert ask(rows, "--scorer", "density", "--out", out, "--rows", 10)[0] == 0
    for arguments, sentence in [
        (("--scorer", "density", "--rows", 0), "--rows must be 1 or more, got 0"),
        (("--scorer", "perplexity", "--rows", 9), "--rows is of another scorer"),
        (("--scorer", "density", "--target", rows), "--target is of another scorer"),
        (("--scorer", "density", "--probe-bytes", 0), "--probe-bytes must be 1 or more bytes, got 0"),
        (("--scorer", "target"), "--target FILE is missing"),
        (("--scorer", "target", "--target", tmp_path / "none.jsonl"), "--target"),
    ]:
        code, said = ask(rows, "--out", out, *arguments)
        assert code == 2, said
        assert sentence in " ".join(said.split())


def ask(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["score", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in NEEDED:
        pytest.importorskip(name)
    return write_tiny(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    told = [
        {"instruction": f"What does tool number {n} do?", "output": f"It counts {n} things and prints them."}
        for n in range(60)
    ]
    told.append({"instruction": "Decode it.", "output": "U2FsdGVkX1+9x3kQ0sX2m7ZpLr8YvN4hTqWcBdEfGhIjKl" * 8})
    path.write_text("".join(json.dumps(row) + "\n" for row in told))
    return path


@pytest.mark.parametrize("scorer", SCORERS)
def test_each_record_has_a_row_and_workers_change_no_byte(
    scorer: str, rows: Path, tiny: Path, tmp_path: Path
) -> None:
    outs = [tmp_path / f"{workers}.parquet" for workers in (1, 2)]
    for workers, out in enumerate(outs, 1):
        target = ("--target", rows) if "targets" in SCORERS[scorer].needs else ()
        model = ("--model", tiny) if {"answer_losses", "answers"} & {*SCORERS[scorer].needs} else ()
        fixed = ("--workers", workers, "--probe-bytes", 2_000, *target, *model)
        code, said = ask(rows, "--scorer", scorer, "--out", out, *fixed)
        assert code == 0, said
        assert "61 records = " in said
        assert f"{scorer}: " in said
    assert outs[0].read_bytes() == outs[1].read_bytes()
    table = pl.read_parquet(outs[0])
    assert table["line"].to_list() == list(range(1, 62))
    assert table["id"].n_unique() == 61
    assert table["scorer"].unique().to_list() == [f"{scorer} {SCORERS[scorer].version}"]
    assert (table["score"].is_null() == (table["why"] != "")).all()


def test_losses_are_those_of_a_model_that_is_named(rows: Path, tiny: Path, tmp_path: Path) -> None:
    outs = [tmp_path / f"{name}.parquet" for name in ("perplexity", "ifd")]
    for out in outs:
        code, said = ask(rows, "--scorer", out.stem, "--out", out, "--model", tiny)
        assert code == 0, said
    perplexity, ifd = map(pl.read_parquet, outs)
    assert perplexity["score"].is_between(7, 9).all(), "an untrained model takes 8 bits a byte"
    np.testing.assert_allclose(ifd["score"], ifd["after_question"] / ifd["alone"])
    assert ifd["alone"].is_between(7, 9).all()
    for arguments, sentence in [
        (("--scorer", "ifd"), "ifd needs a language model: name one by --model FOLDER"),
        (("--scorer", "ifd", "--model", rows), "must be a folder with a config.json or a file that ends in"),
        (("--scorer", "density", "--model", tiny), "--model is of another scorer"),
    ]:
        code, said = ask(rows, "--out", tmp_path / "a.parquet", *arguments)
        assert code == 2, said
        assert sentence in " ".join(said.split())


def test_noise_has_no_information_and_says_why(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "scores.parquet"
    code, said = ask(rows, "--scorer", "information", "--out", out, "--probe-bytes", 2_000)
    assert code == 0
    assert "60 scored + 1 noise" in said
    assert pl.read_parquet(out)["why"].to_list()[-1] == "noise"


def test_bad_input_is_one_sentence_and_writes_nothing(rows: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    for arguments, sentence in [
        ((empty, "--scorer", "density", "--out", tmp_path / "a.parquet"), "empty.jsonl"),
        ((rows, "--scorer", "density", "--out", tmp_path / "a.csv"), "--out"),
        ((rows, "--scorer", "zipf", "--out", tmp_path / "a.parquet"), "zipf"),
        ((rows, "--scorer", "density", "--out", tmp_path / "a.parquet", "--seed", "-1"), "--seed must be 0"),
        ((tmp_path / "none", "--scorer", "density", "--out", tmp_path / "a.parquet"), "none"),
    ]:
        code, said = ask(*arguments)
        assert code == 2, said
        assert sentence in said
        assert "Traceback" not in said
    assert not list(tmp_path.glob("a.*"))


def test_a_folder_of_which_a_part_would_not_be_read_is_refused(rows: Path, tmp_path: Path) -> None:
    shards = tmp_path / "shards"
    for place in (shards, shards / "more"):
        place.mkdir()
        pl.DataFrame({"text": [f"A record in {place.name} that is long enough."]}).write_parquet(
            place / "rows.parquet"
        )
    out = tmp_path / "out.parquet"
    for command in (
        ["score", shards, "--scorer", "density", "--out", out],
        ["select", shards, "--budget", "1", "--out", out],
    ):
        done = CliRunner().invoke(app, [*map(str, command)])
        assert done.exit_code == 2, done.output
        assert "has Parquet files in folders within, such as more/rows.parquet" in " ".join(
            done.output.split()
        )
    assert ask(shards / "more", "--scorer", "density", "--out", out)[0] == 0
    code, said = ask(tmp_path / "none.jsonl", "--scorer", "density", "--out", out)
    assert code == 2
    assert "none.jsonl does not exist: name a JSONL" in " ".join(said.split())


def test_a_selection_by_a_table_of_scores_says_which_records_have_none(rows: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "scores.parquet", tmp_path / "picked.jsonl"
    assert ask(rows, "--scorer", "density", "--out", table)[0] == 0
    scores = pl.read_parquet(table)
    best = scores["line"][scores[:-5]["score"].arg_max()]
    scores[:-5].with_columns(score=pl.when(pl.col("line") > 3).then("score")).write_parquet(table)
    arguments = [
        "select",
        str(rows),
        "--selector",
        "scores",
        "--budget",
        "55",
        "--out",
        str(out),
        "--no-compare",
    ]
    done = CliRunner().invoke(app, [*arguments, "--scores", str(table)])
    assert done.exit_code == 0, done.output
    assert (
        "8 of the 61 records have no score (5 missing, 3 unscored): they come behind all others, and 2"
        in (" ".join(done.output.split()))
    )
    if best > 3:
        assert json.loads(out.read_text().splitlines()[0]) == json.loads(
            rows.read_text().splitlines()[best - 1]
        )
    for extra, sentence in [
        ((), "--scores FILE is missing"),
        (("--scores", str(rows)), "must be a Parquet file with the columns id and score"),
        (("--scores", str(tmp_path / "none.parquet")), "No such file"),
        (("--scores", str(table), "--order", "best"), "'best' is not one of"),
        (("--scores", str(table), "--rows", "3"), "--rows is of another scorer or selector"),
    ]:
        done = CliRunner().invoke(app, [*arguments, *extra])
        assert done.exit_code == 2, done.output
        assert sentence in " ".join(done.output.split())
    ids = scores["id"].to_list()
    for name, other, sentence in [
        ("twice", {"id": [*ids, ids[0]], "score": [1.0] * 61 + [2.0]}, f"two scores of the id {ids[0]!r}"),
        ("other", {"id": ["a", "b"], "score": [1.0, 2.0]}, "none of the 61 records (61 are not in it)"),
        ("unscored", {"id": ids, "score": [None] * 61}, "none of the 61 records (0 are not in it)"),
        ("boolean", {"id": ids, "score": [True] * 61}, "must have numbers in the column score, got Boolean"),
        (
            "mixed",
            {"id": ids, "score": [1.0] * 61, "scorer": ["ifd 1"] + ["ask_llm 1"] * 60},
            "has scores of 2 scorers, ask_llm 1, ifd 1",
        ),
        ("zero", {"id": ids, "score": [0.0] * 61}, "has scores that are not above 0, such as 0.0"),
    ]:
        path = tmp_path / f"{name}.parquet"
        pl.DataFrame(other).write_parquet(path)
        done = CliRunner().invoke(app, [*arguments, "--scores", str(path), "--order", "inverse"])
        assert done.exit_code == 2, done.output
        assert f"--scores: {path}" in " ".join(done.output.split())
        assert sentence in " ".join(done.output.split())
    odd = {"id": [*ids, ids[0]], "score": [1e-320, 1e308, *[1.0] * 59, 1e-320]}
    pl.DataFrame(odd).write_parquet(table)
    done = CliRunner().invoke(app, [*arguments, "--scores", str(table), "--order", "inverse"])
    assert done.exit_code == 0, done.output
    assert json.loads(out.read_text().splitlines()[0])["instruction"].endswith("number 0 do?")
