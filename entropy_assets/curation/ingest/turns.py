"""Turns of a conversation, from their outside spellings to ``{role, content}``.

What belongs here: one field's turns. What does not: which fields make a record (`layouts`).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from entropy_assets.curation.ingest.leftovers import is_nan, without_nulls
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name
from entropy_assets.curation.ingest.written import turns_as_json

Turn = dict[str, str]
Extras = dict[str, tuple[Turn, dict[str, Any]]]
"""Place of a turn in its outside field, such as ``conversations.1``, -> the turn, what else it carried."""

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

_TURN_KEYS = frozenset({"role", "content", "from", "value"})

CALL = "function_call"
"""Outside role of a turn in which the assistant calls a tool; its content is the call, as JSON."""

# These say more than the role they are read as, so the outside name stays beside the turn as its `role`.
_TELLING_ROLES = frozenset({CALL, "tool_call", "developer"})
_PLAIN_ROLES = {name: role for name, role in SPELLINGS.items() if name not in _TELLING_ROLES}
_INITIALS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}
_USUAL_ORDER = re.compile(r"s?(?:ua(?:t++a)*+)++")


def is_odd_order(turns: list[Turn]) -> bool:
    """Return whether roles stray from: system at most once and first, then user, assistant in turn.

    Tool turns stand between two turns of the assistant, who also has the last word.

    >>> is_odd_order([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}])
    False
    """
    if len(turns) == 2 and turns[0]["role"] == "user" and turns[1]["role"] == "assistant":
        return False  # by far the most frequent
    return not _USUAL_ORDER.fullmatch("".join([_INITIALS[turn["role"]] for turn in turns]))


def text_turn(role: str, value: Any, field: str) -> Turn:
    """Return one turn made of a plain string field; refuse another type and white space alone."""
    return {"role": role, "content": filled(value, field, Reason.empty_turn)}


def filled(value: Any, field: str, empty: Reason) -> str:
    """Return `value` if it is a string with something in it.

    Raises
    ------
    Refused
        It is no string, or it is blank: the reason is then `empty`.
    """
    if not isinstance(value, str):
        raise Refused(Reason.not_a_string, f"{field} is {type_name(value)}, a string is needed")
    if not value or value.isspace():
        raise Refused(empty, f"{field} holds nothing but white space")
    return value


def read_turns(value: Any, field: str, role: str, extras: Extras) -> list[Turn]:
    """Return the turns of one field and add what else they carried to `extras`.

    Parameters
    ----------
    value
        A string, one turn, or a list of turns; a turn is ``{role, content}`` or ``{from, value}``.
    field
        Name of the field, for messages and `extras`.
    role
        Role of a plain string.
    extras
        Receives the further keys of each turn that has some.

    Raises
    ------
    Refused
        The field has no turns, or one of them cannot be read.
    """
    if isinstance(value, str):
        if (written := turns_as_json(value, field)) is None:
            return [text_turn(role, value, field)]
        value = written
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list):
        raise Refused(Reason.not_a_string, f"{field} is {type_name(value)}, turns are needed")
    turns: list[Turn] = []
    for index, turn in enumerate(value):
        read = _plain_turn(turn)
        if read is None and not _is_blank_system(turn):
            read = _read_turn(turn, f"{field}.{index}", f"{field}.{len(turns)}", extras)
        if read is not None:
            turns.append(read)
    if not turns:
        raise Refused(Reason.empty_text, f"{field} has no turns")
    return turns


def _is_blank_system(turn: Any) -> bool:
    """Return whether a turn is a system prompt that says nothing and carries nothing: it is no turn."""
    if not isinstance(turn, Mapping):
        return False
    is_message = "role" in turn
    name, content = (turn.get(key) for key in (("role", "content") if is_message else ("from", "value")))
    if not isinstance(name, str) or SPELLINGS.get(name.strip().lower()) != "system":
        return False
    carried = [key for key, item in turn.items() if item is not None and key not in _TURN_KEYS]
    return _says_nothing(content) and not carried and ("from" in turn) != is_message


def _says_nothing(content: Any) -> bool:
    if isinstance(content, str):
        return not content or content.isspace()
    return content is None or content == [] or is_nan(content)


def _plain_turn(turn: Any) -> Turn | None:
    """Return what `_read_turn` makes of a turn that has a role, a text and nothing else; None for others."""
    if type(turn) is not dict or len(turn) != 2:
        return None
    if "role" in turn:
        name, content = turn["role"], turn.get("content")
    else:
        name, content = turn.get("from"), turn.get("value")
    if type(name) is not str or type(content) is not str or not content or content.isspace():
        return None
    role = _PLAIN_ROLES.get(name)
    return None if role is None else {"role": role, "content": content}


def _read_turn(turn: Any, place: str, kept_place: str, extras: Extras) -> Turn:
    """Return a turn, and put what else it carried under `kept_place`, which counts turns that are kept."""
    if not isinstance(turn, Mapping):
        _unknown(f"{place} is {type_name(turn)}, an object with role and content is needed")
    is_message = "role" in turn
    if is_message and "from" in turn:
        raise Refused(Reason.ambiguous_layout, f"{place} names both a role and a from")
    role_key, content_key = ("role", "content") if is_message else ("from", "value")
    if role_key not in turn:
        _unknown(f"{place} has neither role and content nor from and value")
    name = turn[role_key]
    role = SPELLINGS.get(name.strip().lower()) if isinstance(name, str) else None
    if role is None:
        raise Refused(Reason.unknown_role, f"{place} has the role {name!r}")
    # A table fills in nulls for keys that other turns have: they are absent in every form.
    rest = without_nulls({key: value for key, value in turn.items() if key not in (role_key, content_key)})
    if name.strip().lower() in _TELLING_ROLES:
        rest["role"] = name
    content = turn.get(content_key)
    if isinstance(content, list):
        content, parts = _join_parts(content, place)
        if parts:
            rest["parts"] = parts
    if _says_nothing(content) and role == "assistant" and turn.get("tool_calls"):
        content = json.dumps(rest.pop("tool_calls"), ensure_ascii=False, default=str)
        rest["role"] = CALL
    elif content_key not in turn and role != "tool":
        _unknown(f"{place} has no {content_key}")
    if role == "tool" and _says_nothing(content):
        content = content if isinstance(content, str) else ""  # a tool that had nothing to say was called
    else:
        content = filled(content, place, Reason.empty_turn)
    read = {"role": role, "content": content}
    if rest:
        extras[kept_place] = (read, rest)
    return read


def _join_parts(parts: list[Any], place: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the text of a list of typed parts, and their further keys if any part has some."""
    texts, rests = [], []
    for part in parts:
        kind = part.get("type") if isinstance(part, Mapping) else None
        key = "text" if kind == "text" and "text" in part else "value"
        if kind != "text" or key not in part:
            _unknown(f"{place} has a part that is not of type text: {kind or type_name(part)}")
        if not isinstance(part[key], str):
            raise Refused(Reason.not_a_string, f"{place} has a text part that is {type_name(part[key])}")
        texts.append(part[key])
        further = {name: value for name, value in part.items() if name not in ("type", key)}
        rests.append(without_nulls(further))
    return "".join(texts), rests if any(rests) else []


