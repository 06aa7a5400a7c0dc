"""What a row hands to its chat template: a system prompt and tools, which are then those of the row.

What belongs here: the object `chat_template_kwargs`. What does not: system prompts and tools that stand in
the row itself (`forms`, `parts`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.forms import SYSTEM
from entropy_assets.curation.ingest.parts import are_tools, is_tools

KEY = "chat_template_kwargs"
_PROMPTS = ("custom_instructions", *SYSTEM)


def without_template(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row with what it hands to its template in its own places; settings stay where they are.

    >>> row = {"messages": [], "chat_template_kwargs": {"custom_instructions": "Be brief.", "think": False}}
    >>> without_template(row)
    {'messages': [], 'chat_template_kwargs': {'think': False}, 'system': 'Be brief.'}
    """
    given = row[KEY]
    if not isinstance(given, Mapping):
        return row
    said = [key for key in _PROMPTS if isinstance(given.get(key), str) and given[key].strip()]
    tools = [key for key in given if is_tools(key) and are_tools(_as_list(given[key]))]
    if not said and not tools:
        return row
    moved = {key: value for key, value in row.items() if key != KEY}
    if rest := {key: value for key, value in given.items() if key not in said and key not in tools}:
        moved[KEY] = rest
    for key in said:
        if not _is_said(given[key], row):
            moved[next(name for name in SYSTEM if name not in moved)] = given[key]
    for key in tools:
        moved["tools" if "tools" not in moved else key] = _as_list(given[key])
    return moved


def _as_list(value: Any) -> Any:
    """Return tools that are signatures in plain text, one a string, as objects: they have no other form."""
    if isinstance(value, list) and value and all(isinstance(one, str) and one.strip() for one in value):
        return value if are_tools(value) else [{"signature": one} for one in value]
    return value


def _is_said(prompt: str, row: Mapping[str, Any]) -> bool:
    """Return whether the turns of a row begin with the prompt."""
    turns = row.get("messages")
    first = turns[0] if isinstance(turns, list) and turns else None
    return isinstance(first, Mapping) and first.get("role") == "system" and first.get("content") == prompt
