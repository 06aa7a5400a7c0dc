"""What each layout holds, what it refuses and why, and that real data come back from every layout."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.export import LAYOUTS, LOSSES, LOST_SCHEMA, Exported, Loss, export
from entropy_assets.curation.ingest import read_file
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter
from entropy_assets.records import CONTENT_FIELDS, SCHEMA, content_id

KEPT = ("id", *CONTENT_FIELDS, "source", "language", "row_id")


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def ingested(folder: Path, *rows: dict[str, Any] | str) -> pl.DataFrame:
    """Return the records that rows become; all must."""
    path = folder / "data.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    found = read_file(path, drop="d")
    assert found.quarantined.is_empty(), found.quarantined.rows(named=True)
    return found.records


def exported(folder: Path, layout: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return the one row that the record of a row becomes, after it came back as that record."""
    records = ingested(folder, row)
    found = export(records, layout)
    assert found.lost.is_empty(), found.lost.rows(named=True)
    again = ingested(folder, *found.rows)
    assert again.select(*KEPT, "metadata").equals(records.select(*KEPT, "metadata"))
    (line,) = found.rows
    value = json.loads(line)
    assert value.pop("source") == "data"
    return value


def refused(folder: Path, layout: str, row: dict[str, Any]) -> str:
    """Return the reason for which the record of a row is refused."""
    records = ingested(folder, row)
    found = export(records, layout)
    assert (found.rows, found.records_in) == ([], 1)
    assert found.lost.schema == LOST_SCHEMA
    assert found.lost.select(SCHEMA.names()).equals(records)
    (entry,) = found.lost.rows(named=True)
    assert entry["detail"]
    return str(entry["reason"])


