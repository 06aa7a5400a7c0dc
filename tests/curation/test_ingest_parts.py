"""What rows carry beside text has a typed place: calls, tools, reasoning, context, attachments, weights."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.ingest import Ingested, iter_file, read_file
from entropy_assets.records import content_id
from tests.bare import bare_rows, bare_turns

ASKED = {"role": "user", "content": "Weather in Lund?"}
SAID = {"role": "assistant", "content": "Rain."}
CALL = {"name": "weather", "arguments": '{"city": "Lund"}'}
CALLS = [{"type": "function", "function": CALL}]
CALLS_TEXT = json.dumps(CALLS, ensure_ascii=False)


def read(folder: Path, *rows: Any) -> Ingested:
    path = folder / "in.jsonl"
    text = "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text(text, encoding="utf-8")
    return read_file(path, drop="d")


def one(folder: Path, row: Any) -> dict[str, Any]:
    found = read(folder, row)
    assert found.quarantined.is_empty(), found.quarantined["detail"].to_list()
    (record,) = bare_rows(found.records)
    return record


def refused(folder: Path, row: Any) -> tuple[str, str]:
    found = read(folder, row)
    assert found.records.is_empty()
    return found.quarantined["reason"][0], found.quarantined["detail"][0]


# --- calls


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "content": None, "tool_calls": CALLS},
        {"role": "assistant", "content": "", "tool_calls": CALLS},
        {"role": "assistant", "tool_calls": CALLS_TEXT},
        {"role": "assistant", "content": None, "function_call": CALL},
        {"role": "assistant", "function_call": CALL},
        {"role": "function_call", "content": CALLS_TEXT},
        {"role": "tool_call", "content": CALLS},
        {"role": "assistant", "content": [], "tool_calls": CALLS, "function_call": None},
    ],
)
def test_a_call_is_one_form_in_every_spelling(tmp_path: Path, turn: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": [ASKED, turn]})
    assert record["messages"] == [ASKED, {"role": "assistant", "content": "", "tool_calls": CALLS_TEXT}]
    assert record["metadata"] is None


def test_a_call_beside_words_and_one_of_sharegpt(tmp_path: Path) -> None:
    record = one(tmp_path, {"messages": [ASKED, {**SAID, "tool_calls": CALLS}]})
    assert record["messages"][1] == {**SAID, "tool_calls": CALLS_TEXT}
    odd = '{"name":"w",  "arguments":{}}'
    record = one(
        tmp_path,
        {"conversations": [{"from": "human", "value": "Q"}, {"from": "function_call", "value": odd}]},
    )
    assert record["messages"][1] == {"role": "assistant", "content": "", "tool_calls": odd}


def test_names_and_numbers_of_calls_stay_with_their_turn(tmp_path: Path) -> None:
    turns = [ASKED, {"role": "assistant", "tool_calls": CALLS}]
    record = one(
        tmp_path, {"messages": [*turns, {"role": "tool", "tool_call_id": "c", "name": "w", "content": "sun"}]}
    )
    assert json.loads(record["metadata"])["message_fields"] == {
        "messages.2": {"tool_call_id": "c", "name": "w"}
    }


@pytest.mark.parametrize(
    ("turn", "reason"),
    [
        ({"role": "assistant", "content": "", "tool_calls": []}, "empty_turn"),
        ({"role": "function_call", "content": " "}, "empty_turn"),
        ({"role": "function_call", "content": "{}", "tool_calls": CALLS}, "ambiguous_layout"),
        ({"role": "assistant", "tool_calls": [{"a": 1}], "function_call": CALL}, "ambiguous_layout"),
        ({"role": "user", "content": "", "tool_calls": CALLS}, "empty_turn"),
        ({"role": "assistant", "content": "", "reasoning": ["a", "b"]}, "not_a_string"),
        ({"role": "assistant", "content": "a", "reasoning": "b", "thinking": "c"}, "ambiguous_layout"),
        ({"role": "assistant", "content": "a", "weight": 1, "train": False}, "ambiguous_layout"),
    ],
)
def test_turns_that_say_two_things_or_nothing_are_refused(
    tmp_path: Path, turn: dict[str, Any], reason: str
) -> None:
    assert refused(tmp_path, {"messages": [ASKED, turn]})[0] == reason


# --- tools

LONG = (
    '[{"type":"function","function":{"parameters":{"b":{"default":null,"enum":["é",1e5]},  "a":{"x":[]}},'
    '"name":"z","description":"' + "x" * 5000 + '"}}]'
)


def test_tools_that_are_text_stay_byte_for_byte(tmp_path: Path) -> None:
    for key in ("tools", "functions"):
        record = one(tmp_path, {"messages": [ASKED, SAID], key: LONG})
        assert (record["tools"], record["metadata"]) == (LONG, None)


def test_tools_that_are_objects_are_written_once_in_their_order(tmp_path: Path) -> None:
    tools = [{"zeta": {"b": None, "a": "é"}, "alpha": [1, {"y": 0, "x": None}]}]
    expected = '[{"zeta": {"b": null, "a": "é"}, "alpha": [1, {"y": 0, "x": null}]}]'
    assert one(tmp_path, {"messages": [ASKED, SAID], "tools": tools})["tools"] == expected
    assert one(tmp_path, {"messages": [ASKED, SAID], "functions": tools})["tools"] == expected
    assert one(tmp_path, {"text": "a", "tools": tools})["tools"] == expected


def test_tools_and_functions_that_differ_are_refused(tmp_path: Path) -> None:
    row = {"messages": [ASKED, SAID], "tools": [{"a": 1}], "functions": [{"a": 2}]}
    assert refused(tmp_path, row)[0] == "ambiguous_layout"
    assert one(tmp_path, {**row, "functions": row["tools"]})["tools"] == '[{"a": 1}]'


@pytest.mark.parametrize("tools", ["[]", [], "", None])
def test_no_tools_stay_what_they_were(tmp_path: Path, tools: Any) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID], "tools": tools})
    assert (record["tools"], json.loads(record["metadata"])) == (None, {"tools": tools})


def test_a_table_adds_no_nulls_to_tools_and_calls(tmp_path: Path) -> None:
    rows = [
        {"messages": [ASKED, {"role": "assistant", "tool_calls": [{"name": name, "arguments": arguments}]}]}
        for name, arguments in (("w", {"city": "Lund"}), ("t", {"zone": "CET"}))
    ]
    rows[0]["tools"] = [{"name": "w", "city": {"type": "string"}}]  # type: ignore[index]
    pl.DataFrame(rows).write_parquet(tmp_path / "in.parquet")
    stored, lines = read_file(tmp_path / "in.parquet", drop="d"), read(tmp_path, *rows)
    assert stored.records["id"].to_list() == lines.records["id"].to_list()
    assert "null" not in lines.records["messages"][1][1]["tool_calls"]


# --- reasoning


@pytest.mark.parametrize("place", ["turn", "row"])
@pytest.mark.parametrize(
    "thought",
    [
        {"reasoning_details": [{"type": "reasoning.text", "text": "Clouds."}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "Clouds."}], "reasoning": "Clouds."},
        {"tool_plan": "Clouds."},
        {"chain_of_thought": "Clouds."},
        {"deepseek_thinking_trajectory": "Clouds."},
    ],
)
def test_reasoning_under_the_names_of_services(tmp_path: Path, thought: dict[str, Any], place: str) -> None:
    turn, row = (thought, {}) if place == "turn" else ({}, thought)
    record = one(tmp_path, {"messages": [ASKED, {**SAID, **turn}], **row})
    assert (record["messages"][1]["reasoning"], record["metadata"]) == ("Clouds.", None)


def test_reasoning_that_is_encrypted_stays_with_its_turn(tmp_path: Path) -> None:
    details = [{"type": "reasoning.encrypted", "data": "abc"}]
    record = one(tmp_path, {"messages": [ASKED, {**SAID, "reasoning_details": details}]})
    assert record["messages"][1] == SAID
    assert "reasoning.encrypted" in record["metadata"]


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning", "thinking"])
def test_reasoning_has_a_place(tmp_path: Path, key: str) -> None:
    for content, reasoning in (("42", "six sevens"), ("", "only this")):
        record = one(
            tmp_path, {"messages": [ASKED, {"role": "assistant", "content": content, key: reasoning}]}
        )
        expected = {"role": "assistant", "content": content, "reasoning": reasoning}
        assert (record["messages"][1], record["metadata"]) == (expected, None)


def test_thinking_in_tags_and_in_parts(tmp_path: Path) -> None:
    tagged = "<think>\nhm\n</think>\n\n42"
    assert one(tmp_path, {"messages": [ASKED, {**SAID, "content": tagged}]})["messages"][1] == {
        **SAID,
        "content": tagged,
    }
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "42"}]
    assert one(tmp_path, {"messages": [ASKED, {**SAID, "content": parts}]})["messages"][1] == {
        "role": "assistant",
        "content": "42",
        "reasoning": "hm",
    }


def test_reasoning_beside_one_answer_is_read_and_a_switch_is_not(tmp_path: Path) -> None:
    row = {"question": "2+2?", "reasoning": "two and two", "answer": "4"}
    assert one(tmp_path, row)["messages"][1] == {
        "role": "assistant",
        "content": "4",
        "reasoning": "two and two",
    }
    for switch in ("on", "High", True, 3):
        record = one(tmp_path, {**row, "reasoning": switch})
        assert "reasoning" not in record["messages"][1]
        assert json.loads(record["metadata"]) == {"reasoning": switch}


# --- weights


@pytest.mark.parametrize(
    ("fields", "weight"),
    [
        ({"weight": 1}, 1.0),
        ({"weight": 0.25}, 0.25),
        ({"weight": False}, 0.0),
        ({"loss_weight": 0.5}, 0.5),
        ({"train": True}, 1.0),
        ({"train": 0}, 0.0),
        ({"training": 1.0}, 1.0),
        ({"trainable": "false"}, 0.0),
        ({"loss": 1}, 1.0),
        ({"sample_weight": "0.5"}, 0.5),
        ({"training": False}, 0.0),
        ({"loss_mask": 0}, 0.0),
        ({"loss": False}, 0.0),
        ({"weight": 0, "train": False}, 0.0),
        ({"weight": None}, None),
    ],
)
def test_weights_and_masks_by_turn(tmp_path: Path, fields: dict[str, Any], weight: float | None) -> None:
    record = one(tmp_path, {"messages": [ASKED, {**SAID, **fields}]})
    assert record["messages"][1].get("weight") == weight
    assert record["metadata"] is None


@pytest.mark.parametrize("fields", [{"weight": "heavy"}, {"loss": 2.31}, {"loss": 1.0}, {"train": "x"}])
def test_what_is_no_weight_stays_with_its_turn(tmp_path: Path, fields: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": [ASKED, {**SAID, **fields}]})
    assert record["messages"][1] == SAID
    assert json.loads(record["metadata"])["message_fields"] == {"messages.1": fields}


def test_a_weight_that_is_no_number_is_none(tmp_path: Path) -> None:
    said = '{"role": "assistant", "content": "a", "weight": NaN}'
    record = one(tmp_path, f'{{"messages": [{json.dumps(ASKED)}, {said}]}}')
    assert (record["messages"][1], record["metadata"]) == ({"role": "assistant", "content": "a"}, None)


@pytest.mark.parametrize("weight", [0.5, "0.5"])
@pytest.mark.parametrize("key", ["weight", "loss_weight"])
def test_the_weight_of_a_row_is_that_of_its_answers(tmp_path: Path, key: str, weight: Any) -> None:
    turns = [ASKED, SAID, ASKED, {**SAID, "weight": 0.5}]
    record = one(tmp_path, {"messages": turns, key: weight})
    assert [turn.get("weight") for turn in record["messages"]] == [None, 0.5, None, 0.5]
    assert record["metadata"] is None


@pytest.mark.parametrize(
    ("row", "weights"),
    [
        ({"loss_mask": [0, 1, 0, 0]}, [0.0, 1.0, 0.0, 0.0]),
        ({"weights": [0.5, 1]}, [None, 0.5, None, 1.0]),
        ({"weights": [0.5, "x"]}, [None] * 4),
    ],
)
def test_a_list_of_weights_is_that_of_turns_or_answers(
    tmp_path: Path, row: dict[str, Any], weights: list[float | None]
) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID, ASKED, SAID], **row})
    assert [turn.get("weight") for turn in record["messages"]] == weights
    assert (record["metadata"] is None) == any(weights)


def test_the_weight_of_a_preference_is_that_of_its_answers(tmp_path: Path) -> None:
    record = one(tmp_path, {"prompt": "Weather?", "chosen": "Rain.", "rejected": "No.", "weight": 0.5})
    assert [record[side][0].get("weight") for side in ("prompt", "chosen", "rejected")] == [None, 0.5, 0.5]


def test_weights_of_a_row_and_of_its_turns_that_differ_are_refused(tmp_path: Path) -> None:
    row = {"messages": [ASKED, {**SAID, "weight": 1}], "weight": 0}
    assert refused(tmp_path, row)[0] == "ambiguous_layout"


@pytest.mark.parametrize("row", [{"weight": "heavy"}, {"weight": "1e3"}, {"train": True}, {"weight": None}])
def test_what_is_no_weight_of_a_row_stays_metadata(tmp_path: Path, row: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID], **row})
    assert record["messages"] == [ASKED, SAID]
    assert json.loads(record["metadata"]) == row


# --- labels


@pytest.mark.parametrize("key", ["label", "kto_tag"])
@pytest.mark.parametrize(("value", "label"), [(True, True), (False, False), ("False", False)])
def test_whether_an_answer_is_wanted_has_a_place(tmp_path: Path, key: str, value: Any, label: bool) -> None:
    record = one(tmp_path, {"prompt": "Weather?", "completion": "Rain.", key: value})
    assert (record["label"], record["metadata"]) == (label, None)


@pytest.mark.parametrize("row", [{"kto_tag": 1}, {"kto_tag": "0"}, {"kto_tag": 0.0}, {"desirable": True}])
def test_a_tag_is_a_label_in_every_spelling(tmp_path: Path, row: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID], **row})
    assert (record["label"], record["metadata"]) == (bool(float(next(iter(row.values())))), None)


@pytest.mark.parametrize(("value", "label"), [(1, True), (0, False), ("1", True), (0.0, False)])
@pytest.mark.parametrize("key", ["completion", "response"])
def test_a_number_is_a_label_beside_a_prompt_and_its_answer(
    tmp_path: Path, key: str, value: Any, label: bool
) -> None:
    record = one(tmp_path, {"prompt": "Weather?", key: "Rain.", "label": value})
    assert (record["label"], record["metadata"]) == (label, None)


@pytest.mark.parametrize("value", [1, 0, 2, "spam", None, ["a"]])
def test_a_class_of_the_users_own_is_no_label(tmp_path: Path, value: Any) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID], "label": value})
    assert (record["label"], json.loads(record["metadata"])) == (None, {"label": value})


def test_labels_that_differ_are_refused(tmp_path: Path) -> None:
    row = {"prompt": "Weather?", "completion": "Rain.", "label": True, "kto_tag": False}
    assert refused(tmp_path, row)[0] == "ambiguous_layout"


def test_an_answer_that_is_wanted_is_another_record_than_one_that_is_not(tmp_path: Path) -> None:
    row = {"prompt": "What is the weather like in Lund today?", "completion": "It rains all day in Lund."}
    found = read(tmp_path, row, {**row, "label": True}, {**row, "label": False}, {**row, "label": True})
    assert found.records["id"].n_unique() == 3


def test_a_blank_system_prompt_with_a_weight_is_no_turn(tmp_path: Path) -> None:
    turns = [{"from": "system", "value": "", "weight": 0.0}, {"from": "human", "value": "a", "weight": 0}]
    record = one(tmp_path, {"conversations": [*turns, {"from": "gpt", "value": "b", "weight": 1}]})
    assert [turn["weight"] for turn in record["messages"]] == [0.0, 1.0]


# --- context


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "Which?", "context": "Two.", "response": "b"},
        {"instruction": "Which?", "input": "Two.", "output": "b"},
        {"question": "Which?", "context": "Two.", "answer": "b"},
        {"query": "Which?", "passage": "Two.", "response": "b"},
        {"prompt": "Which?", "input": "Two.", "completion": "b"},
        {"prompt": "Which?", "document": "Two.", "completion": "b", "context": "Two."},
    ],
)
def test_context_stands_behind_the_question(tmp_path: Path, row: dict[str, Any]) -> None:
    record = one(tmp_path, {**row, "category": "qa"})
    assert record["messages"] == [
        {"role": "user", "content": "Which?\nTwo."},
        {"role": "assistant", "content": "b"},
    ]
    assert json.loads(record["metadata"]) == {"category": "qa"}


def test_context_of_a_preference_stands_behind_the_question(tmp_path: Path) -> None:
    row = {"prompt": "Which?", "context": "Two.", "chosen": "b", "rejected": "c"}
    assert one(tmp_path, row)["prompt"] == [{"role": "user", "content": "Which?\nTwo."}]
    assert one(tmp_path, {"question": "Which?", **dict(list(row.items())[1:])})["prompt"][0]["content"] == (
        "Which?\nTwo."
    )


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "Which?", "context": ["Two."], "response": "b"},
        {"instruction": "Which?", "choices": ["a", "b"], "output": "b"},
        {"prompt": "Which?", "options": {"A": "a"}, "completion": "b"},
        {"prompt": [ASKED], "context": "A long passage of text.", "completion": "b"},
        {"messages": [ASKED, SAID], "document": "A page that no turn holds."},
        {"conversations": [ASKED, SAID], "context": ["A page that no turn holds."]},
    ],
)
def test_context_that_cannot_be_read_refuses_the_row(tmp_path: Path, row: dict[str, Any]) -> None:
    assert refused(tmp_path, row)[0] in ("no_known_layout", "not_a_string")


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ASKED, SAID], "context": "Weather in Lund?"},
        {"messages": [ASKED, SAID], "context": "sports"},
        {"messages": [ASKED, SAID], "document": 17},
        {"messages": [ASKED, SAID], "passages": []},
        {"text": "A page.", "context": "A page that the text need not hold."},
        {"instruction": "a", "output": "b", "document": 17},
    ],
)
def test_what_turns_say_already_and_labels_stay_metadata(tmp_path: Path, row: dict[str, Any]) -> None:
    found = one(tmp_path, row)
    assert len(json.loads(found["metadata"])) == 1


# --- attachments


def test_attachments_stand_where_they_stood(tmp_path: Path) -> None:
    image = {"type": "image_url", "image_url": {"url": "a.png", "detail": None}}
    parts = [{"type": "text", "text": "See "}, image, {"type": "text", "text": "here."}]
    record = one(tmp_path, {"messages": [{"role": "user", "content": parts}, SAID]})
    assert record["messages"][0]["content"] == "See here."
    assert json.loads(record["messages"][0]["attachments"]) == [
        {"at": 4, "part": {"type": "image_url", "image_url": {"url": "a.png"}}}
    ]
    alone = one(tmp_path, {"messages": [{"role": "user", "content": [image]}, SAID]})
    assert alone["messages"][0]["content"] == ""


def test_images_of_a_row_and_of_a_turn(tmp_path: Path) -> None:
    llava = {
        "image": "coco/1.jpg",
        "conversations": [{"from": "human", "value": "<image>\nWhat?"}, {"from": "gpt", "value": "A cat."}],
    }
    assert one(tmp_path, llava)["attachments"] == '{"image": "coco/1.jpg"}'
    turns = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}, SAID]
    record = one(tmp_path, {"messages": turns, "images": ["a.png"], "videos": []})
    assert record["attachments"] == '{"images": ["a.png"]}'
    assert json.loads(record["metadata"]) == {"videos": []}
    assert json.loads(record["messages"][0]["attachments"]) == [{"at": 0, "part": {"type": "image"}}]
    record = one(tmp_path, {"messages": [{**ASKED, "images": ["a.png"]}, SAID]})
    assert json.loads(record["messages"][0]["attachments"]) == [{"key": "images", "value": ["a.png"]}]


def test_a_place_for_a_file_that_nothing_names_is_refused(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What?"}]}, SAID]
    assert "refers to none" in refused(tmp_path, {"messages": turns})[1]


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ASKED, SAID], "images": ["data:image/png;base64," + "A" * 5000]},
        {
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "input_audio", "input_audio": {"data": "A" * 5000, "format": "wav"}}
                    ],
                },
                SAID,
            ]
        },
        {"text": "A cat.", "image": {"bytes": "abc", "path": "a.png"}},
        {"text": "A cat.", "audio": {"array": [0.1, 0.2], "sampling_rate": 16000}},
    ],
)
def test_a_file_in_the_row_is_refused_with_advice(tmp_path: Path, row: dict[str, Any]) -> None:
    reason, detail = refused(tmp_path, row)
    assert reason == "attachment_by_value"
    assert "give its path or address" in detail


def test_bytes_of_a_table_are_refused_and_a_path_is_read(tmp_path: Path) -> None:
    rows = {"text": ["a", "b"], "image": [{"bytes": b"\x89PNG", "path": "a"}, {"bytes": None, "path": "b"}]}
    pl.DataFrame(rows).write_parquet(tmp_path / "in.parquet")
    found = read_file(tmp_path / "in.parquet", drop="d")
    assert found.quarantined["reason"].to_list() == ["attachment_by_value"]
    assert found.records["attachments"].to_list() == ['{"image": {"path": "b"}}']


# --- all of it


def test_what_ingest_writes_it_reads_again(tmp_path: Path) -> None:
    """The columns of a stored record are a layout too: parts are in the spelling of a record there."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "See"}, {"type": "image", "url": "u"}]},
                {**SAID, "thinking": "hm", "tool_calls": CALLS, "train": True},
            ],
            "tools": [{"a": None}],
            "images": ["b.png"],
        },
        {"text": "a", "image": "a.png"},
        {"prompt": "a", "chosen": {**SAID, "reasoning": "x"}, "rejected": SAID},
    ]
    found = read(tmp_path, *rows)
    assert found.quarantined.is_empty()
    found.records.write_parquet(tmp_path / "again.parquet")
    again = read_file(tmp_path / "again.parquet", drop="d")
    assert again.records["id"].to_list() == found.records["id"].to_list()
    assert [content_id(row) for row in bare_rows(again.records)] == found.records["id"].to_list()


