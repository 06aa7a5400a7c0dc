"""Keys that no layout reads: what may belong to a prompt is read into it or refuses the row.

What belongs here: what becomes of such a key beside a record, by its name and by what it holds. What does
not: what a name says (`naming`), keys that layouts know (`context`, `beside`, `parts`).
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.harmless import is_harmless, surveyed
from entropy_assets.curation.ingest.missing import says_nothing
from entropy_assets.curation.ingest.naming import (
    MAX_KEY_CHARS,
    Named,
    is_input,
    is_name,
    is_of_answer,
    kind_of,
)
from entropy_assets.curation.ingest.pairs import ASKING
from entropy_assets.curation.ingest.reasons import Reason, Refused, Unplaced, type_name
from entropy_assets.curation.ingest.thoughts import REASONING
from entropy_assets.curation.ingest.trees import require_no_tree
from entropy_assets.curation.ingest.unsaid import NAMED, is_left, is_of_prompt
from entropy_assets.curation.ingest.values import SHORT_CHARS, is_phrase
from entropy_assets.curation.ingest.weights import OF_THE_RECORD, WEIGHTS, may_weigh, require_no_weight
from entropy_assets.records import spoken

QUESTIONS = {
    **dict.fromkeys(("Alpaca", "Alpaca with response", "Alpaca ranking"), "instruction"),
    **dict.fromkeys(("question and answer", "question and response", "question ranking"), "question"),
    "query and response": "query",
    **dict.fromkeys(("prompt and completion", "prompt and response", "preference"), "prompt"),
    **ASKING,
}
"""Layout -> its key of a question, which may be one plain string."""

_SHORT_IS_LABEL = (*OF_THE_RECORD, Named.unknown)
OF_A_TURN = " (of a turn)"
"""Behind a key that stands in a turn, where keys are told."""

_IN_TURNS = frozenset(["name", "role", "text", "parts", "id", "tool_call_id", "thinking_fields", *REASONING])
_SHOWN_KEYS = 12
_NOTES = frozenset(["message_fields", "odd_role_order"])  # of ours, in rows that were exported


class Declared(NamedTuple):
    """Keys of which a drop says what they are: metadata, or what stands behind a question."""

    metadata: tuple[str, ...] = ()
    context: tuple[str, ...] = ()

    def keys(self) -> frozenset[str]:
        """Return all of them."""
        return frozenset(self.metadata + self.context)


NOTHING_DECLARED = Declared()


def watched(keys: Iterable[str], known: frozenset[str]) -> tuple[str, ...]:
    """Return the keys that may say how much counts: no layout knows them, they are not about the record."""
    return tuple(
        key
        for key in keys
        if key not in known
        and (kind_of(key) is not Named.record or may_weigh(key))
        and key.lstrip("_") not in _NOTES
    )


class Looks(NamedTuple):
    """Keys that are looked at beside what asks: always, or where their value is more than a label of theirs.

    Under `names`, which are among `labels`, a label may have some words.
    """

    always: tuple[str, ...]
    labels: tuple[str, ...]
    names: frozenset[str]


def looks_of(keys: tuple[str, ...], row: tuple[str, ...], known: frozenset[str]) -> Looks:
    """Return how the keys that a layout leaves over of a `row` are looked at; `known` are those it knows."""
    told = surveyed(row)
    looked = [
        key for key in keys if (key not in known or key in NAMED) and key not in told and not is_harmless(key)
    ]
    labels = tuple(key for key in looked if kind_of(key) in _SHORT_IS_LABEL and not may_weigh(key))
    always = tuple(key for key in looked if key not in labels)
    return Looks(always, labels, frozenset(filter(is_name, labels)))


def looked_at(left: Mapping[str, Any], looks: Looks) -> list[str]:
    """Return the keys of a row that need a look: nearly all values are plain labels or numbers."""
    found = [*looks.always]
    for key in looks.labels:
        value: Any = left.get(key)
        kind = type(value)
        if kind is str:
            # A word or two of plain letters: here and not as a function, since nearly all values are that.
            if len(value) <= SHORT_CHARS and value.count(" ") < 2 and value.isascii() and "\n" not in value:
                continue
            if key in looks.names and is_phrase(value):
                continue
        elif value is None or kind is int or kind is float or kind is bool:
            continue
        found.append(key)
    return found


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
        Those of them that are looked at.
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
    Unplaced
        Keys may belong to the prompt, and nobody can tell how; all of them are named.
    """
    question = _plain_question(layout, row, content)
    for key in declared.context:
        if left.get(key) is not None:
            _read(left, key, question)
    said = None
    wrong: list[str] = []
    for key in sorted(keys):
        value = left.get(key)
        if value is None or key in declared.context:
            continue
        kind = kind_of(key)
        require_no_weight(key, value, "the row")
        if value is True or value is False:
            continue
        if kind is Named.context and question is not None and _may_be_read(key, value):
            _read(left, key, question)
            continue
        if isinstance(value, int | float):
            continue
        if said is None:
            said = _said(content)
        if not is_left(key, value, said, None if question is None else question["content"]):
            continue
        if question is None and not is_of_prompt(key, kind, value, said):
            if kind is not Named.record or not is_name(key) or key in NAMED:
                told[key] += 1
        else:
            wrong.append(key)
    if wrong:
        behind = tuple(key for key in wrong if question is not None and _may_stand_behind(key, left[key]))
        raise Unplaced(
            "",
            tuple(wrong),
            _advice(wrong, layout, is_plain=question is not None),
            behind,
            _advice(wrong, layout, behind=behind),
        )


