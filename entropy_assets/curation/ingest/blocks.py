"""Turns whose content is a list with calls and results in it, as Anthropic writes them -> turns with parts.

A turn of the assistant ends with its calls (`tool_use`); what tools answered (`tool_result`) opens the turn
of the user that comes next, and becomes turns of the tool before it.

What belongs here: taking such a content apart. What does not: what a turn is, its other parts (`turns`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.reasons import Reason, Refused

_CALL, _RESULT = "tool_use", "tool_result"


def without_blocks(turn: Any, place: str) -> list[Any]:
    """Return a turn as turns that have no call and no result in their content; any other turn alone.

    Raises
    ------
    Refused
        A text stands behind a call, or before a result, where a turn has no place for it.

    Examples
    --------
    >>> call = {"type": "tool_use", "id": "c", "name": "look", "input": {"at": "fen"}}
    >>> without_blocks({"role": "assistant", "content": [call]}, "messages.1")[0]["tool_calls"]
    [{'id': 'c', 'type': 'function', 'function': {'name': 'look', 'arguments': {'at': 'fen'}}}]
    """
    parts = turn.get("content") if isinstance(turn, Mapping) else None
    if not isinstance(parts, list):
        return [turn]
    kinds = [part.get("type") if isinstance(part, Mapping) else None for part in parts]
    if _CALL in kinds and turn.get("role") == "assistant" and not turn.get("tool_calls"):
        n = kinds.index(_CALL)
        _require_only(_CALL, kinds[n:], f"{place} has something behind a call")
        return [{**turn, "content": parts[:n], "tool_calls": list(map(_call, parts[n:]))}]
    if _RESULT in kinds and turn.get("role") in ("user", "tool"):
        n = len(kinds) - kinds[::-1].index(_RESULT)
        _require_only(_RESULT, kinds[:n], f"{place} has something before a result")
        rest = [{**turn, "content": parts[n:]}] if parts[n:] else []
        further = {} if rest else {key: turn[key] for key in turn if key not in ("role", "content")}
        *before, last = map(_result, parts[:n])
        return [*before, {**further, **last}, *rest]
    return [turn]


def _require_only(kind: str, kinds: list[Any], what: str) -> None:
    if set(kinds) != {kind}:
        raise Refused(
            Reason.no_known_layout,
            f"{what}, for which a turn has no place: write calls, results and text into turns of their own",
        )


def _call(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a call in the one form that calls of turns have; what else the part says stands in it."""
    function = {"name": part.get("name"), "arguments": part.get("input")}
    further = {key: part[key] for key in part if key not in ("type", "id", "name", "input")}
    return {"id": part.get("id"), "type": "function", "function": function, **further}


def _result(part: Mapping[str, Any]) -> dict[str, Any]:
    further = {key: part[key] for key in part if key not in ("type", "tool_use_id", "content")}
    content = part.get("content")
    return {**further, "role": "tool", "tool_call_id": part.get("tool_use_id"), "content": content}
