"""Small datasets with corrections: rows with joined sentences, and the same rows mended.

What belongs here: delivering corrections, and looking at pools and versions. What does not: the tests.
"""

import hashlib
from base64 import b64encode
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.reference import version_records
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.pool import is_validation
from entropy_assets.demo.drops import Row
from entropy_assets.ledger import Entry
from entropy_assets.records import SCHEMA, content_id
from tests.candidate.small import SETTINGS, deliver, rows, sentences

WHOLE = SETTINGS + '[selection]\nselector = "all"\nbudget_share = 1.0\n'
"""A version holds its whole pool, so that what is missing from it shows."""

SHARE = 0.05
"""Share of the validation split, as it is by default."""


def joined(row: Row) -> Row:
    """Return a row whose sentences run into one another."""
    return {**row, "text": str(row["text"]).replace(". ", ".")}


def content_of(row: Row) -> str:
    return content_id({"kind": "text", "text": row["text"]})


def is_exam(row: Row) -> bool:
    return is_validation(content_of(row), SHARE)


def wrong(n: int, start: int = 0, source: str = "web") -> list[Row]:
    """Return n rows with joined sentences that are for training, as are their mended forms."""
    found: list[Row] = []
    for own in rows(range(start, start + 4 * n + 40), source):
        if not is_exam(joined(own)) and not is_exam(own):
            found.append(joined(own))
    return found[:n]


def wrong_in_exam(start: int = 5000) -> Row:
    """Return a row with joined sentences that belongs to the validation split, its mended form does not."""
    for seed in range(start, start + 2000):
        (own,) = rows(range(seed, seed + 1))
        if is_exam(joined(own)) and not is_exam(own):
            return joined(own)
    raise AssertionError("no such row")


def mended(wrong_rows: list[Row]) -> list[Row]:
    return [{**row, "text": sentences(seed_of(row))} for row in wrong_rows]


def seed_of(row: Row) -> int:
    return int(str(row["id"]).rsplit("-", 1)[1])


def again(own: list[Row], word: str) -> list[Row]:
    """Return rows corrected once more: their last word is another one."""
    return [{**row, "text": f"{str(row['text']).rstrip('.')} {word}."} for row in own]


def noisy(own: list[Row]) -> list[Row]:
    """Return rows whose text is encoded data, which the gate holds."""
    made = [b64encode(hashlib.sha512(str(row).encode()).digest() * 9).decode() for row in own]
    return [{**row, "text": text} for row, text in zip(own, made, strict=True)]


def correct(workspace: Workspace, name: str, own: list[Row], source: str = "web") -> str:
    """Deliver rows as a correction of a source; return the drop's name."""
    deliver(workspace, name, own)
    declare(workspace, name, f'[correction]\nsource = "{source}"\n')
    return name


def declare(workspace: Workspace, name: str, text: str) -> None:
    (Path(str(workspace.home.drop(name))) / "drop.toml").write_text(text)


def run(workspace: Workspace, key: str) -> Entry:
    entry = curate(workspace, key)
    assert entry is not None
    return entry


def withdraw(workspace: Workspace, drop: str) -> Entry:
    entry = run(workspace, propose_withdrawal(workspace, drop, "Ada", "a test").key)
    assert entry.action == "withdraw"
    return entry


def texts(workspace: Workspace, source: str = "web") -> dict[str, list[str]]:
    """Return row id -> texts of the pool's records of a source."""
    live = workspace.segment_records(workspace.ledger.state()).filter(pl.col("source") == source)
    found: dict[str, list[str]] = {}
    for row_id, text in live.sort("row_id", "drop").select("row_id", "text").iter_rows():
        found.setdefault(row_id, []).append(text)
    return found


def expected(*parts: list[Row]) -> dict[str, list[str]]:
    """Return what `texts` returns for a pool of these rows; of one row id the last part counts."""
    return {str(row["id"]): [str(row["text"])] for part in parts for row in part}


def contents(workspace: Workspace) -> dict[str, bytes]:
    """Return the data files of the current version."""
    folder = Path(str(workspace.home.version(workspace.ledger.state().version or "")))
    return {path.name: path.read_bytes() for path in sorted((folder / "data").iterdir())}


def version_ids(workspace: Workspace) -> set[str]:
    version = workspace.ledger.state().version or ""
    parts = [version_records(workspace, version, split) for split in ("train", "validation")]
    frame = pl.concat([SCHEMA.to_frame(), *parts])
    assert frame["id"].n_unique() == frame.height
    return set(frame["id"])


def codes(entry: Entry) -> list[str]:
    return [str(reason["code"]) for reason in entry.reasons]


def superseded_by(entry: Entry) -> dict[str, dict[str, int]]:
    """Return correcting drop -> drop -> records that an entry takes out of the pool."""
    assert entry.change is not None
    if entry.change.superseded is None:
        return {}
    told: dict[str, Any] = asdict(entry.change.superseded)
    return dict(told["records"])


WRONG = wrong(120)
"""Rows with joined sentences of one source."""
FIX = mended(WRONG[:40])
LATER = again(FIX[:20], "world")
"""The first of them corrected once more."""
OTHER = rows(range(9000, 9060), "letters")
"""Sound rows of another source."""
