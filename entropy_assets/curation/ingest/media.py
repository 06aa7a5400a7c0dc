"""Files that a row or a turn refers to, and what of them is meant: a region, a span, a page.

A picture of another name makes another example, and so does another box in it. Data sets call both what they
like, so a key is judged by its words and by the form of its value.

What belongs here: which keys refer to files. What does not: other parts (`parts`), and parts of a content
(`turns`).
"""

import functools
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from entropy_assets.curation.ingest.context import is_label
from entropy_assets.curation.ingest.leftovers import plain_value, without_nulls
from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.referring import MEDIA, Beside, Refers, may_count, refers_by
from entropy_assets.curation.ingest.values import is_reference

ATTACHED = frozenset(
    [
        *("image", "image_url", "input_image", "image_file", "audio", "audio_url", "input_audio"),
        *("video", "video_url", "file", "input_file"),
    ]
)
"""Types of the parts of a content that are attachments."""

MAX_REFERENCE_CHARS = 4096
"""Characters of a string in an attachment, at most: a longer one is no reference but the thing itself."""


_MEDIA = frozenset(MEDIA)
_IN_ROW = frozenset(["bytes", "array"])  # keys under which tables hold a file, and a sound as numbers
_OF_A_FILE = _IN_ROW | {"path", "url", "uri", "file", "filename", "sampling_rate"}
_FILE = re.compile(
    r"\.(?:png|jpe?g|gif|webp|bmp|tiff?|heic|wav|mp3|flac|ogg|opus|m4a|aac|mp4|avi|mov|mkv|webm)$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(r"\.(?:pdf|djvu)$", re.IGNORECASE)
_CODE = re.compile(r"[\d./:_]")
_NUMBERS = re.compile(r"[\d\s.,:;()\[\]{}+-]*\d[\d\s.,:;()\[\]{}+-]*s?")
_DATE = re.compile(r"\d{4}[-./]\d\d?[-./]\d\d?")
_SECONDS_OF_YEARS = 1e8  # a moment since 1970 is no place in a recording


def may_refer(key: str) -> bool:
    """Return whether a key refers to files by its words, whatever else a row has."""
    return refers_by(key) in (Refers.thing, Refers.handle, Refers.geometry)


@functools.lru_cache(maxsize=4096)
def may_name_file(key: str) -> bool:
    """Return whether a key refers to a file where its value is the name of a picture, a sound or a film."""
    return refers_by(key) in (Refers.unknown, Refers.furniture, Refers.place)


def names_file(value: Any) -> bool:
    """Return whether a value is the name of a picture, a sound or a film in a file, or an object with one.

    >>> names_file("x/12.jpg"), names_file({"bytes": None, "path": "x/12.jpg"}), names_file("At night.")
    (True, True, False)
    """
    kind = type(value)
    if kind is str:
        return value[-5:].find(".") >= 0 and bool(_FILE.search(value)) and is_reference(value)
    if kind is dict:
        return _is_file(value)
    return kind is list and bool(value) and names_file(value[0])


def _is_file(value: Any) -> bool:
    """Return whether a value is an object, or a list of some, in the form of a file of a table."""
    if isinstance(value, list):
        return bool(value) and all(map(_is_file, value))
    return isinstance(value, Mapping) and "path" in value and value.keys() <= _OF_A_FILE


def media_in(fields: Mapping[str, Any], *, beside: Beside = Beside.question) -> list[str]:
    """Return the keys under which references, files by value, and places in them stand, in a fixed order.

    Parameters
    ----------
    fields
        Fields of a row or a turn that may be.
    beside
        What they stand beside. A text may have been taken out of a document, whose name is then where it
        is from.
    """
    found = [key for key in fields if _refers(key, fields[key], beside=beside)]
    if not found:
        return []
    found += [key for key in fields if key not in found and _is_place(key, fields[key])]
    return [key for key in MEDIA if key in found] + sorted(key for key in found if key not in _MEDIA)


def _refers(key: str, value: Any, *, beside: Beside) -> bool:
    """Return whether a value is a reference of the kind that its key may have, or a place in a picture."""
    if value is None or value is True or value is False:
        return False
    if key in _MEDIA:
        return _is_reference(value)
    by = refers_by(key)
    if by in (Refers.nothing, Refers.coordinate):
        return False
    if by is Refers.furniture or (by is Refers.unknown and beside is Beside.text):
        return _is_file(value)
    if by is Refers.unknown:
        return names_file(value)
    if not may_count(key, beside):
        return isinstance(value, Mapping) and _is_file(value)
    if by is Refers.geometry:
        return _is_numbers(value)
    if isinstance(value, list):
        return bool(value) and all(_refers(key, one, beside=beside) for one in value)
    if isinstance(value, Mapping):
        return by is Refers.thing and not _OF_A_FILE.isdisjoint(value)
    if isinstance(value, str):
        bare = value.strip()
        if _FILE.search(bare) or (
            _DOCUMENT.search(bare) and not (beside is Beside.text and by is Refers.place)
        ):
            return "\n" not in bare
        if by is Refers.handle:
            return bool(bare) and (is_reference(bare) or is_label(bare))
        return by is Refers.thing and is_reference(bare) and bool(_CODE.search(bare))
    return by is Refers.handle if isinstance(value, int) else isinstance(value, bytes)


def _is_place(key: str, value: Any) -> bool:
    """Return whether a value beside a reference says which part of the file is meant."""
    by = refers_by(key)
    if by is Refers.coordinate or by is Refers.thing:
        return _is_numbers(value)
    return isinstance(value, Mapping) and any(refers_by(inner) is Refers.geometry for inner in value)


def _is_numbers(value: Any) -> bool:
    """Return whether a value is numbers: one, a list of some, an object with some, or text as ``0:12``."""
    if isinstance(value, bool) or value is None:
        return False
    if isinstance(value, int | float | Decimal):
        return -_SECONDS_OF_YEARS < value < _SECONDS_OF_YEARS
    if isinstance(value, str):
        return (
            len(value) <= MAX_REFERENCE_CHARS and bool(_NUMBERS.fullmatch(value)) and not _DATE.search(value)
        )
    items = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    is_label_of = [isinstance(one, str) and is_label(one) for one in items]
    numbers = [
        one for one, is_one in zip(items, is_label_of, strict=True) if not is_one or _NUMBERS.match(one)
    ]
    return bool(numbers) and all(map(_is_numbers, numbers))


def taken_media(fields: dict[str, Any], place: str, *, beside: Beside = Beside.question) -> dict[str, Any]:
    """Take references, and what of the files is meant, out of some fields, and return them by key.

    Raises
    ------
    Refused
        A file is there by value.
    """
    keys = media_in(fields, beside=beside)
    return {key: reference(fields.pop(key), place or key) for key in keys}


def attached(part: Mapping[str, Any], at: int, place: str) -> dict[str, Any]:
    """Return the attachment that a part of a content is, which stands `at` characters of text.

    Raises
    ------
    Refused
        It is there by value.
    """
    return {"at": at, "part": reference(dict(part), place)}


def are_by_key(objects: Mapping[str, Any]) -> bool:
    """Return whether attachments are read again where each stands under its key in a row of any kind."""
    return set(objects) <= _MEDIA or all(
        set(media_in(objects, beside=beside)) == set(objects) for beside in Beside
    )


def in_own_form(fields: dict[str, Any], kind: type, beside: Beside = Beside.question) -> Any:
    """Take attachments that are written as those of a record are, and return them; None where none are."""
    value = fields.get("attachments")
    if not isinstance(value, str) or not value.startswith("[{" if kind is list else "{"):
        return None
    try:
        told = json.loads(value)
    except (ValueError, RecursionError):
        return None
    if kind is list:
        fits = all(isinstance(one, dict) and set(one) in ({"at", "part"}, {"key", "value"}) for one in told)
    else:
        is_told = bool(told) and (set(told) <= _MEDIA or set(media_in(told)) == set(told))
        fits = is_told and media_in(fields, beside=beside) == ["attachments"]
    if not fits or as_json(told) != value:
        return None
    del fields["attachments"]
    return reference(told, "attachments")


def as_json(value: Any) -> str:
    """Return a value as JSON, keys in their order."""
    return _ENCODE(value)


_ENCODE = json.JSONEncoder(ensure_ascii=False, default=plain_value).encode


def _is_reference(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_reference, value))
    if isinstance(value, Mapping):
        return "array" in value or any(isinstance(item, str | bytes) for item in value.values())
    return isinstance(value, bytes) or (isinstance(value, str) and bool(value.strip()))


def reference(value: Any, place: str) -> Any:
    """Return an attachment without nulls; refuse one that is the thing itself and no reference to it.

    Raises
    ------
    Refused
        It is one.
    """
    value = without_nulls(value)
    waiting = [value]
    for item in waiting:  # it grows while it is walked
        if isinstance(item, Mapping):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        is_thing = isinstance(item, bytes) or (isinstance(item, Mapping) and not _IN_ROW.isdisjoint(item))
        if is_thing or (isinstance(item, str) and len(item) > MAX_REFERENCE_CHARS):
            raise Refused(
                Reason.attachment_by_value,
                f"{place} holds a file itself; save it beside the data and give its path or address",
            )
    return value
