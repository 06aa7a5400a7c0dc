"""Assets that remove what is already there: `deduped_records`, `duplicate_pairs`, and their check."""

from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.curation.dedup import PAIRS_SCHEMA, Known, deduplicate
from entropy_assets.defs.resources import Dataset, table_schema
from entropy_assets.ledger import Candidate, State
from entropy_assets.shards import Shards, read_shards, write_shards
from entropy_assets.storage import read_json


def build_dedup(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.multi_asset(
        name=f"{dataset.name}_deduplicate",
        ins=dataset.ins("raw_records"),
        outs={
            "deduped_records": dataset.asset_out(
                "dedup", "Records whose content neither the pool nor the drop held before."
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
        yield dg.Output(
            kept,
            "deduped_records",
            metadata={
                "dagster/partition_row_count": Shards.from_json(kept["shards"]).rows,
                "dagster/column_schema": table_schema(records.SCHEMA),
                "parent": kept["parent"] or "none",
            },
        )
        yield dg.Output(
            pairs,
            "duplicate_pairs",
            metadata={
                "dagster/partition_row_count": Shards.from_json(pairs["shards"]).rows,
                "dagster/column_schema": table_schema(PAIRS_SCHEMA),
            },
        )

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
        pairs = read_shards(
            dataset.root, Shards.from_json(duplicate_pairs["shards"]), PAIRS_SCHEMA, ["keeper_drop"]
        )
        unnamed = pairs["keeper_drop"].null_count()
        rows_in = deduped_records["rows_in"]
        return dg.AssetCheckResult(
            passed=rows_in == kept + pairs.height and unnamed == 0,
            description=f"{rows_in} records in, {kept} kept + {pairs.height} removed, {unnamed} unexplained",
            metadata={"records_in": rows_in, "kept": kept, "removed": pairs.height},
        )

    return [deduplicate_drop, removals_explained]


def dedup_candidate(
    dataset: Dataset, key: str, raw_records: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Deduplicate what a candidate adds against its parent's pool; return the two manifests.

    A candidate that takes a drop away brings back the records of other drops that had been removed in
    favour of it.
    """
    candidate, parent = dataset.candidate(key), dataset.parent_of(key)
    settings = dataset.settings
    live = State(parent.version, dataset.live_drops(candidate, parent), parent.segments)
    known = dataset.segment_records(live, records.SCHEMA.names()).unique(
        "id", keep="first", maintain_order=True
    )
    added = read_shards(dataset.root, Shards.from_json(raw_records["shards"]), records.SCHEMA)
    added = pl.concat([added, _restored(dataset, candidate, live)])
    result = deduplicate(added, Known.of(known, settings.dedup), settings.dedup)
    folders = (dataset.home.work("deduped_records"), dataset.home.work("duplicate_pairs"))
    kept = write_shards(dataset.root, folders[0], result.kept.iter_slices(settings.ingest.shard_rows))
    pairs = write_shards(dataset.root, folders[1], result.pairs.iter_slices(settings.ingest.shard_rows))
    manifest = {"shards": kept.to_json(), "rows_in": added.height, "parent": parent.version}
    return manifest, {"shards": pairs.to_json()}


def _restored(dataset: Dataset, candidate: Candidate, live: State) -> pl.DataFrame:
    """Return raw records of live drops whose keeper lies in a drop that the candidate takes away."""
    frames = [records.SCHEMA.to_frame()]
    for drop in live.drops if candidate.remove else ():
        pairs = read_shards(dataset.root, _stored(dataset, "duplicate_pairs", drop), PAIRS_SCHEMA)
        lost = pairs.filter(pl.col("keeper_drop").is_in(list(candidate.remove)))
        if lost.height:
            raw = read_shards(dataset.root, _stored(dataset, "raw_records", drop), records.SCHEMA)
            frames.append(raw.join(lost.select("id", "file", "line"), on=["id", "file", "line"], how="semi"))
    return pl.concat(frames)


def _stored(dataset: Dataset, asset: str, key: str) -> Shards:
    return Shards.from_json(read_json(dataset.manifest_path(asset, key))["shards"])
