"""What stops a drop before the gate: it cannot be read, too many bad rows, dedup that took too much.

Reasons are derived from the numbers that manifests hold and the settings, wherever they are needed: none is
stored and trusted. A drop of a batch that is stopped is left out, and the others go on.

What belongs here: the reasons, and which drops of a step go on. What does not: screening's and the gate's
rules (`curation.entropy_law`), and deciding.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import polars as pl

from entropy_assets.candidate.manifests import (
    DedupedPart,
    PoolManifest,
    RawPart,
    ScreenedPart,
    SelectionManifest,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.dedup.retention import RETENTION_SCHEMA, lost_sources
from entropy_assets.curation.entropy_law import Reason, screening_reasons
from entropy_assets.curation.pool import LEFT_OUT, TRAIN
from entropy_assets.settings import IngestSettings, PolicySettings

NOTHING_PICKED = "nothing_picked"
"""Code of a candidate that cannot be measured: to set it aside alone lets nothing in."""

STOP_CODES = (
    "bad_input",
    "quarantine_share",
    "source_retention",
    "planted_copies",
    NOTHING_PICKED,
    "crashes",
)
"""Codes of what stops a drop before the gate."""

DISCARDED = "discarded"
"""Code of what nobody wants."""

OVERRIDABLE = (*STOP_CODES[1:], DISCARDED)
"""Those that a person can set aside; what cannot be read cannot be let in, and who discarded may release."""

JUDGED_PLANTED = 50
"""Fewer planted copies than this warn and never stop: one missed would weigh too much."""


class Part(Protocol):
    """What a manifest holds of one drop."""

    @property
    def drop(self) -> str:
        """Name of the drop."""


P = TypeVar("P", bound=Part)


@dataclass(frozen=True)
class Checked:
    """What a check of a step found.

    Parameters
    ----------
    passed
        Whether it is as it must be.
    description
        One line for a person.
    figures
        Name -> number.
    blocks
        Whether the steps behind it must not run where it did not pass.
    """

    passed: bool
    description: str
    figures: dict[str, Any] = field(default_factory=dict)
    blocks: bool = True


def ingest_reasons(part: RawPart, settings: IngestSettings) -> tuple[Reason, ...]:
    """Return why a drop is stopped as it was read."""
    if part.fault:
        do = "mend the drop and deliver it under a new name"
        return (Reason("bad_input", "drop", None, None, None, "", part.fault, do),)
    if part.rows_in and not part.shards.rows:
        why = f"not one of its {part.rows_in} rows can become a record"
        do = "quarantined_rows says why of each: mend them and deliver them under a new name"
        return (Reason("bad_input", "drop", None, None, None, "", why, do),)
    n_bad = part.rows_in - part.shards.rows
    share = n_bad / max(part.rows_in, 1)
    if share <= settings.max_quarantine_share:
        return ()
    why = f"{n_bad} of {part.rows_in} rows cannot become records"
    do = "mend these rows in a new drop, or raise ingest.max_quarantine_share; quarantined_rows names them"
    return (
        Reason(
            "quarantine_share",
            "drop",
            share,
            None,
            settings.max_quarantine_share,
            "share of rows",
            why,
            do,
        ),
    )


def dedup_reasons(part: DedupedPart, policy: PolicySettings) -> tuple[Reason, ...]:
    """Return why a drop is stopped by what dedup did to it."""
    table = pl.DataFrame([loss.model_dump() for loss in part.losses], schema=RETENTION_SCHEMA)
    lost = lost_sources(table, policy.max_source_loss, policy.source_losses)
    do = "look at duplicate_pairs; where it is right, name the source in policy.source_losses"
    reasons = [
        Reason(
            "source_retention",
            f"source {row['source']}",
            row["loss_share"],
            None,
            row["allowed"],
            "share of new records",
            f"dedup removed {row['removed']} of {row['records'] - row['held']} new records",
            do,
        )
        for row in lost.iter_rows(named=True)
    ]
    do = "raise dedup.hashes and bands, or lower dedup.threshold"
    reasons += [
        Reason(
            "planted_copies",
            name,
            1 - planted.recall,
            None,
            1 - policy.min_planted_recall,
            "share of planted copies",
            f"dedup missed {planted.n - planted.found} of {planted.n} copies that it planted for itself",
            do,
        )
        for name, planted in part.planted.items()
        if planted.n >= JUDGED_PLANTED and planted.recall < policy.min_planted_recall
    ]
    return tuple(reasons)


def picking_reasons(pool: PoolManifest, selection: SelectionManifest) -> tuple[Reason, ...]:
    """Return why nothing can be measured: no text is picked from the pool, as from one or two records."""
    if selection.n_bytes:
        return ()
    n_train = pool.splits.get(TRAIN, 0)
    why = f"no text is picked from the {n_train} training record(s) of the pool, so nothing can be measured"
    do = "deliver more rows as one drop, under a new name"
    if n_train:
        do += ", or raise the budget in [selection] and release this one then"
    if n_left_out := 0 if n_train else pool.splits.get(LEFT_OUT, 0):
        why = f"{why}: all {n_left_out:,} others share text with records of the validation split"
        do = (
            "take the text that all records share out of them, as a prompt, and deliver them under a new "
            "name, or raise pool.overlap_words and release this one then"
        )
    return (Reason(NOTHING_PICKED, "run", 0.0, None, 1.0, "bytes", why, do),)


def screened_reasons(part: ScreenedPart, policy: PolicySettings) -> tuple[Reason, ...]:
    """Return why what screening counted stops a drop."""
    return tuple(screening_reasons(list(part.counts), policy))


def standing(run: CandidateRun, reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """Return the reasons that no person has set aside for the candidate."""
    return tuple(reason for reason in reasons if not reason.is_set_aside(run.candidate.overrides))


def going_on(
    run: CandidateRun, parts: Sequence[P], reasons: Callable[[P], Sequence[Reason]]
) -> tuple[P, ...]:
    """Return the parts of a step that the next step takes: those that nothing stops.

    Where everything is stopped all go on: the check has ended the run by then, and who runs the next step
    all the same sees what it would do.
    """
    left = tuple(part for part in parts if not standing(run, reasons(part)))
    return left or tuple(parts)


def stopped_check(
    run: CandidateRun, parts: Sequence[P], reasons: Callable[[P], Sequence[Reason]], fine: str
) -> Checked:
    """Return whether something goes on behind a step, and what stops the rest."""
    found = {part.drop: standing(run, reasons(part)) for part in parts}
    stopped = {drop: own for drop, own in found.items() if own}
    told = "; ".join(
        f"{f'{drop}: ' if run.is_batch else ''}{reason_line(reason)}"
        for drop, own in stopped.items()
        for reason in own
    )
    return Checked(len(stopped) < max(len(found), 1), told or fine, {"stopped": len(stopped)})


def reason_line(reason: Reason) -> str:
    """Return a reason in one line for a person."""
    numbers = "" if reason.measured is None else f" ({reason.measured:.4g}, allowed {reason.allowed:.4g})"
    return f"{reason.code} ({reason.scope}): {reason.why}{numbers}; {reason.do}"
