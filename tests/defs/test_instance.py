"""The embedded instance: made once and whole, opened by many, and cheap to write to."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import patch

import dagster as dg
import polars as pl
import pytest
import sqlalchemy
import yaml
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from upath import UPath

from entropy_assets.defs.instance import DATABASES, open_instance, prepare_instance
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.errors import InvalidInput
from tests.candidate.small import dataset, deliver, rows

ROOT = Path(__file__).resolve().parents[2]

OPEN = """
import os, sys
from upath import UPath
from entropy_assets.defs.instance import open_instance
reading, writing = os.pipe()
for number in range(8):
    if not os.fork():
        break
else:
    os.close(writing)  # imports are done: now all open at once
    print(*sorted(os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(8)))
    sys.exit()
os.close(writing)
os.read(reading, 1)
with open_instance(UPath(sys.argv[1])) as instance:
    instance.add_dynamic_partitions("candidates", [f"key{number}"])
    instance.all_instigator_state()
    assert instance.get_runs() == []
"""


def logs(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "dagster").rglob("*.db-wal"))


def test_eight_first_openings_at_once_all_end(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OPEN, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path)},  # as the shell of a user of Dagster has it
        check=True,
    )
    assert (ended.stdout, ended.stderr) == (" ".join("0" * 8) + "\n", "")
    with open_instance(UPath(tmp_path)) as instance:
        assert sorted(instance.get_dynamic_partitions("candidates")) == [f"key{n}" for n in range(8)]
    leftovers = [path.name for path in (tmp_path / "dagster").iterdir() if path.name.startswith(".new")]
    assert leftovers == []


def test_databases_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dagster"
    real = os.link

    def killed(source: object, target: object) -> None:
        if str(target).endswith("index.db"):
            raise KeyboardInterrupt
        real(str(source), str(target))

    monkeypatch.setattr(os, "link", killed)
    with pytest.raises(KeyboardInterrupt):
        prepare_instance(UPath(tmp_path))
    for name in DATABASES:
        if (folder / name).exists():
            with sqlite3.connect(folder / name) as connection:
                assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)
            connection.close()
    monkeypatch.undo()
    prepare_instance(UPath(tmp_path))
    assert all((folder / name).exists() for name in DATABASES)


def test_a_folder_left_by_a_killed_first_opening_is_swept(tmp_path: Path) -> None:
    left = tmp_path / "dagster" / ".new-abc" / "history"
    left.mkdir(parents=True)
    (left / "runs.db").write_bytes(b"half")
    prepare_instance(UPath(tmp_path))
    assert not left.parent.exists()


def test_an_instance_that_names_another_storage_gets_no_databases(tmp_path: Path) -> None:
    folder = tmp_path / "dagster"
    folder.mkdir()
    (folder / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {tmp_path / 'elsewhere'}}}}}\n")
    with open_instance(UPath(tmp_path)) as instance:
        instance.add_dynamic_partitions("candidates", ["a"])
    assert not any((folder / name).exists() for name in DATABASES)
    assert (tmp_path / "elsewhere" / "history" / "runs.db").exists()


def test_the_configuration_of_the_instance_is_copied_once_and_never_replaced(tmp_path: Path) -> None:
    folder = prepare_instance(UPath(tmp_path))
    shipped = (ROOT / "deployment" / "dagster.yaml").read_bytes()
    assert (folder / "dagster.yaml").read_bytes() == shipped
    (folder / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    prepare_instance(UPath(tmp_path))
    assert (folder / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_databases_stay_open_while_the_instance_is_and_keep_what_was_written(tmp_path: Path) -> None:
    for number, key in enumerate(["first", "second"]):
        with open_instance(UPath(tmp_path)) as instance:
            instance.add_dynamic_partitions("candidates", [key])
            assert len(instance.get_dynamic_partitions("candidates")) == number + 1
            assert "index.db-wal" in logs(tmp_path)
        assert logs(tmp_path) == []
    with open_instance(UPath(tmp_path)) as instance:
        assert list(instance.get_dynamic_partitions("candidates")) == ["first", "second"]


@dg.op
def say(context: dg.OpExecutionContext) -> None:
    for number in range(20):
        context.log.info(f"line {number}")


@dg.job(executor_def=dg.in_process_executor)
def talk() -> None:
    say()


def connections(run: object) -> int:
    """Return how many connections to SQLite are made anew while `run` runs."""
    made: list[str] = []

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event == "sqlite3.connect":
            made.append(str(arguments[0]))

    counting.append(count)
    try:
        assert callable(run)
        run()
    finally:
        counting.remove(count)
    return len(made)


counting: list[object] = []


def audit(event: str, arguments: tuple[object, ...]) -> None:
    for count in counting:
        assert callable(count)
        count(event, arguments)


sys.addaudithook(audit)  # cannot be taken away again: it does nothing while nobody counts


def test_a_run_connects_once_to_each_database_and_not_once_an_event(tmp_path: Path) -> None:
    with open_instance(UPath(tmp_path)) as instance:
        made = connections(lambda: talk.execute_in_process(instance=instance))
        run_id = instance.get_runs()[0].run_id
        assert len(instance.all_logs(run_id)) > 25
        assert made < 12, "one or two for each of three databases, and the making of the run's own"
        assert f"{run_id}.db-wal" in logs(tmp_path)
    assert logs(tmp_path) == []
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as plain:
        assert connections(lambda: talk.execute_in_process(instance=plain)) > 50, "what is avoided"
        assert len(plain.all_logs(run_id)) > 25


def test_other_databases_of_the_process_are_left_alone(tmp_path: Path) -> None:
    other = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with open_instance(UPath(tmp_path)), other.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
    other.dispose()


def test_threads_write_to_one_instance_at_once(tmp_path: Path) -> None:
    with open_instance(UPath(tmp_path)) as instance:
        threads = [
            threading.Thread(target=lambda n=n: instance.add_dynamic_partitions("candidates", [str(n)]))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(instance.get_dynamic_partitions("candidates")) == 8


def test_old_run_databases_are_let_go(tmp_path: Path) -> None:
    with open_instance(UPath(tmp_path)) as instance:
        for _ in range(10):
            talk.execute_in_process(instance=instance)
        assert len([name for name in logs(tmp_path) if name != "index.db-wal"]) <= 8
        assert len(instance.get_runs()) == 10


def test_the_shipped_configuration_limits_runs_by_dataset_and_holds_no_pool(tmp_path: Path) -> None:
    text = (ROOT / "deployment" / "dagster.yaml").read_text()
    config = yaml.safe_load(text)
    assert "# entropy-assets schema: 2" in text.splitlines()
    assert "pools" not in config["concurrency"]
    assert {
        "key": "dataset",
        "value": {"applyLimitPerUniqueValue": True},
        "limit": 1,
    } in config["concurrency"]["runs"]["tag_concurrency_limits"]
    assert config["concurrency"]["runs"]["max_concurrent_runs"] > 2
    assert config["run_retries"]["enabled"] is False
    with open_instance(UPath(tmp_path)) as instance:
        assert instance.run_retries_enabled is False


def test_steps_say_nothing_of_their_course_on_a_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    @dg.op
    def quiet(context: dg.OpExecutionContext) -> None:
        context.log.debug("a detail")

    @dg.job(executor_def=dg.in_process_executor)
    def steps() -> None:
        quiet()

    with open_instance(UPath(tmp_path)) as instance:
        assert instance.python_log_level == "INFO"
        done = steps.execute_in_process(instance=instance)
        kinds = {
            record.dagster_event.event_type_value
            for record in instance.all_logs(done.run_id)
            if record.dagster_event
        }
    assert {"STEP_START", "STEP_SUCCESS"} <= kinds  # its page has them
    assert "STEP_START" not in capfd.readouterr().err


@pytest.mark.parametrize("damage", ["garbage", "empty", "yaml", "file"])
def test_a_store_that_cannot_be_opened_is_one_sentence(tmp_path: Path, damage: str) -> None:
    home = UPath(tmp_path)
    folder = tmp_path / "dagster"
    if damage == "file":
        folder.write_text("")
    else:
        with open_instance(home):
            pass
        if damage == "yaml":
            (folder / "dagster.yaml").write_text("a: [")
        else:
            text = b"" if damage == "empty" else b"no database" * 500
            for path in folder.rglob("*.db"):
                path.write_bytes(text)
    with (
        pytest.raises(InvalidInput, match=r"cannot be opened .*move it away and run again"),
        open_instance(home),
    ):
        pass


@pytest.mark.parametrize("configured", [True, False])
def test_no_process_mirrors_output_unless_somebody_asks_for_it(tmp_path: Path, configured: bool) -> None:
    if configured:
        own = {"module": "dagster._core.storage.local_compute_log_manager", "class": "LocalComputeLogManager"}
        text = yaml.safe_dump({"compute_logs": {**own, "config": {"base_dir": str(tmp_path / "logs")}}})
        (tmp_path / "dagster").mkdir()
        (tmp_path / "dagster" / "dagster.yaml").write_text(text)
    with open_instance(UPath(tmp_path)) as instance:
        assert isinstance(instance.compute_log_manager, NoOpComputeLogManager) is not configured


@pytest.mark.parametrize(
    "error",
    [
        DagsterExecutionInterruptedError,
        pl.exceptions.PanicException("PyErr { value: DagsterExecutionInterruptedError() }"),
    ],
    ids=["in Python", "in native code"],
)
def test_ctrl_c_in_a_step_is_told_as_such(tmp_path: Path, error: BaseException) -> None:
    workspace = dataset(tmp_path / "home")
    deliver(workspace, "one", rows(range(20)))
    with (
        open_instance(workspace.home.home) as instance,
        patch("entropy_assets.defs.ingest.read_drops", side_effect=error),
        pytest.raises(KeyboardInterrupt),
    ):
        run_candidate(Dataset(workspace), "one", instance, log_level="CRITICAL")
    assert workspace.attempts.crashes("one", set()) == 0
