"""Deduplication: exact on the canonical content, inside a drop and against the pool.

Every removal names its keeper. The keeper is chosen by a stated rule: a record of the pool beats a new
one; among new ones, the first in file order. A near-duplicate rule adds rows to the same table.

What belongs here: which records are the same. What does not: where the pool's index is stored.
"""

from dataclasses import dataclass

import polars as pl

from entropy_assets.records import SCHEMA

PLACE = ("row_id", "drop", "file", "line")
"""Where a record was found, in the words of whoever delivered it."""

INDEX_COLUMNS = ("id", *PLACE)

_PAIR_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    **{name: SCHEMA[name] for name in PLACE},
    "keeper_id": pl.String,
    **{f"keeper_{name}": SCHEMA[name] for name in PLACE},
    "rule": pl.String,
    "similarity": pl.Float64,
}
PAIRS_SCHEMA = pl.Schema(_PAIR_COLUMNS)
"""One row a removed record: itself, its keeper, the rule, and the similarity from 0 to 1."""


@dataclass(frozen=True)
class Deduplicated:
    """What dedup let through, and for every removed record the pair that explains it.

    Parameters
    ----------
    kept
        Records, an ordered subset of those given.
    pairs
        One row of `PAIRS_SCHEMA` for each record that was removed.
    """

    kept: pl.DataFrame
    pairs: pl.DataFrame


def deduplicate(records: pl.DataFrame, known: pl.DataFrame) -> Deduplicated:
    """Return the records whose content is neither known nor earlier among themselves.

    Parameters
    ----------
    records
        New records, in file order.
    known
        The pool's index: `INDEX_COLUMNS`, each id once.
    """
    keepers = known.select(INDEX_COLUMNS).rename({name: f"keeper_{name}" for name in PLACE})
    first = (
        records.select(INDEX_COLUMNS)
        .unique("id", keep="first", maintain_order=True)
        .rename({name: f"keeper_{name}" for name in PLACE})
    )
    keepers = pl.concat([keepers, first.join(keepers, on="id", how="anti", maintain_order="left")])
    keep = records["id"].is_first_distinct() & ~records["id"].is_in(known["id"].implode())
    pairs = (
        records.filter(~keep)
        .select(INDEX_COLUMNS)
        .join(keepers, on="id", how="left", maintain_order="left")
        .with_columns(
            pl.col("id").alias("keeper_id"),
            pl.lit("exact").alias("rule"),
            pl.lit(1.0).alias("similarity"),
        )
        .select(PAIRS_SCHEMA.names())
        .cast(PAIRS_SCHEMA)
    )
    return Deduplicated(kept=records.filter(keep), pairs=pairs)
