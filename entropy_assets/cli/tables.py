"""What the commands print for people: tables of candidates, versions and of what to do next."""

import os
import shlex
from collections.abc import Sequence

from upath import UPath

from entropy_assets.candidate.batch import open_candidates
from entropy_assets.candidate.decided import touched_since
from entropy_assets.candidate.proposals import void_because
from entropy_assets.candidate.splitting import DropSplit
from entropy_assets.candidate.summary import Summary, corrections_told, reasons_of, summarise, told_from
from entropy_assets.candidate.told import TOLD_SCHEMA, WORDS
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.common import is_failure, typed
from entropy_assets.cli.plain_tables import make_table, print_table
from entropy_assets.cli.printing import say
from entropy_assets.curation.publication import verify_version
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter, StoreDamaged
from entropy_assets.ledger import CHANGES, Entry
from entropy_assets.storage import DROP_NAME, SUCCESS_MARKER, datasets

SHOWN_DROPS = 20
"""Drops held or asked about that `status` shows with their reasons, the last ones."""


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
    for row in rows:
        if row["example"] != "-" and row["verdict"] != WORDS["note"]:
            say(f"{row['drop']}: {row['rule'].split(':')[0]}, for example {row['example']}")
    said: set[str] = set()
    for row in rows:
        if row["command"] and row["command"] not in said:
            said.add(row["command"])
            say(f"{row['drop']}: {row['do']}:")
            say(f"  {typed(row['command'])}")


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
        say(f"{name}{_to_start(workspace, name)}")


def print_status(home: UPath) -> None:
    """Print what waits, runs, is held and asked about in each dataset, and what to do next."""
    names = datasets(home)
    if not names:
        say(f"no dataset in {home}: run `entropy-assets demo`, or `entropy-assets run DROP`")
    faults: dict[str, CurationError] = {}
    for name in names:
        try:
            _print_dataset(home, name)
        except CurationError as error:
            say(f"{name}: {error}")
            faults[name] = error
    if faults:
        told = f"{len(faults)} of {len(names)} dataset(s) cannot be read: {', '.join(faults)}"
        raise next((StoreDamaged(told) for error in faults.values() if is_failure(error)), InvalidInput(told))


def _print_dataset(home: UPath, name: str) -> None:
    workspace = Workspace(home, name)
    state = workspace.ledger.state()
    say(f"{name}: current {state.version or 'none'}, live drops {_last_of(state.drops)}")
    workspace.ledger.repair_current()
    _print_waiting(workspace)
    ready = workspace.home.ready_drops()
    for line in _not_ready(workspace, set(ready)):
        say(f"  {line}")
    for line in corrections_told(workspace, state.drops[-SHOWN_DROPS:]):
        say(f"  corrects {line}")
    left = {drop: word for drop, word in workspace.ledger.outcome_words().items() if word != "promote"}
    shown = sorted([*left][-SHOWN_DROPS:], key=lambda drop: left[drop] != "ask")
    if len(left) > SHOWN_DROPS:
        all_of_them = f"`{typed(f'entropy-assets ledger show --dataset {name}')}`"
        say(f"  {len(left) - SHOWN_DROPS:,} drops were held or asked about before these: {all_of_them}")
    decided = {drop: own[1] for drop in shown if (own := workspace.ledger.outcome(drop)) is not None}
    for drop, entry in decided.items():
        codes = ", ".join(dict.fromkeys(reason["code"] for reason in reasons_of(entry, drop)))
        say(f"  {WORDS[left[drop]]:<8} {drop}: {codes}")
    if touched := list(touched_since(workspace, ready)):
        reads = f"`{typed(f'entropy-assets ledger verify --dataset {name}')}` reads them and tells"
        say(f"  touched  {_last_of(touched)}: may have changed since the decision; {reads}")
    print_told([row for drop, entry in decided.items() for row in told_from(workspace, entry, drop)])


