"""Deduplicating what a candidate adds against its parent's pool, each drop apart.

A candidate that takes a drop away brings back the records of other drops that had been removed in favour
of it.

What belongs here: which records are compared with which index, and what promotion adds to it. What does
not: what is a duplicate (`curation.dedup`).
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.candidate.corrections import Settled, settle
from entropy_assets.candidate.corrections_together import Together
from entropy_assets.candidate.ingest import raw_frame
from entropy_assets.candidate.manifests import (
    DedupedPart,
    DedupedRecords,
    DuplicatePairs,
    PairsPart,
    Planted,
    RawPart,
    RawRecords,
    SourceLoss,
)
from entropy_assets.candidate.restoring import read_pairs, restored
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.stops import (
    Checked,
    dedup_reasons,
    going_on,
    ingest_reasons,
    stopped_check,
)
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.corrections import SUPERSEDED_SCHEMA, without
from entropy_assets.curation.dedup import ASIDE_RULES, RULES, Decided, decide, in_file_order, scheme
from entropy_assets.curation.dedup.contradictions import n_contradictory, questions
from entropy_assets.curation.dedup.given import Known
from entropy_assets.curation.dedup.guard import planted_in_drop, planted_in_pool
from entropy_assets.curation.dedup.index import Index, signed_places, with_places
from entropy_assets.curation.dedup.marked import unmarked
from entropy_assets.curation.dedup.rebuilding import is_current, narrowed, rebuild, renewed
from entropy_assets.curation.dedup.retention import retention
from entropy_assets.curation.dedup.stored import Stored, require_room, stored
from entropy_assets.curation.dedup.tables import Scheme, read_signatures, write_signatures
from entropy_assets.curation.screening.credentials import without_secrets
from entropy_assets.differing import differing_told, n_differing
from entropy_assets.ledger import State
from entropy_assets.settings import Settings
from entropy_assets.shards import Segment, Shards, read_shard, read_shards, write_shards
from entropy_assets.storage import put, seed_from
from entropy_assets.texts import utf8

LEAST_SIMILAR = 10
EXCERPT = 160
NO_SHARDS = Shards()


def deduplicate_drops(run: CandidateRun, raw: RawRecords) -> tuple[DedupedRecords, DuplicatePairs]:
    """Return the manifests of what stays of each drop, and of what is removed in favour of what."""
    run.verify(raw)
    index = stored_index(run.workspace, run.live_state(), run.settings, run.workers)
    made = []
    for part in going_on(run, raw.parts, lambda one: ingest_reasons(one, run.settings.ingest)):
        own = (read_shard(run.workspace.root, shard) for shard in part.shards.shards)
        frames = own if run.candidate.add else restored(run)
        made.append(_deduplicate(run, part, frames, settle(run, part, index), index))
    pairs = DuplicatePairs(provenance=run.provenance(raw), parts=tuple(own for _, own in made))
    provenance = run.provenance(raw, pairs)
    return DedupedRecords(provenance=provenance, parts=tuple(kept for kept, _ in made)), pairs


def _deduplicate(
    run: CandidateRun, raw: RawPart, frames: Iterable[pl.DataFrame], settled: Settled, whole: Index
) -> tuple[DedupedPart, PairsPart]:
    root, work = run.workspace.root, run.workspace.home.work
    params, index = run.settings.dedup, settled.index
    with stored(settled.left_in(frames), params, run.workers) as added:
        with index.known(with_places(added.keys, added.sketch.frame(added.keys["id"], params))) as known:
            require_room(added.keys.height + known.signatures.height, params, run.workers)
            decided = decide(added, added.sketch, known, params, run.workers)
        prompts = added.sketch.prompts[decided.rows]
        contradictory = n_contradictory(prompts, index.asked(questions(prompts)))
        shards, signatures = _write_kept(run, added, decided, index.scheme)
        ids, seed = added.keys["id"].gather(decided.rows), seed_from("planted", run.settings.seed, raw.drop)

        def take(places: np.ndarray) -> pl.DataFrame:
            return added.take(decided.rows[places])

        planted = {
            "drop": planted_in_drop(ids, take, params, params.planted, seed),
            "pool": run.once("planted in the pool", lambda: _planted_in_pool(run, whole)),
        }
        aside = settled.pairs
        explained = in_file_order(pl.concat([decided.pairs, aside]))
        losses = retention(raw_frame(run, raw, ["source", "drop", "file", "line"]), explained)
        kept = DedupedPart(
            drop=raw.drop,
            shards=shards,
            signatures=signatures,
            rows_in=added.keys.height + aside.height,
            planted={name: Planted(**own) for name, own in planted.items()},
            losses=tuple(SourceLoss(**row) for row in losses.iter_rows(named=True)),
            correction=settled.correction,
            contradictory=contradictory,
            differing=n_differing(added.keys["id"], decided.pairs, added.frames),
        )
        counts = dict(explained["rule"].value_counts().iter_rows())
        by_rule = {rule: counts.get(rule, 0) for rule in (*RULES, *ASIDE_RULES) if rule in (*RULES, *counts)}
        least = _least_similar(added, index, decided.pairs)
    tables = explained.iter_slices(run.settings.ingest.shard_rows)
    removed = write_shards(root, work("duplicate_pairs"), tables)
    pairs = PairsPart(drop=raw.drop, shards=removed, by_rule=by_rule, least_similar=tuple(least))
    return kept, pairs


def _planted_in_pool(run: CandidateRun, index: Index) -> dict[str, Any]:
    """Return how well the stored index finds copies: the same for all drops on one parent."""
    params, seed = run.settings.dedup, seed_from("planted", run.settings.seed, run.parent.digest)
    return planted_in_pool(index, params, params.planted, seed)


def _write_kept(run: CandidateRun, added: Stored, decided: Decided, wanted: Scheme) -> tuple[Shards, Shards]:
    """Write the records that stay and their signatures, shard by shard; return both lists of shards."""
    rows, params = run.settings.ingest.shard_rows, run.settings.dedup
    root, work = run.workspace.root, run.workspace.home.work
    kept = write_shards(root, work("deduped_records"), added.frames(decided.rows, rows))
    cuts = (decided.rows[start : start + rows] for start in range(0, len(decided.rows), rows))
    tables = (
        with_places(added.keys[cut], added.sketch.frame(added.keys["id"].gather(cut), params, cut))
        for cut in cuts
    )
    return kept, write_signatures(root, work("signatures"), tables, wanted)


def deduplicate_across(
    run: CandidateRun, parts: Sequence[Shards], together: Together
) -> tuple[list[Shards], Shards]:
    """Remove the copies that several drops of a batch have in common, in the order in which they came.

    Each drop was compared with the pool and itself alone, so that its verdict is the one that it would get
    alone; only what is promoted together is compared with each other. Records that a correction of the batch
    supersedes are compared with none and stay, for the day on which it is withdrawn.

    Returns
    -------
    tuple
        What stays of each part, and the shards of the pairs.
    """
    root, work = run.workspace.root, run.workspace.home.work
    params, gone = run.settings.dedup, together.superseded.select("drop", "id").unique()
    aside = together.held_out.select("drop", "id", "row_id")
    frames = [
        [
            read_shard(root, shard).join(aside, on=aside.columns, how="anti", maintain_order="left")
            for shard in own.shards
        ]
        for own in parts
    ]
    with stored((without(frame, gone) for own in frames for frame in own), params, run.workers) as added:
        nothing = Known.of(records.SCHEMA.to_frame(), params)
        decided = decide(added, added.sketch, nothing, params, run.workers)
    removed = decided.pairs.select("drop", "id", "file", "line")
    explained = in_file_order(pl.concat([decided.pairs, together.held_out]))
    pairs = write_shards(root, work("duplicate_pairs"), explained.iter_slices(run.settings.ingest.shard_rows))
    left = [
        write_shards(
            root,
            work("screened_records"),
            (frame.join(removed, on=removed.columns, how="anti", maintain_order="left") for frame in own),
        )
        for own in frames
    ]
    return left, pairs


def stored_index(workspace: Workspace, state: State, settings: Settings, workers: int) -> Index:
    """Return the index of a state's pool under the present settings, rebuilt segments included.

    Signatures of releases that folded other things are made again, beside the old ones.
    """
    wanted = scheme(settings.dedup)
    sign = partial(signed_places, params=settings.dedup, workers=workers)
    segments = tuple(renewed(workspace.root, one, wanted, sign) for one in workspace.segments(state))
    return Index(workspace.root, segments, wanted, workers, workspace.superseded(segments))


def rebuild_index(workspace: Workspace, workers: int) -> tuple[int, int]:
    """Make the signatures of the pool again where they do not fit the settings; return (made, segments)."""
    settings = workspace.load_settings()
    index = stored_index(workspace, workspace.ledger.state(), settings, workers)
    sign = partial(signed_places, params=settings.dedup, workers=workers)
    worn = [s for s in index.segments if not is_current(workspace.root, s, index.scheme)]
    for segment in worn:
        _put_back(workspace, segment, rebuild(workspace.root, segment, index.scheme, sign))
    return len(worn), len(index.segments)


def _put_back(workspace: Workspace, segment: Segment, made: Segment) -> None:
    """Put signatures that were made again with the same bytes where the segment says they are."""
    again = {shard.digest: shard for shard in (made.signatures or Shards()).shards}
    for shard in (segment.signatures or Shards()).shards:
        if shard.digest in again:
            put(workspace.root / shard.path, (workspace.root / again[shard.digest].path).read_bytes())


def index_segment(
    run: CandidateRun, deduped: DedupedRecords, promoted: Shards, superseded: Shards = NO_SHARDS
) -> Segment:
    """Return the index segment of a candidate: promoted records, their signatures, what they supersede."""
    root, work = run.workspace.root, run.workspace.home.work
    wanted = scheme(run.settings.dedup)
    kept = Shards(tuple(shard for part in deduped.parts for shard in part.shards.shards))
    signed = Shards(tuple(shard for part in deduped.parts for shard in part.signatures.shards))
    if promoted != kept:
        signed = narrowed(root, work("signatures"), signed, promoted, wanted) if kept.shards else Shards()
    tables = [read_signatures(root, shard, wanted) for shard in signed.shards]
    drops = {drop for table in tables for drop in table["drop"]}
    drops |= set(read_shards(root, superseded, SUPERSEDED_SCHEMA, ["by"])["by"])
    return Segment(promoted, signed, tuple(sorted(drops)), superseded)


def check_removals_explained(run: CandidateRun, kept: DedupedRecords, pairs: DuplicatePairs) -> Checked:
    """Return whether records in = kept + removed, and every removal names its keeper."""
    n_kept = sum(part.shards.rows for part in kept.parts)
    removed = [read_pairs(run, part.shards, ["keeper_drop"])["keeper_drop"] for part in pairs.parts]
    n_removed, unnamed = sum(map(len, removed)), sum(column.null_count() for column in removed)
    rows_in = sum(part.rows_in for part in kept.parts)
    contradictory = sum(part.contradictory for part in kept.parts)
    told = [f"{rows_in} records in, {n_kept} kept + {n_removed} removed, {unnamed} unexplained"]
    told += [f"{contradictory} contradictory: another answers their prompt otherwise"] * bool(contradictory)
    told += filter(None, (without_secrets(differing_told(part.differing)) for part in kept.parts))
    return Checked(
        rows_in == n_kept + n_removed and unnamed == 0,
        "; ".join(told),
        {"records_in": rows_in, "kept": n_kept, "removed": n_removed, "contradictory": contradictory},
    )


def check_source_retention(run: CandidateRun, deduped: DedupedRecords) -> Checked:
    """Return whether a drop of the candidate keeps of every source what the policy asks for."""
    n_sources = len({loss.source for part in deduped.parts for loss in part.losses})
    found = stopped_check(
        run,
        deduped.parts,
        lambda part: [r for r in dedup_reasons(part, run.settings.policy) if r.code == "source_retention"],
        f"{n_sources} source(s) within the limit",
    )
    shares = [loss.loss_share for part in deduped.parts for loss in part.losses]
    figures = {**found.figures, "largest_loss_share": max(shares, default=0.0)}
    return Checked(found.passed, found.description, figures)


def check_planted(run: CandidateRun, deduped: DedupedRecords) -> Checked:
    """Return whether dedup found the near-copies that it planted for itself."""
    least = run.settings.policy.min_planted_recall
    kinds = [(name, p) for part in deduped.parts for name, p in part.planted.items() if p.n]
    missed = [(name, p) for name, p in kinds if p.recall < least]
    stopped = stopped_check(
        run,
        deduped.parts,
        lambda part: [r for r in dedup_reasons(part, run.settings.policy) if r.code == "planted_copies"],
        "",
    )
    found = ", ".join(f"{p.found} of {p.n} {name}" for name, p in kinds)
    todo = f"at least {least:.0%} must be found: raise dedup.hashes and bands, or lower dedup.threshold"
    return Checked(
        not missed,
        f"planted copies found: {found or 'none was planted'}" + (f"; {todo}" if missed else ""),
        {f"recall_{name}": p.recall for name, p in kinds},
        blocks=not stopped.passed,
    )


def _least_similar(added: Stored, index: Index, pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the near pairs that are least alike, with the beginnings of both texts, for people."""
    least = pairs.filter(pl.col("rule") == "near").sort("similarity", "id").head(LEAST_SIMILAR)
    ids = [*least["id"], *least["keeper_id"]]
    rows = added.keys["id"].is_in(ids).arg_true().to_numpy()
    texts = dict(zip(added.keys["id"].gather(rows), added.texts(rows), strict=True))
    for names, known in index.texts(least["keeper_id"]):
        texts.update(zip(names, utf8(known), strict=True))
    shown = {name: unmarked(text).decode()[:EXCERPT] for name, text in texts.items()}
    return [
        {
            "similarity": row["similarity"],
            "removed": f"{row['row_id'] or row['id']} ({row['drop']}/{row['file']}:{row['line']})",
            "keeper": f"{row['keeper_row_id'] or row['keeper_id']} "
            f"({row['keeper_drop']}/{row['keeper_file']}:{row['keeper_line']})",
            "removed_text": shown[row["id"]],
            "keeper_text": shown[row["keeper_id"]],
        }
        for row in least.iter_rows(named=True)
    ]
