"""Layouts, places, formats and whole-file problems of `ingest`, by small files written here."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from entropy_assets import records
from entropy_assets.curation.ingest import (
    QUARANTINE_SCHEMA,
    REASONS,
    Ingested,
    Reason,
    iter_drop,
    read_drop,
    read_file,
)
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter
from tests.bare import bare_rows, bare_turns


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def read_bytes(folder: Path, data: bytes, name: str = "data.jsonl") -> Ingested:
    path = folder / name
    path.write_bytes(data)
    return read_file(path, drop="d")


def read_row(folder: Path, row: dict[str, Any]) -> dict[str, Any]:
    """Return the one record that `row` becomes, with its metadata parsed."""
    found = read_bytes(folder, json.dumps(row).encode() + b"\n")
    assert found.quarantined.is_empty(), found.quarantined.rows(named=True)
    (record,) = bare_rows(found.records)
    record["metadata"] = json.loads(record["metadata"]) if record["metadata"] else None
    return record


def refused(folder: Path, data: bytes | dict[str, Any]) -> str:
    """Return the reason for which one row is in quarantine."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    found = read_bytes(folder, raw + b"\n")
    assert found.records.is_empty()
    (entry,) = found.quarantined.rows(named=True)
    assert entry["raw"] == raw
    assert entry["detail"]
    return str(entry["reason"])


USER, ASSISTANT = turn("user", "Hi"), turn("assistant", "Hello")


@pytest.mark.parametrize(
    ("row", "messages", "metadata"),
    [
        (
            {"instruction": "Add.", "input": "2", "output": "3"},
            [("user", "Add.\n2"), ("assistant", "3")],
            None,
        ),
        (
            {"instruction": "Add.", "input": " ", "response": "3"},
            [("user", "Add."), ("assistant", "3")],
            None,
        ),
        ({"instruction": "", "input": "2", "output": "3"}, [("user", "2"), ("assistant", "3")], None),
        (
            {"instruction": "c", "output": "d", "history": [["a", "b"]], "system": "s"},
            [("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")],
            None,
        ),
        (
            {
                "conversations": [{"from": "human", "value": "a"}, {"from": "bard", "value": "b"}],
                "system": "s",
                "tools": "[]",
            },
            [("system", "s"), ("user", "a"), ("assistant", "b")],
            {"tools": "[]"},
        ),
        (
            {
                "conversations": [
                    {"from": "User", "value": "a"},
                    {"from": "function_call", "value": "{}"},
                    {"from": "function_response", "value": "b"},
                    {"from": "chatgpt", "value": "c"},
                ]
            },
            [("user", "a"), ("assistant", "", "{}"), ("tool", "b"), ("assistant", "c")],
            None,
        ),
        (
            {
                "messages": [
                    {**USER, "tag": 0.0},
                    {
                        "role": "assistant",
                        "content": [{"type": "text", "text": "a"}, {"type": "text", "value": "b"}],
                    },
                ]
            },
            [("user", "Hi"), ("assistant", "ab")],
            {"message_fields": {"messages.0": {"tag": 0.0}}},
        ),
        (
            {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": [{"id": "é"}]}]},
            [("user", "Hi"), ("assistant", "", '[{"id": "é"}]')],
            None,
        ),
        (
            {"prompt": "a ", "completion": " b", "label": False},
            [("user", "a "), ("assistant", " b")],
            None,
        ),
        (
            {"prompt": [USER], "completion": [ASSISTANT], "kto_tag": True},
            [("user", "Hi"), ("assistant", "Hello")],
            None,
        ),
        (
            {"text": None, "messages": [USER, ASSISTANT]},
            [("user", "Hi"), ("assistant", "Hello")],
            {"text": None},
        ),
        ({"messages": [USER]}, [("user", "Hi")], {"odd_role_order": True}),
        (
            {"messages": [ASSISTANT], "odd_role_order": "mine"},
            [("assistant", "Hello")],
            {"odd_role_order": "mine", "_odd_role_order": True},
        ),
    ],
)
def test_chat_layouts(tmp_path: Path, row: dict, messages: list, metadata: Any) -> None:
    record = read_row(tmp_path, row)
    assert record["kind"] == "chat"
    assert [tuple(found.values()) for found in record["messages"]] == messages
    assert record["metadata"] == metadata
    assert all(record[field] is None for field in ("text", "prompt", "chosen", "rejected"))


PREFERENCE = ([turn("user", "Q")], [turn("assistant", "A")], [turn("assistant", "B")])


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"prompt": "Q", "chosen": "A", "rejected": "B"}, PREFERENCE),
        ({"prompt": [turn("user", "Q")], "chosen": [turn("assistant", "A")], "rejected": "B"}, PREFERENCE),
        (
            {
                "prompt": "Q",
                "chosen": [turn("user", "Q"), turn("assistant", "A")],
                "rejected": [turn("user", "Q"), turn("assistant", "B")],
            },
            PREFERENCE,
        ),
        (
            {
                "chosen": [turn("user", "Q"), turn("assistant", "A")],
                "rejected": [turn("user", "Q"), turn("assistant", "B")],
            },
            PREFERENCE,
        ),
        (
            {
                "chosen_messages": [turn("user", "Q"), turn("assistant", "A")],
                "rejected_messages": [turn("user", "Q"), turn("assistant", "B")],
            },
            PREFERENCE,
        ),
        ({"conversations": [{"from": "human", "value": "Q"}], "chosen": "A", "rejected": "B"}, PREFERENCE),
        (
            {
                "conversations": [{"from": "human", "value": "Q"}],
                "chosen": {"from": "gpt", "value": "A"},
                "rejected": {"from": "gpt", "value": "B"},
            },
            PREFERENCE,
        ),
        ({"instruction": "Q", "input": "", "chosen": "A", "rejected": "B"}, PREFERENCE),
        (
            {"instruction": "Q", "input": "x", "system": "s", "chosen": "A", "rejected": "B"},
            ([turn("system", "s"), turn("user", "Q\nx")], *PREFERENCE[1:]),
        ),
    ],
)
def test_preference_layouts(tmp_path: Path, row: dict, expected: tuple) -> None:
    record = read_row(tmp_path, row)
    assert record["kind"] == "preference"
    assert (record["prompt"], record["chosen"], record["rejected"]) == expected
    assert record["metadata"] is None


