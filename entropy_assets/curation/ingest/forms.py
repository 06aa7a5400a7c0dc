"""The outside layouts: the keys that each needs and reads, and how its row becomes the content of a record.

What belongs here: one layout at a time. What does not: telling which layout a row has (`layouts`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from entropy_assets.curation.ingest.context import CHOICES, UNREADABLE, context_of, require_told
from entropy_assets.curation.ingest.missing import says_nothing
from entropy_assets.curation.ingest.objects import parse_value
from entropy_assets.curation.ingest.reasons import Reason, Refused, Unplaced, type_name
from entropy_assets.curation.ingest.turns import Extras, Turn, filled, join_parts, read_turns, text_turn
from entropy_assets.curation.ingest.written import turns_as_transcript

Content = dict[str, Any]
Reader = Callable[[Mapping[str, Any], Extras], Content]
Layout = tuple[frozenset[str], frozenset[str], Reader]
"""The keys that a layout needs, further keys it reads, and its reader."""

MARKS = frozenset(
    [
        *("text", "instruction", "output", "response", "conversations", "messages"),
        *("prompt", "completion", "chosen", "rejected", "chosen_messages", "rejected_messages"),
        *("conversation", "question", "answer", "query"),
    ]
)
"""Keys that tell layouts apart; all others are the user's own and go to the metadata."""


SYSTEM = (
    *("system", "system_prompt", "system_message", "systemPrompt", "system_instruction", "sys_prompt"),
    "persona",
)
"""Keys of a system prompt."""

_SYSTEM = frozenset(SYSTEM)
_NOT_IN_PROMPT = (*CHOICES, "history", "suffix")

UNPAIRED = frozenset(["prompt and completion", "prompt and response"])
"""Layouts of a prompt and one answer, as unpaired preferences have them."""

SPOKEN = frozenset(["conversations", "conversation"])
"""Keys whose list may hold plain strings: what two speakers said in turn, the user first."""


def _text(row: Mapping[str, Any], extras: Extras) -> Content:
    return {"kind": "text", "text": filled(row["text"], "text", Reason.empty_text)}


def _alpaca(answer: str) -> Reader:
    def read(row: Mapping[str, Any], extras: Extras) -> Content:
        answered = text_turn("assistant", row[answer], answer)
        return {"kind": "chat", "messages": [*_asked(row, extras), answered]}

    return read


def _asked(row: Mapping[str, Any], extras: Extras) -> list[Turn]:
    """Return the turns before the answer of an Alpaca row: system, history, instruction with its context."""
    turns = system_turns(row, extras)
    history = _list_of(row.get("history") or [], "history")
    if not isinstance(history, list):
        raise Refused(Reason.no_known_layout, f"history is {type_name(history)}, a list of pairs is needed")
    for index, pair in enumerate(history):
        place = f"history.{index}"
        if not isinstance(pair, list) or len(pair) != 2:
            raise Refused(Reason.no_known_layout, f"{place} is {type_name(pair)}, a pair is needed")
        turns += [text_turn("user", pair[0], place), text_turn("assistant", pair[1], place)]
    for field in ("instruction", "input"):
        value = row.get(field)
        if not isinstance(value, str) and (value is not None or field == "instruction"):
            raise Refused(Reason.not_a_string, f"{field} is {type_name(value)}, a string is needed")
    asked = row["instruction"]
    parts = [asked] if asked and not asked.isspace() else []
    texts, extras.taken = context_of(row, "instruction", CHOICES)
    parts += texts
    return [*turns, text_turn("user", "\n".join(parts), "instruction")]


def system_turns(row: Mapping[str, Any], extras: Extras | None = None) -> list[Turn]:
    """Return the turn of a top-level system prompt, or nothing where there is none.

    What its parts carry beside their text goes to `extras`.

    Raises
    ------
    Refused
        There are two that differ, or one is no string.
    """
    if _SYSTEM.isdisjoint(row):
        return []
    turns = {}
    for field in SYSTEM:
        system, carried = _joined(row.get(field), field)
        if not (system is None or (isinstance(system, str) and says_nothing(system))):
            turns[field] = text_turn("system", system, field)
            if carried and extras is not None:
                extras[f"{field}.0"] = (turns[field], {"parts": carried})
    first = list(turns.values())[:1]
    if any(turn != first[0] for turn in turns.values()):
        raise Refused(Reason.ambiguous_layout, f"{' and '.join(turns)} differ; keep one")
    return first


