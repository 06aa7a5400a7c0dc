"""The asset `probe_report`: first-epoch loss and held-out loss of a candidate and its comparisons."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.probe import ProbeTask
from entropy_assets.defs.charts import Point, line_picture, picture
from entropy_assets.defs.reference import (
    MIN_CALIBRATION_BYTES,
    Exam,
    Reference,
    load_reference,
    make_exam,
    parent_checkpoint,
    probe_params,
    run_remembered,
    run_samples,
    version_texts,
)
from entropy_assets.defs.resources import Dataset, table_of
from entropy_assets.defs.screening import evaluation_items
from entropy_assets.defs.selection import load_selected
from entropy_assets.scores import EXAM_PREFIX
from entropy_assets.settings import Settings
from entropy_assets.storage import digest_bytes, digest_value, seed_from

N_REPORTED = 1
"""Runs whose figures are reported and not judged: from scratch, and of the random control."""

SCRATCH_BYTES = 65_536
"""Training bytes of a run from scratch beside others, at most: it measures its start-up, and sits no exam."""


def build_probe(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("probe", ("torch",), "pool", "selection", "random_control"),
        pool=dataset.name,
        description="Loss L and held-out bits per byte of small probes, trained on equal bytes of the "
        "candidate, of its random control and of the parent's selection.",
    )
    def probe_report(
        context: dg.AssetExecutionContext,
        pool: dict[str, Any],
        selection: dict[str, Any],
        random_control: dict[str, Any],
    ) -> dg.MaterializeResult[dict[str, Any]]:
        report, speed = probe_candidate(dataset, context.partition_key, pool, selection, random_control)
        return dg.MaterializeResult(value=report, metadata=_metadata(report, speed))

    return [probe_report]


def probe_candidate(
    dataset: Dataset,
    key: str,
    pool: dict[str, Any],
    selection: dict[str, Any],
    random_control: dict[str, Any],
) -> tuple[dict[str, Any], float]:
    """Return the probe report of a candidate, and the probe's speed in bytes per second."""
    settings = dataset.settings
    parent = dataset.parent_of(key)
    reference = load_reference(dataset, parent)
    anchor = settings.policy.anchor or dataset.first_version()
    loaded = dataset.load_pool(pool)
    chosen = {
        "candidate": load_selected(dataset, selection, loaded),
        "random_control": load_selected(dataset, random_control, loaded),
    }
    if reference is None:
        validation = Texts.of(loaded.part(pools.VALIDATION))
    else:
        validation = version_texts(dataset, reference.state.version or "", "validation")
        chosen |= _compared_with(dataset, reference, chosen["candidate"], loaded, anchor or "")
    chosen = {name: texts.windows(settings.law.record_bytes) for name, texts in chosen.items()}
    exam_seed = seed_from("exam", settings.seed, digest_value(validation.ids))
    exam = make_exam(validation.windows(settings.law.record_bytes), settings.probe.heldout_bytes, exam_seed)
    sources = {i: source for i, (source, _) in zip(validation.ids, validation.strata, strict=True)}
    run_bytes = equal_run_bytes(settings, reference, chosen)
    start = None if reference is None else parent_checkpoint(dataset, reference)
    plan = _plan_runs(settings, chosen, run_bytes, start, exam)
    sets = exam_sets(dataset)
    results = run_remembered(dataset, [task for tasks in plan.values() for task in tasks], sets)
    speed = max((result["bytes_per_second"] for result in results), default=0.0)
    groups = {}
    for name, tasks in plan.items():
        own, results = results[: len(tasks)], results[len(tasks) :]
        groups[name] = [{k: v for k, v in run.items() if k != "bytes_per_second"} for run in own]
    report = {
        "candidate": key,
        "parent": parent.version,
        "anchor": anchor,
        "run_bytes": run_bytes,
        "exam_sources": [sources[record_id] for record_id in exam],
        "exam_records": {name: len(texts) for name, texts in sets.items()},
        "runs": groups,
        "inputs": {
            "pool": pool["digest"],
            "selection": selection["digest"],
            "random_control": random_control["digest"],
            "parent": None if reference is None else reference.digest,
            "checkpoint": None if start is None else digest_bytes(start),
            "settings": settings.digest,
        },
    }
    return report, speed


def _compared_with(
    dataset: Dataset, reference: Reference, candidate: Texts, pool: pools.Pool, anchor: str
) -> dict[str, Texts]:
    """Return what a candidate's selection is compared with, and its known part where that is another one."""
    known = reference.known_part(candidate, pool, dataset.settings.law.known_records)
    other = {"parent": reference.selected, "anchor": version_texts(dataset, anchor, "train")}
    return other | ({"candidate_known": known} if 0 < len(known) < len(candidate) else {})


def _plan_runs(
    settings: Settings, chosen: dict[str, Texts], run_bytes: int, start: bytes | None, exam: Exam
) -> dict[str, list[ProbeTask]]:
    """Return the probe runs by group: from the parent's checkpoint, and the candidate's from scratch too.

    A first version has no checkpoint to start from, and all its runs are from scratch.
    """
    params = probe_params(settings, run_bytes)
    plan = {}
    for name, texts in chosen.items():
        seed = seed_from(settings.seed, digest_value(texts.ids))
        if start is None:
            plan[f"{name}_scratch"] = run_samples(texts, N_REPORTED, params, seed, None, exam)
            continue
        n_runs = N_REPORTED if name == "random_control" else settings.probe.n_samples
        plan[name] = run_samples(texts, n_runs, params, seed, start, exam)
        if name == "candidate":
            shorter = probe_params(settings, min(run_bytes, SCRATCH_BYTES))
            plan[f"{name}_scratch"] = run_samples(texts, N_REPORTED, shorter, seed, None, None)
    return plan


