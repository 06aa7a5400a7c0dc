"""What travels between stages: a list of Parquet files, never a frame.

A shard is named after the digest of its bytes, so it exists whole or not at all and is written once.
Shards are cut by rows in file order, never by worker, so any number of workers gives the same bytes.

What belongs here: writing, checking and reading shards. What does not: who works on them (`execution`).
"""

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source
from upath import UPath

from entropy_assets.errors import StaleProvenance
from entropy_assets.records import LATER_COLUMNS, widened
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, put, put_file

HEADER_KEY = "entropy-assets"
"""Key in a Parquet file's metadata under which this project's own header stands, as JSON."""


@dataclass(frozen=True)
class Shard:
    """One Parquet file: path relative to the dataset, SHA-256, number of rows, size in bytes."""

    path: str
    digest: str
    rows: int
    bytes: int


@dataclass(frozen=True)
class Shards:
    """An ordered list of shards."""

    shards: tuple[Shard, ...] = ()

    @property
    def rows(self) -> int:
        """Number of rows over all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def digest(self) -> str:
        """Digest of the shards' digests, in their order."""
        return digest_value([shard.digest for shard in self.shards])

    def to_json(self) -> list[dict[str, Any]]:
        """Return the shards as plain JSON values."""
        return [asdict(shard) for shard in self.shards]

    @classmethod
    def from_json(cls, value: Iterable[dict[str, Any]]) -> "Shards":
        """Return the shards that `to_json` described."""
        return cls(tuple(Shard(**shard) for shard in value))


@dataclass(frozen=True)
class Segment:
    """What one promotion adds to the pool: its records, and their signatures for dedup.

    Parameters
    ----------
    records
        Shards of the records.
    signatures
        Shards of their signatures; None for a segment that was written before there were any.
    drops
        Drops whose records count, sorted; None means all that it holds. A drop that is withdrawn leaves
        this list, the shards stay as they are.
    superseded
        Shards that list records, of this segment or of others, that do not count while the drop counts that
        corrects them.
    """

    records: Shards = field(default_factory=Shards)
    signatures: Shards | None = None
    drops: tuple[str, ...] | None = None
    superseded: Shards = field(default_factory=Shards)

    def within(self, drops: Sequence[str]) -> tuple[str, ...]:
        """Return those of `drops` whose records this segment gives."""
        return tuple(drop for drop in drops if self.drops is None or drop in self.drops)

    def to_json(self) -> dict[str, Any]:
        """Return the segment as plain JSON values; a list that is empty is not named."""
        value = {
            "records": self.records.to_json(),
            "signatures": None if self.signatures is None else self.signatures.to_json(),
            "drops": None if self.drops is None else list(self.drops),
        }
        return value | ({"superseded": self.superseded.to_json()} if self.superseded.shards else {})

    @classmethod
    def from_json(cls, value: Any) -> "Segment":
        """Return the segment that `to_json` described, or an older one, which is a list of shards."""
        if isinstance(value, list):
            return cls(Shards.from_json(value))
        signatures, drops = value["signatures"], value["drops"]
        return cls(
            records=Shards.from_json(value["records"]),
            signatures=None if signatures is None else Shards.from_json(signatures),
            drops=None if drops is None else tuple(drops),
            superseded=Shards.from_json(value.get("superseded", ())),
        )


def parquet_bytes(frame: pl.DataFrame, header: Mapping[str, Any] | None = None) -> bytes:
    """Return `frame` as the bytes of a Parquet file; equal frames and headers give equal bytes.

    Parameters
    ----------
    frame
        The rows.
    header
        Plain values that are kept in the file's key-value metadata; see `read_header`.
    """
    buffer = io.BytesIO()
    frame = _compact(frame)
    metadata = {HEADER_KEY: canonical_json(header).decode()} if header is not None else None
    frame.write_parquet(buffer, compression="zstd", compression_level=3, statistics=False, metadata=metadata)
    return buffer.getvalue()


