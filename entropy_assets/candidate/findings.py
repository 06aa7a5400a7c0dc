"""Secrets and personal data in a stored shard of records, looked for once and kept.

What belongs here: keeping and finding them. What does not: what is looked for (`curation.screening`).
"""

from dataclasses import asdict
from typing import Any

import polars as pl

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.screening import find_sensitive
from entropy_assets.curation.screening.findings import made_by
from entropy_assets.settings import ScreeningSettings
from entropy_assets.shards import Shard, parquet_bytes, read_shard


def kept_findings(workspace: Workspace, shard: Shard, settings: ScreeningSettings) -> pl.DataFrame:
    """Return what is found in the records of a shard: rows of `FINDINGS_SCHEMA`."""

    def compute() -> bytes:
        return parquet_bytes(find_sensitive(read_shard(workspace.root, shard), settings))

    return pl.read_parquet(workspace.cache.remember("findings", _parts(shard, settings), compute))


def keep_findings(
    workspace: Workspace, shard: Shard, settings: ScreeningSettings, found: pl.DataFrame
) -> None:
    """Keep what was found in the records of a shard while they were screened."""
    workspace.cache.keep("findings", _parts(shard, settings), parquet_bytes(found))


def _parts(shard: Shard, settings: ScreeningSettings) -> dict[str, Any]:
    return {"shard": shard.digest, "settings": asdict(settings), "made_by": made_by()}
