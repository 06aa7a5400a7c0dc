"""What a version will hold of a candidate's pool: keys at once, records shard by shard.

What belongs here: which records are published, read from the pool's segments. What does not: whether they
may be (`candidate.publish`), and how they lie in files (`curation.publication`).
"""

from collections.abc import Iterator
from typing import Any

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.findings import kept_findings
from entropy_assets.candidate.manifests import PoolManifest, SelectionManifest
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import picks
from entropy_assets.curation import pool as pools
from entropy_assets.curation.publication import Rows
from entropy_assets.curation.screening import FINDINGS_SCHEMA, count_by_source
from entropy_assets.errors import StaleProvenance


def published_rows(run: CandidateRun, pool: PoolManifest, selection: SelectionManifest) -> tuple[Rows, Rows]:
    """Return what the splits of a version hold: picked training records, and the validation records.

    Raises
    ------
    StaleProvenance
        The selection names records that are not for training.
    """
    keys = run.pool_keys(pool)
    picked = picks(run, selection).select("rank", "id")
    train = picked.join(keys.filter(pl.col("split") == pools.TRAIN), on="id", how="inner")
    if train.height < picked.height:
        raise StaleProvenance(f"candidate {run.key!r}: the selection names records that are not for training")
    held_out = keys.filter(pl.col("split") == pools.VALIDATION)

    def frames() -> Iterator[pl.DataFrame]:
        return run.workspace.record_frames(pool.segments)

    return (
        Rows(train.select("id", "drop", "rank"), frames, records.SCHEMA),
        Rows(held_out.select("id", "drop"), frames, records.SCHEMA),
    )


def drop_rows(run: CandidateRun, pool: PoolManifest) -> dict[str, int]:
    """Return live drop -> how many records its segments give, those that corrections supersede included."""
    found = dict.fromkeys(pool.drops, 0)
    for frame in run.workspace.stored_records(pool.segments, ["drop"]):
        for drop, n in frame.group_by("drop").len().iter_rows():
            found[drop] += n
    return found


def known_sources(run: CandidateRun, pool: PoolManifest, train: Rows) -> list[dict[str, Any]]:
    """Return what screening knows of each source of a version, looked for in the stored records."""
    workspace, settings = run.workspace, run.settings.screening
    ids = train.keys.select("id")
    columns = ["id", "source", "language"]
    told, found = [records.SCHEMA.to_frame().select(columns)], [FINDINGS_SCHEMA.to_frame()]
    shards = [shard for segment in pool.segments for shard in segment.records.shards]
    _, *frames = workspace.record_frames(pool.segments, columns)
    for shard, frame in zip(shards, frames, strict=True):
        own = frame.select(columns).join(ids, on="id", how="semi", maintain_order="left")
        told.append(own)
        found.append(kept_findings(workspace, shard, settings).join(own, on="id", how="semi"))
    return count_by_source(pl.concat(told), pl.concat(found), settings.licences)
