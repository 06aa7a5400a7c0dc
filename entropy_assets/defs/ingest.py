"""Assets that read a drop: `raw_records`, `quarantined_rows`, and the check that no row is lost."""

from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.curation.ingest import QUARANTINE_SCHEMA, REASONS, Reason, iter_drop
from entropy_assets.defs.resources import Dataset, table_schema
from entropy_assets.errors import InvalidInput
from entropy_assets.shards import Shards, read_shards, write_shard
from entropy_assets.storage import SUCCESS_MARKER


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
                "reasons": _reason_table(bad["by_reason"]),
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

    return [read_drop, rows_conserved]


def ingest_candidate(dataset: Dataset, key: str) -> dict[str, Any]:
    """Read the drops that a candidate adds; return the manifests of records and quarantine.

    Raises
    ------
    InvalidInput
        A drop has no `_SUCCESS` marker: it may still be arriving.
    """
    settings = dataset.settings.ingest
    raw, quarantined = [], []
    rows_in = blank_lines = 0
    complete = True
    by_reason: dict[str, int] = {}
    for drop in dataset.candidate(key).add:
        folder = dataset.home.drop(drop)
        if not (folder / SUCCESS_MARKER).exists():
            raise InvalidInput(f"drop {folder} has no {SUCCESS_MARKER}: write the marker when it is complete")
        for part in iter_drop(Path(str(folder)), drop, settings.shard_rows, settings):
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
    return {
        "raw": {
            "shards": Shards(tuple(raw)).to_json(),
            "rows_in": rows_in,
            "blank_lines": blank_lines,
            "complete": complete,
        },
        "quarantined": {"shards": Shards(tuple(quarantined)).to_json(), "by_reason": by_reason},
    }


def _reason_table(by_reason: dict[str, int]) -> dg.TableMetadataValue:
    rows = [
        dg.TableRecord({"reason": reason, "rows": count, "meaning": REASONS[Reason(reason)]})
        for reason, count in sorted(by_reason.items())
    ]
    columns = {"reason": pl.String, "rows": pl.Int64, "meaning": pl.String}
    return dg.MetadataValue.table(rows, schema=table_schema(pl.Schema(columns)))
