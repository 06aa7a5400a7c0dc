"""Roles of turns: their outside names, and the order in which they usually stand.

What belongs here: roles. What does not: what a turn holds (`turns`).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

SPELLINGS = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "bot": "assistant",
    "chatbot": "assistant",
    "model": "assistant",
    "function_call": "assistant",
    "tool_call": "assistant",
    "tool": "tool",
    "observation": "tool",
    "function": "tool",
    "function_response": "tool",
    "tool_response": "tool",
    "tool_result": "tool",
    "ipython": "tool",
    "environment": "tool",
}
"""Outside name of a role, in lower case -> one of `records.ROLES`."""

CALL = "function_call"
"""Outside role of a turn in which the assistant calls a tool; its content is the call, as JSON."""

CALL_ROLES = frozenset({CALL, "tool_call"})
"""Outside roles whose content is a call."""

# It says more than the role it is read as, so the outside name stays beside the turn as its `role`.
TELLING_ROLES = CALL_ROLES | {"developer"}
PLAIN_ROLES = {name: role for name, role in SPELLINGS.items() if name not in TELLING_ROLES}
_INITIALS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}
_USUAL_ORDER = re.compile(r"s?(?:ua(?:t++a)*+)++")


def is_odd_order(turns: list[dict[str, Any]]) -> bool:
    """Return whether roles stray from: system at most once and first, then user, assistant in turn.

    Tool turns stand between two turns of the assistant, who also has the last word.

    >>> is_odd_order([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}])
    False
    """
    if len(turns) == 2 and turns[0]["role"] == "user" and turns[1]["role"] == "assistant":
        return False  # by far the most frequent
    return not _USUAL_ORDER.fullmatch("".join([_INITIALS[turn["role"]] for turn in turns]))


def has_answer(turns: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a turn is of the assistant.

    >>> has_answer([{"role": "user", "content": "Hi"}])
    False
    """
    return any(turn["role"] == "assistant" for turn in turns)
