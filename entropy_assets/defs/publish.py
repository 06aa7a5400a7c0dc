"""The asset `dataset_version`: checks that all reports belong together, judges again, and publishes."""

from typing import Any

import dagster as dg
import polars as pl

from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Verdict
from entropy_assets.curation.publication import VersionContent, publish, repair_current
from entropy_assets.curation.screening import count_by_source, find_sensitive
from entropy_assets.curation.screening.contamination import CONTAMINATION_SCHEMA, find_contamination
from entropy_assets.defs.dedup import index_segment
from entropy_assets.defs.reference import load_reference, version_records
from entropy_assets.defs.resources import Dataset, read_one
from entropy_assets.defs.screening import evaluation_items, frame_table, screening_digest
from entropy_assets.defs.verdict import hold_if_judged, hold_sentence, judge_report, provenance
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import Entry
from entropy_assets.shards import Shards
from entropy_assets.storage import digest_value, read_json

REPORTS = ("probe_report", "drop_report", "entropy_law_report")
VALIDATION_SET = "validation split"
INPUTS = ("screened_records", "pool", "selection", *REPORTS)


def build_publish(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("publish", ("parquet",), *INPUTS),
        pool=dataset.name,
        description="The promoted, immutable version. It is written only where this asset's own judgement "
        "of the stored reports allows it.",
    )
    def dataset_version(
        context: dg.AssetExecutionContext, **manifests: dict[str, Any]
    ) -> dg.MaterializeResult[dict[str, Any]]:
        key = context.partition_key
        decided = dataset.ledger.decision(key)
        if decided is None:
            verify_inputs(dataset, key, manifests)
            verdict = judge_report(dataset, key, manifests["entropy_law_report"])
            decided = conclude(dataset, key, verdict, manifests)
        repair_current(dataset.home, dataset.ledger)
        if decided.action == "hold":
            raise dg.Failure(f"held: {hold_sentence(decided)}", allow_retries=False)
        value = {"version": decided.state.version, "entry": decided.number}
        return dg.MaterializeResult(value=value, metadata=_metadata(dataset, decided))

    @dg.asset_check(
        asset=dataset.key("dataset_version"),
        blocking=True,
        partitions_def=dataset.partitions,
        description="No training record of the version shares a run of tokens with an evaluation set of "
        "the settings or with the version's validation split.",
    )
    def no_eval_contamination(dataset_version: dict[str, Any]) -> dg.AssetCheckResult:
        hits = version_contamination(dataset, dataset_version)
        named = ", ".join(hits["item_set"].unique().sort().to_list())
        return dg.AssetCheckResult(
            passed=hits.is_empty(),
            description=f"{hits.height} training records overlap with {named}: list the set in "
            "screening.evaluation_sets and deliver the drops again without them"
            if hits.height
            else "no training record overlaps with an evaluation set or the validation split",
            metadata={"contaminated": hits.height, "overlaps": frame_table(hits)},
        )

    return [dataset_version, no_eval_contamination]


def verify_inputs(dataset: Dataset, key: str, manifests: dict[str, dict[str, Any]]) -> None:
    """Check that every report was made of what is stored now, under the present settings and parent.

    Raises
    ------
    StaleProvenance
        Something was changed, replaced or made for another parent after it was measured; all
        differences are named at once.
    """
    reference = load_reference(dataset, dataset.parent_of(key))
    parent = None if reference is None else reference.digest
    present = {
        "screened_records": screening_digest(manifests["screened_records"]),
        "pool": manifests["pool"]["digest"],
        "selection": manifests["selection"]["digest"],
        "probe_report": digest_value(manifests["probe_report"]),
        "drop_report": digest_value(manifests["drop_report"]),
        "parent": parent,
        "settings": dataset.settings.digest,
    }
    wrong = [
        f"{report} was made for {name} {str(stated)[:12]}, but {str(present[name])[:12]} is stored"
        for report in REPORTS
        for name, stated in manifests[report]["inputs"].items()
        if name in present and stated != present[name]
    ]
    if manifests["selection"]["pool"] != manifests["pool"]["digest"]:
        wrong.append("selection was made from another pool")
    if any(
        manifests[name]["candidate"] != key for name in ("probe_report", "drop_report", "entropy_law_report")
    ):
        wrong.append("a report speaks about another candidate")
    if manifests["entropy_law_report"].get("screened") != manifests["screened_records"]["counts"]:
        wrong.append("entropy_law_report states other counts than screening made")
    anchor = dataset.settings.policy.anchor or dataset.first_version()
    if manifests["probe_report"]["anchor"] != anchor:
        wrong.append(
            f"the reports were measured against anchor {manifests['probe_report']['anchor']}, not {anchor}"
        )
    if wrong:
        raise StaleProvenance(f"candidate {key!r}: {'; '.join(wrong)}: run it again from deduped_records")