def _joined(said: Any, field: str) -> tuple[Any, list[dict[str, Any]]]:
    """Return the text of a list of parts that are texts, and what else they carry; other values as they are.

    Raises
    ------
    Refused
        A part is no text.
    """
    if not isinstance(said, list) or not all(isinstance(part, Mapping) for part in said):
        return said, []
    thoughts: dict[str, Any] = {}
    text, media, carried = join_parts(said, field, thoughts)
    if media or thoughts:
        raise Refused(
            Reason.no_known_layout,
            f"{field} has a part that is no text: write it into a turn of 'messages', or leave it out",
        )
    return text, carried


def _chat(field: str) -> Reader:
    def read(row: Mapping[str, Any], extras: Extras) -> Content:
        value = _list_of(row[field], field)
        if isinstance(value, str):
            raise Refused(Reason.no_known_layout, f"{field} is a string, a list of turns is needed")
        if (
            field in SPOKEN
            and isinstance(value, list)
            and value
            and all(isinstance(said, str) for said in value)
        ):
            turns = [
                text_turn(("user", "assistant")[n % 2], said, f"{field}.{n}") for n, said in enumerate(value)
            ]
        else:
            turns = read_turns(value, field, "user", extras)
        require_told(row, turns, field)
        return {"kind": "chat", "messages": [*system_turns(row, extras), *turns]}

    return read


