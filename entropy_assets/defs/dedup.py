"""Assets that remove what is already there: `deduped_records`, `duplicate_pairs`, and their checks."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.candidate import dedup
from entropy_assets.candidate.manifests import Correction, DedupedRecords, DuplicatePairs, RawRecords
from entropy_assets.candidate.publish import stop_if_all
from entropy_assets.curation.dedup import ASIDE_RULES, PAIRS_SCHEMA, RULES
from entropy_assets.curation.dedup.retention import RETENTION_SCHEMA
from entropy_assets.defs.resources import Dataset, n_rows, result_of, table_of, table_schema

SHOWN_SOURCES = 100


def build_dedup(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.multi_asset(
        **dataset.multi_args("deduplicate", "raw_records"),
        outs={
            "deduped_records": dataset.asset_out(
                "dedup", "Records of which neither the pool nor their drop holds a copy or near-copy."
            ),
            "duplicate_pairs": dataset.asset_out(
                "dedup", "For every removed record: its keeper, the rule, the similarity."
            ),
        },
    )
    def deduplicate_drop(
        context: dg.AssetExecutionContext, raw_records: RawRecords
    ) -> Iterator[dg.Output[Any]]:
        kept, pairs = dedup.deduplicate_drops(dataset.run_of(context), raw_records)
        yield dg.Output(kept, "deduped_records", metadata=_kept_metadata(kept))
        yield dg.Output(pairs, "duplicate_pairs", metadata=_pairs_metadata(pairs))

    return [deduplicate_drop, *_checks(dataset)]


def _checks(dataset: Dataset) -> list[dg.AssetChecksDefinition]:
    @dg.asset_check(
        **dataset.check_args(
            "deduped_records",
            "Records in = kept + removed, and every removal names its keeper.",
            "duplicate_pairs",
        )
    )
    def removals_explained(
        context: dg.AssetCheckExecutionContext,
        deduped_records: DedupedRecords,
        duplicate_pairs: DuplicatePairs,
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        return result_of(dedup.check_removals_explained(run, deduped_records, duplicate_pairs))

    @dg.asset_check(
        **dataset.check_args(
            "deduped_records",
            "No source loses more of its new records than the policy allows; else the drop is held.",
            "raw_records",
        )
    )
    def source_retention(
        context: dg.AssetCheckExecutionContext, deduped_records: DedupedRecords, raw_records: RawRecords
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        stop_if_all(run, raw_records, deduped_records)
        losses = [loss.model_dump() for part in deduped_records.parts for loss in part.losses]
        losses.sort(key=lambda loss: -loss["loss_share"])
        table = table_of(losses[:SHOWN_SOURCES], RETENTION_SCHEMA)
        return result_of(dedup.check_source_retention(run, deduped_records), {"sources": table})

    @dg.asset_check(
        **dataset.check_args("deduped_records", "Near-copies that the stage planted for itself are found.")
    )
    def planted_copies_found(
        context: dg.AssetCheckExecutionContext, deduped_records: DedupedRecords
    ) -> dg.AssetCheckResult:
        return result_of(dedup.check_planted(dataset.run_of(context), deduped_records))

    return [removals_explained, source_retention, planted_copies_found]


def _kept_metadata(manifest: DedupedRecords) -> dict[str, Any]:
    kept, rows_in = n_rows(manifest.parts), sum(part.rows_in for part in manifest.parts)
    planted = [(name, p) for part in manifest.parts for name, p in part.planted.items() if p.n]
    return {
        "dagster/partition_row_count": kept,
        "dagster/column_schema": table_schema(records.SCHEMA),
        "state": manifest.provenance.state or "none",
        "kept_share": float(kept / rows_in) if rows_in else 1.0,
        "contradictory": float(sum(part.contradictory for part in manifest.parts)),
        **_corrections_metadata([part.correction for part in manifest.parts if part.correction]),
        **{f"recall_{name}": min(p.recall for own, p in planted if own == name) for name, _ in planted},
    }


def _corrections_metadata(corrections: list[Correction]) -> dict[str, Any]:
    """Return what corrections did, nothing where none is among the drops."""
    names = ("corrected", "unchanged", "new", "held_out", "stale", "unlike", "returned")
    if not corrections:
        return {}
    counts = {f"rows_{name}": float(sum(getattr(own, name) for own in corrections)) for name in names}
    return {**counts, "superseded": float(sum(sum(own.leave.values()) for own in corrections))}


def _pairs_metadata(manifest: DuplicatePairs) -> dict[str, Any]:
    columns: dict[str, Any] = {"similarity": pl.Float64}
    columns |= dict.fromkeys(("removed", "keeper", "removed_text", "keeper_text"), pl.String)
    least = sorted(
        (row for part in manifest.parts for row in part.least_similar), key=lambda row: row["similarity"]
    )
    counted = [rule for rule in ASIDE_RULES if any(rule in part.by_rule for part in manifest.parts)]
    by_rule = {rule: sum(part.by_rule.get(rule, 0) for part in manifest.parts) for rule in (*RULES, *counted)}
    return {
        "dagster/partition_row_count": n_rows(manifest.parts),
        "dagster/column_schema": table_schema(PAIRS_SCHEMA),
        **{f"removed_{rule}": float(count) for rule, count in by_rule.items()},
        "least_similar": table_of(least[: dedup.LEAST_SIMILAR], pl.Schema(columns)),
    }
