"""Assets that read drops: `raw_records`, `quarantined_rows`, and the checks of what was read."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.candidate.ingest import check_quarantine_share, check_rows_conserved, read_drops
from entropy_assets.candidate.manifests import QuarantinedRows, RawRecords
from entropy_assets.candidate.publish import stop_if_all
from entropy_assets.curation.ingest import QUARANTINE_SCHEMA, REASONS, Reason
from entropy_assets.defs.resources import Dataset, n_rows, result_of, table_of, table_schema

REASON_TABLE = pl.Schema(
    {
        "drop": pl.String,
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
        **dataset.multi_args("read_drop"),
        outs={
            "raw_records": dataset.asset_out(
                "ingest", "Records of the drops in canonical form, in file order."
            ),
            "quarantined_rows": dataset.asset_out(
                "ingest", "Rows that cannot become records: file, line, offset, reason, raw bytes."
            ),
        },
    )
    def read_drop(context: dg.AssetExecutionContext) -> Iterator[dg.Output[Any]]:
        raw, bad = read_drops(dataset.run_of(context))
        yield dg.Output(raw, "raw_records", metadata=_raw_metadata(raw))
        yield dg.Output(bad, "quarantined_rows", metadata=_quarantine_metadata(bad))

    @dg.asset_check(
        **dataset.check_args(
            "raw_records", "Rows in = records + quarantined rows, from what is stored.", "quarantined_rows"
        )
    )
    def rows_conserved(
        context: dg.AssetCheckExecutionContext, raw_records: RawRecords, quarantined_rows: QuarantinedRows
    ) -> dg.AssetCheckResult:
        return result_of(check_rows_conserved(dataset.run_of(context), raw_records, quarantined_rows))

    @dg.asset_check(
        **dataset.check_args(
            "raw_records",
            "The drop can be read, and at most `ingest.max_quarantine_share` of its rows are in quarantine; "
            "else it is held. Of a batch one drop must be left.",
        )
    )
    def quarantine_share(
        context: dg.AssetCheckExecutionContext, raw_records: RawRecords
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        stop_if_all(run, raw_records)
        return result_of(check_quarantine_share(run, raw_records))

    return [read_drop, rows_conserved, quarantine_share]


def _raw_metadata(raw: RawRecords) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": n_rows(raw.parts),
        "dagster/column_schema": table_schema(records.SCHEMA),
        "rows_in": sum(part.rows_in for part in raw.parts),
        "blank_lines": sum(part.blank_lines for part in raw.parts),
        "complete": all(part.complete for part in raw.parts),
    }


def _quarantine_metadata(bad: QuarantinedRows) -> dict[str, Any]:
    rows = [
        {
            "drop": part.drop,
            "reason": reason,
            "rows": count,
            "meaning": REASONS[Reason(reason)],
            **part.examples[reason],
        }
        for part in bad.parts
        for reason, count in part.by_reason.items()
    ]
    return {
        "dagster/partition_row_count": n_rows(bad.parts),
        "dagster/column_schema": table_schema(QUARANTINE_SCHEMA),
        "reasons": table_of(rows, REASON_TABLE),
    }
