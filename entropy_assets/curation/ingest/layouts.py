"""A row's object -> the content of one record, by the layout that its keys show.

What belongs here: which layout a row has, and where its other fields go. What does not: the layouts
themselves (`forms`), files, bytes, places.
"""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.beside import BESIDE, TURNS_ONLY, read_beside, tools_of_turns
from entropy_assets.curation.ingest.context import CONTEXT
from entropy_assets.curation.ingest.forms import (
    ANSWERED,
    LAYOUTS,
    MARKS,
    UNPAIRED,
    WEAK,
    Content,
    system_turns,
)
from entropy_assets.curation.ingest.hints import hint_of, refuse_columns
from entropy_assets.curation.ingest.labels import LABELS, take_weight_and_label
from entropy_assets.curation.ingest.leftovers import (
    TAKEN,
    add_note,
    is_nan,
    take_language,
    take_row_id,
    take_string,
    to_json,
)
from entropy_assets.curation.ingest.parts import MEDIA, TOOLS, take_record_parts
from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.roles import is_odd_order
from entropy_assets.curation.ingest.thoughts import REASONING
from entropy_assets.curation.ingest.turns import Extras, placed
from entropy_assets.curation.ingest.unread import (
    NOTHING_DECLARED,
    Declared,
    require_read,
    require_said_in_turns,
    watched,
)
from entropy_assets.curation.ingest.weights import (
    ROW_MASKS,
    ROW_WEIGHTS,
    require_no_weight,
)

__all__ = ["MARKS", "READ_KEYS", "has_odd_order", "to_content", "without_empty", "without_nan"]


def to_content(
    row: Mapping[str, Any],
    default_source: str,
    default_language: str | None = None,
    kept: Counter[tuple[str, ...]] | None = None,
    declared: Declared = NOTHING_DECLARED,
    unread: Counter[str] | None = None,
) -> Content:
    """Return the fields of a record that `row` gives: all but its identity and its place.

    Parameters
    ----------
    row
        Key -> value, as found.
    default_source
        Source of a row that names none.
    default_language
        Language of a row that names none.
    kept
        Receives the keys that go to the metadata, as many rows as have the same.
    declared
        What the drop says of its keys: those of the metadata are read as nothing else.
    unread
        Receives the keys of the metadata that hold text which nothing says.

    Returns
    -------
    dict
        `kind` and its content, with the parts that there are, `row_id`, `source`, `language`, `metadata` as
        one JSON object or None.

    Raises
    ------
    Refused
        The row fits no layout, or several that say different things, or a field cannot be what its
        layout needs.
    """
    aside = {key: row[key] for key in declared.metadata if key in row} if declared.metadata else {}
    if aside:
        row = {key: value for key, value in row.items() if key not in aside}
    plan = None if None in row.values() else _plan(tuple(row))
    name = _layout_of(row) if plan is None else plan.name
    needed, optional, read = LAYOUTS[name]
    if type(row[next(iter(needed))]) is list and name not in TURNS_ONLY:
        refuse_columns(row, name, needed)
    extras = Extras()
    content = read(row, extras)
    left = {key: row[key] for key in (row.keys() - needed - optional if plan is None else plan.left)}
    for key in extras.taken:
        left.pop(key, None)
    has_extras = bool(extras)
    if has_extras:
        tools_of_turns(extras, left)
    if plan is None or plan.has_parts or has_extras:
        read_beside(left, name, content, ANSWERED)
        content.update(take_record_parts(left))
        if not _ANSWER_KEYS.isdisjoint(left):
            n_system = len(system_turns(row))
            take_weight_and_label(left, content, extras.given, n_system, is_unpaired=name in UNPAIRED)
    keys = watched(left, READ_KEYS) if plan is None else plan.watched
    if content["kind"] == "text":
        for key in keys:
            require_no_weight(key, left.get(key), "the row")
    else:
        told = Counter[str]() if unread is None else unread
        if keys or declared.context:
            require_read(left, keys, name, row, content, declared, told)
        if extras:
            require_said_in_turns(extras, content, declared, told)
    left.update(aside)
    if extras.has_places and "attachments" not in content:
        raise Refused(Reason.no_known_layout, "a turn has the place of a file, and the row refers to none")
    ids, sources, languages = TAKEN if plan is None else plan.taken
    content["row_id"] = take_row_id(left, ids) if ids else None
    content["source"] = (take_string(left, sources) if sources else None) or default_source
    content["language"] = (take_language(left, languages) if languages else None) or default_language
    if kept is not None and left:
        kept[tuple(left)] += 1
    if extras:
        if kept is not None:
            kept[tuple({f"{key} (of a turn)": 0 for _, rest in extras.values() for key in rest})] += 1
        add_note(left, "message_fields", placed(content, extras, len(system_turns(row))))
    if content["kind"] != "text" and has_odd_order(content):
        add_note(left, "odd_role_order", True)
    content["metadata"] = to_json(left) if left else None
    return content


class _Plan(NamedTuple):
    """How rows with certain keys, and no null, are read: their one layout, and the keys it leaves over.

    `taken` are those of `TAKEN` that there are, `has_parts` whether any key may be a part of the record,
    `watched` the keys that no layout knows.
    """

    name: str
    left: tuple[str, ...]
    taken: tuple[tuple[str, ...], ...]
    has_parts: bool
    watched: tuple[str, ...]


