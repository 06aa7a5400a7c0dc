"""Rows whose question or answer stands under a name that no layout has, and rows of several answers.

What belongs here: which keys hold answers and thoughts by their words, and what to write instead, where that
was tried on the row. What does not: rows that lack something (`obstacles`), and the trial itself (`layouts`).
"""

import contextlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.context import is_label
from entropy_assets.curation.ingest.naming import words_of
from entropy_assets.curation.ingest.pairs import PAIR_KEYS
from entropy_assets.curation.ingest.reasons import Refused
from entropy_assets.curation.ingest.sides import is_side
from entropy_assets.curation.ingest.written import turns_as_transcript

Reads = Callable[[Mapping[str, Any], Collection[str]], bool]
"""Whether a row, with some keys declared to be metadata, reads as a whole record."""

_ANSWERS = frozenset(
    [
        *("answer", "response", "completion", "output", "solution", "generation", "reply", "attempt"),
        *("target", "answers", "responses", "completions", "outputs", "solutions", "generations", "replies"),
        *("attempts", "candidates", "candidate"),
    ]
)
_ASKS = frozenset(["question", "query", "prompt", "instruction", "problem", "input", "source", "request"])
_THOUGHTS = frozenset(["reasoning", "thinking", "thought", "trajectory", "trajectories", "rationale", "cot"])
_CRITERIA = frozenset(
    [
        *("test", "tests", "rubric", "rubrics", "verification", "gold", "golden", "truth", "reference"),
        *("expected", "final", "correct", "incorrect", "short", "ideal"),
    ]
)
_SCORES = frozenset(["score", "scores", "rank", "ranks", "reward", "rewards", "rating", "ratings"])
_PREFERRING = frozenset(["preference", "better", "best", "preferred", "winner", "rank", "ranking"])
_ACTS = frozenset(["tool", "function", "api", "plugin", "call", "judge", "critic", "verifier"])
_TEXTS = ("text", "content", "response", "answer", "completion", "output", "solution")
_SHOWN = 4


class _Found(NamedTuple):
    """An answer: its key, its text, and how many the key holds where it holds a list."""

    name: str
    text: str
    n: int = 0


def _is_of(key: str, words: frozenset[str]) -> bool:
    found = words_of(key)
    return bool(found) and found[-1] in words and _ACTS.isdisjoint(found)


def _is_criterion(key: str) -> bool:
    return not _CRITERIA.isdisjoint(words_of(key))


def answers_told(row: Mapping[str, Any], reads: Reads, keys: Collection[str] | None = None) -> str:
    """Return what to write where a row holds answers of which nobody can tell which is trained on.

    Parameters
    ----------
    row
        The row.
    reads
        Tries a row.
    keys
        Keys that refuse it beside its question, where it has a layout.

    Returns
    -------
    str
        Empty where the row has no such answers.
    """
    if keys is not None and any(map(is_side, keys)):
        names = _listed(sorted(keys))
        return (
            f"{names} hold parts of the prompt or the answers: write 'prompt', 'chosen' and 'rejected' "
            "whole, as a model reads and writes them, and name what is left under metadata in drop.toml"
        )
    if keys is not None and not any(_is_of(key, _ANSWERS) for key in keys):
        return ""
    found = _answers_of(row)
    lead = "; " if keys is None else ""
    if told := renamed(row, reads):
        return f"{lead}{told.removeprefix('; ')}"
    if len(found) < 2 and not any(one.n for one in found):
        return ""
    lists = {one.name: one.n for one in found if one.n}
    names = _listed([one for one in dict.fromkeys(one.name for one in found) if one not in lists], lists)
    is_ranked = any(
        not _SCORES.isdisjoint(words_of(key)) or not _PREFERRING.isdisjoint(words_of(key)) for key in row
    )
    is_ranked |= any(not _SCORES.isdisjoint(one) for value in row.values() for one in _objects_in(value))
    asked = _asked_in(row)
    if is_ranked and len(found) > 1:
        pair = {"prompt": asked, "chosen": found[0].text, "rejected": found[1].text}
        way = "write a row for each pair, the better one as 'chosen' and the other as 'rejected'"
        if asked is None or not reads(pair, ()):
            return (
                f"{lead}{names} are answers of which one is better than another, and no 'chosen' says which"
            )
        name = _asking_key(row)
        beside = "beside the 'prompt'" if name in (None, "prompt") else f"with what {name!r} asks as 'prompt'"
        return f"{lead}{names} are answers to one question, which differ in worth: {way}, {beside}"
    checks = {key: row[key] for key in row if _is_criterion(key)}
    if asked is None or not all(
        reads({**checks, "prompt": asked, "response": one.text}, checks) for one in found[:2]
    ):
        return f"{lead}{names} are answers, and nobody can tell which is trained on"
    thoughts = [key for key in row if _is_of(key, _THOUGHTS) and _text_of(row[key])]
    further = f", and {_listed(thoughts)} as 'reasoning_content' of its own answer" if thoughts else ""
    declared = ", ".join(map(json.dumps, checks))
    checked = (
        f"; what they are checked against stays by metadata = [{declared}] in drop.toml" if checks else ""
    )
    return (
        f"{lead}{names} are answers, and nobody can tell which is trained on: write a row for each that is, "
        f"with the question as 'prompt' and the answer as 'response'{further}{checked}"
    )


