"""Rows in the form of an API for tuning, which say under keys of their own what a layout says.

Gemini's rows have `contents` with `parts` and a `systemInstruction`; OpenAI's preferences an `input` and two
outputs. Both forms are documented, so nothing is guessed at.

What belongs here: such rows, under the keys of a layout. What does not: layouts (`forms`), and rows that a
layout reads as they are.
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.parts import written
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name

KEYS = frozenset(["contents", "preferred_output"])
"""Keys by which such a row is told."""

_INSTRUCTIONS = ("systemInstruction", "system_instruction")
_PREFERENCE = frozenset(["input", "preferred_output", "non_preferred_output"])


def without_api(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row of an API under the keys of a layout; any other row as it is.

    Raises
    ------
    Refused
        It has a part for which a turn has no place.

    Examples
    --------
    >>> asked, said = {"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hi."}
    >>> row = {"input": {"messages": [asked]}, "preferred_output": [said], "non_preferred_output": []}
    >>> list(without_api(row))
    ['prompt', 'chosen', 'rejected']
    """
    if _are_contents(row.get("contents")) and "messages" not in row:
        return _of_contents(row)
    asked = row.get("input")
    if row.keys() >= _PREFERENCE and isinstance(asked, Mapping) and "messages" in asked:
        further = {key: asked[key] for key in asked if key != "messages"}
        rest = {key: row[key] for key in row if key not in _PREFERENCE}
        answers = {"chosen": row["preferred_output"], "rejected": row["non_preferred_output"]}
        if rest.keys().isdisjoint((*further, "prompt", *answers)):
            return {"prompt": asked["messages"], **answers, **further, **rest}
    return row


def _are_contents(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(one, Mapping) and isinstance(one.get("parts"), list) for one in value)
    )


def _of_contents(row: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: row[key] for key in row if key not in ("contents", *_INSTRUCTIONS)}
    for key in _INSTRUCTIONS:
        said = row.get(key)
        if isinstance(said, Mapping) and isinstance(said.get("parts"), list):
            texts = [part.get("text") for part in said["parts"] if isinstance(part, Mapping)]
            made[key] = "\n".join(text for text in texts if isinstance(text, str))
        elif said is not None:
            made[key] = said
    if "systemInstruction" in made:
        made["system" if "system" not in made else "system_message"] = made.pop("systemInstruction")
    made["messages"] = [
        turn for n, one in enumerate(row["contents"]) for turn in _turns(one, f"contents.{n}")
    ]
    return made


def _turns(content: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    """Return the turns that one content is: results of tools are turns of their own, before it."""
    further = {key: content[key] for key in content if key not in ("role", "parts")}
    turn: dict[str, Any] = {**further, "role": content.get("role") or "user", "content": []}
    results: list[dict[str, Any]] = []
    for part in content["parts"]:
        kind = next((key for key in _READERS if isinstance(part, Mapping) and part.get(key) is not None), "")
        if not kind:
            raise Refused(
                Reason.no_known_layout,
                f"{place} has a part that is no text, call, result or file: write the row under 'messages'",
            )
        if not isinstance(part[kind], str if kind == "text" else Mapping):
            raise Refused(Reason.not_a_string, f"{place} has a part whose {kind} is {type_name(part[kind])}")
        if kind == "text":
            is_thought = part.get("thought") is True
            if is_thought:
                turn["thinking"] = turn.get("thinking", "") + part["text"]
            else:
                turn["content"].append({"type": "text", "text": part["text"]})
        elif kind == "functionCall":
            function = {"name": part[kind].get("name"), "arguments": part[kind].get("args")}
            turn.setdefault("tool_calls", []).append({"type": "function", "function": function})
        elif kind == "functionResponse":
            answer = part[kind].get("response")
            results.append({"role": "tool", "name": part[kind].get("name"), "content": written(answer)})
        elif kind == "fileData":
            turn["content"].append({"type": "file", **part[kind]})
        else:
            turn["content"].append({"type": "file", "bytes": part[kind]})
    is_said = turn["content"] or turn.keys() - further.keys() - {"role", "content"}
    return [*results, turn] if is_said or not results else results


_READERS = ("text", "functionCall", "functionResponse", "fileData", "inlineData")
