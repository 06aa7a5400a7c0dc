"""How a version's records lie in files: which drops share shards, and which record lies in which.

A selection that goes on from the one before it keeps the head of its ranking. So its shards are blocks of
ranks: those of the head stay as they are, and what is chosen again and what is new lie in the last ones.
Blocks are small at the end, and `FANOUT` of them become one when enough ranks follow them.

Of all others a shard holds the records of a group of drops whose ids begin alike. Both follow from the drops
and from how many records they gave to the pool, and from no budget: so a version's next one has the same
shards but for those in which a record came or went. A drop begins a group of its own. When the last
`FANOUT` groups are of one size or smaller, they become one: so a record is written again once for each
factor of `FANOUT` by which what follows it grows, and there are few files however many drops there are.

In a shard records are sorted by id.

What belongs here: groups, shards, blocks of ranks. What does not: bytes and files (`files`).
"""

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import polars as pl

FANOUT = 8
"""Groups of one size that become one."""

SHARD_ROWS = 4_096
"""Records of the pool in one shard, at most: its own are those that were picked."""

MAX_BITS = 12
"""First bits of an id that tell shards apart, at most: a group has 4,096 shards and no more."""

BLOCK_ROWS, BLOCK_LEVELS = 512, 3
"""Ranks in the smallest block, and how many sizes there are: each `FANOUT` times the one before."""


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


def block_ends(n: int) -> list[int]:
    """Return where the blocks of n ranks end, ascending.

    A block begins at a multiple of its size and is the largest behind which as many ranks follow as it has:
    so what is appended changes the last blocks alone, and a few times in the life of a rank.

    >>> block_ends(0), block_ends(600), block_ends(9_000)[:3]
    ([], [512, 600], [4096, 4608, 5120])
    """
    sizes = [BLOCK_ROWS * FANOUT**level for level in reversed(range(BLOCK_LEVELS))]
    ends, start = [], 0
    while start < n:
        fitting = (size for size in sizes if start % size == 0 and start + 2 * size <= n)
        start = min(start + next(fitting, BLOCK_ROWS), n)
        ends.append(start)
    return ends


def shards_by_rank(keys: pl.DataFrame) -> pl.DataFrame:
    """Return the shard of each record: its block of ranks.

    Parameters
    ----------
    keys
        Columns `id` and `rank`, in any order.

    Returns
    -------
    pl.DataFrame
        As of `shards_of`.
    """
    sizes = [stop - start for start, stop in pairwise([0, *block_ends(keys.height)])]
    blocks = pl.Series("shard", np.repeat(np.arange(len(sizes)), sizes), dtype=pl.Int64)
    return keys.sort("rank").select("id").with_columns(blocks)


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
