"""The suspects of a drop beside its report: stored as a shard, and shown with counts and examples.

What belongs here: loading, storing and showing. What does not: what makes a record a suspect.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets.curation.entropy_law import (
    BY_SOURCE_SCHEMA,
    SUSPECTS_SCHEMA,
    Compared,
    find_suspects,
    suspects_by_source,
)
from entropy_assets.defs.resources import Dataset, table_of
from entropy_assets.errors import StaleProvenance
from entropy_assets.shards import Shards, read_shards, write_shards

SHOWN_EXAMPLES = 5
"""Suspects of each rule that the UI shows, those with the highest scores."""


def store_suspects(dataset: Dataset, pair: Compared, row_ids: Sequence[str | None]) -> dict[str, Any]:
    """Write the suspects of a drop as a shard; return what its report says of them."""
    found = find_suspects(pair, row_ids)
    stored = write_shards(dataset.root, dataset.home.work("suspects"), [found])
    return {
        "shards": stored.to_json(),
        "records": found["id"].n_unique(),
        "by_source": suspects_by_source(found, pair.told.strata),
    }


def read_suspects(dataset: Dataset, report: dict[str, Any]) -> pl.DataFrame:
    """Return the suspects that a drop report names: rows of `SUSPECTS_SCHEMA`.

    Raises
    ------
    StaleProvenance
        The report was made before suspects were part of it, or their file is damaged.
    """
    if "suspects" not in report:
        raise StaleProvenance(
            f"the drop report on {report['candidate']!r} names no suspects: materialise drop_report again"
        )
    return read_shards(dataset.root, Shards.from_json(report["suspects"]["shards"]), SUSPECTS_SCHEMA)


def suspects_metadata(dataset: Dataset, report: dict[str, Any]) -> dict[str, Any]:
    """Return counts by rule and source, and the farthest suspects of each rule, as Dagster shows them."""
    found = read_suspects(dataset, report)
    examples = found.group_by("rule", maintain_order=True).head(SHOWN_EXAMPLES)
    return {
        "suspects": report["suspects"]["records"],
        "suspects_by_source": table_of(report["suspects"]["by_source"], BY_SOURCE_SCHEMA),
        "suspect_examples": table_of(
            examples.select(SUSPECTS_SCHEMA.names()).iter_rows(named=True), SUSPECTS_SCHEMA
        ),
        "suspects_file": dg.MetadataValue.text(
            ", ".join(shard["path"] for shard in report["suspects"]["shards"]) or "none"
        ),
    }
