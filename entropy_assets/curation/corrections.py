"""Corrections: which promoted records the rows of a drop supersede, and whether old and new text are alike.

A drop that declares itself a correction of a source supersedes records of that source by row id. What it
supersedes is a list of records, fixed when the drop is promoted, and not a rule: what comes later under the
same row id is another record. The list holds all records of the row id, also those that an earlier
correction supersedes already, so that any of several corrections can be withdrawn by itself.

What belongs here: pairing rows with records. What does not: reading drops and pools, and judging.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import polars as pl

SUPERSEDED_SCHEMA = pl.Schema(
    {
        "by": pl.String,
        "drop": pl.String,
        "id": pl.String,
        "row_id": pl.String,
        "new_id": pl.String,
        "leaves": pl.Boolean,
    }
)
"""One row a superseded record: it does not count while the drop `by` is live. `new_id` is the record that
corrects it; `leaves` says whether it counted until then, or was superseded before."""

OLD_SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "row_id": pl.String,
        "drop": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "counts": pl.Boolean,
        "in_exam": pl.Boolean,
    }
)
"""Stored records of the source: whether one counts, and whether it belongs to the validation split."""

NEW_SCHEMA = pl.Schema({"id": pl.String, "row_id": pl.String})
"""Rows of a correction."""

GRAM = 6
"""Characters that likeness is counted in: unrelated texts of one language share few runs of so many."""

LIKE = 0.3
"""Likeness below which a text is no correction of another, but another text."""


@dataclass(frozen=True)
class Resolved:
    """What the rows of a correction come to.

    Parameters
    ----------
    superseded
        Rows of `SUPERSEDED_SCHEMA`, sorted.
    held_out
        `row_id` of the rows that are kept out, and `id`, `drop`, `file`, `line` of the record of the
        validation split that each would correct.
    corrected, unchanged, new
        Numbers of the other rows: that supersede records, that the pool holds with the same content, and
        whose row id the source does not have.
    """

    superseded: pl.DataFrame
    held_out: pl.DataFrame
    corrected: int
    unchanged: int
    new: int


def resolve(by: str, new: pl.DataFrame, old: pl.DataFrame) -> Resolved:
    """Return what the rows of a correction supersede.

    A record that counts and equals its row stays, and so does one of the validation split: its row is kept
    out and supersedes nothing.

    Parameters
    ----------
    by
        Name of the correcting drop.
    new
        Its rows, of `NEW_SCHEMA`, each row id once.
    old
        Records of its source in other drops, of `OLD_SCHEMA`.

    Examples
    --------
    >>> new = pl.DataFrame({"id": ["a2", "b1", "c2", "d1"], "row_id": ["a", "b", "c", "d"]})
    >>> old = pl.DataFrame({"id": ["a1", "b1", "c1"], "row_id": ["a", "b", "c"], "drop": "first",
    ...     "file": "f", "line": [1, 2, 3], "counts": True, "in_exam": [False, False, True]})
    >>> found = resolve("fix", new, old)
    >>> found.superseded.select("id", "new_id", "leaves").rows(), found.held_out["row_id"].to_list()
    ([('a1', 'a2', True)], ['c'])
    >>> found.corrected, found.unchanged, found.new
    (1, 1, 1)
    """
    pairs = new.select("row_id", pl.col("id").alias("new_id")).join(old, on="row_id")
    equal = pl.col("id") == pl.col("new_id")
    same = pairs.filter(equal & pl.col("counts")).select("row_id").unique()
    exam = pairs.filter(pl.col("in_exam") & pl.col("counts")).join(same, on="row_id", how="anti")
    held_out = exam.sort("row_id", "drop", "id").unique("row_id", keep="first", maintain_order=True)
    listed = pairs.filter(~(pl.col("counts") & (equal | pl.col("in_exam"))))
    listed = listed.join(held_out, on="row_id", how="anti").with_columns(
        pl.lit(by, dtype=pl.String).alias("by"), pl.col("counts").alias("leaves")
    )
    superseded = listed.select(SUPERSEDED_SCHEMA.names()).unique().sort(SUPERSEDED_SCHEMA.names())
    n_new = new.join(old, on="row_id", how="anti").height
    n_unchanged = same.height
    return Resolved(
        superseded=superseded,
        held_out=held_out.select("row_id", "id", "drop", "file", "line"),
        corrected=new.height - n_new - n_unchanged - held_out.height,
        unchanged=n_unchanged,
        new=n_new,
    )


def leaving(superseded: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return correcting drop -> drop -> number of its records that leave the pool, sorted."""
    return count_superseded(superseded.filter("leaves"))


def count_superseded(superseded: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Return correcting drop -> drop -> number of its records that are superseded, sorted."""
    gone = superseded.unique(["by", "drop", "id"]).group_by("by", "drop").len().sort("by", "drop")
    found: dict[str, dict[str, int]] = {}
    for by, drop, count in gone.select("by", "drop", "len").iter_rows():
        found.setdefault(by, {})[drop] = count
    return found


def without(records: pl.DataFrame, superseded: pl.DataFrame) -> pl.DataFrame:
    """Return the records that are on no list, in their order.

    Parameters
    ----------
    records
        With the columns `drop` and `id`.
    superseded
        The same columns of the records that do not count.
    """
    if superseded.is_empty():
        return records
    return records.join(superseded, on=["drop", "id"], how="anti", maintain_order="left")


def likeness(one: str, other: str) -> float:
    """Return how much of two texts is the same, 0 to 1, blind to case and white space.

    Twice the runs of `GRAM` characters that they share, each as often as both have it, by the runs of both.
    Joined words that are taken apart cost nothing, a changed word its length and a few runs.

    >>> likeness("Thequick brown fox", "the quick brown fox")
    1.0
    >>> likeness("the quick brown fox", "lorem ipsum dolor")
    0.0
    """
    stripped = ["".join(text.split()).casefold() for text in (one, other)]
    if stripped[0] == stripped[1]:
        return 1.0
    size = min(GRAM, *map(len, stripped))
    if size == 0:
        return 0.0
    counts = [Counter(_grams(text, size)) for text in stripped]
    shared = sum((counts[0] & counts[1]).values())
    return 2 * shared / sum(len(text) - size + 1 for text in stripped)


def _grams(text: str, size: int) -> list[int]:
    """Return a number for each run of characters; other runs have other numbers, but by chance."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    n_runs = len(points) - size + 1
    runs = np.zeros(n_runs, np.uint64)
    for place in range(size):
        runs = runs * np.uint64(0x9E3779B97F4A7C15) + points[place : place + n_runs]
    found: list[int] = runs.tolist()
    return found
