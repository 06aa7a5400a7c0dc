"""The texts of a pool: ids, sizes and strata in memory, the texts themselves in a file.

What belongs here: making them once for a pool. What does not: what is chosen from them or measured on them.
"""

from collections.abc import Iterator

import polars as pl

from entropy_assets import records
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.pool import Pool
from entropy_assets.records import SCHEMA

TEXT_COLUMNS = ("id", "source", "language", *records.CONTENT_FIELDS)
"""What a record's text and stratum follow from."""


def texts_of(pool: Pool, split: str | None = None, *, with_rejected: bool = False) -> Texts:
    """Return the texts of one split of a pool, None for all, sorted by id; they are made once.

    Parameters
    ----------
    pool
        The pool.
    split
        Name of a split.
    with_rejected
        Whether rejected answers are part of the texts.
    """
    name = f"texts {split} {with_rejected}"
    return pool.once(
        name, lambda: Texts.stored(_frames(pool, split), pool.folder, with_rejected=with_rejected)
    )


def drops_of(pool: Pool, split: str) -> pl.Series:
    """Return the drop of each record of a split, sorted by id as `texts_of` has them: (n,) categories."""
    told = [frame.select("id", pl.col("drop").cast(pl.Categorical)) for frame in pool.frames(split, ["drop"])]
    return pl.concat(told).sort("id")["drop"]


def _frames(pool: Pool, split: str | None) -> Iterator[pl.DataFrame]:
    """Yield frames with all columns that a text follows from, and nothing else."""
    wanted = [column for column in SCHEMA.names() if column in TEXT_COLUMNS]
    return pool.frames(split, wanted)
