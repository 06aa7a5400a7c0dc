"""What starts runs: the job `curate`, the sensor on new drops, the schedule, and the jobs for people.

The graph is a chain, so `curate` runs in one process; parallelism is inside the stages.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from entropy_assets.curation.entropy_law import RULES, SCREENING_RULES, check_overrides
from entropy_assets.defs.resources import Dataset
from entropy_assets.errors import InvalidParameter, StorageConflict
from entropy_assets.ledger import Candidate
from entropy_assets.storage import drop_mark

MAX_REQUESTS = 20
"""Runs that one tick of the sensor may ask for; the rest wait for the next tick."""

RUNNING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def build_jobs(dataset: Dataset) -> list[Any]:
    """Return the jobs of one dataset: `curate`, `keep_rates`, `release_drop`, `withdraw_drop`."""
    beside = dg.AssetSelection.assets(dataset.key("keep_rates"))
    curate = dg.define_asset_job(
        f"curate_{dataset.name}",
        selection=dg.AssetSelection.key_prefixes(dataset.name) - beside,
        executor_def=dg.in_process_executor,
        description="One candidate through the whole graph, to the verdict and the version.",
        tags={"dataset": dataset.name},
    )
    keep_rates = dg.define_asset_job(
        f"keep_rates_{dataset.name}",
        selection=beside,
        executor_def=dg.in_process_executor,
        description="How much of a candidate's pool to keep: R, L and held-out loss at several rates.",
        tags={"dataset": dataset.name},
    )
    return [curate, keep_rates, _release_job(dataset), _withdraw_job(dataset)]


class ReleaseConfig(dg.Config):
    """Who releases a held drop, why, and which rules are set aside."""

    drop: str
    who: str
    why: str
    overrides: list[str]


class WithdrawConfig(dg.Config):
    """Who withdraws a promoted drop, and why."""

    drop: str
    who: str
    why: str


def propose_release(dataset: Dataset, drop: str, who: str, why: str, overrides: Sequence[str]) -> Candidate:
    """Propose that a held drop be measured again with named rules set aside; return the candidate.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, the drop is not held, or a rule cannot be set aside.
    """
    _require_person(who, why)
    codes = check_overrides(overrides)
    decision = dataset.ledger.decision(drop)
    if decision is None or drop in dataset.ledger.state().drops:
        state = "not decided yet" if decision is None else "already live"
        raise InvalidParameter(f"drop {drop!r} is {state}: only a held or withdrawn drop can be released")
    return dataset.propose_numbered(
        f"@release-{drop}", lambda key: Candidate(key, add=(drop,), overrides=codes, by=who, why=why)
    )


def propose_withdrawal(dataset: Dataset, drop: str, who: str, why: str) -> Candidate:
    """Propose that a promoted drop be taken out of the dataset; return the candidate.

    A withdrawal is a person's order: it is measured, and every rule but `integrity` is set aside.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, the drop is not live, or it is the only one.
    """
    _require_person(who, why)
    drops = dataset.ledger.state().drops
    if drop not in drops or len(drops) < 2:
        state = "not live" if drop not in drops else "the only live drop"
        raise InvalidParameter(f"drop {drop!r} is {state}: withdraw one of several, of {', '.join(drops)}")
    codes = check_overrides([*RULES, *SCREENING_RULES, "inconclusive", "manual"])
    return dataset.propose_numbered(
        f"@without-{drop}", lambda key: Candidate(key, remove=(drop,), overrides=codes, by=who, why=why)
    )


def _require_person(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise InvalidParameter(f"who and why must be named, got who={who!r}, why={why!r}: say both")


def _release_job(dataset: Dataset) -> dg.JobDefinition:
    @dg.op(name=f"propose_release_{dataset.name}", out=dg.Out(dg.Nothing))
    def propose(context: dg.OpExecutionContext, config: ReleaseConfig) -> None:
        made = propose_release(dataset, config.drop, config.who, config.why, config.overrides)
        context.log.info(f"proposed {made.key}: the sensor new_drops_{dataset.name} starts its run")

    @dg.job(
        name=f"release_drop_{dataset.name}",
        description="Measure a held drop again with named rules set aside. Asks who and why.",
    )
    def release_drop() -> None:
        propose()

    return release_drop


def _withdraw_job(dataset: Dataset) -> dg.JobDefinition:
    @dg.op(name=f"propose_withdrawal_{dataset.name}", out=dg.Out(dg.Nothing))
    def propose(context: dg.OpExecutionContext, config: WithdrawConfig) -> None:
        made = propose_withdrawal(dataset, config.drop, config.who, config.why)
        context.log.info(f"proposed {made.key}: the sensor new_drops_{dataset.name} starts its run")

    @dg.job(
        name=f"withdraw_drop_{dataset.name}",
        description="Take a promoted drop out of the dataset. Asks who and why.",
    )
    def withdraw_drop() -> None:
        propose()

    return withdraw_drop


def build_sensor(dataset: Dataset) -> dg.SensorDefinition:
    """Return the sensor that asks for a run of every open candidate.

    It looks at names, sizes and the marker only. The run key holds the marker and the current
    version: a candidate that became stale is asked for again, and nothing runs twice.
    """

    @dg.sensor(
        name=f"new_drops_{dataset.name}",
        job_name=f"curate_{dataset.name}",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run for every complete drop in the inbox and every proposed candidate.",
    )
    def new_drops(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        marks = {drop: drop_mark(dataset.home.drop(drop)) for drop in dataset.waiting_drops()}
        marks |= {candidate.key: "proposed" for candidate in dataset.open_proposals()}
        busy = in_flight(context.instance, dataset)
        keys = [key for key in marks if key not in busy][:MAX_REQUESTS]
        if not keys:
            return dg.SkipReason(f"no open candidate in {dataset.root} that is not already running")
        version = dataset.ledger.state().version or "none"
        requests = [
            dg.RunRequest(
                run_key=f"{key}:{marks[key]}:{version}",
                partition_key=key,
                tags={"dataset": dataset.name, "candidate": f"{dataset.name}/{key}"},
            )
            for key in keys
        ]
        return dg.SensorResult(
            run_requests=requests,
            dynamic_partitions_requests=[dataset.partitions.build_add_request(keys)],
        )

    return new_drops


def in_flight(instance: dg.DagsterInstance, dataset: Dataset) -> set[str]:
    """Return the keys of the dataset's candidates whose runs are queued or under way."""
    runs = instance.get_runs(
        dg.RunsFilter(job_name=f"curate_{dataset.name}", statuses=RUNNING), limit=10 * MAX_REQUESTS
    )
    return {run.tags.get("dagster/partition", "") for run in runs}


def build_schedule(dataset: Dataset) -> dg.ScheduleDefinition:
    """Return the schedule that selects again from the whole pool once a week."""

    @dg.schedule(
        name=f"refresh_{dataset.name}",
        job_name=f"curate_{dataset.name}",
        cron_schedule="0 3 * * 1",
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Selects again from the whole pool under the present settings.",
    )
    def refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if dataset.ledger.state().version is None:
            return dg.SkipReason("there is no version to refresh yet")
        day = (context.scheduled_execution_time or datetime.now(UTC)).date().isoformat()
        candidate = Candidate(f"@refresh-{day}", by="schedule", why="select again from the whole pool")
        try:
            dataset.propose(candidate)
        except StorageConflict:
            return dg.SkipReason(f"{candidate.key} was proposed before")
        context.instance.add_dynamic_partitions(str(dataset.partitions.name), [candidate.key])
        return dg.RunRequest(
            run_key=candidate.key, partition_key=candidate.key, tags={"dataset": dataset.name}
        )

    return refresh
