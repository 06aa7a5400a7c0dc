"""`entropy-assets ingest`: the conservation line, whole files or none, and the same for any workers."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from entropy_assets import records
from entropy_assets.cli import app
from entropy_assets.cli.ingest import parquet_file
from entropy_assets.curation.ingest import pieces, read_file
from entropy_assets.errors import CurationError

ROOT = Path(__file__).resolve().parents[2]
ROWS = b'{"text": "a"}\n\n{"text": "b", "id": 7}\n{"text": "a", "text": "b"}\n[1]\n{"text": "\xff"}\n[2]\n'


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ingest", *map(str, arguments)])


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ROWS)
    return path


def test_the_line_says_what_became_of_every_row(rows: Path, tmp_path: Path) -> None:
    out, bad = tmp_path / "new" / "records.parquet", tmp_path / "bad.parquet"
    result = invoke(rows, "--out", out, "--quarantine", bad)
    assert result.exit_code == 0, result.output
    assert result.stdout == (
        "6 rows in = 2 records + 4 quarantined (2 not_an_object, 1 duplicate_key, 1 invalid_utf8)\n"
    )
    assert "An object names the same key twice" in result.stderr
    found = read_file(rows, drop="rows.jsonl")
    assert pl.read_parquet(out).equals(found.records)
    assert pl.read_parquet(out).schema == records.SCHEMA
    assert pl.read_parquet(bad).equals(found.quarantined)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.parquet", "new", "rows.jsonl"]


def test_what_goes_to_the_metadata_is_told_by_key(tmp_path: Path) -> None:
    rows = [{"text": "a", "url": "u", "\x1b[2J": 1}, {"text": "b", "url": "v"}, {"text": " ", "lost": 1}]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    result = invoke(path, "--out", tmp_path / "out.parquet")
    assert "metadata keys: url 2 rows, " in result.stderr
    assert "\x1b" not in result.stderr
    assert "lost" not in result.stderr


def test_without_a_place_for_them_bad_rows_are_counted(rows: Path, tmp_path: Path) -> None:
    result = invoke(rows, "--out", tmp_path / "out.parquet")
    assert result.exit_code == 0
    assert "2 records + 4 quarantined" in result.stdout
    assert "--quarantine FILE keeps these rows" in result.stderr


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    (drop / "b").mkdir(parents=True)
    (drop / "b" / "x.jsonl").write_text('{"text": "2"}\n')
    (drop / "a.json").write_text('[{"text": "0"}, {"text": "1"}')
    result = invoke(drop, "--out", tmp_path / "out.parquet")
    assert result.stdout == "4 rows in = 3 records + 1 quarantined (1 truncated_stream)\n"
    assert "not complete" in result.stderr
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found["text"].to_list() == ["0", "1", "2"]
    assert found["file"].to_list() == ["a.json", "a.json", "b/x.jsonl"]
    assert set(found["drop"]) == {"drop"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "drop has no file with a row in it: name a file or a folder with data"),
        ({"a.jsonl": "", "b/c.csv": "text\n"}, "drop has no file with a row in it"),
        ({"a.json": "[]"}, "drop has no file with a row in it"),
        (
            {"a.docx": "PK", "b.pdf": "PDF"},
            "drop has no file that can be read (2 unsupported_file); a.docx: ",
        ),
        (
            {"test.jsonl": '{"text": "a"}', "README.md": "A note."},
            "drop has no file with a row in it that is read; test.jsonl: not read: it is of the split 'test'"
            ', which is not trained on (splits = "all" in [ingest], or '
            'split = "train" in drop.toml, reads it)',
        ),
        (
            {"a.jsonl": '{"text": "a"}'.encode("utf-16").decode("latin-1")},
            "drop has no file that can be read (1 other_encoding); a.jsonl: ",
        ),
        (
            {"a.yaml": "text: a"},
            "drop has no file with a row in it (a.yaml: not read: it is no data but goes with them): name a",
        ),
        (
            {"a.jsonl": '{"text": "a"}', "drop.toml": 'split = "test"\n'},
            "drop has no file with a row in it that is read; a.jsonl: not read: it is of the split 'test', ",
        ),
    ],
)
def test_a_folder_with_nothing_is_refused_and_nothing_is_written(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    for name, text in files.items():
        (tmp_path / "drop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "drop" / name).write_bytes(text.encode("latin-1"))
    (tmp_path / "drop").mkdir(exist_ok=True)
    out, bad = tmp_path / "out.parquet", tmp_path / "bad.parquet"
    out.write_text("older")
    result = invoke(tmp_path / "drop", "--out", out, "--quarantine", bad)
    assert (result.exit_code, result.stdout) == (2, "")
    (sentence,) = result.stderr.strip().split("\n")
    assert told in sentence
    assert (out.read_text(), bad.exists()) == ("older", False)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.jsonl.gz"])
def test_a_file_without_a_row_is_refused(tmp_path: Path, name: str) -> None:
    data = gzip.compress(b"") if name.endswith(".gz") else b""
    (tmp_path / name).write_bytes(data)
    result = invoke(tmp_path / name, "--out", tmp_path / "out.parquet")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{name} " in result.stderr


def test_rows_of_which_none_is_a_record_are_rows(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("no json\n" * 3)
    result = invoke(tmp_path / "bad.jsonl", "--out", tmp_path / "o", "--quarantine", tmp_path / "q")
    assert (result.exit_code, result.stdout) == (
        2,
        "3 rows in = 0 records + 3 quarantined (3 invalid_json)\n",
    )
    assert pl.read_parquet(tmp_path / "o").schema == records.SCHEMA
    assert pl.read_parquet(tmp_path / "q").height == 3


def test_a_link_that_is_named_is_followed(rows: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(rows)
    assert "2 records" in invoke(link, "--out", tmp_path / "out.parquet").stdout


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("gone.jsonl", ["--out", "o"], "gone.jsonl does not exist: name a file or a folder with data"),
        ("rows.jsonl", ["--out", "rows.jsonl"], "--out rows.jsonl is written as Parquet"),
        ("a.parquet", ["--out", "a.parquet"], "--out a.parquet is, or lies in, what is read"),
        (".", ["--out", "new/o"], "--out new/o is, or lies in, what is read"),
        (
            "a.parquet",
            ["--out", "o", "--quarantine", "a.parquet"],
            "--quarantine a.parquet is, or lies in",
        ),
        ("rows.jsonl", ["--out", "o", "--quarantine", "./o"], "are both o: name two files"),
        ("rows.jsonl", ["--out", ".."], "--out .. is a folder: name a file"),
    ],
)
def test_bad_arguments_are_refused(
    rows: Path, monkeypatch: pytest.MonkeyPatch, path: str, options: list[str], message: str
) -> None:
    monkeypatch.chdir(rows.parent)
    pl.DataFrame({"text": ["a"]}).write_parquet("a.parquet")
    result = invoke(path, *options)
    assert result.exit_code == 2
    assert message in result.stderr
    assert sorted(entry.name for entry in rows.parent.iterdir()) == ["a.parquet", "rows.jsonl"]
    assert rows.read_bytes() == ROWS


def write(path: Path, n_frames: int, *, is_wrong: bool = False) -> None:
    schema = pl.Schema({"a": pl.Int64})
    with parquet_file(path, schema) as file:
        for _ in range(n_frames):
            file.add(pl.DataFrame({"a": range(1_000_000)}, schema=schema))
        if is_wrong:
            raise ZeroDivisionError


def test_an_error_leaves_the_older_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    path.write_bytes(b"older")
    with pytest.raises(ZeroDivisionError):
        write(path, 1, is_wrong=True)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]
    write(path, 2)
    assert pl.read_parquet(path).height == 2_000_000


def test_a_place_that_cannot_be_written_to_is_told() -> None:
    with pytest.raises(CurationError, match=r"/proc cannot be written to: .*; mend that and run again"):
        write(Path("/proc/out.parquet"), 10)


def test_files_are_the_same_for_any_number_of_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE_ROWS", 50)
    path, n_rows = tmp_path / "many.jsonl", 60 * pieces.SMALL_PIECES
    bad_row = {True: "[]\n", False: ""}
    lines = (f'{{"text": "row {n}"}}\n{bad_row[n % 97 == 0]}' for n in range(n_rows))
    path.write_text("".join(lines))
    for workers in (1, 2, 4):
        out, bad = tmp_path / f"{workers}.parquet", tmp_path / f"bad{workers}.parquet"
        result = invoke(path, "--out", out, "--quarantine", bad, "--workers", workers)
        assert f"= {n_rows:,} records" in result.stdout
    for name in ("", "bad"):
        first = (tmp_path / f"{name}1.parquet").read_bytes()
        assert first == (tmp_path / f"{name}2.parquet").read_bytes()
        assert first == (tmp_path / f"{name}4.parquet").read_bytes()


def test_a_stopped_run_leaves_nothing(tmp_path: Path) -> None:
    source, out = tmp_path / "many.jsonl", tmp_path / "out.parquet"
    row = json.dumps({"text": "word " * 200}) + "\n"
    source.write_text(row * 60_000)
    command = [sys.executable, "-c", "from entropy_assets.cli import app; app()", "ingest"]
    process = subprocess.Popen(
        [*command, str(source), "--out", str(out), "--workers", "2"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        text=True,
    )
    while not list(tmp_path.glob(".out.parquet.*")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert told == "stopped; nothing was written\n"
    assert list(tmp_path.iterdir()) == [source]


def test_what_was_passed_over_and_the_first_row_of_each_reason_are_shown(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "train.jsonl").write_text('{"text": "a"}\n[1]\n[2]\n')
    (drop / "test.jsonl").write_text('{"text": "b"}\n')
    (drop / "LICENSE").write_text("free\n")
    (drop / "link.jsonl").symlink_to("train.jsonl")
    result = invoke(drop, "--out", tmp_path / "out.parquet")
    assert result.stdout.startswith(
        "4 rows in = 1 records + 3 quarantined (2 not_an_object, 1 unsupported_file)"
    )
    told = result.stderr.splitlines()
    assert any("train.jsonl, line 2: the row is a list, an object is needed" in line for line in told)
    assert any("cp -rL FOLDER COPY" in line for line in told)
    assert any(line.startswith("LICENSE: not read: it is no data") for line in told)
    assert any(line.startswith("test.jsonl: not read: it is of the split 'test'") for line in told)


def test_many_files_that_were_passed_over_are_counted(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "a.jsonl").write_text('{"text": "a"}\n')
    for number in range(25):
        (drop / f"README-{number:02}.md").touch()
    result = invoke(drop, "--out", tmp_path / "out.parquet")
    assert result.stderr.count("not read") == 20
    assert result.stderr.endswith("and 5 more such notes\n")


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_source_is_named_on_the_command_line(tmp_path: Path, is_folder: bool) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "part-00000.jsonl").write_text('{"text": "a"}\n{"text": "b", "source": "own"}\n')
    path, out = drop if is_folder else drop / "part-00000.jsonl", tmp_path / "out.parquet"
    assert invoke(path, "--out", out, "--source", "tales").exit_code == 0
    assert pl.read_parquet(out)["source"].to_list() == ["tales", "own"]
    blank = invoke(path, "--out", out, "--source", " ")
    assert (blank.exit_code, "an argument is empty" in blank.stderr) == (2, True)


def test_a_wrong_declaration_ends_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "drop.toml").write_text("licens = 1")
    result = invoke(tmp_path / "drop", "--out", tmp_path / "out.parquet")
    assert (result.exit_code, "holds 'licens': remove that" in result.stderr) == (2, True)
    assert not (tmp_path / "out.parquet").exists()


def test_a_secret_that_is_a_key_is_shown_masked(tmp_path: Path) -> None:
    token = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"
    turns = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hi.", token: "It is so."}]
    rows = [
        {"text": "a", token: 1},
        {token: {"a": 1}},
        {"messages": turns},
        {"messages": turns[:1], token: "b"},
    ]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = invoke(path, "--out", tmp_path / "out.parquet")
    assert "ghp_… (40 characters)" in result.stderr
    assert token not in result.output


def test_two_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    schema, path = pl.Schema({"n": pl.Int64}), tmp_path / "out.parquet"
    frames = [pl.DataFrame({"n": [number] * 70_000}, schema=schema) for number in (1, 2)]
    with parquet_file(path, schema) as first, parquet_file(path, schema) as second:
        for _ in range(3):
            first.add(frames[0])
            second.add(frames[1])
    assert pl.read_parquet(path)["n"].value_counts().rows() == [(1, 210_000)], "the last to end wins"
    assert [one.name for one in tmp_path.iterdir()] == ["out.parquet"]
