"""Masks and switches without a place refuse a row; channels, recipients and items are parts of turns."""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.export import export
from tests.curation.test_ingest_parts import one, read, refused

ASKED = {"role": "user", "content": "How deep is the well?"}
SAID = {"role": "assistant", "content": "Nine metres."}


@pytest.mark.parametrize(
    "switch",
    [
        *({"is_target": False}, {"is_target": True}, {"target": 0}, {"ignore": True}, {"ignored": 1}),
        *({"skip": True}, {"to_skip": "true"}, {"learn": False}, {"is_learned": False}, {"supervise": 0}),
        *({"is_supervised": False}, {"is_masked": True}, {"mask": "Assistant"}, {"no_loss": "true"}),
        {"mask": [[0, 4]]},
    ],
    ids=str,
)
def test_a_switch_of_a_turn_under_another_name_refuses_the_row(
    tmp_path: Path, switch: dict[str, Any]
) -> None:
    (key,) = switch
    reason, detail = refused(tmp_path, {"messages": [ASKED, {**SAID, **switch}]})
    assert (reason, f"{key!r}" in detail, "how much of the loss" in detail) == ("no_known_layout", True, True)


@pytest.mark.parametrize(
    "switch",
    [
        *({"last_turn_only": True}, {"only_last_turn": 1}, {"final_answer_only": "true"}),
        *({"ignore": True}, {"learn": False}, {"mask": "Assistant"}, {"mask": "gpt"}, {"mask": "0110"}),
        *({"is_masked": True}, {"train_on_last_only": True}, {"assistant_only_loss": True}),
    ],
    ids=str,
)
def test_a_switch_of_a_row_under_another_name_refuses_it(tmp_path: Path, switch: dict[str, Any]) -> None:
    rows = [{"messages": [ASKED, SAID]}, {"prompt": "How deep?", "chosen": "Nine.", "rejected": "Two."}]
    for row in rows:
        assert "how much of the loss" in refused(tmp_path, row | switch)[1]
    if "only" not in next(iter(switch)):
        assert "how much of the loss" in refused(tmp_path, {"text": "A page."} | switch)[1]


@pytest.mark.parametrize(
    "field",
    [
        *({"mask": "User"}, {"mask": "human"}, {"mask": ""}, {"last_turn_only": False}, {"ignore": False}),
        *({"is_train": True}, {"read_only": True}, {"skip_special_tokens": True}, {"target": 1}),
        *({"ignore_index": 1}, {"train_on_last_only": False}),
    ],
    ids=str,
)
def test_what_says_no_more_than_trainers_do_anyway_stays(tmp_path: Path, field: dict[str, Any]) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID]} | field)
    assert (record["messages"], json.loads(record["metadata"])) == ([ASKED, SAID], field)


def channel(name: str, content: str, **further: Any) -> dict[str, Any]:
    return {"role": "assistant", "channel": name, "content": content, **further}


def test_what_was_thought_in_a_channel_is_reasoning(tmp_path: Path) -> None:
    thought = {**SAID, "reasoning": "The rope is nine long."}
    turns = [ASKED, channel("analysis", "The rope is nine long."), channel("final", "Nine metres.")]
    record = one(tmp_path, {"messages": turns})
    assert record["messages"] == [ASKED, thought]
    spoken = [ASKED, channel("analysis", "The rope"), channel("Analysis", "is nine."), SAID]
    assert one(tmp_path, {"messages": spoken})["messages"][1]["reasoning"] == "The rope\n\nis nine."
    alone = one(tmp_path, {"messages": [ASKED, channel("analysis", "Rope."), ASKED, SAID]})
    assert alone["messages"][1] == {"role": "assistant", "content": "", "reasoning": "Rope."}
    other = one(tmp_path, {"messages": [ASKED, {**SAID, "channel": "general"}]})
    assert other["messages"] == [ASKED, SAID], "a channel of a chat room says nothing of thoughts"


def test_a_message_to_a_tool_is_a_call(tmp_path: Path) -> None:
    answered = {"role": "functions.rope", "channel": "commentary", "recipient": "assistant", "content": "9"}
    turns = [
        *(
            ASKED,
            channel("analysis", "Measure."),
            channel("commentary", '{"in": "m"}', recipient="functions.rope"),
        ),
        *(answered, channel("final", "Nine metres.", recipient="all")),
    ]
    record = one(tmp_path, {"messages": turns})
    call = [{"type": "function", "function": {"name": "rope", "arguments": '{"in": "m"}'}}]
    acted = {"role": "assistant", "content": "", "reasoning": "Measure.", "tool_calls": json.dumps(call)}
    assert record["messages"] == [ASKED, acted, {"role": "tool", "content": "9"}, SAID]
    found = read(tmp_path, {"messages": turns}).records
    assert read(tmp_path, *export(found, "messages").rows).records["id"].to_list() == found["id"].to_list()


