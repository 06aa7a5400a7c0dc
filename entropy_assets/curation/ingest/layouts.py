"""A row's object -> the content of one record, by the layout that its keys show.

What belongs here: where the fields of a row go. What does not: which layout it has (`fitting`), the layouts
themselves (`forms`, `pairs`), files, bytes, places.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.apis import KEYS as APIS
from entropy_assets.curation.ingest.apis import without_api
from entropy_assets.curation.ingest.beside import BESIDE, TURNS_ONLY, read_beside, tools_of_turns
from entropy_assets.curation.ingest.carried import placed
from entropy_assets.curation.ingest.context import CONTEXT
from entropy_assets.curation.ingest.fitting import ALL_LAYOUTS, ALL_MARKS, fits_of, layout_of
from entropy_assets.curation.ingest.forms import LAYOUTS, MARKS, UNPAIRED, Content, system_turns
from entropy_assets.curation.ingest.hints import NOTHING_KNOWN, hint_beside, hint_of, refuse_columns
from entropy_assets.curation.ingest.labels import LABELS, take_weight_and_label
from entropy_assets.curation.ingest.leftovers import (
    TAKEN,
    add_note,
    is_nan,
    take_language,
    take_row_id,
    take_source,
    to_json,
)
from entropy_assets.curation.ingest.media import may_name_file, may_refer, names_file
from entropy_assets.curation.ingest.pairs import ANSWERED_BY
from entropy_assets.curation.ingest.parts import TOOLS, is_tools, take_record_parts
from entropy_assets.curation.ingest.reasons import Reason, Refused, Unplaced
from entropy_assets.curation.ingest.referring import MEDIA, beside_of
from entropy_assets.curation.ingest.results import order_results
from entropy_assets.curation.ingest.roles import has_answer, is_odd_order
from entropy_assets.curation.ingest.sides import require_no_side, sides_of
from entropy_assets.curation.ingest.templates import KEY as TEMPLATE
from entropy_assets.curation.ingest.templates import without_template
from entropy_assets.curation.ingest.thoughts import REASONING
from entropy_assets.curation.ingest.trees import require_no_tree
from entropy_assets.curation.ingest.turns import Extras
from entropy_assets.curation.ingest.unread import (
    NOTHING_DECLARED,
    QUESTIONS,
    Declared,
    Looks,
    looked_at,
    looks_of,
    require_no_context,
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
    try:
        return _to_content(row, default_source, default_language, kept, declared, unread)
    except Unplaced as told:
        detail = told.fault.detail
        if told.keys:
            hint = "" if declared.keys() else hint_beside(row, told.keys, _reads)
            is_tried = not hint and told.behind and _reads_behind(row, told, declared)
            advice = told.context_advice if is_tried else told.advice
            raise Refused(told.fault.reason, hint or advice) from None
        hint = "" if declared.keys() else hint_of(row, fits_of, _reads)
        raise Refused(told.fault.reason, f"{detail}{hint or told.advice or NOTHING_KNOWN}") from None


def _reads(row: Mapping[str, Any], aside: Collection[str]) -> bool:
    """Return whether a row reads as a record with an answer, and no text is left that nothing of it says."""
    unread: Counter[str] = Counter()
    try:
        content = _to_content(row, "", None, None, Declared(metadata=tuple(aside)), unread)
    except Refused:
        return False
    return not unread and (content["kind"] != "chat" or has_answer(content["messages"]))


def _reads_behind(row: Mapping[str, Any], told: Unplaced, declared: Declared) -> bool:
    """Return whether a row is read where its keys are declared as the advice about its context says."""
    aside = [key for key in told.keys if key not in told.behind]
    tried = Declared((*declared.metadata, *aside), (*declared.context, *told.behind))
    try:
        _to_content(row, "", None, None, tried, Counter())
    except Refused:
        return False
    return True


def _to_content(
    row: Mapping[str, Any],
    default_source: str,
    default_language: str | None,
    kept: Counter[tuple[str, ...]] | None,
    declared: Declared,
    unread: Counter[str] | None,
) -> Content:
    """Return what `to_content` does; a row that fits no layout is `Unplaced`."""
    aside = {key: row[key] for key in declared.metadata if key in row} if declared.metadata else {}
    behind = (
        {key: row[key] for key in declared.context if row.get(key) is not None} if declared.context else {}
    )
    if aside or behind:
        row = {key: value for key, value in row.items() if key not in aside and key not in behind}
    if not APIS.isdisjoint(row):
        row = without_api(row)
    if TEMPLATE in row:
        row = without_template(row)
    plan = None if None in row.values() else _plan(tuple(row))
    name = layout_of(row, (*aside, *behind)) if plan is None else plan.name
    needed, optional, read = ALL_LAYOUTS[name]
    if type(row[next(iter(needed))]) in _CONTAINERS and name not in TURNS_ONLY:
        refuse_columns(row, name, needed)
    extras = Extras()
    if declared.metadata:
        extras.aside = frozenset(declared.metadata)
    content = read(row, extras)
    left = {key: row[key] for key in (row.keys() - needed - optional if plan is None else plan.left)}
    for key in extras.taken:
        left.pop(key, None)
    has_extras = bool(extras)
    if has_extras:
        tools_of_turns(extras, left)
    has_parts = plan is None or plan.has_parts or has_extras
    if has_parts or (plan and plan.files and any(map(names_file, map(left.get, plan.files)))):
        read_beside(left, name, content, ANSWERED_BY)
        content.update(take_record_parts(left, beside_of(content, row.get(QUESTIONS.get(name, "")))))
        if not _ANSWER_KEYS.isdisjoint(left):
            n_system = len(system_turns(row))
            take_weight_and_label(left, content, extras.given, n_system, is_unpaired=name in UNPAIRED)
    if not _CONTAINED.isdisjoint(map(type, left.values())):
        require_no_tree(left.items())
    sides = sides_of(left) if plan is None else plan.sides
    if sides and content["kind"] != "preference":
        require_no_side(sides, left, content)
    if content["kind"] == "text":
        for key in watched(left, READ_KEYS) if plan is None else plan.watched:
            require_no_weight(key, left.get(key), "the row")
        require_no_context(behind, name)
    else:
        told = Counter[str]() if unread is None else unread
        looks = _looks(tuple(left), tuple(row)) if plan is None else plan.looks
        keys = looked_at(left, looks) if looks.always or looks.labels else ()
        if keys or behind:
            left.update(behind)
            require_read(left, keys, name, row, content, declared, told)
        if extras:
            require_said_in_turns(extras, content, declared, told)
            order_results(content, extras)
    if extras.has_places and "attachments" not in content:
        raise Refused(Reason.no_known_layout, "a turn has the place of a file, and the row refers to none")
    ids, sources, languages = TAKEN if plan is None else plan.taken
    content["row_id"] = take_row_id(left, ids) if ids else None
    content["source"] = (take_source(left, sources) if sources else None) or default_source
    content["language"] = (take_language(left, languages) if languages else None) or default_language
    left.update(aside)
    if kept is not None and left:
        kept[
            tuple(left) if plan else tuple(key for key in left if key not in _IDS or left[key] is not None)
        ] += 1
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
    `files` those of which the value may be the name of a file,
    `watched` the keys that may say how much counts, `looks` which are looked at beside what asks, `sides`
    those that name a side of a preference.
    """

    name: str
    left: tuple[str, ...]
    taken: tuple[tuple[str, ...], ...]
    has_parts: bool
    watched: tuple[str, ...]
    looks: Looks
    sides: tuple[str, ...]
    files: tuple[str, ...]


