"""Runs of candidates from the command line, through the graph, on the same instance that the UI shows.

What belongs here: running the graph for one candidate, and telling what came out. What does not: the
instance, and what a run does.
"""

import uuid
from collections.abc import Callable, Iterator

import dagster as dg
from dagster._utils.error import SerializableErrorInfo

from entropy_assets import errors
from entropy_assets.candidate.batch import is_settled
from entropy_assets.candidate.pipeline import MAX_ATTEMPTS
from entropy_assets.candidate.run import open_run
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.reporting import report_drop
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.runs import settle_dead_runs
from entropy_assets.errors import CurationError, InvalidInput, is_interrupt
from entropy_assets.ledger import Entry

BAD_INPUT = ("InvalidInput", "InvalidParameter")
TOLD = {*vars(errors), "GaveUp", "Failure"}
"""Names of errors that already say in one sentence what is wrong, whatever caused them."""


def run_candidate(
    dataset: Dataset,
    key: str,
    instance: dg.DagsterInstance,
    log_level: str = "INFO",
    tell: Callable[[str], None] = lambda _: None,
) -> Entry | None:
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
    tell
        Takes one line for a person, for whom the run waits.

    Returns
    -------
    Entry or None
        None for a batch that was divided, its halves are candidates of their own, or whose drops have all
        been decided meanwhile.

    Raises
    ------
    InvalidInput, InvalidParameter
        The drop, the candidate or the settings cannot be used.
    CurationError
        The run failed for another reason; the message is that of the step.
    KeyboardInterrupt
        Ctrl-C ended the run before a decision.
    """  # noqa: DOC501 - `failure_of_run` makes a CurationError
    workspace = dataset.workspace
    workspace.load_settings()  # a settings file that cannot be read is refused before a run starts
    workspace.candidate(key)
    workspace.ledger.repair_current()
    dataset.tell = tell
    settle_dead_runs(instance, dataset)
    job = build_dataset(dataset).resolve_job_def(f"curate_{dataset.name}")
    for _ in range(MAX_ATTEMPTS):
        decided = workspace.ledger.decision(key)
        if decided is not None or is_settled(workspace, key):
            return decided
        before = open_run(workspace, key)
        instance.add_dynamic_partitions(str(dataset.partitions.name), [key])
        result = job.execute_in_process(
            instance=instance,
            partition_key=key,
            raise_on_error=False,
            run_id=str(uuid.uuid4()),
            tags={"dataset": dataset.name, "candidate": f"{dataset.name}/{key}"},
            run_config={"loggers": {"console": {"config": {"log_level": log_level}}}},
        )
        decided = workspace.ledger.decision(key)
        if decided is None and _was_interrupted(result):
            raise KeyboardInterrupt
        if decided is not None:
            for drop in workspace.candidate(key).add if decided.candidate.key.startswith("@") else ():
                report_drop(instance, dataset, drop)
        elif not before.is_overtaken and not is_settled(workspace, key):
            raise failure_of_run(key, result)
    raise CurationError(f"candidate {key!r} was overtaken {MAX_ATTEMPTS} times: run it again")


def _was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Return whether Ctrl-C ended a run, for Dagster a failure of a step, or between two of the run alone."""
    return any(is_interrupt(error.cls_name, error.message) for chain in _failures(result) for error in chain)


def _failures(result: dg.ExecuteInProcessResult) -> Iterator[list[SerializableErrorInfo]]:
    """Yield the error of each failure of a run, in their order: the one that was raised, then its causes."""
    for event in result.all_events:
        if event.is_step_failure or event.is_failure:
            error = event.step_failure_data.error if event.is_step_failure else event.job_failure_data.error
            chain = []
            while error is not None:
                chain.append(error)
                error = error.cause
            yield chain


def failure_of_run(key: str, result: dg.ExecuteInProcessResult) -> CurationError:
    """Return why a run of a candidate ended without a decision, as the error of the step that failed."""
    for chain in filter(None, _failures(result)):
        error = next((error for error in chain if error.cls_name in TOLD), chain[-1])
        if error.cls_name == "DagsterAssetCheckFailedError":
            continue  # the check itself says more
        text = error.message.strip().split(": ", 1)[-1]
        return InvalidInput(text) if error.cls_name in BAD_INPUT else CurationError(f"{key!r}: {text}")
    failed = [
        f"{e.check_name}: {e.description}" for e in result.get_asset_check_evaluations() if not e.passed
    ]
    return CurationError(f"candidate {key!r} was stopped by {'; '.join(failed) or 'an unknown step'}")