def test_thoughts_that_count_otherwise_than_their_answer_are_refused(tmp_path: Path) -> None:
    turns = [ASKED, channel("analysis", "Rope.", weight=0), channel("final", "Nine.")]
    assert refused(tmp_path, {"messages": turns})[0] == "ambiguous_layout"
    both = [ASKED, channel("analysis", "Rope.", weight=0), channel("final", "Nine.", weight=0)]
    assert one(tmp_path, {"messages": both})["messages"][1]["weight"] == 0
    twice = [ASKED, channel("analysis", "Rope."), channel("final", "Nine.", reasoning_content="Bucket.")]
    assert refused(tmp_path, {"messages": twice})[0] == "ambiguous_layout"
    masks = {
        "messages": [ASKED, channel("analysis", "Rope."), channel("final", "Nine.")],
        "loss_mask": [0, 0, 1],
    }
    assert refused(tmp_path, masks)[0] == "no_known_layout"


def test_items_of_responses_are_turns(tmp_path: Path) -> None:
    given = [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ASKED["content"]}]}
    ]
    made = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Measure."}], "id": "r"},
        {"type": "function_call", "name": "rope", "arguments": "{}", "call_id": "c"},
        {"type": "function_call_output", "call_id": "c", "output": "9"},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Nine metres."}],
        },
    ]
    record = one(tmp_path, {"input": given, "output": made})
    assert [turn["role"] for turn in record["messages"]] == ["user", "assistant", "tool", "assistant"]
    assert record["messages"][1]["reasoning"] == "Measure."
    assert json.loads(record["messages"][1]["tool_calls"])[0]["function"] == {
        "name": "rope",
        "arguments": "{}",
    }
    odd = [{"type": "reasoning", "summary": 3}, {"type": "reasoning", "content": [3, {"text": 4}]}]
    assert refused(tmp_path, {"messages": [ASKED, *odd]})[0] == "empty_turn"


def test_rows_of_tuning_apis_are_read(tmp_path: Path) -> None:
    gemini = {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {
                "role": "user",
                "parts": [{"text": ASKED["content"]}, {"fileData": {"fileUri": "gs://w/1.png"}}],
            },
            {"role": "model", "parts": [{"functionCall": {"name": "rope", "args": {"in": "m"}}}]},
            {"role": "user", "parts": [{"functionResponse": {"name": "rope", "response": {"m": 9}}}]},
            {"role": "model", "parts": [{"text": "Rope.", "thought": True}, {"text": "Nine metres."}]},
        ],
    }
    record = one(tmp_path, gemini)
    assert [turn["role"] for turn in record["messages"]] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert "gs://w/1.png" in record["messages"][1]["attachments"]
    assert record["messages"][3]["content"] == '{"m": 9}'
    assert record["messages"][4] == {**SAID, "reasoning": "Rope."}
    blocks = {
        "system": [{"text": "Be."}],
        "messages": [{"role": "user", "content": [{"text": "Deep?"}]}, SAID],
    }
    assert one(tmp_path, blocks)["messages"] == [
        {"role": "system", "content": "Be."},
        {"role": "user", "content": "Deep?"},
        SAID,
    ]
    pair = {
        "input": {"messages": [ASKED], "tools": [{"name": "rope"}]},
        "preferred_output": [SAID],
        "non_preferred_output": [{**SAID, "content": "Two."}],
    }
    record = one(tmp_path, pair)
    assert (record["kind"], record["prompt"], record["chosen"]) == ("preference", [ASKED], [SAID])
    assert record["tools"] == '[{"name": "rope"}]'


@pytest.mark.parametrize(
    "part",
    [{"executableCode": {}}, {"text": 3}, {"functionCall": "f"}, {"inlineData": {"data": "iVBOR"}}, 7, {}],
)
def test_parts_without_a_place_refuse_the_row(tmp_path: Path, part: Any) -> None:
    refused(tmp_path, {"contents": [{"role": "user", "parts": [{"text": "Deep?"}, part]}]})


def test_calls_in_a_language_of_their_own_are_kept_to_the_letter(tmp_path: Path) -> None:
    turns = [ASKED, {"role": "assistant", "content": None, "function_calls": 'rope(unit="m")'}]
    assert one(tmp_path, {"messages": turns})["messages"][1]["tool_calls"] == 'rope(unit="m")'
    cohere = [
        {"role": "User", "content": "How deep is the well?"},
        {"role": "Chatbot", "content": "Nine metres."},
    ]
    assert one(tmp_path, {"messages": cohere})["messages"] == [ASKED, SAID]
