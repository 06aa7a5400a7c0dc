"""One attempt at a candidate: the lock is held, what earlier crashes left is mended, and the run is opened.

What belongs here: what surrounds the steps of a run. What does not: the steps.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from entropy_assets.candidate.attempts import MAX_CRASHES, Failure
from entropy_assets.candidate.batch import PREFIX, divide_batch
from entropy_assets.candidate.evaluation import evaluation_items
from entropy_assets.candidate.lock import Holder
from entropy_assets.candidate.mixture import runs_beside
from entropy_assets.candidate.proposals import decide_void, void_because
from entropy_assets.candidate.publish import stop_candidate
from entropy_assets.candidate.run import CandidateRun, engine_of, open_run
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import Reason
from entropy_assets.errors import (
    CapSpent,
    ClusterFailed,
    CurationError,
    InvalidInput,
    InvalidParameter,
    ServerFailed,
    StaleProvenance,
    StorageConflict,
    StorageFailed,
    StoreDamaged,
)
from entropy_assets.execution import using
from entropy_assets.ledger import Entry
from entropy_assets.storage import read_list
from entropy_assets.store_format import require_schema

NOT_OF_THE_DROPS = (
    CapSpent,
    ClusterFailed,
    ServerFailed,
    StaleProvenance,
    StorageConflict,
    StorageFailed,
    StoreDamaged,
)
"""Errors that no drop of a candidate is to blame for."""


class GaveUp(CurationError):
    """The candidate is not tried: it is a void order, or crashed too often and was held or divided."""


@contextmanager
def session(
    workspace: Workspace, key: str, run_id: str, tell: Callable[[str], None] = lambda _: None
) -> Iterator[CandidateRun]:
    """Hold the dataset for one attempt at a candidate, and give its run.

    Parameters
    ----------
    workspace
        The dataset.
    key
        The candidate.
    run_id
        Name of the attempt, unlike that of any other.
    tell
        Takes one line for a person, for whom the attempt waits.

    Raises
    ------
    GaveUp
        Too many runs of the candidate were killed, or it is an order that counts no more.
    """

    def on_wait(holder: Holder) -> None:
        tell(f"waits for {holder.candidate} (process {holder.pid} on {holder.host}, since {holder.since})")

    with workspace.lock.held(run_id, key, on_wait=on_wait) as held, ExitStack() as engine:
        require_schema(workspace.home, writes=True)
        workspace.attempts.begin(key, run_id)
        workspace.ledger.repair_current()
        workspace.sweep()
        try:
            run = replace(open_run(workspace, key), still_held=held.check, tell=tell)
            if not run.decided:
                give_up_if_hopeless(run)
                require_usable(run)
            engine.enter_context(using(engine_of(workspace, run.settings)))
        except Exception as error:
            workspace.attempts.end(key, run_id, Failure(str(error), _against(workspace, key)))
            raise
        try:
            yield run
        except Exception as error:
            note_failure(run, run_id, error)
            raise
        except BaseException:
            workspace.attempts.end(key, run_id)
            raise
        if run.decided or workspace.ledger.decided(key):
            workspace.attempts.forget(key)
        else:
            workspace.attempts.end(key, run_id, workspace.attempts.failure(key))


def _against(workspace: Workspace, key: str) -> str:
    """Return what a candidate is tried against, as far as it can be opened."""
    try:
        return open_run(workspace, key).against
    except Exception:  # it is the attempt's own failure that is told
        return ""


def note_failure(run: CandidateRun, run_id: str, error: BaseException) -> None:
    """Keep why an attempt failed; a batch is divided, so that whatever it fails on does not stop the others.

    What has nothing to do with the drops divides nothing: another decision came first, the disk is full, or
    the store is damaged.
    """
    run.workspace.attempts.end(run.key, run_id, Failure(str(error).strip(), run.against))
    if run.is_batch and not isinstance(error, NOT_OF_THE_DROPS):
        divide_batch(run.workspace, run.candidate)


def require_usable(run: CandidateRun) -> None:
    """Look at what the settings name before anything is measured: no drop is to blame for it.

    Raises
    ------
    InvalidInput
        A file is missing, or cannot be read.
    InvalidParameter
        The anchor is no version of the dataset.
    """
    root, settings = run.workspace.root, run.settings
    evaluation_items(run)
    for name in filter(None, (settings.selection.keep_list, settings.selection.never_list)):
        read_list(root / name)
    if settings.answers.model and not (root / settings.answers.model).exists():
        raise InvalidInput(f"answers.model must be a file or folder, {settings.answers.model} is none")
    if settings.mixture.method == "fitted":
        runs_beside(run, settings.mixture.runs)
    anchor, known = settings.policy.anchor, run.workspace.ledger.versions()
    if anchor and anchor not in known:
        told = ", ".join(known) or "none yet"
        raise InvalidParameter(f"policy.anchor must be empty or a version, got {anchor!r}: known are {told}")


def give_up_if_hopeless(run: CandidateRun) -> None:
    """Decide a void order, and a candidate whose runs were killed `MAX_CRASHES` times; the lock is held.

    Raises
    ------
    GaveUp
        It was decided, or its batch divided.
    """
    workspace, key = run.workspace, run.key
    if void := void_because(workspace, key):
        decide_void(workspace, run.candidate, void)
        raise GaveUp(f"order {key!r} is void: {void}")
    alive = {holder.run for holder in workspace.lock.live()}
    n_crashes = workspace.attempts.crashes(key, alive)
    if n_crashes < MAX_CRASHES or "crashes" in run.candidate.overrides:
        return
    workspace.attempts.forget(key)
    if key.startswith(PREFIX) and run.is_batch:
        divide_batch(workspace, run.candidate)
        raise GaveUp(f"batch {key!r} was killed {n_crashes} times: its halves are tried apart")
    hold_for_crashes(run, n_crashes)
    raise GaveUp(f"candidate {key!r} was killed {n_crashes} times: it is held for crashes")


def hold_for_crashes(run: CandidateRun, n_crashes: int) -> Entry | None:
    """Hold a candidate whose runs were killed; return the decision."""
    reason = Reason(
        code="crashes",
        scope="run",
        measured=float(n_crashes),
        standard_error=None,
        allowed=float(MAX_CRASHES - 1),
        unit="runs",
        why="its runs were killed before they could decide",
        do="look for what kills it (memory, a time limit), then release it overriding `crashes`",
    )
    return stop_candidate(run, dict.fromkeys(run.candidate.add or (run.key,), (reason,)))
