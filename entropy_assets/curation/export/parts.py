"""Parts of a record -> their spelling outside: calls, tools, attachments, weights.

What belongs here: one part at a time. What does not: layouts, and the proof.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.ingest.labels import LABELS, take_label
from entropy_assets.curation.ingest.media import are_by_key
from entropy_assets.curation.ingest.parts import (
    TOOLS,
    take_record_parts,
    take_turn_parts,
    written,
)
from entropy_assets.curation.ingest.reasons import Refused
from entropy_assets.curation.ingest.referring import MEDIA, beside_of
from entropy_assets.curation.ingest.roles import CALL_ROLES
from entropy_assets.curation.ingest.weights import (
    ROW_MASKS,
    ROW_WEIGHTS,
    take_row_weight,
)
from entropy_assets.records import PARTS, VERDICT, bare

_MAX_BRACKETS = 60  # a row may not be nested too deep to be read again


def as_objects(text: str) -> Any:
    """Return the list or object that a text is, if `ingest` writes it as that very text; else None.

    >>> as_objects('[{"a": 1}]'), as_objects('[{"a":1}]')
    ([{'a': 1}], None)
    """
    if text.count("{") + text.count("[") > _MAX_BRACKETS and not _is_flat(text):
        return None
    try:
        value = json.loads(text)
        is_same = written(value) == text
        json.dumps(value, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list):
        return value if is_same and value and all(isinstance(item, dict) for item in value) else None
    return value if is_same and isinstance(value, dict) and value else None


def _is_flat(text: str) -> bool:
    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest <= _MAX_BRACKETS


def content_of(turn: Mapping[str, Any]) -> str | list[dict[str, Any]]:
    """Return the content of a turn: its text, or a list of parts where attachments stand within it."""
    text = turn["content"]
    within = [one for one in _attachments(turn) if "at" in one]
    if not within:
        return str(text)
    parts: list[dict[str, Any]] = []
    start = 0
    for one in within:
        if one["at"] > start:
            parts.append({"type": "text", "text": text[start : one["at"]]})
            start = one["at"]
        parts.append(one["part"])
    return [*parts, {"type": "text", "text": text[start:]}] if text[start:] else parts


def fields_of(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attachments of a turn that stand beside its content."""
    return {one["key"]: one["value"] for one in _attachments(turn) if "key" in one}


def _attachments(turn: Mapping[str, Any]) -> list[dict[str, Any]]:
    text = turn.get("attachments")
    if text is None:
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, list) or not all(map(_is_attachment, value)):
        raise Lost(Loss.not_a_record, "the attachments of a turn are not what ingest writes")
    return value


def _is_attachment(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    if value.keys() == {"at", "part"}:
        return isinstance(value["at"], int) and isinstance(value["part"], dict)
    return value.keys() == {"key", "value"} and isinstance(value["key"], str)


def weight_of(weight: float) -> float | int:
    """Return a weight, an integer where it is whole.

    >>> weight_of(1.0), weight_of(0.5)
    (1, 0.5)
    """
    return int(weight) if weight.is_integer() else weight


def record_fields(
    record: Mapping[str, Any], metadata: Mapping[str, Any], *, tools_as_text: bool
) -> dict[str, Any]:
    """Return the fields of a row that hold the parts of a record beside its turns."""
    row: dict[str, Any] = {}
    if (tools := record.get("tools")) is not None:
        key = next((key for key in TOOLS if key not in metadata), TOOLS[0])
        objects = None if tools_as_text else as_objects(tools)
        row[key] = tools if objects is None else objects
    if (label := record.get(VERDICT)) is not None:
        row[next((key for key in LABELS if key not in metadata), LABELS[0])] = label
    if (attached := record.get("attachments")) is not None:
        objects = as_objects(attached)
        if isinstance(objects, dict) and are_by_key(objects):
            row |= objects
        else:
            row["attachments"] = attached
    return row


def weight_of_row(turns: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], list[Mapping[str, Any]]]:
    """Return the one weight that all answers have as a field of a row, and the turns without it.

    There is no such field where the answers have none, or several, or another turn has one.
    """
    of_answers = {turn.get("weight") for turn in turns if turn["role"] == "assistant"}
    of_others = {turn.get("weight") for turn in turns if turn["role"] != "assistant"}
    weight = of_answers.pop() if len(of_answers) == 1 else None
    if weight is None or of_others - {None}:
        return {}, list(turns)
    return {"weight": weight_of(weight)}, [{**turn, "weight": None} for turn in turns]


def require_no_parts(turns: Sequence[Mapping[str, Any]], field: str) -> None:
    """Refuse turns with parts, for a layout whose turns are plain strings.

    Raises
    ------
    Lost
        A turn has one.
    """
    for index, turn in enumerate(turns):
        if found := [name for name in PARTS if turn.get(name) is not None]:
            raise Lost(Loss.no_place, f"{field}.{index} has {' and '.join(found)}")


def upgraded(record: Mapping[str, Any], fields: tuple[str, ...], metadata: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose metadata hold no part that has a place today; they are taken out of `metadata`.

    Records of releases before format 4 carry calls, tools, thoughts, weights and references there. Those of
    this release have none, and come back as they are, turns without nulls.

    Parameters
    ----------
    record
        One row of a frame of records.
    fields
        Its fields that are lists of turns.
    metadata
        Its metadata, read from JSON.
    """
    new = dict(record)
    for field in fields:
        new[field] = [bare(turn) for turn in record[field]]
    if _MAY_HOLD_PARTS.isdisjoint(metadata):
        return new
    left, changed = dict(metadata), dict(new)
    if isinstance(carried := left.get("message_fields"), dict):
        left["message_fields"] = {
            key: dict(to) if isinstance(to, dict) else to for key, to in carried.items()
        }
    try:
        if record.get("tools") is None and record.get("attachments") is None:
            changed |= take_record_parts(left, beside_of(new))
        if record["kind"] == "chat" and record.get(VERDICT) is None:
            changed[VERDICT] = take_label(left, is_unpaired=False)
        for field in fields:
            changed[field] = [
                _upgraded_turn(turn, left.get("message_fields"), f"{field}.{index}")
                for index, turn in enumerate(new[field])
            ]
        if record["kind"] != "text":
            take_row_weight(left, [turn for field in fields if field != "prompt" for turn in changed[field]])
    except (Refused, RecursionError):
        return new
    if carried and not left["message_fields"]:
        del left["message_fields"]
    metadata.clear()
    metadata.update(left)
    return changed


_MAY_HOLD_PARTS = frozenset((*TOOLS, *MEDIA, *LABELS, *ROW_WEIGHTS, *ROW_MASKS, "message_fields"))


def _upgraded_turn(turn: dict[str, Any], carried: Any, place: str) -> dict[str, Any]:
    """Return a turn with the parts that are taken out of what all turns carried."""
    rest = carried.get(place) if isinstance(carried, dict) else None
    if not isinstance(rest, dict) or not rest or turn.keys() & set(PARTS):
        return turn
    parts = take_turn_parts(rest, place)
    if rest.get("role") in CALL_ROLES and "tool_calls" not in parts and turn["content"]:
        del rest["role"]
        turn = {**turn, "content": "", "tool_calls": turn["content"]}
    if not rest:
        del carried[place]
    return {**turn, **parts}