def require_no_context(behind: Collection[str], layout: str) -> None:
    """Refuse a row that is a text and has keys that the drop declares to stand behind a question.

    Raises
    ------
    Refused
        It has some.
    """
    if behind:
        names = " and ".join(map(repr, behind))
        raise Refused(
            Reason.no_known_layout,
            f"drop.toml says under context that {names} stands behind a question, and {layout!r} has none: "
            "name it under metadata, or deliver such rows apart",
        )


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
        Keys may belong to the prompt.
    """
    said = None
    wrong: dict[str, str] = {}
    for place, (_, rest) in extras.items():
        require_no_tree(((key, rest[key]) for key in rest if key not in declared.metadata), place)
        for key, value in rest.items():
            if key not in declared.metadata and (key not in WEIGHTS or isinstance(value, list)):
                require_no_weight(key, value, place, of_turn=True)
            kind = kind_of(key)
            is_known = (
                key in _IN_TURNS or kind is Named.record or key in declared.metadata or is_harmless(key)
            )
            if is_known or not isinstance(value, str | dict | list):
                continue
            if said is None:
                said = _said(content)
            if not is_left(key, value, said, None):
                continue
            if is_of_prompt(key, kind, value, said):
                wrong.setdefault(key, place)
            else:
                told[key + OF_A_TURN] += 1
    if wrong:
        raise Refused(Reason.no_known_layout, _advice(list(wrong), next(iter(wrong.values()))))


def _may_be_read(key: str, value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int | float) and is_input(key))


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
    if texts := [text for text in texts if not says_nothing(text)]:
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


def _may_stand_behind(key: str, value: Any) -> bool:
    """Return whether a key may be advised as a context: text, and by its words no answer or a part of one."""
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(text, str) for text in texts) and not is_of_answer(key)


def _advice(keys: Sequence[str], place: str, *, is_plain: bool = False, behind: Sequence[str] = ()) -> str:
    """Return why keys refuse a row, and what to do; `is_plain` is whether its question is one string."""
    names = [key if len(key) <= MAX_KEY_CHARS else f"{key[:MAX_KEY_CHARS]}..." for key in keys[:_SHOWN_KEYS]]
    more = f" and {len(keys) - len(names)} more" if len(keys) > len(names) else ""
    is_one = len(keys) == 1
    told = ", ".join(json.dumps(name, ensure_ascii=False) for name in names) if is_one else "..."
    holds = f"{', '.join(map(repr, names))}{more} {'holds' if is_one else 'hold'}"
    what, way = "text that may belong to the prompt", "write it into a turn"
    if kind_of(keys[0]) is Named.part:
        what = "what may be thoughts, calls, results or tools"
        way = "write it into its turn as reasoning_content or tool_calls, into the row as tools"
    elif behind:
        context = (
            told
            if len(behind) == len(keys)
            else ", ".join(
                json.dumps(key[:MAX_KEY_CHARS], ensure_ascii=False) for key in behind[:_SHOWN_KEYS]
            )
        )
        way = f"context = [{context}] to read it behind the question"
    elif any(map(is_of_answer, keys)):
        way = "leave it out"
    elif is_plain:
        way = "write it into the question"
    return (
        f"{holds} {what}, and nothing of {place!r} says it; in drop.toml beside the data write metadata = "
        f"[{told}] with what is to stay as it is, or {way}"
    )
