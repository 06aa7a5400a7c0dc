"""Drops that were decided: whether their files are still those that the decision is about.

What belongs here: comparing. What does not: deciding.
"""

from pathlib import Path

from entropy_assets.candidate.delivery import content_digest, quick_mark
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import InvalidInput


def changed_since(workspace: Workspace, drop: str, *, by_content: bool) -> int | None:
    """Return the number of the decision on a drop whose files were changed after it, else None.

    Parameters
    ----------
    workspace
        The dataset.
    drop
        Name of the drop.
    by_content
        Whether files whose names, sizes or times differ are read to tell; else they count as changed.
    """
    decided = workspace.ledger.outcome(drop)
    folder = Path(str(workspace.home.drop(drop)))
    if decided is None or not folder.is_dir():
        return None
    outcome, entry = decided
    if outcome.mark is None or quick_mark(folder) == outcome.mark:
        return None
    if by_content and outcome.content is not None and content_digest(folder) == outcome.content:
        return None
    return entry.number


def require_unchanged(workspace: Workspace, drop: str) -> None:
    """Refuse a drop that was changed since it was decided.

    Raises
    ------
    InvalidInput
        It was.
    """
    number = changed_since(workspace, drop, by_content=True)
    if number is not None:
        raise InvalidInput(
            f"drop {drop!r} was changed since it was decided (entry {number}): drops do not change; "
            "deliver it under a new name"
        )
