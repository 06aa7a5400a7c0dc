"""The command `status`: what waits, runs, is held or asked about, as one table, with what to type.

What belongs here: one row for each thing that somebody may have to act on. What does not: why a drop is
held (`candidate.told`), and acting.
"""

import os
import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from upath import UPath

from entropy_assets.candidate.batch import open_candidates
from entropy_assets.candidate.decided import touched_since
from entropy_assets.candidate.proposals import void_because
from entropy_assets.candidate.summary import corrections_told, reasons_of, told_from
from entropy_assets.candidate.told import WORDS
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.common import is_failure, typed
from entropy_assets.cli.plain_tables import make_table, print_unfolded
from entropy_assets.cli.printing import say
from entropy_assets.cli.tables import print_examples, to_start
from entropy_assets.errors import CurationError, InvalidInput, StoreDamaged
from entropy_assets.storage import DROP_NAME, SUCCESS_MARKER, datasets

SHOWN_DROPS = 20
"""Drops held or asked about that are shown with their reasons, the last ones."""

RULE_WIDTH = 60
"""Characters of a line of the column of rules; commands are never folded."""


class Row(NamedTuple):
    """One row of the table.

    Parameters
    ----------
    drop
        Name of a drop, or key of another candidate.
    state
        `runs`, `waits`, `arriving`, `ignored`, `held`, `asked` or `touched`; `noted` beside a reason.
    rule
        The rule in words with its scope, or what else is the case.
    measured, allowed
        What was measured, with its unit, and the limit.
    typed
        The whole command to type.
    """

    drop: str
    state: str
    rule: str = "-"
    measured: str = "-"
    allowed: str = "-"
    typed: str = "-"


def print_status(home: UPath, names: Sequence[str] = ()) -> None:
    """Print a table for each dataset, or for those that are named.

    Raises
    ------
    InvalidInput
        A dataset cannot be read.
    StoreDamaged
        It cannot, since it is damaged.
    """
    names = names or datasets(home)
    if not names:
        say(f"no dataset in {home}: run `entropy-assets demo`, or `entropy-assets run DROP`")
    faults: dict[str, CurationError] = {}
    for name in names:
        try:
            _print_dataset(Workspace(home, name))
        except CurationError as error:
            say(f"{name}: {error}")
            faults[name] = error
    if faults:
        told = f"{len(faults)} of {len(names)} dataset(s) cannot be read: {', '.join(faults)}"
        raise next((StoreDamaged(told) for error in faults.values() if is_failure(error)), InvalidInput(told))


def _print_dataset(workspace: Workspace) -> None:
    state = workspace.ledger.state()
    say(f"{workspace.name}: current {state.version or 'none'}, live drops {_last_of(state.drops)}")
    workspace.ledger.repair_current()
    for line in corrections_told(workspace, state.drops[-SHOWN_DROPS:]):
        say(f"  corrects {line}")
    for fault in workspace.damaged_proposals():
        say(f"  damaged  {fault}")
    ready = workspace.home.ready_drops()
    left = {drop: word for drop, word in workspace.ledger.outcome_words().items() if word != "promote"}
    told = _told(workspace, left)
    rows = [*_waiting(workspace), *_not_ready(workspace, set(ready))]
    rows += [row for drop, own in told.items() for row in _decided(workspace, drop, WORDS[left[drop]], own)]
    if touched := list(touched_since(workspace, ready)):
        verify = typed(f"entropy-assets ledger verify --dataset {workspace.name}")
        why = "may have changed since the decision; the command reads it and tells"
        rows.append(Row(_last_of(touched), "touched", why, typed=verify))
    if len(left) > SHOWN_DROPS:
        all_of_them = f"`{typed(f'entropy-assets ledger show --dataset {workspace.name}')}`"
        say(f"  {len(left) - SHOWN_DROPS:,} drops were held or asked about before these: {all_of_them}")
    if not rows:
        say("  nothing is left to do")
        return
    columns = ("drop", "state", "rule", "measured", "allowed", "what to type")
    table = make_table(*columns, unfolded=columns[-1])
    table.columns[columns.index("rule")].max_width = RULE_WIDTH
    for row in rows:
        table.add_row(*row)
    print_unfolded(table)
    print_examples([row for own in told.values() for row in own])


