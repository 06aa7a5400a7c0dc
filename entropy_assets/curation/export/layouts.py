"""The content of one record -> its fields in an outside layout.

What belongs here: the layouts and what each can hold. What does not: the user's own fields, the proof.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.export.parts import (
    as_objects,
    content_of,
    fields_of,
    require_no_parts,
    weight_of,
    weight_of_row,
)
from entropy_assets.curation.ingest.roles import CALL

Row = dict[str, Any]
Fields = Mapping[str, Mapping[str, Any]]
"""Place of a turn in its record, such as ``messages.1``, -> what else goes into the turn."""
Writer = Callable[[Mapping[str, Any], Fields], Row]

_SHAREGPT_NAMES = {"system": "system", "user": "human", "assistant": "gpt", "tool": "observation"}


@dataclass(frozen=True)
class Layout:
    """One outside layout.

    Attributes
    ----------
    kind
        Kind of the records that it holds.
    keys
        Keys that it reads, so that the metadata cannot have them.
    write
        Record and what goes into its turns -> its fields in the layout; raises `Lost`.
    has_turn_fields
        Whether a turn is an object, which can carry more than role and content.
    needs_label
        Whether the record must have a `label`.
    tools_as_text
        Whether definitions of tools are a string, as LLaMA-Factory reads them.
    """

    kind: str
    keys: frozenset[str]
    write: Writer
    has_turn_fields: bool = True
    needs_label: bool = False
    tools_as_text: bool = False


def _text(record: Mapping[str, Any], fields: Fields) -> Row:
    return {"text": record["text"]}


def _alpaca(record: Mapping[str, Any], fields: Fields) -> Row:
    turns = record["messages"]
    roles = [turn["role"] for turn in turns]
    n_system = int(roles[0] == "system")
    for role, reason in (("tool", Loss.tool_turn), ("system", Loss.late_system)):
        if role in roles[n_system:]:
            place = roles.index(role, n_system)
            raise Lost(reason, f"messages.{place} is a turn of the {role}")
    contents = [turn["content"] for turn in turns]
    asked, answered = contents[n_system::2], contents[n_system + 1 :: 2]
    if not answered or roles[n_system:] != ["user", "assistant"] * len(answered):
        raise Lost(Loss.turn_order, f"the roles are {_in_short(roles)}")
    weight, turns = weight_of_row(turns)
    require_no_parts(turns, "messages")
    row: Row = weight | {"instruction": asked[-1], "input": "", "output": answered[-1]}
    if n_system:
        row["system"] = contents[0]
    if len(asked) > 1:
        row["history"] = [list(pair) for pair in zip(asked[:-1], answered[:-1], strict=True)]
    return row


def _in_short(roles: list[str]) -> str:
    shown = ", ".join(roles[:8])
    return shown if len(roles) <= 8 else f"{shown}, ... ({len(roles)} turns)"


def _sharegpt(record: Mapping[str, Any], fields: Fields) -> Row:
    turns = []
    for index, turn in enumerate(record["messages"]):
        place = f"messages.{index}"
        rest = dict(fields.get(place, {}))
        calls = turn.get("tool_calls")
        if turn["content"] or calls is None:
            name = rest.pop("role", _SHAREGPT_NAMES.get(turn["role"], turn["role"]))
            written = {"from": name, "value": turn["content"]} | _beside(turn)
        else:
            written = {"from": CALL, "value": calls}
        if not isinstance(content_of(turn), str):
            raise Lost(Loss.no_place, f"{place} has attachments within its text")
        written |= _thoughts_and_weight(turn) | fields_of(turn)
        turns.append(written | rest | written)
    return {"conversations": turns}


def _messages(record: Mapping[str, Any], fields: Fields) -> Row:
    return {"messages": _turns(record, "messages", fields)}


def _prompt_completion(record: Mapping[str, Any], fields: Fields) -> Row:
    roles = [turn["role"] for turn in record["messages"]]
    if len(roles) < 2 or roles[-1] != "assistant":
        raise Lost(Loss.no_answer, f"the roles are {_in_short(roles)}")
    turns = _turns(record, "messages", fields)
    return {"prompt": turns[:-1], "completion": turns[-1:]}


def _preference(record: Mapping[str, Any], fields: Fields) -> Row:
    return {field: _turns(record, field, fields) for field in ("prompt", "chosen", "rejected")}


def _turns(record: Mapping[str, Any], field: str, fields: Fields) -> list[Row]:
    """Return the turns of a field as ``{role, content}``, with the parts that they have."""
    turns = []
    for index, turn in enumerate(record[field]):
        rest = dict(fields.get(f"{field}.{index}", {}))
        name = rest.pop("role", turn["role"])
        written = {"role": name, "content": content_of(turn)} | _beside(turn) | fields_of(turn)
        written |= _thoughts_and_weight(turn)
        turns.append(written | rest | written)
    return turns


def _beside(turn: Mapping[str, Any]) -> Row:
    """Return the calls of a turn that stand beside its content."""
    calls = turn.get("tool_calls")
    if calls is None:
        return {}
    objects = as_objects(calls)
    return {"tool_calls": objects if isinstance(objects, list) else calls}


def _thoughts_and_weight(turn: Mapping[str, Any]) -> Row:
    row: Row = {}
    if turn.get("reasoning") is not None:
        row["reasoning_content"] = turn["reasoning"]
    if turn.get("weight") is not None:
        row["weight"] = weight_of(turn["weight"])
    return row


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_ANSWERED = _keys("prompt completion system")

LAYOUTS: dict[str, Layout] = {
    "alpaca": Layout(
        "chat",
        _keys("instruction input output system history"),
        _alpaca,
        has_turn_fields=False,
        tools_as_text=True,
    ),
    "sharegpt": Layout("chat", _keys("conversations system"), _sharegpt, tools_as_text=True),
    "messages": Layout("chat", _keys("messages system"), _messages),
    "prompt_completion": Layout("chat", _ANSWERED, _prompt_completion),
    "kto": Layout("chat", _ANSWERED, _prompt_completion, needs_label=True),
    "trl_preference": Layout("preference", _keys("prompt chosen rejected system"), _preference),
    "text": Layout("text", _keys("text"), _text, has_turn_fields=False),
}
"""Name -> layout; `trl_preference` has an explicit prompt, `kto` is `prompt_completion` with a `label`."""
