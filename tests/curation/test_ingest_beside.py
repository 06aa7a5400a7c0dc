"""Keys beside a layout that belong to the prompt or the answer are read, or refuse the row; none is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bare import bare_rows
from tests.curation.test_ingest_parts import one, read, refused

Q, A = "Which bird sings in the reeds?", "The reed warbler does so."
ASKED = {"role": "user", "content": Q}
SAID = {"role": "assistant", "content": A}
TURNS = [ASKED, SAID]
PAGE = "A page on birds of the fen."
CALL = {"name": "look", "arguments": {"word": "wren"}}
PAIR = {"prompt": Q, "chosen": A, "rejected": "A cow does."}


@pytest.mark.parametrize("key", ["answer", "output", "response", "completion", "solution"])
@pytest.mark.parametrize("field", ["messages", "conversations", "conversation"])
def test_an_answer_beside_turns_that_end_before_it_is_the_last_turn(
    tmp_path: Path, field: str, key: str
) -> None:
    record = one(tmp_path, {field: [ASKED], key: A})
    assert (record["messages"], record["metadata"]) == (TURNS, None)
    assert one(tmp_path, {field: TURNS, key: A})["messages"] == TURNS


def test_answers_beside_turns_that_end_before_them(tmp_path: Path) -> None:
    record = one(tmp_path, {"messages": [ASKED], "solution": A, "answer": "warbler", "reasoning": "Reeds."})
    assert record["messages"] == [ASKED, {**SAID, "reasoning": "Reeds."}]
    assert json.loads(record["metadata"]) == {"answer": "warbler"}
    assert refused(tmp_path, {"messages": [ASKED], "solution": A, "answer": "a cow"})[0] == "ambiguous_layout"
    assert refused(tmp_path, {"messages": [ASKED], "answer": ["a cow"]})[0] == "not_a_string"


@pytest.mark.parametrize(
    "fields",
    [
        {"input": PAGE},
        {"input": "7 3"},
        {"prompt": "Say it."},
        {"prompt": [{"role": "user", "content": "Say it."}]},
        {"question": "Why?"},
        {"instruction": "Be kind."},
        {"query": "Why?"},
        {"response": "A cow."},
        {"output": "A cow."},
        {"completion": "A cow."},
        {"history": [["Hi!", "Ho!"]]},
        {"options": ["red", "blue"]},
        {"choices": {"label": ["A"], "text": ["red"]}},
        {"answer_choices": ["red"]},
        {"option_a": "red", "option_b": "blue"},
        {"A": "red", "B": "blue", "C": "green", "D": "grey"},
        {"tool_calls": [CALL]},
    ],
)
@pytest.mark.parametrize("field", ["messages", "conversations"])
def test_what_no_turn_holds_refuses_the_row(tmp_path: Path, field: str, fields: dict[str, Any]) -> None:
    assert refused(tmp_path, {field: TURNS, **fields})[0] in ("no_known_layout", "ambiguous_layout")


@pytest.mark.parametrize(
    "fields",
    [
        {"input": Q},
        {"prompt": Q},
        {"prompt": [ASKED]},
        {"question": Q, "answer": "warbler"},
        {"response": A},
        {"options": ["reed", "bird"]},
        {"history": [[Q, A]]},
        {"input": 17},
        {"input": "sports"},
        {"instruction": "general"},
        {"function_call": "auto"},
        {"A": "red", "B": "blue"},
        {"reasoning": "off"},
    ],
)
def test_what_the_turns_say_stays_metadata(tmp_path: Path, fields: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": TURNS, **fields})
    assert (record["messages"], json.loads(record["metadata"])) == (TURNS, fields)


@pytest.mark.parametrize("row", [{"prompt": Q, "response": A}, {"prompt": Q, "completion": A}, PAIR])
def test_history_beside_a_prompt_is_not_lost(tmp_path: Path, row: dict[str, Any]) -> None:
    assert refused(tmp_path, {**row, "history": [["Hi!", "Ho!"]]})[0] == "no_known_layout"
    one(tmp_path, {**row, "history": []})


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content", "thinking", "rationale", "cot", "thought"])
def test_reasoning_beside_one_answer_is_that_of_its_turn(tmp_path: Path, key: str) -> None:
    thought = {**SAID, "reasoning": "Reeds are wet."}
    for row in ({"messages": TURNS}, {"conversations": TURNS}, {"question": Q, "answer": A}):
        record = one(tmp_path, {**row, key: "Reeds are wet."})
        assert (record["messages"], record["metadata"]) == ([ASKED, thought], None)
    assert one(tmp_path, {"messages": [ASKED, thought], key: "Reeds are wet."})["messages"][1] == thought
    assert refused(tmp_path, {"messages": [ASKED, thought], key: "No."})[0] == "ambiguous_layout"
    assert refused(tmp_path, {"messages": TURNS * 2, key: "Reeds are wet."})[0] == "no_known_layout"
    assert refused(tmp_path, {"messages": TURNS, key: ["Reeds", "are wet."]})[0] == "not_a_string"


@pytest.mark.parametrize("key", ["reasoning", "thinking", "cot", "chosen_reasoning", "rejected_reasoning"])
def test_reasoning_beside_a_preference_is_refused(tmp_path: Path, key: str) -> None:
    assert refused(tmp_path, {**PAIR, key: "Reeds are wet."})[0] == "no_known_layout"


def test_reasoning_that_an_answer_holds_stays_metadata(tmp_path: Path) -> None:
    turns = [ASKED, {"role": "assistant", "content": f"<think>Wet.</think>{A}"}]
    assert one(tmp_path, {"messages": turns, "reasoning": "Wet."})["messages"] == turns


@pytest.mark.parametrize(
    "fields",
    [
        {"question": Q, "answer": A},
        {"query": Q, "response": A},
        {"prompt": Q, "response": A},
        {"prompt": Q, "completion": A},
        {"conversation": TURNS},
        {"code": "def f(x):\n    return x"},
    ],
)
def test_a_text_beside_another_layout_must_say_it(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert refused(tmp_path, {"text": PAGE, **fields})[0] == "ambiguous_layout"
    if "code" not in fields:
        assert one(tmp_path, {"text": f"### {Q}\n### {A}", **fields})["messages"] == TURNS


@pytest.mark.parametrize("fields", [{"code": "en"}, {"code": 200}, {"code": "on birds of the"}])
def test_a_word_or_what_the_text_says_is_no_answer(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert one(tmp_path, {"text": PAGE, **fields})["text"] == PAGE


@pytest.mark.parametrize(
    "key", ["system_message", "systemPrompt", "system_instruction", "sys_prompt", "persona"]
)
@pytest.mark.parametrize("row", [{"messages": TURNS}, {"prompt": Q, "completion": A}, PAIR])
def test_other_names_of_a_system_prompt(tmp_path: Path, key: str, row: dict[str, Any]) -> None:
    record = one(tmp_path, {**row, key: "Be brief."})
    assert (record["messages"] or record["prompt"])[0] == {"role": "system", "content": "Be brief."}
    assert record["metadata"] is None
    assert refused(tmp_path, {**row, key: "Be brief.", "system": "Be long."})[0] == "ambiguous_layout"


@pytest.mark.parametrize("key", ["available_tools", "tool_definitions", "functions"])
def test_other_names_of_tools(tmp_path: Path, key: str) -> None:
    tools = [{"name": "look"}]
    assert one(tmp_path, {"messages": TURNS, key: tools})["tools"] == json.dumps(tools)
    system = {"role": "system", "content": "Be brief."}
    record = one(tmp_path, {"messages": [{**system, key: tools}, *TURNS]})
    assert (record["tools"], record["messages"]) == (json.dumps(tools), [system, *TURNS])
    assert record["metadata"] is None
    two = {"messages": [{**system, key: tools}, *TURNS], key: [{"name": "other"}]}
    assert refused(tmp_path, two)[0] == "ambiguous_layout"


@pytest.mark.parametrize(
    "fields",
    [{"function_calls": [CALL]}, {"tool_call": CALL}, {"tool_call": {"type": "function", "function": CALL}}],
)
def test_other_names_of_calls(tmp_path: Path, fields: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": [ASKED, {"role": "assistant", **fields}]})
    assert json.loads(record["messages"][1]["tool_calls"]) == [{"type": "function", "function": CALL}]
    assert record["metadata"] is None


@pytest.mark.parametrize(
    "key",
    [
        *("support", "evidence", "ctxs", "retrieved_documents", "search_results", "sql_context", "schema"),
        *("body", "abstract", "premise", "excerpt", "dialogue", "old_contents"),
    ],
)
def test_other_names_of_a_context(tmp_path: Path, key: str) -> None:
    for row in ({"question": Q, "answer": A}, {"instruction": Q, "output": A}, {"prompt": Q, "response": A}):
        record = one(tmp_path, {**row, key: PAGE})
        assert (record["messages"][0]["content"], record["metadata"]) == (f"{Q}\n{PAGE}", None)
        assert refused(tmp_path, {**row, key: [PAGE]})[0] == "not_a_string"
    assert refused(tmp_path, {"messages": TURNS, key: PAGE})[0] == "no_known_layout"


def test_code_beside_an_instruction(tmp_path: Path) -> None:
    row = {"instruction": Q, "output": A}
    assert one(tmp_path, {**row, "code": "x = 1 + y"})["messages"][0]["content"] == f"{Q}\nx = 1 + y"
    assert one(tmp_path, {**row, "starter_code": "x = 1"})["messages"][0]["content"] == f"{Q}\nx = 1"
    assert one(tmp_path, {**row, "code": "reed warbler does"})["messages"] == TURNS


@pytest.mark.parametrize(
    "fields",
    [
        {"answer_choices": ["a", "b"]},
        {"option_a": "a", "option_b": "b"},
        {"A": "a", "B": "b", "C": "c", "D": "d"},
    ],
)
def test_other_names_of_choices(tmp_path: Path, fields: dict[str, Any]) -> None:
    for row in ({"question": Q, "answer": A}, {"instruction": Q, "output": A}, PAIR):
        assert refused(tmp_path, {**row, **fields})[0] == "no_known_layout"


@pytest.mark.parametrize("key", ["image_path", "image_url", "image_file", "img", "video_path"])
def test_other_names_of_files(tmp_path: Path, key: str) -> None:
    record = one(tmp_path, {"messages": TURNS, key: "a/b.png"})
    assert (record["attachments"], record["metadata"]) == (json.dumps({key: "a/b.png"}), None)


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": Q, "completion": A, "response": "A cow."},
        {"prompt": Q, "completion": A, "response": "warbler"},
        {"question": Q, "answer": A, "prompt": "Answer it."},
        {"question": Q, "answer": A, "instruction": "Answer it."},
        {"question": Q, "answer": "A cow.", "prompt": Q, "completion": A},
    ],
)
def test_two_prompts_or_answers_that_differ_are_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    assert refused(tmp_path, row)[0] == "ambiguous_layout"


def test_the_same_said_twice_is_read_once(tmp_path: Path) -> None:
    rows = [
        {"prompt": Q, "completion": A, "response": A},
        {"question": Q, "answer": A, "prompt": Q},
        {"question": Q, "answer": A, "instruction": Q},
    ]
    found = read(tmp_path, *rows)
    assert found.quarantined.is_empty(), found.quarantined["detail"].to_list()
    assert [row["messages"] for row in bare_rows(found.records)] == [TURNS] * 3
