"""What a row holds beside its layout's keys: the user's own id, source and language, and the metadata."""

import base64
import datetime
import json
import math
from decimal import Decimal
from typing import Any

from entropy_assets.curation.ingest.missing import says_nothing
from entropy_assets.curation.ingest.values import is_passage
from entropy_assets.languages import language_of

TAKEN: tuple[tuple[str, ...], ...] = (("id", "row_id", "uid"), ("source", "domain"), ("language", "lang"))
"""Keys of the user's own id, of the source and of the language, the first that is good counts."""


_ID_TYPES = (int, float, str, Decimal)
_LARGEST_WHOLE = 1e21  # digits beyond it are made up


def take_row_id(left: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Take the first of `keys` that holds a string that is not empty, or a finite number, out of `left`.

    A whole number is an integer however it was written: a table with a null in it has ``10001.0``.
    """
    for key in keys:
        value = left.get(key)
        if type(value) is int:
            del left[key]
            return str(value)
        if isinstance(value, _ID_TYPES) and not isinstance(value, bool) and value != "":
            if isinstance(value, float):
                if not math.isfinite(value):
                    continue
                value = int(value) if value.is_integer() and abs(value) < _LARGEST_WHOLE else value
            if isinstance(value, Decimal):
                value = int(value) if value == int(value) else f"{value:f}".rstrip("0")
            del left[key]
            return str(value)
    return None


def take_language(left: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Take the first of `keys` that names a language out of `left`, as its code; another word stays there."""
    for key in keys:
        value = left.get(key)
        if isinstance(value, str) and (code := language_of(value)):
            del left[key]
            return code
    return None


def names_no_language(row: Any) -> bool:
    """Return whether a row says something where its language stands, and nothing there is a language."""
    if "language" not in row and "lang" not in row:
        return False
    said = [row[key] for key in TAKEN[2] if row.get(key) is not None]
    return bool(said) and not any(isinstance(value, str) and language_of(value) for value in said)


def is_nan(value: Any) -> bool:
    """Return whether a value is the float that is no number.

    >>> is_nan(float("nan")), is_nan("nan")
    (True, False)
    """
    return type(value) is float and math.isnan(value)


def says_something(value: Any) -> bool:
    """Return whether a value says anything: no null, no blank, no empty list or object, also as text."""
    if isinstance(value, str):
        return bool(value) and not value.isspace() and value.strip() not in ("[]", "{}")
    return not (value is None or value in ([], {}) or is_nan(value))


def without_nulls(value: Any) -> Any:
    """Return a value without the keys of its objects that hold null, at any depth."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def take_source(left: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    """Take the first of `keys` that holds a name out of `left`; a passage of sentences is none."""
    for key in keys:
        value = left.get(key)
        if isinstance(value, str) and not says_nothing(value) and not is_passage(value):
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


def plain_value(value: Any) -> str:
    """Return a value that JSON has no form for as text: dates as ISO 8601, bytes as base64."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True, default=plain_value).encode