ALPACA_TEXT = "Below is an instruction.\n\n### Instruction:\nAdd.\n\n### Input:\n2\n\n### Response:\n3"


@pytest.mark.parametrize(
    ("row", "kind", "beside"),
    [
        ({"instruction": "Add.", "input": "2", "output": "3", "text": ALPACA_TEXT}, "chat", ["text"]),
        ({"messages": [USER, ASSISTANT], "text": "<user>Hi<bot>Hello"}, "chat", ["text"]),
        ({"messages": [USER, ASSISTANT], "text": " "}, "chat", ["text"]),
        ({"prompt": "Hi", "completion": "Hello", "messages": [USER, ASSISTANT]}, "chat", ["completion"]),
        ({"instruction": "a", "output": "b", "response": "b"}, "chat", ["response"]),
        ({"prompt": "Q", "chosen": "A", "rejected": "B", "text": "Q A"}, "preference", ["text"]),
        ({"instruction": "Q", "output": "A", "chosen": "A", "rejected": "B"}, "preference", ["output"]),
        ({"messages": [turn("user", "Q")], "chosen": "A", "rejected": "B"}, "preference", []),
        (
            {"messages": [turn("user", "Q"), turn("assistant", "A")], "chosen": "A", "rejected": "B"},
            "preference",
            [],
        ),
        (
            {
                "prompt": "Q",
                "messages": [turn("user", "Q"), turn("assistant", "A")],
                "chosen": [turn("user", "Q"), turn("assistant", "A")],
                "rejected": [turn("user", "Q"), turn("assistant", "B")],
            },
            "preference",
            ["prompt"],
        ),
    ],
)
def test_a_field_that_repeats_the_others_is_metadata(
    tmp_path: Path, row: dict, kind: str, beside: list
) -> None:
    record = read_row(tmp_path, row)
    assert record["kind"] == kind
    if kind == "preference":
        assert (record["prompt"], record["chosen"], record["rejected"]) == PREFERENCE
    assert set(beside) <= set(record["metadata"] or {})
    assert all(record["metadata"][key] == row[key] for key in beside)