def _list_of(value: Any, field: str) -> Any:
    """Return a list that a string holds as JSON; any other value as it is."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        return parse_value(value, field) or value
    return value


def _asked_plainly(question: str, answer: str) -> Reader:
    def read(row: Mapping[str, Any], extras: Extras) -> Content:
        asked = _with_context(row, [text_turn("user", row[question], question)], question, UNREADABLE, extras)
        answered = text_turn("assistant", row[answer], answer)
        return {"kind": "chat", "messages": [*system_turns(row, extras), *asked, answered]}

    return read


def _with_context(
    row: Mapping[str, Any], turns: list[Turn], field: str, unreadable: tuple[str, ...], extras: Extras
) -> list[Turn]:
    """Return the turns of a prompt; behind one that is a plain string stands what else belongs to it."""
    if len(turns) != 1 or turns[0]["content"] is not row[field]:
        require_told(row, turns, field)
        return turns
    texts, extras.taken = context_of(row, field, unreadable)
    if texts:
        return [{**turns[0], "content": "\n".join([row[field], *texts])}]
    return turns


def asked_and_answered(asking: str, answering: str, unreadable: tuple[str, ...]) -> Reader:
    """Return the reader of rows of what asks and what answers, each as a text or as turns."""

    def read(row: Mapping[str, Any], extras: Extras) -> Content:
        prompt = read_turns(row[asking], asking, "user", extras)
        prompt = _with_context(row, prompt, asking, unreadable, extras)
        answer = read_turns(row[answering], answering, "assistant", extras)
        return {"kind": "chat", "messages": [*system_turns(row, extras), *prompt, *answer]}

    return read


def _prompted(answering: str) -> Reader:
    return asked_and_answered("prompt", answering, _NOT_IN_PROMPT)


def _alpaca_ranking(row: Mapping[str, Any], extras: Extras) -> Content:
    return _preference(_asked(row, extras), *_answers(row, "chosen", "rejected", extras))


def _ranking(field: str) -> Reader:
    def read(row: Mapping[str, Any], extras: Extras) -> Content:
        prompt = read_turns(row[field], field, "user", extras)
        chosen, rejected = _answers(row, "chosen", "rejected", extras)
        if prompt == chosen:
            return _implicit("chosen", "rejected")(row, extras)
        if prompt[-1]["role"] == "assistant" and prompt[-len(chosen) :] == chosen:
            prompt = prompt[: -len(chosen)]  # the conversation was cut from the chosen answer on
        n = len(prompt)
        if chosen[:n] == prompt and rejected[:n] == prompt and min(len(chosen), len(rejected)) > n:
            chosen, rejected = chosen[n:], rejected[n:]  # the answers repeat the prompt
        prompt = _with_context(row, prompt, field, _NOT_IN_PROMPT, extras)
        return _preference([*system_turns(row, extras), *prompt], chosen, rejected)

    return read


def _implicit(chosen_field: str, rejected_field: str) -> Reader:
    def read(row: Mapping[str, Any], extras: Extras) -> Content:
        if (told := _transcripts(row[chosen_field], row[rejected_field])) is not None:
            row = {**row, chosen_field: told[0], rejected_field: told[1]}
        chosen, rejected = _answers(row, chosen_field, rejected_field, extras)
        n = 0
        while n < min(len(chosen), len(rejected)) - 1 and chosen[n] == rejected[n]:
            n += 1
        if n == 0 and chosen != rejected:
            detail = f"there is no prompt, and {chosen_field} and {rejected_field} begin with no common turn"
            raise Unplaced(detail, advice=_TURNS_APART if chosen[1:] or rejected[1:] else _TEXTS_APART)
        require_told(row, chosen, chosen_field)
        return _preference([*system_turns(row, extras), *chosen[:n]], chosen[n:], rejected[n:])

    return read


_TEXTS_APART = "; name the prompt, or begin each turn with Human: or Assistant:"
_TURNS_APART = (
    "; write what both answer once, as 'prompt', and the answers alone as 'chosen' and 'rejected', or leave "
    "out rows whose answers are to different questions"
)


def _transcripts(chosen: Any, rejected: Any) -> tuple[Any, Any] | None:
    """Return the turns of two answers that are transcripts of one conversation; None where one is none."""
    if not isinstance(chosen, str) or not isinstance(rejected, str):
        return None
    told = turns_as_transcript(chosen), turns_as_transcript(rejected)
    return None if None in told else told


def _answers(
    row: Mapping[str, Any], chosen: str, rejected: str, extras: Extras
) -> tuple[list[Turn], list[Turn]]:
    return (
        read_turns(row[chosen], chosen, "assistant", extras),
        read_turns(row[rejected], rejected, "assistant", extras),
    )


def _preference(prompt: list[Turn], chosen: list[Turn], rejected: list[Turn]) -> Content:
    if chosen == rejected:
        raise Refused(Reason.equal_answers, "the chosen and the rejected answer are the same")
    return {"kind": "preference", "prompt": prompt, "chosen": chosen, "rejected": rejected}


def _keys(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SYSTEM = frozenset(SYSTEM)
_ASKED = _SYSTEM | _keys("input history")
LAYOUTS: dict[str, Layout] = {
    "text": (_keys("text"), frozenset(), _text),
    "Alpaca": (_keys("instruction output"), _ASKED, _alpaca("output")),
    "Alpaca with response": (_keys("instruction response"), _ASKED, _alpaca("response")),
    "ShareGPT": (_keys("conversations"), _SYSTEM, _chat("conversations")),
    "messages": (_keys("messages"), _SYSTEM, _chat("messages")),
    "conversation": (_keys("conversation"), _SYSTEM, _chat("conversation")),
    "question and answer": (_keys("question answer"), _SYSTEM, _asked_plainly("question", "answer")),
    "question and response": (_keys("question response"), _SYSTEM, _asked_plainly("question", "response")),
    "query and response": (_keys("query response"), _SYSTEM, _asked_plainly("query", "response")),
    "prompt and completion": (_keys("prompt completion"), _SYSTEM, _prompted("completion")),
    "prompt and response": (_keys("prompt response"), _SYSTEM, _prompted("response")),
    "Alpaca ranking": (_keys("instruction chosen rejected"), _ASKED, _alpaca_ranking),
    "ShareGPT ranking": (_keys("conversations chosen rejected"), _SYSTEM, _ranking("conversations")),
    "messages ranking": (_keys("messages chosen rejected"), _SYSTEM, _ranking("messages")),
    "preference": (_keys("prompt chosen rejected"), _SYSTEM, _ranking("prompt")),
    "question ranking": (_keys("question chosen rejected"), _SYSTEM, _ranking("question")),
    "preference without prompt": (_keys("chosen rejected"), _SYSTEM, _implicit("chosen", "rejected")),
    "preference of messages": (
        _keys("chosen_messages rejected_messages"),
        _SYSTEM,
        _implicit("chosen_messages", "rejected_messages"),
    ),
}
"""Name -> layout."""

WEAK = frozenset(
    [
        *("conversation", "question and answer", "question and response", "query and response"),
        *("question ranking", "prompt and response"),
    ]
)
"""Layouts whose keys are the user's own words wherever another layout fits."""

ANSWERED = frozenset(
    [
        *("Alpaca", "Alpaca with response", "question and answer", "question and response"),
        *("query and response", "prompt and completion", "prompt and response"),
    ]
)
"""Layouts of one answer, so that thoughts beside it in the row are those before it."""