def _print_waiting(workspace: Workspace) -> None:
    """Print the candidates that run or wait, and why those that failed did."""
    live = workspace.lock.live()
    for place, holder in enumerate(live):
        behind = f": for {live[0].candidate} (process {live[0].pid})"
        say(f"  waits    {holder.candidate}{behind}" if place else f"  runs     {holder.candidate}")
    at_work, runs = {holder.candidate for holder in live}, {holder.run for holder in live}
    for key in open_candidates(workspace):
        if key in at_work:
            continue
        failure, n_killed = workspace.attempts.failure(key), workspace.attempts.crashes(key, runs)
        why = f": failed, {failure.why}" if failure else ""
        why += f": killed {n_killed} time(s)" if n_killed else ""
        void = void_because(workspace, key)
        why = f": is void, {void}, and changes nothing" if void else why
        say(f"  waits    {key}{why}{_to_start(workspace, key)}")
    for fault in workspace.damaged_proposals():
        say(f"  damaged  {fault}")


def print_versions(workspace: Workspace) -> None:
    """Print the promoted versions, the newest last."""
    table = make_table("version", "parent", "by", "candidate", "action", "at", "current")
    state = workspace.ledger.state()
    for entry in _promotions(workspace):
        mark = "*" if entry.state.version == state.version else ""
        version, parent = entry.state.version or "", entry.parent or "-"
        table.add_row(version, parent, entry.candidate.by, entry.candidate.key, entry.action, entry.at, mark)
    print_table(table)


def print_version(workspace: Workspace, version: str) -> None:
    """Print one version after a check of all its files.

    Raises
    ------
    InvalidParameter
        No decision promoted a version of that name.
    """
    entries = [entry for entry in _promotions(workspace) if entry.state.version == version]
    if not entries:
        known = ", ".join(e.state.version or "" for e in _promotions(workspace)) or "none"
        raise InvalidParameter(f"version {version!r} is unknown: known are {known}")
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


def _promotions(workspace: Workspace) -> list[Entry]:
    return [entry for entry in workspace.ledger.entries() if entry.action in CHANGES]


def _to_start(workspace: Workspace, key: str) -> str:
    what = key if key.startswith("@") else shlex.quote(str(workspace.home.drop(key)))
    members = f" of {', '.join(workspace.candidate(key).add)}" if key.startswith("@batch-") else ""
    return f"{members}: `{typed(f'entropy-assets run {what} --dataset {workspace.name}')}`"


def _last_of(drops: Sequence[str]) -> str:
    earlier = len(drops) - SHOWN_DROPS
    return (f"{earlier:,} and " if earlier > 0 else "") + (", ".join(drops[-SHOWN_DROPS:]) or "none")


def _not_ready(workspace: Workspace, ready: set[str]) -> list[str]:
    """Return a line for each thing in the inbox that is no complete drop, and why it is none."""
    inbox = workspace.home.inbox
    found = sorted(path.name for path in inbox.iterdir()) if inbox.is_dir() else []
    return [_why_not(inbox / name) for name in found if name not in ready and not name.startswith(".")]


def _why_not(path: UPath) -> str:
    if not path.is_dir():
        return f"ignored  {path.name}: is no folder; move it out of the inbox, then run it from there"
    if not os.access(str(path), os.R_OK | os.X_OK):
        return f"ignored  {path.name}: cannot be read; give the right to"
    if not DROP_NAME.fullmatch(path.name):
        return f"ignored  {path.name}: no drop is called so, {DROP_NAME.pattern} are; rename the folder"
    if (path / SUCCESS_MARKER).exists():
        return f"ignored  {path.name}: its {SUCCESS_MARKER} is no file; put an empty file in its place"
    return f"arriving {path.name}: write its {SUCCESS_MARKER} marker when it is complete"


def _figure(summary: Summary, name: str) -> str:
    value = summary.figures.get(name)
    return "-" if value is None else f"{value:.3f}"
