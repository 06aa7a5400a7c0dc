"""A signal at whatever moment: nothing temporary is left, beside a result or in the system's folder."""

import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.cli import app
from entropy_assets.cli.ingest import parquet_file
from entropy_assets.cli.places import require_places
from entropy_assets.cli.signals import signals_raise
from entropy_assets.linking import put_linked
from entropy_assets.storage import create_exclusive, put, put_file
from entropy_assets.temporary import staging_beside, temporary_folder
from tests.interrupting import interrupted_everywhere

FRAME = pl.DataFrame({"a": [1]})


def made_in_place(folder: Path) -> None:
    require_places(out=folder / "new" / "deeper" / "out.parquet")


def grown(folder: Path) -> None:
    with parquet_file(folder / "out.parquet", FRAME.schema) as file:
        file.add(FRAME)


def stored(folder: Path) -> None:
    put(UPath(folder / "out.parquet"), b"abc")


def stored_file(folder: Path) -> None:
    put_file(UPath(folder / "out.parquet"), lambda path: path.write_bytes(b"abc") and None)


def committed(folder: Path) -> None:
    create_exclusive(UPath(folder / "out.parquet"), b"abc")


def staged(folder: Path) -> None:
    with staging_beside(folder / "out.parquet") as made:
        (made / "part").write_bytes(b"abc")


def in_a_folder(folder: Path) -> None:
    with temporary_folder() as made:
        (made / "part").write_bytes(b"abc")


def linked(folder: Path) -> None:
    put_linked(UPath(folder / "given"), UPath(folder / "out.parquet"))


@pytest.mark.filterwarnings("ignore:.*_io.FileIO")  # a file that was open then is closed by the collector
@pytest.mark.parametrize(
    "work", [made_in_place, grown, stored, stored_file, committed, staged, in_a_folder, linked]
)
def test_nothing_temporary_is_left_wherever_a_signal_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Callable[[Path], None]
) -> None:
    system, folder = tmp_path / "system", tmp_path / "folder"
    system.mkdir()
    folder.mkdir()
    given, out = folder / "given", folder / "out.parquet"
    given.write_bytes(b"abc")
    monkeypatch.setattr(tempfile, "tempdir", str(system))

    def stoppable() -> None:
        with signals_raise():
            work(folder)

    numbers = 0
    for numbers in interrupted_everywhere(stoppable):
        assert set(folder.iterdir()) <= {given, out}, numbers
        assert not list(system.iterdir()), numbers
        out.unlink(missing_ok=True)
    assert numbers > 100


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("dedup rows.jsonl --out out.parquet --pairs pairs.parquet", "entropy_assets.cli.dedup.decide"),
        ("export rows.parquet --layout text --out out.jsonl", "entropy_assets.cli.export.export"),
        ("mixture rows.jsonl --weights megatron --out out.toml", "entropy_assets.cli.mixture._counted"),
        ("score rows.jsonl --scorer density --out out.parquet", "entropy_assets.cli.score.scores_of"),
        ("ingest rows.jsonl --out out.parquet", "entropy_assets.cli.ingest.joined_keys"),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_stopped_at_its_work_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, place: str, number: int
) -> None:
    system, folder = tmp_path / "system", tmp_path / "folder"
    system.mkdir()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(system))
    monkeypatch.chdir(folder)
    Path("rows.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    assert CliRunner().invoke(app, ["ingest", "rows.jsonl", "--out", "rows.parquet"]).exit_code == 0

    def stopped(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        signal.pthread_sigmask(signal.SIG_BLOCK, [])  # by then it has come

    monkeypatch.setattr(place, stopped)
    result = CliRunner().invoke(app, line.split())
    assert (result.exit_code, result.stderr) == (128 + number, "stopped; nothing was written\n"), result
    assert {path.name for path in folder.iterdir()} == {"rows.jsonl", "rows.parquet"}
    assert not list(system.iterdir())
