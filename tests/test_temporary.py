"""What kills leave behind is swept, and nothing else; a disk that fails is one sentence."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from upath import UPath

from entropy_assets.errors import StorageFailed
from entropy_assets.shards import put_frames
from entropy_assets.storage import create_exclusive, put, put_file
from entropy_assets.temporary import (
    TEMPORARY_NAME,
    held,
    staging_beside,
    sweep_temporary,
    temporary_beside,
    written_to,
)
from tests.candidate.test_delivery import tiny

__all__ = ["tiny"]

OLD = 1_000_000.0


def aged(path: Path, text: str = "x", at: float = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (at, at))
    return path


def test_names_of_temporary_things_are_swept_and_no_others(tmp_path: Path) -> None:
    kept = [
        aged(tmp_path / "ledger" / "000001.json"),
        aged(tmp_path / ".x.tmp"),
        aged(tmp_path / ".x.0123456789ab.tmp.json"),
        aged(tmp_path / "x.0123456789ab.tmp"),
        aged(tmp_path / ".x.0123456789AB.tmp"),
        aged(tmp_path / "main" / "inbox" / "docs" / ".mine.0123456789ab.tmp"),
        aged(tmp_path / "young" / ".x.0123456789ab.tmp", at=OLD + 20),
    ]
    swept = [
        temporary_beside(tmp_path / "main" / "ledger" / "000002.json"),
        temporary_beside(tmp_path / "main" / "work" / "pool" / "ab" / "x.parquet"),
        temporary_beside(tmp_path / "main" / "inbox" / "docs"),
        temporary_beside(tmp_path / ("n" * 255)),
        temporary_beside(tmp_path / "new\nline"),
    ]
    for path in swept:
        aged(path)
    assert sweep_temporary(tmp_path, OLD + 10) == len(swept)
    assert all(path.exists() for path in kept)
    assert not any(path.exists() for path in swept)


def test_a_folder_is_as_young_as_what_was_written_last_in_it(tmp_path: Path) -> None:
    folder = temporary_beside(tmp_path / "inbox" / "docs")
    inner = aged(folder / "sub" / "a", at=OLD + 20)
    for path in (folder / "sub", folder):
        os.utime(path, (OLD, OLD))
    assert sweep_temporary(tmp_path, OLD + 10) == 0
    os.utime(inner, (OLD, OLD))
    assert sweep_temporary(tmp_path, OLD + 10) == 1
    assert not folder.exists()


def test_links_are_neither_followed_nor_removed(tmp_path: Path) -> None:
    outside = aged(tmp_path / "outside" / ".x.0123456789ab.tmp")
    root = tmp_path / "root"
    root.mkdir()
    (root / "folder").symlink_to(outside.parent)
    (root / ".y.0123456789ab.tmp").symlink_to(outside)
    os.mkfifo(root / ".z.0123456789ab.tmp")
    assert sweep_temporary(root, time.time() + 60) == 0
    assert outside.exists()
    assert len(list(root.iterdir())) == 3


def test_it_never_raises(tmp_path: Path) -> None:
    assert sweep_temporary(tmp_path / "nowhere", time.time()) == 0
    assert sweep_temporary(aged(tmp_path / "file"), time.time()) == 0


def test_what_is_being_written_is_held(tmp_path: Path) -> None:
    soon = time.time() + 60

    def write(path: Path) -> None:
        assert sweep_temporary(tmp_path, soon) == 0
        path.write_text("whole")

    put_file(UPath(tmp_path) / "a", write)
    assert (tmp_path / "a").read_text() == "whole"
    with staging_beside(tmp_path / "b") as staging:
        (staging / "x").touch()
        assert sweep_temporary(tmp_path, soon) == 0
        assert TEMPORARY_NAME.fullmatch(staging.name)
        staging.rename(tmp_path / "b")
    assert (tmp_path / "b" / "x").exists()
    with pytest.raises(KeyError), staging_beside(tmp_path / "b") as staging:
        raise KeyError
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_kill_releases_what_was_held(tmp_path: Path) -> None:
    path = aged(temporary_beside(tmp_path / "a"))
    program = "import sys, time\nfrom pathlib import Path\nfrom entropy_assets.temporary import held\n"
    program += "with held(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert sweep_temporary(tmp_path, time.time() + 60) == 0
        process.send_signal(signal.SIGKILL)
    assert sweep_temporary(tmp_path, time.time() + 60) == 1


def test_two_may_hold_the_same(tmp_path: Path) -> None:
    path = aged(tmp_path / "a")
    with held(path), held(path):
        pass


def test_a_full_disk_is_one_sentence(tiny: Path) -> None:
    target = UPath(tiny) / "folder" / "a"
    data = b"x" * 4_000_000
    frame = pl.DataFrame({"a": [bytes(os.urandom(4_000_000))]})
    for write in (
        lambda: put(target, data),
        lambda: create_exclusive(target, data),
        lambda: put_file(target, lambda path: path.write_bytes(data)),
        lambda: put_frames(target, [frame], frame.schema, 10),
    ):
        with pytest.raises(StorageFailed, match=r"a cannot be written: No space left on device; free some"):
            write()
    assert list((tiny / "folder").iterdir()) == []


def test_a_read_only_disk_is_one_sentence(tiny: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(tiny)], check=True)
    for write in (put, create_exclusive):
        with pytest.raises(StorageFailed, match=r"a cannot be written: Read-only file system; mount it"):
            write(UPath(tiny) / "folder" / "a", b"x")


def test_other_errors_pass_through() -> None:
    for error in (KeyError("a"), FileExistsError(errno.EEXIST, "there")):
        with pytest.raises(type(error)), written_to("a"):
            raise error