def _plan(keys: tuple[str, ...]) -> _Plan | None:
    """Return the plan for rows with these keys; None where they fit no layout, or several."""
    if keys in _PLANS:
        return _PLANS[keys]
    fits = fits_of(ALL_MARKS.intersection(keys))
    plan = None
    if len(fits) == 1:
        needed, optional, _ = ALL_LAYOUTS[fits[0]]
        left = tuple(key for key in keys if key not in needed | optional)
        taken = tuple(tuple(name for name in names if name in left) for names in TAKEN)
        has_parts = not _PART_KEYS.isdisjoint(left) or any(is_tools(key) or may_refer(key) for key in left)
        looks, files = _looks(left, keys), tuple(filter(may_name_file, left))
        plan = _Plan(fits[0], left, taken, has_parts, watched(left, READ_KEYS), looks, sides_of(left), files)
    if len(_PLANS) < _MAX_PLANS and sum(map(len, keys)) <= _MAX_PLAN_CHARS:
        _PLANS[keys] = plan
    return plan


_CONTAINERS = (list, dict)
_CONTAINED = frozenset(_CONTAINERS)
_IDS = TAKEN[0]
_ANSWER_KEYS = frozenset((*ROW_WEIGHTS, *ROW_MASKS, *LABELS))
_PART_KEYS = BESIDE.union(TOOLS, MEDIA, _ANSWER_KEYS)


def _looks(left: tuple[str, ...], row: tuple[str, ...]) -> Looks:
    """Return how the keys that are left of a row are looked at; rows with nulls have no plan to keep it."""
    if sum(map(len, row)) > _MAX_PLAN_CHARS:
        return looks_of(left, row, READ_KEYS)
    if (left, row) not in _LOOKS:
        if len(_LOOKS) >= _MAX_PLANS:
            return looks_of(left, row, READ_KEYS)
        _LOOKS[left, row] = looks_of(left, row, READ_KEYS)
    return _LOOKS[left, row]


# What is kept here changes no result, and cannot grow with the data.
_MAX_PLANS, _MAX_PLAN_CHARS = 1000, 1000
_PLANS: dict[tuple[str, ...], _Plan | None] = {}
_LOOKS: dict[tuple[tuple[str, ...], tuple[str, ...]], Looks] = {}


def without_empty(row: dict[str, str]) -> dict[str, Any]:
    """Return the row of a table of strings without its empty cells, unless its one layout needs them.

    >>> without_empty({"text": "a", "instruction": "", "output": ""})
    {'text': 'a'}
    """
    filled_cells = {key: value for key, value in row.items() if value}
    is_whole = bool(fits_of(ALL_MARKS.intersection(filled_cells)))
    return filled_cells if is_whole or len(fits_of(ALL_MARKS.intersection(row))) != 1 else dict(row)


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