USER, ASSISTANT, SYSTEM = turn("user", "Hi"), turn("assistant", "Hello"), turn("system", "Be brief.")
LONG = [SYSTEM, turn("user", "a"), turn("assistant", "b"), turn("user", "c"), turn("assistant", "d")]
CALLS = [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Örebro"}}}]
IMAGE = {"type": "image", "url": "a.png"}
TOOLS = [
    {"from": "human", "value": "Weather?", "n": 1},
    {"from": "function_call", "value": '{"name": "weather"}'},
    {"from": "observation", "value": "rain"},
    {"from": "gpt", "value": "It rains."},
]


@pytest.mark.parametrize(
    ("layout", "row", "expected"),
    [
        (
            "alpaca",
            {"instruction": "Add.", "input": "2 and 3", "output": "5", "id": 7},
            {"instruction": "Add.\n2 and 3", "input": "", "output": "5", "id": "7"},
        ),
        (
            "alpaca",
            {"messages": LONG, "tools": "[]"},
            {
                "instruction": "c",
                "input": "",
                "output": "d",
                "system": "Be brief.",
                "history": [["a", "b"]],
                "tools": "[]",
            },
        ),
        (
            "alpaca",
            {"messages": [{**USER, "n": 0}, ASSISTANT]},
            {
                "instruction": "Hi",
                "input": "",
                "output": "Hello",
                "message_fields": {"messages.0": {"n": 0}},
            },
        ),
        (
            "sharegpt",
            {"instruction": "c", "output": "d", "history": [["a", "b"]], "system": "s"},
            {
                "conversations": [
                    {"from": "system", "value": "s"},
                    {"from": "human", "value": "a"},
                    {"from": "gpt", "value": "b"},
                    {"from": "human", "value": "c"},
                    {"from": "gpt", "value": "d"},
                ]
            },
        ),
        (
            "sharegpt",
            {"conversations": TOOLS, "tools": '[{"name": "weather"}]'},
            {"conversations": TOOLS, "tools": '[{"name": "weather"}]'},
        ),
        (
            "messages",
            {"conversations": TOOLS, "system": "s"},
            {
                "messages": [
                    turn("system", "s"),
                    {**turn("user", "Weather?"), "n": 1},
                    turn("assistant", "") | {"tool_calls": '{"name": "weather"}'},
                    turn("tool", "rain"),
                    turn("assistant", "It rains."),
                ]
            },
        ),
        (
            "messages",
            {"messages": [USER, {"role": "assistant", "tool_calls": CALLS}, turn("tool", "rain")]},
            {"messages": [USER, {**turn("assistant", ""), "tool_calls": CALLS}, turn("tool", "rain")]},
        ),
        (
            "messages",
            {"messages": [USER, {**ASSISTANT, "tool_calls": CALLS}]},
            {"messages": [USER, {**ASSISTANT, "tool_calls": CALLS}]},
        ),
        (
            "sharegpt",
            {"messages": [USER, {"role": "assistant", "content": None, "tool_calls": CALLS}]},
            {
                "conversations": [
                    {"from": "human", "value": "Hi"},
                    {"from": "function_call", "value": json.dumps(CALLS, ensure_ascii=False)},
                ]
            },
        ),
        (
            "sharegpt",
            {"messages": [USER, {"role": "assistant", "tool_calls": CALLS}], "tools": [{"name": "é"}]},
            {
                "conversations": [
                    {"from": "human", "value": "Hi"},
                    {"from": "function_call", "value": json.dumps(CALLS, ensure_ascii=False)},
                ],
                "tools": '[{"name": "é"}]',
            },
        ),
        (
            "messages",
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "See"}, IMAGE]},
                    {**ASSISTANT, "thinking": "hm", "train": True},
                ],
                "tools": [{"name": "é", "at": None}],
                "videos": ["a.mp4"],
            },
            {
                "messages": [
                    {"role": "user", "content": [{"type": "text", "text": "See"}, IMAGE]},
                    {**ASSISTANT, "reasoning_content": "hm", "weight": 1},
                ],
                "tools": [{"name": "é", "at": None}],
                "videos": ["a.mp4"],
            },
        ),
        (
            "messages",
            {"messages": [USER, {"role": "assistant", "tool_calls": '[{"a":1}]'}], "functions": '[{"b":2}]'},
            {"messages": [USER, turn("assistant", "") | {"tool_calls": '[{"a":1}]'}], "tools": '[{"b":2}]'},
        ),
        (
            "messages",
            {"messages": [USER, ASSISTANT], "functions": [{"b": 2}], "tools": []},
            {"messages": [USER, ASSISTANT], "functions": [{"b": 2}], "tools": []},
        ),
        ("messages", {"messages": [ASSISTANT, SYSTEM]}, {"messages": [ASSISTANT, SYSTEM]}),
        (
            "prompt_completion",
            {"messages": [SYSTEM, USER, {**ASSISTANT, "n": 1}]},
            {"prompt": [SYSTEM, USER], "completion": [{**ASSISTANT, "n": 1}]},
        ),
        (
            "kto",
            {"prompt": "Hi", "completion": "Hello", "label": False},
            {"prompt": [USER], "completion": [ASSISTANT], "label": False},
        ),
        (
            "messages",
            {"instruction": "Hi", "output": "Hello", "kto_tag": True, "label": "x", "weight": 0.5},
            {"messages": [USER, {**ASSISTANT, "weight": 0.5}], "kto_tag": True, "label": "x"},
        ),
        (
            "alpaca",
            {"messages": [USER, {**ASSISTANT, "weight": 0}], "label": True},
            {"instruction": "Hi", "input": "", "output": "Hello", "weight": 0, "label": True},
        ),
        (
            "trl_preference",
            {"instruction": "Hi", "system": "Be brief.", "chosen": "Hello", "rejected": "No"},
            {"prompt": [SYSTEM, USER], "chosen": [ASSISTANT], "rejected": [turn("assistant", "No")]},
        ),
        (
            "trl_preference",
            {
                "chosen": [{**USER, "n": 0}, {**ASSISTANT, "n": 1}],
                "rejected": [{**USER, "n": 0}, turn("assistant", "No")],
            },
            {
                "prompt": [{**USER, "n": 0}],
                "chosen": [{**ASSISTANT, "n": 1}],
                "rejected": [turn("assistant", "No")],
            },
        ),
        (
            "trl_preference",
            {"chosen": [USER, ASSISTANT], "rejected": [{**USER, "n": 0}, turn("assistant", "No")]},
            {
                "prompt": [USER],
                "chosen": [ASSISTANT],
                "rejected": [turn("assistant", "No")],
                "message_fields": {"prompt.0.rejected": {"n": 0}},
            },
        ),
        ("text", {"text": "a\u2028b", "system": 3, "lang": "de"}, {"text": "a\u2028b", "system": 3}),
    ],
)
def test_rows_of_each_layout(tmp_path: Path, layout: str, row: dict, expected: dict) -> None:
    found = exported(tmp_path, layout, row)
    assert found.pop("language", None) == row.get("lang")
    assert found == expected


