"""`entropy-assets export`: rows that come back, a line that adds up, and nothing half-written."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.cli.export import export_file
from entropy_assets.curation.export import LAYOUTS, LOST_SCHEMA
from entropy_assets.curation.ingest import read_file
from entropy_assets.shards import parquet_bytes

BATCHES = "entropy_assets.cli.export._BATCH_ROWS"
TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Grüße"}]
ROWS = [
    {"id": "a", "messages": TURNS, "label": True},
    {"id": "b", "messages": TURNS[:1], "label": False},
    {"id": "c", "text": "plain"},
    {"id": "d", "prompt": "Q", "chosen": "A", "rejected": "B"},
    {"id": "e", "instruction": "Add.", "output": "5", "label": True},
]


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["export", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def records(tmp_path: Path) -> Path:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    path = tmp_path / "records.parquet"
    path.write_bytes(parquet_bytes(read_file(rows, drop="d").records))
    return path


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_line_adds_up_and_reasons_are_told(records: Path, tmp_path: Path) -> None:
    out, refused = tmp_path / "new" / "out.jsonl", tmp_path / "refused.parquet"
    code, output = invoke(records, "--layout", "alpaca", "--out", out, "--refused", refused)
    assert code == 0, output
    assert ids(out) == ["a", "e"]
    assert output.splitlines() == [
        "5 records in = 2 rows + 3 refused (2 wrong_kind, 1 turn_order)",
        "        2 wrong_kind: The layout holds another kind of record: text, chat or preference.",
        "        1 turn_order: User and assistant do not take turns from a question to an answer.",
    ]
    assert "--refused FILE keeps" in invoke(records, "--layout", "alpaca", "--out", out)[1]
    lost = pl.read_parquet(refused)
    assert lost.schema == LOST_SCHEMA
    assert lost.select("row_id", "reason").rows() == [
        ("b", "turn_order"),
        ("c", "wrong_kind"),
        ("d", "wrong_kind"),
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_command_knows_every_layout_and_its_rows_come_back(
    records: Path, tmp_path: Path, layout: str
) -> None:
    out = tmp_path / "out.jsonl"
    assert invoke(records, "--layout", layout, "--out", out)[0] == 0
    again = read_file(out, drop="d").records
    assert again.height
    kept = pl.read_parquet(records).filter(pl.col("row_id").is_in(again["row_id"].to_list()))
    assert again.select("id", "row_id", "metadata").equals(kept.select("id", "row_id", "metadata"))


@pytest.mark.parametrize(
    ("name", "unpack"),
    [
        ("out.ndjson", bytes),
        ("OUT.JSONL", bytes),
        ("out.jsonl.gz", gzip.decompress),
        ("out.jsonl.zst", lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)),
    ],
)
def test_lines_are_packed_as_the_name_says(
    records: Path, tmp_path: Path, name: str, unpack: Callable[[bytes], bytes]
) -> None:
    out, plain = tmp_path / name, tmp_path / "plain.jsonl"
    assert invoke(records, "--layout", "messages", "--out", plain)[0] == 0
    assert invoke(records, "--layout", "messages", "--out", out)[0] == 0
    assert unpack(out.read_bytes()) == plain.read_bytes()
    assert read_file(out, drop="d").records["row_id"].to_list() == ["a", "b", "e"]


@pytest.mark.parametrize("batch_rows", [1, 2, 50_000])
def test_an_array_is_one_json_value_however_it_is_cut(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch_rows: int
) -> None:
    monkeypatch.setattr(BATCHES, batch_rows)
    out = tmp_path / "out.json"
    assert invoke(records, "--layout", "kto", "--out", out)[0] == 0
    assert [row["id"] for row in json.loads(out.read_bytes())] == ["a", "e"]
    assert invoke(records, "--layout", "text", "--out", out)[0] == 0
    assert [row["id"] for row in json.loads(out.read_bytes())] == ["c"]
    empty = tmp_path / "empty.parquet"
    empty.write_bytes(parquet_bytes(pl.read_parquet(records)[:0]))
    code, output = invoke(empty, "--layout", "text", "--out", out)
    assert code == 2
    assert "empty.parquet holds no record" in output
    assert [row["id"] for row in json.loads(out.read_bytes())] == ["c"]  # what was there before


def test_what_is_held_out_beside_training_records_is_left_out_and_told(records: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("train-0a1b.parquet", "validation-2c3d.parquet"):
        (folder / name).write_bytes(records.read_bytes())
    out = tmp_path / "out.jsonl"
    code, output = invoke(folder, "--layout", "messages", "--out", out)
    assert code == 0
    assert "5 records in" in output
    assert "1 files of held-out splits, as validation-2c3d.parquet" in output
    code, output = invoke(folder / "validation-2c3d.parquet", "--layout", "messages", "--out", out)
    assert (code, "held-out" in output) == (0, False)


def test_a_folder_is_read_in_the_order_of_its_names(records: Path, tmp_path: Path) -> None:
    folder, out = tmp_path / "shards", tmp_path / "out.jsonl"
    folder.mkdir()
    frame = pl.read_parquet(records)
    (folder / "b.parquet").write_bytes(parquet_bytes(frame[:2]))
    (folder / "a.parquet").write_bytes(parquet_bytes(frame[2:].with_columns(rank=1)))
    assert invoke(folder, "--layout", "messages", "--out", out)[0] == 0
    assert ids(out) == ["e", "a", "b"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.parquet", "--out", "x.jsonl"], "nowhere.parquet does not exist: name what ingest wrote"),
        (["empty", "--out", "x.jsonl"], "empty is not a file, nor a folder"),
        (["rows.jsonl", "--out", "x.jsonl"], "rows.jsonl cannot be read as Parquet"),
        (
            ["other.parquet", "--out", "x.jsonl"],
            "other.parquet holds no records: of their columns, id, row_id",
        ),
        (["mixed", "--out", "x.jsonl"], "b.parquet holds no records"),
        (["records.parquet", "--out", "x.csv"], "--out must end in .jsonl, .ndjson or .json"),
        (["records.parquet", "--out", "x.jsonl", "--refused", "y.jsonl"], "--refused must end in .parquet"),
        (["records.parquet", "--out", "x.jsonl", "--refused", "records.parquet"], "must be different files"),
        (["link.jsonl", "--out", "link.jsonl"], "must be different files"),
        (
            ["records.parquet", "--out", "folder.jsonl"],
            "entropy-assets: --out folder.jsonl is a folder: name a file in it",
        ),
        (["records.parquet", "--out", "rows.jsonl/x.jsonl"], "rows.jsonl/x.jsonl cannot be written"),
        (
            ["records.parquet", "--out", "x.jsonl", "--refused", "empty.parquet"],
            "--refused empty.parquet is a folder",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_all_as_it_was(
    records: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    folder = records.parent
    monkeypatch.chdir(folder)
    for name in ("empty", "mixed", "folder.jsonl", "empty.parquet"):
        (folder / name).mkdir()
    (folder / "folder.jsonl" / "full").touch()
    pl.DataFrame({"a": [1]}).write_parquet("other.parquet")
    (folder / "mixed" / "a.parquet").write_bytes(records.read_bytes())
    (folder / "mixed" / "b.parquet").write_bytes(Path("other.parquet").read_bytes())
    Path("link.jsonl").symlink_to(records)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    code, output = invoke(arguments[0], "--layout", "messages", *arguments[1:])
    assert code == 2
    assert message in output
    assert len(output.strip().splitlines()) == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_file_that_was_there_stays_whole_when_the_run_is_stopped(
    records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.jsonl"
    export_file(records, "messages", out)
    before = out.read_bytes()
    monkeypatch.setattr(BATCHES, 2)
    real, calls = pl.LazyFrame.slice, []

    def stopping(*arguments: object) -> pl.LazyFrame:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(pl.LazyFrame, "slice", stopping)
    with pytest.raises(KeyboardInterrupt):
        export_file(records, "sharegpt", out, tmp_path / "refused.parquet")
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "records.parquet", "rows.jsonl"]


def test_a_layout_that_holds_none_of_the_records_writes_nothing(records: Path, tmp_path: Path) -> None:
    rows = tmp_path / "texts.jsonl"
    rows.write_text('{"text": "plain"}\n{"text": "more"}\n')
    texts, out, refused = tmp_path / "texts.parquet", tmp_path / "out.jsonl", tmp_path / "refused.parquet"
    texts.write_bytes(parquet_bytes(read_file(rows, drop="d").records))
    out.write_text("older\n")
    code, output = invoke(texts, "--layout", "alpaca", "--out", out, "--refused", refused)
    assert code == 2
    assert "none of the 2 records fits the layout 'alpaca' (2 wrong_kind)" in " ".join(output.split())
    assert out.read_text() == "older\n"
    assert pl.read_parquet(refused).height == 2
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize("option", ["--out", "--refused"])
def test_a_folder_is_no_file_to_write(records: Path, tmp_path: Path, option: str) -> None:
    (tmp_path / "there").mkdir()
    given = {"--out": tmp_path / "out.jsonl", "--refused": tmp_path / "r.parquet"} | {
        option: tmp_path / "there"
    }
    code, output = invoke(records, "--layout", "text", *(word for pair in given.items() for word in pair))
    assert code == 2
    assert "is a folder: name a file" in " ".join(output.split())
