"""`entropy-assets dedup`: rows are conserved, each removal is explained, and bad arguments are told."""

import json
import random
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.curation.dedup import PAIRS_SCHEMA
from entropy_assets.curation.ingest import read_file
from entropy_assets.records import SCHEMA

WORDS = [f"{a}{b}" for a in ("bal", "kon", "mir", "tus", "rel") for b in ("a", "o", "i", "en", "ur", "ys")]


def text_of(number: int) -> str:
    rng = random.Random(number)
    return " ".join(rng.choice(WORDS) for _ in range(50))


ROWS = [
    *({"id": f"r{n}", "text": text_of(n), "source": "web"} for n in range(20)),
    {"id": "exact", "text": text_of(0), "source": "web"},
    {"id": "ends", "text": text_of(1) + " \n", "source": "books"},
    {"id": "near", "text": " ".join(["another", *text_of(2).split()[1:-1], "other"]), "source": "books"},
    {"id": "short", "text": "yes", "source": "books"},
]


def invoke(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["dedup", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def outputs(tmp_path: Path) -> list[object]:
    return ["--out", tmp_path / "kept.parquet", "--pairs", tmp_path / "pairs.parquet"]


def test_rows_are_conserved_and_removals_explained(data: Path, tmp_path: Path) -> None:
    code, told, _ = invoke(data, *outputs(tmp_path))
    assert code == 0
    assert told.splitlines()[0] == "24 records = 21 kept + 1 exact + 1 normalised + 1 near"
    shares = [[cell.strip() for cell in line.split("│")] for line in told.splitlines()[3:]]
    kept, pairs = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("kept", "pairs"))
    stayed = {name: kept.filter(pl.col("source") == name).height for name in ("books", "web")}
    n_rows = {"books": 3, "web": 21}
    assert sorted(shares) == [
        [name, str(n), str(stayed[name]), f"{100 * stayed[name] / n:.1f}"] for name, n in n_rows.items()
    ]
    assert (kept.schema, pairs.schema) == (SCHEMA, PAIRS_SCHEMA)
    assert {"r1", "r2"} - set(kept["row_id"]) <= set(pairs["row_id"])
    found = {frozenset((row["row_id"], row["keeper_row_id"])): row["rule"] for row in pairs.to_dicts()}
    assert found == {
        frozenset(("r0", "exact")): "exact",
        frozenset(("r1", "ends")): "normalised",
        frozenset(("r2", "near")): "near",
    }
    assert pairs.filter(pl.col("rule") == "near")["similarity"].is_between(0.7, 0.99).all()


def test_canonical_records_and_raw_rows_give_the_same(data: Path, tmp_path: Path) -> None:
    assert invoke(data, *outputs(tmp_path))[0] == 0
    first = [(tmp_path / f"{name}.parquet").read_bytes() for name in ("kept", "pairs")]
    canonical = tmp_path / "canonical.parquet"
    read_file(data, drop="data").records.write_parquet(canonical)
    assert invoke(canonical, *outputs(tmp_path), "--workers", 1)[0] == 0
    assert [(tmp_path / f"{name}.parquet").read_bytes() for name in ("kept", "pairs")] == first
    folder = tmp_path / "shards"
    folder.mkdir()
    for number, part in enumerate(pl.read_parquet(canonical).iter_slices(9)):
        part.write_parquet(folder / f"{number}.parquet")
    (folder / "_SUCCESS").touch()
    assert invoke(folder, *outputs(tmp_path))[0] == 0
    assert [(tmp_path / f"{name}.parquet").read_bytes() for name in ("kept", "pairs")] == first


def test_a_folder_of_mixed_files_is_read_whole(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    read_file(data, drop="data").records.write_parquet(folder / "canonical.parquet")
    (folder / "more.jsonl").write_text('{"text": "a row of its own"}\nnot json\n')
    code, _, beside = invoke(folder, *outputs(tmp_path))
    assert code == 0
    assert "1 row(s) left out: invalid_json" in beside
    kept = pl.read_parquet(tmp_path / "kept.parquet")
    assert "a row of its own" in kept["text"].to_list()


def test_what_is_kept_is_kept_again(data: Path, tmp_path: Path) -> None:
    assert invoke(data, *outputs(tmp_path))[0] == 0
    again = ["--out", tmp_path / "again.parquet", "--pairs", tmp_path / "none.parquet"]
    code, told, _ = invoke(tmp_path / "kept.parquet", *again)
    assert (code, told.splitlines()[0]) == (0, "21 records = 21 kept + 0 removed")
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "kept.parquet").read_bytes()


def test_options_change_what_is_removed(data: Path, tmp_path: Path) -> None:
    for option, told_line in (
        (["--no-near"], "24 records = 22 kept + 1 exact + 1 normalised"),
        (["--threshold", 1.0], "24 records = 22 kept + 1 exact + 1 normalised"),
        (
            ["--shingle", 2, "--hashes", 64, "--bands", 16],
            "24 records = 21 kept + 1 exact + 1 normalised + 1 near",
        ),
    ):
        code, told, _ = invoke(data, *outputs(tmp_path), *option)
        assert (code, told.splitlines()[0]) == (0, told_line)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl", "--out", "k", "--pairs", "p"], "nowhere.jsonl does not exist"),
        (["data.jsonl", "--out", "k", "--pairs", "k"], "must be three"),
        (["data.jsonl", "--out", "data.jsonl", "--pairs", "p"], "must be three"),
        (["data.jsonl", "--out", "k", "--pairs", "p", "--threshold", "1.5"], "--threshold must be"),
        (["data.jsonl", "--out", "k", "--pairs", "p", "--hashes", "10", "--bands", "3"], "--bands"),
        (["empty.jsonl", "--out", "k", "--pairs", "p"], "holds no record that can be read"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(data.parent)
    (data.parent / "empty.jsonl").write_text("\n")
    before = {path: path.read_bytes() for path in data.parent.iterdir()}
    code, _, beside = invoke(*arguments)
    assert code == 2
    assert beside.startswith("entropy-assets: ")
    assert message in beside
    assert {path: path.read_bytes() for path in data.parent.iterdir()} == before


def test_what_was_passed_over_is_named(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    for name in ("train", "test"):
        (drop / f"{name}.jsonl").write_text(f'{{"text": "The {name} row of a drop."}}\n')
    out, pairs = tmp_path / "out.parquet", tmp_path / "pairs.parquet"
    result = CliRunner().invoke(app, ["dedup", str(drop), "--out", str(out), "--pairs", str(pairs)])
    assert result.exit_code == 0, result.output
    assert "test.jsonl: not read: it is of the split 'test'" in result.stderr
    assert pl.read_parquet(out).height == 1


def test_case_is_folded_where_it_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in (text_of(1), text_of(1).upper())))
    assert invoke(path, *outputs(tmp_path))[1].startswith("2 records = 2 kept + 0 removed")
    told = invoke(path, *outputs(tmp_path), "--fold", "case", "--fold", "white_space")[1]
    assert told.startswith("2 records = 1 kept + 1 normalised")
    code, _, error = invoke(path, *outputs(tmp_path), "--fold", "accents")
    assert code == 2
    assert "'case', 'white_space'" in error


def test_contradictory_answers_stay_and_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "asked.jsonl"
    rows = [
        {"prompt": f"{text_of(n)} Yes or no?", "completion": word} for n in (1, 2) for word in ("Yes.", "No.")
    ]
    rows += [{"prompt": text_of(3), "completion": "Yes."}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    _, told, _ = invoke(path, *outputs(tmp_path))
    assert told.splitlines()[:2] == [
        "5 records = 5 kept + 0 removed",
        "4 of the kept records are contradictory: another one answers the same prompt otherwise",
    ]


def test_copies_that_differ_in_what_trainers_read_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    pair = {"prompt": text_of(1), "chosen": "Yes.", "rejected": "No."}
    rows = [
        pair | {"margin": margin, "page": page, "url": f"https://a.example/{page}", "score": page}
        for page, margin in enumerate((1.0, 1.0, 3.0))
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows, pair]))
    _, told, _ = invoke(path, *outputs(tmp_path))
    assert told.splitlines()[:2] == [
        "4 records = 1 kept + 3 exact",
        "removed copies differ from the kept record in metadata that trainers read: margin 2; in other "
        "metadata: page 3",
    ]
