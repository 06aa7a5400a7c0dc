"""Pairs: what explains each removal, and raising the threshold on them afterwards.

What belongs here: the table of removals. What does not: how they were found.
"""

from dataclasses import dataclass

import polars as pl

from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA

PLACE = ("row_id", "drop", "file", "line")
"""Where a record was found, in the words of whoever delivered it."""

INDEX_COLUMNS = ("id", *PLACE)

RULES = ("exact", "normalised", "near")

VALIDATION, SUPERSEDED = "validation", "superseded"
ASIDE_RULES = (VALIDATION, SUPERSEDED)
"""Rules of rows that were not compared: the correction of a text that stays in the validation split, and a
row that a live correction supersedes."""

_PAIR_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    **{name: SCHEMA[name] for name in PLACE},
    "keeper_id": pl.String,
    **{f"keeper_{name}": SCHEMA[name] for name in PLACE},
    "rule": pl.String,
    "similarity": pl.Float64,
    "copy_of": pl.String,
}
PAIRS_SCHEMA = pl.Schema(_PAIR_COLUMNS)
"""One row a removed record: itself, its keeper, the rule, and the similarity from 0 to 1.

The rule is `exact` (equal content), `normalised` (equal text but for what is folded) or `near`; or one
of `ASIDE_RULES`, whose similarity is null. `copy_of` is set where the record equals another removed
near-copy, exactly or normalised: that one's id.
"""


@dataclass(frozen=True)
class Rethresholded:
    """Pairs after the threshold was raised.

    Parameters
    ----------
    pairs
        The removals that still hold, of `PAIRS_SCHEMA`.
    released
        `INDEX_COLUMNS` of the records that are kept again.
    """

    pairs: pl.DataFrame
    released: pl.DataFrame


def rethreshold(pairs: pl.DataFrame, threshold: float, made_at: float) -> Rethresholded:
    """Return the removals that hold at a higher threshold, without comparing any texts again.

    A near-copy whose similarity to its keeper is below the new threshold is released, alone: its own
    exact copies stay removed, now in its favour. Two released records of one keeper are not compared with
    each other, nor a released one with other keepers, so a run from the beginning at the new threshold
    may remove some of them.

    Parameters
    ----------
    pairs
        Removals, of `PAIRS_SCHEMA`.
    threshold
        The new threshold, from `made_at` to 1.
    made_at
        The threshold with which the pairs were made.

    Raises
    ------
    InvalidParameter
        The threshold is lower than the one with which the pairs were made, or above 1.
    """
    if not made_at <= threshold <= 1:
        raise InvalidParameter(
            f"the threshold must be from {made_at}, with which the pairs were made, to 1, got {threshold}: "
            "for a lower one deduplicate again"
        )
    falls = (pl.col("rule") == "near") & (pl.col("similarity") < threshold)
    is_copy = pl.col("copy_of").is_not_null()
    released = pairs.filter(falls & ~is_copy).select(INDEX_COLUMNS)
    keepers = released.select(
        pl.col("id").alias("copy_of"),
        pl.col("id").alias("keeper_id"),
        *(pl.col(name).alias(f"keeper_{name}") for name in PLACE),
    )
    equal = pl.col("id") == pl.col("copy_of")
    moved = (
        pairs.filter(falls & is_copy)
        .drop("keeper_id", *(f"keeper_{name}" for name in PLACE))
        .join(keepers, on="copy_of", how="left")
        .with_columns(
            rule=pl.when(equal).then(pl.lit("exact")).otherwise(pl.lit("normalised")),
            similarity=pl.lit(1.0),
            copy_of=pl.lit(None, pl.String),
        )
        .select(PAIRS_SCHEMA.names())
    )
    return Rethresholded(in_file_order(pl.concat([pairs.filter(~falls), moved])), released)


def in_file_order(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows ordered by drop, file, line, row id and id, whatever their order was."""
    return frame.sort("drop", "file", "line", "row_id", "id", maintain_order=True)