def _waiting(workspace: Workspace) -> Iterator[Row]:
    """Yield the candidates that run or wait, with why those that failed did."""
    live = workspace.lock.live()
    for place, holder in enumerate(live):
        behind = f"behind {live[0].candidate} (process {live[0].pid})" if place else "-"
        yield Row(holder.candidate, "waits" if place else "runs", behind)
    at_work, runs = {holder.candidate for holder in live}, {holder.run for holder in live}
    for key in open_candidates(workspace):
        if key in at_work:
            continue
        why = []
        if key.startswith("@batch-"):
            why.append(f"a batch of {', '.join(workspace.candidate(key).add)}")
        if failure := workspace.attempts.failure(key):
            why.append(f"failed, {failure.why}")
        if n_killed := workspace.attempts.crashes(key, runs):
            why.append(f"killed {n_killed} time(s)")
        if void := void_because(workspace, key):
            why = [f"is void, {void}, and changes nothing"]
        yield Row(key, "waits", "; ".join(why) or "-", typed=to_start(workspace, key))


def _told(workspace: Workspace, left: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    """Return drop -> what its decision says, of the last ones, those that a person is asked about first."""
    found = {}
    for drop in sorted([*left][-SHOWN_DROPS:], key=lambda drop: left[drop] != "ask"):
        outcome = workspace.ledger.outcome(drop)
        if outcome is not None:
            found[drop] = told_from(workspace, outcome[1], drop)
    return found


def _decided(workspace: Workspace, drop: str, state: str, own: list[dict[str, str]]) -> Iterator[Row]:
    """Yield why a drop is held or asked about, and the ways on."""
    for told in own:
        command = typed(told["command"]) if told["command"] else "-"
        yield Row(drop, told["verdict"], _rule(told), told["measured"], told["allowed"], command)
    outcome = workspace.ledger.outcome(drop)
    if not own and outcome is not None:
        codes = ", ".join(dict.fromkeys(reason["code"] for reason in reasons_of(outcome[1], drop)))
        yield Row(drop, state, codes or "-")


def _rule(told: dict[str, str]) -> str:
    """Return the rule in words with its scope, and what to do where there is nothing to type."""
    if told["rule"] == "-":
        return told["do"]
    scope = "" if told["where"] in ("drop", "-") else f" ({told['where']})"
    return f"{told['rule']}{scope}" + ("" if told["command"] else f"; {told['do']}")


def _not_ready(workspace: Workspace, ready: set[str]) -> Iterator[Row]:
    """Yield each thing in the inbox that is no complete drop, and why it is none."""
    inbox = workspace.home.inbox
    found = sorted(path.name for path in inbox.iterdir()) if inbox.is_dir() else []
    for name in found:
        if name in ready or name.startswith("."):
            continue
        if why := _why_ignored(inbox / name):
            yield Row(name, "ignored", why)
        else:
            touch = f"touch {shlex.quote(str(inbox / name / SUCCESS_MARKER))}"
            yield Row(name, "arriving", f"write its {SUCCESS_MARKER} marker when it is complete", typed=touch)


def _why_ignored(path: UPath) -> str:
    """Return why something in the inbox is no drop, empty for one that is arriving."""
    if not path.is_dir():
        return "is no folder; move it out of the inbox, then run it from there"
    if not os.access(str(path), os.R_OK | os.X_OK):
        return "cannot be read; give the right to"
    if not DROP_NAME.fullmatch(path.name):
        return f"no drop is called so, {DROP_NAME.pattern} are; rename the folder"
    if (path / SUCCESS_MARKER).exists():
        return f"its {SUCCESS_MARKER} is no file; put an empty file in its place"
    return ""


def _last_of(drops: Sequence[str]) -> str:
    earlier = len(drops) - SHOWN_DROPS
    return (f"{earlier:,} and " if earlier > 0 else "") + (", ".join(drops[-SHOWN_DROPS:]) or "none")
