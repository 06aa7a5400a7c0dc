"""What a row and its turns carry beside text: calls, tools, reasoning, attachments, loss weights.

What belongs here: the outside spellings of each, and the one form that `entropy_assets.records` gives it.
What does not: text and roles (`turns`), context of a question (`context`).

Text is kept as it came. What came as objects is written once as JSON, keys in their order: a call or the
definition of a tool is never sorted, and never a column of structs, which would add nulls.
"""

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from entropy_assets.curation.ingest.leftovers import is_nan, plain_value, without_nulls
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name

REASONING = (
    *("reasoning_content", "reasoning", "thinking", "rationale", "cot", "thought", "thoughts"),
    *("chain_of_thought", "reasoning_trace", "reasoning_text", "reasoning_details", "tool_plan"),
    *("thinking_trajectory", "deepseek_thinking_trajectory", "model_reasoning"),
)
"""Keys of what was thought before an answer."""

CALLS = ("tool_calls", "function_call", "function_calls", "tool_call")
"""Keys of calls of tools; the second is OpenAI's older one, of one call."""

ROW_WEIGHTS = ("weight", "loss_weight", "sample_weight")
"""Keys of how much the answers of a whole row count."""

WEIGHTS = (*ROW_WEIGHTS, "train", "training", "trainable", "loss_mask", "loss")
"""Keys of how much of a turn's loss counts; all but those of rows are switches."""

ROW_MASKS = ("loss_mask", "weights")
"""Keys of a list in a row: how much each of its turns, or each of its answers, counts."""

LABELS = ("label", "kto_tag", "desirable")
"""Keys of whether the answer of a row is a wanted one, as unpaired preferences (KTO) say it."""

TOOLS = ("tools", "functions", "available_tools", "tool_definitions")
"""Keys of definitions of tools; the second is OpenAI's older one."""

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
_SWITCHES = frozenset(["on", "off", "low", "medium", "high", "none", "true", "false", "yes", "no"])


def written(value: Any) -> str:
    """Return a value as JSON, keys in their order; a string as it is.

    >>> written([{"name": "w", "arguments": {"city": "Malmö", "at": None}}])
    '[{"name": "w", "arguments": {"city": "Malmö", "at": null}}]'
    """
    return value if isinstance(value, str) else _ENCODE(value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=plain_value).encode


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
        parts["reasoning"] = _reasoning(rest, place)
    if "tool_calls" in kinds:
        parts["tool_calls"] = _calls(rest, place)
    if "attachments" in kinds or media:
        if (whole := _own_form(rest, list)) is not None:
            media = [*media, *whole]
        further = [{"key": key, "value": _reference(rest.pop(key), place)} for key in _media_in(rest)]
        parts["attachments"] = written([*media, *further]) if media or further else None
    if "weight" in kinds:
        parts["weight"] = _weight(rest, place)
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
    for key in TOOLS:
        value = left.get(key)
        if value is not None and isinstance(value, (str, *_OBJECTS)) and _says_something(value):
            given[key] = written(value)
    if given:
        parts["tools"] = _one_of(given, "the row")
        for key in given:
            del left[key]
    if (whole := _own_form(left, dict)) is not None:
        parts["attachments"] = written(whole)
    elif media := _media_in(left):
        parts["attachments"] = written({key: _reference(left.pop(key), key) for key in media})
    return parts


def take_answer_reasoning(left: dict[str, Any], answer: dict[str, Any]) -> None:
    """Take what was thought before a row's one answer out of its other fields, into the turn of the answer.

    A word that switches thinking on or off is none.

    Raises
    ------
    Refused
        Two keys differ, the turn thinks something else, or one is no string.
    """
    told = {key: left[key] for key in REASONING if is_thought(left.get(key))}
    keys = list(told)
    reasoning = _reasoning(told, "the row")
    if reasoning is not None:
        if answer.setdefault("reasoning", reasoning) != reasoning:
            raise Refused(Reason.ambiguous_layout, "the row and its answer think differently; keep one")
        for key in keys:
            if key not in told:
                del left[key]


def take_label(left: dict[str, Any], *, is_unpaired: bool) -> bool | None:
    """Take whether the answer is a wanted one out of the fields that a layout leaves over, and return it.

    It is true or false, as a word in a table of strings. A number is a class of the user's own, unless it is
    1 or 0 under `kto_tag`, or in a row of a prompt and a completion, where `is_unpaired` is true.

    Raises
    ------
    Refused
        Two keys differ.
    """
    given = {
        key: is_wanted
        for key in LABELS
        if (is_wanted := _switch(left.get(key), as_number=is_unpaired or key == "kto_tag")) is not None
    }
    for key in given:
        del left[key]
    return _one_of(given, "the row") if given else None


def _switch(value: Any, *, as_number: bool) -> bool | None:
    """Return whether a switch is on; None where the value is none."""
    if isinstance(value, str):
        value = _WORDS.get(value.strip().lower(), value)
    if isinstance(value, bool):
        return value
    return bool(value) if as_number and isinstance(value, int | float | Decimal) and value in (0, 1) else None


_WORDS = {"true": True, "false": False, "1": 1, "0": 0}


