"""Suspects as a drop report keeps them: read again, and the one of each rule that a person is shown.

What belongs here: reading. What does not: what makes a record a suspect (`curation.entropy_law`), and keeping
them (`drop_report`).
"""

import polars as pl

from entropy_assets.candidate.manifests import DropPart, DropReport, Suspects
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import SUSPECTS_SCHEMA
from entropy_assets.errors import CurationError
from entropy_assets.shards import Shards, read_shards

_SHOWN = 100
"""Characters of a record that are shown."""


def read_suspects(workspace: Workspace, suspects: Suspects) -> pl.DataFrame:
    """Return the suspects that a drop report names: rows of `SUSPECTS_SCHEMA`."""
    shards: Shards = suspects.shards
    return read_shards(workspace.root, shards, SUSPECTS_SCHEMA)


def examples_of(workspace: Workspace, key: str, drop: str) -> dict[str, str]:
    """Return `examples_in` what is stored about a drop by the candidate of a key; nothing where that is lost.

    What is shown beside a verdict may be lost: the verdict is not.
    """
    try:
        report = workspace.find(DropReport, key)
    except (CurationError, OSError):
        return {}
    parts = [] if report is None else [part for part in report.parts if part.drop == drop]
    return examples_in(workspace, parts[0]) if parts else {}


def examples_in(workspace: Workspace, part: DropPart) -> dict[str, str]:
    """Return `shown_of` the suspects of a drop; nothing where they cannot be read."""
    try:
        return shown_of(read_suspects(workspace, part.suspects))
    except (CurationError, OSError):
        return {}


def shown_of(found: pl.DataFrame) -> dict[str, str]:
    """Return rule -> the record that speaks for it most, in words.

    Where records look like several kinds of damage, it is one that looks like the most frequent.
    """
    alike = pl.len().over("rule", "compared_with")
    rows = found.sort(alike, descending=True, maintain_order=True)
    rows = rows.unique("rule", keep="first", maintain_order=True)
    return {row["rule"]: _told(row) for row in rows.iter_rows(named=True)}


def _told(row: dict[str, str | None]) -> str:
    """Return a suspect in words: which it is, how it begins, and what it looks like or is compared with."""
    name, text = row["row_id"] or str(row["id"])[:12], " ".join(str(row["excerpt"]).split())
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
    beside = f" ({row['compared_with']})" if row["compared_with"] else ""
    told = f"{name} of {row['source']}{beside}: {shown}"
    return "".join(one if one.isprintable() else "\ufffd" for one in told)
