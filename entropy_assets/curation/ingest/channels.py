"""Turns that are split up by channels or into items -> turns with parts.

Harmony, the format of gpt-oss, writes what was thought as a message of its own in the channel `analysis`,
and a call as a message to a recipient. OpenAI's Responses have items of the types `reasoning`,
`function_call` and `function_call_output` between messages. Both say of one turn what a record has as its
reasoning and calls.

What belongs here: putting such turns together. What does not: parts of a content (`blocks`, `turns`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.roles import SPELLINGS
from entropy_assets.curation.ingest.weights import WEIGHTS

_KEYS = frozenset(["channel", "recipient"])
_ITEMS = ("reasoning", "function_call", "function_call_output")
_THOUGHT = "analysis"
_EVERYBODY = frozenset(["", "all", "assistant", "user"])
_FUNCTIONS = "functions."
_NAMED = {"role": "content", "from": "value"}


def has_channels(turn: Any) -> bool:
    """Return whether a turn may be a part of one: it has a channel or a recipient, or is an item."""
    if type(turn) is not dict:
        return False
    return not _KEYS.isdisjoint(turn) or ("role" not in turn and turn.get("type") in _ITEMS)


def without_channels(turns: list[Any], field: str) -> list[Any]:
    """Return turns in which what was thought and called is a part of the turn that it belongs to.

    Parameters
    ----------
    turns
        Turns as they were given.
    field
        Name of their field, for messages.

    Raises
    ------
    Refused
        What was thought counts otherwise than the turn that it belongs to.

    Examples
    --------
    >>> turns = [{"role": "assistant", "channel": "analysis", "content": "Sums."}]
    >>> without_channels([*turns, {"role": "assistant", "channel": "final", "content": "4."}], "messages")
    [{'reasoning_content': 'Sums.', 'role': 'assistant', 'channel': 'final', 'content': '4.'}]
    """
    found: list[Any] = []
    thought: dict[str, Any] = {}
    for index, given in enumerate(turns):
        turn = _as_message(given)
        is_answer = _role_of(turn) == "assistant"
        if is_answer and (text := _thought_in(turn)) is not None:
            before = thought.get("reasoning_content")
            rest = {key: turn[key] for key in turn if key not in ("channel", *_NAMED, *_NAMED.values())}
            thought = {**rest, "reasoning_content": text if before is None else f"{before}\n\n{text}"}
            continue
        if thought and is_answer:
            _require_one_weight(thought, turn, f"{field}.{index}")
            turn = {**thought, **turn}
        elif thought:
            found.append({"role": "assistant", "content": "", **thought})
        thought = {}
        found.append(turn)
    return [*found, {"role": "assistant", "content": "", **thought}] if thought else found


def _role_of(turn: Any) -> str | None:
    name = turn.get("role", turn.get("from")) if isinstance(turn, Mapping) else None
    return SPELLINGS.get(name.strip().lower()) if isinstance(name, str) else None


def _thought_in(turn: Mapping[str, Any]) -> str | None:
    """Return the text of a turn that is what was thought; None where it is another turn."""
    channel = turn.get("channel")
    if not isinstance(channel, str) or channel.strip().lower() != _THOUGHT or "tool_calls" in turn:
        return None
    content = turn.get(_NAMED["role" if "role" in turn else "from"])
    if isinstance(content, list):
        texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
        content = "".join(texts) if all(isinstance(text, str) for text in texts) else None  # type: ignore[arg-type]
    return content if isinstance(content, str) and content.strip() else None


def _require_one_weight(thought: Mapping[str, Any], turn: Mapping[str, Any], place: str) -> None:
    if any(thought.get(key) != turn.get(key) for key in WEIGHTS):
        raise Refused(
            Reason.ambiguous_layout,
            f"{place} and what was thought before it have weights, which differ: a turn has one",
        )
    if turn.get("reasoning_content") not in (None, "", thought["reasoning_content"]):
        raise Refused(Reason.ambiguous_layout, f"{place} has thoughts beside those before it; keep one")


def _as_message(turn: Any) -> Any:
    """Return an item, or a message to a tool, as a turn; any other turn as it is."""
    if not isinstance(turn, dict):
        return turn
    if "role" not in turn and turn.get("type") in _ITEMS:
        return _item(turn)
    name = turn.get("role")
    if isinstance(name, str) and name.startswith(_FUNCTIONS):
        return {**turn, "role": "tool", "name": name.removeprefix(_FUNCTIONS)}
    to = turn.get("recipient")
    if not isinstance(to, str) or to.strip().lower() in _EVERYBODY or _role_of(turn) != "assistant":
        return turn
    content = turn.get("content")
    if not isinstance(content, str) or turn.get("tool_calls"):
        return turn
    call = {"type": "function", "function": {"name": to.removeprefix(_FUNCTIONS), "arguments": content}}
    rest = {key: turn[key] for key in turn if key not in ("recipient", "content")}
    return {**rest, "content": "", "tool_calls": [call]}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    if item["type"] == "reasoning":
        lists = [item[key] for key in ("summary", "content") if isinstance(item.get(key), list)]
        said = [part for parts in lists for part in parts if isinstance(part, Mapping)]
        text = "\n\n".join(part["text"] for part in said if isinstance(part.get("text"), str))
        further = {
            key: item[key] for key in item if key not in ("type", "summary", "content", "id", "status")
        }
        return {**further, "role": "assistant", "channel": _THOUGHT, "content": text}
    if item["type"] == "function_call":
        function = {"name": item.get("name"), "arguments": item.get("arguments")}
        call = {"id": item.get("call_id"), "type": "function", "function": function}
        return {"role": "assistant", "content": "", "tool_calls": [call]}
    return {"role": "tool", "tool_call_id": item.get("call_id"), "content": item.get("output")}