def test_equal_content_has_one_identity_in_every_layout(tmp_path: Path) -> None:
    rows = [
        {"prompt": "Hi", "completion": "Hello", "id": 1},
        {"instruction": "Hi", "output": "Hello", "source": "x"},
        {"messages": [USER, ASSISTANT]},
    ]
    ids = {read_row(tmp_path, row)["id"] for row in rows}
    assert ids == {records.content_id({"kind": "chat", "messages": [USER, ASSISTANT]})}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": " \n\u2003"}, Reason.empty_text),
        ({"text": 5}, Reason.not_a_string),
        ({}, Reason.no_known_layout),
        ({"instruction": "a"}, Reason.no_known_layout),
        ({"instruction": "a", "output": "b", "response": "c"}, Reason.ambiguous_layout),
        ({"instruction": "a", "output": "b", "chosen": "c", "rejected": "d"}, Reason.ambiguous_layout),
        ({"text": "a", "prompt": "b", "completion": "c"}, Reason.ambiguous_layout),
        ({"text": "c then b", "prompt": "b", "completion": "c"}, Reason.ambiguous_layout),
        ({"text": "a", "messages": []}, Reason.ambiguous_layout),
        ({"messages": [USER, ASSISTANT], "prompt": "b", "completion": "c"}, Reason.ambiguous_layout),
        ({"messages": [USER], "prompt": "b", "chosen": "c", "rejected": "d"}, Reason.ambiguous_layout),
        ({"instruction": "a", "input": 3, "output": "b"}, Reason.not_a_string),
        ({"instruction": None, "output": "b"}, Reason.not_a_string),
        ({"instruction": "a", "output": None}, Reason.not_a_string),
        ({"instruction": " ", "output": "b"}, Reason.empty_turn),
        ({"instruction": "a", "output": "b", "history": 3}, Reason.no_known_layout),
        ({"instruction": "a", "output": "b", "history": ["ab"]}, Reason.no_known_layout),
        ({"instruction": "a", "output": "b", "history": [["a", 2]]}, Reason.not_a_string),
        ({"instruction": "a", "output": "b", "system": 2}, Reason.not_a_string),
        ({"messages": []}, Reason.empty_text),
        ({"messages": "[]"}, Reason.no_known_layout),
        ({"messages": 3}, Reason.not_a_string),
        ({"messages": ["Hi"]}, Reason.no_known_layout),
        ({"messages": [{"content": "Hi"}]}, Reason.no_known_layout),
        ({"messages": [{"role": "user"}]}, Reason.no_known_layout),
        ({"messages": [{"role": "user", "from": "human", "content": "Hi"}]}, Reason.ambiguous_layout),
        ({"messages": [{"role": None, "content": "Hi"}]}, Reason.unknown_role),
        ({"messages": [{"role": "user", "content": 3}]}, Reason.not_a_string),
        ({"messages": [{"role": "user", "content": None, "tool_calls": [1]}]}, Reason.not_a_string),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, Reason.no_known_layout),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": 3}]}]}, Reason.not_a_string),
        ({"messages": [{"role": "user", "content": []}]}, Reason.empty_turn),
        ({"chosen": "a", "rejected": "b"}, Reason.no_known_layout),
        ({"prompt": "", "chosen": "a", "rejected": "b"}, Reason.empty_turn),
        ({"prompt": "a", "chosen": "b", "rejected": "b"}, Reason.equal_answers),
        ({"chosen": [USER, ASSISTANT], "rejected": [USER, ASSISTANT]}, Reason.equal_answers),
    ],
)
def test_refused_objects(tmp_path: Path, row: dict, reason: Reason) -> None:
    assert refused(tmp_path, row) == reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"text": "a\xff"}', Reason.invalid_utf8),
        (b'{"text": "a"', Reason.invalid_json),
        (b'{"text": "a"} "b"', Reason.invalid_json),
        (b'{"text": "tab\there"}', Reason.invalid_json),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", Reason.invalid_json),
        (b'{"text": "a", "n": ' + b"[" * 5000 + b"]" * 5000 + b"}", Reason.nested_too_deep),
        (b"null", Reason.not_an_object),
        (b'{"text": "a", "n": {"k": 1, "k": 2}}', Reason.duplicate_key),
        (b'{"text": "a", "n": ["\\udc00"]}', Reason.lone_surrogate),
        (b'{"text": "a", "\\uD800": 1}', Reason.lone_surrogate),
        (b'{"text": "a", "\\uD800": 1, "\\uD800": 1}', Reason.duplicate_key),
    ],
)
def test_refused_bytes(tmp_path: Path, raw: bytes, reason: Reason) -> None:
    assert refused(tmp_path, raw) == reason


