"""The asset `dataset_version`: judges again from verified reports, and publishes what passes."""

from typing import Any

import dagster as dg

from entropy_assets.candidate.contamination import examined
from entropy_assets.candidate.manifests import (
    DatasetVersion,
    DedupedRecords,
    DropReport,
    DuplicatePairs,
    LawReport,
    PoolManifest,
    ProbeReport,
    RandomControl,
    RawRecords,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.pipeline import published
from entropy_assets.candidate.publish import (
    Reports,
    conclude,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.summary import all_reasons
from entropy_assets.candidate.told import WORDS
from entropy_assets.candidate.told_of import rows_of_decision, rows_of_report
from entropy_assets.candidate.verdict import hold_sentence, judge_report
from entropy_assets.defs.resources import Dataset, frame_table, result_of, verdict_metadata
from entropy_assets.ledger import CHANGES, Entry
from entropy_assets.storage import read_json

INPUTS = {
    "raw_records": "raw",
    "deduped_records": "deduped",
    "duplicate_pairs": "pairs",
    "screened_records": "screened",
    "drop_report": "drops",
    "pool": "pool",
    "selection": "selection",
    "random_control": "control",
    "probe_report": "probe",
    "entropy_law_report": "law",
}
"""Asset -> what it is called among the reports that a decision rests on."""


def build_publish(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and checks of this stage for one dataset."""

    @dg.asset_check(
        **dataset.check_args(
            "entropy_law_report",
            "Holds the candidate or asks a person where a measurement is not within the policy's limit. The "
            "version judges again from the same reports, so a forged pass promotes nothing.",
            *(name for name in INPUTS if name != "entropy_law_report"),
        )
    )
    def entropy_law(
        context: dg.AssetCheckExecutionContext,
        entropy_law_report: LawReport,
        raw_records: RawRecords,
        deduped_records: DedupedRecords,
        duplicate_pairs: DuplicatePairs,
        screened_records: ScreenedRecords,
        drop_report: DropReport,
        pool: PoolManifest,
        selection: SelectionManifest,
        random_control: RandomControl,
        probe_report: ProbeReport,
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        verdict = judge_report(run, entropy_law_report)
        if not verdict.passes and not run.decided:
            conclude(
                run,
                Reports(
                    raw_records,
                    deduped_records,
                    duplicate_pairs,
                    screened_records,
                    drop_report,
                    pool,
                    selection,
                    random_control,
                    probe_report,
                    entropy_law_report,
                ),
            )
        figures = {k: v for k, v in entropy_law_report.figures.items() if v is not None}
        return dg.AssetCheckResult(
            passed=verdict.passes,
            description=verdict.sentence(),
            metadata={
                "outcome": verdict.outcome,
                "codes": ", ".join(verdict.codes),
                **verdict_metadata(rows_of_report(run, entropy_law_report)),
                **figures,
            },
        )

    @dg.asset(
        **dataset.asset_args("publish", ("parquet",), *INPUTS),
        description="The promoted, immutable version. It is written only where this asset's own judgement "
        "of the stored reports allows it.",
    )
    def dataset_version(
        context: dg.AssetExecutionContext, **manifests: Any
    ) -> dg.MaterializeResult[DatasetVersion]:
        run = dataset.run_of(context)
        reports = Reports(**{INPUTS[name]: manifest for name, manifest in manifests.items()})
        entry = run.workspace.ledger.decision(run.key) or conclude(run, reports)
        if entry is None:
            raise dg.Failure(
                "divided: these drops pass alone and not together; their halves are tried apart",
                allow_retries=False,
            )
        if entry.action not in CHANGES:
            raise dg.Failure(
                f"{WORDS[entry.action]}: {hold_sentence(all_reasons(entry))}",
                metadata=verdict_metadata(rows_of_decision(run, entry)),
                allow_retries=False,
            )
        made = published(run, entry, reports)
        return dg.MaterializeResult(value=made, metadata=_metadata(run, entry))

    @dg.asset_check(
        **dataset.check_args(
            "dataset_version",
            "No training record of the version shares a run of tokens with an evaluation set of the settings "
            "or with the version's validation split.",
        )
    )
    def no_eval_contamination(
        context: dg.AssetCheckExecutionContext, dataset_version: DatasetVersion
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        entry = run.workspace.ledger.decision(run.key)
        if entry is None:
            raise dg.Failure(f"candidate {run.key!r} is not decided: materialise dataset_version first")
        hits, checked = examined(run, dataset_version.version or "", entry)
        return result_of(checked, {"overlaps": frame_table(hits)})

    return [entropy_law, dataset_version, no_eval_contamination]


def _metadata(run: CandidateRun, entry: Entry) -> dict[str, Any]:
    folder = run.workspace.home.version(entry.state.version or "")
    manifest = read_json(folder / "manifest.json")
    rows = [facts["rows"] for path, facts in manifest["files"].items() if path.startswith("data/train-")]
    words = {drop: outcome.outcome for drop, outcome in entry.outcomes.items()}
    left_out = {
        f"{WORDS[word]}_drops": ", ".join(drop for drop, own in words.items() if own == word)
        for word in ("hold", "ask")
        if word in words.values()
    }
    return {
        "version": entry.state.version or "",
        "parent": entry.parent or "none",
        "action": entry.action,
        "folder": dg.MetadataValue.path(str(folder)),
        "dagster/partition_row_count": sum(rows),
        **left_out,
        **verdict_metadata(rows_of_decision(run, entry)),
        **{name: value for name, value in manifest["figures"].items() if value is not None},
    }
