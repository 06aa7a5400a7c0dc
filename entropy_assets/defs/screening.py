"""Assets that look into the records: `screened_records`, `screened_out`, and their checks."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.candidate.contamination import untold_items
from entropy_assets.candidate.manifests import DedupedRecords, RawRecords, ScreenedOut, ScreenedRecords
from entropy_assets.candidate.publish import stop_if_all
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.screening import (
    check_screening_conserved,
    check_screening_limits,
    merge_rows,
    screen_drops,
)
from entropy_assets.curation.screening import FINDINGS_SCHEMA, OUT_SCHEMA
from entropy_assets.defs.resources import Dataset, frame_table, n_rows, result_of, table_of, table_schema
from entropy_assets.shards import Shards, read_shards

COUNTED = ("secrets", "emails", "phones", "cards", "personal_data")

COUNTS_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "licence": pl.String,
        "records": pl.Int64,
        "languages": pl.String,
        **dict.fromkeys(COUNTED, pl.Int64),
    }
)


def build_screening(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.multi_asset(
        **dataset.multi_args("screen", "deduped_records"),
        outs={
            "screened_records": dataset.asset_out(
                "screening", "Records with their language, without those that a setting removes."
            ),
            "screened_out": dataset.asset_out(
                "screening", "For every removed record: where it stood, the rule, the matched span."
            ),
        },
    )
    def screen_drop(
        context: dg.AssetExecutionContext, deduped_records: DedupedRecords
    ) -> Iterator[dg.Output[Any]]:
        run = dataset.run_of(context)
        kept, out = screen_drops(run, deduped_records)
        yield dg.Output(kept, "screened_records", metadata=_kept_metadata(run, kept))
        yield dg.Output(out, "screened_out", metadata=_out_metadata(run, out))

    @dg.asset_check(
        **dataset.check_args(
            "screened_records",
            "Records in = kept + removed, no record is both, and every removal names its rule.",
            "screened_out",
        )
    )
    def screening_conserved(
        context: dg.AssetCheckExecutionContext, screened_records: ScreenedRecords, screened_out: ScreenedOut
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        return result_of(check_screening_conserved(run, screened_records, screened_out))

    @dg.asset_check(
        **dataset.check_args(
            "screened_records",
            "Holds a drop whose secrets, personal data or licences are not within the policy. The version "
            "judges the same counts again.",
            "raw_records",
            "deduped_records",
        )
    )
    def screening_limits(
        context: dg.AssetCheckExecutionContext,
        screened_records: ScreenedRecords,
        raw_records: RawRecords,
        deduped_records: DedupedRecords,
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        stop_if_all(run, raw_records, deduped_records, screened_records)
        return result_of(check_screening_limits(run, screened_records))

    return [screen_drop, screening_conserved, screening_limits]


def counts_table(counts: Sequence[dict[str, Any]]) -> dg.TableMetadataValue:
    """Return what screening counted, one row a source, as Dagster shows it."""
    rows = [
        {
            **row,
            "licence": row["licence"] or "none stated",
            "languages": ", ".join(f"{code} {count}" for code, count in row["languages"].items()),
        }
        for row in counts
    ]
    return table_of(rows, COUNTS_SCHEMA)


def _kept_metadata(run: CandidateRun, manifest: ScreenedRecords) -> dict[str, Any]:
    counts = merge_rows(row for part in manifest.parts for row in part.counts)
    shards = _joined(part.findings for part in manifest.parts)
    return {
        "dagster/partition_row_count": n_rows(manifest.parts),
        "dagster/column_schema": table_schema(records.SCHEMA),
        "by_source": counts_table(counts),
        "reported": frame_table(read_shards(run.workspace.root, shards, FINDINGS_SCHEMA)),
        **{name: sum(row[name] for row in counts) for name in COUNTED},
        "not_looked_for": untold_items(run) or "each item of the evaluation sets is looked for",
    }


def _out_metadata(run: CandidateRun, manifest: ScreenedOut) -> dict[str, Any]:
    out = read_shards(run.workspace.root, _joined(part.shards for part in manifest.parts), OUT_SCHEMA)
    by_rule = {f"removed_{rule}": count for rule, count in sorted(out["rule"].value_counts().iter_rows())}
    return {
        "dagster/partition_row_count": out.height,
        "dagster/column_schema": table_schema(OUT_SCHEMA),
        "removed": frame_table(out),
        **by_rule,
    }


def _joined(parts: Any) -> Shards:
    return Shards(tuple(shard for shards in parts for shard in shards.shards))
