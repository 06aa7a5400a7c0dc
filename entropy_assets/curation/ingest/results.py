"""Results of tools in the order of the calls that they answer.

An id of a call is made up anew for each run of a model, and that of a result stays in the metadata. Which
call a result answers does count: it is the place of the result in the record. So results of calls that were
made at once stand in the order of these calls, whatever the order in which they came back.

What belongs here: that order. What does not: calls (`parts`), turns (`turns`).
"""

import itertools
import json
from collections.abc import Iterable, Mapping
from typing import Any

from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.turns import Extras, Turn

KEY = "tool_call_id"


def order_results(content: dict[str, Any], extras: Extras) -> None:
    """Put results of tools that name their calls into the order of these calls.

    Parameters
    ----------
    content
        The record so far; its lists of turns are put in order.
    extras
        What else its turns carried.

    Raises
    ------
    Refused
        A call has two results, or one has none while a later call of the same turn has one.
    """
    if not any(
        _has_choice(content.get(field) or ()) for field in ("messages", "prompt", "chosen", "rejected")
    ):
        return
    ids = {id(turn): rest[KEY] for turn, rest in extras.values() if isinstance(rest.get(KEY), str)}
    for field in ("messages", "prompt"):
        if content.get(field):
            content[field], waiting = _ordered(content[field], field, ids, [])
            for answer in ("chosen", "rejected") if field == "prompt" else ():
                content[answer], _ = _ordered(content[answer], answer, ids, waiting)


def _has_choice(turns: Iterable[Turn]) -> bool:
    """Return whether turns may make two calls at once: else there is one that a result can answer."""
    n_ids = 0
    for turn in turns:
        n_ids = n_ids + turn["tool_calls"].count('"id"') if "tool_calls" in turn else 0
        if n_ids > 1:
            return True
    return False


def _ordered(
    turns: list[Turn], field: str, ids: Mapping[int, str], waiting: list[str]
) -> tuple[list[Turn], list[str]]:
    """Return turns with each run of results in the order of the calls that wait for one, and what is left."""
    ordered: list[Turn] = []
    for role, run in itertools.groupby(turns, lambda turn: turn["role"]):
        found = list(run)
        if role == "assistant":
            waiting = [call for turn in found for call in _calls_of(turn)] or waiting
        elif role == "tool":
            answered = [ids.get(id(turn), "") for turn in found]
            if len(set(waiting)) == len(waiting) and set(answered) <= set(waiting):
                _require_in_turn(answered, waiting, f"{field}.{len(ordered)}")
                found.sort(key=lambda turn: waiting.index(ids[id(turn)]))
            waiting = waiting[len(found) :]
        ordered += found
    return ordered, waiting


def _require_in_turn(answered: list[str], waiting: list[str], place: str) -> None:
    """Refuse results of which a record without ids could not say which calls they answer."""
    if len(set(answered)) < len(answered):
        raise Refused(Reason.ambiguous_layout, f"two results from {place} on answer one call; keep one")
    if set(answered) != set(waiting[: len(answered)]):
        missing = next(call for call in waiting if call not in answered)
        raise Refused(
            Reason.no_known_layout,
            f"the call {missing!r} has no result from {place} on, and a later one has: write one for it, as "
            '{"role": "tool", "tool_call_id": ..., "content": ""}',
        )


def _calls_of(turn: Turn) -> list[str]:
    """Return the ids of the calls of a turn, in their order; nothing where one has none."""
    try:
        calls = json.loads(turn.get("tool_calls") or "[]")
    except (ValueError, RecursionError):
        return []
    ids = [call.get("id") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    named = [one for one in ids if isinstance(one, str) and one]
    return named if len(named) == len(ids) else []
