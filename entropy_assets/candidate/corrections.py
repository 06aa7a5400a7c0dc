"""Corrections of a candidate: what its drops supersede, what is set aside, what a withdrawal brings back.

All is settled before dedup: a drop is compared with the pool without the records that it supersedes.

What belongs here: which records are looked at, and keeping the lists. What does not: corrections among the
drops of one batch (`corrections_together`), pairing rows with records (`curation.corrections`), dedup, and
judging.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from entropy_assets.candidate.corrected_texts import count_unlike
from entropy_assets.candidate.ingest import raw_frame
from entropy_assets.candidate.manifests import Correction, RawPart
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.corrections import (
    NEW_SCHEMA,
    OLD_SCHEMA,
    SUPERSEDED_SCHEMA,
    leaving,
    resolve,
    without,
)
from entropy_assets.curation.dedup import ASIDE_RULES, PAIRS_SCHEMA, PLACE, decide
from entropy_assets.curation.dedup.index import Index, with_places
from entropy_assets.curation.dedup.stored import stored
from entropy_assets.curation.pool import is_validation
from entropy_assets.shards import Shards, read_shard, write_shards

KEY = ("drop", "id")
STORED = ["id", "row_id", "source", "drop", "file", "line"]
"""Columns by which records are paired with the rows of a correction."""

NOBODY = pl.Schema({name: OLD_SCHEMA[name] for name in ("row_id", "id", "drop", "file", "line")})
"""Columns of keepers in the validation split."""

VALIDATION, SUPERSEDED = ASIDE_RULES
_KEEPER = ("id", *PLACE)


@dataclass(frozen=True)
class Settled:
    """How the rows of one drop, or of a withdrawal, stand to corrections.

    Parameters
    ----------
    index
        What the rows are compared with: the pool without what they supersede.
    stale
        Rows of `SUPERSEDED_SCHEMA`: records that do not count wherever they turn up.
    held_out
        `row_id` of rows that are kept out, and the keeper that each has in the validation split.
    correction
        What is told of it; None where no correction plays a part.
    aside
        Filled by `left_in`: rows of `PAIRS_SCHEMA`.
    """

    index: Index
    stale: pl.DataFrame
    held_out: pl.DataFrame
    correction: Correction | None
    aside: list[pl.DataFrame] = field(default_factory=list)

    def left_in(self, frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Yield the records that are not set aside, and note the pairs of the others."""
        stale = self.stale.sort("by").unique(KEY, keep="first", maintain_order=True)
        keepers = stale.select(
            *KEY,
            pl.col("new_id").alias("keeper_id"),
            pl.col("row_id").alias("keeper_row_id"),
            pl.col("by").alias("keeper_drop"),
        )
        for frame in frames:
            out = _pairs(frame.join(keepers, on=KEY), SUPERSEDED)
            kept_out, kept = set_aside(without(frame, keepers.select(KEY)), self.held_out)
            self.aside.extend(own for own in (out, kept_out) if own.height)
            yield kept

    @property
    def pairs(self) -> pl.DataFrame:
        """The rows that were set aside."""
        return pl.concat([PAIRS_SCHEMA.to_frame(), *self.aside])