def test_a_surrogate_pair_and_many_brackets_in_a_string_are_kept(tmp_path: Path) -> None:
    text = "\U0001f600" + "[{" * 500
    assert read_row(tmp_path, {"text": text})["text"] == text


def test_the_users_own_fields_keep_their_place(tmp_path: Path) -> None:
    first = read_row(tmp_path, {"text": "a", "uid": 17, "domain": "law", "lang": "de", "b": 1, "a": "ü"})
    assert (first["row_id"], first["source"], first["language"]) == ("17", "law", "de")
    assert first["metadata"] == {"a": "ü", "b": 1}
    second = read_row(tmp_path, {"text": "a", "id": None, "row_id": "r", "source": " ", "language": 3})
    assert (second["row_id"], second["source"], second["language"]) == ("r", "data", None)
    assert second["metadata"] == {"id": None, "language": 3, "source": " "}


@pytest.mark.parametrize(
    ("row", "places"),
    [
        (
            {"system": "s", "conversations": [{"from": "human", "value": "a", "n": 1}]},
            {"messages.1": {"n": 1}},
        ),
        (
            {"prompt": [USER, {**ASSISTANT, "n": 1}, USER], "completion": {**ASSISTANT, "n": 3}},
            {"messages.1": {"n": 1}, "messages.3": {"n": 3}},
        ),
        (
            {"conversations": [USER, {**USER, "n": 1}], "chosen": {**ASSISTANT, "n": 2}, "rejected": "B"},
            {"prompt.1": {"n": 1}, "chosen.0": {"n": 2}},
        ),
        (
            {
                "chosen_messages": [{**USER, "n": 0}, {**ASSISTANT, "n": 1}],
                "rejected_messages": [{**USER, "n": 0}, {**turn("assistant", "No"), "n": 2}],
            },
            {"prompt.0": {"n": 0}, "chosen.0": {"n": 1}, "rejected.0": {"n": 2}},
        ),
        (
            {
                "system": "s",
                "prompt": [{**USER, "n": 0}],
                "chosen": [{**USER, "n": 1}, ASSISTANT],
                "rejected": [{**USER, "n": 0}, {**turn("assistant", "No"), "n": 2}],
            },
            {"prompt.1": {"n": 0}, "prompt.1.chosen": {"n": 1}, "rejected.0": {"n": 2}},
        ),
        (
            {"chosen": [USER, ASSISTANT], "rejected": [{**USER, "n": 1}, turn("assistant", "No")]},
            {"prompt.0.rejected": {"n": 1}},
        ),
    ],
)
def test_what_a_turn_carried_stands_under_the_records_own_turn(
    tmp_path: Path, row: dict, places: dict
) -> None:
    assert read_row(tmp_path, row)["metadata"]["message_fields"] == places


@pytest.mark.parametrize(
    ("name", "source"),
    [("law.de.jsonl", "law.de"), ("LAW.JSONL", "LAW"), (".jsonl.jsonl", ".jsonl"), ("a.json", "a")],
)
def test_the_source_of_a_row_that_names_none_is_the_files_stem(
    tmp_path: Path, name: str, source: str
) -> None:
    assert read_bytes(tmp_path, b'{"text": "a"}', name).records["source"].to_list() == [source]


def test_lines_are_cut_at_line_feeds_alone(tmp_path: Path) -> None:
    data = '\ufeff{"text": "a\u2028b\u0085c"}\r\n\r\n  \n{"text": "d"}  \n{"text": "e"}'.encode()
    found = read_bytes(tmp_path, data)
    assert found.records["text"].to_list() == ["a\u2028b\u0085c", "d", "e"]
    assert found.records["line"].to_list() == [1, 4, 5]
    assert (found.rows_in, found.blank_lines, found.complete) == (3, 2, True)


