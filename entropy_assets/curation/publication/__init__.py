"""Publishing a version, and writing decisions: the only module that extends the ledger.

Order of writes: the version's data, its descriptions, the index segment; then one exclusive ledger
entry, which is the promotion; then `CURRENT`, a copy for readers. A crash before the entry leaves the
old version in force and whole, and the next run writes the same bytes to the same paths. A crash after
it leaves a stale copy, which `repair_current` mends. A version's name follows from all that its manifest
says, so two publishers never write different bytes to one path.

What belongs here: writing what a verdict allows. What does not: reaching the verdict.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from entropy_assets.curation.publication.files import DataFile, data_files
from entropy_assets.curation.publication.proof import verify_version
from entropy_assets.curation.publication.rows import Rows
from entropy_assets.curation.publication.version import Promotion, VersionContent, write_version
from entropy_assets.errors import StorageConflict
from entropy_assets.ledger import Candidate, Entry, HeadMoved, Ledger, Outcome, State, Superseded
from entropy_assets.shards import Segment
from entropy_assets.storage import DatasetHome, canonical_json, digest_value, put, read_json

__all__ = [
    "Promotion",
    "Rows",
    "VersionContent",
    "publish",
    "record_hold",
    "repair_current",
    "verify_version",
]

MAX_TRIES = 100
"""Times that a version is written anew because a hold came in before its entry."""

HELD_BYTES = 1 << 28
"""Records that are held at a time while shards are made, unless the caller says otherwise."""


def publish(
    home: DatasetHome,
    ledger: Ledger,
    promotion: Promotion,
    *,
    max_bytes: int = HELD_BYTES,
) -> Entry:
    """Write a version and the ledger entry that promotes it; return the entry.

    An unchanged result keeps the current version's name and writes no new folder.

    Parameters
    ----------
    home
        The dataset.
    ledger
        Its ledger.
    promotion
        What is promoted.
    max_bytes
        Records that are held at a time.

    Raises
    ------
    StaleProvenance
        The parent is no longer current, a training record comes from a drop that is not live, or a record
        is not in the pool once.
    StorageConflict
        The candidate has been decided meanwhile.
    """
    candidate, parent, content = promotion.candidate, promotion.parent, promotion.content
    ledger.check_open(candidate.action, candidate, parent)  # before anything is written
    own = content.train.by_drop
    drop_rows = {drop: content.drop_rows.get(drop, own.get(drop, 0)) for drop in promotion.drops}
    version = parent.version
    splits = (content.train, content.validation)
    with data_files(home, version, *splits, drop_rows, max_bytes, is_by_rank=content.is_by_rank) as files:
        return _append(home, ledger, promotion, files)


def _append(home: DatasetHome, ledger: Ledger, promotion: Promotion, files: Mapping[str, DataFile]) -> Entry:
    """Write the version that holds `files`, and its entry; return the entry."""
    candidate, parent, content = promotion.candidate, promotion.parent, promotion.content
    digest = digest_value({path: file.digest for path, file in files.items()})
    told = Superseded(content.segment.superseded.digest, dict(content.leave)) if content.leave else None
    for _ in range(MAX_TRIES):
        head, version, manifest = ledger.head(), parent.version, None
        if version is None or _data_digest(ledger, version) != digest:
            number = len(ledger.versions()) + 1
            version, manifest = write_version(home, promotion, files, head, number)
        segments = _segments_without(home, parent, candidate.remove)
        if content.segment.records.shards or content.segment.superseded.shards:
            segments[candidate.key] = _write_segment(home, content.segment)
        try:
            entry = ledger.append(
                candidate.action,
                candidate,
                parent=parent,
                state=State(version, promotion.drops, segments),
                reasons=promotion.reasons,
                digests={**content.provenance, "version": digest},
                outcomes=promotion.outcomes,
                manifest=manifest,
                built_on=None if manifest is None else head,
                superseded=told,
            )
        except HeadMoved:
            continue  # a hold came in, and the manifest has to name it
        repair_current(home, ledger)
        return entry
    raise StorageConflict(
        f"candidate {candidate.key!r} was overtaken by {MAX_TRIES} other decisions: run it again"
    )


def _data_digest(ledger: Ledger, version: str) -> str | None:
    """Return the digest of a promoted version's data files, as the entry that made it says."""
    made = ledger.versions().get(version)
    return None if made is None else ledger.entry(made).digests.get("version")


def _write_segment(home: DatasetHome, segment: Segment) -> str:
    value = segment.to_json()
    path = f"index/{digest_value(value)[:32]}.json"
    put(home.root / path, canonical_json(value))
    return path


def _segments_without(home: DatasetHome, parent: State, remove: tuple[str, ...]) -> dict[str, str]:
    """Return the parent's segments in which the records of `remove` no longer count.

    A drop that is released later comes with a segment of its own; its old records must not come with it.
    """
    segments = dict(parent.segments)
    for key, path in parent.segments.items() if remove else ():
        segment = Segment.from_json(read_json(home.root / path))
        if segment.drops is None or not set(segment.drops) & set(remove):
            continue
        left = tuple(drop for drop in segment.drops if drop not in remove)
        if left:
            segments[key] = _write_segment(home, replace(segment, drops=left))
        else:
            del segments[key]
    return segments


def record_hold(
    ledger: Ledger,
    candidate: Candidate,
    parent: State,
    reasons: tuple[dict[str, Any], ...],
    provenance: dict[str, str],
    outcomes: dict[str, Outcome] | None = None,
    action: Literal["ask", "hold"] = "hold",
) -> Entry:
    """Write the decision to hold a candidate, or to ask a person, and `CURRENT`; return its entry.

    Parameters
    ----------
    ledger
        The dataset's ledger.
    candidate
        What is held or asked about.
    parent
        State that the candidate was measured against.
    reasons
        Why.
    provenance
        Digests of what the decision rests on.
    outcomes
        Drop that the candidate adds -> what was decided about it; by default what the action says.
    action
        What is decided: `hold` where any of the drops is held.
    """
    entry = ledger.append(
        action, candidate, parent=parent, reasons=reasons, digests=provenance, outcomes=outcomes
    )
    ledger.repair_current()
    return entry


def repair_current(home: DatasetHome, ledger: Ledger) -> str | None:
    """Make `CURRENT` say what the ledger says; return the current version.

    An older or missing `CURRENT` is what a crash leaves. One that contradicts the ledger is none.

    Raises
    ------
    InvalidInput
        The ledger is damaged, or `CURRENT` or the current version's manifest contradict it.
    """
    return ledger.repair_current()
