"""What a command is given and cannot use: addresses, pipes, numbers that are none, a full TMPDIR."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app

READING = [
    "ingest {} --out o.parquet",
    "export {} --layout text --out o.jsonl",
    "dedup {} --out o.parquet --pairs p.parquet",
    "select {} --budget 10 --out o.jsonl",
    "score {} --scorer density --out o.parquet",
    "compare {} --budget 10 --out o",
    "mixture {}",
    "run {} --no-dagster --home home",
]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def say(line: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, line.split())
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


@pytest.mark.parametrize("line", READING)
def test_what_is_no_file_is_called_what_it_is(line: str) -> None:
    os.mkfifo("pipe.jsonl")
    told = "which is not read: write it to a file first, and name that"
    for name, what in (
        ("-", "- is the standard input"),
        ("pipe.jsonl", "is a pipe"),
        ("/dev/null", "a device"),
    ):
        code, said = say(line.format(name))
        assert code == 2, said
        assert f"{what}, {told}" in said
    code, said = say(line.format("https://ex.org/a.jsonl"))
    assert (code, "https://ex.org/a.jsonl is an address, and only files are read: download it" in said) == (
        2,
        True,
    )
    code, said = say(line.format("gone.jsonl"))
    assert (code, "gone.jsonl does not exist: name " in said) == (2, True)
    assert sorted(path.name for path in Path().iterdir()) == ["pipe.jsonl"]


def test_a_file_that_is_named_like_the_standard_input_is_a_file() -> None:
    Path("-").write_text('{"text": "one row"}\n')
    assert "standard input" not in say("ingest - --out o.parquet")[1]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("dedup a --out o --pairs p --bands x", "'--bands': must be a whole number, got 'x'"),
        ("ingest a --out o --workers 2.5", "'--workers': must be a whole number, got '2.5'"),
        ("ingest a --out o --workers -3", "'--workers': must be 0 or more, got '-3'"),
        ("dedup a --out o --pairs p --threshold x", "'--threshold': must be a number, got 'x'"),
        ("ui --port x", "'--port': must be a whole number, got 'x'"),
        ("ingest a --out o --engine zop", "'zop' is not one of 'processes', 'inline', 'ray'"),
    ],
)
def test_a_value_of_the_wrong_kind_is_shown_with_what_is_allowed(line: str, told: str) -> None:
    code, said = say(line)
    assert code == 2
    assert told in said
    assert "parse" not in said
    assert "Value error" not in said


def test_numbers_that_do_not_go_together_are_named() -> None:
    Path("a.jsonl").write_text('{"text": "one row"}\n')
    code, said = say("dedup a.jsonl --out o.parquet --pairs p.parquet --hashes 100 --bands 7")
    assert code == 2
    assert "--bands must be a divisor of --hashes, got {'bands': 7, 'hashes': 100}" in said


@pytest.mark.parametrize("line", ["", "drop", "versions"])
def test_without_a_command_the_help_is_shown_and_the_code_is_that_of_arguments(line: str) -> None:
    code, said = say(line)
    assert (code, "Usage: " in said) == (2, True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no right to mount")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("line", [READING[3], READING[4]])
def test_a_full_folder_of_temporary_files_is_named(small_disk: Path, line: str) -> None:
    with Path("a.jsonl").open("w") as file:
        file.writelines(f'{{"text": "{n} {" ".join(map(str, range(n, n + 200)))}"}}\n' for n in range(400))
    env = {**os.environ, "TMPDIR": str(small_disk)}
    command = [sys.executable, "-m", "entropy_assets", *line.format("a.jsonl").split()]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{small_disk} cannot be written: No space left on device; " in done.stderr
    assert "TMPDIR" in done.stderr
