"""What dedup left of each source: a rule that is wrong for one source shows here before it does harm.

What belongs here: counting and judging by source. What does not: which records are the same.
"""

from collections.abc import Mapping

import polars as pl

from entropy_assets.curation.dedup.pairs import ASIDE_RULES

SMALL_SOURCE = 20
"""Sources with fewer new records are judged together: of five records four may well be copies."""

SMALL = "(small sources)"
PLACE_KEYS = ("drop", "file", "line")
HELD_RULES = ("exact", "normalised", *ASIDE_RULES)

RETENTION_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "records": pl.Int64,
        "held": pl.Int64,
        "removed": pl.Int64,
        "loss_share": pl.Float64,
    }
)
"""One row a source: records that came, those the pool held before, those removed of the rest, and the
share of the rest that was removed, 0 to 1."""


def retention(records: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return what dedup removed of each source, the greatest loss first.

    A record that the pool holds word for word counts as `held` and not as removed: drops that bring old
    rows again beside new ones are the normal way of delivering, and nothing is lost by it. So does one that
    a correction, or the text that it would correct, keeps out.

    Parameters
    ----------
    records
        All records that were delivered: `source`, `drop`, `file`, `line`.
    pairs
        What was removed, as `PAIRS_SCHEMA` has it; removals of other records are passed over.

    Returns
    -------
    pl.DataFrame
        Rows of `RETENTION_SCHEMA`.
    """
    delivered = records["drop"].unique()
    is_held = pl.col("rule").is_in(HELD_RULES) & ~pl.col("keeper_drop").is_in(delivered.implode())
    removals = pairs.select(*PLACE_KEYS, is_held.alias("is_held"))
    joined = records.select("source", *PLACE_KEYS).join(removals, on=PLACE_KEYS, how="left")
    table = (
        joined.group_by("source")
        .agg(
            records=pl.len(),
            held=pl.col("is_held").fill_null(False).sum(),
            removed=(~pl.col("is_held")).fill_null(False).sum(),
        )
        .cast({"records": pl.Int64, "held": pl.Int64, "removed": pl.Int64})
    )
    return _with_share(table).sort("loss_share", "source", descending=[True, False])


def _with_share(table: pl.DataFrame) -> pl.DataFrame:
    fresh = pl.col("records") - pl.col("held")
    share = pl.when(fresh > 0).then(pl.col("removed") / fresh).otherwise(0.0)
    return table.with_columns(share.alias("loss_share")).select(RETENTION_SCHEMA.names())


def lost_sources(table: pl.DataFrame, max_loss: float, named: Mapping[str, float]) -> pl.DataFrame:
    """Return the sources that lost more than they may, the greatest loss first.

    Parameters
    ----------
    table
        What `retention` returned.
    max_loss
        Largest share that a source may lose, 0 to 1.
    named
        Source -> its own largest share, for sources that may lose more, or less.

    Returns
    -------
    pl.DataFrame
        Rows of `RETENTION_SCHEMA` and `allowed`. Sources of fewer than `SMALL_SOURCE` new records that are
        not named stand together in one row, where they are as many together.
    """
    is_named = pl.col("source").is_in(list(named))
    is_small = (pl.col("records") - pl.col("held") < SMALL_SOURCE) & ~is_named
    small = _with_share(
        table.filter(is_small)
        .select(pl.lit(SMALL).alias("source"), pl.col("records", "held", "removed").sum())
        .head(1)
    )
    judged = pl.concat([table.filter(~is_small), small.filter(~is_small)])
    allowed = pl.col("source").replace_strict(dict(named), default=max_loss, return_dtype=pl.Float64)
    return (
        judged.with_columns(allowed.alias("allowed"))
        .filter(pl.col("loss_share") > pl.col("allowed"))
        .sort("loss_share", "source", descending=[True, False])
    )
