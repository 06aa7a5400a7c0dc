"""What was thought before an answer, in its outside spellings, and the one text that it is in a record.

What belongs here: thoughts of a turn and of a row. What does not: other parts of turns (`parts`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.leftovers import says_something
from entropy_assets.curation.ingest.reasons import Reason, Refused, one_of, type_name

REASONING = (
    *("reasoning_content", "reasoning", "thinking", "rationale", "cot", "thought", "thoughts"),
    *(
        "chain_of_thought",
        "reasoning_trace",
        "reasoning_text",
        "reasoning_details",
        "thinking_blocks",
        "tool_plan",
    ),
    *("thinking_trajectory", "deepseek_thinking_trajectory", "model_reasoning", "thinking_content"),
    *("think", "think_content", "thought_process", "reasoning_process", "reasoning_steps"),
)
"""Keys of what was thought before an answer."""

_KEYS = frozenset(REASONING)
ROW = "the row"
"""The place of what stands in no turn."""

_SWITCHES = frozenset(["on", "off", "low", "medium", "high", "none", "true", "false", "yes", "no"])


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
    reasoning = reasoning_of(told, ROW)
    if reasoning is not None:
        if answer.setdefault("reasoning", reasoning) != reasoning:
            raise Refused(Reason.ambiguous_layout, "the row and its answer think differently; keep one")
        for key in keys:
            if key not in told:
                del left[key]


def reasoning_of(rest: dict[str, Any], place: str) -> str | None:
    """Take what was thought out of what a turn carries, and return its text; None where there is none.

    Raises
    ------
    Refused
        Two keys differ, or one is no string.
    """
    given: dict[str, str] = {}
    kept = set()  # what is more than its text stays, too
    found = _KEYS.intersection(rest)
    for key in found if len(found) == 1 else [key for key in REASONING if key in found]:
        value = rest[key]
        if isinstance(value, list) and (key in _DETAILED or _are_parts(value)):
            if not _are_texts(value):
                kept.add(key)
            value = _in_details(value)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            value = value[0]
        if not says_something(value) or isinstance(value, bool):
            continue
        if not isinstance(value, str):
            field = key if place == ROW else f"{place}.{key}"
            raise Refused(
                Reason.not_a_string,
                f"{field} is {type_name(value)}, a string is needed: write what was thought as one string, "
                f"or name {key!r} under metadata in drop.toml if it is not to be trained on",
            )
        given[key] = value
    for key in given.keys() - kept:
        del rest[key]
    return one_of(given, place) if given else None


_DETAILED = ("reasoning_details", "thinking_blocks")
_TEXTS = ("text", "summary", "thinking")


def _in_details(details: list[Any]) -> str:
    """Return the text that a list of what was thought holds; what is encrypted has none."""
    return "\n\n".join(filter(None, (_text_of(one) for one in details if isinstance(one, Mapping))))


def _are_parts(value: list[Any]) -> bool:
    """Return whether a list holds objects alone, each with a text."""
    return bool(value) and all(isinstance(one, Mapping) and _text_of(one) for one in value)


def _text_of(one: Mapping[str, Any]) -> str:
    """Return the text of one item of a list of thoughts; else nothing."""
    said = next(filter(None, map(one.get, _TEXTS)), "")
    return said if isinstance(said, str) and not said.isspace() else ""


def _are_texts(details: list[Any]) -> bool:
    """Return whether each item of such a list is a type and one text, and nothing else."""
    return all(
        isinstance(one, Mapping)
        and len(said := {key for key, value in one.items() if value is not None and key != "type"}) == 1
        and said <= set(_TEXTS)
        for one in details
    )


def is_thought(value: Any) -> bool:
    """Return whether a value beside an answer is what was thought: no switch, no number, not nothing."""
    if isinstance(value, str):
        return not _is_switch(value)
    return isinstance(value, list | Mapping) and says_something(value)


def _is_switch(value: str) -> bool:
    return not says_something(value) or value.strip().lower() in _SWITCHES
