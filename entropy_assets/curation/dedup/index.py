"""The stored index: what dedup needs to know of the pool, without reading the pool.

One index segment a promoted drop. It names two lists of shards: the records, and their signatures, a
Parquet table of bands with the place of each record. What the signatures depend on, their *scheme*, stands
in the header of every file; a table of another scheme is refused and can be made again from the records.
A new drop costs time in its own size: bands are compared shard by shard, and only what shares one is read.

What belongs here: finding. What does not: making signatures again (`rebuilding`), what a signature is, how a
table of them is stored, and what is a duplicate.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import polars as pl
from upath import UPath

from entropy_assets.curation.dedup import INDEX_COLUMNS, Known, signatures
from entropy_assets.curation.dedup.marked import marked_texts
from entropy_assets.curation.dedup.tables import (
    WAY_OUT,
    Scheme,
    band_columns,
    find_signatures,
)
from entropy_assets.errors import StaleProvenance
from entropy_assets.execution import Threads
from entropy_assets.records import CONTENT_FIELDS, widened
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import (
    Segment,
    Shard,
    Shards,
    read_shard_bytes,
)
from entropy_assets.temporary import temporary_folder
from entropy_assets.texts import StoredTexts

T = TypeVar("T")
S = TypeVar("S")

NOTHING_GONE = pl.Schema({"drop": pl.String, "id": pl.String})


def signed_places(records: pl.DataFrame, params: DedupSettings, workers: int = 1) -> pl.DataFrame:
    """Return the signatures of records beside their places: rows of an index, in the records' order."""
    return with_places(records, signatures(records, params, workers))


def with_places(records: pl.DataFrame, signed: pl.DataFrame) -> pl.DataFrame:
    """Return signatures beside the places of their records, which stand in the same order."""
    return pl.concat([records.select(INDEX_COLUMNS), signed.drop("id")], how="horizontal")


@dataclass(frozen=True)
class Index:
    """The part of a dataset's index that counts for one candidate.

    Parameters
    ----------
    root
        Folder of the dataset.
    segments
        Segments of its pool; each gives the records of its `drops`.
    scheme
        What the signatures must have been made with.
    workers
        Threads that read shards; what is found does not depend on it.
    gone
        `drop` and `id` of records that do not count: corrections supersede them.
    """

    root: UPath
    segments: tuple[Segment, ...]
    scheme: Scheme
    workers: int = 1
    gone: pl.DataFrame = field(default_factory=NOTHING_GONE.to_frame)

    def find(self, signed: pl.DataFrame) -> pl.DataFrame:
        """Return the pool's rows that share a band, or the normalised text, with a row of `signed`.

        Memory holds one shard of the index a worker and what was found.

        Raises
        ------
        StaleProvenance
            A shard is missing or damaged, or a segment has no signatures of the scheme.
        """
        wanted = {name: signed[name].drop_nulls().unique() for name in band_columns(signed)}

        def found(place: tuple[Segment, Shard]) -> pl.DataFrame:
            segment, shard = place
            try:
                rows = find_signatures(self.root, shard, self.scheme, wanted)
            except StaleProvenance as error:
                require_records(self.root, segment, error)
                raise
            return self.counting(rows, segment).select(signed.columns)

        places = [(segment, shard) for segment in self.segments for shard in signatures_of(segment).shards]
        return pl.concat([signed.clear(), *_ahead(found, places, self.workers)])

    def asked(self, prompts: pl.Series) -> pl.Series:
        """Return those hashes of prompts that live records of the pool have too.

        Raises
        ------
        StaleProvenance
            See `find`.
        """

        def found(place: tuple[Segment, Shard]) -> pl.Series:
            segment, shard = place
            rows = find_signatures(self.root, shard, self.scheme, {"prompt": prompts}, ("drop", "id"))
            return self.counting(rows, segment)["prompt"].unique()

        places = [(segment, shard) for segment in self.segments for shard in signatures_of(segment).shards]
        empty = pl.Series("prompt", [], dtype=pl.UInt64)
        return (
            pl.concat([empty, *_ahead(found, places if len(prompts) else [], self.workers)]).unique().sort()
        )

    @contextmanager
    def known(self, signed: pl.DataFrame) -> Iterator[Known]:
        """Give the part of the pool that rows of `signed` might be copies of; see `find`.

        Its texts are read once, when the first are asked for, and lie in a temporary file.
        """
        found = self.find(signed)
        with temporary_folder() as folder:
            yield Known(found, _FoundTexts(self, found["id"], folder))

    def texts(self, ids: pl.Series) -> Iterator[tuple[pl.Series, pl.Series]]:
        """Yield ids of live records of the pool and their marked texts, shard by shard.

        Parameters
        ----------
        ids
            The records that are wanted; others are passed over.
        """
        wanted = ids.unique().implode()
        columns = ["id", "drop", *CONTENT_FIELDS]

        def found(place: tuple[Segment, Shard]) -> tuple[pl.Series, pl.Series]:
            segment, shard = place
            data = read_shard_bytes(self.root, shard)
            table = pl.scan_parquet(io.BytesIO(data))
            names = [name for name in columns if name in table.collect_schema()]
            rows = table.select(names).filter(pl.col("id").is_in(wanted)).collect()
            rows = self.counting(widened(rows, columns), segment)
            return rows["id"], marked_texts(rows)

        places = [(segment, shard) for segment in self.segments for shard in segment.records.shards]
        yield from _ahead(found, places if len(ids) else [], self.workers)

    def counting(self, rows: pl.DataFrame, segment: Segment) -> pl.DataFrame:
        """Return those of a segment's rows that count: of its drops, and not superseded."""
        if segment.drops is not None:
            rows = rows.filter(pl.col("drop").is_in(list(segment.drops)))
        if self.gone.is_empty():
            return rows
        return rows.join(self.gone, on=["drop", "id"], how="anti", maintain_order="left")