def set_aside(rows: pl.DataFrame, held_out: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the pairs of rows that the validation split keeps out, and the other rows.

    Parameters
    ----------
    rows
        Rows with the columns `STORED`, or more.
    held_out
        Their row ids, and the keepers in the validation split; see `Resolved`.
    """
    keepers = held_out.rename({name: f"keeper_{name}" for name in _KEEPER if name != "row_id"})
    keepers = keepers.with_columns(pl.col("row_id").alias("keeper_row_id"))
    left = rows.join(keepers, on="row_id", how="anti", maintain_order="left")
    return _pairs(rows.join(keepers, on="row_id"), VALIDATION), left


def _pairs(rows: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Return rows that were set aside, beside their keepers, as pairs of a rule."""
    columns = [
        pl.col(name) if name in rows.columns else pl.lit(None, dtype=kind).alias(name)
        for name, kind in PAIRS_SCHEMA.items()
        if name != "rule"
    ]
    found = rows.select(columns).with_columns(pl.lit(rule).alias("rule"))
    return found.select(PAIRS_SCHEMA.names()).cast(PAIRS_SCHEMA)


def settle(run: CandidateRun, part: RawPart, index: Index) -> Settled:
    """Return how a drop's rows stand to corrections; of a withdrawal, what it brings back.

    Parameters
    ----------
    run
        The candidate.
    part
        What was read of the drop.
    index
        Of the pool with the candidate's live drops.
    """
    lists = run.workspace.superseding(index.segments)
    if run.candidate.remove:
        return _settle_return(run, index, lists)
    stale = _whole_list(lists, part.drop)
    if not part.corrects:
        told = None if stale.is_empty() else Correction(source="", superseded=write_list(run, stale))
        return Settled(index, lists, NOBODY.to_frame(), told)
    rows = raw_frame(run, part, ["id", "row_id", "drop"])
    is_stale = rows.join(stale, on=KEY, how="semi")
    fresh = without(rows, stale.select(KEY))
    old, n_live = _records_of_source(run, index, part, rows)
    found = resolve(part.drop, fresh.select(NEW_SCHEMA.names()), old)
    listed = pl.concat([found.superseded, _behind(part.drop, is_stale, old, stale), stale]).unique()
    declared = fresh.join(found.held_out, on="row_id", how="anti").select(NEW_SCHEMA.names())
    gone = pl.concat([index.gone, found.superseded.select(KEY)]).unique()
    compared = replace(index, gone=gone.sort(KEY))
    leave = found.superseded.filter("leaves")
    frames = (read_shard(run.workspace.root, shard) for shard in part.shards.shards)
    correction = Correction(
        source=part.corrects,
        declared=write_list(run, declared.sort("row_id")),
        superseded=write_list(run, listed.sort(SUPERSEDED_SCHEMA.names())),
        leave=leaving(found.superseded).get(part.drop, {}),
        live=n_live,
        unlike=count_unlike(leave, frames, index.texts(leave["id"])),
        corrected=found.corrected,
        unchanged=found.unchanged,
        new=found.new,
        held_out=found.held_out.height,
        stale=is_stale.height,
    )
    return Settled(compared, lists, found.held_out, correction)


def write_list(run: CandidateRun, frame: pl.DataFrame) -> Shards:
    """Write a list in shards; return them."""
    rows = run.settings.ingest.shard_rows
    return write_shards(run.workspace.root, run.workspace.home.work("superseded"), frame.iter_slices(rows))


def _whole_list(lists: pl.DataFrame, drop: str) -> pl.DataFrame:
    """Return the rows that supersede a drop's records, with those that supersede the rows that do.

    So a record stays out for as long as any of a chain of corrections is live.
    """
    own = lists.filter(pl.col("drop") == drop).with_columns(pl.lit(False).alias("leaves")).unique()
    while True:
        behind = own.select("drop", "id", "row_id", pl.col("by").alias("between")).join(
            lists.select("by", "row_id", "new_id", pl.col("drop").alias("between")), on=["row_id", "between"]
        )
        more = pl.concat([own, behind.with_columns(leaves=False).select(own.columns)])
        more = more.unique(["by", *KEY]).sort(SUPERSEDED_SCHEMA.names())
        if more.height == own.height:
            return more
        own = more


def _behind(by: str, is_stale: pl.DataFrame, old: pl.DataFrame, stale: pl.DataFrame) -> pl.DataFrame:
    """Return what rows that are superseded themselves supersede, once they count again."""
    between = stale.select("row_id", pl.col("by").alias("drop")).unique()
    pairs = is_stale.select("row_id", pl.col("id").alias("new_id")).join(
        old.filter(~pl.col("counts")), on="row_id"
    )
    pairs = pairs.join(between, on=["row_id", "drop"], how="anti")
    return pairs.with_columns(pl.lit(by).alias("by"), pl.lit(False).alias("leaves")).select(
        SUPERSEDED_SCHEMA.names()
    )


def _records_of_source(
    run: CandidateRun, index: Index, part: RawPart, rows: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """Return stored records that have a row id of the drop, and how many of the whole source count."""
    frames, n_live = [OLD_SCHEMA.to_frame()], 0
    for frame in run.workspace.stored_records(index.segments, STORED):
        own = frame.filter(pl.col("source") == part.corrects, pl.col("drop") != part.drop)
        n_live += without(own, index.gone).height
        frames.append(old_records(run, own.join(rows, on="row_id", how="semi"), index.gone))
    return pl.concat(frames), n_live


def old_records(run: CandidateRun, found: pl.DataFrame, gone: pl.DataFrame) -> pl.DataFrame:
    """Return records as `resolve` takes them: rows of `OLD_SCHEMA`.

    Parameters
    ----------
    run
        Says which records belong to the validation split.
    found
        Records with the columns `STORED`.
    gone
        `drop` and `id` of those that do not count.
    """
    share = run.settings.pool.validation_share
    exam = pl.Series([is_validation(name, share) for name in found["id"]], dtype=pl.Boolean)
    marked = found.with_columns(in_exam=exam).join(
        gone.select(*KEY, pl.lit(False).alias("counts")).unique(KEY),
        on=KEY,
        how="left",
        maintain_order="left",
    )
    return marked.with_columns(pl.col("counts").fill_null(True)).select(OLD_SCHEMA.names())


def _settle_return(run: CandidateRun, index: Index, lists: pl.DataFrame) -> Settled:
    """Return the index with the records that a withdrawal brings back.

    A record comes back where no other live correction supersedes it. One that is a copy of a record which was
    promoted meanwhile stays out for as long as that one is live.
    """
    before = run.workspace.superseding(run.workspace.segments(run.parent))
    back = before.filter(pl.col("by").is_in(list(run.candidate.remove))).select(KEY).unique()
    back = without(back.filter(pl.col("drop").is_in(list(run.live_drops()))), index.gone)
    if back.is_empty():
        return Settled(index, lists, NOBODY.to_frame(), None)
    params = run.settings.dedup
    frames = run.workspace.stored_records(index.segments)
    others = replace(index, gone=pl.concat([index.gone, back]).sort(KEY))
    with stored((frame.join(back, on=KEY, how="semi") for frame in frames), params, run.workers) as added:
        signed = with_places(added.keys, added.sketch.frame(added.keys["id"], params))
        with others.known(signed) as known:
            pairs = decide(added, added.sketch, known, params, run.workers).pairs
        n_back = added.keys.height
    copies = pairs.select(
        pl.col("keeper_drop").alias("by"),
        *KEY,
        "row_id",
        pl.col("keeper_id").alias("new_id"),
        pl.lit(False).alias("leaves"),
    ).sort(SUPERSEDED_SCHEMA.names())
    told = Correction(source="", superseded=write_list(run, copies), returned=n_back - copies.height)
    gone = pl.concat([index.gone, copies.select(KEY)]).unique().sort(KEY)
    return Settled(replace(index, gone=gone), pl.concat([lists, copies]), NOBODY.to_frame(), told)
