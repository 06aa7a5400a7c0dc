"""Runs of candidates without the UI, on the same instance that the UI shows.

What belongs here: running the graph for one candidate, and telling what came out.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import sqlalchemy
from upath import UPath

from entropy_assets.defs.automation import in_flight
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset
from entropy_assets.errors import CurationError, InvalidInput
from entropy_assets.ledger import Entry
from entropy_assets.shards import Shards
from entropy_assets.storage import read_json

MAX_ATTEMPTS = 5
"""Times that a candidate is measured anew because another one was promoted meanwhile."""

BAD_INPUT = ("InvalidInput", "InvalidParameter")
TOLD = (*BAD_INPUT, "CurationError", "StaleProvenance", "StorageConflict", "ProbeDiverged", "Failure")
"""Errors that already say in one sentence what is wrong, whatever caused them."""


@contextmanager
def open_instance(home: UPath) -> Iterator[dg.DagsterInstance]:
    """Yield the embedded Dagster instance under ENTROPY_HOME, set up from `deployment/dagster.yaml`."""
    with _databases_kept_open(), dg.DagsterInstance.from_config(str(prepare_instance(home))) as instance:
        yield instance


@contextmanager
def _databases_kept_open() -> Iterator[None]:
    """Hold one connection to each SQLite file that is opened in the block, until the block ends.

    Dagster connects anew for each of some 200 events of a run. Whenever the last connection to a file closes,
    SQLite folds its log into it and waits for the disk; with one more connection open it appends.
    """
    held: dict[str, sqlite3.Connection] = {}

    def hold(connection: object, _: object) -> None:
        if not isinstance(connection, sqlite3.Connection):
            return
        connection.execute("PRAGMA synchronous = NORMAL")  # a crash of the machine may lose events, no more
        path = connection.execute("PRAGMA database_list").fetchone()[2]
        if path:
            if path not in held:
                held[path] = sqlite3.connect(path, check_same_thread=False)
            # A connection counts from its first look at the log, which a new file does not have yet.
            held[path].execute("SELECT count(*) FROM sqlite_master").fetchall()

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", hold)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "connect", hold)
        for connection in held.values():
            connection.close()


def running_candidates(home: UPath, dataset: Dataset) -> set[str]:
    """Return the keys of the dataset's candidates whose runs are queued or under way."""
    if not (home / "dagster").is_dir():
        return set()
    with open_instance(home) as instance:
        return in_flight(instance, dataset)


def prepare_instance(home: UPath) -> Path:
    """Create the folder of the embedded instance and return it.

    Raises
    ------
    InvalidInput
        The checkout's `deployment/dagster.yaml` is missing.
    """
    folder = Path(str(home)) / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "dagster.yaml"
    if not config.exists():
        shipped = Path(__file__).resolve().parents[2] / "deployment" / "dagster.yaml"
        if not shipped.exists():
            raise InvalidInput(f"{shipped} is missing: run from a checkout, or write {config} yourself")
        shutil.copyfile(shipped, config)
    return folder


def run_candidate(dataset: Dataset, key: str, instance: dg.DagsterInstance, log_level: str = "INFO") -> Entry:
    """Run one candidate through the whole graph and return the decision.

    A candidate that becomes stale while it runs is measured anew against the new parent.

    Parameters
    ----------
    dataset
        The dataset.
    key
        Key of the candidate.
    instance
        Where Dagster keeps its runs.
    log_level
        From which level on Dagster's log goes to stderr; the instance keeps all of it.

    Raises
    ------
    InvalidInput, InvalidParameter
        The drop, the candidate or the settings cannot be used.
    CurationError
        The run failed for another reason; the message is that of the step.
    """
    dataset.settings  # noqa: B018 - a settings file that cannot be read is refused before a run starts
    dataset.candidate(key)
    job = build_dataset(dataset).resolve_job_def(f"curate_{dataset.name}")
    instance.add_dynamic_partitions(str(dataset.partitions.name), [key])
    tags = {"dataset": dataset.name, "candidate": f"{dataset.name}/{key}"}
    for _ in range(MAX_ATTEMPTS):
        decided = dataset.ledger.decision(key)
        if decided is not None:
            return decided
        before = dataset.ledger.state()
        result = job.execute_in_process(
            instance=instance,
            partition_key=key,
            raise_on_error=False,
            tags=tags,
            run_config={"loggers": {"console": {"config": {"log_level": log_level}}}},
        )
        decided = dataset.ledger.decision(key)
        if decided is None and dataset.ledger.state() == before:
            raise failure_of_run(key, result)
    decided = dataset.ledger.decision(key)
    if decided is None:
        raise CurationError(f"candidate {key!r} was overtaken {MAX_ATTEMPTS} times: run it again")
    return decided


