"""Assets that look into the records: `screened_records`, `screened_out`, and their checks."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from entropy_assets import records
from entropy_assets.curation.entropy_law import Reason, screening_reasons
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.publication import record_hold
from entropy_assets.curation.screening import FINDINGS_SCHEMA, OUT_SCHEMA, count_by_source
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.curation.screening.parts import Part, screen_part
from entropy_assets.defs.resources import Dataset, table_of, table_schema
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import State
from entropy_assets.shards import Shards, map_shards, read_shards
from entropy_assets.storage import digest_value

SHOWN_ROWS = 50
"""Rows of a table that the UI gets; all of them lie in the shards."""


def build_screening(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.multi_asset(
        name=f"{dataset.name}_screen",
        ins=dataset.ins("deduped_records"),
        outs={
            "screened_records": dataset.asset_out(
                "screening", "Records with their language, without those that a setting removes."
            ),
            "screened_out": dataset.asset_out(
                "screening", "For every removed record: where it stood, the rule, the matched span."
            ),
        },
        partitions_def=dataset.partitions,
        pool=dataset.name,
    )
    def screen_drop(context: dg.AssetExecutionContext, deduped_records: dict[str, Any]):
        kept, out = screen_candidate(dataset, context.partition_key, deduped_records)
        yield dg.Output(kept, "screened_records", metadata=_kept_metadata(dataset, kept))
        yield dg.Output(out, "screened_out", metadata=_out_metadata(dataset, out))

    @dg.asset_check(
        asset=dataset.key("screened_records"),
        additional_ins=dataset.ins("screened_out"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="Records in = kept + removed, no record is both, and every removal names its rule.",
    )
    def screening_conserved(
        screened_records: dict[str, Any], screened_out: dict[str, Any]
    ) -> dg.AssetCheckResult:
        kept = read_shards(dataset.root, Shards.from_json(screened_records["shards"]), records.SCHEMA, ["id"])
        out = read_shards(dataset.root, Shards.from_json(screened_out["shards"]), OUT_SCHEMA, ["id", "rule"])
        unnamed, both = out["rule"].null_count(), len(set(kept["id"]) & set(out["id"]))
        rows_in = screened_records["rows_in"]
        return dg.AssetCheckResult(
            passed=rows_in == kept.height + out.height and not unnamed and not both,
            description=f"{rows_in} records in, {kept.height} kept + {out.height} removed, "
            f"{unnamed} unexplained, {both} both",
            metadata={"records_in": rows_in, "kept": kept.height, "removed": out.height},
        )

    @dg.asset_check(
        asset=dataset.key("screened_records"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="Holds the candidate where secrets, personal data or licences are not within the "
        "policy. The version judges the same counts again.",
    )
    def screening_limits(
        context: dg.AssetCheckExecutionContext, screened_records: dict[str, Any]
    ) -> dg.AssetCheckResult:
        reasons = hold_for_screening(dataset, context.partition_key, screened_records)
        told = "; ".join(f"{reason.code}: {reason.why}; {reason.do}" for reason in reasons)
        return dg.AssetCheckResult(
            passed=not reasons,
            description=told or "secrets, personal data and licences are within the policy",
        )

    return [screen_drop, screening_conserved, screening_limits]


def screen_candidate(
    dataset: Dataset, key: str, deduped_records: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Screen what dedup let through; return the manifests of kept and of removed records."""
    settings = dataset.settings.screening
    given = Shards.from_json(deduped_records["shards"])
    contaminated = _contaminated(dataset, key, given) if settings.evaluation_sets else None
    work = dataset.home.work
    folders = (work("screened_records"), work("screened_out"), work("screening_findings"))
    parts = [Part(dataset.root, folders, shard, settings, contaminated) for shard in given.shards]
    screened = map_shards(screen_part, parts, dataset.workers)
    kept, out, findings = (
        Shards(tuple(shard for part in screened for shard in part[place].shards)) for place in range(3)
    )
    counted = read_shards(dataset.root, kept, records.SCHEMA, ["id", "source", "language"])
    found = read_shards(dataset.root, findings, FINDINGS_SCHEMA)
    manifest = {
        "shards": kept.to_json(),
        "findings": findings.to_json(),
        "counts": count_by_source(counted, found, settings.licences),
        "rows_in": given.rows,
        "parent": deduped_records["parent"],
    }
    return manifest, {"shards": out.to_json()}


