"""The split of a pool, made once and kept; that of a parent's pool and a drop is made from the parent's.

Fingerprints are kept of each stored shard, so that a small drop looks at those records alone that may share a
run with what is new. The bytes are those of a split from nothing.

What belongs here: reading a pool from its shards, what is kept, and which split another one is made from.
What does not: how a pool is split (`curation.pool`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import polars as pl
from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.pool import (
    LEFT_OUT,
    SIZED_SCHEMA,
    Frames,
    Part,
    Prints,
    may_grow,
    split_grown,
    split_of,
)
from entropy_assets.fingerprints import Fingerprints
from entropy_assets.frames import in_own_memory
from entropy_assets.ids import Ids, digest_of, searched
from entropy_assets.ledger import State
from entropy_assets.records import SCHEMA, full_text_column
from entropy_assets.settings import PoolSettings
from entropy_assets.shards import Segment, Shard, Shards, parquet_bytes, read_shard


def frames_of(workspace: Workspace, segments: Sequence[Segment]) -> Frames:
    """Return how the records that segments give together are read, one stored shard at a time."""

    def frames(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        for frame in workspace.record_frames(segments, None if columns is None else list(columns)):
            yield frame if columns is None else frame.select(columns)

    return frames


def frames_of_shards(root: UPath, shards: Shards) -> Frames:
    """Return how the records of shards are read, one shard at a time."""

    def frames(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        empty = SCHEMA.to_frame()
        yield empty if columns is None else empty.select(columns)
        for shard in shards.shards:
            yield read_shard(root, shard, columns)

    return frames


def kept_split(
    workspace: Workspace,
    segments: Sequence[Segment],
    settings: PoolSettings,
    parent: Sequence[Segment] = (),
) -> pl.DataFrame:
    """Return the split of the records that segments give: rows of `SIZED_SCHEMA`, made once and kept.

    Parameters
    ----------
    workspace
        The dataset.
    segments
        The pool.
    settings
        How it is split.
    parent
        Segments of a promoted pool. Where one segment more makes them the pool, and supersedes nothing, the
        split is made from theirs; where not, from nothing.
    """
    ids = workspace.read_segments(segments, ["id"])["id"].sort()
    frames = frames_of(workspace, segments)

    def compute() -> bytes:
        *before, added = segments or [Segment()]
        if not parent or before != [*parent] or added.superseded.shards or not may_grow(settings):
            return parquet_bytes(split_of(frames, settings))
        known, new = (Part(frames_of(workspace, own), _prints(workspace, own)) for own in (parent, [added]))
        return parquet_bytes(split_grown(kept_split(workspace, parent, settings), known, new, settings))

    return pl.read_parquet(workspace.cache.remember("splits", _parts(ids, settings), compute))


def version_split(
    workspace: Workspace, version: str, frames: Frames, settings: PoolSettings, parent: State
) -> pl.DataFrame:
    """Return the split of the records of a version: rows of `SIZED_SCHEMA`, made once and kept.

    Where the split of the version before is kept and leaves none out, this one is made from it: records that
    both hold, with the same text, are known. Where not, it is made from nothing.

    Parameters
    ----------
    workspace
        The dataset.
    version
        Its name.
    frames
        All that it holds, read from it several times.
    settings
        How it is split.
    parent
        The state that it was promoted after.
    """

    def compute() -> bytes:
        kept = None
        if parent.version is not None and may_grow(settings):
            kept = workspace.cache.get("splits", _parts_of_version(workspace, parent.version, settings))
        texts = pl.concat(
            pl.DataFrame({"id": frame["id"], "text": full_text_column(frame).hash()})
            for frame in frames(None)
        )
        before = SIZED_SCHEMA.to_frame() if kept is None else pl.read_parquet(kept)
        if before.is_empty() or (before["split"] == LEFT_OUT).any():
            made = split_of(frames, settings)
        else:
            stored = workspace.segment_records(parent, ["id"])  # of these there are fingerprints
            before = before.join(stored, on="id", how="semi", maintain_order="left")
            before = before.join(texts, on=["id", "text"], how="semi", maintain_order="left")
            parts = _version_parts(workspace, frames, before["id"], parent)
            made = split_grown(before.select(SIZED_SCHEMA.names()), *parts, settings)
        return parquet_bytes(made.join(texts, on="id", how="left", maintain_order="left"))

    parts = _parts_of_version(workspace, version, settings)
    return pl.read_parquet(workspace.cache.remember("splits", parts, compute)).select(SIZED_SCHEMA.names())


def _version_parts(
    workspace: Workspace, frames: Frames, before: pl.Series, parent: State
) -> tuple[Part, Part]:
    """Return the records of a version that are among `before`, sorted ids, and the others."""

    def parted(*, known: bool) -> Iterator[pl.DataFrame]:
        for frame in frames(None):
            yield frame.filter(searched(frame["id"], before)[1] == known)

    added = pl.concat(map(in_own_memory, parted(known=False)))
    return (
        Part(lambda _: parted(known=True), _prints(workspace, workspace.segments(parent))),
        Part(lambda _: iter([added]), lambda: iter([(added["id"], Fingerprints.of(added))])),
    )


def _parts_of_version(workspace: Workspace, version: str, settings: PoolSettings) -> dict[str, Any]:
    made = workspace.ledger.entry(workspace.ledger.versions()[version])
    told = {"version": version, "data": made.digests.get("version")}
    return {**told, "settings": asdict(settings), "polars": pl.__version__}


def _parts(ids: pl.Series, settings: PoolSettings) -> dict[str, Any]:
    return {"ids": digest_of(Ids(ids)), "settings": asdict(settings)}


def keep_fingerprints(workspace: Workspace, shards: Shards) -> None:
    """Keep the fingerprints of shards of records, which later drops look for."""
    for shard in shards.shards:
        _fingerprints(workspace, shard)


def _prints(workspace: Workspace, segments: Sequence[Segment]) -> Prints:
    def prints() -> Iterator[tuple[pl.Series, Fingerprints]]:
        for segment in segments:
            for shard in segment.records.shards:
                yield read_shard(workspace.root, shard, ["id"])["id"], _fingerprints(workspace, shard)

    return prints


def _fingerprints(workspace: Workspace, shard: Shard) -> Fingerprints:
    # Hashes of words are those of a release of polars.
    parts = {"shard": shard.digest, "polars": pl.__version__}
    made = workspace.cache.remember(
        "fingerprints", parts, lambda: Fingerprints.of(read_shard(workspace.root, shard)).to_bytes()
    )
    return Fingerprints.from_bytes(made)
