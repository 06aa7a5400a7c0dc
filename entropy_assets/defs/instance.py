"""The embedded Dagster instance under ENTROPY_HOME: made once, whole, and opened by many processes at once.

What belongs here: the folder, its configuration, its databases and how this process opens them. What does
not: what runs on the instance, and who serves it.
"""

import contextlib
import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.instance import InstanceRef
from sqlalchemy.exc import SQLAlchemyError
from upath import UPath

from entropy_assets.errors import InvalidInput, StorageConflict
from entropy_assets.storage import create_exclusive
from entropy_assets.temporary import temporary_folder

DATABASES = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
"""The databases of an instance on SQLite, below its folder."""

STORAGE_KEYS = frozenset({"storage", "run_storage", "event_log_storage", "schedule_storage"})
"""Keys of `dagster.yaml` of which each says that the instance keeps its tables elsewhere."""


@contextmanager
def open_instance(home: UPath) -> Iterator[dg.DagsterInstance]:
    """Yield the embedded Dagster instance under ENTROPY_HOME, set up from `deployment/dagster.yaml`.

    Its databases stay open until the block ends; see `entropy_assets.defs.kept_open`.

    Raises
    ------
    InvalidInput
        What is there cannot be opened.
    """
    with contextlib.ExitStack() as stack:
        with _usable(home):
            instance = stack.enter_context(_opened(prepare_instance(home)))
            instance.get_runs_count()  # a damaged store is found here, and not in the middle of a run
            instance.get_dynamic_partitions("")
        yield instance


def _opened(folder: Path) -> dg.DagsterInstance:
    overrides: dict[str, Any] = {}
    if "compute_logs" not in _config(folder):
        # Mirroring output takes two processes that print tracebacks at Ctrl-C; here it is on the terminal.
        noop = {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"}
        overrides["compute_logs"] = noop
    if not STORAGE_KEYS & _config(folder).keys():
        kept_open = {"module": "entropy_assets.defs.kept_open", "class": "KeptOpenStorage"}
        overrides["storage"] = {"custom": {**kept_open, "config": {"base_dir": str(folder)}}}
    return dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(folder), overrides=overrides))


@contextmanager
def _usable(home: UPath) -> Iterator[None]:
    """Say in one sentence what to do with a store of Dagster that cannot be opened.

    Raises
    ------
    InvalidInput
        It cannot.
    """
    try:
        yield
    except (dg.DagsterError, SQLAlchemyError, sqlite3.Error, yaml.YAMLError, FileExistsError) as error:
        why = str(error).strip().split("\n", 1)[0]
        raise InvalidInput(
            f"Dagster's store {home / 'dagster'} cannot be opened ({type(error).__name__}: {why}): "
            "it holds no decision, so move it away and run again; then `entropy-assets dagster sync`"
        ) from error


def prepare_instance(home: UPath) -> Path:
    """Create the folder of the embedded instance, with configuration and all tables, and return it.

    Dagster makes missing tables whenever an instance is opened, and two who do so at once fail. So they are
    made here, apart and under a lock, and shown whole: who opens the instance afterwards makes none.

    Raises
    ------
    InvalidInput
        The checkout's `deployment/dagster.yaml` is missing.
    """
    folder = Path(str(home)).absolute() / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        shipped = Path(__file__).resolve().parents[2] / "deployment" / "dagster.yaml"
        if not shipped.exists():
            raise InvalidInput(f"{shipped} is missing: run from a checkout, or write {config} yourself")
        with contextlib.suppress(StorageConflict):  # another process was first, with the same bytes
            create_exclusive(UPath(config), shipped.read_bytes())
    if not STORAGE_KEYS & _config(folder).keys() and not all((folder / name).exists() for name in DATABASES):
        with locked(folder / ".first.lock"):
            _make_databases(folder)
    return folder


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a file of this machine while the block runs; wait for it asleep."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _config(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "dagster.yaml").read_text()) or {}


def _make_databases(folder: Path) -> None:
    """Make the databases that are missing in a folder beside them, and link each into its place."""
    for left in folder.glob(".new-*"):  # the lock is held: whoever made it was killed
        shutil.rmtree(left, ignore_errors=True)
    if all((folder / name).exists() for name in DATABASES):
        return
    with temporary_folder(folder, ".new-") as apart:
        (apart / "dagster.yaml").touch()  # else Dagster warns where DAGSTER_HOME is set
        dg.DagsterInstance.from_config(str(apart)).dispose()  # opening makes the tables
        for name in DATABASES:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.link(apart / name, folder / name)
