"""The rows of a promoted version as its files hold them, and which version a name means.

What belongs here: reading them. What does not: comparing versions (`version_diff`), following rows (`trail`).
"""

import io
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

import polars as pl
from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import InvalidParameter, StoreDamaged
from entropy_assets.ledger import Entry
from entropy_assets.storage import is_local, read_json

KEY_SCHEMA = pl.Schema({"id": pl.String, "split": pl.String, "rank": pl.Int64})
"""One row a record: its content id, `train` or `validation`, and the rank of a training record, from 0 on."""

_NUMBER = re.compile(r"v([0-9]{1,9})")


def named_version(workspace: Workspace, name: str | None) -> str:
    """Return the version that a name means: its whole name, its number (`v2`), or None for the current one.

    Raises
    ------
    InvalidParameter
        No decision promoted such a version.
    """
    versions = list(workspace.ledger.versions())
    current = workspace.ledger.state().version
    if name is None and current is not None:
        return current
    number = _NUMBER.fullmatch(name or "")
    found = [
        version
        for version in versions
        if name == version or (number and int(number[1]) == int(version[1:].split("-")[0]))
    ]
    if len(found) == 1:
        return found[0]
    told = "there is none yet" if name is None else f"version {name!r} is unknown"
    raise InvalidParameter(f"{told}: known are {', '.join(versions) or 'none, so run a drop first'}")


def promoting_entry(workspace: Workspace, version: str) -> Entry:
    """Return the entry of the ledger that made a version."""
    return workspace.ledger.entry(workspace.ledger.versions()[version])


def version_rows(workspace: Workspace, version: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return the keys of all records of a version, `KEY_SCHEMA`, with some of their columns.

    Raises
    ------
    StoreDamaged
        A file is missing or cannot be read, or the manifest is not the one that was promoted. That the bytes
        of data files are as they were written is not looked at: `versions verify` does.
    """
    folder, files = workspace.home.version(version), _manifest(workspace, version)["files"]
    wanted = list(dict.fromkeys(["id", *columns]))
    rows, ranks = [], [pl.DataFrame(schema={"rank": pl.Int64, "id": pl.String})]
    for path in files:
        part, name = PurePosixPath(path).parts[0], PurePosixPath(path).name
        if part == "data":
            split = pl.lit(name.split("-")[0]).alias("split")
            rows.append(_read(folder / path, wanted).with_columns(split))
        elif part == "ranking":
            ranks.append(_read(folder / path, ["rank", "id"]))
    return pl.concat(rows).join(pl.concat(ranks), on="id", how="left", maintain_order="left")


def _manifest(workspace: Workspace, version: str) -> dict[str, Any]:
    """Return the manifest of a version, which is the one that its entry names."""
    fault = workspace.ledger.version_fault(workspace.ledger.history(), version)
    if fault is not None:
        raise StoreDamaged(fault)
    manifest: dict[str, Any] = read_json(workspace.home.version(version) / "manifest.json")
    return manifest


def _read(path: UPath, columns: Sequence[str]) -> pl.DataFrame:
    try:
        source = str(path) if is_local(path) else io.BytesIO(path.read_bytes())
        return pl.read_parquet(source, columns=list(columns), glob=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreDamaged(
            f"{path} cannot be read ({str(error).splitlines()[0]}): restore the version from a backup"
        ) from error
