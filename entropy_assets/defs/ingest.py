"""Assets that read a drop: `raw_records`, `quarantined_rows`, and the checks of what was read.

`rows_conserved`: no row is lost. `quarantine_share`: no more of them are bad than the settings allow.
"""

from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.curation.ingest import QUARANTINE_SCHEMA, REASONS, Reason, iter_drop
from entropy_assets.defs.resources import Dataset, table_of, table_schema
from entropy_assets.errors import InvalidInput
from entropy_assets.shards import Shards, read_shards, write_shard
from entropy_assets.storage import SUCCESS_MARKER

EXAMPLE_BYTES = 200
"""Bytes of a quarantined row that the UI shows."""

TOP_REASONS = 5
"""Reasons that the message of `quarantine_share` names, the most frequent ones."""

REASON_TABLE = pl.Schema(
    {
        "reason": pl.String,
        "rows": pl.Int64,
        "meaning": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "detail": pl.String,
        "raw": pl.String,
    }
)
"""Columns of the quarantine's table in the UI: each reason, its rows, and the first of them."""


def build_ingest(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.multi_asset(
        name=f"{dataset.name}_read_drop",
        outs={
            "raw_records": dataset.asset_out(
                "ingest", "Records of the drop in canonical form, in file order."
            ),
            "quarantined_rows": dataset.asset_out(
                "ingest", "Rows that cannot become records: file, line, offset, reason, raw bytes."
            ),
        },
        partitions_def=dataset.partitions,
    )
    def read_drop(context: dg.AssetExecutionContext):
        ingested = ingest_candidate(dataset, context.partition_key)
        bad = ingested["quarantined"]
        yield dg.Output(
            ingested["raw"],
            "raw_records",
            metadata={
                "dagster/partition_row_count": Shards.from_json(ingested["raw"]["shards"]).rows,
                "dagster/column_schema": table_schema(records.SCHEMA),
                "rows_in": ingested["raw"]["rows_in"],
                "blank_lines": ingested["raw"]["blank_lines"],
                "complete": ingested["raw"]["complete"],
            },
        )
        yield dg.Output(
            bad,
            "quarantined_rows",
            metadata={
                "dagster/partition_row_count": Shards.from_json(bad["shards"]).rows,
                "dagster/column_schema": table_schema(QUARANTINE_SCHEMA),
                "reasons": _reason_table(bad["by_reason"], bad["examples"]),
            },
        )

    @dg.asset_check(
        asset=dataset.key("raw_records"),
        additional_ins=dataset.ins("quarantined_rows"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="Rows in = records + quarantined rows, counted from what is stored.",
    )
    def rows_conserved(raw_records: dict[str, Any], quarantined_rows: dict[str, Any]) -> dg.AssetCheckResult:
        kept = read_shards(dataset.root, Shards.from_json(raw_records["shards"]), records.SCHEMA, ["id"])
        bad = read_shards(
            dataset.root, Shards.from_json(quarantined_rows["shards"]), QUARANTINE_SCHEMA, ["reason"]
        )
        rows_in = raw_records["rows_in"]
        return dg.AssetCheckResult(
            passed=rows_in == kept.height + bad.height,
            description=f"{rows_in} rows in, {kept.height} records + {bad.height} quarantined",
            metadata={"rows_in": rows_in, "records": kept.height, "quarantined": bad.height},
        )

    @dg.asset_check(
        asset=dataset.key("raw_records"),
        additional_ins=dataset.ins("quarantined_rows"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="At most `ingest.max_quarantine_share` of the rows are in quarantine.",
    )
    def quarantine_share(
        raw_records: dict[str, Any], quarantined_rows: dict[str, Any]
    ) -> dg.AssetCheckResult:
        stored = Shards.from_json(quarantined_rows["shards"])
        reasons = read_shards(dataset.root, stored, QUARANTINE_SCHEMA, ["reason"])["reason"]
        allowed = dataset.settings.ingest.max_quarantine_share
        share = reasons.len() / max(raw_records["rows_in"], 1)
        return dg.AssetCheckResult(
            passed=share <= allowed,
            description=_share_sentence(reasons, raw_records["rows_in"], allowed),
            metadata={"share": share, "allowed": allowed, "quarantined": reasons.len()},
        )

    return [read_drop, rows_conserved, quarantine_share]


def ingest_candidate(dataset: Dataset, key: str) -> dict[str, Any]:
    """Read the drops that a candidate adds; return the manifests of records and quarantine.

    Raises
    ------
    InvalidInput
        A drop has no `_SUCCESS` marker, so that it may still be arriving, or is a link.
    """
    settings = dataset.settings.ingest
    raw, quarantined = [], []
    rows_in = blank_lines = 0
    complete = True
    by_reason: dict[str, int] = {}
    examples: dict[str, dict[str, Any]] = {}
    for drop in dataset.candidate(key).add:
        folder = dataset.home.drop(drop)
        if not (folder / SUCCESS_MARKER).exists():
            raise InvalidInput(f"drop {folder} has no {SUCCESS_MARKER}: write the marker when it is complete")
        if Path(str(folder)).is_symlink():
            raise InvalidInput(f"drop {folder} is a symbolic link: deliver the folder itself")
        for part in iter_drop(Path(str(folder)), drop, settings.shard_rows, dataset.workers, settings):
            rows_in += part.rows_in
            blank_lines += part.blank_lines
            complete &= part.complete
            if part.records.height:
                raw.append(write_shard(dataset.root, dataset.home.work("raw_records"), part.records))
            if part.quarantined.height:
                folder_of_bad = dataset.home.work("quarantined_rows")
                quarantined.append(write_shard(dataset.root, folder_of_bad, part.quarantined))
                for reason, count in part.quarantined["reason"].value_counts().iter_rows():
                    by_reason[reason] = by_reason.get(reason, 0) + count
                for row in part.quarantined.unique("reason", keep="first").iter_rows(named=True):
                    examples.setdefault(row["reason"], _example(row))
    return {
        "raw": {
            "shards": Shards(tuple(raw)).to_json(),
            "rows_in": rows_in,
            "blank_lines": blank_lines,
            "complete": complete,
        },
        "quarantined": {
            "shards": Shards(tuple(quarantined)).to_json(),
            "by_reason": dict(sorted(by_reason.items())),
            "examples": dict(sorted(examples.items())),
        },
    }


def _example(row: dict[str, Any]) -> dict[str, Any]:
    """Return the place of a quarantined row, its detail and its first bytes as text, for the UI."""
    start = row["raw"][:EXAMPLE_BYTES].decode("utf-8", "backslashreplace")
    return {"file": row["file"], "line": row["line"], "detail": row["detail"], "raw": start}


def _share_sentence(reasons: pl.Series, rows_in: int, allowed: float) -> str:
    """Return how many rows are in quarantine, for which reasons mostly, and what to do about it."""
    share = reasons.len() / max(rows_in, 1)
    counts = sorted(reasons.value_counts().iter_rows(), key=lambda item: (-item[1], item[0]))
    top = ", ".join(f"{reason} {count}" for reason, count in counts[:TOP_REASONS]) or "none"
    told = f"{reasons.len()} of {rows_in} rows ({share:.2%}) are in quarantine, allowed are {allowed:.2%}"
    if share <= allowed:
        return f"{told}: {top}"
    return f"{told}: {top}; mend these rows in a new drop, or raise ingest.max_quarantine_share"


def _reason_table(by_reason: dict[str, int], examples: dict[str, dict[str, Any]]) -> dg.TableMetadataValue:
    rows = [
        {"reason": reason, "rows": count, "meaning": REASONS[Reason(reason)], **examples[reason]}
        for reason, count in by_reason.items()
    ]
    return table_of(rows, REASON_TABLE)
