"""Which promoted state the instruments of a run are made on: few promotions bring what they have to learn.

Instruments are the detector of damage, the known words, the probe's checkpoint, its exam, losses and law. To
make them costs more than all else of a small drop's verdict. So what was made on a state goes on being used
while the gate itself let in what came after it, this is a small share of the pool, and no source is new.
A person's release, a correction and a withdrawal say what nobody knew before: after them all is made anew.

What belongs here: which state that is; it follows from the ledger alone. What does not: making them.
"""

import json
from dataclasses import dataclass
from typing import Any

from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.ledger import Entry, State, order_of
from entropy_assets.storage import canonical_json


@dataclass(frozen=True)
class Carried:
    """What is carried to a version.

    Parameters
    ----------
    number
        Entry after whose state they are made.
    records
        Promoted records of that state.
    sources
        Their sources, sorted.
    new
        Records that came since.
    """

    number: int
    records: int
    sources: tuple[str, ...]
    new: int = 0

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Carried":
        """Return what `vars` of it gave, read from JSON."""
        return cls(**{**value, "sources": tuple(value["sources"])})


def carried_state(run: CandidateRun) -> State:
    """Return the promoted state that the instruments of a run are made on: its parent's, or one before."""
    return run.once(
        "carried state", lambda: state_carried_to(run.workspace, run.parent, run.settings.law.carried)
    )


def carried_from(run: CandidateRun) -> str | None:
    """Return the version that the instruments of a run are made on, None where it is the run's parent."""
    state = carried_state(run)
    return None if state.digest == run.parent.digest else state.version


def state_carried_to(workspace: Workspace, parent: State, share: float) -> State:
    """Return the promoted state that the instruments of a parent's candidates are made on.

    Parameters
    ----------
    workspace
        The dataset.
    parent
        A state.
    share
        As in `learned_after`.
    """
    if parent.version is None:
        return parent
    state = workspace.ledger.entry(learned_after(workspace, parent.version, share)).state
    # After a rollback the parent need not hold what another line of versions was carried to.
    is_before = state.segments.items() <= parent.segments.items() and {*state.drops} <= {*parent.drops}
    return state if is_before else parent


def learned_after(workspace: Workspace, version: str, share: float) -> int:
    """Return the number of the entry after which the instruments of a version's candidates are made.

    Parameters
    ----------
    workspace
        The dataset.
    version
        A promoted version.
    share
        Records that may come before they are made anew, as a share of those they were made on; 0: none.
    """
    versions = workspace.ledger.versions()
    steps = [number for number in versions.values() if number <= versions[version]]
    carried, todo = None, []
    for number in reversed(steps):
        kept = workspace.cache.get("carried", _parts(workspace, number, share))
        if kept is not None:
            carried = Carried.from_json(json.loads(kept))
            break
        todo.append(number)
        if not _is_by_the_gate(workspace.ledger.entry(number)):
            break  # made anew there, whatever was before: records of that need not lie there any more
    for number in reversed(todo):
        carried = _next(workspace, carried, workspace.ledger.entry(number), share)
        workspace.cache.keep("carried", _parts(workspace, number, share), canonical_json(vars(carried)))
    assert carried is not None, "a version has an entry"
    return carried.number


def _parts(workspace: Workspace, number: int, share: float) -> dict[str, Any]:
    return {"entry": workspace.ledger.entry(number).digest, "share": share}


def _next(workspace: Workspace, before: Carried | None, entry: Entry, share: float) -> Carried:
    """Return what is carried to the version of an entry, from what was to the version before."""
    change = entry.change
    assert change is not None, "an entry that made a version has a change"
    if before is not None and _is_by_the_gate(entry):
        came = State(change.version, change.added, change.segments_set)
        n_records, sources = _counted(workspace, came)
        if before.new + n_records <= share * before.records and sources <= set(before.sources):
            return Carried(before.number, before.records, before.sources, before.new + n_records)
    n_records, sources = _counted(workspace, entry.state)
    return Carried(entry.number, n_records, tuple(sorted(sources)))


def _is_by_the_gate(entry: Entry) -> bool:
    """Return whether an entry lets new drops in, and nobody asked for it."""
    change = entry.change
    return (
        entry.action == "promote"
        and order_of(entry.candidate.key) is None
        and change is not None
        and not (change.removed or change.segments_removed or change.superseded)
    )


def _counted(workspace: Workspace, state: State) -> tuple[int, set[str]]:
    found = workspace.segment_records(state, ["source"])
    return found.height, set(found["source"].to_list())
