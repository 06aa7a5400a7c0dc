"""The records of a split: their keys at once, their contents in frames that come one after the other.

What belongs here: gathering the records of each shard in bounded memory. What does not: which shard a record
belongs to (`layout`), bytes and files (`files`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl

from entropy_assets.errors import StaleProvenance
from entropy_assets.frames import in_own_memory

KEYS = ("id", "drop")


@dataclass(frozen=True)
class Rows:
    """Records that are published.

    Parameters
    ----------
    keys
        `id` and `drop` of each, and `rank` where they have one.
    frames
        Returns frames of records that hold each of them once, and may hold others; they are taken one by
        one, several times where not all fits into memory.
    schema
        Columns that are published.
    """

    keys: pl.DataFrame
    frames: Callable[[], Iterator[pl.DataFrame]]
    schema: pl.Schema

    @classmethod
    def of(cls, records: pl.DataFrame) -> "Rows":
        """Return the rows of one frame, whose column `rank`, where it has one, is no part of a record."""
        keys = [name for name in (*KEYS, "rank") if name in records.columns]
        bare = records.drop("rank", strict=False)
        return cls(records.select(keys), lambda: iter([bare]), bare.schema)

    @property
    def by_drop(self) -> dict[str, int]:
        """Drop -> how many of the records are its; "" for those that name none."""
        return dict(
            self.keys.select(pl.col("drop").fill_null("")).group_by("drop").len().sort("drop").iter_rows()
        )

    @property
    def ranking(self) -> pl.DataFrame:
        """`rank` and `id` in order of rank; no row where there is none."""
        if "rank" not in self.keys.columns:
            return pl.DataFrame(schema={"rank": pl.Int64, "id": pl.String})
        return self.keys.select(pl.col("rank").cast(pl.Int64), "id").drop_nulls("rank").sort("rank")

    def gathered(self, shards: pl.DataFrame, max_bytes: int) -> Iterator[pl.DataFrame]:
        """Yield the records of each shard, sorted by id.

        Parameters
        ----------
        shards
            `id` and `shard` of each record, as `layout.shards_of` returns them.
        max_bytes
            What is held at a time; where more is wanted the frames are taken again. One shard is always held.

        Raises
        ------
        StaleProvenance
            A record is in no frame, or in several.
        """
        names = self.schema.names()
        sizes = shards.group_by("shard").len().sort("shard")["len"].to_list()
        first, n_shards = 0, len(sizes)
        while first < n_shards:
            held = _Held(first, n_shards, max_bytes)
            for frame in self.frames():
                wanted = shards.filter(pl.col("shard").is_between(held.first, held.last, closed="left"))
                held.take(frame.join(wanted, on="id", how="inner", maintain_order="left"))
            for shard in range(held.first, held.last):
                parts = held.parts.pop(shard, [])
                found = pl.concat([part.select(names) for part in parts], rechunk=True) if parts else None
                if found is None or found.height != sizes[shard] or found["id"].n_unique() != found.height:
                    raise StaleProvenance(
                        "the records that were selected are not in the pool once each: run the candidate "
                        "again from deduped_records"
                    )
                yield found.sort("id")
            first = held.last


class _Held:
    """Parts of the shards from `first` up to `last`, which comes down when they grow too large."""

    def __init__(self, first: int, last: int, max_bytes: int) -> None:
        self.first, self.last, self.max_bytes = first, last, max_bytes
        self.parts: dict[int, list[pl.DataFrame]] = defaultdict(list)
        self._bytes: dict[int, int] = defaultdict(int)

    def take(self, found: pl.DataFrame) -> None:
        for part in found.partition_by("shard"):
            shard = int(part["shard"][0])
            self.parts[shard].append(part := in_own_memory(part))
            self._bytes[shard] += int(part.estimated_size())
        while sum(self._bytes.values()) > self.max_bytes and self.last - self.first > 1:
            self.last = self.first + (self.last - self.first) // 2
            for shard in [one for one in self.parts if one >= self.last]:
                del self.parts[shard], self._bytes[shard]
