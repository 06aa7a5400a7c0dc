"""One record -> its row in a layout, proved by reading the row again.

What belongs here: the user's own fields, what `ingest` noted in the metadata, the comparison.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from entropy_assets.curation.export.layouts import Fields, Layout, Row
from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.export.parts import record_fields, upgraded
from entropy_assets.curation.ingest.layouts import MARKS, has_odd_order, to_content
from entropy_assets.curation.ingest.objects import parse_object
from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.turns import OTHER_TEXTS
from entropy_assets.curation.ingest.unread import Declared
from entropy_assets.languages import language_of
from entropy_assets.records import CONTENT_FIELDS, LATER_COLUMNS, ROLES, VERDICT, bare, content_id

_TURN_FIELDS = {"chat": ("messages",), "preference": ("prompt", "chosen", "rejected"), "text": ()}
_NAMED = {"row_id": ("id", "row_id", "uid"), "source": ("source", "domain"), "language": ("language", "lang")}
"""Field of a record -> the keys under which `ingest` looks for it, in its order."""

_ENCODE = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode

# Python's own str.splitlines, and tools that use it, end a line at these too.
_LINE_ENDS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def proved_row(record: Mapping[str, Any], layout: Layout) -> str:
    """Return the row of a record as JSON on one line; `ingest` reads it as that record.

    Where a key of its metadata would refuse the row, that takes a `drop.toml` with the key under `metadata`.

    Parameters
    ----------
    record
        One row of a frame of records.
    layout
        What to write it in.

    Returns
    -------
    str
        One JSON object, with no line end of any script in it.

    Raises
    ------
    Lost
        There is no such row.
    """
    if record["kind"] != layout.kind:
        raise Lost(Loss.wrong_kind, f"its kind is {record['kind']}, the layout holds {layout.kind}")
    record, metadata = _upgraded(record, layout)
    difference = ""
    for left, fields in _ways(record, layout, metadata):
        row = _own_fields(record, left)
        row |= layout.write(record, fields)
        row |= record_fields(record, left, tools_as_text=layout.tools_as_text)
        line = _line(row | left)
        own = (*left, *(key for rest in fields.values() for key in rest))
        difference = _difference(line, record, metadata, Declared(own))
        if not difference:
            return line
    clash = sorted(MARKS & metadata.keys())
    if clash:
        raise Lost(Loss.key_taken, f"the metadata have {', '.join(clash)}; {difference}")
    raise Lost(Loss.reads_differently, difference)


def _upgraded(record: Mapping[str, Any], layout: Layout) -> tuple[Row, Row]:
    """Return a record with each part in its place, and what the row must carry beside the content.

    All that is needed of the record is looked at. Left out are nulls under keys of the layout, since
    a null is an absent key to `ingest`, and the note that the order of roles is odd, which it makes again.

    Raises
    ------
    Lost
        The record has no content, or its metadata cannot be carried.
    """
    for field in _TURN_FIELDS[layout.kind]:
        turns = record[field]
        if not turns or not all(map(_is_turn, turns)):
            raise Lost(Loss.not_a_record, f"{field} has no turns, or one without a role or content")
    try:
        metadata = json.loads(record["metadata"]) if record["metadata"] else {}
    except (ValueError, RecursionError) as error:
        raise Lost(Loss.not_a_record, f"the metadata are no JSON: {error}") from None
    if not isinstance(metadata, dict):
        raise Lost(Loss.not_a_record, "the metadata are no JSON object")
    taken = sorted(key for key in layout.keys & metadata.keys() if metadata[key] is not None)
    if taken:
        raise Lost(Loss.key_taken, f"the metadata have {', '.join(taken)}")
    metadata = {key: value for key, value in metadata.items() if key not in layout.keys}
    new = upgraded(record, _TURN_FIELDS[layout.kind], metadata)
    if layout.needs_label and new.get(VERDICT) is None:
        raise Lost(Loss.no_label, "nothing says whether the answer is a wanted one")
    if any(new.get(name) != record.get(name) for name in LATER_COLUMNS) or any(
        new[field] != list(map(bare, record[field])) for field in _TURN_FIELDS[layout.kind]
    ):
        new["id"] = content_id(new)
    return new, _without_order_note(new, metadata)


def _is_turn(turn: Mapping[str, Any] | None) -> bool:
    """Return whether a turn has a role and says something; a tool may have had nothing to say."""
    if not turn or turn["role"] not in ROLES:
        return False
    acts = any(turn.get(name) for name in ("reasoning", "tool_calls", "attachments"))
    return bool(turn["content"]) or (turn["content"] is not None and (turn["role"] == "tool" or acts))


def _without_order_note(content: Mapping[str, Any], metadata: Row) -> Row:
    if content["kind"] != "text" and has_odd_order(content):
        for name in _names(metadata, "odd_role_order"):
            if metadata[name] is True:
                return {key: value for key, value in metadata.items() if key != name}
    return metadata


def _names(metadata: Row, name: str) -> Iterator[str]:
    """Yield the keys under which a note of `ingest` may stand: its name, with `_` before it where taken.

    The user's own may be among them. It does no harm to take one for the note: `ingest` puts the note
    under the first key that is free, which is the one it was taken from.
    """
    while name in metadata:
        yield name
        name = f"_{name}"


def _ways(record: Mapping[str, Any], layout: Layout, metadata: Row) -> Iterator[tuple[Row, Fields]]:
    """Yield the ways to write a record: what its turns carried goes back into them, or stays in the row."""
    for name in _names(metadata, "message_fields") if layout.has_turn_fields else ():
        places = {f"{field}.{at}" for field in _TURN_FIELDS[layout.kind] for at in range(len(record[field]))}
        found = metadata[name]
        is_note = isinstance(found, dict) and all(isinstance(rest, dict) for rest in found.values())
        has_other_text = is_note and any(not OTHER_TEXTS.isdisjoint(rest) for rest in found.values())
        if is_note and found.keys() <= places and not has_other_text:
            yield {key: value for key, value in metadata.items() if key != name}, found
    yield metadata, {}


def _own_fields(record: Mapping[str, Any], metadata: Row) -> Row:
    """Return the user's id, source and language under keys that the metadata leave free."""
    row = {}
    for field, keys in _NAMED.items():
        if record[field] is None:
            continue
        free = next((key for key in keys if key not in metadata), None)
        if free is None:
            raise Lost(
                Loss.key_taken, f"the metadata have {', '.join(keys)}: there is no key for the {field}"
            )
        row[free] = record[field]
    return row