def test_role_and_content_come_first_in_a_turn(tmp_path: Path) -> None:
    found = exported(tmp_path, "messages", {"messages": [{"a": 1, **USER}, ASSISTANT]})
    assert list(found["messages"][0]) == ["role", "content", "a"]


@pytest.mark.parametrize(
    ("layout", "row", "reason"),
    [
        ("alpaca", {"messages": [USER, ASSISTANT, SYSTEM, USER, ASSISTANT]}, Loss.late_system),
        ("alpaca", {"messages": [SYSTEM, SYSTEM, USER, ASSISTANT]}, Loss.late_system),
        ("alpaca", {"conversations": TOOLS}, Loss.tool_turn),
        ("alpaca", {"messages": [ASSISTANT]}, Loss.turn_order),
        ("alpaca", {"messages": [SYSTEM]}, Loss.turn_order),
        ("alpaca", {"messages": [USER, USER, ASSISTANT]}, Loss.turn_order),
        ("alpaca", {"messages": [USER, ASSISTANT, USER]}, Loss.turn_order),
        ("alpaca", {"prompt": "a", "chosen": "b", "rejected": "c"}, Loss.wrong_kind),
        ("alpaca", {"messages": [USER, ASSISTANT], "input": "mine"}, Loss.key_taken),
        ("alpaca", {"messages": [USER, turn("assistant", "Hello you.")], "response": "mine"}, Loss.key_taken),
        ("alpaca", {"messages": [{**USER, "weight": 0}, {**ASSISTANT, "weight": 1}]}, Loss.no_place),
        ("alpaca", {"messages": [USER, {**ASSISTANT, "thinking": "hm"}]}, Loss.no_place),
        ("alpaca", {"messages": [USER, {"role": "assistant", "tool_calls": CALLS}]}, Loss.no_place),
        ("sharegpt", {"messages": [{"role": "user", "content": [IMAGE]}, ASSISTANT]}, Loss.no_place),
        ("messages", {"text": "a"}, Loss.wrong_kind),
        ("messages", {"prompt": "a", "chosen": "b", "rejected": "c"}, Loss.wrong_kind),
        ("text", {"messages": [USER]}, Loss.wrong_kind),
        ("trl_preference", {"messages": [USER]}, Loss.wrong_kind),
        ("prompt_completion", {"messages": [USER]}, Loss.no_answer),
        ("prompt_completion", {"messages": [ASSISTANT]}, Loss.no_answer),
        ("prompt_completion", {"messages": [USER, ASSISTANT], "prompt": "mine"}, Loss.key_taken),
        ("kto", {"prompt": "a", "completion": "b"}, Loss.no_label),
        ("kto", {"prompt": "a", "completion": "b", "label": "red"}, Loss.no_label),
        ("text", {"text": "a", "score": [float("nan")]}, Loss.no_json_number),
        ("text", {"text": "a", "score": float("-inf")}, Loss.no_json_number),
        ("text", {"text": "a", "source": 1, "domain": 2}, Loss.key_taken),
        (
            "trl_preference",
            {
                "prompt": [USER],
                "chosen": [USER, USER, ASSISTANT],
                "rejected": [USER, USER, turn("assistant", "No")],
            },
            Loss.reads_differently,
        ),
    ],
)
def test_what_a_layout_cannot_hold_is_refused(tmp_path: Path, layout: str, row: dict, reason: Loss) -> None:
    assert refused(tmp_path, layout, row) == reason


