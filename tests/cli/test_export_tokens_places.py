"""Where `export` to tokens writes: bad input, folders that are there already, signals and kills."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from entropy_assets.cli.export_tokens import _put_folder
from entropy_assets.cli.signals import signals_raise
from entropy_assets.temporary import staging_beside
from tests.cli.exporting import files, invoke, prepare, refused
from tests.interrupting import WATCHED, interrupted_everywhere

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with records and a tokenizer."""
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    return tmp_path


FINE = "records.parquet --to mds --out out --tokenizer model"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (FINE.removesuffix(" --tokenizer model"), "name the tokenizer with --tokenizer FOLDER"),
        (FINE.replace("model", "none"), "must be a folder with the files of a tokenizer"),
        (FINE.replace("--out out", "--out model"), "--out model is --tokenizer itself"),
        (FINE.replace("--out out", "--out records.parquet"), "is a file, and mds is a folder"),
        (FINE.replace("--out out", "--out mine"), "holds what no export to tokens wrote"),
        ("mine --to mds --out mine --tokenizer model", "--out mine is RECORDS itself"),
        (FINE.replace("records.parquet", "nowhere"), "nowhere does not exist: name what ingest wrote"),
        (f"{FINE} --refused out/r.parquet", "must be different places"),
        (f"{FINE} --refused r.csv", "must end in .parquet"),
        (f"{FINE} --refused mine", "--refused mine is a folder"),
        (f"{FINE} --chat-template none", "cannot be read as UTF-8"),
        *(
            (f"records.parquet --to messages --out x.jsonl --{one}", f"--{one.split()[0]} is of --layout mds")
            for one in ("tokenizer model", "chat-template x", "masks prefixes", "date 2020-01-01", "lossy")
        ),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_all_as_it_was(here: Path, line: str, told: str) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "a.parquet").write_bytes((here / "records.parquet").read_bytes())
    before = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    assert told in refused(f"export {line}")
    assert {path: path.read_bytes() for path in here.rglob("*") if path.is_file()} == before


def test_an_earlier_export_and_an_empty_folder_are_replaced_and_nothing_else(here: Path) -> None:
    line = "export records.parquet --to {} --tokenizer model --out out"
    (here / "out").mkdir()
    assert invoke(line.format("megatron")).exit_code == 0
    assert invoke(line.format("mds")).exit_code == 0
    assert "tokens.bin" not in files(here / "out")
    assert {path.name for path in here.iterdir()} == {"out", "model", "records.parquet", "mixed.parquet"}
    before = files(here / "out")
    assert "cannot be written" in refused(line.format("mds").replace("records", "mixed"))
    assert files(here / "out") == before
    (here / "out" / "mine.txt").touch()
    assert "holds what no export to tokens wrote" in refused(line.format("mds"))
    (here / "out" / "mine.txt").unlink()
    (here / "out" / "tokens.json").write_text('{"layout": "mds"}')
    assert "holds what no export to tokens wrote" in refused(line.format("mds"))


def test_a_signal_at_any_moment_leaves_the_earlier_export_or_the_new_one(tmp_path: Path) -> None:
    folder = tmp_path / "within"
    folder.mkdir()
    out = folder / "out"

    def work() -> None:
        with signals_raise(), staging_beside(out) as staging:
            (staging / "a").write_text("new")
            (staging / "b").write_text("new")
            _put_folder(staging, out)

    out.mkdir()
    for name in ("a", "b"):
        (out / name).write_text("old")
    n_times, seen = 0, set()
    for _ in interrupted_everywhere(work, (*WATCHED, "entropy_assets/cli/export_tokens.py")):
        n_times += 1
        assert [path.name for path in folder.iterdir() if path != out] == []
        seen.add(tuple(path.read_text() for path in sorted(out.iterdir())))
        for name in ("a", "b"):
            (out / name).write_text("old")
    assert n_times > 100
    assert seen == {("old", "old"), ("new", "new")}


KILLED = """
import os, signal, sys
from pathlib import Path
from entropy_assets.cli import app
left, rename = int(sys.argv[1]), Path.rename
def renamed(self, to):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, to)
Path.rename = renamed
app(sys.argv[2:])
"""


@pytest.mark.parametrize(("number", "is_there"), [(1, True), (2, False)])
def test_a_kill_leaves_no_folder_that_is_half_of_each(here: Path, number: int, is_there: bool) -> None:
    line = "export records.parquet --to mds --tokenizer model --out out"
    assert invoke(line).exit_code == 0
    before = files(here / "out")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(number), *line.replace("mds", "megatron").split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (here / "out").exists() == is_there
    left = [files(path) for path in here.iterdir() if path.name.startswith((".out.", "out"))]
    assert before in left
    assert invoke(line).exit_code == 0
    assert files(here / "out") == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_at_its_work_leaves_nothing(
    here: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    line = "export records.parquet --to mds --tokenizer model --out out"
    assert invoke(line).exit_code == 0
    before = {path.name for path in here.iterdir()}, files(here / "out")

    def stopped(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_BLOCK, [])  # by then it has come

    for place in ("cli.export_tokens.lost_frame", "curation.export.tokens.encoding.conversation_of"):
        monkeypatch.setattr(f"entropy_assets.{place}", stopped)
        result = invoke(line.replace("mds", "megatron"))
        assert (result.exit_code, result.stderr) == (128 + number, "stopped; nothing was written\n")
        assert ({path.name for path in here.iterdir()}, files(here / "out")) == before
        monkeypatch.undo()
        monkeypatch.chdir(here)
