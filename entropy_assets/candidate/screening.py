"""Screening what dedup let through: languages, secrets, personal data, evaluation sets.

What belongs here: which records are screened against what. What does not: the rules
(`curation.screening`).
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.evaluation import evaluation_items
from entropy_assets.candidate.findings import keep_findings
from entropy_assets.candidate.manifests import (
    DedupedPart,
    DedupedRecords,
    ScreenedOut,
    ScreenedOutPart,
    ScreenedPart,
    ScreenedRecords,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import (
    Checked,
    dedup_reasons,
    going_on,
    screened_reasons,
    stopped_check,
)
from entropy_assets.curation.screening import FINDINGS_SCHEMA, OUT_SCHEMA, count_by_source
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.curation.screening.parts import Part, screen_part
from entropy_assets.execution import processes
from entropy_assets.shards import Shards, read_shards


def screen_drops(run: CandidateRun, deduped: DedupedRecords) -> tuple[ScreenedRecords, ScreenedOut]:
    """Screen what dedup let through; return the manifests of kept and of removed records."""
    run.verify(deduped)
    alive = going_on(run, deduped.parts, partial(dedup_reasons, policy=run.settings.policy))
    contaminated = _contaminated(run, alive)
    work = run.workspace.home.work
    folders = (work("screened_records"), work("screened_out"), work("screening_findings"))
    with processes(run.workers) as executor:
        shared = {drop: executor.share(found) for drop, found in contaminated.items()}
        items = [
            Part(run.workspace.root, folders, shard, run.settings.screening, shared.get(part.drop))
            for part in alive
            for shard in part.shards.shards
        ]
        screened = executor.map(screen_part, items)
        made = [_part(run, part, [next(screened) for _ in part.shards.shards]) for part in alive]
    provenance = run.provenance(deduped)
    return (
        ScreenedRecords(provenance=provenance, parts=tuple(kept for kept, _ in made)),
        ScreenedOut(provenance=provenance, parts=tuple(out for _, out in made)),
    )


def _part(
    run: CandidateRun, part: DedupedPart, screened: list[tuple[Shards, Shards, Shards]]
) -> tuple[ScreenedPart, ScreenedOutPart]:
    root = run.workspace.root
    kept, out, findings = (
        Shards(tuple(shard for one in screened for shard in one[place].shards)) for place in range(3)
    )
    for own, _, told in screened:
        for shard in own.shards:
            found = read_shards(root, told, FINDINGS_SCHEMA)
            keep_findings(run.workspace, shard, run.settings.screening, found)
    counted = read_shards(root, kept, records.SCHEMA, ["id", "source", "language"])
    found = read_shards(root, findings, FINDINGS_SCHEMA)
    counts = count_by_source(counted, found, run.settings.screening.licences)
    return (
        ScreenedPart(
            drop=part.drop,
            shards=kept,
            findings=findings,
            counts=tuple(counts),
            rows_in=part.shards.rows,
            correction=part.correction,
        ),
        ScreenedOutPart(drop=part.drop, shards=out),
    )


def _contaminated(run: CandidateRun, parts: tuple[DedupedPart, ...]) -> dict[str, pl.DataFrame]:
    """Return the overlaps of each drop's records with the evaluation sets; nothing where none is listed.

    What is boilerplate is told by the candidate's pool and the drop itself, as if it came alone.
    """
    if not run.settings.screening.evaluation_sets:
        return {}
    items, n_tokens = evaluation_items(run), run.settings.screening.contamination_tokens
    promoted = run.workspace.segments(run.live_state())
    found = {}
    for part in parts:
        own = read_shards(run.workspace.root, part.shards, records.SCHEMA)
        background = partial(run.workspace.frames_beside, promoted, own)
        found[part.drop] = find_contamination(own, items, n_tokens, background=background)
    return found


def check_screening_conserved(run: CandidateRun, kept: ScreenedRecords, out: ScreenedOut) -> Checked:
    """Return whether records in = kept + removed, no record is both, and every removal names its rule."""
    root = run.workspace.root
    n_kept = n_out = unnamed = both = 0
    for part, removed in zip(kept.parts, out.parts, strict=True):
        ids = read_shards(root, part.shards, records.SCHEMA, ["id"])
        gone = read_shards(root, removed.shards, OUT_SCHEMA, ["id", "rule"])
        n_kept, n_out = n_kept + ids.height, n_out + gone.height
        unnamed += gone["rule"].null_count()
        both += len(set(ids["id"]) & set(gone["id"]))
    rows_in = sum(part.rows_in for part in kept.parts)
    return Checked(
        rows_in == n_kept + n_out and not unnamed and not both,
        f"{rows_in} records in, {n_kept} kept + {n_out} removed, {unnamed} unexplained, {both} both",
        {"records_in": rows_in, "kept": n_kept, "removed": n_out},
    )


def check_screening_limits(run: CandidateRun, screened: ScreenedRecords) -> Checked:
    """Return whether secrets, personal data and licences of a drop are within the policy."""
    return stopped_check(
        run,
        screened.parts,
        partial(screened_reasons, policy=run.settings.policy),
        "secrets, personal data and licences are within the policy",
    )


def merge_rows(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Return what screening counted over several drops, one row a source."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["source"] not in found:
            found[row["source"]] = {**row, "languages": dict(row["languages"])}
            continue
        own = found[row["source"]]
        for name, value in row.items():
            if isinstance(value, int):
                own[name] += value
        for code, count in row["languages"].items():
            own["languages"][code] = own["languages"].get(code, 0) + count
    return tuple(
        {**row, "languages": dict(sorted(row["languages"].items()))} for _, row in sorted(found.items())
    )
