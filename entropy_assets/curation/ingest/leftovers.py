"""What a row holds beside its layout's keys: the user's own id, source and language, and the metadata."""

import base64
import datetime
import json
from typing import Any

TAKEN: tuple[tuple[str, ...], ...] = (("id", "row_id", "uid"), ("source", "domain"), ("language", "lang"))
"""Keys of the user's own id, of the source and of the language, the first that is good counts."""


_ID_TYPES = (int, float, str)


def take_row_id(left: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Take the first of `keys` that holds a string that is not empty, or a number, out of `left`."""
    for key in keys:
        value = left.get(key)
        if isinstance(value, _ID_TYPES) and not isinstance(value, bool) and value != "":
            del left[key]
            return str(value)
    return None


def take_string(left: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Take the first of `keys` that holds a string with something in it out of `left`."""
    for key in keys:
        value = left.get(key)
        if isinstance(value, str) and value and not value.isspace():
            del left[key]
            return value
    return None


def add_note(left: dict[str, Any], name: str, value: Any) -> None:
    """Add one of our own notes to the metadata, under another name where the user's own has it."""
    while name in left:
        name = f"_{name}"
    left[name] = value


def to_json(value: Any) -> str:
    """Return `value` as JSON with sorted keys; dates as ISO 8601, bytes as base64, others as their text."""
    return _ENCODE(value)


def _plain(value: Any) -> str:
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=_plain).encode