def failure_of_run(key: str, result: dg.ExecuteInProcessResult) -> CurationError:
    """Return why a run of a candidate ended without a decision, as the error of the step that failed."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            while error is not None and error.cause is not None and error.cls_name not in TOLD:
                error = error.cause
            if error is None or error.cls_name == "DagsterAssetCheckFailedError":
                break  # the check itself says more
            text = error.message.strip().split(": ", 1)[-1]
            return InvalidInput(text) if error.cls_name in BAD_INPUT else CurationError(f"{key!r}: {text}")
    failed = [
        f"{e.check_name}: {e.description}" for e in result.get_asset_check_evaluations() if not e.passed
    ]
    return CurationError(f"candidate {key!r} was stopped by {'; '.join(failed) or 'an unknown step'}")


@dataclass(frozen=True)
class Summary:
    """One candidate as a person or a script wants to see it.

    Parameters
    ----------
    candidate
        Its key.
    decision
        `promote`, `hold`, `inconclusive`, or `open`.
    version
        Version after the decision, None where there is none.
    reasons
        Code, measured, allowed, what to do.
    figures
        R under both codecs, L and held-out bits per byte; the same of the random control.
    rows
        In, records, quarantined, duplicates, screened out, pool, selected.
    """

    candidate: str
    decision: str
    version: str | None
    reasons: list[dict[str, Any]]
    figures: dict[str, float | None]
    rows: dict[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the summary as the one object that `--json` prints."""
        own = {k: v for k, v in self.figures.items() if not k.startswith("random_")}
        control = {k.removeprefix("random_"): v for k, v in self.figures.items() if k.startswith("random_")}
        return {
            "candidate": self.candidate,
            "decision": self.decision,
            "reasons": self.reasons,
            "version": self.version,
            **own,
            "random_control": control,
            "rows": self.rows,
        }


def summarise(dataset: Dataset, key: str) -> Summary:
    """Return what is stored about a candidate."""
    entry = dataset.ledger.decision(key)
    law = _stored(dataset, "entropy_law_report", key)
    return Summary(
        candidate=key,
        decision=decision_word(entry),
        version=None if entry is None else entry.state.version,
        reasons=[] if entry is None or entry.action != "hold" else [_short(r) for r in entry.reasons],
        figures=law.get("figures", {}),
        rows=_rows(dataset, key),
    )


def decision_word(entry: Entry | None) -> str:
    """Return `promote`, `hold`, `inconclusive` or `open`."""
    if entry is None:
        return "open"
    if entry.action != "hold":
        return "promote"
    return "inconclusive" if all(r["code"] == "inconclusive" for r in entry.reasons) else "hold"


def _short(reason: dict[str, Any]) -> dict[str, Any]:
    return {name: reason[name] for name in ("code", "scope", "measured", "allowed", "do")}


def _rows(dataset: Dataset, key: str) -> dict[str, int]:
    raw = _stored(dataset, "raw_records", key)
    shards = {
        name: Shards.from_json(_stored(dataset, asset, key).get("shards", [])).rows
        for name, asset in (
            ("records", "raw_records"),
            ("quarantined", "quarantined_rows"),
            ("duplicates", "duplicate_pairs"),
            ("screened_out", "screened_out"),
        )
    }
    pool, selection = _stored(dataset, "pool", key), _stored(dataset, "selection", key)
    return {
        "in": raw.get("rows_in", 0),
        **shards,
        "pool": pool.get("n_records", 0),
        "selected": selection.get("n_records", 0),
    }


def _stored(dataset: Dataset, asset: str, key: str) -> dict[str, Any]:
    path = dataset.manifest_path(asset, key)
    if not path.exists():
        return {}
    value: dict[str, Any] = read_json(path)
    return value
