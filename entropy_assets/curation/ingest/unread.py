"""Keys that no layout reads: what may belong to a prompt is read into it or refuses the row.

What belongs here: what becomes of such a key beside a record, by its name and by what it holds. What does
not: what a name says (`naming`), keys that layouts know (`context`, `beside`, `parts`).
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.context import is_label
from entropy_assets.curation.ingest.naming import MAX_KEY_CHARS, Named, is_input, kind_of
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name
from entropy_assets.curation.ingest.thoughts import REASONING
from entropy_assets.curation.ingest.weights import WEIGHTS, require_no_weight
from entropy_assets.records import spoken

QUESTIONS = {
    **dict.fromkeys(("Alpaca", "Alpaca with response", "Alpaca ranking"), "instruction"),
    **dict.fromkeys(("question and answer", "question and response", "question ranking"), "question"),
    "query and response": "query",
    **dict.fromkeys(("prompt and completion", "prompt and response", "preference"), "prompt"),
}
"""Layout -> its key of a question, which may be one plain string."""

OF_A_TURN = " (of a turn)"
"""Behind a key that stands in a turn, where keys are told."""

_NOTES = frozenset(["message_fields", "odd_role_order"])  # of ours, in rows that were exported
_IN_TURNS = frozenset(["name", "role", "text", "parts", "id", "tool_call_id", "thinking_fields", *REASONING])
_REFERENCE = re.compile(r"[\w+.-]+:[^\s]*|[\w./:+=@%?&#~,;*-]+", re.ASCII)
_ADDRESS = re.compile(r"[a-z][a-z\d+.-]*://\S+|[^\s@]+@[^\s@]+|[\d.,-]+", re.IGNORECASE)  # or a number
_MOMENT = re.compile(
    r"(?:[\d\s:.,/+-]|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b|(?<=\d)(?:st|nd|rd|th|t)(?=\W|\d)|\b(?:am|pm|at|of)\b|[zt]\b"
    r"|\b(?:utc|gmt|cet|cest|[ecmp][sd]t)\b)+",
    re.IGNORECASE,
)
_MAX_LABEL_CHARS = 2048
_MAX_MOMENT_CHARS = 64


class Declared(NamedTuple):
    """Keys of which a drop says what they are: metadata, or what stands behind a question."""

    metadata: tuple[str, ...] = ()
    context: tuple[str, ...] = ()


NOTHING_DECLARED = Declared()


def watched(keys: Iterable[str], known: frozenset[str]) -> tuple[str, ...]:
    """Return the keys that have to be looked at: no layout knows them, and they are not about the record."""
    return tuple(
        key
        for key in keys
        if key not in known and kind_of(key) is not Named.record and key.lstrip("_") not in _NOTES
    )


def require_read(
    left: dict[str, Any],
    keys: Iterable[str],
    layout: str,
    row: Mapping[str, Any],
    content: dict[str, Any],
    declared: Declared,
    told: Counter[str],
) -> None:
    """Read the keys that no layout knows into the question, or see that they need not be read.

    Parameters
    ----------
    left
        The keys that a layout leaves over; what is read is taken out.
    keys
        Those of them that are watched.
    layout
        Name of the layout.
    row
        The row.
    content
        The record so far; its question gets what stands behind it.
    declared
        What the drop says of its keys.
    told
        Receives the keys beside turns that hold text which nothing says, and that stay metadata.

    Raises
    ------
    Refused
        A key may belong to the prompt, and nobody can tell how.
    """
    question = _plain_question(layout, row, content)
    for key in declared.context:
        if left.get(key) is not None:
            _read(left, key, question)
    said = None
    for key in sorted(keys):
        value = left.get(key)
        require_no_weight(key, value, "the row")
        if value is None or value is True or value is False or key in declared.context:
            continue
        kind = kind_of(key)
        is_strict = kind is not Named.unknown and question is not None
        is_context = kind is Named.context and question is not None
        if is_context and (isinstance(value, str) or (isinstance(value, int | float) and is_input(key))):
            _read(left, key, question)
            continue
        if isinstance(value, int | float) or (
            isinstance(value, str) and _says_nothing(value, is_strict=is_strict)
        ):
            continue
        if said is None:
            said = _said(content)
        if not _is_unsaid(value, said, is_strict=is_strict):
            continue
        if kind is Named.unknown and question is None:
            told[key] += 1
            continue
        raise Refused(Reason.no_known_layout, _advice(key, layout, is_plain=question is not None))


def require_said_in_turns(
    extras: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]],
    content: Mapping[str, Any],
    declared: Declared,
    told: Counter[str],
) -> None:
    """See that what turns carry under keys that nobody knows need not be read; see `require_read`.

    Raises
    ------
    Refused
        A key may belong to the prompt.
    """
    said = None
    for place, (_, rest) in extras.items():
        for key, value in rest.items():
            if key not in declared.metadata and (key not in WEIGHTS or isinstance(value, list)):
                require_no_weight(key, value, place)
            kind = kind_of(key)
            is_known = key in _IN_TURNS or kind is Named.record or key in declared.metadata
            if is_known or not isinstance(value, str | dict | list):
                continue
            if said is None:
                said = _said(content)
            if not _is_unsaid(value, said, is_strict=False):
                continue
            if kind is Named.unknown:
                told[key + OF_A_TURN] += 1
            else:
                raise Refused(Reason.no_known_layout, _advice(key, place, is_plain=False))


def _plain_question(layout: str, row: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the turn of a question that is one plain string in its row; None where it is made of turns."""
    asked = row.get(QUESTIONS.get(layout, ""))
    if not isinstance(asked, str):
        return None
    turns: list[dict[str, Any]] = content.get("prompt") or content.get("messages") or []
    fits = (turn for turn in reversed(turns) if turn["role"] == "user" and turn["content"].startswith(asked))
    return next(fits, None)