@pytest.mark.parametrize(
    "metadata",
    [
        {"id": None, "row_id": "mine"},
        {"row_id": "other", "uid": 3, "id": "mine"},
        {"source": " ", "domain": "law"},
        {"source": 3, "language": ["de"], "lang": "fr"},
        {"odd_role_order": True},
        {"message_fields": "mine", "_message_fields": {"messages.9": {"a": 1}}},
        {"message_fields": {"messages.0": {"content": "mine"}}},
        {"message_fields": {"messages.0": {"role": "wizard"}}},
        {"message_fields": {"messages.0": {"n": 1}}},
        {"message_fields": {"messages.0": 3}},
        {"instruction": "mine", "chosen": None, "text": None},
        {"n": 2**70, "x": 1.5e300, "empty": "", "none": None, "nested": {"id": [{"source": 1}]}},
    ],
)
@pytest.mark.parametrize("layout", ["messages", "sharegpt", "prompt_completion"])
@pytest.mark.parametrize("messages", [[USER, ASSISTANT], [ASSISTANT, USER, ASSISTANT]])
def test_the_users_own_fields_come_back(
    tmp_path: Path, layout: str, metadata: dict, messages: list[dict]
) -> None:
    records = ingested(tmp_path, {"messages": messages, **metadata})
    found = export(records, layout)
    assert found.lost.is_empty(), found.lost.rows(named=True)
    again = ingested(tmp_path, *found.rows)
    assert again.select(*KEPT, "metadata").equals(records.select(*KEPT, "metadata"))


def test_a_null_under_a_key_of_the_layout_gives_way(tmp_path: Path) -> None:
    records = ingested(tmp_path, {"text": None, "messages": [USER, ASSISTANT], "output": None, "n": None})
    (line,) = export(records, "alpaca").rows
    assert json.loads(line) == {
        "source": "data",
        "instruction": "Hi",
        "input": "",
        "output": "Hello",
        "text": None,
        "n": None,
    }


def test_a_row_is_one_line_for_every_reader(tmp_path: Path) -> None:
    text = "a\u2028b\u2029c\x85d\x1ce\nf\r\x0bg"
    records = ingested(tmp_path, {"text": text, "m\u2028": text})
    (line,) = export(records, "text").rows
    assert line.splitlines() == [line]
    assert (json.loads(line)["text"], json.loads(line)["m\u2028"]) == (text, text)


def frame(**fields: Any) -> pl.DataFrame:
    record = {"kind": "chat", "messages": [USER, ASSISTANT], "source": "s", **fields}
    return pl.DataFrame([{"id": content_id(record), **record}], schema=SCHEMA)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"kind": "poem"}, Loss.wrong_kind),
        ({"messages": None}, Loss.not_a_record),
        ({"messages": []}, Loss.not_a_record),
        ({"messages": [turn("wizard", "a")]}, Loss.not_a_record),
        ({"messages": [{"role": "user", "content": None}]}, Loss.not_a_record),
        ({"messages": [None]}, Loss.not_a_record),
        ({"messages": [turn("user", "")]}, Loss.not_a_record),
        ({"messages": [turn("user", " ")]}, Loss.reads_differently),
        ({"metadata": "{"}, Loss.not_a_record),
        ({"metadata": "[1]"}, Loss.not_a_record),
        ({"metadata": "[" * 100_000}, Loss.not_a_record),
        ({"metadata": '{"a": "\\ud800"}'}, Loss.not_a_record),
        ({"metadata": f'{{"a": {"[" * 300}{"]" * 300}}}'}, Loss.reads_differently),
        ({"metadata": '{"id": "mine"}'}, Loss.reads_differently),
        ({"metadata": '{"text": "a", "id": "mine"}'}, Loss.key_taken),
        ({"text": "beside the messages"}, Loss.reads_differently),
        ({"source": None}, Loss.reads_differently),
        ({"id": "0" * 32}, Loss.reads_differently),
    ],
)
def test_a_frame_of_other_making_is_refused_and_stops_nothing(fields: dict, reason: Loss) -> None:
    records = pl.concat([frame(), frame(**fields), frame()])
    found = export(records, "messages")
    assert len(found.rows) == 2
    assert found.lost["reason"].to_list() == [reason]