def _line(row: Row) -> str:
    try:
        line = _ENCODE(row)
        line.encode()
    except UnicodeEncodeError:
        raise Lost(Loss.not_a_record, "a string holds half of a surrogate pair") from None
    except ValueError:
        raise Lost(Loss.no_json_number, "the metadata hold a number that is not finite") from None
    except RecursionError:
        raise Lost(Loss.not_a_record, "the metadata are nested too deeply") from None
    if not line.isascii():
        for end, escaped in _LINE_ENDS.items():
            line = line.replace(end, escaped)
    return line


def _difference(line: str, record: Mapping[str, Any], metadata: Row, own: Declared) -> str:
    """Return in which fields the row, read again, is another record; an empty string where it is the same.

    Keys in `own` are those of its metadata.
    """
    try:
        read = _read_again(line, own, is_text=record["kind"] == "text")
    except Refused as refused:
        return f"read again, it is refused as {refused.fault.reason}: {refused.fault.detail}"
    again = _without_order_note(read, json.loads(read["metadata"]) if read["metadata"] else {})
    said = record["language"]
    expected = {**record, "language": language_of(said) if said else None}
    if said and not expected["language"]:  # of a store that was made when any word was a language
        key = next((key for key in _NAMED["language"] if again.get(key) == said and key not in metadata), "")
        again.pop(key, None)
    fields = [name for name in (*CONTENT_FIELDS, *_NAMED) if read.get(name) != expected.get(name)]
    if not fields and content_id(read) != record["id"]:
        fields.append("id")
    if _canonical(again) != _canonical(metadata):
        fields.append("metadata")
    return f"read again, it differs in {', '.join(fields)}" if fields else ""


def _read_again(line: str, own: Declared, *, is_text: bool) -> dict[str, Any]:
    """Return the content of a row; where a key refuses it, those in `own` are metadata, as in `drop.toml`.

    Raises
    ------
    Refused
        The row gives no record.
    """
    row = parse_object(line.encode())
    try:
        return to_content(row, "")
    except Refused as refused:
        may_be_own = is_text or MARKS.isdisjoint(own.metadata)  # a key of another layout would be one more
        reasons = (Reason.no_known_layout, *([Reason.ambiguous_layout] if may_be_own else []))
        if refused.fault.reason not in reasons or not own.metadata:
            raise
    return to_content(row, "", declared=own)


def _canonical(metadata: Row) -> str:
    return json.dumps(metadata, sort_keys=True) if metadata else ""