def test_quarantine_names_the_place_and_keeps_the_bytes(tmp_path: Path) -> None:
    found = read_bytes(tmp_path, b'\xef\xbb\xbf\n{"text": "ok"}\nbad\r\n')
    assert found.quarantined.schema == QUARANTINE_SCHEMA
    (entry,) = found.quarantined.rows(named=True)
    assert (entry["drop"], entry["file"], entry["line"], entry["byte_offset"]) == ("d", "data.jsonl", 3, 19)
    assert entry["raw"] == b"bad"


def test_raw_bytes_are_capped_and_the_detail_says_so(tmp_path: Path) -> None:
    (entry,) = read_bytes(tmp_path, b"x" * 70_000).quarantined.rows(named=True)
    assert entry["raw"] == b"x" * 65_536
    assert "the first 65536 of 70000 bytes" in entry["detail"]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\n\n \n", b"[]", b"[\n]\n", b" "])
@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.ndjson"])
def test_nothing_to_read_is_no_error(tmp_path: Path, data: bytes, name: str) -> None:
    found = read_bytes(tmp_path, data, name)
    assert (found.rows_in, found.complete) == (0, True)
    assert found.records.schema == records.SCHEMA
    assert found.blank_lines == (1 if data == b" " else 3 if data == b"\n\n \n" else 0)


def texts(found: Ingested) -> list[str]:
    return found.records["text"].to_list()


@pytest.mark.parametrize("indent", [None, 0, 1, 2, "\t"])
@pytest.mark.parametrize(
    "bad", ['{"id": 1, "text": "a}', '{"id": 1, "text": "a"', '{"id": 1, "text": ]}', "}"]
)
def test_a_bad_element_of_an_array_stays_alone(tmp_path: Path, indent: Any, bad: str) -> None:
    rows = [{"id": n, "text": f"row {n}", "meta": {"id": [{"id": 1}]}} for n in range(5)]
    data = json.dumps(rows, indent=indent)
    broken = json.dumps(rows[2], indent=indent)
    if indent:
        margin = indent if isinstance(indent, str) else " " * indent
        broken = broken.replace("\n", "\n" + margin)
    assert broken in data
    found = read_bytes(tmp_path, data.replace(broken, bad).encode(), "a.json")
    assert texts(found) == [f"row {n}" for n in (0, 1, 3, 4)]
    assert found.quarantined["reason"].to_list() == [Reason.invalid_json]
    assert found.quarantined["byte_offset"].to_list() == [data.index(broken)]
    assert found.quarantined["line"].to_list() == [3]
    assert found.complete


@pytest.mark.parametrize(
    ("data", "kept", "reasons", "complete"),
    [
        (b'[{"text": "a"}, 1, null, "s", [2], {"text": "b"}]', ["a", "b"], ["not_an_object"] * 4, True),
        (b'[{"text": "a"},, {"text": "b"},]\n', ["a", "b"], [], True),
        (b'[{"text": "a"} {"text": "b"}]', ["a", "b"], [], True),
        (b'[{"text": "a"}, {"text": "b"', ["a"], ["truncated_stream"], False),
        (b'[{"text": "a"}, ', ["a"], ["truncated_stream"], False),
        (b'[{"text": "a"}', ["a"], ["truncated_stream"], False),
        (b"[", [], ["truncated_stream"], False),
        (b'["a", "b"]\n{"text": "c"}\nx\n', ["c"], ["not_an_object", "not_an_object", "invalid_json"], True),
        (b'[{"text": "a"}], {"text": "b"}]', ["a", "b"], [], True),
        (b'["text": "a"}\n{"text": "b"}\n', ["b"], ["invalid_json", "truncated_stream"], False),
        (b'["x\n{"text": "b"}\n]', ["b"], ["invalid_json"], True),
        (b'["x', [], ["truncated_stream"], False),
        (b'[{"text": "\xff]"}, {"text": "b"}]', ["b"], ["invalid_utf8"], True),
    ],
)
def test_arrays(tmp_path: Path, data: bytes, kept: list, reasons: list, complete: bool) -> None:
    found = read_bytes(tmp_path, data)
    assert texts(found) == kept
    assert found.quarantined["reason"].to_list() == reasons
    assert found.complete is complete