def _compact(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the same rows in buffers of their own size.

    The writer cuts its pages by the size of the buffers, and a slice still holds its parent's.
    """
    return frame.select(pl.all().gather(pl.int_range(pl.len())))


def put_frames(path: UPath, frames: Iterable[pl.DataFrame], schema: pl.Schema, group_rows: int) -> None:
    """Write frames as one Parquet file, whole or not at all, while memory holds a few of them.

    Parameters
    ----------
    path
        The file.
    frames
        Taken one by one; the same frames, cut in the same places, give the same bytes.
    schema
        Of each frame.
    group_rows
        Rows in one row group of the file, of which memory holds a few, 1 or more.
    """

    def source(columns: list[str] | None, *_: object) -> Iterator[pl.DataFrame]:
        return (_compact(frame if columns is None else frame.select(columns)) for frame in frames)

    def write(file: Path) -> None:
        register_io_source(source, schema=schema).sink_parquet(
            file, compression="zstd", compression_level=3, statistics=False, row_group_size=group_rows
        )

    put_file(path, write)


def read_header(data: bytes) -> dict[str, Any] | None:
    """Return the header that `parquet_bytes` put into a file's bytes, None where there is none."""
    text = pl.read_parquet_metadata(io.BytesIO(data)).get(HEADER_KEY)
    return None if text is None else dict(json.loads(text))


def write_shard(
    root: UPath, folder: UPath, frame: pl.DataFrame, header: Mapping[str, Any] | None = None
) -> Shard:
    """Write `frame` below `folder` under the digest of its bytes and return its shard."""
    data = parquet_bytes(frame, header)
    digest = digest_bytes(data)
    path = folder / f"{digest[:32]}.parquet"
    if not path.exists():
        put(path, data)
    return Shard(path.relative_to(root).as_posix(), digest, frame.height, len(data))


def write_shards(root: UPath, folder: UPath, frames: Iterable[pl.DataFrame]) -> Shards:
    """Write each frame that has rows as one shard, in order."""
    return Shards(tuple(write_shard(root, folder, frame) for frame in frames if frame.height))


def read_shard(root: UPath, shard: Shard, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the rows of a shard after a check of its bytes; see `read_shard_bytes` and `read_records`."""
    return read_records(read_shard_bytes(root, shard), columns)


def read_records(data: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the rows of a Parquet file from its bytes, records of an older release in today's columns.

    Parameters
    ----------
    data
        The file.
    columns
        Columns that are wanted, in their order; None for all.
    """
    if columns is None:
        return widened(pl.read_parquet(io.BytesIO(data)))
    there = [name for name in columns if name not in LATER_COLUMNS]
    if len(there) < len(columns):
        stored = pl.read_parquet_schema(io.BytesIO(data))
        there = [name for name in columns if name in there or name in stored]
    return widened(pl.read_parquet(io.BytesIO(data), columns=there), columns)


def read_shard_bytes(root: UPath, shard: Shard) -> bytes:
    """Return the bytes of a shard's file after a check against its digest.

    Raises
    ------
    StaleProvenance
        The file is missing, or its bytes are not those that were written.
    """
    path = root / shard.path
    try:
        data: bytes = path.read_bytes()
    except FileNotFoundError as error:
        raise StaleProvenance(
            f"{path} is missing: of a promoted drop restore it from a backup, else run the candidate again"
        ) from error
    if digest_bytes(data) != shard.digest:
        raise StaleProvenance(
            f"{path} has digest {digest_bytes(data)[:12]}, its manifest says {shard.digest[:12]}: "
            "of a promoted drop restore it from a backup, else delete it and run the candidate again"
        )
    return data


def read_shards(
    root: UPath, shards: Shards, schema: pl.Schema, columns: Sequence[str] | None = None
) -> pl.DataFrame:
    """Return the rows of all shards in their order; with no shard, an empty frame of `schema`."""
    empty = schema.to_frame() if columns is None else schema.to_frame().select(columns)
    return pl.concat([empty, *(read_shard(root, shard, columns) for shard in shards.shards)])