def _read(left: dict[str, Any], key: str, question: dict[str, Any] | None) -> None:
    """Put what a key holds behind the question.

    Raises
    ------
    Refused
        The question is made of turns, or the key holds no text.
    """
    value = left[key]
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise Refused(
            Reason.not_a_string,
            f"{key} is {type_name(value)}, and belongs to the question: a string is needed",
        )
    if question is None:
        raise Refused(
            Reason.no_known_layout,
            f"{key!r} belongs to a question, which is made of turns: write it into one",
        )
    if texts := [text for text in texts if text and not text.isspace()]:
        question["content"] = (
            "\n".join([question["content"], *texts]) if question["content"] else "\n".join(texts)
        )
    del left[key]


def _said(content: Mapping[str, Any]) -> str:
    """Return all that the turns of a record say and think."""
    return "\n\n".join([part for turn in _turns(content) for part in spoken(turn)])


def _turns(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] | None = content.get("messages")
    return turns or [*content["prompt"], *content["chosen"], *content["rejected"]]


def _is_unsaid(value: Any, said: str, *, is_strict: bool) -> bool:
    """Return whether a value holds a text that the turns do not say; a label is none, unless it is strict."""
    if isinstance(value, str):
        return not _says_nothing(value, is_strict=is_strict) and value.strip() not in said
    if isinstance(value, Mapping):
        return any(
            _is_unsaid(item, said, is_strict=is_strict)
            for key, item in value.items()
            if kind_of(key) is not Named.record
        )
    return isinstance(value, list) and any(_is_unsaid(item, said, is_strict=is_strict) for item in value)


def _says_nothing(text: str, *, is_strict: bool) -> bool:
    """Return whether a text is blank, or a label: a word or two, a reference, a number or a moment."""
    if not text or text.isspace():
        return True
    if is_strict or len(text) > _MAX_LABEL_CHARS:
        return len(text) <= _MAX_LABEL_CHARS and bool(_ADDRESS.fullmatch(text))
    return is_label(text) or bool(
        _REFERENCE.fullmatch(text) or (len(text) <= _MAX_MOMENT_CHARS and _MOMENT.fullmatch(text))
    )


def _advice(key: str, place: str, *, is_plain: bool) -> str:
    """Return why a key refuses a row, and what to do."""
    name = key if len(key) <= MAX_KEY_CHARS else f"{key[:MAX_KEY_CHARS]}..."
    way = f"context = [{name!r}] to read it behind the question" if is_plain else "or write it into a turn"
    return (
        f"{name!r} holds text that may belong to the prompt, and nothing of {place!r} says it; in drop.toml "
        f"beside the data write metadata = [{name!r}] to keep it as it is, {way}"
    )
