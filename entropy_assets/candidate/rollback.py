"""Going back to an earlier version: a person's order that measures nothing and is decided as it is given.

The dataset becomes what it last was while that version was current: its drops, its pool, its validation
split. What came since leaves it, and may be released again; what was withdrawn since is back. No version is
removed, and the next one gets the next number.

What belongs here: what may be gone back to. What does not: writing entries (`ledger`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from entropy_assets.candidate.proposals import require_person
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication import repair_current, verify_version
from entropy_assets.errors import InvalidParameter, StaleProvenance, StoreDamaged
from entropy_assets.ledger import Candidate, Entry, State
from entropy_assets.shards import read_shard_bytes


@dataclass(frozen=True)
class Rollback:
    """A rollback that was decided: its entry, the drops that left the dataset, and those that came back."""

    entry: Entry
    left: tuple[str, ...]
    back: tuple[str, ...]


def roll_back(workspace: Workspace, version: str, who: str, why: str) -> Rollback:
    """Make a version current again.

    Candidates that are being measured are stale from then on, and are measured anew.

    Parameters
    ----------
    workspace
        The dataset.
    version
        Name of a promoted version.
    who, why
        The person, and the reason.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, or the version is current.
    StoreDamaged
        A file of the version, or of the pool that it was chosen from, is missing or was changed.
    StaleProvenance
        Another decision came in meanwhile.
    """
    require_person(who, why)
    ledger = workspace.ledger
    history, before = ledger.history(), ledger.state()
    if version == before.version:
        raise InvalidParameter(f"version {version!r} is current: name an earlier one, or nothing is to do")
    verify_version(workspace.home, version)
    target = history.last_state_of(version)
    if faults := list(_lost(workspace, target)):
        raise StoreDamaged(
            f"the pool of {version} is not whole: {faults[0]}"
            + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else "")
        )
    candidate = Candidate(f"@rollback-{version}-{len(history)}", by=who, why=why)
    entry = ledger.append("rollback", candidate, parent=before, state=target)
    repair_current(workspace.home, ledger)
    left = tuple(drop for drop in before.drops if drop not in target.drops)
    return Rollback(entry, left, tuple(drop for drop in target.drops if drop not in before.drops))


def _lost(workspace: Workspace, state: State) -> Iterator[str]:
    """Yield what is wrong with the shards of a state's pool."""
    try:
        segments = workspace.segments(state)
    except (OSError, StoreDamaged) as error:
        yield str(error)
        return
    for segment in segments:
        for shard in (*segment.records.shards, *segment.superseded.shards):
            try:
                read_shard_bytes(workspace.root, shard)
            except StaleProvenance as error:
                yield str(error)
