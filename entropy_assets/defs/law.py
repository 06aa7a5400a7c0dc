"""The drop and the law: `drop_report` and `entropy_law_report`."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets.candidate.drop_report import report_drops
from entropy_assets.candidate.law_report import report_law
from entropy_assets.candidate.manifests import (
    DropReport,
    LawReport,
    PoolManifest,
    ProbeReport,
    RandomControl,
    ScreenedRecords,
    SelectionManifest,
    StoredMeasurement,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.suspects import read_suspects
from entropy_assets.candidate.told_of import rows_of_drops, rows_of_report
from entropy_assets.charts import law_picture
from entropy_assets.curation.entropy_law import BY_SOURCE_SCHEMA, RULES, SUSPECTS_SCHEMA, LawFit
from entropy_assets.defs.resources import Dataset, picture, table_of, verdict_metadata

SHOWN_EXAMPLES = 5
"""Suspects of each rule that the UI shows, those with the highest scores."""

STRATA_SCHEMA = pl.Schema(
    {
        "drop": pl.String,
        **dict.fromkeys(("source", "language"), pl.String),
        **dict.fromkeys(("records", "counted_in", "promoted"), pl.Int64),
        "known": pl.Boolean,
    }
)

MEASURED_SCHEMA = pl.Schema(
    {
        **dict.fromkeys(("drop", "code", "scope"), pl.String),
        **dict.fromkeys(("value", "standard_error"), pl.Float64),
        "n": pl.Int64,
        "unit": pl.String,
    }
)

POINTS_SCHEMA = pl.Schema(
    {
        "origin": pl.String,
        **dict.fromkeys(("ratio", "loss_bpb", "residual_bpb"), pl.Float64),
        "inside": pl.Boolean,
    }
)


def build_law(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("law", ("torch",), "screened_records"),
        description="What screening let through of each drop, stratum by stratum, against promoted records.",
    )
    def drop_report(
        context: dg.AssetExecutionContext, screened_records: ScreenedRecords
    ) -> dg.MaterializeResult[DropReport]:
        run = dataset.run_of(context)
        made = report_drops(run, screened_records)
        verdict = verdict_metadata(rows_of_drops(run, screened_records, made))
        metadata = verdict | _drop_metadata(made) | _suspects(run, made)
        return dg.MaterializeResult(value=made, metadata=metadata)

    @dg.asset(
        **dataset.asset_args(
            "law",
            ("torch",),
            "screened_records",
            "pool",
            "selection",
            "random_control",
            "probe_report",
            "drop_report",
        ),
        description="R and L of the candidate against the entropy law of its parent, and all that is judged.",
    )
    def entropy_law_report(
        context: dg.AssetExecutionContext,
        screened_records: ScreenedRecords,
        pool: PoolManifest,
        selection: SelectionManifest,
        random_control: RandomControl,
        probe_report: ProbeReport,
        drop_report: DropReport,
    ) -> dg.MaterializeResult[LawReport]:
        run = dataset.run_of(context)
        made = report_law(run, screened_records, pool, selection, random_control, probe_report, drop_report)
        return dg.MaterializeResult(
            value=made, metadata=verdict_metadata(rows_of_report(run, made)) | _law_metadata(made)
        )

    return [drop_report, entropy_law_report]


def _drop_metadata(report: DropReport) -> dict[str, Any]:
    strata = [{"drop": part.drop, **row} for part in report.parts for row in part.strata]
    measured = [row for part in report.parts for row in _measured_rows(part.measurements, part.drop)]
    answers = {name: share for part in report.parts for name, share in part.answers.items()}
    return {
        "records": sum(part.n_records for part in report.parts),
        "bytes": sum(part.n_bytes for part in report.parts),
        "measurements": table_of(measured, MEASURED_SCHEMA),
        "strata": table_of(strata, STRATA_SCHEMA),
        **{f"answers_{name}": share for name, share in answers.items() if share is not None},
        **{f"off_{code}": why for part in report.parts for code, why in part.off.items()},
    }


def _suspects(run: CandidateRun, report: DropReport) -> dict[str, Any]:
    """Return counts by rule and source, and the farthest suspects of each rule, as Dagster shows them."""
    found = pl.concat([read_suspects(run.workspace, part.suspects) for part in report.parts])
    examples = (
        found.group_by("rule", maintain_order=True).head(SHOWN_EXAMPLES).select(SUSPECTS_SCHEMA.names())
    )
    by_source = [row for part in report.parts for row in part.suspects.by_source]
    files = [shard.path for part in report.parts for shard in part.suspects.shards.shards]
    return {
        "suspects": sum(part.suspects.records for part in report.parts),
        "suspects_by_source": table_of(by_source, BY_SOURCE_SCHEMA),
        "suspect_examples": table_of(examples.iter_rows(named=True), SUSPECTS_SCHEMA),
        "suspects_file": dg.MetadataValue.text(", ".join(files) or "none"),
    }


def _law_metadata(report: LawReport) -> dict[str, Any]:
    metadata: dict[str, Any] = {k: v for k, v in report.figures.items() if v is not None}
    law = report.law
    if law is not None:
        drawn = law_picture(
            law["points"],
            (law["intercept_bpb"], law["slope_bpb"]),
            law["half_width_bpb"],
            law["candidate"],
            law["parent"],
        )
        metadata["entropy_law"] = picture(drawn, "entropy law")
        metadata["law_coverage"] = law["coverage"]
        metadata["law_slope_bpb"] = law["slope_bpb"]
        metadata["law_residual_bpb"] = law["candidate_residual_bpb"]
        rows = [{k: _rounded(v) for k, v in row.items()} for row in LawFit.from_json(law).rows()]
        metadata["law_points"] = table_of(rows, POINTS_SCHEMA)
    measured = _measured_rows(report.measurements, report.provenance.candidate)
    metadata["measurements"] = table_of(measured, MEASURED_SCHEMA)
    return metadata | {f"off_{code}": why for code, why in report.off.items()}


def _measured_rows(measurements: Sequence[StoredMeasurement], drop: str) -> list[dict[str, Any]]:
    return [
        {
            "drop": drop,
            **{k: _rounded(v) for k, v in m.model_dump().items()},
            "unit": RULES[m.code].unit if m.code in RULES else "",
        }
        for m in measurements
    ]


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
