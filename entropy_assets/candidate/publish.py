"""Deciding a candidate: judging again from verified reports, and writing what the verdict allows.

What belongs here: the one way to a decision, for assets, command line and tests alike. What does not: the
rules, and writing a version's files (`curation.publication`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from entropy_assets.candidate.batch import divide_batch
from entropy_assets.candidate.beside_random import fallback_told
from entropy_assets.candidate.decided import content_or_none, is_unchanged
from entropy_assets.candidate.dedup import index_segment
from entropy_assets.candidate.going_on import goes_on
from entropy_assets.candidate.law_report import report_law
from entropy_assets.candidate.manifests import (
    DedupedRecords,
    DropReport,
    DuplicatePairs,
    LawReport,
    Manifest,
    PoolManifest,
    ProbeReport,
    RandomControl,
    RawRecords,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.pool_split import keep_fingerprints
from entropy_assets.candidate.published import drop_rows, known_sources, published_rows
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import dedup_reasons, ingest_reasons, screened_reasons, standing
from entropy_assets.candidate.told import notes_told
from entropy_assets.candidate.verdict import judge_drop, judge_report
from entropy_assets.curation.corrections import count_superseded
from entropy_assets.curation.entropy_law import CANDIDATE_CODES, Reason, Verdict, worst
from entropy_assets.curation.publication import Promotion, VersionContent, publish, record_hold
from entropy_assets.errors import InvalidInput, StaleProvenance
from entropy_assets.ledger import Entry, Outcome, Word, drop_of

HELD_SHARE = 8
"""Part of the memory that shards are gathered in, as a divisor: their bytes are made beside it."""


@dataclass(frozen=True)
class Reports:
    """All that a decision on a measured candidate rests on."""

    raw: RawRecords
    deduped: DedupedRecords
    pairs: DuplicatePairs
    screened: ScreenedRecords
    drops: DropReport
    pool: PoolManifest
    selection: SelectionManifest
    control: RandomControl
    probe: ProbeReport
    law: LawReport

    @property
    def manifests(self) -> tuple[Manifest, ...]:
        """The manifests, in the order in which they were made."""
        return tuple(vars(self).values())

    @property
    def digests(self) -> dict[str, str]:
        """Step -> digest of its manifest."""
        return {manifest.step: manifest.digest for manifest in self.manifests}


def stop_candidate(
    run: CandidateRun, stopped: Mapping[str, tuple[Reason, ...]], *manifests: Manifest
) -> Entry | None:
    """Write the decision about an open candidate all of whose drops are stopped: held, or asked about.

    Parameters
    ----------
    run
        The candidate.
    stopped
        Drop -> why it is stopped, and what is noted of it; the candidate's key where it brings none.
    manifests
        What was made up to there.

    Returns
    -------
    Entry or None
        None where the candidate has been decided.
    """
    if run.decided or run.workspace.ledger.decided(run.key):
        return None
    raw = next((one for one in manifests if isinstance(one, RawRecords)), None)
    # Why a drop of a batch is stopped stands beside the drop; of all others it stands with the entry.
    reasons = () if run.is_batch else tuple(asdict(reason) for own in stopped.values() for reason in own)
    words = {drop: worst(reason.stands_for for reason in own) for drop, own in stopped.items()}
    beside = stopped if run.is_batch else {}
    outcomes = {drop: _outcome(run, raw, drop, word, beside.get(drop, ())) for drop, word in words.items()}
    digests = {manifest.step: manifest.digest for manifest in manifests}
    return record_hold(
        run.workspace.ledger,
        run.candidate,
        run.parent,
        reasons,
        digests,
        outcomes if run.candidate.add else None,
        "ask" if set(words.values()) == {"ask"} else "hold",
    )


def early_reasons(
    run: CandidateRun,
    raw: RawRecords,
    deduped: DedupedRecords | None = None,
    screened: ScreenedRecords | None = None,
) -> dict[str, tuple[Reason, ...]]:
    """Return drop -> what stops it before the gate, for the drops that something stops."""
    settings, found = run.settings, {}
    for part in raw.parts:
        found[part.drop] = ingest_reasons(part, settings.ingest)
    for kept in deduped.parts if deduped else ():
        found[kept.drop] += dedup_reasons(kept, settings.policy)
    for let in screened.parts if screened else ():
        found[let.drop] += screened_reasons(let, settings.policy)
    return {drop: own for drop, reasons in found.items() if (own := standing(run, reasons))}


def stop_if_all(
    run: CandidateRun,
    raw: RawRecords,
    deduped: DedupedRecords | None = None,
    screened: ScreenedRecords | None = None,
) -> Entry | None:
    """Hold an open candidate where every drop that it brings is stopped; None where one goes on."""
    stopped = early_reasons(run, raw, deduped, screened)
    if len(stopped) < len(raw.parts):
        return None
    made = (raw, *(manifest for manifest in (deduped, screened) if manifest is not None))
    return stop_candidate(run, stopped, *made)


def verify_reports(run: CandidateRun, reports: Reports) -> None:
    """Check that all reports belong together, and take the measurements of the last one again.

    Raises
    ------
    StaleProvenance
        Something was changed, replaced or made for another parent after it was measured.
    """
    run.verify(*reports.manifests)
    measured = (reports.pool, reports.selection, reports.control, reports.probe, reports.drops)
    again = report_law(run, reports.screened, *measured)
    if again.digest != reports.law.digest:
        stored = reports.law.model_dump(mode="json")
        differs = [k for k, v in again.model_dump(mode="json").items() if v != stored[k]]
        raise StaleProvenance(
            f"candidate {run.key!r}: entropy_law_report is not what the reports before it give (differs in "
            f"{', '.join(differs)}): run it again from entropy_law_report"
        )


def conclude(run: CandidateRun, reports: Reports) -> Entry | None:
    """Judge a candidate from its verified reports, write the decision, and return the ledger's entry.

    Returns
    -------
    Entry or None
        None where drops of a batch that pass alone do not pass together: the batch was divided.

    Raises
    ------
    StaleProvenance
        The reports do not belong together, or the dataset has moved on.
    """
    verify_reports(run, reports)
    run.let_go()  # nothing is measured from here on, and writing a version takes memory too
    _require_unchanged(run, reports.raw)
    stopped = early_reasons(run, reports.raw, reports.deduped, reports.screened)
    noted: dict[str, tuple[Reason, ...]] = {}
    if run.is_batch:
        screened = {part.drop: part for part in reports.screened.parts}
        for part in reports.drops.parts:
            verdict = judge_drop(run, screened[part.drop], part)
            noted[part.drop] = verdict.notes
            if not verdict.passes:
                stopped[part.drop] = (*verdict.reasons, *verdict.notes)
    if stopped and len(stopped) == len(reports.raw.parts):
        return _hold(run, reports, stopped)
    let_in = [part.drop for part in reports.raw.parts if part.drop not in stopped]
    _require_same_drops(run, reports.pool, let_in)
    verdict = judge_report(run, reports.law)
    if not verdict.passes:
        if len(let_in) > 1 and verdict.codes != ("manual",):
            divide_batch(run.workspace, run.candidate)
            return None
        own = (*verdict.reasons, *verdict.notes)
        return _hold(run, reports, {**stopped, **dict.fromkeys(let_in or [run.key], own)})
    return _promote(run, reports, verdict, stopped, noted)


def _require_same_drops(run: CandidateRun, pool: PoolManifest, let_in: Sequence[str]) -> None:
    """Refuse to publish other drops than those that are let in.

    The policy is no part of the settings' digest, so it may have changed since the pool was assembled.

    Raises
    ------
    StaleProvenance
        The pool was assembled of others.
    """
    expected = [drop for drop in run.candidate.add if drop in let_in]
    if sorted(expected) != sorted(pool.added):
        raise StaleProvenance(
            f"candidate {run.key!r}: {', '.join(expected)} are let in, but its pool holds "
            f"{', '.join(pool.added)}: the policy has changed since; run it again from pool"
        )


def _require_unchanged(run: CandidateRun, raw: RawRecords) -> None:
    """Refuse to decide about drops whose files were changed after they were read."""
    for part in raw.parts:
        if part.content and not is_unchanged(run.workspace, part.drop, part.content):
            raise InvalidInput(
                f"drop {part.drop!r} was changed while it was measured: drops do not change; deliver "
                "it under a new name"
            )


def _hold(run: CandidateRun, reports: Reports, stopped: Mapping[str, tuple[Reason, ...]]) -> Entry:
    entry = stop_candidate(run, stopped, *reports.manifests)
    if entry is None:
        raise StaleProvenance(f"candidate {run.key!r} is decided already: read the ledger")
    return entry


def _promote(
    run: CandidateRun,
    reports: Reports,
    verdict: Verdict,
    stopped: Mapping[str, tuple[Reason, ...]],
    noted: Mapping[str, tuple[Reason, ...]],
) -> Entry:
    """Publish what passes; of a batch, what is noted of a drop stands beside the drop."""
    train, validation = published_rows(run, reports.pool, reports.selection)
    own_notes = {drop: notes for drop, notes in noted.items() if drop not in stopped}
    if not run.is_batch:
        own_notes = {drop_of(run.candidate) or run.key: verdict.notes}
    added = reports.pool.segments[-1]
    keep_fingerprints(run.workspace, added.records)
    content = VersionContent(
        train=train,
        validation=validation,
        figures=dict(sorted(reports.law.figures.items())),
        segment=index_segment(run, reports.deduped, added.records, added.superseded),
        provenance={**reports.digests, "parent": run.parent.digest, "settings": run.settings.digest},
        sources=tuple(known_sources(run, reports.pool, train)),
        notes=notes_told(run.workspace.name, own_notes),
        leave=reports.pool.leave,
        superseded=count_superseded(run.workspace.superseding(reports.pool.segments)),
        drop_rows=drop_rows(run, reports.pool),
        fallback=reports.selection.fallback or {},
        told=fallback_told(reports.selection),
        is_by_rank=goes_on(run, reports.selection.selector),
    )
    outcomes = {}
    for drop in (part.drop for part in reports.raw.parts):
        own = stopped.get(drop, noted.get(drop, ()))
        word = worst(reason.stands_for for reason in own)
        outcomes[drop] = _outcome(run, reports.raw, drop, word, own)
    on_all = [note for note in verdict.notes if not run.is_batch or note.rule in CANDIDATE_CODES]
    return publish(
        run.workspace.home,
        run.workspace.ledger,
        Promotion(
            run.candidate,
            run.parent,
            reports.pool.drops,
            content,
            tuple(asdict(reason) for reason in (*_set_aside(run, reports), *verdict.overridden, *on_all)),
            outcomes if run.candidate.add else None,
        ),
        max_bytes=run.settings.memory_bytes // HELD_SHARE,
    )


def _set_aside(run: CandidateRun, reports: Reports) -> tuple[Reason, ...]:
    """Return the reasons before the gate that a person has set aside; those of the gate are the verdict's."""
    found = [reason for part in reports.raw.parts for reason in ingest_reasons(part, run.settings.ingest)]
    found += [reason for part in reports.deduped.parts for reason in dedup_reasons(part, run.settings.policy)]
    return tuple(reason for reason in found if reason.is_set_aside(run.candidate.overrides))


def _outcome(
    run: CandidateRun, raw: RawRecords | None, drop: str, word: Word, reasons: tuple[Reason, ...]
) -> Outcome:
    part = next((one for one in raw.parts if one.drop == drop), None) if raw else None
    return Outcome(
        outcome=word,
        reasons=tuple(asdict(reason) for reason in reasons),
        content=(part.content if part else "") or content_or_none(run.workspace, drop),
    )
