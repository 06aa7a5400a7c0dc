"""What a row and its turns carry beside text: calls, tools, reasoning, attachments.

What belongs here: the outside spellings of each, and the one form that `entropy_assets.records` gives it.
What does not: text and roles (`turns`), what was thought (`thoughts`), context of a question (`context`),
loss weights (`weights`).

Text is kept as it came. What came as objects is written once as JSON, keys in their order: a call or the
definition of a tool is never sorted, and never a column of structs, which would add nulls.
"""

import functools
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.ingest.leftovers import plain_value, says_something, without_nulls
from entropy_assets.curation.ingest.naming import MAX_KEY_CHARS
from entropy_assets.curation.ingest.reasons import Reason, Refused, one_of
from entropy_assets.curation.ingest.thoughts import REASONING, reasoning_of
from entropy_assets.curation.ingest.weights import WEIGHTS, take_weight

CALLS = ("tool_calls", "function_call", "function_calls", "tool_call")
"""Keys of calls of tools; the second is OpenAI's older one, of one call."""

TOOLS = ("tools", "functions", "available_tools", "tool_definitions")
"""Keys of definitions of tools; the second is OpenAI's older one."""

_OF_TOOLS = re.compile(
    r"(?:\w+_)?(?:tools|functions|apis|toolset|plugins)(?:_(?:list|set|definitions?|schemas?|specs?|json|xml))?"
    r"|(?:\w+_)?(?:tool|function|api|plugin)_(?:list|set|definitions?|schemas?|specs?|json|xml)"
)
_NOT_OF_TOOLS = re.compile(r"(?:used|called|n|num|use|uses|has|with|without|required|needed|is|no)_.*")

MEDIA = (
    *("images", "image", "audios", "audio", "videos", "video", "attachments"),
    *("image_path", "image_url", "image_file", "img", "image_paths", "image_urls"),
    *("audio_path", "audio_url", "video_path", "video_url"),
)
"""Keys of references to files; `attachments` may hold all of them in the form of a record, as JSON text."""

ATTACHED = frozenset(
    [
        *("image", "image_url", "input_image", "image_file", "audio", "audio_url", "input_audio"),
        *("video", "video_url", "file", "input_file"),
    ]
)
"""Types of the parts of a content that are attachments."""

MAX_REFERENCE_CHARS = 4096
"""Characters of a string in an attachment, at most: a longer one is no reference but the thing itself."""

_MEDIA = frozenset(MEDIA)
_OBJECTS = (Mapping, list)
_IN_ROW = frozenset(["bytes", "array"])  # keys under which tables hold a file, and a sound as numbers


def written(value: Any) -> str:
    """Return a value as JSON, keys in their order; a string as it is.

    >>> written([{"name": "w", "arguments": {"city": "Malmö", "at": None}}])
    '[{"name": "w", "arguments": {"city": "Malmö", "at": null}}]'
    """
    return value if isinstance(value, str) else _ENCODE(value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=plain_value).encode


@functools.lru_cache(maxsize=4096)
def is_tools(key: str) -> bool:
    """Return whether a key names definitions of tools, in any of the spellings that data sets have.

    >>> [is_tools(key) for key in ("xml_tools", "functionList", "toolset", "function", "used_tools")]
    [True, True, True, False, False]
    """
    if key in TOOLS:
        return True
    bare = _INNER_CAPITAL.sub("_", key).lower().replace("-", "_")
    return bool(len(key) <= MAX_KEY_CHARS and _OF_TOOLS.fullmatch(bare) and not _NOT_OF_TOOLS.fullmatch(bare))


_INNER_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def are_tools(value: Any) -> bool:
    """Return whether a value says something that can be definitions of tools: objects, or JSON of some."""
    if isinstance(value, str):
        return value.lstrip().startswith(("[", "{")) and says_something(value)
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, Mapping) or are_tools(one) for one in value)
    return isinstance(value, Mapping) and bool(value)


