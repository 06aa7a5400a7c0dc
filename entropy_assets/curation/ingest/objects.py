"""One row's bytes -> its JSON object, strictly: what would be lost or guessed at is refused.

Two parsers give one answer. orjson is fast, but takes the last of two equal keys and makes a float of an
integer beyond 64 bits. Its value counts only where the row's bytes prove that neither happened; all else,
and all that it refuses, goes to the strict parser, which also says what is wrong.
"""

import json
import re
import sys
from collections import Counter
from typing import Any

import orjson

from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name
from entropy_assets.curation.ingest.rows import decode
from entropy_assets.curation.ingest.structure import MAX_DEPTH, depth_of

# Beyond it a float of orjson may have been an integer: 64 bits hold all that is closer to zero.
_SURELY_FLOAT = 9e18
_KEY_END = re.compile(rb'":|"[ \t\r\n]+:')  # faster than one branch with a star
_ESCAPED_END = re.compile(rb'\\":|\\"[ \t\r\n]+:')
# A string, or the last character of another value; then a comma that nothing but a closing bracket follows.
_TRAILING_COMMA = re.compile(r'((?:"(?:[^"\\]++|\\.)*+"|[^\s",:\[{])\s*+),(?=\s*+[\]}])|"(?:[^"\\]++|\\.)*+"')
_PYTHON = re.compile(r"\s*(?:\[\s*)*(?:\{\s*'[^'\n]{0,200}'\s*:|'(?:[^'\\]|\\.){0,4096}'\s*[,\]])")
PYTHON_TOLD = "is written by Python's str() and is no JSON: write it by json.dumps()"
"""What is said of a text that Python's str() wrote."""

_IN_ROW = re.compile(r"at character \d+ of the row")
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
        a string holds a lone surrogate. A comma behind the last of an object or array is no fault.

    Examples
    --------
    >>> parse_object(b'{"text": "a"}')
    {'text': 'a'}
    >>> parse_object(b'{"n": [1, 2,],}')
    {'n': [1, 2]}
    """
    value = parse_fast(raw, max_depth)
    return parse_strictly(raw, max_depth) if value is None else value


def parse_value(text: str, name: str, max_depth: int = MAX_DEPTH) -> Any:
    """Return the JSON value that a string holds, read as a field of a row would be.

    Parameters
    ----------
    text
        One JSON value.
    name
        Name of the field that holds the string, for messages: one that JSON need not escape.
    max_depth
        Levels of objects and lists in it, at most.

    Raises
    ------
    Refused
        It is no JSON value, or a row with it would be refused.

    Examples
    --------
    >>> parse_value('["a"]', "history")
    ['a']
    """
    # Read as a row, so that what is refused in a row of JSON is refused in a string too.
    try:
        raw = f'{{"{name}":{text}\n}}'.encode()
    except UnicodeEncodeError as error:
        raise Refused(Reason.lone_surrogate, f"{name} holds half of a surrogate pair") from error
    try:
        row = parse_object(raw, max_depth + 1)
    except Refused as refused:
        if refused.fault.reason is not Reason.invalid_json:
            raise
        if is_python(text):
            told = PYTHON_TOLD
        else:
            told = f"is no JSON ({_IN_ROW.sub('of it', refused.fault.detail)})"
        raise Refused(Reason.invalid_json, f"the string in {name} {told}") from None
    if row.keys() != {name}:
        raise Refused(Reason.invalid_json, f"the string in {name} is more than one JSON value")
    return row[name]


def is_python(text: str) -> bool:
    """Return whether a text begins as Python's str() writes a list or an object, which is no JSON.

    >>> is_python("[{'role': 'user'}]"), is_python('[{"role": "user"}]'), is_python("['a', 'b']")
    (True, False, True)
    """
    return _PYTHON.match(text) is not None


def parse_fast(raw: bytes, max_depth: int) -> dict[str, Any] | None:
    """Return the object if orjson reads it and nothing of it can be lost, else None; it has no NaN."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if type(value) is not dict:
        return None
    n_keys = n_nested = n_strings = 0
    values: list[Any] = [value]
    for item in values:  # it grows while it is walked
        kind = type(item)
        if kind is str:
            n_strings += 1
        elif kind is dict:
            n_nested += 1
            n_keys += len(item)
            values += item.values()
        elif kind is list:
            n_nested += 1
            values += item
        elif kind is float and not -_SURELY_FLOAT < item < _SURELY_FLOAT:
            return None
    if n_nested > max_depth:
        return None
    # Each string has two quotes and so has each key, so with a key named twice there would be more.
    if raw.count(b'"') == 2 * (n_keys + n_strings):
        return value
    return value if _names_at_most(raw, n_keys) else None


