"""Turns of a conversation, from their outside spellings to those of a record.

What belongs here: one field's turns. What does not: which fields make a record (`layouts`).
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NoReturn

from entropy_assets.curation.ingest.blocks import without_blocks
from entropy_assets.curation.ingest.channels import has_channels, without_channels
from entropy_assets.curation.ingest.leftovers import is_nan, without_nulls
from entropy_assets.curation.ingest.media import ATTACHED, attached
from entropy_assets.curation.ingest.parts import take_turn_parts, written
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name
from entropy_assets.curation.ingest.roles import CALL_ROLES, PLAIN_ROLES, SPELLINGS, TELLING_ROLES
from entropy_assets.curation.ingest.weights import WEIGHTS
from entropy_assets.curation.ingest.written import turns_as_json

Turn = dict[str, Any]


class Extras(dict[str, tuple[Turn, dict[str, Any]]]):
    """Place of a turn in its outside field, as ``conversations.1``, -> the turn, and what else it carried.

    Attributes
    ----------
    taken
        Keys of the row that its turns hold, beside those of its layout.
    aside
        Keys that are declared to be metadata: no part of a turn is read from them.
    has_places
        Whether a turn has the place of a file that it does not name: the row has to.
    given
        For each turn that the row's lists of turns have, in their order, whether it is kept.
    """

    taken: Sequence[str] = ()
    aside: frozenset[str] = frozenset()
    has_places = False

    def __init__(self) -> None:
        super().__init__()
        self.given: list[bool] = []


_TEXT_KEYS = ("content", "value")
_CARRIES_NOTHING = frozenset({"role", "content", "from", "value", *WEIGHTS})
"""Keys of a turn that say nothing where its content says nothing."""


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
        A string, one turn, a list of turns, or an object with a list for each key, as `datasets` writes a
        sequence of objects; a turn is ``{role, content}`` or ``{from, value}``.
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
            extras.given.append(True)
            return [text_turn(role, value, field)]
        value = written
    if isinstance(value, Mapping):
        value = _by_turn(value, field) or [value]
    if not isinstance(value, list):
        raise Refused(Reason.not_a_string, f"{field} is {type_name(value)}, turns are needed")
    turns: list[Turn] = []
    n_given = len(extras.given)
    for index, turn in enumerate(value):
        if (plain := _plain_turn(turn)) is not None:
            extras.given.append(True)
            turns.append(plain)
            continue
        if has_channels(turn) and (whole := without_channels(value, field)) != value:
            del extras.given[n_given:]
            return read_turns(whole, field, role, extras)
        place = f"{field}.{index}"
        for piece in without_blocks(turn, place):
            is_turn = _says_something(piece) or not _is_blank_system(piece)
            extras.given.append(is_turn)
            if is_turn:
                turns.append(_read_turn(piece, place, f"{field}.{len(turns)}", extras))
    if not turns:
        raise Refused(Reason.empty_text, f"{field} has no turns")
    return turns


def _by_turn(columns: Mapping[str, Any], field: str) -> list[Turn] | None:
    """Return the turns that an object holds as one list for each of their keys; None where it is a turn.

    Raises
    ------
    Refused
        The lists are not of one length.
    """
    if not any(isinstance(columns.get(key), list) for key in ("role", "from")):
        return None
    lists = {key: column for key, column in columns.items() if column is not None}
    if (
        not all(isinstance(column, list) for column in lists.values())
        or len(set(map(len, lists.values()))) > 1
    ):
        _unknown(f"{field} is an object of lists, which must have one item for each turn")
    return [dict(zip(lists, turn, strict=True)) for turn in zip(*lists.values(), strict=True)]


def _says_something(turn: Any) -> bool:
    """Return whether a turn has a content that is no white space: nearly all do."""
    if type(turn) is not dict:
        return False
    content = turn.get("content" if "role" in turn else "value")
    return type(content) is str and content != "" and not content.isspace()


def _is_blank_system(turn: Any) -> bool:
    """Return whether a turn is a system prompt that says nothing and carries nothing: it is no turn."""
    if not isinstance(turn, Mapping) or not _says_nothing(turn.get("content" if "role" in turn else "value")):
        return False
    is_message = "role" in turn
    name = turn.get("role" if is_message else "from")
    if not isinstance(name, str) or SPELLINGS.get(name.strip().lower()) != "system":
        return False
    carried = [
        key
        for key, item in turn.items()
        if item is not None
        and (key not in _CARRIES_NOTHING or (key in _TEXT_KEYS and not _says_nothing(item)))
    ]
    return not carried and ("from" in turn) != is_message


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
    role = PLAIN_ROLES.get(name)
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
    known = name.strip().lower() if isinstance(name, str) else ""
    role = SPELLINGS.get(known)
    if role is None:
        raise Refused(Reason.unknown_role, f"{place} has the role {name!r}")
    # A table fills in nulls for keys that other turns have: they are absent in every form.
    rest = {
        key: item for key, item in turn.items() if item is not None and key not in (role_key, content_key)
    }
    content = turn.get(content_key)
    is_call = known in CALL_ROLES
    if is_call and isinstance(content, Mapping | list) and not _is_text_parts(content):
        content = written(content)
    if role == "assistant" and rest.get("refusal") is not None:
        content = _refused(content, content_key, rest, place)
    media: list[dict[str, Any]] = []
    if isinstance(content, list):
        content, media, fields = join_parts(content, place, rest)
        if fields:
            rest["parts"] = fields
        extras.has_places |= any(one["part"].keys() == {"type"} for one in media)
    kept = {key: rest.pop(key) for key in extras.aside.intersection(rest)} if extras.aside else {}
    if not OTHER_TEXTS.isdisjoint(rest):
        _require_one_text(content, content_key, rest, place)
    parts = take_turn_parts(rest, place, media) if rest or media else {}
    rest = without_nulls({**rest, **kept}) if rest or kept else rest
    if is_call:
        content = _call(content, parts, place)
    elif known in TELLING_ROLES:
        rest["role"] = name
    if not _says_nothing(content):
        content = _told_text(content, f"{place}.{content_key}", place)
    elif role == "tool" or "attachments" in parts or (role == "assistant" and parts.keys() - {"weight"}):
        content = content if isinstance(content, str) else ""  # it does something, or had nothing to say
    elif content_key not in turn:
        _unknown(f"{place} has no {content_key}")
    else:
        _told_text(content, f"{place}.{content_key}", place)
    read = {"role": role, "content": content, **parts}
    if rest:
        extras[kept_place] = (read, rest)
    return read


def _told_text(content: Any, field: str, place: str) -> str:
    """Return the content of a turn; refuse another type, and white space alone."""
    if not isinstance(content, str):
        raise Refused(
            Reason.not_a_string,
            f"{field} is {type_name(content)}, a string is needed: write what the turn says, or leave the "
            "turn out",
        )
    return filled(content, place, Reason.empty_turn)


def _refused(content: Any, content_key: str, rest: Turn, place: str) -> Any:
    """Return what an assistant says that refuses, as OpenAI writes it beside a content that says nothing.

    Raises
    ------
    Refused
        The turn says something else, too.
    """
    said = rest["refusal"]
    if not isinstance(said, str) or not said.strip():
        return content
    if not _says_nothing(content):
        _require_one_text(content, content_key, {"refusal": said}, place, ("refusal",))
    del rest["refusal"]
    return said if _says_nothing(content) else content


OTHER_TEXTS = frozenset(["content", "value", "text", "message"])
"""Keys of a turn that hold what it says; one beside another must say the same."""


def _require_one_text(
    content: Any,
    content_key: str,
    rest: Mapping[str, Any],
    place: str,
    others: Collection[str] = OTHER_TEXTS,
) -> None:
    """Refuse a turn that has a second text beside its own, unless it is the same.

    Raises
    ------
    Refused
        The two differ.
    """
    said = content.strip() if isinstance(content, str) else ""
    for key in sorted(rest.keys() & others):
        other = rest[key]
        if isinstance(other, list) and _is_text_parts(other):
            other = "".join(str(part.get("text", "")) for part in other if isinstance(part, Mapping))
        if isinstance(other, str) and other.strip() not in ("", said):
            raise Refused(
                Reason.ambiguous_layout, f"{place} has {content_key} and {key}, which differ; keep one"
            )


def _call(content: Any, parts: Turn, place: str) -> str:
    """Return the content of a turn that is a call, which is none, and put the call into its parts."""
    if not _says_nothing(content):
        call = filled(content, place, Reason.empty_turn)
        if parts.setdefault("tool_calls", call) != call:
            raise Refused(Reason.ambiguous_layout, f"{place} is a call, and has tool_calls that differ")
    elif "tool_calls" not in parts:
        raise Refused(Reason.empty_turn, f"{place} is a call that holds nothing")
    return ""


_TEXTS = ("text", "input_text", "output_text", "refusal")


def _is_text_parts(content: Any) -> bool:
    return isinstance(content, list) and any(
        isinstance(part, Mapping) and part.get("type") in _TEXTS for part in content
    )


def join_parts(
    parts: list[Any], place: str, rest: Turn
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the text of a list of typed parts, its attachments, and further keys if any text has some.

    Thoughts among the parts go to `rest`, under the key that they have beside a plain content.

    Raises
    ------
    Refused
        A part is of another type.
    """
    texts: list[str] = []
    rests: list[dict[str, Any]] = []
    media: list[dict[str, Any]] = []
    n_chars = 0
    for part in parts:
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind in ATTACHED:
            media.append(attached(part, n_chars, place))
            continue
        if kind == "thinking" and isinstance(part.get(kind), str) and kind not in rest:
            rest[kind] = part[kind]
            if more := without_nulls({name: part[name] for name in part if name not in ("type", kind)}):
                rest["thinking_fields"] = more
            continue
        if kind is None and isinstance(part, Mapping) and part.keys() == {"text"}:
            kind = "text"  # Bedrock's parts have no type
        key = next(filter(part.__contains__, ("text", kind)), "value") if kind in _TEXTS else "value"
        if kind not in _TEXTS or key not in part:
            _unknown(
                f"{place} has a part that is not of type text: {kind or type_name(part)}; write calls as "
                "tool_calls, results as turns of the role tool, and what else there is as text"
            )
        if not isinstance(part[key], str):
            raise Refused(Reason.not_a_string, f"{place} has a text part that is {type_name(part[key])}")
        texts.append(part[key])
        n_chars += len(part[key])
        further = {name: value for name, value in part.items() if name not in ("type", key)}
        rests.append(without_nulls(further))
    return "".join(texts), media, rests if any(rests) else []


def _unknown(detail: str) -> NoReturn:
    raise Refused(Reason.no_known_layout, detail)
