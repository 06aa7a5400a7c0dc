"""Frozen stores and what stands in them; and migrations in processes of their own, killed at the n-th write.

`python -m tests.migrating MODE HOME N HOME N ...` migrates each home in a child that is killed at its n-th
write; `MODE` is `before` or `after` the write. For each it prints the child's exit code, and where it was not
killed how many writes there were.
"""

import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets import migration, store_format
from entropy_assets.migration import instance_file

ROOT = Path(__file__).resolve().parents[1]


def unpacked(store: Path, folder: Path) -> Path:
    """Return a folder, with a frozen store unpacked into it."""
    with tarfile.open(store) as tar:
        tar.extractall(folder, filter="data")
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    """Return path -> bytes of the files below a folder, temporary ones left out."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".tmp"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def die_at(n: int, mode: str) -> list[str]:
    """Make this process be killed at its n-th write; return the list that the writes fill."""
    seen: list[str] = []

    def counted(write: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(path: UPath, data: bytes) -> None:
            seen.append(path.name)
            if len(seen) == n and mode == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            write(path, data)
            if len(seen) == n:
                os.kill(os.getpid(), signal.SIGKILL)

        return wrapper

    for module in (migration, instance_file):
        module.put = counted(module.put)  # type: ignore[attr-defined]
    store_format.create_exclusive = counted(store_format.create_exclusive)
    store_format.put = counted(store_format.put)
    return seen


def main(mode: str, *homes_and_numbers: str) -> None:
    for home, n in zip(homes_and_numbers[::2], homes_and_numbers[1::2], strict=True):
        child = os.fork()
        if not child:
            seen = die_at(int(n), mode)
            migration.migrate_home(UPath(home))
            instance_file.migrate_instance(UPath(home))
            print(0, len(seen), flush=True)
            os._exit(0)
        if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            print(code, flush=True)


def migrate_apart(mode: str, *homes_and_numbers: object) -> list[str]:
    """Run `main` in a process of its own; return its lines."""
    command = [sys.executable, "-m", "tests.migrating", mode, *map(str, homes_and_numbers)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()


if __name__ == "__main__":
    main(*sys.argv[1:])
