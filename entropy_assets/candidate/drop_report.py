"""The drop report: each drop of a candidate beside promoted records, and the records that speak for a hold.

What belongs here: what is measured beside what, and keeping suspects. What does not: how it is measured,
and what makes a record a suspect (`curation.entropy_law`).
"""

from dataclasses import replace
from functools import partial

import polars as pl

from entropy_assets.candidate.answers import measure_drop_answers
from entropy_assets.candidate.carried import carried_from
from entropy_assets.candidate.damage import find_harm
from entropy_assets.candidate.figures import finite_or_none
from entropy_assets.candidate.manifests import (
    DropPart,
    DropReport,
    ScreenedPart,
    ScreenedRecords,
    StoredMeasurement,
    Suspects,
)
from entropy_assets.candidate.pool_split import frames_of_shards
from entropy_assets.candidate.record_values import record_values
from entropy_assets.candidate.reference import Reference, load_reference
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import going_on, screened_reasons
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.corrections import SUPERSEDED_SCHEMA
from entropy_assets.curation.entropy_law import (
    Compared,
    Measurement,
    Texts,
    find_suspects,
    measure_drop,
    suspects_by_source,
)
from entropy_assets.curation.pool import Frames
from entropy_assets.ids import digest_of
from entropy_assets.shards import Shards, read_shards, write_shards
from entropy_assets.storage import seed_from


def report_drops(run: CandidateRun, screened: ScreenedRecords) -> DropReport:
    """Return the report on what screening let through of each drop."""
    run.verify(screened)
    reference = load_reference(run)
    alive = going_on(run, screened.parts, partial(screened_reasons, policy=run.settings.policy))
    return DropReport(
        provenance=run.provenance(screened),
        parent=None if reference is None else reference.digest,
        parts=tuple(_report_drop(run, part, reference) for part in alive),
    )


def _report_drop(run: CandidateRun, part: ScreenedPart, reference: Reference | None) -> DropPart:
    frames = frames_of_shards(run.workspace.root, part.shards)
    drop = Texts.stored(frames(None), run.workspace.folder_for_texts())
    promoted = Texts([], [], []) if reference is None else run.once("promoted texts", reference.texts)
    values = record_values(run, reference, drop, promoted)
    seed = seed_from("drop", run.settings.seed, digest_of(drop.ids))
    answers = measure_drop_answers(run, frames, None if reference is None else reference.pool)
    harm = find_harm(run, reference, frames)
    corrected = leaving_ids(run, part)
    pair = Compared.beside(drop, promoted, values, run.settings.law, answers, harm, corrected)
    measured = measure_drop(pair, seed)
    measurements = measured.measurements
    if part.correction:  # its rows are no sample: they are counted
        measurements = tuple(replace(one, standard_error=0.0) for one in measurements)
    return DropPart(
        drop=part.drop,
        n_records=len(drop),
        n_bytes=int(drop.sizes.sum()),
        strata=tuple(measured.strata),
        measurements=tuple(map(stored_measurement, measurements)),
        off=measured.off,
        answers={"flagged_true": answers.flagged_true, "flagged_swapped": answers.flagged_swapped},
        suspects=_store_suspects(run.workspace, pair, _row_ids(frames)),
        learned_on=None if reference is None else carried_from(run),
    )


def _row_ids(frames: Frames) -> list[str | None]:
    """Return the user's id of each record of a drop, None where it has none, in order of their own ids."""
    found: list[str | None] = pl.concat(frames(["id", "row_id"])).sort("id")["row_id"].to_list()
    return found


def leaving_ids(run: CandidateRun, part: ScreenedPart) -> list[str]:
    """Return the ids of the promoted records that a drop takes out of the pool."""
    shards = part.correction.superseded if part.correction else Shards()
    return read_shards(run.workspace.root, shards, SUPERSEDED_SCHEMA).filter("leaves")["id"].to_list()


def stored_measurement(measured: Measurement) -> StoredMeasurement:
    """Return a measurement as reports keep it."""
    return StoredMeasurement(
        code=measured.code,
        value=finite_or_none(measured.value),
        standard_error=finite_or_none(measured.standard_error),
        n=int(measured.n),
        scope=measured.scope,
        natural=finite_or_none(measured.natural),
        told=measured.told,
    )


def _store_suspects(workspace: Workspace, pair: Compared, row_ids: list[str | None]) -> Suspects:
    """Write the suspects of a drop as a shard; return what its report says of them."""
    found = find_suspects(pair, row_ids)
    return Suspects(
        shards=write_shards(workspace.root, workspace.home.work("suspects"), [found]),
        records=found["id"].n_unique(),
        by_source=tuple(suspects_by_source(found, pair.told.strata)),
    )
