"""What starts runs: the job `curate`, the sensor on new drops, the schedule, and the jobs for people.

The graph is a chain, so `curate` runs in one process; parallelism is inside the stages. The sensor is the
only one that starts a run again.
"""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from entropy_assets.candidate.batch import next_batch, open_candidates, open_proposals, propose_batch
from entropy_assets.candidate.proposals import propose_release, propose_withdrawal, void_because
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.session import GaveUp, give_up_if_hopeless
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.reporting import report_decisions, report_drop
from entropy_assets.defs.resources import Dataset, failure_note
from entropy_assets.defs.runs import SENSOR_TAG, busy, note_early_deaths, settle_dead_runs
from entropy_assets.errors import CurationError, StorageConflict
from entropy_assets.ledger import Candidate

QUIET = {"loggers": {"console": {"config": {"log_level": "WARNING"}}}}
"""Configuration of a job whose steps say on the terminal only what is wrong; its page shows all."""

ON_DEMAND = {
    "keep_rates": "How much of a candidate's pool to keep: R, L and held-out loss at several rates.",
    "selector_comparison": "Selectors beside each other on a candidate's pool: R, L, held-out loss, cost.",
    "mixture_law": "A swarm of probes on mixtures of a candidate's sources, and the law of their losses.",
}
"""Name -> what it tells: assets that decide nothing, each with a job of its own, and no part of `curate`."""


def build_jobs(dataset: Dataset) -> list[Any]:
    """Return the jobs of one dataset: `curate`, those on demand, `release_drop`, `withdraw_drop`."""
    beside = dg.AssetSelection.assets(*map(dataset.key, ON_DEMAND))
    curate = dg.define_asset_job(
        f"curate_{dataset.name}",
        selection=dg.AssetSelection.key_prefixes(dataset.name) - beside,
        executor_def=dg.in_process_executor,
        description="One candidate through the whole graph, to the verdict and the version.",
        tags={"dataset": dataset.name},
        hooks={failure_note(dataset)},
        config=QUIET,
    )
    on_demand = [
        dg.define_asset_job(
            f"{name}_{dataset.name}",
            selection=dg.AssetSelection.assets(dataset.key(name)),
            executor_def=dg.in_process_executor,
            description=description,
            tags={"dataset": dataset.name},
            config=QUIET,
        )
        for name, description in ON_DEMAND.items()
    ]
    return [curate, *on_demand, _release_job(dataset), _withdraw_job(dataset)]


class ReleaseConfig(dg.Config):
    """Who releases a drop that is held or asked about, why, and which rules are set aside."""

    drop: str
    who: str
    why: str
    overrides: list[str]


class WithdrawConfig(dg.Config):
    """Who withdraws a promoted drop, and why."""

    drop: str
    who: str
    why: str


def _release_job(dataset: Dataset) -> dg.JobDefinition:
    @dg.op(name=f"propose_release_{dataset.name}", out=dg.Out(dg.Nothing))
    def propose(context: dg.OpExecutionContext, config: ReleaseConfig) -> None:
        made = propose_release(dataset.workspace, config.drop, config.who, config.why, config.overrides)
        context.log.info(f"proposed {made.key}: the sensor new_drops_{dataset.name} starts its run")

    @dg.job(
        name=f"release_drop_{dataset.name}",
        description="Measure a drop that is held or asked about again, with named rules set aside. Asks who "
        "and why.",
    )
    def release_drop() -> None:
        propose()

    return release_drop


def _withdraw_job(dataset: Dataset) -> dg.JobDefinition:
    @dg.op(name=f"propose_withdrawal_{dataset.name}", out=dg.Out(dg.Nothing))
    def propose(context: dg.OpExecutionContext, config: WithdrawConfig) -> None:
        made = propose_withdrawal(dataset.workspace, config.drop, config.who, config.why)
        context.log.info(f"proposed {made.key}: the sensor new_drops_{dataset.name} starts its run")

    @dg.job(
        name=f"withdraw_drop_{dataset.name}",
        description="Take a promoted drop out of the dataset. Asks who and why.",
    )
    def withdraw_drop() -> None:
        propose()

    return withdraw_drop


