"""A candidate through all steps, from its drops to the decision, without Dagster.

The graph of `defs` calls the same functions in the same order and stores the same bytes; here they stand
one below the other.

What belongs here: the order of the steps, and what ends a run. What does not: what a step does.
"""

import contextlib
import uuid
from collections.abc import Callable

from entropy_assets.candidate import dedup, ingest, screening
from entropy_assets.candidate.batch import is_settled
from entropy_assets.candidate.contamination import examined
from entropy_assets.candidate.drop_report import report_drops
from entropy_assets.candidate.fallback import choose_records
from entropy_assets.candidate.law_report import report_law
from entropy_assets.candidate.manifests import (
    DatasetVersion,
    DedupedRecords,
    Manifest,
    PoolManifest,
    RawRecords,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.mixture import mix_domains
from entropy_assets.candidate.probe import probe_candidate
from entropy_assets.candidate.publish import (
    Reports,
    conclude,
    early_reasons,
    stop_candidate,
    stop_if_all,
)
from entropy_assets.candidate.record_scores import record_scores
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import assemble_pool, select_control
from entropy_assets.candidate.session import GaveUp, session
from entropy_assets.candidate.stops import Checked, picking_reasons, reason_line
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import CurationError, StaleProvenance, StorageConflict
from entropy_assets.ledger import CHANGES, Entry

MAX_ATTEMPTS = 5
"""Times that a candidate is measured anew because another one was promoted meanwhile."""


def curate(workspace: Workspace, key: str, tell: Callable[[str], None] = lambda _: None) -> Entry | None:
    """Run one candidate to its decision and return it; a decided one is returned at once.

    A candidate that becomes stale while it runs is measured anew against the new parent; one that a person
    decides meanwhile is decided.

    Parameters
    ----------
    workspace
        The dataset.
    key
        Key of the candidate.
    tell
        Takes one line for a person, for whom the run waits.

    Returns
    -------
    Entry or None
        None for a batch that was divided, its halves are candidates of their own, or whose drops have all
        been decided meanwhile.

    Raises
    ------
    StaleProvenance
        Manifests do not belong together, and no other decision is the cause.
    StorageConflict
        The dataset's lock was lost.
    CurationError
        The candidate cannot be run, a check failed, or it was overtaken too often.
    """
    for _ in range(MAX_ATTEMPTS):
        decided = workspace.ledger.decision(key)
        if decided is not None or is_settled(workspace, key):
            return decided
        run = None
        try:
            with session(workspace, key, uuid.uuid4().hex, tell) as run:
                return None if run.decided else decide(run)
        except GaveUp:
            continue
        except (StaleProvenance, StorageConflict):
            if run is None or not run.is_overtaken:
                raise
    raise CurationError(f"candidate {key!r} was overtaken {MAX_ATTEMPTS} times: run it again")


def decide(run: CandidateRun) -> Entry | None:
    """Take an open candidate through all steps; return its decision, None for a batch that was divided."""
    raw, bad = ingest.read_drops(run)
    _store(run, raw, bad)
    _require(run, "rows_conserved", ingest.check_rows_conserved(run, raw, bad))
    if entry := stop_if_all(run, raw):
        return entry
    deduped, pairs = dedup.deduplicate_drops(run, raw)
    _store(run, deduped, pairs)
    _require(run, "removals_explained", dedup.check_removals_explained(run, deduped, pairs))
    if entry := stop_if_all(run, raw, deduped):
        return entry
    screened, out = screening.screen_drops(run, deduped)
    _store(run, screened, out)
    _require(run, "screening_conserved", screening.check_screening_conserved(run, screened, out))
    if entry := stop_if_all(run, raw, deduped, screened):
        return entry
    drops = report_drops(run, screened)
    pool = assemble_pool(run, screened, drops)
    _store(run, record_scores(run, pool), mix_domains(run, pool))
    selection = choose_records(run, pool)
    if not stop_if_nothing_picked(run, raw, deduped, screened, pool, selection).passed:
        _store(run, drops, pool, selection)
        return run.workspace.ledger.decision(run.key)
    control = select_control(run, pool, selection)
    probe, _ = probe_candidate(run, pool, selection, control)
    law = report_law(run, screened, pool, selection, control, probe, drops)
    _store(run, drops, pool, selection, control, probe, law)
    reports = Reports(raw, deduped, pairs, screened, drops, pool, selection, control, probe, law)
    entry = conclude(run, reports)
    if entry is not None and entry.action in CHANGES:
        with contextlib.suppress(OSError):  # nothing rests on it, and the candidate is promoted
            _store(run, published(run, entry, reports))
        _, checked = examined(run, entry.state.version or "", entry)
        _require(run, "no_eval_contamination", checked)
    return entry


def stop_if_nothing_picked(
    run: CandidateRun,
    raw: RawRecords,
    deduped: DedupedRecords,
    screened: ScreenedRecords,
    pool: PoolManifest,
    selection: SelectionManifest,
) -> Checked:
    """Hold an open candidate from whose pool nothing is picked; return whether something is."""
    reasons = picking_reasons(pool, selection)
    if not reasons:
        return Checked(True, f"{selection.n_records} of {pool.n_records} records are picked")
    stopped = early_reasons(run, raw, deduped, screened)
    stopped = dict.fromkeys(run.candidate.add or (run.key,), reasons) | stopped
    stop_candidate(run, stopped, raw, deduped, screened, pool, selection)
    return Checked(False, reason_line(reasons[0]))


def published(run: CandidateRun, entry: Entry, reports: Reports) -> DatasetVersion:
    """Return the manifest of a promoted version."""
    provenance = run.provenance(*reports.manifests)
    return DatasetVersion(provenance=provenance, version=entry.state.version, entry=entry.number)


def _store(run: CandidateRun, *manifests: Manifest) -> None:
    for manifest in manifests:
        run.workspace.store(manifest)


def _require(run: CandidateRun, name: str, checked: Checked) -> None:
    if not checked.passed and checked.blocks:
        raise CurationError(f"candidate {run.key!r} was stopped by {name}: {checked.description}")
