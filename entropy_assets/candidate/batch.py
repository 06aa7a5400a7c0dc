"""Batches: several waiting drops as one candidate, each judged apart, the rest published once.

Membership is frozen when the batch is proposed. A batch whose drops pass alone and not together, or that
cannot be run, is divided into halves, down to single drops, so that one drop never sinks the others.

What belongs here: proposing, dividing, and what waits for a run. What does not: running.
"""

from dataclasses import asdict

from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import StorageConflict, StoreDamaged
from entropy_assets.ledger import Candidate
from entropy_assets.storage import canonical_json, create_exclusive, digest_value, read_json

MAX_BATCH = 200
"""Drops of one batch at most; the others wait for the next one."""

PREFIX = "@batch-"


def propose_batch(workspace: Workspace, drops: list[str]) -> Candidate:
    """Propose drops as one candidate and return it; the same drops are the same batch.

    Parameters
    ----------
    workspace
        The dataset.
    drops
        Two or more, in order of arrival.
    """
    key = f"{PREFIX}{digest_value(drops)[:8]}"
    candidate = Candidate(key, add=tuple(drops), why=f"{len(drops)} drops that waited together")
    try:
        return workspace.propose(candidate)
    except StorageConflict:
        return workspace.candidate(key)


def divide_batch(workspace: Workspace, candidate: Candidate) -> tuple[tuple[str, ...], ...]:
    """Divide a batch into halves that are candidates of their own; return their drops."""
    middle = (len(candidate.add) + 1) // 2
    halves = (candidate.add[:middle], candidate.add[middle:])
    for half in halves:
        if len(half) > 1:
            propose_batch(workspace, list(half))
    value = {"candidate": asdict(candidate), "halves": [list(half) for half in halves]}
    try:
        create_exclusive(_divided(workspace, candidate.key), canonical_json(value))
    except StorageConflict:
        return tuple(tuple(half) for half in _halves(_divided(workspace, candidate.key)))
    return halves


def was_divided(workspace: Workspace, key: str) -> bool:
    """Return whether a batch was divided."""
    return key.startswith(PREFIX) and _divided(workspace, key).exists()


def is_settled(workspace: Workspace, key: str) -> bool:
    """Return whether a batch is not to be run any more: it was divided, or none of its drops waits."""
    if not key.startswith(PREFIX):
        return False
    return was_divided(workspace, key) or not waiting_members(workspace, workspace.candidate(key))


def open_proposals(workspace: Workspace) -> list[Candidate]:
    """Return the candidates that were proposed and wait for a decision, persons' orders first."""
    waiting = [
        candidate
        for candidate in workspace.proposals()
        if not workspace.ledger.decided(candidate.key) and not is_settled(workspace, candidate.key)
    ]
    return sorted(waiting, key=lambda candidate: (candidate.key.startswith(PREFIX), candidate.key))


def open_candidates(workspace: Workspace) -> list[str]:
    """Return the keys of all candidates that wait: orders, batches, then drops that are in no open batch."""
    proposals = open_proposals(workspace)
    batched = {drop for one in proposals if one.key.startswith(PREFIX) for drop in one.add}
    drops = [drop for drop in workspace.waiting_drops() if drop not in batched]
    return [*(one.key for one in proposals), *drops]


def next_batch(workspace: Workspace, skip: set[str]) -> list[str]:
    """Return the waiting drops that may go together, in order of arrival.

    Parameters
    ----------
    workspace
        The dataset.
    skip
        Keys that are not to be started now.
    """
    alone = _alone(workspace) | skip
    waiting = [key for key in open_candidates(workspace) if not key.startswith("@") and key not in alone]
    return waiting[:MAX_BATCH]


def waiting_members(workspace: Workspace, candidate: Candidate) -> tuple[str, ...]:
    """Return the drops of a batch that are complete in the inbox and not decided."""
    there = set(workspace.home.ready_drops())
    return tuple(d for d in candidate.add if d in there and not workspace.ledger.decided(d))


def _alone(workspace: Workspace) -> set[str]:
    """Return the drops that a division has left alone: they are judged alone."""
    folder = workspace.root / "candidates" / "divided"
    if not folder.is_dir():
        return set()
    divided = [_halves(path) for path in folder.iterdir() if path.suffix == ".json"]
    return {half[0] for halves in divided for half in halves if len(half) == 1}


def _halves(path: UPath) -> list[list[str]]:
    do = "delete it: its batch is tried again"
    try:
        return [list(half) for half in read_json(path, do)["halves"]]
    except (KeyError, TypeError) as error:
        raise StoreDamaged(f"{path} does not say how a batch was divided ({error!r}): {do}") from error


def _divided(workspace: Workspace, key: str) -> UPath:
    return workspace.root / "candidates" / "divided" / f"{key}.json"