def test_keys_that_go_to_the_metadata_are_counted(tmp_path: Path) -> None:
    rows = [{"text": "a", "url": "u"}, {"text": "b", "url": "v", "page": 1}, {"text": " ", "lost": 1}]
    found = read(tmp_path, *rows, {"messages": [{**ASKED, "name": "Ada"}, SAID]})
    assert dict(found.metadata_keys) == {"url": 2, "name (of a turn)": 1, "page": 1}
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"text": "a", f"k{n}": 1}) + "\n" for n in range(300)))
    (one_batch,) = iter_file(path, "d")
    assert len(one_batch.metadata_keys) == 201
    assert sum(one_batch.metadata_keys.values()) == 300


def test_plain_turns_have_no_parts(tmp_path: Path) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID], "tools": None})
    assert record["messages"] == [ASKED, SAID]
    assert bare_turns([[ASKED]]) == [[ASKED]]
    assert record["id"] == content_id({"kind": "chat", "messages": [ASKED, SAID]})


# --- turns as columns


@pytest.mark.parametrize("keys", [("role", "content"), ("from", "value")])
@pytest.mark.parametrize("field", ["messages", "conversations"])
def test_turns_may_stand_as_columns(tmp_path: Path, field: str, keys: tuple[str, str]) -> None:
    columns = {keys[0]: ["user", "assistant"], keys[1]: ["Weather in Lund?", "Rain."], "weight": [None, 0]}
    record = one(tmp_path, {field: {**columns, "name": None}})
    assert record["messages"] == [ASKED, {**SAID, "weight": 0.0}]


def test_columns_of_a_preference_in_parquet(tmp_path: Path) -> None:
    said = [{"role": ["assistant"], "content": [word]} for word in ("Rain.", "Sun.")]
    pl.DataFrame({"prompt": ["Weather?"], "chosen": said[:1], "rejected": said[1:]}).write_parquet(
        tmp_path / "a.parquet"
    )
    (record,) = bare_rows(read_file(tmp_path / "a.parquet", drop="d").records)
    assert [record[side][0]["content"] for side in ("chosen", "rejected")] == ["Rain.", "Sun."]


@pytest.mark.parametrize("content", [["a"], "a", [], ["a", "b", "c"]])
def test_columns_of_different_lengths_are_refused(tmp_path: Path, content: Any) -> None:
    reason, detail = refused(tmp_path, {"messages": {"role": ["user", "assistant"], "content": content}})
    assert "one item for each turn" in detail, reason
