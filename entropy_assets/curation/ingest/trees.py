"""Turns below a turn, as a tree of messages has them: they refuse the row.

What belongs here: telling such a tree by its keys and what they hold. What does not: lists of turns
(`turns`), several answers (`several`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from entropy_assets.curation.ingest.naming import MAX_KEY_CHARS
from entropy_assets.curation.ingest.reasons import Reason, Refused

_BELOW = frozenset(
    [
        *("replies", "reply", "children", "responses", "comments", "subcomments", "descendants"),
        *("child_messages", "childmessages", "follow_ups", "followups", "branches", "child_nodes"),
    ]
)
"""Keys of what stands below a turn, in small letters."""

_ANSWERING = frozenset(["replies", "responses", "follow_ups", "followups"])
"""Those whose plain strings with several words are turns too."""

_SAID = ("text", "content", "value", "body", "message")


def tree_told(row: Mapping[str, Any]) -> str:
    """Return what to do about a row, or about an object in it, that has turns below a turn; else nothing.

    >>> tree_told({"text": "Hi?", "replies": []})
    ''
    >>> tree_told({"prompt": {"text": "Hi?", "replies": [{"text": "Hi."}]}})[:45]
    "; 'prompt.replies' holds turns below a turn, "
    """
    for place, value in (("", row), *((f"{key}.", value) for key, value in row.items())):
        if isinstance(value, Mapping) and (key := next(below(value.items()), None)):
            return f"; {_told(place + key)}"
    return ""


def require_no_tree(carried: Iterable[tuple[str, Any]], place: str = "") -> None:
    """Refuse what a row or a turn carries beside what is read of it where it holds turns below a turn.

    Parameters
    ----------
    carried
        Its keys, those apart that are declared to be metadata, and their values.
    place
        Place of the turn, empty for a row.

    Raises
    ------
    Refused
        It does.
    """
    for key in below(carried):
        way = f"; or write metadata = [{json.dumps(key)}] in drop.toml to train on the turns above alone"
        raise Refused(Reason.no_known_layout, _told(f"{place}.{key}" if place else key) + way)


def below(carried: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Yield the keys that hold turns below a turn: by their name, or as each turn below has the key too."""
    for key, value in carried:
        if isinstance(value, list | Mapping) and value:
            items = value if isinstance(value, list) else [value]
            is_named = key.lower() in _BELOW
            if any(_is_turn(one) and (is_named or key in one) for one in items) or (
                key.lower() in _ANSWERING
                and any(isinstance(one, str) and " " in one.strip() for one in items)
            ):
                yield key


def _is_turn(value: Any) -> bool:
    """Return whether an object says something, as a turn does."""
    return isinstance(value, Mapping) and any(
        isinstance(said := value.get(key), str | list)
        and bool(said.strip() if isinstance(said, str) else said)
        for key in _SAID
    )


def _told(name: str) -> str:
    shown = name if len(name) <= MAX_KEY_CHARS else f"{name[:MAX_KEY_CHARS]}..."
    return (
        f"{shown!r} holds turns below a turn, and no layout reads a tree: write a row for each path from the "
        "first turn to an answer, its turns under 'messages' with 'role' and 'content'"
    )