def test_metadata_of_any_depth_stop_nothing() -> None:
    depths = [150, 190, *range(800, 1200, 7), 100_000]
    metadata = [f'{{"message_fields": {{"messages.0": {"[" * n}{"]" * n}}}}}' for n in depths]
    metadata += [f'{{"message_fields": {{"messages.0": {{"a": {"[" * n}{"]" * n}}}}}}}' for n in depths]
    found = export(pl.concat([frame(metadata=value) for value in metadata]), "messages")
    assert len(found.rows) == 4
    assert set(found.lost["reason"]) == {Loss.not_a_record, Loss.reads_differently}


def test_a_record_without_the_note_of_its_order_is_written() -> None:
    assert len(export(frame(messages=[ASSISTANT]), "messages").rows) == 1


def test_further_columns_are_passed_over_and_missing_ones_refused() -> None:
    assert len(export(frame().with_columns(rank=1), "messages").rows) == 1
    with pytest.raises(InvalidInput, match="the frame holds no records: of their columns, kind, line are"):
        export(frame().drop("kind").cast({"line": pl.String}), "messages")
    with pytest.raises(InvalidParameter, match=r"layout must be one of alpaca, .* got 'poem'"):
        export(frame(), "poem")
    empty = export(pl.DataFrame(schema=SCHEMA), "alpaca")
    assert (empty.rows, empty.lost.schema, empty.records_in) == ([], LOST_SCHEMA, 0)


def test_a_count_that_does_not_add_up_is_no_result() -> None:
    with pytest.raises(CurationError, match="2 came in, 1 became rows and 0 were refused"):
        Exported(["{}"], pl.DataFrame(schema=LOST_SCHEMA), 2)


def test_every_reason_has_its_sentence() -> None:
    assert set(LOSSES) == set(Loss)
    assert all(sentence.endswith(".") for sentence in LOSSES.values())


# File -> layout -> reason -> records refused, apart from those of another kind; no other layout refuses any.
REFUSED: dict[str, dict[str, dict[str, int]]] = {
    "data/forms/alpaca_en_demo.jsonl": {"kto": {"no_label": 999}},
    "data/forms/alpaca_zh_demo.jsonl": {"kto": {"no_label": 1000}},
    "data/forms/c4_demo.jsonl": {},
    "data/forms/dpo_en_demo.jsonl": {},
    "data/forms/dpo_zh_demo.jsonl": {},
    "data/forms/glaive_toolcall_en_demo.jsonl": {"alpaca": {"tool_turn": 153}, "kto": {"no_label": 300}},
    "data/forms/glaive_toolcall_zh_demo.jsonl": {"alpaca": {"tool_turn": 159}, "kto": {"no_label": 300}},
    "data/forms/kto_en_demo.jsonl": {},
    "data/forms/v1_dpo_demo.jsonl": {},
    "data/forms/v1_sft_demo.jsonl": {"alpaca": {"no_place": 500}, "kto": {"no_label": 500}},
    "panels/chat_forms.jsonl": {"alpaca": {"tool_turn": 1, "turn_order": 1}, "kto": {"no_label": 7}},
    "panels/chat_forms_array.json": {"alpaca": {"tool_turn": 1, "turn_order": 1}, "kto": {"no_label": 7}},
    "panels/odd_lines.jsonl": {"text": {"no_json_number": 1}, "kto": {"no_label": 1}},
}


