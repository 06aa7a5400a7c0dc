"""The asset `probe_report`: first-epoch loss and held-out loss of a candidate and its comparisons."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets.candidate.manifests import PoolManifest, ProbeReport, RandomControl, SelectionManifest
from entropy_assets.candidate.probe import exam_mean, headline, probe_candidate
from entropy_assets.charts import Point, line_picture
from entropy_assets.defs.resources import Dataset, picture, table_of


def build_probe(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("probe", ("torch",), "pool", "selection", "random_control"),
        description="Loss L and held-out bits per byte of small probes, trained on equal bytes of the "
        "candidate, of its random control and of the parent's selection.",
    )
    def probe_report(
        context: dg.AssetExecutionContext,
        pool: PoolManifest,
        selection: SelectionManifest,
        random_control: RandomControl,
    ) -> dg.MaterializeResult[ProbeReport]:
        made, speed = probe_candidate(dataset.run_of(context), pool, selection, random_control)
        return dg.MaterializeResult(value=made, metadata=_metadata(made, speed))

    return [probe_report]


def _metadata(report: ProbeReport, speed: float) -> dict[str, Any]:
    own, control = headline(report, "candidate"), headline(report, "random_control")
    figures = {
        **own,
        "random_loss_bpb": control["loss_bpb"],
        "random_heldout_bpb": control["heldout_bpb"],
        "run_bytes": report.run_bytes,
        "probe_bytes_per_second": speed,
    }
    names = ("candidate", "parent", "random_control", "candidate_scratch")
    curves = {name: report.runs[name][0]["loss_curve"] for name in names if name in report.runs}
    drawn: dict[str, Sequence[Point]] = {name: curve for name, curve in curves.items() if len(curve) > 1}
    metadata = {name: value for name, value in figures.items() if value is not None}
    sources = _source_table(report)
    return {
        **metadata,
        "heldout_by_source": sources,
        **({"exams": _exam_table(report)} if report.exam_records else {}),
        **({"loss_curve": picture(_loss_picture(drawn), "training loss")} if drawn else {}),
    }


def _loss_picture(curves: dict[str, Sequence[Point]]) -> str:
    return line_picture(curves, "bytes seen", "training loss, bits per byte")


def _exam_table(report: ProbeReport) -> dg.TableMetadataValue:
    groups = [name for name, runs in report.runs.items() if runs and "exam_bpb" in runs[0]]
    rows = [
        {"set": name, "records": n, **{group: round(exam_mean(report, group, name), 4) for group in groups}}
        for name, n in report.exam_records.items()
    ]
    kinds = {"set": pl.String, "records": pl.Int64, **dict.fromkeys(groups, pl.Float64)}
    return table_of(rows, pl.Schema(kinds))


def _source_table(report: ProbeReport) -> dg.TableMetadataValue:
    groups = [name for name, runs in report.runs.items() if runs and runs[0]["record_heldout_bpb"]]
    records = []
    for source in sorted(set(report.exam_sources)):
        places = [i for i, name in enumerate(report.exam_sources) if name == source]
        row: dict[str, str | int | float] = {"source": source, "records": len(places)}
        for group in groups:
            values = [run["record_heldout_bpb"][i] for run in report.runs[group] for i in places]
            row[group] = round(sum(values) / len(values), 4)
        records.append(dg.TableRecord(row))
    columns = [dg.TableColumn("source"), dg.TableColumn("records", "int")]
    columns += [dg.TableColumn(group, "float", "mean over records, bits per byte") for group in groups]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns))
