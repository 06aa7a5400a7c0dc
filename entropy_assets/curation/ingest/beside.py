"""Keys beside a layout that belong to its prompt or its answer: the record says them, or the row is refused.

What belongs here: what becomes of such keys once the layout is read. What does not: contexts that are read
behind a question (`context`), parts of turns (`parts`).
"""

import re
from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.context import CHOICES, LETTERS, is_label
from entropy_assets.curation.ingest.missing import says_nothing
from entropy_assets.curation.ingest.parts import CALLS, TOOLS, are_tools, has_calls, is_tools
from entropy_assets.curation.ingest.prompts import PROMPTS
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name
from entropy_assets.curation.ingest.thoughts import REASONING, is_thought, take_answer_reasoning
from entropy_assets.curation.ingest.turns import Extras

TURNS_ONLY = frozenset(["ShareGPT", "messages", "conversation", PROMPTS])
"""Layouts of turns alone, which may end before the answer."""

_ANSWERS = ("completion", "output", "response", "solution", "answer")
_OTHER_ANSWERS = ("completion", "output", "response")
_ASKED = ("prompt", "question", "instruction", "query", "conversation")
_WORKED = ("solution", "answer")
_BELONGING = ("input", "history", *CHOICES)
_QUESTIONS = ("question", "query")  # names of layouts that begin so are of two plain strings
_OF_PAIRS = ("chosen_reasoning", "rejected_reasoning", "chosen_thinking", "rejected_thinking")
_NOT_OF_PAIRS = frozenset(["rationale"])  # beside a preference it says why one answer is better

BESIDE = frozenset(
    [*_ANSWERS, *_ASKED, *_BELONGING, *LETTERS, *_OF_PAIRS, *REASONING, *CALLS, "code"],
)
"""Keys that `read_beside` looks at."""


def read_beside(
    left: dict[str, Any], layout: str, content: dict[str, Any], answered: Mapping[str, str]
) -> None:
    """Take what belongs to a record out of the keys that its layout leaves over, or see that it says them.

    Parameters
    ----------
    left
        The keys that are left over; what is read is taken out.
    layout
        Name of the layout.
    content
        The record so far; an answer and its reasoning are added.
    answered
        Layout of one answer -> its key of the answer.

    Raises
    ------
    Refused
        A key may belong to the prompt or the answer, and the record does not say it.
    """
    if BESIDE.isdisjoint(left):
        return
    if content["kind"] == "text":
        _require_text_alone(left, content["text"])
        return
    if layout in TURNS_ONLY and content["messages"][-1]["role"] != "assistant":
        _take_answer(left, content["messages"])
    _take_reasoning(left, content)
    if layout in answered:
        _take_fullest_answer(left, content["messages"][-1], answered[layout])
    turns = content.get("messages") or [*content["prompt"], *content["chosen"], *content["rejected"]]
    said = "\n\n".join(turn["content"] for turn in turns)
    unsaid = [
        key
        for key in _BELONGING
        if not _says(left.get(key), said) and not (key == "input" and _is_word_or_nothing(left[key]))
    ]
    if left.keys() >= LETTERS and not all(_says(left[key], said) for key in LETTERS):
        unsaid += sorted(LETTERS)
    if unsaid:
        raise Refused(Reason.no_known_layout, _advice(unsaid))
    for key in CALLS:
        if has_calls(left.get(key)) and not _says(left[key], said):
            raise Refused(
                Reason.no_known_layout, f"{key!r} is a call, and no turn holds it: write it into a turn"
            )
    for key in _ASKED:
        is_name = not layout.startswith(_QUESTIONS) and _is_word(left.get(key))
        if not _says(left.get(key), said) and not is_name:
            raise Refused(Reason.ambiguous_layout, f"{key!r} differs from what {layout} says; keep one")
    contents = {turn["content"].strip() for turn in turns}
    are_words = _is_word(turns[-1]["content"])  # then another word is another answer, and no label
    for key in _OTHER_ANSWERS:
        value = left.get(key)
        is_same = not isinstance(value, str) or not value.strip() or value.strip() in contents
        is_label_of_it = _is_word(value) and not are_words
        is_known = is_same if are_words and isinstance(value, str) else _says(value, said)
        if not (is_same if layout in answered else is_known or is_label_of_it):
            raise Refused(Reason.ambiguous_layout, f"{key!r} differs from what {layout} says; keep one")
    is_pair = layout not in TURNS_ONLY and content["kind"] == "chat" and left.get("question")
    if is_pair and not _says(left.get("answer"), said):
        raise Refused(Reason.ambiguous_layout, f"'answer' differs from what {layout} says; keep one")


def _is_word(value: Any) -> bool:
    """Return whether a value is one word of letters, which is a label: turns say more."""
    return isinstance(value, str) and is_label(value) and value.strip().replace("_", "").isalpha()


def _is_word_or_nothing(value: Any) -> bool:
    return isinstance(value, str) and (_is_word(value) or says_nothing(value))


def _advice(keys: list[str]) -> str:
    return (
        f"{', '.join(map(repr, keys))} may belong to the prompt, and no turn holds it; write it into one, "
        "leave it out, or name it under metadata in drop.toml"
    )


