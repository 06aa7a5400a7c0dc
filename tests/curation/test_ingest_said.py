"""What a turn says in other forms than one string: refusals, parts of a system prompt, parts of a thought."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.curation.test_ingest_parts import one as record
from tests.curation.test_ingest_parts import refused as refusal
from tests.curation.test_ingest_two_meanings import ASKED, SAID

NO = "I can't help with that."
CACHED = {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}
PARTS = [
    [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}],
    [{"type": "thinking", "thinking": "one"}, {"type": "summary_text", "text": "two"}],
    [{"text": "one"}, {"text": "two"}],
]


@pytest.mark.parametrize(
    "turn",
    [
        {"role": "assistant", "content": None, "refusal": NO},
        {"role": "assistant", "refusal": NO},
        {"role": "assistant", "content": "", "refusal": NO},
        {"role": "assistant", "content": [], "refusal": NO},
        {"role": "assistant", "content": NO, "refusal": NO},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": NO}]},
    ],
)
def test_a_refusal_is_what_the_turn_says(tmp_path: Path, turn: dict[str, Any]) -> None:
    assert record(tmp_path, {"messages": [ASKED, turn]})["messages"][1] == {
        "role": "assistant",
        "content": NO,
    }


def test_a_refusal_beside_another_content_is_two_texts(tmp_path: Path) -> None:
    reason, detail = refusal(tmp_path, {"messages": [ASKED, {**SAID, "refusal": NO}]})
    assert reason == "ambiguous_layout"
    assert detail == "messages.1 has content and refusal, which differ; keep one"


@pytest.mark.parametrize("said", [None, "", False])
def test_no_refusal_changes_nothing(tmp_path: Path, said: object) -> None:
    assert record(tmp_path, {"messages": [ASKED, {**SAID, "refusal": said}]})["messages"][1] == SAID


@pytest.mark.parametrize(("content", "name"), [(None, "null"), (3, "a number"), ({"a": 1}, "an object")])
def test_a_content_that_is_no_string_is_named_with_what_to_do(
    tmp_path: Path, content: object, name: str
) -> None:
    _, detail = refusal(tmp_path, {"messages": [ASKED, {"role": "assistant", "content": content}]})
    assert detail == (
        f"messages.1.content is {name}, a string is needed: write what the turn says, or leave the turn out"
    )
    _, detail = refusal(tmp_path, {"conversations": [{"from": "human", "value": content}]})
    assert detail.startswith(f"conversations.0.value is {name}, a string is needed: ")


@pytest.mark.parametrize("key", ["system", "system_prompt"])
def test_parts_of_a_system_prompt_are_read_as_those_of_turns_are(tmp_path: Path, key: str) -> None:
    made = record(
        tmp_path, {key: [CACHED, {"type": "text", "text": " Be brief."}], "messages": [ASKED, SAID]}
    )
    assert made["messages"][0] == {"role": "system", "content": "Be kind. Be brief."}
    (turn,) = json.loads(made["metadata"])["message_fields"].values()
    assert turn == {"parts": [{"cache_control": {"type": "ephemeral"}}, {}]}
    row = {key: [CACHED], "prompt": "Is it?", "chosen": "It is.", "rejected": "No."}
    assert record(tmp_path, row)["prompt"][0]["content"] == "Be kind."


@pytest.mark.parametrize("system", [[{"type": "image", "url": "a.png"}], [1], 3, {"text": "x"}])
def test_a_system_prompt_of_something_else_is_refused(tmp_path: Path, system: object) -> None:
    assert "system" in refusal(tmp_path, {"system": system, "messages": [ASKED, SAID]})[1]


@pytest.mark.parametrize("key", ["reasoning_content", "thinking", "thoughts"])
@pytest.mark.parametrize("parts", PARTS)
def test_parts_of_a_thought_are_one_text(tmp_path: Path, key: str, parts: list[Any]) -> None:
    made = record(tmp_path, {"messages": [ASKED, {**SAID, key: parts}]})
    assert made["messages"][1]["reasoning"] == "one\n\ntwo"
    made = record(tmp_path, {"question": "Is it?", "answer": "It is.", key: parts})
    assert made["messages"][1]["reasoning"] == "one\n\ntwo"


@pytest.mark.parametrize("value", [{"a": "one"}, [1, 2], ["one", "two"], [{"text": "one"}, "b"]])
def test_thoughts_that_are_no_texts_are_refused_and_not_advised_away(tmp_path: Path, value: object) -> None:
    for place, row in (
        ("messages.1.reasoning_content", {"messages": [ASKED, {**SAID, "reasoning_content": value}]}),
        ("reasoning_content", {"prompt": "Is it?", "completion": "It is.", "reasoning_content": value}),
    ):
        reason, detail = refusal(tmp_path, row)
        assert reason == "not_a_string"
        assert detail.startswith(f"{place} is a")
        assert detail.index("as one string") < detail.index("metadata")
        assert "not to be trained on" in detail
