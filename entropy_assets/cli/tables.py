"""What the commands print for people: tables of candidates, of why they are held, of splits and versions.

What belongs here: what `run`, `drop` and `versions` print. What does not: `status` (`cli.status`).
"""

import shlex
from collections.abc import Sequence

from entropy_assets.candidate.beside_random import heldout_beside_random
from entropy_assets.candidate.splitting import DropSplit
from entropy_assets.candidate.summary import Summary, summarise
from entropy_assets.candidate.told import TOLD_SCHEMA, WORDS
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.common import typed
from entropy_assets.cli.plain_tables import make_table, print_table
from entropy_assets.cli.printing import say
from entropy_assets.curation.publication import verify_version
from entropy_assets.ledger import CHANGES, Entry


def print_candidates(workspace: Workspace, keys: Sequence[str] | None = None) -> None:
    """Print a table of candidates with R, L, held-out loss, verdict and reasons."""
    chosen = keys or [entry.candidate.key for entry in workspace.ledger.entries()]
    summaries = [summarise(workspace, key) for key in chosen]
    table = make_table("candidate", "R zlib32k", "R zstd_long", "L", "held-out", "verdict", "reasons")
    for summary in summaries:
        figures = [
            _figure(summary, name) for name in ("ratio_zlib32k", "ratio_zstd_long", "loss_bpb", "heldout_bpb")
        ]
        codes = ", ".join(dict.fromkeys(reason["code"] for reason in summary.reasons))
        table.add_row(summary.candidate, *figures, summary.decision, codes or "-")
        control = [
            _figure(summary, f"random_{name}")
            for name in ("ratio_zlib32k", "ratio_zstd_long", "loss_bpb", "heldout_bpb")
        ]
        table.add_row("  random control", *control, "", "", style="dim")
    print_table(table)
    say("R = raw / compressed bytes, higher is more redundant; L and held-out in bits per byte.")
    for key in dict.fromkeys(summary.batch or summary.candidate for summary in summaries):
        if line := heldout_beside_random(workspace, key):
            say(f"{key}: {line}" if len(summaries) > 1 else line)
    for summary in summaries:
        if summary.note:
            say()
            say(f"{summary.candidate}: {summary.note}")
    print_told([row for summary in summaries for row in summary.told])


def print_versions_of(workspace: Workspace, summaries: Sequence[Summary]) -> None:
    """Print the versions that decisions have left, and the folder of each; nothing where there is none."""
    for version in dict.fromkeys(summary.version for summary in summaries if summary.version):
        by = [s.candidate for s in summaries if s.version == version and s.decision == "promote"]
        made = f"with {', '.join(by)}" if by else "as before"
        current = workspace.ledger.state().version
        now = "" if version == current else f"; current is {current}"
        say(f"version {version} ({made}{now}): {workspace.home.version(version)}")


def print_told(rows: Sequence[dict[str, str]]) -> None:
    """Print why drops are held or asked about, what is noted, and what to do; nothing where there is none.

    Examples stand below the table and commands below these, on lines that no column folds; what several rows
    ask for is said once.
    """
    if not rows:
        return
    columns = [column for column in TOLD_SCHEMA if column not in ("command", "example")]
    table = make_table(*columns)
    for row in rows:
        if row["rule"] != "-":
            table.add_row(*(row[column] for column in columns))
    say()
    print_table(table)
    print_examples(rows)
    said: set[str] = set()
    for row in rows:
        if row["command"] and row["command"] not in said:
            said.add(row["command"])
            say(f"{row['drop']}: {row['do']}:")
            say(f"  {typed(row['command'])}")


def print_examples(rows: Sequence[dict[str, str]]) -> None:
    """Print the record that speaks most for each rule that holds a drop, or asks about it."""
    for row in rows:
        if row["example"] != "-" and row["verdict"] != WORDS["note"]:
            say(f"{row['drop']}: {row['rule'].split(':')[0]}, for example {row['example']}")


def print_split(workspace: Workspace, made: DropSplit) -> None:
    """Print where the rows of a split drop went, by which rules, and what to do next."""
    say(made.rows.line)
    table = make_table("rule", "source", "suspects", "of its records")
    for row in made.by_source.iter_rows(named=True):
        table.add_row(row["rule"], row["source"], f"{row['suspects']:,}", f"{row['records']:,}")
    print_table(table)
    if made.n_copies:
        say(f"{made.n_copies:,} row(s) set aside as copies that dedup had removed for a suspect")
    for name in (made.clean, made.set_aside):
        say(f"{name}: `{to_start(workspace, name)}`")


def print_versions(workspace: Workspace) -> None:
    """Print the promoted versions, the newest last."""
    table = make_table("version", "parent", "by", "candidate", "action", "at", "current")
    state = workspace.ledger.state()
    promotions = _promotions(workspace)
    made_current = [entry.number for entry in promotions if entry.state.version == state.version][-1:]
    for entry in promotions:
        mark = "*" if entry.number in made_current else ""
        version, parent = entry.state.version or "", entry.parent or "-"
        table.add_row(version, parent, entry.candidate.by, entry.candidate.key, entry.action, entry.at, mark)
    print_table(table)


def print_version(workspace: Workspace, version: str) -> None:
    """Print one version after a check of all its files."""
    entries = [entry for entry in _promotions(workspace) if entry.state.version == version]
    manifest = verify_version(workspace.home, version)
    say(f"{version} in {workspace.home.version(version)}: every file matches its digest")
    for entry in entries:
        who = f"by {entry.candidate.by}: {entry.candidate.why}"
        say(f"  {entry.action} of {entry.candidate.key} over {entry.parent or 'nothing'}, {who}")
    say(f"  drops: {', '.join(manifest['drops'])}")
    for by, own in manifest.get("superseded", {}).items():
        told = ", ".join(f"{count:,} of {drop}" for drop, count in own.items())
        say(f"  {by} corrects records that are kept out: {told}")
    for name, value in sorted(manifest["figures"].items()):
        if value is not None:
            say(f"  {name}: {value:.4f}")
    worse = workspace.scores.higher_is_worse()
    for name, value in workspace.scores.of_versions().get(version, {}).items():
        say(f"  score {name}: {value:.6g} (higher is {'worse' if worse[name] else 'better'})")
    for path, facts in sorted(manifest["files"].items()):
        rows = f", {facts['rows']:,} rows" if "rows" in facts else ""
        say(f"  {path}: {facts['bytes']:,} bytes{rows}")


def to_start(workspace: Workspace, key: str) -> str:
    """Return the whole command that runs what waits."""
    what = key if key.startswith("@") else shlex.quote(str(workspace.home.drop(key)))
    return typed(f"entropy-assets run {what} --dataset {workspace.name}")


def _promotions(workspace: Workspace) -> list[Entry]:
    return [entry for entry in workspace.ledger.entries() if entry.action in CHANGES]


def _figure(summary: Summary, name: str) -> str:
    value = summary.figures.get(name)
    return "-" if value is None else f"{value:.3f}"