def test_places_in_an_array_larger_than_the_window(tmp_path: Path) -> None:
    rows = [{"text": f"{n} " + "x" * 3000} for n in range(1500)]
    rows[700] = {"body": "y" * 3_000_000}
    data = json.dumps(rows).encode()
    found = read_bytes(tmp_path, gzip.compress(data, 1), "a.json.gz")
    assert texts(found) == [row["text"] for row in rows if "text" in row]
    (entry,) = found.quarantined.rows(named=True)
    assert entry["byte_offset"] == data.index(b'{"body')
    assert entry["line"] == 701


def test_a_json_file_may_be_one_object_over_several_lines(tmp_path: Path) -> None:
    data = json.dumps({"text": "a", "n": [1, {}]}, indent=2).encode()
    found = read_bytes(tmp_path, b"\n" + data + b"\n\n", "a.json")
    assert (texts(found), found.rows_in, found.blank_lines) == (["a"], 1, 0)
    lines = read_bytes(tmp_path, b'{"text": "a\n{"text": "b"}\n', "b.json")
    assert (texts(lines), lines.rows_in) == (["b"], 2)


PACK = {".gz": gzip.compress, ".zst": zstandard.ZstdCompressor(write_checksum=True).compress}
LINES = b"".join(b'{"text": "row %d of some"}\n' % n for n in range(2000))


@pytest.mark.parametrize("suffix", PACK)
def test_compressed_files(tmp_path: Path, suffix: str) -> None:
    pack = PACK[suffix]
    found = read_bytes(tmp_path, pack(LINES) + pack(LINES), f"a.jsonl{suffix}")
    assert (found.records.height, found.quarantined.height, found.complete) == (4000, 0, True)
    assert found.records["line"].to_list() == list(range(1, 4001))


@pytest.mark.parametrize("suffix", PACK)
@pytest.mark.parametrize("size", [0, 3, 400, -1])
def test_a_cut_stream_keeps_its_whole_rows(tmp_path: Path, suffix: str, size: int) -> None:
    found = read_bytes(tmp_path, PACK[suffix](LINES)[:size], f"a.jsonl{suffix}")
    kept = found.records.height
    assert texts(found) == [f"row {n} of some" for n in range(kept)]
    (entry,) = found.quarantined.rows(named=True)
    assert entry["reason"] == Reason.truncated_stream
    assert LINES[entry["byte_offset"] :].startswith(entry["raw"])
    assert not found.complete
    if size == -1:
        assert kept == 2000


@pytest.mark.parametrize("suffix", PACK)
def test_a_damaged_stream_is_one_entry(tmp_path: Path, suffix: str) -> None:
    data = bytearray(PACK[suffix](os.urandom(300_000).hex().encode()))
    data[200_000:200_100] = b"\xff" * 100
    for raw in (bytes(data), b"plain text"):
        found = read_bytes(tmp_path, raw, f"a.jsonl{suffix}")
        assert found.quarantined["reason"].to_list() == [Reason.unreadable_file]
        assert not found.complete


def test_a_cut_array_is_one_entry(tmp_path: Path) -> None:
    rows = json.dumps([{"text": f"row {n}"} for n in range(2000)]).encode()
    found = read_bytes(tmp_path, gzip.compress(rows)[:-2000], "a.json.gz")
    assert texts(found) == [f"row {n}" for n in range(found.records.height)]
    assert 0 < found.records.height < 2000
    assert found.quarantined["reason"].to_list() == [Reason.truncated_stream]


