"""What is stored about a candidate, for a person or a script.

What belongs here: collecting. What does not: printing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from entropy_assets.candidate.manifests import (
    DedupedRecords,
    DropPart,
    DropReport,
    DuplicatePairs,
    LawReport,
    Manifest,
    PoolManifest,
    QuarantinedRows,
    RawRecords,
    ScreenedOut,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.suspects import examples_of
from entropy_assets.candidate.told import stands_for, told_of_entry
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import CANDIDATE_CODES, MANUAL
from entropy_assets.errors import CurationError
from entropy_assets.ledger import Entry
from entropy_assets.storage import is_complete

M = TypeVar("M", bound=Manifest)

_LEFT_OUT = {"duplicates": "are known", "quarantined": "cannot be read", "screened_out": "are screened out"}


@dataclass(frozen=True)
class Summary:
    """One candidate, or one drop of a batch.

    Parameters
    ----------
    candidate
        Its key, or the name of the drop.
    decision
        `promote`, `ask`, `hold`, or `open`.
    version
        Version after the decision, None where there is none.
    reasons
        What stands against it: code, what it stands for, where, measured, allowed, what to do.
    figures
        R under both codecs, L and held-out bits per byte; the same of the random control.
    rows
        In, records, quarantined, duplicates, screened out, promoted ones that are superseded, pool, selected.
    batch
        Key of the batch that a drop was decided in, None where it was decided alone.
    note
        What else is to be said, else empty.
    notes
        What is worth knowing and not against promotion, in the form of the reasons.
    told
        Reasons and notes as the table that a person reads: rows of `told.TOLD_SCHEMA`.
    fallback
        How the selector stood beside random, and whether random was taken; None where none was to be.
    """

    candidate: str
    decision: str
    version: str | None
    reasons: list[dict[str, Any]]
    figures: dict[str, float | None]
    rows: dict[str, int]
    batch: str | None = None
    note: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    fallback: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the summary as the one object that `--json` prints."""
        own = {k: v for k, v in self.figures.items() if not k.startswith("random_")}
        control = {k.removeprefix("random_"): v for k, v in self.figures.items() if k.startswith("random_")}
        return {
            "candidate": self.candidate,
            "batch": self.batch,
            "decision": self.decision,
            "reasons": self.reasons,
            "note": self.note,
            "notes": self.notes,
            "version": self.version,
            **own,
            "random_control": control,
            "rows": self.rows,
            **({"fallback": self.fallback} if self.fallback else {}),
        }


def summarise(workspace: Workspace, key: str) -> Summary:
    """Return what is stored about a candidate, or about a drop by whichever candidate decided it."""
    entry = workspace.ledger.decision(key)
    judged_as = key if entry is None else entry.candidate.key
    reasons = () if entry is None else reasons_of(entry, key)
    law = _found(workspace, LawReport, judged_as) if _is_in(workspace, entry, key) else None
    rows = _rows(workspace, judged_as, None if judged_as == key else key)
    notes = (_note(entry, key, rows), _correction_line(workspace, judged_as, key))
    return Summary(
        candidate=key,
        decision=decision_word(entry, key),
        version=None if entry is None else entry.state.version,
        reasons=[_for_people(reason) for reason in reasons],
        figures=dict(law.figures) if law else {},
        fallback=law.fallback if law else None,
        rows=rows,
        batch=judged_as if judged_as.startswith("@batch-") and judged_as != key else None,
        note="; ".join(filter(None, notes)),
        notes=[_for_people(reason) for reason in (() if entry is None else notes_of(entry, key))],
        told=[] if entry is None else told_from(workspace, entry, key),
    )


def _is_in(workspace: Workspace, entry: Entry | None, key: str) -> bool:
    """Return whether the figures of a candidate are those of a drop: of a batch, one that was let in.

    A batch whose drops are all stopped is measured as if all went on: what it shows is no drop's. One that
    was let in and is not promoted was stopped by a rule about the whole candidate.
    """
    if entry is None or entry.candidate.key == key:
        return True
    pool = _found(workspace, PoolManifest, entry.candidate.key)
    if pool is None or key not in pool.added:
        return False
    stopped_by = {str(reason.get(name)) for reason in reasons_of(entry, key) for name in ("code", "rule")}
    return decision_word(entry, key) == "promote" or not stopped_by.isdisjoint({*CANDIDATE_CODES, MANUAL})


def _note(entry: Entry | None, key: str, rows: dict[str, int]) -> str:
    if entry is None or decision_word(entry, key) != "promote" or not rows["in"]:
        return ""
    if rows["records"] > rows["duplicates"] + rows["screened_out"]:
        return ""
    left = [f"{rows[name]} {word}" for name, word in _LEFT_OUT.items() if rows[name]]
    unchanged = f"; version {entry.parent} is unchanged" if entry.version == entry.parent else ""
    return f"nothing new: of {rows['in']} rows {', '.join(left)}{unchanged}"


def decision_word(entry: Entry | None, drop: str | None = None) -> str:
    """Return `promote`, `ask`, `hold` or `open`, of a candidate or of one drop of it."""
    if entry is None:
        return "open"
    outcome = entry.outcomes.get(drop or "")
    word = entry.action if outcome is None else outcome.outcome
    return word if word in ("ask", "hold") else "promote"


