"""The entropy-law report: R and L of a candidate against the law of its parent, and all that is judged.

What belongs here: putting what was measured on drops and candidate into one report. What does not: how
it is measured, and judging.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from entropy_assets.candidate.carried import carried_from
from entropy_assets.candidate.drop_report import stored_measurement
from entropy_assets.candidate.instruments import law
from entropy_assets.candidate.manifests import (
    DropPart,
    DropReport,
    LawReport,
    PoolManifest,
    ProbeReport,
    RandomControl,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.probe import headline
from entropy_assets.candidate.reference import (
    Reference,
    anchor_texts,
    load_reference,
    runs_of,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.screening import merge_rows
from entropy_assets.candidate.selection import load_selected
from entropy_assets.curation.entropy_law import (
    CandidateMeasured,
    LawFit,
    first_version,
    measure_candidate,
)
from entropy_assets.storage import seed_from


def report_law(
    run: CandidateRun,
    screened: ScreenedRecords,
    pool: PoolManifest,
    selection: SelectionManifest,
    control: RandomControl,
    probe: ProbeReport,
    drops: DropReport,
) -> LawReport:
    """Return the entropy-law report of a candidate: everything that is judged."""
    inputs = (screened, pool, selection, control, probe, drops)
    run.verify(*inputs)
    reference = load_reference(run, selection.selector)
    measured, fit = first_version(), None
    if reference is not None:
        fit = law(run, probe.run_bytes)
        measured = _measure(run, reference, pool, selection, probe, fit)
    let_in = {*pool.added} or {part.drop for part in drops.parts}
    parts = [part for part in drops.parts if part.drop in let_in]
    on_drops = [m for part in parts for m in part.measurements]
    return LawReport(
        provenance=run.provenance(*inputs),
        parent=None if reference is None else reference.digest,
        measurements=(*on_drops, *map(stored_measurement, measured.measurements)),
        off=_off(parts) | measured.off,
        screened=merge_rows(row for part in screened.parts if part.drop in let_in for row in part.counts),
        suspects_by_source=tuple(row for part in parts for row in part.suspects.by_source),
        figures={
            **selection.figures,
            **headline(probe, "candidate"),
            **{f"random_{name}": value for name, value in headline(probe, "random_control").items()},
            **{f"random_{name}": value for name, value in control.figures.items()},
        },
        law=None if fit is None else _law_json(fit, probe.runs),
        corrections=pool.corrections,
        made_on=None if reference is None else carried_from(run),
        model=probe.model,
        fallback=selection.fallback,
    )


def _off(parts: Sequence[DropPart]) -> dict[str, str]:
    """Return the rules that were measured on no drop, with the reason of the first one."""
    measured = {m.code for part in parts for m in part.measurements}
    off = {code: why for part in reversed(parts) for code, why in part.off.items()}
    return {code: why for code, why in off.items() if code not in measured}


def _measure(
    run: CandidateRun,
    reference: Reference,
    pool: PoolManifest,
    selection: SelectionManifest,
    probe: ProbeReport,
    fit: LawFit | None,
) -> CandidateMeasured:
    """Return the measurements of a selection; of its known strata where it has novel ones."""
    settings, groups = run.settings.law, probe.runs
    loaded = run.load_pool(pool)
    chosen = load_selected(run, selection, loaded)
    whole = None
    own = groups["candidate"]
    if "candidate_known" in groups:
        whole, own = runs_of(groups["candidate"]), groups["candidate_known"]
        chosen = reference.known_part(chosen, loaded, settings.known_records)
    anchor = anchor_texts(run, probe.anchor or "")
    windows = (
        chosen.windows(settings.record_bytes),
        reference.selected.windows(settings.record_bytes),
        anchor.windows(settings.record_bytes),
    )
    runs = (runs_of(own), runs_of(groups["parent"]), runs_of(groups["anchor"]))
    seed = seed_from("candidate", run.settings.seed, selection.content)
    return measure_candidate(windows, runs, list(probe.exam_sources), fit, settings, seed, whole)


def _law_json(fit: LawFit, groups: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, Any]:
    def point(name: str) -> list[float]:
        return [float(np.mean([run[figure] for run in groups[name]])) for figure in ("ratio", "loss_bpb")]

    judged = "candidate_known" if "candidate_known" in groups else "candidate"
    places = {"candidate": point(judged), "parent": point("parent")}
    residuals = {f"{name}_residual_bpb": fit.residual(*place) for name, place in places.items()}
    of_points = [fit.residual(*place) for place in fit.points]
    return {**asdict(fit), "residuals_bpb": of_points, **places, **residuals}