def _plan(keys: tuple[str, ...]) -> _Plan | None:
    """Return the plan for rows with these keys; None where they fit no layout, or several."""
    if keys in _PLANS:
        return _PLANS[keys]
    fits = _fits(MARKS.intersection(keys))
    plan = None
    if len(fits) == 1:
        needed, optional, _ = LAYOUTS[fits[0]]
        left = tuple(key for key in keys if key not in needed | optional)
        taken = tuple(tuple(name for name in names if name in left) for names in TAKEN)
        has_parts = not _PART_KEYS.isdisjoint(left)
        plan = _Plan(fits[0], left, taken, has_parts, watched(left, READ_KEYS))
    if len(_PLANS) < _MAX_PLANS and sum(map(len, keys)) <= _MAX_PLAN_CHARS:
        _PLANS[keys] = plan
    return plan


_ANSWER_KEYS = frozenset((*ROW_WEIGHTS, *ROW_MASKS, *LABELS))
_PART_KEYS = BESIDE.union(TOOLS, MEDIA, _ANSWER_KEYS)

# What is kept here changes no result, and cannot grow with the data.
_MAX_PLANS, _MAX_PLAN_CHARS = 1000, 1000
_PLANS: dict[tuple[str, ...], _Plan | None] = {}


def _layout_of(row: Mapping[str, Any]) -> str:
    """Return the name of the layout that a row fits.

    A null counts as an absent key wherever the other keys make a layout (a table with all columns).

    Raises
    ------
    Refused
        It fits none, or several that say different things.
    """
    marks = MARKS.intersection(row)
    given = frozenset([key for key in marks if row[key] is not None])
    fits = _fits(given) or _fits(marks)
    if not fits:
        found = ", ".join(map(repr, row)) or "none"
        raise Refused(Reason.no_known_layout, f"the fields are {found}{hint_of(row, _fits)}")
    return fits[0] if len(fits) == 1 else _fullest(row, fits)


def without_empty(row: dict[str, str]) -> dict[str, Any]:
    """Return the row of a table of strings without its empty cells, unless its one layout needs them.

    >>> without_empty({"text": "a", "instruction": "", "output": ""})
    {'text': 'a'}
    """
    filled_cells = {key: value for key, value in row.items() if value}
    is_whole = bool(_fits(MARKS.intersection(filled_cells)))
    return filled_cells if is_whole or len(_fits(MARKS.intersection(row))) != 1 else dict(row)


@functools.cache
def _fits(marks: frozenset[str]) -> tuple[str, ...]:
    """Return the names of the layouts whose needed keys are all there, longer ones hiding their parts."""
    all_ = [name for name, (needed, _, _) in LAYOUTS.items() if needed <= marks]
    fits = [name for name in all_ if not any(LAYOUTS[name][0] < LAYOUTS[other][0] for other in all_)]
    strong = [name for name in fits if name not in WEAK]
    return tuple(strong if strong and strong != ["text"] else fits)


def _fullest(row: Mapping[str, Any], fits: tuple[str, ...]) -> str:
    """Return the one of several layouts whose reading says all that the others say.

    Published sets often carry an example twice: its chat template filled in as `text`, or a preference
    with the conversation that it was cut from. The fields of the other layouts go to the metadata.

    Raises
    ------
    Refused
        None of them says all.
    """
    readings: dict[str, Content] = {}
    for name in fits:
        if name == "text" and isinstance(row["text"], str) and not row["text"].strip():
            continue
        try:
            readings[name] = LAYOUTS[name][2](row, Extras())
        except Refused:
            break
    else:
        for name, content in readings.items():
            if all(_says(content, other) for other in readings.values()):
                return name
    raise Refused(Reason.ambiguous_layout, f"the fields fit {' and '.join(fits)}, and these differ")


def _says(content: Content, other: Content) -> bool:
    """Return whether a record says all that another reading of its row does."""
    if content == other:
        return True
    if content["kind"] == "text" or other["kind"] == "preference":
        return False
    turns = content.get("messages") or [*content["prompt"], *content["chosen"]]
    if other["kind"] == "chat":
        pairs = zip(turns, other["messages"], strict=False)
        return len(turns) == len(other["messages"]) and all(his.items() <= own.items() for own, his in pairs)
    at = 0
    for line in [line.strip() for turn in turns for line in turn["content"].split("\n")]:
        found = other["text"].find(line, at)
        if found < 0:
            return False
        at = found + len(line)
    return True


READ_KEYS = MARKS.union(
    *(optional for _, optional, _ in LAYOUTS.values()),
    *TAKEN,
    CONTEXT,
    REASONING,
    TOOLS,
    MEDIA,
    BESIDE,
    _ANSWER_KEYS,
)
"""Every key that a row can have and that is not the user's own."""


def without_nan(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with null where one of `READ_KEYS` holds a NaN, as tables write what is missing."""
    wrong = [key for key, value in row.items() if is_nan(value) and key in READ_KEYS]
    return {**row, **dict.fromkeys(wrong)} if wrong else row


def has_odd_order(content: Mapping[str, Any]) -> bool:
    """Return whether the roles of a chat, or of a preference with either answer, stray from the usual."""
    if content["kind"] == "chat":
        return is_odd_order(content["messages"])
    return any(is_odd_order([*content["prompt"], *content[field]]) for field in ("chosen", "rejected"))
