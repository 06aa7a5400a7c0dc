"""Both parsers of a row give one value or one refusal, and the fast one is taken where it may be."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entropy_assets.curation.ingest.objects import parse_fast, parse_object, parse_strictly
from entropy_assets.curation.ingest.reasons import Fault, Refused
from entropy_assets.curation.ingest.structure import MAX_DEPTH


def outcome(parse, raw: bytes) -> tuple[str | None, Fault | None]:
    """Return the value with the types of its numbers, or the refusal."""
    try:
        return repr(parse(raw, MAX_DEPTH)), None
    except Refused as refused:
        return None, refused.fault


def json_of(strings: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    numbers = st.integers() | st.integers(-(2**70), 2**70) | st.floats()
    return st.recursive(
        st.none() | st.booleans() | numbers | strings,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=4),
        max_leaves=10,
    )


telling = st.text(st.sampled_from(list('"\\:{}[], \t\na\ud83d\ude00é\x00\x7f')), max_size=6)
objects = st.dictionaries(telling | st.text(max_size=5), json_of(telling | st.text(max_size=5)), max_size=4)
styles = st.sampled_from([(",", ":"), (", ", ": "), (",", " : "), (" ,\n", "\t:\r\n")])


def encoded(value: object, style: tuple[str, str], ascii_only: bool) -> bytes:
    return json.dumps(value, separators=style, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


@example({"a": {"b": 10**25, "c": -0.0, "d": 1e22}}, (",", ":"), True)
@example({"a": -(10**19)}, (",", ":"), True)
@example({"a": math.nan, "b": [math.inf]}, (",", ":"), True)
@given(objects, styles, st.booleans())
def test_any_object(value: dict, style: tuple[str, str], ascii_only: bool) -> None:
    raw = encoded(value, style, ascii_only)
    assert outcome(parse_object, raw) == outcome(parse_strictly, raw)


@given(objects, styles, st.booleans(), st.integers(0, 10_000), st.integers(0, 3), st.binary(max_size=2))
def test_any_damage(
    value: dict, style: tuple[str, str], ascii_only: bool, place: int, n_cut: int, new: bytes
) -> None:
    raw = encoded(value, style, ascii_only)
    place = place * len(raw) // 10_000
    raw = raw[:place] + new + raw[place + n_cut :]
    assert outcome(parse_object, raw) == outcome(parse_strictly, raw)


@given(
    st.lists(st.sampled_from([*'{}[]":,\\ u1', '"a"', '{"', '":', "\ud83d", "12e-3", "null"]), max_size=30)
)
def test_any_structure(parts: list[str]) -> None:
    raw = "".join(parts).encode("utf-8", "surrogatepass")
    assert outcome(parse_object, raw) == outcome(parse_strictly, raw)


@given(st.lists(st.tuples(telling, json_of(telling)), max_size=4), styles, st.data())
def test_a_key_that_is_there_twice(pairs: list, style: tuple[str, str], data: st.DataObject) -> None:
    pairs.append(("again", 1))
    pairs.insert(data.draw(st.integers(0, len(pairs))), ("again", data.draw(json_of(telling))))
    spaced = data.draw(st.lists(styles, min_size=len(pairs), max_size=len(pairs)))
    inner = ",".join(
        json.dumps(key) + colon + json.dumps(item, separators=style)
        for (key, item), (_, colon) in zip(pairs, spaced, strict=True)
    )
    raw = (
        data.draw(st.sampled_from(["{%s}", '{"x": {%s}}', '{"y": [1, {%s}]}'])).replace("%s", inner).encode()
    )
    refusal = outcome(parse_object, raw)
    assert refusal == outcome(parse_strictly, raw)
    assert refusal[1] is not None


@pytest.mark.parametrize(
    ("raw", "is_fast"),
    [
        (b'{"text": "a"}', True),
        (b'{"text": "so: \\"yes\\": a"}', True),
        (b'{"text" : "a", "b"\t: [{"c": 1}]}', True),
        (b'{"a": 0.5, "b": 18446744073709551615}', True),
        (b'{"a": 0.5, "b": 18446744073709551616}', False),
        (b'{"a": -9223372036854775809}', False),
        (b'{"a": 0.1234567890123456789012345}', True),
        (b'{"a": [1e18, -8.9e18]}', True),
        (b'{"a": {"b": "c", "d": {"e": 1, "e": 1}}}', False),
        (b'{"a": 18446744073709551615}', True),
        (b'{"a": 18446744073709551616}', False),
        (b'{"a": 1e400}', False),
        (b'{"a": NaN}', False),
        (b'{"a": "\\ud83d\\ude00"}', True),
        (b'{"a": "\\ud83d"}', False),
        (b'{"a": 1, "a": 2}', False),
        (b'{"a": 1, "a" : 2}', False),
        (b'{"a": "x\\":", "a": 2}', False),
        (b'{"a": "\\\\", "a\\\\": "\\":"}', False),
        (b'{"a": {"b": 1, "b": 2}}', False),
        (b'{"a": ' + b"[" * 250 + b"]" * 250 + b"}", False),
        (b"[1]", False),
        (b'{"a": "\xff"}', False),
    ],
)
def test_the_fast_parser_is_sure_or_silent(raw: bytes, is_fast: bool) -> None:
    assert (parse_fast(raw, MAX_DEPTH) is not None) == is_fast
    assert outcome(parse_object, raw) == outcome(parse_strictly, raw)
