"""What one version holds that another does not: rows added, removed and changed, with source and score.

What belongs here: comparing. What does not: printing.
"""

from dataclasses import dataclass

import polars as pl

from entropy_assets.candidate.manifests import RecordScores
from entropy_assets.candidate.version_rows import promoting_entry, version_rows
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.shards import read_shards

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
CHANGES = (ADDED, REMOVED, CHANGED)

DIFF_SCHEMA = pl.Schema(
    {
        "change": pl.String,
        "id": pl.String,
        "previous_id": pl.String,
        "source": pl.String,
        "row_id": pl.String,
        "drop": pl.String,
        "split": pl.String,
        "rank": pl.Int64,
        "previous_rank": pl.Int64,
        "score": pl.Float64,
        "previous_score": pl.Float64,
    }
)
"""One row a difference. `changed` is a row of the same source with the same row id, each once on either side,
and another content; its `id`, rank and score are those of the newer version. A score is null where the
selector used none."""

TOTALS_SCHEMA = pl.Schema(
    {"source": pl.String, **dict.fromkeys(("old_rows", "new_rows", *CHANGES), pl.Int64)}
)

_COLUMNS = ("source", "row_id", "drop")
_SCORES = pl.Schema({"id": pl.String, "score": pl.Float64})


@dataclass(frozen=True)
class VersionDiff:
    """How a version differs from another one.

    Parameters
    ----------
    old, new
        Their names.
    rows
        Rows of `DIFF_SCHEMA`: changed, added, removed, each by source and id.
    totals
        Rows of `TOTALS_SCHEMA`, sources sorted.
    n_kept
        Records of both.
    """

    old: str
    new: str
    rows: pl.DataFrame
    totals: pl.DataFrame
    n_kept: int

    def count(self, change: str) -> int:
        """Return how many rows of a change there are."""
        return self.rows.filter(pl.col("change") == change).height


def diff_versions(workspace: Workspace, old: str, new: str) -> VersionDiff:
    """Return how version `new` differs from version `old`, by content id."""
    before, after = (_rows(workspace, version) for version in (old, new))
    gone = before.join(after, on="id", how="anti")
    come = after.join(before, on="id", how="anti")
    same_row = _alone(come).join(_alone(gone), on=["source", "row_id"], how="inner", suffix="_before")
    changed = same_row.select(
        pl.lit(CHANGED).alias("change"),
        "id",
        pl.col("id_before").alias("previous_id"),
        *("source", "row_id", "drop", "split", "rank", "score"),
        pl.col("rank_before").alias("previous_rank"),
        pl.col("score_before").alias("previous_score"),
    )
    added = come.join(changed, on="id", how="anti").with_columns(change=pl.lit(ADDED))
    left = gone.join(changed.select(id="previous_id"), on="id", how="anti")
    removed = left.with_columns(change=pl.lit(REMOVED)).rename(
        {"rank": "previous_rank", "score": "previous_score"}
    )
    order = pl.col("change").cast(pl.Enum([CHANGED, ADDED, REMOVED]))
    rows = pl.concat([DIFF_SCHEMA.to_frame(), changed, added, removed], how="diagonal")
    rows = rows.select(DIFF_SCHEMA.names()).sort(order, "source", "id")
    return VersionDiff(old, new, rows, _totals(before, after, rows), after.height - come.height)


def _rows(workspace: Workspace, version: str) -> pl.DataFrame:
    return version_rows(workspace, version, _COLUMNS).join(_scores(workspace, version), on="id", how="left")


def _scores(workspace: Workspace, version: str) -> pl.DataFrame:
    """Return the scores that the selector of a version picked by; no row where it used none."""
    found = workspace.find(RecordScores, promoting_entry(workspace, version).candidate.key)
    if found is None:
        return _SCORES.to_frame()
    return read_shards(workspace.root, found.shards, _SCORES, _SCORES.names()).unique("id", keep="first")


def _alone(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows whose row id no other one of their source has."""
    named = rows.filter(pl.col("row_id").is_not_null())
    return named.filter(pl.len().over("source", "row_id") == 1)


def _totals(before: pl.DataFrame, after: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    found = pl.concat([before.select("source"), after.select("source")]).unique()
    counts = [
        before.group_by("source").len("old_rows"),
        after.group_by("source").len("new_rows"),
        *(rows.filter(pl.col("change") == change).group_by("source").len(change) for change in CHANGES),
    ]
    for own in counts:
        found = found.join(own, on="source", how="left", nulls_equal=True)
    return found.fill_null(0).select(TOTALS_SCHEMA.names()).cast(TOTALS_SCHEMA).sort("source")