def _contaminated(dataset: Dataset, key: str, given: Shards) -> pl.DataFrame:
    """Return the overlaps of a candidate's new records; what is boilerplate is told by its whole pool."""
    settings = dataset.settings.screening
    own = read_shards(dataset.root, given, records.SCHEMA)
    candidate, parent = dataset.candidate(key), dataset.parent_of(key)
    live = State(parent.version, dataset.live_drops(candidate, parent), parent.segments)
    background = pl.concat([dataset.segment_records(live), own]).unique("id")
    items = evaluation_items(dataset)
    return find_contamination(own, items, settings.contamination_tokens, background=background)


def evaluation_items(dataset: Dataset) -> pl.DataFrame:
    """Return the items of all evaluation sets of the settings as records, each with its `item_set`.

    Raises
    ------
    InvalidInput
        A set's file is missing, empty, or holds rows that cannot be read.
    """
    frames = [records.SCHEMA.to_frame().with_columns(pl.lit(None, dtype=pl.String).alias("item_set"))]
    for name, file in sorted(dataset.settings.screening.evaluation_sets.items()):
        path = Path(str(dataset.root / file))
        if not path.is_file():
            raise InvalidInput(f"evaluation set {name!r} must be a file beside entropy.toml, {path} is none")
        read = read_file(path, drop=name)
        if read.quarantined.height or not read.records.height:
            raise InvalidInput(
                f"evaluation set {name!r} must be readable as a whole, got {read.records.height} items and "
                f"{read.quarantined.height} bad rows in {path}: mend the file"
            )
        frames.append(read.records.with_columns(pl.lit(name).alias("item_set")))
    return pl.concat(frames)


def screening_digest(screened_records: dict[str, Any]) -> str:
    """Return the digest of what screening let through and of what it counted."""
    shards = Shards.from_json(screened_records["shards"])
    return digest_value([shards.digest, screened_records["counts"]])


def hold_for_screening(dataset: Dataset, key: str, screened_records: dict[str, Any]) -> tuple[Reason, ...]:
    """Return why the counts of a candidate hold it, and write that decision where it is still open."""
    candidate = dataset.candidate(key)
    reasons = tuple(
        reason
        for reason in screening_reasons(screened_records["counts"], dataset.settings.policy)
        if not reason.is_set_aside(candidate.overrides)
    )
    if reasons and dataset.ledger.decision(key) is None:
        rests_on = {"screened_records": screening_digest(screened_records)}
        told = tuple(asdict(reason) for reason in reasons)
        record_hold(dataset.ledger, candidate, dataset.parent_of(key), told, rests_on)
    return reasons


def counts_table(counts: list[dict[str, Any]]) -> dg.TableMetadataValue:
    """Return what screening counted, one row a source, as Dagster shows it."""
    rows = [
        {
            **row,
            "licence": row["licence"] or "none stated",
            "languages": ", ".join(f"{code} {count}" for code, count in row["languages"].items()),
        }
        for row in counts
    ]
    return table_of(rows, COUNTS_SCHEMA)


COUNTS_SCHEMA = pl.Schema(
    {
        "source": pl.String,
        "licence": pl.String,
        "records": pl.Int64,
        "languages": pl.String,
        **dict.fromkeys(("secrets", "emails", "phones", "cards", "personal_data"), pl.Int64),
    }
)


def _kept_metadata(dataset: Dataset, manifest: dict[str, Any]) -> dict[str, Any]:
    counts = manifest["counts"]
    findings = read_shards(dataset.root, Shards.from_json(manifest["findings"]), FINDINGS_SCHEMA)
    return {
        "dagster/partition_row_count": Shards.from_json(manifest["shards"]).rows,
        "dagster/column_schema": table_schema(records.SCHEMA),
        "by_source": counts_table(counts),
        "reported": frame_table(findings),
        **{
            name: sum(row[name] for row in counts)
            for name in ("secrets", "emails", "phones", "cards", "personal_data")
        },
    }


def _out_metadata(dataset: Dataset, manifest: dict[str, Any]) -> dict[str, Any]:
    out = read_shards(dataset.root, Shards.from_json(manifest["shards"]), OUT_SCHEMA)
    by_rule = {f"removed_{rule}": count for rule, count in sorted(out["rule"].value_counts().iter_rows())}
    return {
        "dagster/partition_row_count": out.height,
        "dagster/column_schema": table_schema(OUT_SCHEMA),
        "removed": frame_table(out),
        **by_rule,
    }


def frame_table(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """Return the first rows of a frame as Dagster shows them."""
    return table_of(frame.head(SHOWN_ROWS).iter_rows(named=True), frame.schema)