def test_parquet_rows_of_two_layouts(tmp_path: Path) -> None:
    rows = [
        {"text": "a", "messages": None, "n": 1, "day": None},
        {
            "text": None,
            "messages": [{**USER, "name": None}, {**ASSISTANT, "name": "x"}],
            "n": None,
            "day": None,
        },
        {"text": None, "messages": None, "n": 3, "day": None},
    ]
    path = tmp_path / "a.parquet"
    frame = pl.DataFrame(rows).with_columns(day=pl.date(2026, 1, 2), blob=pl.lit(b"\xff"))
    frame.write_parquet(path)
    found = read_file(path, drop="d")
    assert found.records["kind"].to_list() == ["text", "chat"]
    assert bare_turns(found.records["messages"].to_list())[1] == [USER, ASSISTANT]
    assert json.loads(found.records["metadata"][1]) == {
        "blob": "/w==",
        "day": "2026-01-02",
        "message_fields": {"messages.1": {"name": "x"}},
    }
    (entry,) = found.quarantined.rows(named=True)
    assert (entry["line"], entry["byte_offset"], entry["reason"]) == (3, None, Reason.no_known_layout)
    assert json.loads(entry["raw"])["n"] == 3
    path.write_bytes(path.read_bytes()[:-9])
    assert read_file(path, drop="d").quarantined["reason"].to_list() == [Reason.unreadable_file]


def test_a_drop_is_read_in_the_order_of_its_paths(tmp_path: Path) -> None:
    def put(name: str, data: bytes) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    put("b/z.jsonl", b'{"text": "2"}\n')
    put("b.jsonl", b'{"text": "1"}\n\n')
    put("c.jsonl.gz", gzip.compress(b'{"text": "3"}\n'))
    put("notes.xlsx", b"a,b\n")
    put("lfs.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    put("_SUCCESS", b"")
    put(".hidden.jsonl", b"x")
    put(".git/config.jsonl", b"x")
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "b.jsonl")
    (tmp_path / "tree").symlink_to(tmp_path / "b")
    os.mkfifo(tmp_path / "pipe.jsonl")
    found = read_drop(tmp_path, "d")
    assert found.records.select("text", "file").rows() == [
        ("1", "b.jsonl"),
        ("2", "b/z.jsonl"),
        ("3", "c.jsonl.gz"),
    ]
    assert dict(found.quarantined.select("file", "reason").rows()) == {
        "lfs.parquet": Reason.git_lfs_pointer,
        "link.jsonl": Reason.unsupported_file,
        "notes.xlsx": Reason.unsupported_file,
        "pipe.jsonl": Reason.unsupported_file,
        "tree": Reason.unsupported_file,
    }
    assert (found.rows_in, found.blank_lines, found.complete) == (8, 1, False)


def test_a_file_name_need_not_be_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.jsonl")).write_bytes(b'{"text": "a"}')
    assert read_drop(tmp_path, "d").records["file"].to_list() == ["\\xff.jsonl"]


def test_a_file_that_is_not_there_is_an_entry(tmp_path: Path) -> None:
    found = read_file(tmp_path / "gone.jsonl", drop="d")
    assert (found.quarantined["reason"].to_list(), found.complete) == ([Reason.unreadable_file], False)


def test_batches_are_cut_by_rows_over_files(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_bytes(b'{"text": "x"}\nbad\n\n{"text": "y"}\n')
    batches = list(iter_drop(tmp_path, "d", batch_rows=4))
    assert [batch.rows_in for batch in batches] == [4, 4, 1]
    assert sum(batch.blank_lines for batch in batches) == 3
    whole = read_drop(tmp_path, "d")
    assert pl.concat([batch.records for batch in batches]).equals(whole.records)
    assert pl.concat([batch.quarantined for batch in batches]).equals(whole.quarantined)


def test_an_empty_drop_is_one_empty_batch(tmp_path: Path) -> None:
    (batch,) = iter_drop(tmp_path, "d")
    assert (batch.rows_in, batch.complete) == (0, True)


def test_arguments(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has no folder"):
        read_drop(tmp_path / "gone", "d")
    with pytest.raises(InvalidParameter, match="1 or more, got 0"):
        next(iter_drop(tmp_path, "d", batch_rows=0))


def test_a_lost_row_is_an_error() -> None:
    empty = pl.DataFrame(schema=records.SCHEMA), pl.DataFrame(schema=QUARANTINE_SCHEMA)
    with pytest.raises(CurationError, match="1 came in, 0 became records and 0 are in quarantine"):
        Ingested(*empty, rows_in=1, blank_lines=0, complete=True)


def test_every_reason_has_a_sentence() -> None:
    assert set(REASONS) == set(Reason)
    assert all(sentence.endswith(".") for sentence in REASONS.values())
