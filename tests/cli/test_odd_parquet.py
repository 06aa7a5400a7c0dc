"""Parquet that a reader stops at: every command that reads such a file reads it, or says one sentence."""

import datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.curation.ingest import read_file
from entropy_assets.records import SCHEMA
from tests.curation.parquet_odd import in_zone, parquet, renamed

TIMES = pl.Series("when", [datetime.datetime(2024, 3, 1, 10)] * 2).dt.replace_time_zone("Japan")
ROWS = pl.DataFrame({"text": ["A page on mills.", "Another one, on weirs."], "when": TIMES})


def in_unknown_zone(frame: pl.DataFrame) -> bytes:
    return in_zone(parquet(frame), "Japan", "UTC+1")


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "rows.parquet"
    path.parent.mkdir()
    path.write_bytes(in_unknown_zone(ROWS))
    return path


@pytest.fixture
def records(tmp_path: Path) -> pl.DataFrame:
    path = tmp_path / "plain.jsonl"
    path.write_text('{"text": "A page on mills."}\n{"text": "Another one, on weirs."}\n')
    return read_file(path, drop="d").records


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def deduped(path: Path, folder: Path) -> pl.DataFrame:
    code, said = invoke("dedup", path, "--out", folder / "kept.parquet", "--pairs", folder / "pairs.parquet")
    assert code == 0, said
    return pl.read_parquet(folder / "kept.parquet")


@pytest.mark.parametrize("is_folder", [False, True])
def test_dedup_reads_times_in_an_unknown_zone(
    rows: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], is_folder: bool
) -> None:
    kept = deduped(rows.parent if is_folder else rows, tmp_path)
    assert kept["text"].to_list() == ROWS["text"].to_list()
    assert "panicked" not in capfd.readouterr().err


def test_dedup_and_export_read_records_beside_such_a_column(records: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    path.write_bytes(in_unknown_zone(records.with_columns(TIMES)))
    assert deduped(path, tmp_path).equals(records.select(SCHEMA.names()))
    code, said = invoke("export", path, "--layout", "text", "--out", tmp_path / "out.jsonl")
    assert (code, said.splitlines()[0]) == (0, "2 records in = 2 rows + 0 refused")


def test_export_says_that_rows_are_no_records(rows: Path, tmp_path: Path) -> None:
    code, said = invoke("export", rows, "--layout", "text", "--out", tmp_path / "out.jsonl")
    assert code == 2
    assert str(rows) in said.replace("\n", "")
    assert "panic" not in said.lower()


def test_export_takes_neither_of_two_columns_of_one_name(records: pl.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    path.write_bytes(renamed(parquet(records.with_columns(tex2="text")), "tex2", "text"))
    code, said = invoke("export", path, "--layout", "text", "--out", tmp_path / "out.jsonl")
    assert (code, (tmp_path / "out.jsonl").exists()) == (2, False), said


@pytest.mark.parametrize("command", ["dedup", "export"])
def test_what_is_no_parquet_is_one_sentence(tmp_path: Path, command: str) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"PAR1 and nothing")
    more = {"dedup": ["--pairs", tmp_path / "pairs.parquet"], "export": ["--layout", "text"]}[command]
    out = tmp_path / ("kept.parquet" if command == "dedup" else "out.jsonl")
    assert invoke(command, path, *more, "--out", out)[0] == 2


def test_select_gives_rows_back_with_their_moments(rows: Path, tmp_path: Path) -> None:
    out = tmp_path / "picked.parquet"
    code, said = invoke("select", rows.parent, "--selector", "all", "--budget", 2, "--out", out)
    assert code == 0, said
    picked = pl.read_parquet(out)
    assert picked["text"].to_list() == ROWS["text"].to_list()
    assert picked["when"].to_list() == [datetime.datetime(2024, 3, 1, 1, tzinfo=datetime.UTC)] * 2
