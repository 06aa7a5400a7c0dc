"""The share of planted copies that a tool found which says only which rows it removed."""

import polars as pl

from entropy_assets.curation.dedup.planting import MARK


def found_share(records: pl.DataFrame, removed: set[int], planted: pl.Series) -> float:
    """Return the share of planted copies of which the copy, or every row of the original, was removed.

    The same meaning as `entropy_assets.curation.dedup.recall`.

    Parameters
    ----------
    records
        The rows that the tool was given.
    removed
        Their places.
    planted
        (rows,) bool.
    """
    is_removed = pl.Series([place in removed for place in range(records.height)])
    rows = records.select("id").with_columns(gone=is_removed).group_by("id").agg(pl.col("gone").all())
    gone = set(rows.filter("gone")["id"])
    copies = records.filter(planted)
    found = [
        identity in gone or name.removeprefix(MARK) in gone
        for identity, name in copies.select("id", "row_id").iter_rows()
    ]
    return sum(found) / len(found) if found else 1.0
