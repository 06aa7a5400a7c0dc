"""One row's bytes -> its JSON object, strictly: what would be lost or guessed at is refused."""

import json
import re
from typing import Any

from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.rows import decode
from entropy_assets.curation.ingest.structure import MAX_DEPTH, depth_of
from entropy_assets.curation.ingest.turns import type_name

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


def parse_object(raw: bytes, max_depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Return the object that `raw` holds; NaN, infinities and integers of up to 4300 digits are kept.

    Parameters
    ----------
    raw
        One JSON value, white space around it allowed.
    max_depth
        Levels of objects and lists, at most, up to `MAX_DEPTH`.

    Returns
    -------
    dict
        Key -> value.

    Raises
    ------
    Refused
        The bytes are not UTF-8, not one JSON value, not an object, too deep, or name a key twice; or
        a string holds a lone surrogate.

    Examples
    --------
    >>> parse_object(b'{"text": "a"}')
    {'text': 'a'}
    """
    text = decode(raw)
    # Counting is cheap and rules depth out for nearly all rows.
    if raw.count(b"{") + raw.count(b"[") > max_depth and (depth := depth_of(raw)) > max_depth:
        detail = f"objects and lists are nested {depth} deep, allowed are {max_depth}"
        raise Refused(Reason.nested_too_deep, detail)
    try:
        value = _DECODE(text)
    except json.JSONDecodeError as error:
        raise Refused(Reason.invalid_json, f"{error.msg} at character {error.pos} of the row") from None
    except ValueError as error:  # an integer with more digits than Python converts
        raise Refused(Reason.invalid_json, str(error)) from None
    if _SURROGATE_ESCAPE.search(raw):
        _refuse_lone_surrogates(value)
    if not isinstance(value, dict):
        raise Refused(Reason.not_an_object, f"the row is {type_name(value)}, an object is needed")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in value if keys.count(key) > 1)
        raise Refused(Reason.duplicate_key, f"the key {twice!r} occurs {keys.count(twice)} times")
    return value


_DECODE = json.JSONDecoder(object_pairs_hook=_unique).decode


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise Refused(Reason.lone_surrogate, f"a string holds \\u{code:04x} without its other half") from None
