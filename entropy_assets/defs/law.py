"""The drop and the law: `drop_report`, `entropy_law_report`, and the blocking check `entropy_law`."""

from dataclasses import asdict
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.curation.entropy_law import (
    RULES,
    CandidateMeasured,
    Compared,
    LawFit,
    Measurement,
    Texts,
    first_version,
    measure_candidate,
    measure_drop,
)
from entropy_assets.curation.pool import Pool
from entropy_assets.defs.answers import measure_drop_answers
from entropy_assets.defs.charts import law_picture, picture
from entropy_assets.defs.probe import headline
from entropy_assets.defs.record_values import record_values
from entropy_assets.defs.reference import (
    Reference,
    load_reference,
    parent_law,
    runs_of,
    version_texts,
)
from entropy_assets.defs.resources import Dataset, table_of
from entropy_assets.defs.screening import screening_digest
from entropy_assets.defs.selection import load_selected
from entropy_assets.defs.suspects import store_suspects, suspects_metadata
from entropy_assets.defs.verdict import hold_if_judged, judge_report
from entropy_assets.shards import Shards, read_shards
from entropy_assets.storage import digest_value, seed_from


def build_law(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("law", ("torch",), "screened_records", "pool"),
        pool=dataset.name,
        description="What screening let through, stratum by stratum, against promoted records.",
    )
    def drop_report(
        context: dg.AssetExecutionContext, screened_records: dict[str, Any], pool: dict[str, Any]
    ) -> dg.MaterializeResult[dict[str, Any]]:
        report = report_drop(dataset, context.partition_key, screened_records, pool)
        metadata = _drop_metadata(report) | suspects_metadata(dataset, report)
        return dg.MaterializeResult(value=report, metadata=metadata)

    @dg.asset(
        **dataset.asset_args(
            "law", ("torch",), "pool", "selection", "random_control", "probe_report", "drop_report"
        ),
        pool=dataset.name,
        description="R and L of the candidate against the entropy law of its parent, and all that is judged.",
    )
    def entropy_law_report(
        context: dg.AssetExecutionContext,
        pool: dict[str, Any],
        selection: dict[str, Any],
        random_control: dict[str, Any],
        probe_report: dict[str, Any],
        drop_report: dict[str, Any],
    ) -> dg.MaterializeResult[dict[str, Any]]:
        report = report_law(dataset, context.partition_key, pool, selection, probe_report, drop_report)
        report["figures"] |= {f"random_{k}": v for k, v in random_control["figures"].items()}
        return dg.MaterializeResult(value=report, metadata=_law_metadata(report))

    @dg.asset_check(
        asset=dataset.key("entropy_law_report"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="Holds the candidate where a measurement is not within the policy's limit. The version "
        "judges again from the same reports, so a forged pass promotes nothing.",
    )
    def entropy_law(
        context: dg.AssetCheckExecutionContext, entropy_law_report: dict[str, Any]
    ) -> dg.AssetCheckResult:
        verdict = judge_report(dataset, context.partition_key, entropy_law_report)
        hold_if_judged(dataset, context.partition_key, verdict, entropy_law_report)
        figures = {k: v for k, v in entropy_law_report["figures"].items() if v is not None}
        return dg.AssetCheckResult(
            passed=verdict.passes,
            description=verdict.sentence(),
            metadata={"outcome": verdict.outcome, "codes": ", ".join(verdict.codes), **figures},
        )

    return [drop_report, entropy_law_report, entropy_law]


def report_drop(
    dataset: Dataset, key: str, screened_records: dict[str, Any], pool: dict[str, Any]
) -> dict[str, Any]:
    """Return the drop report of a candidate."""
    settings = dataset.settings
    reference = load_reference(dataset, dataset.parent_of(key))
    kept = read_shards(dataset.root, Shards.from_json(screened_records["shards"]), records.SCHEMA).sort("id")
    drop = Texts.of(kept)
    promoted = Texts([], [], []) if reference is None else Texts.of(reference.pool.records)
    values = record_values(dataset, reference, drop, promoted)
    seed = seed_from("drop", settings.seed, digest_value(drop.ids))
    answers = measure_drop_answers(dataset, kept, None if reference is None else reference.pool.records)
    pair = Compared.beside(drop, promoted, values, settings.law, answers)
    measured = measure_drop(pair, seed)
    return {
        "candidate": key,
        "n_records": len(drop),
        "n_bytes": int(drop.sizes.sum()),
        "strata": list(measured.strata),
        "measurements": [_to_json(m) for m in measured.measurements],
        "off": measured.off,
        "screened": screened_records["counts"],
        "answers": {"flagged_true": answers.flagged_true, "flagged_swapped": answers.flagged_swapped},
        "suspects": store_suspects(dataset, pair, kept["row_id"].to_list()),
        "inputs": {
            "screened_records": screening_digest(screened_records),
            "pool": pool["digest"],
            "parent": None if reference is None else reference.digest,
            "settings": settings.digest,
        },
    }


def report_law(
    dataset: Dataset,
    key: str,
    pool: dict[str, Any],
    selection: dict[str, Any],
    probe_report: dict[str, Any],
    drop_report: dict[str, Any],
) -> dict[str, Any]:
    """Return the entropy-law report of a candidate: everything that is judged, with its provenance."""
    settings = dataset.settings
    reference = load_reference(dataset, dataset.parent_of(key))
    measured, fit = first_version(), None
    if reference is not None:
        fit = parent_law(dataset, reference, probe_report["run_bytes"])
        loaded = dataset.load_pool(pool)
        chosen = load_selected(dataset, selection, loaded)
        seed = seed_from("candidate", settings.seed, selection["digest"])
        measured = _measure(dataset, reference, (chosen, loaded), probe_report, fit, seed)
    return {
        "candidate": key,
        "measurements": [*drop_report["measurements"], *(_to_json(m) for m in measured.measurements)],
        "off": drop_report["off"] | measured.off,
        "screened": drop_report["screened"],
        "suspects_by_source": drop_report.get("suspects", {}).get("by_source", []),
        "figures": {
            **selection["figures"],
            **headline(probe_report, "candidate"),
            **{f"random_{name}": v for name, v in headline(probe_report, "random_control").items()},
        },
        "law": None if fit is None else _law_json(fit, probe_report["runs"]),
        "inputs": {
            "pool": pool["digest"],
            "selection": selection["digest"],
            "probe_report": digest_value(probe_report),
            "drop_report": digest_value(drop_report),
            "parent": None if reference is None else reference.digest,
            "settings": settings.digest,
        },
    }


def _measure(
    dataset: Dataset,
    reference: Reference,
    selected: tuple[Texts, Pool],
    probe_report: dict[str, Any],
    fit: LawFit | None,
    seed: int,
) -> CandidateMeasured:
    """Return the measurements of a selection from a pool; of its known strata where it has novel ones."""
    law, groups = dataset.settings.law, probe_report["runs"]
    chosen, pool = selected
    whole = None
    own = groups["candidate"]
    if "candidate_known" in groups:
        whole, own = runs_of(groups["candidate"]), groups["candidate_known"]
        chosen = reference.known_part(chosen, pool, law.known_records)
    anchor = version_texts(dataset, probe_report["anchor"], "train")
    windows = (
        chosen.windows(law.record_bytes),
        reference.selected.windows(law.record_bytes),
        anchor.windows(law.record_bytes),
    )
    runs = (runs_of(own), runs_of(groups["parent"]), runs_of(groups["anchor"]))
    return measure_candidate(windows, runs, probe_report["exam_sources"], fit, law, seed, whole)


def _to_json(m: Measurement) -> dict[str, Any]:
    value = asdict(m)
    return {k: None if isinstance(v, float) and not np.isfinite(v) else v for k, v in value.items()}


def _law_json(fit: LawFit, groups: dict[str, Any]) -> dict[str, Any]:
    def point(name: str) -> list[float]:
        runs = groups[name]
        return [float(np.mean([run[figure] for run in runs])) for figure in ("ratio", "loss_bpb")]

    judged = "candidate_known" if "candidate_known" in groups else "candidate"
    places = {"candidate": point(judged), "parent": point("parent")}
    residuals = {f"{name}_residual_bpb": fit.residual(*place) for name, place in places.items()}
    of_points = [fit.residual(*place) for place in fit.points]
    return {**asdict(fit), "residuals_bpb": of_points, **places, **residuals}


def _drop_metadata(report: dict[str, Any]) -> dict[str, Any]:
    columns = [dg.TableColumn("source"), dg.TableColumn("language"), dg.TableColumn("records", "int")]
    columns += [dg.TableColumn("counted_in", "int"), dg.TableColumn("promoted", "int")]
    columns += [dg.TableColumn("known", "bool")]
    strata = [dg.TableRecord(row) for row in report["strata"]]
    return {
        "records": report["n_records"],
        "bytes": report["n_bytes"],
        "measurements": _measurement_table(report["measurements"]),
        "strata": dg.MetadataValue.table(strata, schema=dg.TableSchema(columns)),
        **{f"answers_{name}": share for name, share in report["answers"].items() if share is not None},
        **{f"off_{code}": why for code, why in report["off"].items()},
    }


def _law_metadata(report: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {k: v for k, v in report["figures"].items() if v is not None}
    law = report["law"]
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
        metadata["law_points"] = table_of(
            [{k: _short(v) for k, v in row.items()} for row in LawFit.from_json(law).rows()], POINTS_SCHEMA
        )
    metadata["measurements"] = _measurement_table(report["measurements"])
    return metadata | {f"off_{code}": why for code, why in report["off"].items()}


POINTS_SCHEMA = pl.Schema(
    {
        "origin": pl.String,
        **dict.fromkeys(("ratio", "loss_bpb", "residual_bpb"), pl.Float64),
        "inside": pl.Boolean,
    }
)


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _measurement_table(measurements: list[dict[str, Any]]) -> dg.TableMetadataValue:
    rows = [
        dg.TableRecord({**{k: _short(v) for k, v in m.items()}, "unit": RULES[m["code"]].unit})
        for m in measurements
    ]
    columns = [
        dg.TableColumn("code"),
        dg.TableColumn("scope"),
        dg.TableColumn("value", "float"),
        dg.TableColumn("standard_error", "float"),
        dg.TableColumn("n", "int"),
        dg.TableColumn("unit"),
    ]
    return dg.MetadataValue.table(rows, schema=dg.TableSchema(columns))