def take_row_weight(left: dict[str, Any], turns: Sequence[dict[str, Any]]) -> None:
    """Take the weights that stand in a row, one for all of its answers or a list, into its turns.

    Raises
    ------
    Refused
        Two keys differ, or a turn has a weight beside it.
    """
    answers = [turn for turn in turns if turn["role"] == "assistant"]
    if not answers:
        return
    weights = {key: weight for key in ROW_WEIGHTS if (weight := _number(left.get(key))) is not None}
    given = {key: [weight] * len(answers) for key, weight in weights.items()}
    told = answers
    for key in ROW_MASKS:
        items = left[key] if isinstance(left.get(key), list) else []
        numbers = [number for item in items if (number := _number(item)) is not None]
        if len(numbers) == len(items) and len(numbers) in (len(turns), len(answers)):
            told = list(turns) if len(numbers) == len(turns) else answers
            given[key] = numbers
    if not given:
        return
    weights_of = _one_of(given, "the row")
    pairs = list(zip(told, weights_of, strict=True))
    if any(turn.get("weight") not in (None, weight) for turn, weight in pairs):
        raise Refused(Reason.ambiguous_layout, "the row and its turns have weights, which differ; keep one")
    for key in given:
        del left[key]
    for turn, weight in pairs:
        turn["weight"] = weight


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


def _reasoning(rest: dict[str, Any], place: str) -> str | None:
    given: dict[str, str] = {}
    for key in REASONING:
        value = rest.get(key)
        if isinstance(value, list) and key == "reasoning_details":
            value = _in_details(value)
        if not _says_something(value) or isinstance(value, bool):
            continue
        if not isinstance(value, str):
            raise Refused(Reason.not_a_string, f"{place}.{key} is {type_name(value)}, a string is needed")
        given[key] = value
    for key in given:
        del rest[key]
    return _one_of(given, place) if given else None


def _in_details(details: list[Any]) -> str:
    """Return the text that OpenRouter's list of what was thought holds; what is encrypted has none."""
    texts = [one.get("text") or one.get("summary") for one in details if isinstance(one, Mapping)]
    return "\n\n".join(text for text in texts if isinstance(text, str))


def _calls(rest: dict[str, Any], place: str) -> str | None:
    given = {}
    for key in CALLS:
        if key not in rest:
            continue
        value = rest[key]
        if key != "tool_calls":
            value = _todays_calls(value)
        if has_calls(value) or (key == "tool_calls" and isinstance(value, str) and _says_something(value)):
            given[key] = written(value)
            del rest[key]
    return _one_of(given, place) if given else None


def _todays_calls(value: Any) -> Any:
    """Return calls that are written as name and arguments as they are today; strings of JSON as they are."""
    if isinstance(value, Mapping) and value:
        return older_call(value) if "function" not in value else [value]
    if isinstance(value, list):
        named = [isinstance(one, Mapping) and "name" in one and "function" not in one for one in value]
        return [call for one in value for call in older_call(one)] if named and all(named) else value
    return value


def _weight(rest: dict[str, Any], place: str) -> float | None:
    given: dict[str, float] = {}
    for key in WEIGHTS:
        if key not in rest:
            continue
        value: Any = rest[key]
        if is_nan(value):
            del rest[key]
            continue
        if key in ROW_WEIGHTS:
            weight = _number(value)
        else:  # a float under `loss` is one that was measured
            switch = _switch(value, as_number=key != "loss" or not isinstance(value, float))
            weight = None if switch is None else float(switch)
        if weight is not None:
            given[key] = weight
            del rest[key]
    return _one_of(given, place) if given else None


def _number(value: Any) -> float | None:
    """Return a weight as a float; None where the value is none: words, numbers that are no float."""
    if isinstance(value, str):  # a table of strings
        return float(value) if _DIGITS.fullmatch(value) else None
    if not isinstance(value, bool | int | float | Decimal):  # engines of SQL write 1.0 as a decimal
        return None
    return float(value) + 0.0 if -_LARGEST < value < _LARGEST else None


_DIGITS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?")
_LARGEST = 1e300  # beyond it an integer may be no float


def _one_of(given: dict[str, Any], place: str) -> Any:
    """Return the value that all keys have."""
    first, *others = given.values()
    if any(other != first for other in others):
        names = " and ".join(given)
        raise Refused(Reason.ambiguous_layout, f"{place} has {names}, which differ; keep one")
    return first


def _says_something(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value) and not value.isspace() and value.strip() not in ("[]", "{}")
    return not (value is None or value in ([], {}) or is_nan(value))


def has_calls(value: Any) -> bool:
    """Return whether a value says something that can be calls of tools: objects, or a string of some."""
    is_json = isinstance(value, str) and value.lstrip().startswith(("[", "{"))
    return (is_json or isinstance(value, _OBJECTS)) and _says_something(value)


def is_thought(value: Any) -> bool:
    """Return whether a value beside an answer is what was thought: no switch, no number, not nothing."""
    if isinstance(value, str):
        return not _is_switch(value)
    return isinstance(value, list | Mapping) and _says_something(value)


def _is_switch(value: str) -> bool:
    return not _says_something(value) or value.strip().lower() in _SWITCHES


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