def told_from(workspace: Workspace, entry: Entry, drop: str) -> list[dict[str, str]]:
    """Return what an entry says of one drop, as rows of `TOLD_SCHEMA`, with advice that can be followed."""
    examples = examples_of(workspace, entry.candidate.key, drop)
    splits = is_splittable(workspace, drop)
    return told_of_entry(workspace.name, entry, drop, splits=splits, examples=examples)


def is_splittable(workspace: Workspace, drop: str) -> bool:
    """Return whether a decided drop and all that was measured of it are still there, for `drop split`."""
    entry = workspace.ledger.decision(drop)
    if entry is None or not is_complete(workspace.home.inbox / drop):
        return False
    forms = (DropReport, ScreenedRecords, RawRecords, QuarantinedRows, DuplicatePairs)
    found = [_found(workspace, form, entry.candidate.key) for form in forms]
    if None in found:
        return False
    parts = [part for manifest in found for part in getattr(manifest, "parts", ()) if part.drop == drop]
    shards = [part.suspects.shards if isinstance(part, DropPart) else part.shards for part in parts]
    return all((workspace.root / shard.path).exists() for own in shards for shard in own.shards)


def all_reasons(entry: Entry) -> tuple[dict[str, Any], ...]:
    """Return the reasons of a decision and of all its drops, without what is only noted."""
    told = (*entry.reasons, *(reason for one in entry.outcomes.values() for reason in one.reasons))
    return tuple(reason for reason in told if stands_for(reason) != "note")


def reasons_of(entry: Entry, drop: str = "") -> tuple[dict[str, Any], ...]:
    """Return why a candidate, or one drop of it, is held or asked about; nothing where it is promoted."""
    if decision_word(entry, drop) == "promote":
        return ()
    return tuple(reason for reason in _said_of(entry, drop) if stands_for(reason) != "note")


def notes_of(entry: Entry, drop: str = "") -> tuple[dict[str, Any], ...]:
    """Return what is noted of a candidate, or of one drop of it."""
    return tuple(reason for reason in _said_of(entry, drop) if stands_for(reason) == "note")


def _said_of(entry: Entry, drop: str) -> tuple[dict[str, Any], ...]:
    outcome = entry.outcomes.get(drop)
    return outcome.reasons if outcome is not None and outcome.reasons else entry.reasons


def _for_people(reason: dict[str, Any]) -> dict[str, Any]:
    told = {name: reason[name] for name in ("code", "scope", "measured", "allowed", "why", "do")}
    return {**told, "stands_for": stands_for(reason), "standard_error": reason.get("standard_error")}


def _rows(workspace: Workspace, key: str, drop: str | None) -> dict[str, int]:
    raw = _found(workspace, RawRecords, key)
    pool, selection = _found(workspace, PoolManifest, key), _found(workspace, SelectionManifest, key)
    counted = {
        name: _n_rows(_found(workspace, form, key), drop)
        for name, form in (
            ("records", RawRecords),
            ("quarantined", QuarantinedRows),
            ("duplicates", DuplicatePairs),
            ("screened_out", ScreenedOut),
        )
    }
    rows_in = sum(part.rows_in for part in raw.parts if drop in (None, part.drop)) if raw else 0
    return {
        "in": rows_in,
        **counted,
        "superseded": _n_superseded(workspace, key, drop),
        "pool": pool.n_records if pool else 0,
        "selected": selection.n_records if selection else 0,
    }


def _n_superseded(workspace: Workspace, key: str, drop: str | None) -> int:
    """Return how many promoted records leave the candidate's pool by corrections."""
    pool = _found(workspace, PoolManifest, key)
    leave = pool.leave if pool else {}
    return sum(sum(own.values()) for by, own in leave.items() if drop in (None, by))


def corrections_told(workspace: Workspace, drops: Iterable[str]) -> list[str]:
    """Return a line for each of some live drops that took records out of the pool when it was promoted."""
    told = []
    for drop in drops:
        decided = workspace.ledger.outcome(drop)
        change = None if decided is None else decided[1].change
        own = {} if change is None or change.superseded is None else change.superseded.records.get(drop, {})
        if own and decided is not None:
            listed = ", ".join(f"{count:,} of {name}" for name, count in own.items())
            told.append(
                f"{drop}: {listed} superseded (entry {decided[1].number}); a withdrawal brings them back"
            )
    return told


def _correction_line(workspace: Workspace, key: str, drop: str) -> str:
    """Return where the rows of a correction went, empty for a drop that is none."""
    deduped = _found(workspace, DedupedRecords, key)
    told = next((part.correction for part in deduped.parts if part.drop == drop), None) if deduped else None
    if told is None or not told.source:
        return ""
    return (
        f"corrects source {told.source!r}: {told.rows:,} rows = {told.corrected:,} corrected + "
        f"{told.unchanged:,} unchanged + {told.new:,} new + {told.held_out:,} kept out for the validation "
        f"split + {told.stale:,} superseded themselves; {sum(told.leave.values()):,} promoted record(s) "
        "superseded"
    )


def _n_rows(manifest: Any, drop: str | None) -> int:
    parts = manifest.parts if manifest else ()
    return sum(part.shards.rows for part in parts if drop in (None, part.drop))


def _found(workspace: Workspace, form: type[M], key: str) -> M | None:
    """Return a stored manifest; None where there is none, or it cannot be read any more."""
    try:
        return workspace.find(form, key)
    except CurationError:
        return None
