"""Reading the drops of a candidate: records, and the rows that cannot become records.

What belongs here: a drop's way into manifests, and the checks that no row is lost. What does not: reading
files (`curation.ingest`).
"""

from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.decided import note_content, require_there, require_unchanged
from entropy_assets.candidate.manifests import (
    QuarantinedRows,
    QuarantinePart,
    RawPart,
    RawRecords,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import Checked, ingest_reasons, stopped_check
from entropy_assets.curation.ingest import (
    QUARANTINE_SCHEMA,
    Note,
    declaration_of,
    iter_drop,
    joined_keys,
    keys_told,
    require_correctable,
    require_rows,
)
from entropy_assets.curation.ingest.batches import joined_notes
from entropy_assets.curation.screening.credentials import without_secrets
from entropy_assets.errors import InvalidInput
from entropy_assets.shards import Shard, Shards, read_shards, write_shard
from entropy_assets.shown import for_terminal

SHOWN_NOTES = 20
"""What is told of so many files stands in a check; all of it is in the manifest."""

EXAMPLE_BYTES = 200
"""Bytes of a quarantined row that people are shown."""


def read_drops(run: CandidateRun) -> tuple[RawRecords, QuarantinedRows]:
    """Return the manifests of records and quarantine of the drops that a candidate adds.

    Raises
    ------
    InvalidInput
        A drop is gone, or has no `_SUCCESS` marker, so that it may still be arriving. A drop that is
        complete and cannot be read is no error: its part says why.
    """
    read = [_read_drop(run, drop) for drop in run.candidate.add]
    if not read:
        nothing = RawPart(drop=run.key, shards=Shards(), rows_in=0, blank_lines=0, complete=True, content="")
        read = [(nothing, QuarantinePart(drop=run.key, shards=Shards(), by_reason={}, examples={}))]
    provenance = run.provenance(of_state=False)
    return (
        RawRecords(provenance=provenance, parts=tuple(raw for raw, _ in read)),
        QuarantinedRows(provenance=provenance, parts=tuple(bad for _, bad in read)),
    )


def _read_drop(run: CandidateRun, drop: str) -> tuple[RawPart, QuarantinePart]:
    folder = Path(str(run.workspace.home.drop(drop)))
    require_there(run.workspace, drop)
    workspace, settings = run.workspace, run.settings.ingest
    if not run.decided:
        require_unchanged(workspace, drop)  # a released drop is the one that was held
    raw: list[Shard] = []
    bad: list[Shard] = []
    rows_in = blank_lines = 0
    complete, fault, corrects = True, "", ""
    named: list[pl.DataFrame] = []
    told: list[Note] = []
    keys: dict[str, int] = {}
    by_reason: dict[str, int] = {}
    examples: dict[str, dict[str, Any]] = {}
    try:
        if folder.is_symlink():
            raise InvalidInput(f"drop {folder} is a symbolic link: deliver the folder itself")
        corrects = declaration_of(folder, drop).corrects
        for part in iter_drop(folder, drop, settings.shard_rows, run.workers, settings):
            rows_in += part.rows_in
            blank_lines += part.blank_lines
            complete &= part.complete
            told += part.told
            keys = joined_keys([keys, part.metadata_keys])
            if part.records.height:
                raw.append(write_shard(workspace.root, workspace.home.work("raw_records"), part.records))
            if corrects:
                named.append(part.records.select("row_id", "source"))
            if part.quarantined.height:
                folder_of_bad = workspace.home.work("quarantined_rows")
                bad.append(write_shard(workspace.root, folder_of_bad, part.quarantined))
                for reason, count in part.quarantined["reason"].value_counts().iter_rows():
                    by_reason[reason] = by_reason.get(reason, 0) + count
                for row in part.quarantined.unique("reason", keep="first").iter_rows(named=True):
                    examples.setdefault(row["reason"], _example(row))
        require_rows(drop, rows_in, told)
        if corrects:
            require_correctable(drop, corrects, named)
        content = note_content(workspace, drop)
    except InvalidInput as error:
        # A path that is no UTF-8 text can stand in no entry.
        fault, content, rows_in, raw, bad, corrects = for_terminal(error), "", 0, [], [], ""
        keys = {}
    return (
        RawPart(
            drop=drop,
            shards=Shards(tuple(raw)),
            rows_in=rows_in,
            blank_lines=blank_lines,
            complete=complete,
            content=content,
            fault=fault,
            corrects=corrects,
            told=tuple(map(str, joined_notes(told))),
            metadata_keys=keys,
        ),
        QuarantinePart(
            drop=drop,
            shards=Shards(tuple(bad)),
            by_reason=dict(sorted(by_reason.items())),
            examples=dict(sorted(examples.items())),
        ),
    )


def check_rows_conserved(run: CandidateRun, raw: RawRecords, bad: QuarantinedRows) -> Checked:
    """Return whether rows in = records + quarantined rows, counted from what is stored."""
    root = run.workspace.root
    kept = sum(read_shards(root, part.shards, records.SCHEMA, ["id"]).height for part in raw.parts)
    out = sum(read_shards(root, part.shards, QUARANTINE_SCHEMA, ["reason"]).height for part in bad.parts)
    rows_in = sum(part.rows_in for part in raw.parts)
    return Checked(
        rows_in == kept + out,
        f"{rows_in} rows in, {kept} records + {out} quarantined{_told(raw)}{_keys(raw)}",
        {"rows_in": rows_in, "records": kept, "quarantined": out},
    )


def _told(raw: RawRecords) -> str:
    """Return what was told of files, for the end of a sentence."""
    told = [note for part in raw.parts for note in part.told]
    more = f"; and {len(told) - SHOWN_NOTES} more" if len(told) > SHOWN_NOTES else ""
    shown = (for_terminal(without_secrets(note)) for note in told[:SHOWN_NOTES])
    return "".join(f"; {note}" for note in shown) + more


def _keys(raw: RawRecords) -> str:
    """Return which keys went to the metadata, for the end of a sentence."""
    told = keys_told(joined_keys(part.metadata_keys for part in raw.parts))
    return f"; {for_terminal(without_secrets(told))}" if told else ""


def check_quarantine_share(run: CandidateRun, raw: RawRecords) -> Checked:
    """Return whether a drop of the candidate could be read with few enough bad rows."""
    settings = run.settings.ingest
    rows_in = sum(part.rows_in for part in raw.parts)
    n_bad = rows_in - sum(part.shards.rows for part in raw.parts)
    fine = f"{n_bad} of {rows_in} rows are in quarantine, allowed are {settings.max_quarantine_share:.2%}"
    found = stopped_check(run, raw.parts, lambda part: ingest_reasons(part, settings), fine)
    figures = {"share": n_bad / max(rows_in, 1), "allowed": settings.max_quarantine_share}
    return Checked(found.passed, found.description, {**found.figures, **figures, "quarantined": n_bad})


def _example(row: dict[str, Any]) -> dict[str, Any]:
    """Return the place of a quarantined row, its detail and its first bytes as text, for people."""
    start = row["raw"][:EXAMPLE_BYTES].decode("utf-8", "backslashreplace")
    return {"file": row["file"], "line": row["line"], "detail": row["detail"], "raw": start}


def raw_frame(run: CandidateRun, part: RawPart, columns: list[str]) -> pl.DataFrame:
    """Return columns of the records of a part."""
    return read_shards(run.workspace.root, part.shards, records.SCHEMA, columns)
