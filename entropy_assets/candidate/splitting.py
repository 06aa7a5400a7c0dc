"""`drop split`: a drop that was judged becomes a clean drop and one that is set aside, both in the inbox.

What belongs here: which rows are set aside, and how two drops land whole or not at all. What does not:
how files are divided (`curation.ingest.splitting`), and judging the new drops.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.delivery import content_digest, show_drop
from entropy_assets.candidate.manifests import (
    DropPart,
    DropReport,
    DuplicatePairs,
    QuarantinedRows,
    RawRecords,
    ScreenedRecords,
)
from entropy_assets.candidate.run import engine_of
from entropy_assets.candidate.summary import reasons_of
from entropy_assets.candidate.suspects import read_suspects
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.dedup import PAIRS_SCHEMA
from entropy_assets.curation.entropy_law import BY_SOURCE_SCHEMA, POINTERS
from entropy_assets.curation.ingest import QUARANTINE_SCHEMA
from entropy_assets.curation.ingest.splitting import PROVED, SplitRows, split_drop
from entropy_assets.errors import InvalidInput, InvalidParameter, StaleProvenance, StoreDamaged
from entropy_assets.execution import using
from entropy_assets.shards import Shards, read_shards
from entropy_assets.storage import check_drop_name
from entropy_assets.temporary import staging_beside

SUFFIXES = ("-clean", "-set-aside")


@dataclass(frozen=True)
class DropSplit:
    """What a split made.

    Parameters
    ----------
    clean, set_aside
        Names of the new drops.
    rows
        Where the rows went.
    rules
        Rules whose suspects were set aside.
    by_source
        Rows of `BY_SOURCE_SCHEMA` for these rules: what the gate measured, without copies.
    n_copies
        Rows of other content that were set aside because dedup had removed them as copies of a suspect.
    """

    clean: str
    set_aside: str
    rows: SplitRows
    rules: tuple[str, ...]
    by_source: pl.DataFrame
    n_copies: int


def split_judged(workspace: Workspace, drop: str, rules: Sequence[str] = ()) -> DropSplit:
    """Split a drop by its suspects into two new drops of the inbox, and return what was made.

    A row is set aside where its content is a suspect's, or was removed by dedup as a copy of a suspect:
    else the copy would take the suspect's place. All other rows that dedup or screening removed stay
    with the clean drop; rows in quarantine go to neither. Doing it twice is harmless.

    Parameters
    ----------
    workspace
        The dataset.
    drop
        A drop that is held or asked about, or open with its drop report made.
    rules
        Keys of `POINTERS` whose suspects are set aside; by default those that the decision is about.

    Raises
    ------
    InvalidParameter
        A rule is unknown, or the name of a new drop would not fit.
    InvalidInput
        There is no such drop or no report on it, it is promoted, no row or every row is suspect, or a
        new drop is there already with other content.
    StaleProvenance
        What is stored of an open drop does not belong together; of a decided one that is `StoreDamaged`.
    """
    names = _new_names(drop)
    workspace.candidate(drop)
    _check_not_live(workspace, drop)
    key = _judged_as(workspace, drop)
    with _advised(workspace, drop):
        part = _report_of(workspace, key, drop)
        suspects = read_suspects(workspace, part.suspects)
        chosen = checked_pointers(rules) or _rules_of_hold(workspace, drop, suspects)
        suspects = suspects.filter(pl.col("rule").is_in(list(chosen)))
        raw = _rows(workspace, workspace.load(RawRecords, key), drop, records.SCHEMA, [*PROVED, "line"])
        if not set(suspects["id"]) <= set(raw["id"]):
            raise StaleProvenance(f"suspects of drop {drop!r} are none of its records: run it again")
        copies = _copies_of(workspace, key, drop, suspects["id"])
        quarantined = workspace.load(QuarantinedRows, key)
        bad = _rows(workspace, quarantined, drop, QUARANTINE_SCHEMA, ["file", "line"])
    set_aside = set(suspects["id"]) | copies
    n_suspect = raw.filter(pl.col("id").is_in(list(set_aside))).height
    if n_suspect in (0, raw.height):
        told = "no row" if not n_suspect else "every row"
        raise InvalidInput(
            f"{told} of drop {drop!r} is a suspect of {', '.join(chosen)}: there is nothing to split; name "
            "other rules with --rules"
        )
    rows = _deliver_both(workspace, drop, names, (raw, bad), set_aside)
    by_source = [row for row in part.suspects.by_source if row["rule"] in chosen]
    return DropSplit(
        *names,
        rows=rows,
        rules=chosen,
        by_source=pl.DataFrame(by_source, schema=BY_SOURCE_SCHEMA),
        n_copies=raw.filter(pl.col("id").is_in(list(copies - set(suspects["id"])))).height,
    )


@contextmanager
def _advised(workspace: Workspace, drop: str) -> Iterator[None]:
    """Say of a decided drop whose measurements cannot be used any more what can still be done.

    Raises
    ------
    StoreDamaged
        They cannot.
    StaleProvenance
        They are those of an open drop.
    """
    try:
        yield
    except (StoreDamaged, StaleProvenance) as error:
        if not workspace.ledger.decided(drop):
            raise
        raise StoreDamaged(
            f"drop {drop!r} is decided and cannot be split any more, {str(error).rpartition(': ')[0]}: "
            "release it with `entropy-assets drop release`, or deliver its rows anew under another name"
        ) from error


def _new_names(drop: str) -> tuple[str, str]:
    check_drop_name(drop)
    clean, set_aside = (check_drop_name(f"{drop}{suffix}") for suffix in SUFFIXES)
    return clean, set_aside


def _check_not_live(workspace: Workspace, drop: str) -> None:
    decided = workspace.ledger.outcome(drop)
    if drop in workspace.ledger.state().drops or (decided is not None and decided[0].outcome == "promote"):
        raise InvalidInput(
            f"drop {drop!r} was promoted, and a split is for drops that are held, asked about or open: "
            "withdraw it first with `entropy-assets drop withdraw`, and deliver it under a new name"
        )


def checked_pointers(rules: Sequence[str]) -> tuple[str, ...]:
    """Return rules that point at records, in the order of `POINTERS`, each once.

    Raises
    ------
    InvalidParameter
        One points at none.
    """
    for rule in rules:
        if rule not in POINTERS:
            raise InvalidParameter(f"rule {rule!r} points at no records: choose from {', '.join(POINTERS)}")
    return tuple(rule for rule in POINTERS if rule in rules)


def _judged_as(workspace: Workspace, drop: str) -> str:
    """Return the candidate that a drop was judged in: its own, or a batch."""
    entry = workspace.ledger.decision(drop)
    return drop if entry is None else entry.candidate.key


def _report_of(workspace: Workspace, key: str, drop: str) -> DropPart:
    """Return the report on a drop after a check that it is of the records that are stored."""
    report, screened = workspace.load(DropReport, key), workspace.load(ScreenedRecords, key)
    if report.provenance.inputs[ScreenedRecords.step] != screened.digest:
        raise StaleProvenance(f"the drop report on {drop!r} is of other records: run it again")
    for part in report.parts:
        if part.drop == drop:
            return part
    raise InvalidInput(
        f"drop {drop!r} was stopped before it was measured: there are no suspects to set aside"
    )


def _rules_of_hold(workspace: Workspace, drop: str, suspects: pl.DataFrame) -> tuple[str, ...]:
    """Return the rules with suspects that a decision has seen broken, else could not rule out, else all."""
    reasons = _measured_reasons(workspace, drop)
    found = set(suspects["rule"])
    seen = {reason["code"] for reason in reasons}
    unsure = {reason.get("rule", "") for reason in reasons}
    rules = found & seen or found & unsure or found or set(POINTERS)
    return tuple(rule for rule in POINTERS if rule in rules)


def _measured_reasons(workspace: Workspace, drop: str) -> tuple[dict[str, Any], ...]:
    """Return why a drop was last held or asked about by what was measured of it.

    That a person wants it no more, or that an order is void, says nothing of its rows: after it the drop is
    split as before.
    """
    first = workspace.ledger.decision(drop)
    numbers = {*workspace.ledger.about(drop), *([] if first is None else [first.number])}
    for number in sorted(numbers, reverse=True):
        reasons = reasons_of(workspace.ledger.entry(number), drop)
        if {reason["code"] for reason in reasons} - {"discarded", "void"}:
            return reasons
    return ()


def _rows(
    workspace: Workspace,
    manifest: RawRecords | QuarantinedRows | DuplicatePairs,
    drop: str,
    schema: pl.Schema,
    columns: list[str],
) -> pl.DataFrame:
    shards = Shards(tuple(s for part in manifest.parts if part.drop == drop for s in part.shards.shards))
    return read_shards(workspace.root, shards, schema, columns)


def _copies_of(workspace: Workspace, key: str, drop: str, suspects: pl.Series) -> set[str]:
    """Return the ids of records that dedup removed in favour of a suspect of the same drop."""
    columns = ["id", "keeper_id", "keeper_drop"]
    pairs = _rows(workspace, workspace.load(DuplicatePairs, key), drop, PAIRS_SCHEMA, columns)
    own = pairs.filter(pl.col("keeper_drop") == drop, pl.col("keeper_id").is_in(suspects.to_list()))
    return set(own["id"])


def _deliver_both(
    workspace: Workspace,
    drop: str,
    names: tuple[str, str],
    rows: tuple[pl.DataFrame, pl.DataFrame],
    suspects: set[str],
) -> SplitRows:
    """Write both drops beside the inbox, check them, and show each by one rename."""
    inbox = Path(str(workspace.home.inbox))
    with staging_beside(Path(str(workspace.home.work("split"))) / drop) as staging:
        outs = (staging / names[0], staging / names[1])
        settings = workspace.load_settings()
        workers = settings.workers or os.cpu_count() or 1
        try:
            with using(engine_of(workspace, settings)):
                counts = split_drop(inbox / drop, drop, *rows, suspects, outs, settings.ingest, workers)
        except OSError as error:
            raise InvalidInput(f"drop {drop!r} cannot be split: {error.strerror or error}") from error
        for out in outs:
            _check_free(out, inbox / out.name)
        for out in outs:
            show_drop(workspace.home, out, out.name)
    return counts


def _check_free(made: Path, target: Path) -> None:
    """Check that no other drop than the one that was made lies in the inbox under its name.

    Raises
    ------
    InvalidInput
        There is one.
    """
    if target.exists() and (not target.is_dir() or content_digest(made) != content_digest(target)):
        raise InvalidInput(
            f"drop {target.name!r} is in the inbox with other content: drops do not change; split that one, "
            "or deliver the original under a new name"
        )
