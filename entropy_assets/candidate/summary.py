"""What is stored about a candidate, for a person or a script.

What belongs here: collecting. What does not: printing.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from entropy_assets.candidate.manifests import (
    DuplicatePairs,
    LawReport,
    Manifest,
    PoolManifest,
    QuarantinedRows,
    RawRecords,
    ScreenedOut,
    SelectionManifest,
)
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import CurationError
from entropy_assets.ledger import Entry

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
        `promote`, `hold`, `inconclusive`, or `open`.
    version
        Version after the decision, None where there is none.
    reasons
        Code, measured, allowed, what to do.
    figures
        R under both codecs, L and held-out bits per byte; the same of the random control.
    rows
        In, records, quarantined, duplicates, screened out, pool, selected.
    batch
        Key of the batch that a drop was decided in, None where it was decided alone.
    note
        What else is to be said, else empty.
    """

    candidate: str
    decision: str
    version: str | None
    reasons: list[dict[str, Any]]
    figures: dict[str, float | None]
    rows: dict[str, int]
    batch: str | None = None
    note: str = ""

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
            "version": self.version,
            **own,
            "random_control": control,
            "rows": self.rows,
        }


def summarise(workspace: Workspace, key: str) -> Summary:
    """Return what is stored about a candidate, or about a drop by whichever candidate decided it."""
    entry = workspace.ledger.decision(key)
    judged_as = key if entry is None else entry.candidate.key
    reasons = () if entry is None else reasons_of(entry, key)
    law = _found(workspace, LawReport, judged_as) if _is_in(workspace, judged_as, key) else None
    rows = _rows(workspace, judged_as, None if judged_as == key else key)
    return Summary(
        candidate=key,
        decision=decision_word(entry, key),
        version=None if entry is None else entry.state.version,
        reasons=[_for_people(reason) for reason in reasons],
        figures=dict(law.figures) if law else {},
        rows=rows,
        batch=judged_as if judged_as.startswith("@batch-") and judged_as != key else None,
        note=_note(entry, key, rows),
    )


def _is_in(workspace: Workspace, judged_as: str, key: str) -> bool:
    """Return whether the figures of a candidate are those of a drop: of a batch, one that was let in."""
    if judged_as == key:
        return True
    pool = _found(workspace, PoolManifest, judged_as)
    return pool is not None and key in pool.added


def _note(entry: Entry | None, key: str, rows: dict[str, int]) -> str:
    if entry is None or decision_word(entry, key) != "promote" or not rows["in"]:
        return ""
    if rows["records"] > rows["duplicates"] + rows["screened_out"]:
        return ""
    left = [f"{rows[name]} {word}" for name, word in _LEFT_OUT.items() if rows[name]]
    unchanged = f"; version {entry.parent} is unchanged" if entry.version == entry.parent else ""
    return f"nothing new: of {rows['in']} rows {', '.join(left)}{unchanged}"


def decision_word(entry: Entry | None, drop: str | None = None) -> str:
    """Return `promote`, `hold`, `inconclusive` or `open`, of a candidate or of one drop of it."""
    if entry is None:
        return "open"
    outcome = entry.outcomes.get(drop or "")
    if (entry.action if outcome is None else outcome.outcome) != "hold":
        return "promote"
    reasons = reasons_of(entry, drop or "")
    return "inconclusive" if reasons and all(r["code"] == "inconclusive" for r in reasons) else "hold"


def all_reasons(entry: Entry) -> tuple[dict[str, Any], ...]:
    """Return the reasons of a decision and of all its drops."""
    return (*entry.reasons, *(reason for one in entry.outcomes.values() for reason in one.reasons))


def reasons_of(entry: Entry, drop: str = "") -> tuple[dict[str, Any], ...]:
    """Return why a candidate, or one drop of it, is held; nothing where it is not."""
    outcome = entry.outcomes.get(drop)
    if outcome is not None and outcome.reasons:
        return outcome.reasons if outcome.outcome == "hold" else ()
    return entry.reasons if entry.action == "hold" else ()


def _for_people(reason: dict[str, Any]) -> dict[str, Any]:
    return {name: reason[name] for name in ("code", "scope", "measured", "allowed", "why", "do")}


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
        "pool": pool.n_records if pool else 0,
        "selected": selection.n_records if selection else 0,
    }


def _n_rows(manifest: Any, drop: str | None) -> int:
    parts = manifest.parts if manifest else ()
    return sum(part.shards.rows for part in parts if drop in (None, part.drop))


def _found(workspace: Workspace, form: type[M], key: str) -> M | None:
    """Return a stored manifest; None where there is none, or it cannot be read any more."""
    try:
        return workspace.find(form, key)
    except CurationError:
        return None
