"""The table that a person reads, of what a candidate stored: its drop report, its whole report, its entry.

What belongs here: which rows are told of what. What does not: the rows (`told`), and showing them.
"""

from collections.abc import Mapping
from dataclasses import asdict

from entropy_assets.candidate.manifests import DropReport, LawReport, ScreenedRecords
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.suspects import examples_in, examples_of
from entropy_assets.candidate.told import told_of_entry, told_rows
from entropy_assets.candidate.verdict import judge_drop, judge_report
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import Verdict
from entropy_assets.ledger import Entry, drop_of

Rows = list[dict[str, str]]


def rows_of_drops(run: CandidateRun, screened: ScreenedRecords, report: DropReport) -> Rows:
    """Return what the drop report alone says of each drop."""
    by_drop = {part.drop: part for part in screened.parts}
    rows: Rows = []
    for part in report.parts:
        verdict, examples = judge_drop(run, by_drop[part.drop], part), examples_in(run.workspace, part)
        rows += _rows(run, part.drop, verdict, examples)
    return rows


def rows_of_report(run: CandidateRun, report: LawReport) -> Rows:
    """Return what the whole report says of a candidate."""
    drop = drop_of(run.candidate) or run.key
    return _rows(run, drop, judge_report(run, report), examples_of(run.workspace, run.key, drop))


def rows_of_entry(workspace: Workspace, entry: Entry, drops: list[str]) -> Rows:
    """Return what the ledger says of some drops, or of a candidate that brings none."""
    return [
        row
        for drop in drops
        for row in told_of_entry(
            workspace.name, entry, drop, examples=examples_of(workspace, entry.candidate.key, drop)
        )
    ]


def rows_of_decision(run: CandidateRun, entry: Entry) -> Rows:
    """Return what the ledger says of all that the entry of a run decided."""
    return rows_of_entry(run.workspace, entry, [*entry.outcomes] or [run.key])


def _rows(run: CandidateRun, drop: str, verdict: Verdict, examples: Mapping[str, str]) -> Rows:
    told = [asdict(reason) for reason in (*verdict.reasons, *verdict.notes)]
    return told_rows(run.workspace.name, drop, told, run.candidate.overrides, examples=examples)
