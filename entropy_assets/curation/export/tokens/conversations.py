"""A record -> what a chat template reads: messages as `--layout messages` has them, tools, settings, weights.

What belongs here: what of a record has no place among tokens, and the objects that templates expect. What
does not: templates.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entropy_assets.curation.export.layouts import LAYOUTS, Row
from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.export.parts import upgraded
from entropy_assets.records import ROLES, VERDICT

SETTINGS_KEY = "chat_template_kwargs"
"""Key of the metadata under which a row brings settings of the template, as trainers read it."""

_TAKEN = frozenset(
    (
        *("conversations", "messages", "tools", "documents", "chat_template", "add_generation_prompt"),
        *("return_assistant_tokens_mask", "continue_final_message", "strftime_now", "raise_exception"),
    )
)


@dataclass(frozen=True)
class Conversation:
    """A conversation as a template reads it.

    Parameters
    ----------
    messages
        Turns as objects: role, content, what else they have; calls with their arguments as objects.
    weights
        How much of the loss each counts: 0 for all but the assistant's, 1 where the record says nothing.
    said
        Where something is said, as ``messages.1 content``, and the text.
    tools
        Definitions of tools, or None.
    settings
        What the record says to the template beside them.
    has_weights
        Whether the record gives an answer a weight.
    """

    messages: list[Row]
    weights: list[float]
    said: list[tuple[str, str]]
    tools: list[Row] | None
    settings: Row
    has_weights: bool = False

    @property
    def answers(self) -> list[int]:
        """Which turns are the assistant's."""
        return [place for place, turn in enumerate(self.messages) if turn["role"] == "assistant"]


def conversation_of(record: Mapping[str, Any]) -> Conversation:
    """Return the conversation of a record.

    Raises
    ------
    Lost
        Something has no place among tokens, nothing is to be trained on, or it is no conversation.
    """
    turns = record["messages"]
    if not turns or not all(turn and turn["role"] in ROLES and turn["content"] is not None for turn in turns):
        raise Lost(Loss.not_a_record, "messages has no turns, or one without a role or content")
    metadata = _object(record["metadata"], "metadata") if record["metadata"] else {}
    new = upgraded(record, ("messages",), metadata)
    if new.get(VERDICT) is False:
        raise Lost(Loss.unwanted_answer, "its label is false")
    _require_no_attachments(new)
    weights = _weights(new["messages"])
    written = LAYOUTS["messages"].write(new, _carried(metadata, len(turns)))["messages"]
    messages: list[Row] = []
    said: list[tuple[str, str]] = []
    for place, (turn, own) in enumerate(zip(written, new["messages"], strict=True)):
        message = {key: value for key, value in turn.items() if value is not None}
        message["role"] = own["role"]  # one of the four that templates know
        if own.get("tool_calls") is not None:
            message["tool_calls"] = _calls(own["tool_calls"], place)
        messages.append(message)
        said += [
            (f"messages.{place} {part}", own[part]) for part in ("reasoning", "content") if own.get(part)
        ]
    tools = None if new.get("tools") is None else _objects(new["tools"], "tools")
    settings = metadata.get(SETTINGS_KEY) or {}
    if not isinstance(settings, dict) or _TAKEN & settings.keys():
        raise Lost(Loss.key_taken, f"{SETTINGS_KEY} of the metadata has what is no setting of a template")
    has_weights = any(
        turn.get("weight") is not None for turn in new["messages"] if turn["role"] == "assistant"
    )
    return Conversation(messages, weights, said, tools, settings, has_weights)


def _require_no_attachments(record: Mapping[str, Any]) -> None:
    if record.get("attachments") is not None:
        raise Lost(Loss.no_place, "the record has attachments, and tokens are text")
    for place, turn in enumerate(record["messages"]):
        if turn.get("attachments") is not None:
            raise Lost(Loss.no_place, f"messages.{place} has attachments, and tokens are text")


def _weights(turns: list[Mapping[str, Any]]) -> list[float]:
    """Return the weight of each turn: of an answer its own, or 1; of others 0."""
    weights = []
    for place, turn in enumerate(turns):
        weight = turn.get("weight")
        if turn["role"] == "assistant":
            weights.append(1.0 if weight is None else float(weight))
        elif weight:
            raise Lost(
                Loss.weight_unplaced,
                f"messages.{place} is a turn of the {turn['role']} with a weight of {weight:g}, and only "
                "answers are trained on",
            )
        else:
            weights.append(0.0)
    if not any(weights):
        raise Lost(Loss.nothing_trained, f"weights are {', '.join(f'{w:g}' for w in weights[:8])}")
    return weights


def _carried(metadata: Mapping[str, Any], n_turns: int) -> dict[str, dict[str, Any]]:
    """Return what turns carried beside their parts, as names of tools and ids of calls."""
    noted = metadata.get("message_fields")
    places = {f"messages.{place}" for place in range(n_turns)}
    if not isinstance(noted, dict):
        return {}
    return {key: rest for key, rest in noted.items() if key in places and isinstance(rest, dict)}


def _calls(text: str, place: int) -> list[Row]:
    """Return the calls of a turn; arguments that are an object in a string become the object."""
    calls = _objects(text, f"messages.{place} tool_calls")
    for call in calls:
        inner = call["function"] if isinstance(call.get("function"), dict) else call
        if isinstance(inner.get("arguments"), str):
            try:
                inner["arguments"] = _object(inner["arguments"], "arguments")
            except Lost:
                continue  # the template may write it as it is
    return calls


def _objects(text: str, name: str) -> list[Row]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    value = [value] if isinstance(value, dict) else value
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise Lost(Loss.no_place, f"{name} is no list of objects, as chat templates read it")
    return value


def _object(text: str, name: str) -> Row:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Lost(Loss.not_a_record, f"the {name} are no JSON: {error}") from None
    if not isinstance(value, dict):
        raise Lost(Loss.not_a_record, f"the {name} are no JSON object")
    return value
