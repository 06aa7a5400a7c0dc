"""The ledger's decisions in Dagster: the page of each drop tells its verdict, whoever decided it.

A drop that was decided in a batch, or without Dagster, has no run of its own. Its materialisation and its
check are reported as events without a run, made from the ledger.

What belongs here: telling. What does not: deciding.
"""

import contextlib
from typing import Any

import dagster as dg
from sqlalchemy.exc import IntegrityError

from entropy_assets.candidate.summary import decision_word, reasons_of
from entropy_assets.candidate.told_of import rows_of_entry
from entropy_assets.defs.resources import Dataset, verdict_metadata


def report_decisions(instance: dg.DagsterInstance, dataset: Dataset) -> int:
    """Report the decisions on drops that Dagster does not know yet; return how many were reported.

    A drop has a partition from its first run on, or from its report on.
    """
    ledger = dataset.workspace.ledger
    known = set(instance.get_dynamic_partitions(str(dataset.partitions.name)))
    unknown = [drop for drop in ledger.outcome_words() if drop not in known]
    for drop in unknown:
        report_drop(instance, dataset, drop)
    return len(unknown)


def report_drop(instance: dg.DagsterInstance, dataset: Dataset, drop: str) -> None:
    """Report what the ledger says of one drop, on the drop's own partition, which is made last."""
    decided = dataset.workspace.ledger.outcome(drop)
    if decided is None:
        return
    entry = decided[1]
    word, reasons = decision_word(entry, drop), reasons_of(entry, drop)
    told = "; ".join(f"{r['code']} ({r['scope']}): {r['why']}; {r['do']}" for r in reasons)
    metadata: dict[str, Any] = {
        "entry": entry.number,
        "decided_in": entry.candidate.key,
        "outcome": word,
        **verdict_metadata(rows_of_entry(dataset.workspace, entry, [drop])),
    }
    if word == "promote":
        instance.report_runless_asset_event(
            dg.AssetMaterialization(
                asset_key=dataset.key("dataset_version"),
                partition=drop,
                metadata={**metadata, "version": entry.state.version or ""},
            )
        )
    with contextlib.suppress(IntegrityError):  # Dagster keeps one check without a run for a partition
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=dataset.key("entropy_law_report"),
                check_name="entropy_law",
                passed=word == "promote",
                description=told or "promote: every measurement stays within its limit",
                metadata=metadata,
                partition=drop,
            )
        )
    instance.add_dynamic_partitions(str(dataset.partitions.name), [drop])