def build_sensor(dataset: Dataset) -> dg.SensorDefinition:
    """Return the sensor that asks for one run after the other, while a candidate waits.

    It looks at names, sizes and the marker only. Drops that wait together go as one batch. The run key
    holds the mark, the state, the settings and the number of killed attempts: a candidate that became
    stale or was killed is asked for again, one that failed is not until something has changed.
    """

    @dg.sensor(
        name=f"new_drops_{dataset.name}",
        job_name=f"curate_{dataset.name}",
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run for the drops in the inbox and the proposed candidates that wait.",
    )
    def new_drops(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        workspace = dataset.workspace
        workspace.ledger.repair_current()
        settle_dead_runs(context.instance, dataset)
        report_decisions(context.instance, dataset)
        running = busy(context.instance, dataset)
        if running:
            return dg.SkipReason(f"{', '.join(sorted(running))} runs or is starting: the next one follows it")
        key = _next(context.instance, dataset)
        while key is not None and settle_hopeless(workspace, key):
            report_drop(context.instance, dataset, key)
            key = _next(context.instance, dataset)
        if key is None:
            return dg.SkipReason(f"no candidate in {workspace.root} waits that has not failed before")
        request = dg.RunRequest(
            run_key=_run_key(workspace, key),
            partition_key=key,
            tags={**SENSOR_TAG, "dataset": dataset.name, "candidate": f"{dataset.name}/{key}"},
        )
        return dg.SensorResult(
            run_requests=[request],
            dynamic_partitions_requests=[dataset.partitions.build_add_request([key])],
        )

    return new_drops


def _next(instance: dg.DagsterInstance, dataset: Dataset) -> str | None:
    """Return the candidate that is to run next, once the runs of it that were killed are counted."""
    key = next_candidate(dataset.workspace)
    if key is not None:
        note_early_deaths(instance, dataset, key)
    return key


def next_candidate(workspace: Workspace) -> str | None:
    """Return the candidate that is to run next: an order, an open batch, a new batch, a drop; or None.

    One that failed against the present state and settings is passed over, so that the others go on.
    """
    failed = {key for key in open_candidates(workspace) if _failed(workspace, key)}
    for candidate in open_proposals(workspace):
        if candidate.key not in failed:
            return candidate.key
    waiting = next_batch(workspace, failed)
    if len(waiting) > 1:
        return propose_batch(workspace, waiting).key
    return next((key for key in open_candidates(workspace) if key not in failed), None)


def _failed(workspace: Workspace, key: str) -> bool:
    """Return whether the last attempt at a candidate failed and nothing has changed since."""
    failure = workspace.attempts.failure(key)
    if failure is None or void_because(workspace, key):
        return False
    try:
        return failure.against == open_run(workspace, key).against
    except CurationError:
        return True


def _run_key(workspace: Workspace, key: str) -> str:
    """Return the run key of a candidate: another one whenever it is to be run again."""
    alive = {holder.run for holder in workspace.lock.live()}
    return f"{key}:{open_run(workspace, key).against}:{workspace.attempts.crashes(key, alive)}"


def settle_hopeless(workspace: Workspace, key: str) -> bool:
    """Decide a void order, or what was killed too often; return whether it was decided, or divided."""
    with workspace.lock.try_held("sensor", key) as held:
        try:
            if held is not None:
                give_up_if_hopeless(open_run(workspace, key))
        except GaveUp:
            return True
    return False


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
        workspace = dataset.workspace
        if workspace.ledger.state().version is None:
            return dg.SkipReason("there is no version to refresh yet")
        day = (context.scheduled_execution_time or datetime.now(UTC)).date().isoformat()
        candidate = Candidate(f"@refresh-{day}", by="schedule", why="select again from the whole pool")
        try:
            workspace.propose(candidate)
        except StorageConflict:
            return dg.SkipReason(f"{candidate.key} was proposed before")
        context.instance.add_dynamic_partitions(str(dataset.partitions.name), [candidate.key])
        return dg.RunRequest(
            run_key=candidate.key, partition_key=candidate.key, tags={"dataset": dataset.name}
        )

    return refresh
