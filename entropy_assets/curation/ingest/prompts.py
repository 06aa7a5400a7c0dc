"""Prompts without an answer, which are lists of turns, as reinforcement learning has them.

What belongs here: that layout, which is told by what a prompt holds. What does not: other layouts (`forms`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.context import require_told
from entropy_assets.curation.ingest.forms import SYSTEM, Content, Layout, system_turns
from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.turns import Extras, read_turns
from entropy_assets.curation.ingest.written import turns_as_json

PROMPTS = "prompt of turns"
"""Name of the layout of a prompt that is a list of turns and has no answer, as reinforcement learning has."""


def are_turns(value: Any) -> bool:
    """Return whether the value of a prompt is a list of turns, also one that a string holds as JSON."""
    if isinstance(value, str):
        return turns_as_json(value, "prompt") is not None
    return isinstance(value, list) and bool(value) and all(isinstance(turn, Mapping) for turn in value)


def _unanswered(row: Mapping[str, Any], extras: Extras) -> Content:
    turns = read_turns(row["prompt"], "prompt", "user", extras)
    if turns[-1]["role"] == "assistant":
        raise Refused(
            Reason.no_known_layout,
            "prompt ends with a turn of the assistant, and nothing answers it: name it 'messages' where that "
            "turn is trained on",
        )
    require_told(row, turns, "prompt")
    return {"kind": "chat", "messages": [*system_turns(row), *turns]}


UNANSWERED: Layout = (frozenset(["prompt"]), frozenset(SYSTEM), _unanswered)
"""The layout `PROMPTS`; the value tells it, since a prompt that is a string lacks its answer by mistake."""
