"""The data files of a version: made one after the other, and taken from the parent where it has the same.

A file is named after the digest of its bytes. It is made in a folder of its own that goes when publishing
ends, and comes to the version as a link; one that the parent holds comes from there. So a version takes the
room of what is new in it, and memory holds one shard and not a split.

What belongs here: bytes of shards and ranking, and where they come from. What does not: what a version says
of itself (`version`), and which record lies where (`layout`).
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
from upath import UPath

from entropy_assets.curation.publication.layout import block_ends, shards_by_rank, shards_of
from entropy_assets.curation.publication.rows import Rows
from entropy_assets.errors import StaleProvenance
from entropy_assets.linking import digest_file
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import DatasetHome, digest_bytes, is_local, parse_json, put, read_or_none
from entropy_assets.temporary import staging_beside, temporary_folder

RANKING = "ranking"
"""Folder of the ranking within a version."""


@dataclass(frozen=True)
class DataFile:
    """A file that a version will hold: SHA-256, bytes, rows, and where its bytes lie now."""

    digest: str
    bytes: int
    rows: int
    source: UPath

    @property
    def facts(self) -> dict[str, Any]:
        """What a manifest says of it."""
        return {"sha256": self.digest, "bytes": self.bytes, "rows": self.rows}


@contextlib.contextmanager
def data_files(
    home: DatasetHome,
    parent: str | None,
    train: Rows,
    validation: Rows,
    drop_rows: Mapping[str, int],
    max_bytes: int,
    *,
    is_by_rank: bool = False,
) -> Iterator[dict[str, DataFile]]:
    """Give path -> file of all data of a version, sorted; their bytes are there while the block runs.

    Parameters
    ----------
    home
        The dataset.
    parent
        The version whose files are taken where they are the same; None for none.
    train, validation
        What the splits hold; `train` with its ranks.
    drop_rows
        Live drop -> records that it gave to the pool, in the order in which the drops came.
    max_bytes
        Records that are held at a time.
    is_by_rank
        Whether training records lie in order of rank: for a selection that goes on from its parent's.

    Raises
    ------
    StaleProvenance
        A training record comes from a drop that is not live, or a record is not in the pool once.
    """
    known = _known_files(home, parent)
    with _staging(home) as folder:
        files: dict[str, DataFile] = {}
        for split, rows in (("train", train), ("validation", validation)):
            counts = _counts(rows, drop_rows, split)
            is_ranked = is_by_rank and split == "train"
            shards = shards_by_rank(rows.keys) if is_ranked else shards_of(rows.keys, counts)
            for frame in rows.gathered(shards, max_bytes):
                path, file = _made(folder, f"data/{split}", frame, known)
                files[path] = file
        ranking = train.ranking
        for start, stop in pairwise([0, *block_ends(ranking.height)]):
            path, file = _made(folder, f"{RANKING}/train", ranking[start:stop], known)
            files[path] = file
        yield dict(sorted(files.items()))


def _counts(rows: Rows, drop_rows: Mapping[str, int], split: str) -> dict[str, int]:
    """Return drop -> how many records count for its shards; of validation, which no budget cuts, its own.

    Raises
    ------
    StaleProvenance
        A training record comes from a drop that is not live.
    """
    own = rows.by_drop
    strange = sorted(own.keys() - drop_rows.keys())
    if strange and split == "train":
        raise StaleProvenance(
            f"training records come from {strange}, but live are only {list(drop_rows)}: "
            "run the candidate again from deduped_records"
        )
    if split == "train":
        return {drop: max(n, own.get(drop, 0)) for drop, n in drop_rows.items()}
    return {drop: own.get(drop, 0) for drop in (*drop_rows, *strange)}


def _made(folder: UPath, stem: str, frame: pl.DataFrame, known: Mapping[str, UPath]) -> tuple[str, DataFile]:
    """Return the path and the file of one frame, written unless the parent holds it."""
    data = parquet_bytes(frame)
    digest = digest_bytes(data)
    path = f"{stem}-{digest[:16]}.parquet"
    source = known.get(path)
    # The parent's file is looked at: what was damaged is not handed on.
    if source is None or digest_file(source) != digest:
        source = folder / path.replace("/", "-")
        put(source, data)
    return path, DataFile(digest, len(data), frame.height, source)


def _known_files(home: DatasetHome, parent: str | None) -> dict[str, UPath]:
    """Return path -> file of the data of a version, none where its manifest cannot be read."""
    if parent is None:
        return {}
    folder = home.version(parent)
    try:
        listed = parse_json(read_or_none(folder / "manifest.json") or b"")["files"]
        return {path: folder / path for path, facts in listed.items() if "rows" in facts}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


@contextlib.contextmanager
def _staging(home: DatasetHome) -> Iterator[UPath]:
    """Give a folder for new files: on the dataset's disk, for links, else on this machine."""
    if not is_local(home.root):
        with temporary_folder() as folder:
            yield UPath(folder)
        return
    with staging_beside(Path(str(home.work("publication") / "files"))) as staging:
        yield UPath(staging)