def _require_text_alone(left: Mapping[str, Any], text: str) -> None:
    """Refuse a text beside what it may answer, or what may answer it.

    Raises
    ------
    Refused
        There is a prompt or an answer of more than a word or two that the text does not hold.
    """
    for keys, what in ((_ASKED, "what 'text' answers"), (("code", *_OTHER_ANSWERS), "the answer to 'text'")):
        for key in keys:
            value = left.get(key)
            if isinstance(value, str) and not is_label(value) and value.strip() not in text:
                raise Refused(
                    Reason.ambiguous_layout,
                    f"{key!r} may be {what}, which does not hold it; name them prompt and completion, or "
                    f'write metadata = ["{key}"] in drop.toml beside the data',
                )


def _take_fullest_answer(left: dict[str, Any], turn: dict[str, Any], own: str) -> None:
    """Take the worked solution beside a short answer for the answer; that goes to the metadata as `own`.

    Raises
    ------
    Refused
        Neither holds the other, and both say more than a word or two.
    """
    for key in _WORKED:
        value, short = left.get(key), turn["content"]
        if value is None or (_holds(short, value) if isinstance(value, str) else _says(value, short)):
            continue
        is_given = (own, key) == ("solution", "answer")  # of a worked solution, which must come to it
        if isinstance(value, str) and is_label(value) and not is_given:
            continue
        if not isinstance(value, str) or not _holds(value, short):
            raise Refused(
                Reason.ambiguous_layout,
                f"{key!r} and the answer differ, and nobody can tell which is trained on: keep one, or write "
                f'metadata = ["{key}"] in drop.toml beside the data',
            )
        turn["content"] = value
        del left[key]
        left[own] = short


def _take_answer(left: dict[str, Any], turns: list[dict[str, Any]]) -> None:
    """Append the answer that stands beside turns without one.

    Raises
    ------
    Refused
        It is no string, or there are two of which neither holds the other.
    """
    given = {}
    for key in _ANSWERS:
        value = left.get(key)
        if value is None or value == "" or (isinstance(value, str) and value.isspace()):
            continue
        if not isinstance(value, str):
            raise Refused(
                Reason.not_a_string,
                f"{key} is {type_name(value)}, and the turns end before the answer: a string is needed",
            )
        given[key] = value
    if not given:
        return
    answer = max(given.values(), key=len)
    if not all(value.strip() in answer for value in given.values()):
        raise Refused(
            Reason.ambiguous_layout, f"the turns end before the answer, and {' and '.join(given)} differ"
        )
    turns.append({"role": "assistant", "content": answer})
    for key in [key for key, value in given.items() if value == answer]:
        del left[key]


def _holds(text: str, part: str) -> bool:
    """Return whether a text holds another one, between words."""
    return bool(re.search(rf"(?<!\w){re.escape(part.strip())}(?!\w)", text))


def _take_reasoning(left: dict[str, Any], content: dict[str, Any]) -> None:
    """Take what was thought before the one answer into its turn.

    Raises
    ------
    Refused
        There is no one answer, or its turn thinks something else.
    """
    if content["kind"] == "chat":
        keys = [key for key in REASONING if is_thought(left.get(key))]
        answers = [turn for turn in content["messages"] if turn["role"] == "assistant"]
    else:
        keys = [*_OF_PAIRS, *(key for key in REASONING if key not in _NOT_OF_PAIRS)]
        keys = [key for key in keys if is_thought(left.get(key))]
        answers = []
    if not keys:
        return
    if len(answers) == 1:
        (answer,) = answers
        if "<think" in answer["content"] and all(_says(left[key], answer["content"]) for key in keys):
            return
        take_answer_reasoning(left, answer)
        return
    raise Refused(
        Reason.no_known_layout,
        f"{keys[0]!r} belongs to one answer, and nobody can tell to which: write it into the turn as "
        "reasoning_content",
    )


def _says(value: Any, said: str) -> bool:
    """Return whether each text of a value is found in what the turns say; numbers and nulls are no text."""
    if isinstance(value, str):
        return value.strip() in said
    if isinstance(value, Mapping):
        contents = [value[key] for key in ("content", "value") if key in value]
        return all(_says(item, said) for item in contents or value.values())
    return not isinstance(value, list) or all(_says(item, said) for item in value)


def tools_of_turns(extras: Extras, left: dict[str, Any]) -> None:
    """Move the tools that a system turn or a question carries to those of the row.

    Raises
    ------
    Refused
        Two places have tools that differ.
    """
    for place, (turn, rest) in extras.items():
        if turn["role"] not in ("system", "user"):
            continue
        for key in [key for key in rest if is_tools(key) and key not in extras.aside]:
            if not (rest[key] if key in TOOLS else are_tools(rest[key])):
                continue
            if left.get(key) and left[key] != rest[key]:
                raise Refused(Reason.ambiguous_layout, f"{key} of {place} and of the row differ; keep one")
            left[key] = rest.pop(key)
    for place in [place for place, (_, rest) in extras.items() if not rest]:
        del extras[place]
