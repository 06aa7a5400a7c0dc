"""The probe report: first-epoch loss and held-out loss of a candidate and of what it is compared with.

What belongs here: which probes are run on what. What does not: training (`curation.probe`).
"""

import json
from collections.abc import Sequence

import polars as pl

from entropy_assets.candidate.carried import carried_from
from entropy_assets.candidate.evaluation import evaluation_items
from entropy_assets.candidate.instruments import ItemSources, checkpoint, drawn, exam, most_run_bytes
from entropy_assets.candidate.manifests import PoolManifest, ProbeReport, RandomControl, SelectionManifest
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.reference import (
    Exam,
    Reference,
    anchor_texts,
    load_reference,
    make_exam,
    probe_model,
    probe_params,
    run_remembered,
    run_samples,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import load_selected
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.probe import AnyTask, losses_of
from entropy_assets.ids import digest_of
from entropy_assets.scores import EXAM_PREFIX
from entropy_assets.settings import Settings
from entropy_assets.storage import canonical_json, digest_bytes, seed_from

N_REPORTED = 1
"""Runs whose figures are reported and not judged: from scratch, and of the random control."""

SCRATCH_BYTES = 65_536
"""Training bytes of a run from scratch beside others, at most: it measures its start-up, and sits no exam."""


def probe_candidate(
    run: CandidateRun,
    pool: PoolManifest,
    selection: SelectionManifest,
    control: RandomControl,
    only: Sequence[str] = (),
) -> tuple[ProbeReport, float]:
    """Return the probe report of a candidate, and the probe's speed in bytes per second.

    Parameters
    ----------
    run
        The candidate.
    pool, selection, control
        What it is trained on.
    only
        Names of what is compared, whose runs alone are wanted; empty for all.
    """
    run.verify(pool, selection, control)
    settings = run.settings
    reference = load_reference(run, selection.selector)
    anchor = anchor_of(run)
    loaded = run.load_pool(pool)
    chosen = {
        "candidate": load_selected(run, selection, loaded),
        "random_control": load_selected(run, control, loaded),
    }
    if reference is None:
        drawn_items = drawn(run, texts_of(loaded, pools.VALIDATION))
    else:
        drawn_items = exam(run)
        chosen |= _compared_with(run, reference, chosen["candidate"], loaded, anchor or "")
    chosen = {name: texts.windows(settings.law.record_bytes) for name, texts in chosen.items()}
    run_bytes = equal_run_bytes(settings, chosen, None if reference is None else most_run_bytes(run))
    start = None if reference is None else checkpoint(run)
    plan = _plan_runs(run, chosen, run_bytes, start, {i: [text] for i, _, text in drawn_items})
    if only:
        plan = {name: tasks for name, tasks in plan.items() if name.removesuffix("_scratch") in only}
    sets, model = exam_sets(run), probe_model(run)
    results = run_remembered(run, [task for tasks in plan.values() for task in tasks], sets)
    speed = max((result["bytes_per_second"] for result in results), default=0.0)
    groups = {}
    for name, tasks in plan.items():
        own, results = results[: len(tasks)], results[len(tasks) :]
        groups[name] = tuple({k: v for k, v in one.items() if k != "bytes_per_second"} for one in own)
    report = ProbeReport(
        provenance=run.provenance(pool, selection, control),
        parent=run.parent.version,
        anchor=anchor,
        run_bytes=run_bytes,
        exam_sources=tuple(source for _, source, _ in drawn_items),
        exam_records={name: len(texts) for name, texts in sets.items()},
        checkpoint=None if start is None else digest_bytes(start),
        runs=groups,
        model=None if model is None else model[1],
        record_start_bpb=() if model is None else _losses_before(run, run_bytes, drawn_items),
        made_on=None if reference is None else carried_from(run),
    )
    return report, speed


def anchor_of(run: CandidateRun) -> str | None:
    """Return the version from which drift is measured: that of the policy, else the first one."""
    return run.settings.policy.anchor or run.workspace.first_version()


def _compared_with(
    run: CandidateRun, reference: Reference, candidate: Texts, pool: pools.Pool, anchor: str
) -> dict[str, Texts]:
    """Return what a candidate's selection is compared with, and its known part where that is another one."""
    known = reference.known_part(candidate, pool, run.settings.law.known_records)
    other = {"parent": reference.selected, "anchor": anchor_texts(run, anchor)}
    return other | ({"candidate_known": known} if 0 < len(known) < len(candidate) else {})


def _plan_runs(
    run: CandidateRun, chosen: dict[str, Texts], run_bytes: int, start: bytes | None, exam: Exam
) -> dict[str, list[AnyTask]]:
    """Return the probe runs by group: from the parent's checkpoint, and the candidate's from scratch too.

    A first version has no checkpoint to start from, and all its runs are from scratch. A language model is
    one to start from, always, and nothing is from scratch.
    """
    settings, params, from_model = run.settings, probe_params(run, run_bytes), probe_model(run) is not None
    plan = {}
    for name, texts in chosen.items():
        seed = seed_from(settings.seed, digest_of(texts.ids))
        if start is None and not from_model:
            plan[f"{name}_scratch"] = run_samples(texts, N_REPORTED, params, seed, None, exam)
            continue
        n_runs = N_REPORTED if name == "random_control" else settings.probe.n_samples
        plan[name] = run_samples(texts, n_runs, params, seed, start, exam)
        if name == "candidate" and not from_model:
            shorter = probe_params(run, min(run_bytes, SCRATCH_BYTES))
            plan[f"{name}_scratch"] = run_samples(texts, N_REPORTED, shorter, seed, None, None)
    return plan


def _losses_before(run: CandidateRun, run_bytes: int, items: ItemSources) -> tuple[float, ...]:
    """Return the bits per byte of each record of the exam under the language model before any training."""
    params, texts = probe_params(run, run_bytes), [text for _, _, text in items]
    parts = {"params": params.parts, "texts": [digest_bytes(text) for text in texts]}
    stored = run.workspace.cache.remember(
        "start_losses", parts, lambda: canonical_json(losses_of(None, texts, params, run.workers).tolist())
    )
    return tuple(json.loads(stored))


def exam_sets(run: CandidateRun) -> dict[str, list[bytes]]:
    """Return the texts of the evaluation sets that the settings name as exams, by name.

    Raises
    ------
    InvalidInput
        A set's file is missing, or holds rows that cannot be read.
    """
    settings = run.settings
    if not settings.screening.exams:
        return {}
    items = evaluation_items(run)
    found = {}
    for name in sorted(set(settings.screening.exams)):
        texts = Texts.of(items.filter(pl.col("item_set") == name)).windows(settings.law.record_bytes)
        seed = seed_from("exam", settings.seed, name)
        items_of = make_exam(texts, settings.probe.heldout_bytes, seed)
        found[name] = [text for own in items_of.values() for text in own]
    return found


def equal_run_bytes(settings: Settings, chosen: dict[str, Texts], most: int | None) -> int:
    """Return the training bytes of every run of a report: the same for all that are compared.

    At most `most`, so that the calibration subsets of the law are as large; None where there is no law.
    """
    n_bytes = min(settings.probe.budget_bytes, *(int(texts.sizes.sum()) for texts in chosen.values()))
    return max(n_bytes if most is None else min(n_bytes, most), 1)


def group_mean(report: ProbeReport, group: str, figure: str) -> float | None:
    """Return the mean of a figure over the runs of a group, None where there is none."""
    values = [one[figure] for one in report.runs.get(group, ()) if one[figure] is not None]
    return sum(values) / len(values) if values else None


def headline(report: ProbeReport, name: str) -> dict[str, float | None]:
    """Return L and held-out bits per byte of `candidate` or `random_control`, and `exam_<set>_bpb`.

    From the parent's checkpoint where there is one, else from scratch.
    """
    group = name if name in report.runs else f"{name}_scratch"
    return {
        "loss_bpb": group_mean(report, group, "loss_bpb"),
        "heldout_bpb": group_mean(report, group, "heldout_bpb"),
        **{exam_figure(own): exam_mean(report, group, own) for own in report.exam_records},
    }


def exam_figure(name: str) -> str:
    """Return the name of the figure that holds the loss on an exam of the settings."""
    return f"{EXAM_PREFIX}{name}_bpb"


def exam_mean(report: ProbeReport, group: str, name: str) -> float:
    """Return the mean over the runs of a group of their bits per byte on an exam of the settings."""
    values = [one["exam_bpb"][name] for one in report.runs[group]]
    return float(sum(values) / len(values))