def exam_sets(dataset: Dataset) -> dict[str, list[bytes]]:
    """Return the texts of the evaluation sets that the settings name as exams, by name.

    Raises
    ------
    InvalidInput
        A set's file is missing, or holds rows that cannot be read.
    """
    settings = dataset.settings
    if not settings.screening.exams:
        return {}
    items = evaluation_items(dataset)
    found = {}
    for name in sorted(set(settings.screening.exams)):
        texts = Texts.of(items.filter(pl.col("item_set") == name)).windows(settings.law.record_bytes)
        seed = seed_from("exam", settings.seed, name)
        exam = make_exam(texts, settings.probe.heldout_bytes, seed)
        found[name] = [text for own in exam.values() for text in own]
    return found


def equal_run_bytes(settings: Settings, reference: Reference | None, chosen: dict[str, Texts]) -> int:
    """Return the training bytes of every run of a report: the same for all that are compared.

    Small enough for the calibration subsets of the law, where the parent's pool is large enough for
    them at all.
    """
    n_bytes = min(settings.probe.budget_bytes, *(int(texts.sizes.sum()) for texts in chosen.values()))
    if reference is not None:
        subset = int(reference.train.sizes.sum()) // (settings.law.n_points + 2)
        if subset >= MIN_CALIBRATION_BYTES:
            n_bytes = min(n_bytes, subset)
    return max(n_bytes, 1)


def group_mean(report: dict[str, Any], group: str, figure: str) -> float | None:
    """Return the mean of a figure over the runs of a group, None where there is none."""
    values = [run[figure] for run in report["runs"].get(group, ()) if run[figure] is not None]
    return sum(values) / len(values) if values else None


def headline(report: dict[str, Any], name: str) -> dict[str, float | None]:
    """Return L and held-out bits per byte of `candidate` or `random_control`, and `exam_<set>_bpb`.

    From the parent's checkpoint where there is one, else from scratch.
    """
    group = name if name in report["runs"] else f"{name}_scratch"
    return {
        "loss_bpb": group_mean(report, group, "loss_bpb"),
        "heldout_bpb": group_mean(report, group, "heldout_bpb"),
        **{exam_figure(own): exam_mean(report, group, own) for own in report.get("exam_records", {})},
    }


def exam_figure(name: str) -> str:
    """Return the name of the figure that holds the loss on an exam of the settings."""
    return f"{EXAM_PREFIX}{name}_bpb"


def exam_mean(report: dict[str, Any], group: str, name: str) -> float:
    """Return the mean over the runs of a group of their bits per byte on an exam of the settings."""
    values = [run["exam_bpb"][name] for run in report["runs"][group]]
    return float(sum(values) / len(values))


def _metadata(report: dict[str, Any], speed: float) -> dict[str, Any]:
    own, control = headline(report, "candidate"), headline(report, "random_control")
    figures = {
        **own,
        "random_loss_bpb": control["loss_bpb"],
        "random_heldout_bpb": control["heldout_bpb"],
        "run_bytes": report["run_bytes"],
        "probe_bytes_per_second": speed,
    }
    names = ("candidate", "parent", "random_control", "candidate_scratch")
    curves = {name: report["runs"][name][0]["loss_curve"] for name in names if name in report["runs"]}
    drawn: dict[str, Sequence[Point]] = {name: curve for name, curve in curves.items() if len(curve) > 1}
    metadata = {name: value for name, value in figures.items() if value is not None}
    sources = _source_table(report)
    return {
        **metadata,
        "heldout_by_source": sources,
        **({"exams": _exam_table(report)} if report["exam_records"] else {}),
        **({"loss_curve": picture(_loss_picture(drawn), "training loss")} if drawn else {}),
    }


def _loss_picture(curves: dict[str, Sequence[Point]]) -> str:
    return line_picture(curves, "bytes seen", "training loss, bits per byte")


def _exam_table(report: dict[str, Any]) -> dg.TableMetadataValue:
    groups = [name for name, runs in report["runs"].items() if runs and "exam_bpb" in runs[0]]
    rows = [
        {"set": name, "records": n, **{group: round(exam_mean(report, group, name), 4) for group in groups}}
        for name, n in report["exam_records"].items()
    ]
    kinds = {"set": pl.String, "records": pl.Int64, **dict.fromkeys(groups, pl.Float64)}
    return table_of(rows, pl.Schema(kinds))


def _source_table(report: dict[str, Any]) -> dg.TableMetadataValue:
    groups = [name for name, runs in report["runs"].items() if runs and runs[0]["record_heldout_bpb"]]
    records = []
    for source in sorted(set(report["exam_sources"])):
        places = [i for i, name in enumerate(report["exam_sources"]) if name == source]
        row: dict[str, str | int | float] = {"source": source, "records": len(places)}
        for group in groups:
            values = [run["record_heldout_bpb"][i] for run in report["runs"][group] for i in places]
            row[group] = round(sum(values) / len(values), 4)
        records.append(dg.TableRecord(row))
    columns = [dg.TableColumn("source"), dg.TableColumn("records", "int")]
    columns += [dg.TableColumn(group, "float", "mean over records, bits per byte") for group in groups]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns))