@pytest.mark.parametrize("name", REFUSED)
def test_real_data_come_back_from_every_layout(shared: Path, tmp_path: Path, name: str) -> None:
    if not (shared / name).exists():
        pytest.skip(f"needs {name}")
    records = read_file(shared / name, drop="d").records
    for layout in LAYOUTS:
        found = export(records, layout)
        reasons = Counter(found.lost["reason"])
        assert reasons.pop("wrong_kind", 0) == records.filter(pl.col("kind") != LAYOUTS[layout].kind).height
        assert reasons == REFUSED[name].get(layout, {}), layout
        kept = records.join(found.lost, on="line", how="anti", maintain_order="left")
        again = ingested(tmp_path, *found.rows)
        assert again.select(*KEPT, "metadata").equals(kept.select(*KEPT, "metadata")), layout


def test_real_calls_and_system_prompts_keep_their_names(shared: Path) -> None:
    path = shared / "data" / "forms" / "glaive_toolcall_en_demo.jsonl"
    if not path.exists():
        pytest.skip(f"needs {path.name}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    found = [json.loads(line) for line in export(read_file(path, drop="d").records, "sharegpt").rows]
    for row in found:
        assert row.pop("source") == "glaive_toolcall_en_demo"
    assert found == rows


def test_an_empty_result_of_a_tool_comes_back(tmp_path: Path) -> None:
    turns = [USER, {"role": "tool", "content": ""}, ASSISTANT]
    for layout in ("messages", "sharegpt"):
        exported(tmp_path, layout, {"messages": turns})


@pytest.mark.parametrize("language", ["English", "Python", "0"])
def test_a_language_of_a_store_that_was_made_before_is_written_as_it_stands(language: str) -> None:
    found = export(frame(kind="text", text="a", language=language, messages=None), "text")
    assert found.lost.is_empty()
    assert json.loads(found.rows[0])["language"] == language


def test_a_record_of_a_store_that_was_made_before_is_written_with_its_parts_in_their_places() -> None:
    """There calls, thoughts, weights and tools stood in the metadata, and a call alone as content."""
    fields = {
        "messages.0": {"weight": 0.0, "n": 1},
        "messages.1": {"role": "function_call"},
        "messages.3": {"reasoning_content": "hm", "tool_calls": CALLS},
    }
    messages = [USER, turn("assistant", '[{"name": "w"}]'), turn("tool", "sun"), ASSISTANT]
    metadata = {"message_fields": fields, "tools": '[{"name":"w"}]', "images": ["a.png"], "topic": "sky"}
    records = frame(messages=messages, metadata=json.dumps(metadata, sort_keys=True))
    found = export(records, "messages")
    assert found.lost.is_empty(), found.lost["detail"].to_list()
    assert json.loads(found.rows[0]) == {
        "source": "s",
        "messages": [
            {**USER, "weight": 0, "n": 1},
            {**turn("assistant", ""), "tool_calls": [{"name": "w"}]},
            turn("tool", "sun"),
            {**ASSISTANT, "tool_calls": CALLS, "reasoning_content": "hm"},
        ],
        "tools": '[{"name":"w"}]',
        "images": ["a.png"],
        "topic": "sky",
    }
    by_value = {"images": ["data:image/png;base64," + "A" * 9000], "message_fields": {}}
    lost = export(frame(metadata=json.dumps(by_value)), "messages").lost
    assert lost["reason"].to_list() == ["reads_differently"]
    assert "attachment_by_value" in lost["detail"][0]
