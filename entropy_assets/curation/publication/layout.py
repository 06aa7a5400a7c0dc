"""How a version's records lie in files: which drops share shards, and which record lies in which.

A shard holds the records of a group of drops whose ids begin alike, sorted by id. Both follow from the drops
and from how many records they gave to the pool, and from no budget: so a version's next one has the same
shards but for those in which a record came or went. A drop begins a group of its own. When the last
`FANOUT` groups are of one size or smaller, they become one: so a record is written again once for each
factor of `FANOUT` by which what follows it grows, and there are few files however many drops there are.

What belongs here: groups, shards, ranges of ranks. What does not: bytes and files (`files`).
"""

from collections.abc import Mapping

import polars as pl

FANOUT = 8
"""Groups of one size that become one."""

SHARD_ROWS = 4_096
"""Records of the pool in one shard, at most: its own are those that were picked."""

MAX_BITS = 12
"""First bits of an id that tell shards apart, at most: a group has 4,096 shards and no more."""

RANKING_ROWS = 16_384
"""Picks in one file of the ranking."""


def groups_of(rows: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Return the groups of drops that share shards.

    Parameters
    ----------
    rows
        Drop -> records that it gave to the pool, in the order in which the drops came.

    >>> groups_of({"first": 100_000} | {f"small-{n}": 1_000 for n in range(9)})[0]
    ('first',)
    >>> [len(group) for group in groups_of({"first": 100_000} | {f"small-{n}": 1_000 for n in range(9)})]
    [1, 8, 1]
    """
    groups: list[tuple[tuple[str, ...], int]] = []
    for drop, own in rows.items():
        groups.append(((drop,), own))
        while (last := _alike(groups)) >= FANOUT:
            together = groups[-last:]
            del groups[-last:]
            groups.append(
                (tuple(name for drops, _ in together for name in drops), sum(n for _, n in together))
            )
    return [drops for drops, _ in groups]


def _alike(groups: list[tuple[tuple[str, ...], int]]) -> int:
    """Return how many groups at the end are no larger, in powers of `FANOUT`, than the last one."""
    largest = _level(groups[-1][1])
    count = 0
    for _, n in reversed(groups):
        if _level(n) > largest:
            break
        count += 1
    return count


def _level(n: int) -> int:
    """Return how many times `FANOUT` a group of n records is larger than a shard, rounded up."""
    level = 0
    while n > SHARD_ROWS * FANOUT**level:
        level += 1
    return level


def bits_for(n: int) -> int:
    """Return how many bits of an id tell the shards of n records apart.

    >>> bits_for(4_096), bits_for(4_097), bits_for(100_000), bits_for(10**9)
    (0, 1, 5, 12)
    """
    return min((max(n - 1, 0) // SHARD_ROWS).bit_length(), MAX_BITS)


def shards_of(keys: pl.DataFrame, rows: Mapping[str, int]) -> pl.DataFrame:
    """Return the shard of each record.

    Parameters
    ----------
    keys
        Columns `id` and `drop` of the records, in any order; a drop that is not named is "".
    rows
        As in `groups_of`, of every drop that a record comes from.

    Returns
    -------
    pl.DataFrame
        `id` and `shard`, an Int64 from 0 on without gaps.
    """
    placed = []
    for number, drops in enumerate(groups_of(rows)):
        bits = bits_for(sum(rows[drop] for drop in drops))
        placed += [(drop, number, 2 ** (MAX_BITS - bits)) for drop in drops]
    schema = {"drop": pl.String, "group": pl.Int64, "width": pl.Int64}
    table = pl.DataFrame(placed, schema=schema, orient="row")
    prefix = pl.col("id").str.slice(0, MAX_BITS // 4).str.to_integer(base=16, dtype=pl.Int64)
    found = keys.select("id", pl.col("drop").fill_null("")).join(
        table, on="drop", how="inner", maintain_order="left"
    )
    bucket = pl.col("group") * 2**MAX_BITS + prefix // pl.col("width")
    return found.select("id", shard=bucket.rank("dense").cast(pl.Int64) - 1)
