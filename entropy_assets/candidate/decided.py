"""Whether the files of a drop are still those that were read, and that a decision is about.

A decision holds the digest of a drop's content. Beside it lies a mark of names, sizes and times, so that
what was not touched need not be read again; the mark is a help and no truth, and may be lost.

What belongs here: comparing. What does not: deciding.
"""

import contextlib
from pathlib import Path

from upath import UPath

from entropy_assets.candidate.delivery import content_digest, quick_mark
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.storage import SUCCESS_MARKER, canonical_json, is_complete, parse_json, put


def note_content(workspace: Workspace, drop: str) -> str:
    """Return the digest of a drop's content, and note beside it the mark under which it was read.

    Raises
    ------
    InvalidInput
        The drop cannot be read, or was changed while it was.
    """
    noted = _read(workspace, drop)
    _keep(workspace, drop, noted)
    return noted["content"]


def content_or_none(workspace: Workspace, drop: str) -> str | None:
    """Return the digest of a drop's content, None where it cannot be read or no such drop is there."""
    try:
        return note_content(workspace, drop) if _folder(workspace, drop).is_dir() else None
    except (InvalidInput, InvalidParameter):
        return None


def is_unchanged(workspace: Workspace, drop: str, content: str) -> bool:
    """Return whether a drop's files still have a content; all of them are read."""
    if not _folder(workspace, drop).is_dir():
        return False
    read = _read(workspace, drop)
    if read["content"] != content:
        return False
    _keep(workspace, drop, read)  # its mark, which may be another one
    return True


def changed_since(workspace: Workspace, drop: str) -> int | None:
    """Return the number of the decision on a drop whose content is another one now, else None.

    All its files are read.
    """
    if not _folder(workspace, drop).is_dir():
        return None
    decided = workspace.ledger.outcome(drop)
    if decided is None or decided[0].content is None:
        return None
    return None if is_unchanged(workspace, drop, decided[0].content) else decided[1].number


def touched_since(workspace: Workspace, drops: list[str]) -> dict[str, int]:
    """Return the drops whose files differ in name, size or time from when they were decided, with that entry.

    It reads no file of a drop, so `status` can ask it of thousands.
    """
    inbox, notes = Path(str(workspace.home.inbox)), Path(str(_notes(workspace)))
    found = {}
    for drop in drops:
        noted = _noted(notes / f"{drop}.json")
        if noted is None or not (inbox / drop).is_dir() or noted["mark"] == quick_mark(inbox / drop):
            continue
        decided = workspace.ledger.outcome(drop)
        if decided is not None and decided[0].content is not None:
            found[drop] = decided[1].number
    return found


def require_there(workspace: Workspace, drop: str) -> None:
    """Refuse a drop that cannot be read, because it is not in the inbox or may still be arriving.

    Raises
    ------
    InvalidInput
        It is not there, or has no marker.
    """
    folder = _folder(workspace, drop)
    if not folder.is_dir():
        raise InvalidInput(f"drop {drop!r} is no longer in {folder.parent}: put it back there")
    if not is_complete(folder):
        raise InvalidInput(f"drop {folder} has no {SUCCESS_MARKER}: write the marker when it is complete")


def require_unchanged(workspace: Workspace, drop: str) -> None:
    """Refuse a drop that was changed since it was decided.

    Raises
    ------
    InvalidInput
        It was.
    """
    number = changed_since(workspace, drop)
    if number is not None:
        raise InvalidInput(
            f"drop {drop!r} was changed since it was decided (entry {number}): drops do not change; "
            "deliver it under a new name"
        )


def _read(workspace: Workspace, drop: str) -> dict[str, str]:
    """Return mark and content of a drop, as a note holds them; all its files are read, once."""
    folder = _folder(workspace, drop)
    mark = quick_mark(folder)
    content = content_digest(folder)
    if quick_mark(folder) != mark:
        raise InvalidInput(f"drop {drop!r} was changed while it was read: deliver it under a new name")
    return {"mark": mark, "content": content}


def _keep(workspace: Workspace, drop: str, noted: dict[str, str]) -> None:
    with contextlib.suppress(OSError):  # a store that is only read can do without
        put(_notes(workspace) / f"{drop}.json", canonical_json(noted))


def _noted(note: Path) -> dict[str, str] | None:
    """Return mark and content of a drop as they were noted, None where the note is lost or damaged."""
    try:
        value: dict[str, str] = parse_json(note.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) and value.keys() == {"mark", "content"} else None


def _folder(workspace: Workspace, drop: str) -> Path:
    return Path(str(workspace.home.drop(drop)))


def _notes(workspace: Workspace) -> UPath:
    return workspace.root / "work" / "contents"
