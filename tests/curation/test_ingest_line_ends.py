"""Files of which no row is read are named: lines with bare carriage returns, headers alone, nothing."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_drop, read_file
from entropy_assets.curation.ingest.files import file_parts
from entropy_assets.settings import IngestSettings

GOOD = b'{"text": "a good row of the harbour"}\n'


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b"instruction,output\rOpen the hatch,Done\rClose it,Yes\r"),
        ("a.csv", b"text\rOpen the hatch\rClose it"),
        ("a.csv", b"instruction,output\rOpen the hatch,Done\nClose it,Yes\n"),
        ("a.csv", b'"instruction","output"\r"Open the hatch","Done"\r'),
        ("a.csv.gz", gzip.compress(b"instruction,output\rOpen the hatch,Done\r", mtime=0)),
        ("a.jsonl", b'{"text": "a"}\r{"text": "b"}\r'),
        ("a.json", b'\r{"text": "a"} \r\r {"text": "b"}'),
        ("a.ndjson", b'\xef\xbb\xbf{"text": "a"}\r{"text": "b"}'),
    ],
)
def test_lines_that_end_in_a_bare_carriage_return_are_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "good.jsonl").write_bytes(GOOD)
    found = read_drop(tmp_path, "d")
    assert (found.records.height, found.quarantined.height, found.complete) == (1, 1, False)
    assert found.quarantined["file"].to_list() == [name]
    assert "bare carriage return" in found.quarantined["detail"][0]
    assert "line feed" in found.quarantined["detail"][0]


@pytest.mark.parametrize(
    ("name", "data", "n"),
    [
        ("a.csv", b"instruction,output\r\nOpen the hatch,Done\r\n", 1),
        ("a.csv", b'text,n\n"a\rb",1\n', 1),
        ("a.json", b'[\r{"text": "a"},\r{"text": "b"}\r]', 2),
        ("a.json", b'{\r"text": "a"\r}\r', 1),
        ("a.jsonl", b'{"text": "a"}\r\n{"text": "b"}\r\n', 2),
        ("a.txt", b"one\rtwo\r", 1),
    ],
)
def test_other_carriage_returns_are_read_as_before(tmp_path: Path, name: str, data: bytes, n: int) -> None:
    (tmp_path / name).write_bytes(data)
    found = read_file(tmp_path / name, drop="d")
    assert (found.records.height, found.quarantined.height) == (n, 0)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *(("a.csv", b"text\n"), ("a.csv", b""), ("a.csv", b"\n\n"), ("a.jsonl", b""), ("a.jsonl", b" \n\n")),
        *(("a.json", b"[]"), ("a.json", b"\n"), ("a.jsonl.gz", gzip.compress(b"\n", mtime=0))),
    ],
)
def test_a_file_without_a_row_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "good.jsonl").write_bytes(GOOD)
    found = read_drop(tmp_path, "d")
    assert (found.rows_in, found.records.height) == (1, 1)
    assert [str(note) for note in found.told] == [f"{name}: no row is in it"]


def test_a_table_without_a_row_is_named_too(tmp_path: Path) -> None:
    pl.DataFrame(schema={"text": pl.String}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "good.jsonl").write_bytes(GOOD)
    assert [note.file for note in read_drop(tmp_path, "d").told] == ["a.parquet"]


def test_a_file_with_rows_is_not_named(tmp_path: Path) -> None:
    (tmp_path / "good.jsonl").write_bytes(b"\n\n" + GOOD)
    (tmp_path / "bad.jsonl").write_bytes(b"{\n")
    assert read_drop(tmp_path, "d").told == ()
    assert list(file_parts(tmp_path / "good.jsonl", IngestSettings()))


# --- tables and objects that are nearly right


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "instruction;output\na;b\n", "parts its names by ';'"),
        ("a.csv", "instruction\toutput\na\tb\n", "parts its names by '\\t'"),
        ("a.csv", "Instruction,Output\na,b\n", "those of Alpaca: rename them"),
        ("a.jsonl", '{"Prompt": "a", " completion": "b"}\n', "those of prompt and completion: rename them"),
        ("a.json", '{"data": [{"text": "a"}, {"text": "b"}]}', "'data' is a list of rows"),
        ("a.json", '{"rows": [{"prompt": "a", "completion": "b"}]}', "jq '.[\"rows\"]'"),
        ("a.json", '{"instruction": ["a", "b"], "output": ["c", "d"]}', "as a table by columns does"),
        ("a.json", '{"text": ["a", "b"]}', "as a table by columns does"),
        ("a.json", '{"prompt": ["a"], "chosen": ["b"], "rejected": ["c"]}', "as a table by columns does"),
    ],
)
def test_a_file_that_is_nearly_right_says_what_to_do(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = read_file(tmp_path / name, drop="d")
    assert (found.records.height, found.quarantined.height) == (0, 1)
    assert said in found.quarantined["detail"][0]


def test_blanks_around_the_names_of_columns_are_none_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("instruction, output\nOpen it,Done\n", encoding="utf-8")
    found = read_file(tmp_path / "a.csv", drop="d")
    assert [turn["content"] for turn in found.records["messages"][0]] == ["Open it", "Done"]
