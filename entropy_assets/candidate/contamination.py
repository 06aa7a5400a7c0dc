"""Whether a promoted version holds what it is examined on: evaluation sets, its own validation split.

What belongs here: looking through a version. What does not: what an overlap is (`curation.screening`).
"""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

import polars as pl

from entropy_assets.candidate.evaluation import evaluation_items, told_of_missing
from entropy_assets.candidate.pool_split import version_split
from entropy_assets.candidate.reference import version_frames
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import Checked
from entropy_assets.curation import pool as pools
from entropy_assets.curation.screening.contamination import CONTAMINATION_SCHEMA, find_contamination
from entropy_assets.ids import searched
from entropy_assets.ledger import Entry

VALIDATION_SET = "validation split"


def version_contamination(run: CandidateRun, version: str, entry: Entry) -> pl.DataFrame:
    """Return a version's training records that overlap with an evaluation set or its validation split.

    Evaluation sets are looked for as in screening, with the version's whole pool as background; the
    validation split as when the pool was assembled.

    Parameters
    ----------
    run
        A run of the candidate that was promoted.
    version
        Name of the version.
    entry
        The decision that promoted it.

    Returns
    -------
    pl.DataFrame
        Rows of `CONTAMINATION_SCHEMA`; for the validation split only the ids of record and item.
    """
    settings, workspace = run.settings, run.workspace
    train, held_out = (version_frames(workspace, version, split) for split in ("train", "validation"))

    def whole(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        return chain(train(columns), held_out(columns))

    split = version_split(workspace, version, whole, settings.pool, run.parent)
    own = split.filter(searched(split["id"], pl.concat(train(["id"]))["id"].sort())[1])
    own = own.with_columns(item_id=pl.coalesce("overlaps_with", "id"), item_set=pl.lit(VALIDATION_SET))
    hits = [CONTAMINATION_SCHEMA.to_frame(), own.filter(pl.col("split") != pools.TRAIN)]
    if settings.screening.evaluation_sets:
        picked = pl.concat(train(None))
        background = partial(workspace.frames_beside, workspace.segments(entry.state), picked)
        items, n_tokens = evaluation_items(run), settings.screening.contamination_tokens
        hits.append(find_contamination(picked, items, n_tokens, background=background))
    return pl.concat(hits, how="diagonal").select(CONTAMINATION_SCHEMA.names())


def check_contamination(hits: pl.DataFrame, missing: str = "") -> Checked:
    """Return whether a version is free of records that overlap with what it is examined on.

    Parameters
    ----------
    hits
        What was found, from `version_contamination`.
    missing
        What cannot be looked for, in words.
    """
    named = ", ".join(hits["item_set"].unique().sort().to_list())
    fine = "no training record overlaps with an evaluation set or the validation split"
    fault = (
        f"{hits.height} training records overlap with {named}: list the set in screening.evaluation_sets and "
        "deliver the drops again without them"
    )
    said = fault if hits.height else fine
    return Checked(hits.is_empty(), f"{said}; {missing}" if missing else said, {"contaminated": hits.height})


def examined(run: CandidateRun, version: str, entry: Entry) -> tuple[pl.DataFrame, Checked]:
    """Return what a version holds of what it is examined on, and whether that is nothing."""
    hits = version_contamination(run, version, entry)
    return hits, check_contamination(hits, untold_items(run))


def untold_items(run: CandidateRun) -> str:
    """Return one clause on the items of evaluation sets of which nothing can be looked for, or nothing."""
    return told_of_missing(evaluation_items(run)) if run.settings.screening.evaluation_sets else ""