def _names_at_most(raw: bytes, n_keys: int) -> bool:
    """Return whether the JSON in `raw` surely names no more than `n_keys` keys.

    Each key ends with a quote, perhaps white space, and a colon. A quote behind one backslash ends nothing.
    """
    n_ends = len(_KEY_END.findall(raw))
    if n_ends == n_keys:
        return True
    return b'\\\\"' not in raw and n_ends - len(_ESCAPED_END.findall(raw)) == n_keys


def parse_strictly(raw: bytes, max_depth: int) -> dict[str, Any]:
    """Return the object by Python's own parser, or refuse it with the reason.

    Raises
    ------
    Refused
        See `parse_object`.
    """
    text = decode(_bare(raw))
    # Counting is cheap and rules depth out for nearly all rows.
    if raw.count(b"{") + raw.count(b"[") > max_depth and (depth := depth_of(raw)) > max_depth:
        detail = f"objects and lists are nested {depth} deep, allowed are {max_depth}"
        raise Refused(Reason.nested_too_deep, detail)
    try:
        value = _decoded(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text[error.pos :].lstrip().startswith("{"):
            todo = "several values stand on one line: write one a line, as by jq -c ."
            raise Refused(Reason.invalid_json, todo) from None
        raise Refused(Reason.invalid_json, f"{error.msg} at character {error.pos} of the row") from None
    except ValueError:  # an integer with more digits than Python converts
        most = sys.get_int_max_str_digits()
        detail = f"an integer has more digits than the {most:,} that are read: write it in quotes"
        raise Refused(Reason.invalid_json, detail) from None
    if _SURROGATE_ESCAPE.search(raw):
        _refuse_lone_surrogates(value)
    if not isinstance(value, dict):
        raise Refused(Reason.not_an_object, f"the row is {type_name(value)}, an object is needed")
    return value


def _decoded(text: str) -> Any:
    """Return the value of JSON in which a comma may stand behind the last of an object or array."""
    try:
        return _DECODE(text)
    except json.JSONDecodeError:
        # A blank in the comma's place keeps what is said of places true.
        mended = _TRAILING_COMMA.sub(lambda found: f"{found[1]} " if found[1] else found[0], text)
        if mended == text:
            raise
        return _DECODE(mended)


def _bare(raw: bytes) -> bytes:
    """Return a row without the separator before it (RFC 7464), or the comma behind it, of a list of rows."""
    row = raw.strip()
    if row.startswith(b"\x1e"):
        row = row[1:].strip()
    if row.startswith(b"{") and row.endswith(b",") and row[:-1].rstrip().endswith(b"}"):
        return row[:-1]
    return row if len(row) < len(raw) and raw.lstrip().startswith(b"\x1e") else raw


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise Refused(Reason.duplicate_key, f"the key {twice!r} occurs {counts[twice]} times")
    return value


_DECODE = json.JSONDecoder(object_pairs_hook=_unique).decode


def _refuse_lone_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        code = ord(error.object[error.start])
        raise Refused(Reason.lone_surrogate, f"a string holds \\u{code:04x} without its other half") from None
