"""Dagster's runs of a dataset: which live, and what becomes of those whose process is gone.

A run lives while it holds or waits for the dataset's lock. One that began and does neither was killed: it
is reported as failed, whatever Dagster's store says.

What belongs here: setting Dagster's view right. What does not: deciding.
"""

import time
from collections.abc import Mapping

import dagster as dg

from entropy_assets.defs.resources import Dataset

WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED]
BEGUN = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]

SENSOR_TAG = {"entropy/started_by": "sensor"}
"""On every run that the sensor starts: all of these leave notes on their attempts."""

START_SECONDS = 60.0
"""Time from the start of a run within which it may not have asked for the lock yet."""


def alive(dataset: Dataset) -> set[str]:
    """Return the ids of the runs that hold or wait for the dataset's lock."""
    return {holder.run for holder in dataset.workspace.lock.live()}


def running(dataset: Dataset) -> set[str]:
    """Return the keys of the candidates whose runs hold or wait for the dataset's lock."""
    return {holder.candidate for holder in dataset.workspace.lock.live()}


def settle_dead_runs(instance: dg.DagsterInstance, dataset: Dataset) -> int:
    """Report the runs of a dataset as failed whose process is gone, free their slots; return how many."""
    living, n_settled = alive(dataset), 0
    for record in _records(instance, dataset, BEGUN):
        run = record.dagster_run
        if run.run_id in living or not _was_killed(dataset, record):
            continue
        instance.report_run_failed(run, "its process is gone: it was killed, or the machine was restarted")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        n_settled += 1
    return n_settled


def note_early_deaths(instance: dg.DagsterInstance, dataset: Dataset, key: str) -> None:
    """Count the runs of a candidate that ended before they could begin an attempt: each is a crash."""
    statuses = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    attempts = dataset.workspace.attempts
    for record in _records(instance, dataset, statuses, {**SENSOR_TAG, "dagster/partition": key}):
        if not attempts.has_begun(key, record.dagster_run.run_id):
            attempts.begin(key, record.dagster_run.run_id)


def busy(instance: dg.DagsterInstance, dataset: Dataset) -> set[str]:
    """Return the keys of the candidates that run, wait for the lock, are queued or are just starting."""
    found = running(dataset)
    for record in _records(instance, dataset, [*WAITING, *BEGUN]):
        found.add(record.dagster_run.tags.get("dagster/partition", record.dagster_run.run_id))
    return found


def _records(
    instance: dg.DagsterInstance,
    dataset: Dataset,
    statuses: list[dg.DagsterRunStatus],
    tags: Mapping[str, str] | None = None,
) -> list[dg.RunRecord]:
    """Return the records of the dataset's runs in some states, however many they are."""
    filters = dg.RunsFilter(job_name=f"curate_{dataset.name}", statuses=statuses, tags=tags)
    found, cursor = [], None
    while page := list(instance.get_run_records(filters, limit=500, cursor=cursor)):
        found += page
        cursor = page[-1].dagster_run.run_id
    return found


def _was_killed(dataset: Dataset, record: dg.RunRecord) -> bool:
    """Return whether a run without a place at the lock was killed, and is not merely starting."""
    key = record.dagster_run.tags.get("dagster/partition", "")
    if dataset.workspace.attempts.is_under_way(key, record.dagster_run.run_id):
        return True
    return time.time() - record.update_timestamp.timestamp() > START_SECONDS
