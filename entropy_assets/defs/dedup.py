"""Assets that remove what is already there: `deduped_records`, `duplicate_pairs`, and their checks."""

from collections.abc import Iterator
from itertools import chain
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.curation.dedup import PAIRS_SCHEMA, RULES, Decided, decide, scheme
from entropy_assets.curation.dedup.guard import planted_recall
from entropy_assets.curation.dedup.index import (
    Index,
    current,
    is_current,
    narrowed,
    rebuild,
    signed_places,
    with_places,
)
from entropy_assets.curation.dedup.retention import RETENTION_SCHEMA, lost_sources, retention
from entropy_assets.curation.dedup.stored import Stored, require_room, stored
from entropy_assets.curation.dedup.tables import Scheme, read_signatures, write_signatures
from entropy_assets.defs.resources import Dataset, table_of, table_schema
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import CHANGES, Candidate, State
from entropy_assets.shards import Segment, Shards, read_shard, read_shards, write_shards
from entropy_assets.storage import read_json, seed_from

LEAST_SIMILAR = 10
EXCERPT = 160
JUDGED_PLANTED = 50
"""Fewer planted copies than this warn and never block: one missed would weigh too much."""


def build_dedup(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.multi_asset(
        name=f"{dataset.name}_deduplicate",
        ins=dataset.ins("raw_records"),
        outs={
            "deduped_records": dataset.asset_out(
                "dedup", "Records of which neither the pool nor the drop holds a copy or near-copy."
            ),
            "duplicate_pairs": dataset.asset_out(
                "dedup", "For every removed record: its keeper, the rule, the similarity."
            ),
        },
        partitions_def=dataset.partitions,
        pool=dataset.name,
    )
    def deduplicate_drop(context: dg.AssetExecutionContext, raw_records: dict[str, Any]):
        kept, pairs = dedup_candidate(dataset, context.partition_key, raw_records)
        yield dg.Output(kept, "deduped_records", metadata=_kept_metadata(kept))
        yield dg.Output(pairs, "duplicate_pairs", metadata=_pairs_metadata(pairs))

    return [deduplicate_drop, *_checks(dataset)]


def _checks(dataset: Dataset) -> list[dg.AssetChecksDefinition]:
    @dg.asset_check(
        asset=dataset.key("deduped_records"),
        additional_ins=dataset.ins("duplicate_pairs"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="Records in = kept + removed, and every removal names its keeper.",
    )
    def removals_explained(
        deduped_records: dict[str, Any], duplicate_pairs: dict[str, Any]
    ) -> dg.AssetCheckResult:
        kept = Shards.from_json(deduped_records["shards"]).rows
        pairs = _read_pairs(dataset, duplicate_pairs, ["keeper_drop"])
        unnamed = pairs["keeper_drop"].null_count()
        rows_in = deduped_records["rows_in"]
        return dg.AssetCheckResult(
            passed=rows_in == kept + pairs.height and unnamed == 0,
            description=f"{rows_in} records in, {kept} kept + {pairs.height} removed, {unnamed} unexplained",
            metadata={"records_in": rows_in, "kept": kept, "removed": pairs.height},
        )

    @dg.asset_check(
        asset=dataset.key("deduped_records"),
        additional_ins=dataset.ins("raw_records", "duplicate_pairs"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="No source loses more of its new records than the policy allows.",
    )
    def source_retention(
        deduped_records: dict[str, Any], raw_records: dict[str, Any], duplicate_pairs: dict[str, Any]
    ) -> dg.AssetCheckResult:
        return check_retention(dataset, raw_records, duplicate_pairs)

    @dg.asset_check(
        asset=dataset.key("deduped_records"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="Near-copies that the stage planted for itself are found.",
    )
    def planted_copies_found(deduped_records: dict[str, Any]) -> dg.AssetCheckResult:
        return check_planted(dataset, deduped_records)

    return [removals_explained, source_retention, planted_copies_found]


def dedup_candidate(
    dataset: Dataset, key: str, raw_records: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Deduplicate what a candidate adds against its parent's pool; return the two manifests.

    A candidate that takes a drop away brings back the records of other drops that had been removed in
    favour of it.
    """
    candidate, parent = dataset.candidate(key), dataset.parent_of(key)
    settings, params = dataset.settings, dataset.settings.dedup
    live = State(parent.version, dataset.live_drops(candidate, parent), parent.segments)
    index = stored_index(dataset, live)
    raw = Shards.from_json(raw_records["shards"]).shards
    frames = chain((read_shard(dataset.root, shard) for shard in raw), _restored(dataset, candidate, live))
    with stored(frames, params, dataset.workers) as added:
        with index.known(with_places(added.keys, added.sketch.frame(added.keys["id"], params))) as known:
            require_room(added.keys.height + known.signatures.height, params, dataset.workers)
            decided = decide(added, added.sketch, known, params, dataset.workers)
        kept = _write_kept(dataset, added, decided, index.scheme)
        ids, seed = added.keys["id"].gather(decided.rows), seed_from("planted", settings.seed, key)

        def take(places: np.ndarray) -> pl.DataFrame:
            return added.take(decided.rows[places])

        manifest: dict[str, Any] = {
            "rows_in": added.keys.height,
            "parent": parent.version,
            "planted": planted_recall(ids, take, index, params, params.planted, seed),
        }
        pairs = {
            "by_rule": {rule: decided.pairs.filter(pl.col("rule") == rule).height for rule in RULES},
            "least_similar": _least_similar(added, index, decided.pairs),
        }
    tables = decided.pairs.iter_slices(settings.ingest.shard_rows)
    removed = write_shards(dataset.root, dataset.home.work("duplicate_pairs"), tables)
    return manifest | kept, {"shards": removed.to_json(), **pairs}


def _write_kept(dataset: Dataset, added: Stored, decided: Decided, wanted: Scheme) -> dict[str, Any]:
    """Write the records that stay and their signatures, shard by shard; return both lists of shards."""
    rows, params = dataset.settings.ingest.shard_rows, dataset.settings.dedup
    frames = added.frames(decided.rows, rows)
    kept = write_shards(dataset.root, dataset.home.work("deduped_records"), frames)
    cuts = (decided.rows[start : start + rows] for start in range(0, len(decided.rows), rows))
    tables = (
        with_places(added.keys[cut], added.sketch.frame(added.keys["id"].gather(cut), params, cut))
        for cut in cuts
    )
    signed = write_signatures(dataset.root, dataset.home.work("signatures"), tables, wanted)
    return {"shards": kept.to_json(), "signatures": signed.to_json()}


def stored_index(dataset: Dataset, state: State) -> Index:
    """Return the index of a state's pool under the present settings, rebuilt segments included."""
    wanted = scheme(dataset.settings.dedup)
    segments = tuple(current(dataset.root, segment, wanted) for segment in dataset.segments(state))
    return Index(dataset.root, segments, wanted, dataset.workers)


def rebuild_index(dataset: Dataset) -> tuple[int, int]:
    """Make the signatures of the pool again where they do not fit the settings; return (made, segments)."""
    index = stored_index(dataset, dataset.ledger.state())
    params = dataset.settings.dedup

    def sign(frame: pl.DataFrame) -> pl.DataFrame:
        return signed_places(frame, params, dataset.workers)

    worn = [s for s in index.segments if not is_current(dataset.root, s, index.scheme)]
    for segment in worn:
        rebuild(dataset.root, segment, index.scheme, sign)
    return len(worn), len(index.segments)


def index_segment(dataset: Dataset, key: str, promoted: Shards) -> Segment:
    """Return the index segment of a candidate: the records that are promoted, and their signatures.

    Raises
    ------
    StaleProvenance
        The candidate was deduplicated by a release without an index, or under other settings.
    """
    manifest = read_json(dataset.manifest_path("deduped_records", key))
    if "signatures" not in manifest:
        raise StaleProvenance(f"candidate {key!r} has no signatures: run it again from deduped_records")
    signed, wanted = Shards.from_json(manifest["signatures"]), scheme(dataset.settings.dedup)
    if promoted != Shards.from_json(manifest["shards"]):
        signed = narrowed(dataset.root, dataset.home.work("signatures"), signed, promoted, wanted)
    tables = [read_signatures(dataset.root, shard, wanted) for shard in signed.shards]
    return Segment(promoted, signed, tuple(sorted({drop for table in tables for drop in table["drop"]})))


def check_retention(
    dataset: Dataset, raw_records: dict[str, Any], duplicate_pairs: dict[str, Any]
) -> dg.AssetCheckResult:
    """Return whether every source of a drop kept what the policy asks for, counted from what is stored."""
    policy = dataset.settings.policy
    columns = ["source", "drop", "file", "line"]
    raw = read_shards(dataset.root, Shards.from_json(raw_records["shards"]), records.SCHEMA, columns)
    pairs = _read_pairs(dataset, duplicate_pairs, ["drop", "file", "line", "keeper_drop", "rule"])
    table = retention(raw, pairs)
    lost = lost_sources(table, policy.max_source_loss, policy.source_losses)
    faults = [
        f"{row['source']} lost {row['removed']} of {row['records'] - row['held']} new records "
        f"({row['loss_share']:.0%}, allowed {row['allowed']:.0%})"
        for row in lost.iter_rows(named=True)
    ]
    todo = "look at duplicate_pairs; where it is right, name the source in policy.source_losses"
    return dg.AssetCheckResult(
        passed=not faults,
        description=f"{'; '.join(faults)}: {todo}"
        if faults
        else f"{table.height} source(s) within the limit",
        metadata={
            "sources": table_of(table.head(100).iter_rows(named=True), RETENTION_SCHEMA),
            "largest_loss_share": float(table["loss_share"].max() or 0.0),  # type: ignore[arg-type]
        },
    )


def check_planted(dataset: Dataset, deduped_records: dict[str, Any]) -> dg.AssetCheckResult:
    """Return whether dedup found the near-copies that it planted for itself."""
    planted = deduped_records["planted"]
    least = dataset.settings.policy.min_planted_recall
    missed = {name: p for name, p in planted.items() if p["n"] and p["recall"] < least}
    told = "; ".join(f"{p['found']} of {p['n']} {name}" for name, p in planted.items() if p["n"])
    blocks = any(p["n"] >= JUDGED_PLANTED for p in missed.values())
    todo = f"at least {least:.0%} must be found: raise dedup.hashes and bands, or lower dedup.threshold"
    return dg.AssetCheckResult(
        passed=not missed,
        severity=dg.AssetCheckSeverity.ERROR if blocks else dg.AssetCheckSeverity.WARN,
        description=f"planted copies found: {told or 'none was planted'}" + (f"; {todo}" if missed else ""),
        metadata={f"recall_{name}": float(p["recall"]) for name, p in planted.items() if p["n"]},
    )


def _restored(dataset: Dataset, candidate: Candidate, live: State) -> Iterator[pl.DataFrame]:
    """Yield raw records of live drops whose keeper lies in a drop that the candidate takes away.

    Of a record that was removed more than once, by a drop and again after a withdrawal, the last pair
    counts.
    """
    if not candidate.remove:
        return
    place = ["drop", "file", "line"]
    keys = [e.candidate.key for e in dataset.ledger.entries() if e.action in CHANGES]
    keys = [key for key in keys if dataset.manifest_path("duplicate_pairs", key).exists()]
    manifests = [read_json(dataset.manifest_path("duplicate_pairs", key)) for key in keys]
    columns = ["id", *place, "keeper_drop"]
    pairs = pl.concat([_read_pairs(dataset, manifest, columns) for manifest in manifests])
    pairs = pairs.unique(place, keep="last", maintain_order=True)
    lost = pairs.filter(
        pl.col("keeper_drop").is_in(list(candidate.remove)), pl.col("drop").is_in(list(live.drops))
    )
    known = dataset.segment_records(live, place)
    lost = lost.join(known, on=place, how="anti")
    for drop in lost["drop"].unique().sort():
        own = lost.filter(pl.col("drop") == drop)
        for shard in _raw_of(dataset, drop).shards:
            raw = read_shards(dataset.root, Shards((shard,)), records.SCHEMA)
            yield raw.join(own, on=["id", *place], how="semi", maintain_order="left")


def _raw_of(dataset: Dataset, drop: str) -> Shards:
    """Return the raw records of a live drop: those of the candidate that brought it in last."""
    entries = [e for e in dataset.ledger.entries() if e.action in CHANGES and drop in e.candidate.add]
    return Shards.from_json(
        read_json(dataset.manifest_path("raw_records", entries[-1].candidate.key))["shards"]
    )


def _read_pairs(dataset: Dataset, manifest: dict[str, Any], columns: list[str]) -> pl.DataFrame:
    return read_shards(dataset.root, Shards.from_json(manifest["shards"]), PAIRS_SCHEMA, columns)


def _least_similar(added: Stored, index: Index, pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the near pairs that are least alike, with the beginnings of both texts, for the UI."""
    least = pairs.filter(pl.col("rule") == "near").sort("similarity", "id").head(LEAST_SIMILAR)
    ids = [*least["id"], *least["keeper_id"]]
    rows = added.keys["id"].is_in(ids).arg_true().to_numpy()
    own = [text.decode() for text in added.texts(rows)]
    texts = dict(zip(added.keys["id"].gather(rows), own, strict=True))
    for names, known in index.texts(least["keeper_id"]):
        texts.update(zip(names, known, strict=True))
    return [
        {
            "similarity": row["similarity"],
            "removed": f"{row['row_id'] or row['id']} ({row['drop']}/{row['file']}:{row['line']})",
            "keeper": f"{row['keeper_row_id'] or row['keeper_id']} "
            f"({row['keeper_drop']}/{row['keeper_file']}:{row['keeper_line']})",
            "removed_text": texts[row["id"]][:EXCERPT],
            "keeper_text": texts[row["keeper_id"]][:EXCERPT],
        }
        for row in least.iter_rows(named=True)
    ]


def _kept_metadata(manifest: dict[str, Any]) -> dict[str, Any]:
    kept, rows_in = Shards.from_json(manifest["shards"]).rows, manifest["rows_in"]
    planted = {f"recall_{name}": float(p["recall"]) for name, p in manifest["planted"].items() if p["n"]}
    return {
        "dagster/partition_row_count": kept,
        "dagster/column_schema": table_schema(records.SCHEMA),
        "parent": manifest["parent"] or "none",
        "kept_share": float(kept / rows_in) if rows_in else 1.0,
        **planted,
    }


def _pairs_metadata(manifest: dict[str, Any]) -> dict[str, Any]:
    columns: dict[str, Any] = {"similarity": pl.Float64}
    columns |= dict.fromkeys(("removed", "keeper", "removed_text", "keeper_text"), pl.String)
    return {
        "dagster/partition_row_count": Shards.from_json(manifest["shards"]).rows,
        "dagster/column_schema": table_schema(PAIRS_SCHEMA),
        **{f"removed_{rule}": float(count) for rule, count in manifest["by_rule"].items()},
        "least_similar": table_of(manifest["least_similar"], pl.Schema(columns)),
    }