def _asking_key(row: Mapping[str, Any]) -> str | None:
    asks = [key for key in row if _is_of(key, _ASKS) and row[key] and key not in ("input", "source")]
    context = row.get("context")
    if (
        not asks
        and isinstance(context, list)
        and context
        and all(isinstance(one, Mapping) for one in context)
    ):
        return "context"
    return next((key for key in asks if isinstance(row[key], str)), asks[0] if asks else None)


def _asked_in(row: Mapping[str, Any]) -> Any:
    """Return what a row asks, as a text or turns; None where it has no one place."""
    key = _asking_key(row)
    if key is None:
        return None
    asked = row[key]
    if isinstance(asked, str):
        try:
            return turns_as_transcript(asked.removesuffix("Assistant: ").rstrip()) or asked
        except Refused:
            return asked
    if isinstance(asked, list) and all(isinstance(turn, Mapping) for turn in asked):
        return asked
    return (
        next((text for text in asked.values() if isinstance(text, str) and not is_label(text)), None)
        if isinstance(asked, Mapping)
        else None
    )


def _answers_of(row: Mapping[str, Any]) -> list[_Found]:
    """Return the answers that a row has: under several keys, or in a list, which may be JSON."""
    found: list[_Found] = []
    for key, value in row.items():
        if not _is_of(key, _ANSWERS) or key == "input" or _is_criterion(key):
            continue
        if isinstance(value, str) and value.lstrip().startswith("["):
            with contextlib.suppress(ValueError, RecursionError):
                value = json.loads(value)
        if isinstance(value, list):
            texts = [text for one in value if (text := _text_of(one))]
            found += [_Found(key, text, len(texts)) for text in texts]
        elif (text := _text_of(value)) and not is_label(text):
            found.append(_Found(key, text))
    return found


def _objects_in(value: Any) -> Iterable[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else ()


def _text_of(value: Any) -> str:
    """Return the text of an answer: a string, the only one of a list, or the text of an object."""
    if isinstance(value, Mapping):
        value = next((value[key] for key in _TEXTS if isinstance(value.get(key), str)), "")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, str) and value.strip() else ""


def renamed(row: Mapping[str, Any], reads: Reads) -> str:
    """Return which keys to rename, where the row then reads as a whole; else nothing.

    >>> renamed({"source_text": "Hut?", "target": "A hut."}, lambda row, aside: "prompt" in row)
    ''
    """
    own = PAIR_KEYS | {"prompt", "messages"}
    asks = [key for key in row if _is_of(key, _ASKS) and isinstance(row[key], str) and not is_label(row[key])]
    answers = [
        key
        for key in row
        if _is_of(key, _ANSWERS)
        and not _is_criterion(key)
        and isinstance(row[key], str)
        and row[key].strip()
        and not row[key].lstrip().startswith("[")
    ]
    thoughts = [key for key in row if _is_of(key, _THOUGHTS) and _text_of(row[key])]
    if any(one.n for one in _answers_of(row)):
        return ""
    worked = [key for key in answers if key not in ("solution", "answer")] if thoughts else answers
    if not asks or len(worked) != 1 or len(thoughts) > 1:
        return ""
    asked = next((key for key in asks if key in own and key not in ("input", "source")), asks[0])
    (answer,) = worked
    changes = {}
    if asked not in own:
        changes[asked] = "prompt"
    if answer not in ("response", "completion", "output"):
        changes[answer] = (
            "response" if asked in ("question", "instruction", "query", "prompt") else "solution"
        )
        if asked not in own:
            changes[answer] = "completion"
    if thoughts and thoughts[0] != "reasoning_content":
        changes[thoughts[0]] = "reasoning_content"
    if not changes or not set(changes.values()).isdisjoint(set(row) - set(changes)):
        return ""
    made = {changes.get(key, key): (_text_of(row[key]) if key in changes else row[key]) for key in row}
    checked = [key for key in row if key != answer and (_is_criterion(key) or key in answers)]
    for aside in ([], checked):
        if reads(made, aside):
            told = [f"{old!r} to {new!r}" for old, new in changes.items()]
            first = ", ".join(told[:-1]) + (" and " if told[1:] else "") + told[-1]
            declared = ", ".join(map(json.dumps, aside))
            more = f", and write metadata = [{declared}] in drop.toml beside the data" if aside else ""
            lists = [old for old in changes if not isinstance(row[old], str)]
            texts = f" (of {_listed(lists)} its one text)" if lists else ""
            return f"; rename {first}{texts}{more}"
    return ""


def _listed(names: Collection[str], lists: Mapping[str, int] | None = None) -> str:
    """Return names as a phrase; behind them those of lists, with how many they hold."""
    told = [*map(repr, names), *(f"{name!r} ({n})" for name, n in (lists or {}).items())]
    shown, more = told[:_SHOWN], len(told) - _SHOWN
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if shown[1:] else "".join(shown)
