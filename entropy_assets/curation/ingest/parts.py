"""What a row and its turns carry beside text: calls, tools, reasoning, attachments.

What belongs here: the outside spellings of each, and the one form that `entropy_assets.records` gives it.
What does not: text and roles (`turns`), what was thought (`thoughts`), context of a question (`context`),
loss weights (`weights`), files (`media`).

Text is kept as it came. What came as objects is written once as JSON, keys in their order: a call or the
definition of a tool is never sorted, and never a column of structs, which would add nulls.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.ingest.leftovers import says_something
from entropy_assets.curation.ingest.media import (
    as_json,
    in_own_form,
    may_name_file,
    may_refer,
    names_file,
    taken_media,
)
from entropy_assets.curation.ingest.naming import MAX_KEY_CHARS
from entropy_assets.curation.ingest.reasons import one_of
from entropy_assets.curation.ingest.referring import Beside
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

_OBJECTS = (Mapping, list)


def written(value: Any) -> str:
    """Return a value as JSON, keys in their order; a string as it is.

    >>> written([{"name": "w", "arguments": {"city": "Malmö", "at": None}}])
    '[{"name": "w", "arguments": {"city": "Malmö", "at": null}}]'
    """
    return value if isinstance(value, str) else as_json(value)


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
    if any(may_refer(key) or (may_name_file(key) and names_file(rest[key])) for key in rest):
        kinds.add("attachments")
    parts: dict[str, Any] = {}
    if "reasoning" in kinds:
        parts["reasoning"] = reasoning_of(rest, place)
    if "tool_calls" in kinds:
        parts["tool_calls"] = _calls(rest, place)
    if "attachments" in kinds or media:
        if (whole := in_own_form(rest, list)) is not None:
            media = [*media, *whole]
        further = [{"key": key, "value": value} for key, value in taken_media(rest, place).items()]
        parts["attachments"] = written([*media, *further]) if media or further else None
    if "weight" in kinds:
        parts["weight"] = take_weight(rest, place)
    return {name: part for name, part in parts.items() if part is not None}


_KINDS = {
    **dict.fromkeys(REASONING, "reasoning"),
    **dict.fromkeys(CALLS, "tool_calls"),
    **dict.fromkeys(WEIGHTS, "weight"),
}
"""Key of a turn -> the part that it may be."""


def take_record_parts(left: dict[str, Any], beside: Beside = Beside.question) -> dict[str, str]:
    """Take tools and attachments out of the fields that a layout leaves over, and return them by name.

    `beside` is what these fields stand beside.

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
    if (whole := in_own_form(left, dict, beside)) is not None:
        parts["attachments"] = written(whole)
    elif media := taken_media(left, "", beside=beside):
        parts["attachments"] = written(media)
    return parts


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
        if has_calls(value) or (key in _VERBATIM and isinstance(value, str) and says_something(value)):
            given[key] = written(value)
            del rest[key]
    return one_of(given, place) if given else None


_VERBATIM = ("tool_calls", "function_calls")  # a language of one's own, as ``look(word="wren")``


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
