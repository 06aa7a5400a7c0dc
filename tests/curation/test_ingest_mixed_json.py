"""JSON as people leave it: objects on one line and over several in one file, commas behind the last."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from entropy_assets.curation.ingest import read_file, streams
from entropy_assets.curation.ingest.objects import parse_object
from entropy_assets.curation.ingest.reasons import Refused


def texts_of(folder: Path, data: bytes, name: str = "a.jsonl") -> tuple[list[str], list[bytes]]:
    """The texts of the records in these bytes, and what became none."""
    (folder / name).write_bytes(data)
    found = read_file(folder / name, drop="d")
    return found.records["text"].to_list(), found.quarantined["raw"].to_list()


@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
@pytest.mark.parametrize(
    "data",
    [
        b'{"text": "a"}\n{"text": "b"}\n{\n  "text": "c"\n}\n{\n  "text": "d"\n}\n',
        b'{"text": "a"}\n{\n  "text": "b"\n}\n{"text": "c"}\n{"text": "d"}',
        b'{"text": "a"}\n{\n"text": "b"\n}\n{\n"text": "c"\n}\n{"text": "d"}',
        b'{"text": "a"}\r\n{\r\n  "text": "b"\r\n}\r\n{"text": "c"}\r\n{"text": "d"}\r\n',
        b'{"text": "a"}\n{"n": 1,\n "text": "b"}\n{"n": [1,\n 2], "text": "c"}\n{"text":\n"d"}\n',
        b'{"text": "a"}\n{"text": "b"} {"text": "c"} {\n  "text": "d"\n}\n',
        b'{"text": "a"} {\n  "text": "b"\n}\n{"text": "c"}{"text": "d"}\n',
        b'{"text": "a"},\n{"text": "b"},\n{\n\n\n  "text": "c"\n},\n{\n  "text": "d",\n},\n',
        b'[{"text": "a"}]\n{"text": "b"}\n{\n\t"text": "c"\n}\n{"text": "d"}\n',
        b'{"text": "a"}\n{"deep": [\n  {\n"text": "n"\n }\n ],\n "text": "b"}\n{"text": "c"}\n{"text": "d"}',
        b'{"text": "a"}\n{"deep": [\n  {"text": "no row"}\n ],\n "text": "b"}\n{"text": "c"}\n{"text": "d"}',
    ],
)
def test_objects_over_several_lines_may_follow_others(tmp_path: Path, name: str, data: bytes) -> None:
    assert texts_of(tmp_path, data, name) == (["a", "b", "c", "d"], [])


@pytest.mark.parametrize(
    "cut",
    [b'{"text": "x', b'{"text":', b'{"text": "x",', b'{"turns": [', b"{", b"[", b'{"text": "x"} {', b"{]"],
)
def test_a_line_that_was_cut_costs_no_row_below_it(tmp_path: Path, cut: bytes) -> None:
    data = b'{"text": "a"}\n' + cut + b'\n{"text": "b"}\n{"text": "c"}\n'
    assert texts_of(tmp_path, data) == (["a", "b", "c"], [cut])


def test_a_cut_object_over_several_lines_costs_no_row_below_it(tmp_path: Path) -> None:
    data = b'{"text": "a"}\n{\n  "text": "x",\n  "n":\n{"text": "b"}\n{\n  "text": "c"\n}\n'
    texts, refused = texts_of(tmp_path, data)
    assert texts == ["a", "b", "c"]
    assert b"".join(refused).startswith(b'{\n  "text": "x"')


def test_an_object_at_the_end_that_never_closes_is_one_refused_row(tmp_path: Path) -> None:
    assert texts_of(tmp_path, b'{"text": "a"}\n{\n') == (["a"], [b"{"])
    assert texts_of(tmp_path, b'{"text": "a"}\n{\n  "text": "b"') == (["a"], [b'{\n  "text": "b"'])
    assert texts_of(tmp_path, b'{"text": "a"}\n{\n\n\n') == (["a"], [b"{"])


FORMS = st.sampled_from([{}, {"indent": 0}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}])
VALUES = st.recursive(
    st.none() | st.integers() | st.text('a{}[],:"\\\n é', max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab,{", max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data(), st.lists(st.tuples(VALUES, FORMS), min_size=1, max_size=8), st.integers(1, 40))
def test_every_mix_of_forms_is_read_whole(
    tmp_path: Path, data: st.DataObject, rows: list[tuple[object, dict[str, object]]], n_bytes: int
) -> None:
    """In pieces of any size: what is decided may not depend on where a piece of the file ends."""
    ends = st.sampled_from(["\n", ",\n", "\n\n", "\r\n"])
    lines = [
        json.dumps({"text": f"row {place}", "n": value}, **form) + data.draw(ends)
        for place, (value, form) in enumerate(rows)
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "_READ_BYTES", n_bytes)
        patch.setattr(streams, "_GATHERED_BYTES", n_bytes)
        found = texts_of(tmp_path, "".join(lines).encode())
    assert found == ([f"row {place}" for place in range(len(rows))], [])


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b'{"a": 1,}', {"a": 1}),
        (b'{"a": "x" , }', {"a": "x"}),
        (b'{"a": [1, [2,], {"b": null,},],\n}', {"a": [1, [2], {"b": None}]}),
        (b'{"a": ",}", "b": ["\\",]",],}', {"a": ",}", "b": ['",]']}),
        (b'{"a": {},}', {"a": {}}),
    ],
)
def test_a_comma_behind_the_last_of_an_object_or_array_is_no_fault(raw: bytes, value: object) -> None:
    assert parse_object(raw) == value


@pytest.mark.parametrize(
    "raw", [b"{,}", b'{"a": [,]}', b'{"a": [1,,]}', b'{"a":,}', b'{"a": 1,,}', b'{"a",}']
)
def test_other_commas_are(raw: bytes) -> None:
    with pytest.raises(Refused, match="at character"):
        parse_object(raw)


def test_a_key_named_twice_is_refused_with_such_a_comma_too() -> None:
    with pytest.raises(Refused, match="occurs 2 times"):
        parse_object(b'{"a": 1, "a": 2,}')


@pytest.mark.parametrize(
    "data",
    [
        b'[{"text": "a",}, {"text": "b"},]',
        b'[\n  {\n    "text": "a",\n  },\n  {\n    "text": "b",\n  },\n]\n',
        b'{"text": "a",}\n{"text": "b", "tags": ["x",],}\n',
        b'{\n  "text": "a",\n}\n{\n  "text": "b",\n}\n',
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.jsonl"])
def test_rows_with_a_comma_behind_the_last_are_read(tmp_path: Path, name: str, data: bytes) -> None:
    assert texts_of(tmp_path, data, name) == (["a", "b"], [])
