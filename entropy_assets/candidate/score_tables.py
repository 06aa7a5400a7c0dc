"""Tables of scores that were made before, by `score` or by anybody.

What belongs here: reading them, and what no table of scores is. What does not: scoring (`scoring`).
"""

import io
from collections.abc import Sequence

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.curation.scoring import Scores
from entropy_assets.errors import InvalidInput

UNSCORED, MISSING = "unscored", "missing"
"""Why a record has no score in a file: the file says so, or does not know the record."""


def read_scores(path: UPath, ids: Sequence[str]) -> Scores:
    """Return the scores that a file has of records: those of `score`, or any table of `id` and `score`.

    Parameters
    ----------
    path
        A Parquet file.
    ids
        n ids. One that the file has not is `missing`, one whose score is none or no number is `unscored`.

    Raises
    ------
    InvalidInput
        It cannot be read, has no such columns, or scores that are no numbers; one id has two scores, or there
        are scores of two scorers.
    """
    try:
        data = io.BytesIO(path.read_bytes())
        columns = ["id", "score", *({"scorer"} & pl.read_parquet_schema(data).keys())]
        table = pl.read_parquet(data, columns=columns)
        _require_one_kind(path, table)
        table = table.select(pl.col("id").cast(pl.String), pl.col("score").cast(pl.Float64))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InvalidInput(
            f"{path} must be a Parquet file with the columns id and score, as `entropy-assets score` writes "
            f"it: {str(error).splitlines()[0]}"
        ) from error
    table = table.unique(maintain_order=True)
    known = table["id"].drop_nulls()
    if len(twice := known.filter(known.is_duplicated())):
        raise InvalidInput(f"{path} has two scores of the id {twice[0]!r}: leave one of them")
    table = table.with_columns(known=True)
    own = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
    own = own.join(table, on="id", how="left", maintain_order="left")
    values = own["score"].fill_null(np.nan).to_numpy()
    values = np.where(np.isfinite(values), values, np.nan)
    why = np.where(np.isnan(values), UNSCORED, "").astype(object)
    why[own["known"].is_null().to_numpy()] = MISSING
    return Scores(values, why)


def read_scores_of_some(path: UPath, ids: Sequence[str]) -> Scores:
    """Return what `read_scores` does, of a file that has a score of one of the ids at least.

    Raises
    ------
    InvalidInput
        It has none, or cannot be used.
    """
    found = read_scores(path, ids)
    if len(ids) and found.why.all():
        raise InvalidInput(
            f"{path} has a score of none of the {len(ids):,} records "
            f"({(found.why == MISSING).sum():,} are not in it): score these records, or name their table"
        )
    return found


def _require_one_kind(path: UPath, table: pl.DataFrame) -> None:
    """Refuse a table whose scores are no numbers, or of several scorers."""
    if (dtype := table["score"].dtype) == pl.Boolean:
        raise InvalidInput(f"{path} must have numbers in the column score, got {dtype}: write them as such")
    if "scorer" in table.columns and (kinds := table["scorer"].drop_nulls().unique()).len() > 1:
        raise InvalidInput(
            f"{path} has scores of {kinds.len()} scorers, {', '.join(map(str, kinds.sort()[:3]))}, "
            "which cannot be compared: name a table of one"
        )