def placed(content: Mapping[str, Any], extras: Extras, n_before: int) -> dict[str, dict[str, Any]]:
    """Return field and number of each turn of the record, such as ``messages.1``, -> what else it carried.

    A conversation may stand in several fields of a row, behind `n_before` turns that are no part of
    them. Where a copy carried something else than the turn that is kept, it stands beside it, as
    ``prompt.0.rejected``.
    """
    carried = {id(turn): rest for turn, rest in extras.values()}
    found = {
        f"{field}.{index}": carried.pop(id(turn))
        for field in ("messages", "prompt", "chosen", "rejected")
        for index, turn in enumerate(content.get(field) or ())
        if id(turn) in carried
    }
    for place, (turn, rest) in extras.items():
        if id(turn) in carried:
            field, _, number = place.rpartition(".")
            kept = _kept_place(content, field, n_before + int(number))
            if found.get(kept) != rest:
                found[f"{kept}.{field}"] = rest
    return found


def _kept_place(content: Mapping[str, Any], field: str, index: int) -> str:
    """Return the place of a preference's turn that is number `index` of the conversation in `field`."""
    n_asked = len(content.get("prompt") or ())
    if index < n_asked:
        return f"prompt.{index}"
    return f"{'rejected' if field.startswith('rejected') else 'chosen'}.{index - n_asked}"


def _unknown(detail: str) -> NoReturn:
    raise Refused(Reason.no_known_layout, detail)