def take_turn_parts(rest: dict[str, Any], place: str, media: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Take the parts of a turn out of what it carries beside role and content, and return them by name.

    `media` are the attachments that stand in its content. What cannot be a part by its
    type stays, as ``weight: "heavy"`` does.

    Raises
    ------
    Refused
        Two keys of one part differ, or an attachment is there by value.
    """
    kinds = {_KINDS[key] for key in rest if key in _KINDS}
    parts: dict[str, Any] = {}
    if "reasoning" in kinds:
        parts["reasoning"] = reasoning_of(rest, place)
    if "tool_calls" in kinds:
        parts["tool_calls"] = _calls(rest, place)
    if "attachments" in kinds or media:
        if (whole := _own_form(rest, list)) is not None:
            media = [*media, *whole]
        further = [{"key": key, "value": _reference(rest.pop(key), place)} for key in _media_in(rest)]
        parts["attachments"] = written([*media, *further]) if media or further else None
    if "weight" in kinds:
        parts["weight"] = take_weight(rest, place)
    return {name: part for name, part in parts.items() if part is not None}


_KINDS = {
    **dict.fromkeys(REASONING, "reasoning"),
    **dict.fromkeys(CALLS, "tool_calls"),
    **dict.fromkeys(MEDIA, "attachments"),
    **dict.fromkeys(WEIGHTS, "weight"),
}
"""Key of a turn -> the part that it may be."""


def take_record_parts(left: dict[str, Any]) -> dict[str, str]:
    """Take tools and attachments out of the fields that a layout leaves over, and return them by name.

    Raises
    ------
    Refused
        `tools` and `functions` differ, or an attachment is there by value.
    """
    parts = {}
    given = {}
    for key in filter(is_tools, left):
        value = left[key]
        is_known = key in TOOLS and isinstance(value, (str, *_OBJECTS)) and says_something(value)
        if is_known or (value is not None and are_tools(value)):
            given[key] = written(value)
    if given:
        parts["tools"] = one_of(given, "the row")
        for key in given:
            del left[key]
    if (whole := _own_form(left, dict)) is not None:
        parts["attachments"] = written(whole)
    elif media := _media_in(left):
        parts["attachments"] = written({key: _reference(left.pop(key), key) for key in media})
    return parts


def attached(part: Mapping[str, Any], at: int, place: str) -> dict[str, Any]:
    """Return the attachment that a part of a content is, which stands `at` characters of text.

    Raises
    ------
    Refused
        It is there by value.
    """
    return {"at": at, "part": _reference(dict(part), place)}


def older_call(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the calls that OpenAI's older `function_call` is today.

    >>> older_call({"name": "w", "arguments": "{}"})
    [{'type': 'function', 'function': {'name': 'w', 'arguments': '{}'}}]
    """
    return [{"type": "function", "function": call}]


def _calls(rest: dict[str, Any], place: str) -> str | None:
    given = {}
    for key in CALLS:
        if key not in rest:
            continue
        value = rest[key]
        if key != "tool_calls":
            value = _todays_calls(value)
        if has_calls(value) or (key == "tool_calls" and isinstance(value, str) and says_something(value)):
            given[key] = written(value)
            del rest[key]
    return one_of(given, place) if given else None


def _todays_calls(value: Any) -> Any:
    """Return calls that are written as name and arguments as they are today; strings of JSON as they are."""
    if isinstance(value, Mapping) and value:
        return older_call(value) if "function" not in value else [value]
    if isinstance(value, list):
        named = [isinstance(one, Mapping) and "name" in one and "function" not in one for one in value]
        return [call for one in value for call in older_call(one)] if named and all(named) else value
    return value


def has_calls(value: Any) -> bool:
    """Return whether a value says something that can be calls of tools: objects, or a string of some."""
    is_json = isinstance(value, str) and value.lstrip().startswith(("[", "{"))
    return (is_json or isinstance(value, _OBJECTS)) and says_something(value)


def _media_in(fields: Mapping[str, Any]) -> list[str]:
    """Return the keys under which references, or files by value, stand; other values are the user's own."""
    if _MEDIA.isdisjoint(fields):
        return []
    return [key for key in MEDIA if key in fields and _refers(fields[key])]


def _own_form(fields: dict[str, Any], kind: type) -> Any:
    """Take attachments that are written as those of a record are, and return them; None where none are."""
    value = fields.get("attachments")
    if not isinstance(value, str) or not value.startswith("[{" if kind is list else "{"):
        return None
    try:
        told = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if kind is list:
        fits = all(isinstance(one, dict) and set(one) in ({"at", "part"}, {"key", "value"}) for one in told)
    else:
        fits = bool(told) and told.keys() <= set(MEDIA) and _media_in(fields) == ["attachments"]
    if not fits or written(told) != value:
        return None
    del fields["attachments"]
    return _reference(told, "attachments")


def _refers(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_refers, value))
    if isinstance(value, Mapping):
        return "array" in value or any(isinstance(item, str | bytes) for item in value.values())
    return isinstance(value, bytes) or (isinstance(value, str) and bool(value.strip()))


def _reference(value: Any, place: str) -> Any:
    """Return an attachment without nulls; refuse one that is the thing itself and no reference to it."""
    value = without_nulls(value)
    waiting = [value]
    for item in waiting:  # it grows while it is walked
        if isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        is_thing = isinstance(item, bytes) or (isinstance(item, Mapping) and not _IN_ROW.isdisjoint(item))
        if is_thing or (isinstance(item, str) and len(item) > MAX_REFERENCE_CHARS):
            raise Refused(
                Reason.attachment_by_value,
                f"{place} holds a file itself; save it beside the data and give its path or address",
            )
    return value
