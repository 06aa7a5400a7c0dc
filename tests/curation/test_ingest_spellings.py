"""Thoughts, calls and tools under names that nobody knows: one verdict for all of them, and none is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.curation.test_ingest_parts import one, read, refused

USER = {"role": "user", "content": "Is the kiln hot?"}
SAID = {"role": "assistant", "content": "Not yet."}
SAYING = "The dial stands at ninety. So it needs another hour."
TOOL = {"name": "dial", "parameters": {"type": "object"}}

READ_THOUGHTS = """
think think_content thinking_content thought_process reasoning_process reasoning_steps
"""
REFUSED_PARTS = """
analysis scratchpad inner_monologue internal_thoughts model_thinking reasoning_text_parts thinkingBlock2
tool_result tool_results toolOutputs tool_response function_response api_result calls actions arguments
observation tool_invocations api_calls plugin_output
"""
TOOL_KEYS = """
tools functions function_list tool_list toolList api_list apis toolset python_tools xml_tools tools_json
tool_schemas openai_tools available_functions function_definitions candidate_tools
"""


@pytest.mark.parametrize("key", READ_THOUGHTS.split())
def test_thoughts_that_are_read(tmp_path: Path, key: str) -> None:
    thought = {**SAID, "reasoning": SAYING}
    rows = [{"messages": [USER, {**SAID, key: SAYING}]}, {"messages": [USER, SAID], key: SAYING}]
    for row in (*rows, {"messages": [USER, SAID], key: [SAYING]}):
        record = one(tmp_path, row)
        assert (record["messages"], record["metadata"]) == ([USER, thought], None)
    reason, detail = refused(tmp_path, {"messages": [USER, {**SAID, key: [SAYING, SAYING]}]})
    assert (reason, "under metadata in drop.toml" in detail) == ("not_a_string", True)


@pytest.mark.parametrize("key", REFUSED_PARTS.split())
def test_parts_that_nobody_knows_refuse_the_row(tmp_path: Path, key: str) -> None:
    for value in (SAYING, [SAYING], {"city": "Malmö"}, [{"n": 1}]):
        for row in (
            {"messages": [USER, {**SAID, key: value}]},
            {"messages": [USER, SAID], key: value},
            {"question": "Is the kiln hot?", "answer": "Not yet.", key: value},
        ):
            reason, detail = refused(tmp_path, row)
            assert (reason, f'metadata = ["{key}"]' in detail) == ("no_known_layout", True)
    for value in ("on", "", [], {}, True, 12, "a/b.json"):
        one(tmp_path, {"messages": [USER, SAID], key: value})
    one(tmp_path, {"messages": [USER, {**SAID, "reasoning_content": SAYING}], key: SAYING})


@pytest.mark.parametrize("key", TOOL_KEYS.split())
def test_definitions_of_tools_under_any_name(tmp_path: Path, key: str) -> None:
    for value in ([TOOL], json.dumps([TOOL])):
        record = one(tmp_path, {"messages": [USER, SAID], key: value})
        assert (json.loads(record["tools"]), record["metadata"]) == ([TOOL], None)
    assert one(tmp_path, {"messages": [{**USER, key: [TOOL]}, SAID]})["tools"] == json.dumps([TOOL])
    assert refused(tmp_path, {"messages": [USER, {**SAID, key: [TOOL]}]})[0] == "no_known_layout"
    if key not in ("tools", "functions"):
        assert refused(tmp_path, {"messages": [USER, SAID], key: [SAYING]})[0] == "no_known_layout"


def test_names_and_counts_of_tools_are_the_users(tmp_path: Path) -> None:
    fields = {
        "tool_name": "dial",
        "n_tools": 3,
        "tool_choice": "auto",
        "used_tools": ["dial"],
        "tool": "dial",
    }
    assert json.loads(one(tmp_path, {"messages": [USER, SAID], **fields})["metadata"]) == fields


# --- what is handed to the chat template


def handed(**given: Any) -> dict[str, Any]:
    return {"messages": [USER, SAID], "chat_template_kwargs": given}


def test_what_is_handed_to_the_template_is_read(tmp_path: Path) -> None:
    record = one(
        tmp_path,
        handed(custom_instructions="Speak in rhyme.", enable_thinking=False, python_tools=[], xml_tools=[]),
    )
    assert record["messages"] == [{"role": "system", "content": "Speak in rhyme."}, USER, SAID]
    left = {"enable_thinking": False, "python_tools": [], "xml_tools": []}
    assert json.loads(record["metadata"]) == {"chat_template_kwargs": left}
    record = one(tmp_path, handed(xml_tools=[json.dumps(TOOL)]))
    assert (json.loads(record["tools"]), record["metadata"]) == ([json.dumps(TOOL)], None)
    record = one(tmp_path, handed(python_tools=["def dial() -> int: ..."]))
    assert json.loads(record["tools"]) == [{"signature": "def dial() -> int: ..."}]


def test_rows_that_hand_other_things_to_the_template_differ(tmp_path: Path) -> None:
    rows = [
        handed(),
        handed(custom_instructions="Speak in rhyme."),
        handed(custom_instructions="Speak as a judge."),
        handed(xml_tools=[json.dumps(TOOL)]),
    ]
    assert read(tmp_path, *rows).records["id"].n_unique() == len(rows)


def test_a_template_that_says_what_the_turns_say_or_something_else(tmp_path: Path) -> None:
    system = {"role": "system", "content": "Be brief."}
    row = {**handed(custom_instructions="Be brief."), "messages": [system, USER, SAID]}
    assert one(tmp_path, row)["messages"] == [system, USER, SAID]
    assert (
        refused(tmp_path, {**handed(custom_instructions="Sing."), "system": "Hum."})[0] == "ambiguous_layout"
    )
    two = handed(python_tools=["def dial() -> int: ..."], xml_tools=[json.dumps(TOOL)])
    assert refused(tmp_path, two)[0] == "ambiguous_layout"
    assert one(tmp_path, {"messages": [USER, SAID], "chat_template_kwargs": "none"})["messages"] == [
        USER,
        SAID,
    ]