def _ahead(fn: Callable[[S], T], items: Sequence[S], workers: int) -> Iterator[T]:
    """Yield `fn` of each item in their order, at most `workers` of them ahead of what is taken."""
    with Threads(workers, ahead=workers) as threads:
        yield from threads.map(fn, items)


class _FoundTexts:
    """Texts of what was found in the pool, by id."""

    def __init__(self, index: Index, ids: pl.Series, folder: Path) -> None:
        self._index, self._ids, self._folder = index, ids, folder

    @cached_property
    def _on_disk(self) -> tuple[dict[str, int], StoredTexts]:
        places: dict[str, int] = {}

        def texts() -> Iterator[bytes]:
            for ids, own in self._index.texts(self._ids):
                for name, text in zip(ids, own, strict=True):
                    places[name] = len(places)
                    yield text.encode()

        stored = StoredTexts.write(self._folder / "texts", texts())
        return places, stored

    def __call__(self, ids: list[str]) -> dict[str, str]:
        places, stored = self._on_disk
        return {name: stored[places[name]].decode() for name in ids}


def signatures_of(segment: Segment) -> Shards:
    """Return the signatures of a segment.

    Raises
    ------
    StaleProvenance
        There are none, or not one a record.
    """
    if segment.signatures is None:
        raise StaleProvenance(
            f"the index of {segment.records.rows:,} promoted records holds no signatures, it was written by "
            f"an older release: {WAY_OUT}"
        )
    if segment.signatures.rows != segment.records.rows:
        raise StaleProvenance(
            f"an index segment holds {segment.signatures.rows:,} signatures for {segment.records.rows:,} "
            f"records, one each is wanted: {WAY_OUT}"
        )
    return segment.signatures


def require_records(root: UPath, segment: Segment, error: StaleProvenance) -> None:
    """Refuse a segment whose signatures cannot be made again, because its records are gone too.

    Raises
    ------
    StaleProvenance
        A file of them is missing.
    """
    gone = [shard.path for shard in segment.records.shards if not (root / shard.path).exists()]
    if gone:
        raise StaleProvenance(
            f"{root / gone[0]}, which holds promoted records, is missing, and their signatures cannot be "
            "made again without it: restore what is missing from a backup"
        ) from error