def conclude(dataset: Dataset, key: str, verdict: Verdict, manifests: dict[str, dict[str, Any]]) -> Entry:
    """Write the decision that a verdict calls for; return the ledger's entry."""
    report = manifests["entropy_law_report"]
    held = hold_if_judged(dataset, key, verdict, report)
    if held is not None:
        return held
    candidate, parent = dataset.candidate(key), dataset.parent_of(key)
    pool = dataset.load_pool(manifests["pool"])
    picked = read_one(dataset, manifests["selection"]).select("rank", "id")
    train = picked.join(pool.records, on="id", how="left", maintain_order="left")
    if train["kind"].null_count() or set(picked["id"]) - set(pool.part(pools.TRAIN)["id"]):
        raise StaleProvenance(f"candidate {key!r}: the selection names records that are not for training")
    content = VersionContent(
        train=train.select(*pool.records.columns, "rank"),
        validation=pool.part(pools.VALIDATION).with_columns(pl.lit(None, dtype=pl.Int64).alias("rank")),
        figures=report["figures"],
        segment=index_segment(dataset, key, Shards.from_json(manifests["screened_records"]["shards"])),
        provenance=provenance(report),
        sources=tuple(_sources(dataset, train)),
    )
    drops = dataset.live_drops(candidate, parent)
    overridden = tuple(verdict.to_json()["overridden"])
    return publish(dataset.home, dataset.ledger, candidate, parent, drops, content, overridden)


def _sources(dataset: Dataset, train: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what screening knows of each source of a version, looked for in the version itself."""
    settings = dataset.settings.screening
    return count_by_source(train, find_sensitive(train, settings), settings.licences)


def version_contamination(dataset: Dataset, made: dict[str, Any]) -> pl.DataFrame:
    """Return a version's training records that overlap with an evaluation set or its validation split.

    Evaluation sets are looked for as in screening, with the version's whole pool as background; the
    validation split as when the pool was assembled.

    Parameters
    ----------
    dataset
        The dataset.
    made
        What the asset `dataset_version` returned: `version`, and the number of its ledger `entry`.

    Returns
    -------
    pl.DataFrame
        Rows of `CONTAMINATION_SCHEMA`; for the validation split only the ids of record and item.
    """
    settings = dataset.settings
    train, held_out = (version_records(dataset, made["version"], split) for split in ("train", "validation"))
    split = pools.assemble(pl.concat([train, held_out]), settings.pool).split
    own = split.filter(pl.col("id").is_in(train["id"].to_list()))
    own = own.with_columns(item_id=pl.coalesce("overlaps_with", "id"), item_set=pl.lit(VALIDATION_SET))
    hits = [CONTAMINATION_SCHEMA.to_frame(), own.filter(pl.col("split") != pools.TRAIN)]
    if settings.screening.evaluation_sets:
        entry = next(one for one in dataset.ledger.entries() if one.number == made["entry"])
        background = pl.concat([dataset.segment_records(entry.state), train]).unique("id")
        items, n_tokens = evaluation_items(dataset), settings.screening.contamination_tokens
        hits.append(find_contamination(train, items, n_tokens, background=background))
    return pl.concat(hits, how="diagonal").select(CONTAMINATION_SCHEMA.names())


def _metadata(dataset: Dataset, entry: Entry) -> dict[str, Any]:
    version = entry.state.version or ""
    manifest = read_json(dataset.home.version(version) / "manifest.json")
    rows = [facts["rows"] for path, facts in manifest["files"].items() if path.startswith("data/train-")]
    return {
        "version": version,
        "parent": entry.parent or "none",
        "action": entry.action,
        "folder": dg.MetadataValue.path(str(dataset.home.version(version))),
        "dagster/partition_row_count": sum(rows),
        **{name: value for name, value in manifest["figures"].items() if value is not None},
    }
