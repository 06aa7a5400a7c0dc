"""Rows of two columns of which one asks and the other answers, and which of several answers counts."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.curation.test_ingest_parts import one, read, refused

Q, A = "How far does the ferry go?", "It goes to the third island."
ASKED, SAID = {"role": "user", "content": Q}, {"role": "assistant", "content": A}
PAGE = "The ferry is red. It has two decks, and sails at noon."


@pytest.mark.parametrize("answering", ["answer", "solution", "output", "generation", "targets", "target"])
@pytest.mark.parametrize(
    "asking", ["problem", "query", "input", "inputs", "prompt", "question", "instruction"]
)
def test_what_asks_and_what_answers_under_their_usual_names(
    tmp_path: Path, asking: str, answering: str
) -> None:
    row = {asking: Q, answering: A}
    record = one(tmp_path, row)
    assert (record["messages"], record["metadata"]) == ([ASKED, SAID], None)
    behind = one(tmp_path, {**row, "passage": PAGE, "system": "Be brief."})["messages"]
    assert behind[:2] == [{"role": "system", "content": "Be brief."}, {**ASKED, "content": f"{Q}\n{PAGE}"}]
    assert refused(tmp_path, {**row, "table": PAGE, "choices": ["a", "b"]})[0] == "no_known_layout"
    assert refused(tmp_path, {**row, "zettel": PAGE})[0] == "no_known_layout"
    assert (
        one(tmp_path, {asking: [ASKED], answering: A} if asking == "inputs" else row)["messages"][1] == SAID
    )


def test_an_input_beside_a_prompt_is_its_context(tmp_path: Path) -> None:
    record = one(tmp_path, {"prompt": Q, "input": PAGE, "output": A})
    assert record["messages"] == [{**ASKED, "content": f"{Q}\n{PAGE}"}, SAID]


def test_a_layout_of_its_own_counts_before_a_pair(tmp_path: Path) -> None:
    record = one(tmp_path, {"messages": [ASKED, SAID], "problem": Q, "solution": A})
    assert (record["messages"], len(json.loads(record["metadata"]))) == ([ASKED, SAID], 2)
    reason, detail = refused(tmp_path, {"text": PAGE, "problem": Q, "solution": A})
    assert (reason, 'metadata = ["problem", "solution"]' in detail) == ("ambiguous_layout", True)
    assert one(tmp_path, {"text": f"{Q}\n{A}", "problem": Q, "solution": A})["messages"] == [ASKED, SAID]


@pytest.mark.parametrize("asking", ["question", "problem", "query"])
def test_the_worked_solution_is_what_is_trained_on(tmp_path: Path, asking: str) -> None:
    worked = "There are three piers, two miles apart, so it goes 4 miles."
    record = one(tmp_path, {asking: Q, "solution": worked, "answer": "4"})
    assert record["messages"] == [ASKED, {**SAID, "content": worked}]
    assert json.loads(record["metadata"]) == {"answer": "4"}
    other = one(tmp_path, {asking: Q, "solution": f"A guess: 4. {worked}", "answer": "4"})
    assert other["id"] != record["id"]
    reason, detail = refused(
        tmp_path, {asking: Q, "solution": "It goes 14 miles, by the log.", "answer": "4"}
    )
    assert (reason, "metadata = [" in detail) == ("ambiguous_layout", True)
    for solution in ([worked], {"text": worked}):
        refused(tmp_path, {asking: Q, "solution": solution, "answer": "4"})


@pytest.mark.parametrize("row", [{"instruction": Q, "output": A}, {"input": Q, "output": A}])
def test_a_short_answer_beside_an_output_is_the_users(tmp_path: Path, row: dict[str, Any]) -> None:
    assert json.loads(one(tmp_path, {**row, "answer": "miles"})["metadata"]) == {"answer": "miles"}
    assert json.loads(one(tmp_path, {**row, "solution": "third island"})["metadata"]) == {
        "solution": "third island"
    }
    assert refused(tmp_path, {**row, "answer": "Nobody knows how far it goes."})[0] == "ambiguous_layout"


@pytest.mark.parametrize("steps", [["Read the log.", "Count the piers."], "Read the log. Count the piers."])
def test_steps_are_read_as_thought_or_refuse_the_row(tmp_path: Path, steps: Any) -> None:
    assert refused(tmp_path, {"question": Q, "answer": A, "steps": steps})[0] == "no_known_layout"
    row = {"question": Q, "answer": A, "reasoning_steps": steps}
    if isinstance(steps, str):
        assert one(tmp_path, row)["messages"][1] == {**SAID, "reasoning": steps}
    else:
        assert refused(tmp_path, row)[0] == "not_a_string"


@pytest.mark.parametrize("shorter", ["summary", "highlights", "headline"])
@pytest.mark.parametrize("article", ["article", "document", "dialogue"])
def test_a_text_and_its_summary_ask_nothing(tmp_path: Path, article: str, shorter: str) -> None:
    reason, detail = refused(tmp_path, {article: PAGE, shorter: A})
    assert reason == "no_known_layout"
    assert f"input: .{article}, output: .{shorter}" in detail


def test_other_names_are_told_what_to_write(tmp_path: Path) -> None:
    _, detail = refused(tmp_path, {"frage": Q, "antwort": A})
    assert "name what asks 'prompt' and what answers 'completion'" in detail


@pytest.mark.parametrize("key", ["prompt", "question", "instruction", "query", "output", "completion"])
def test_a_prompt_or_an_answer_beside_a_text_must_be_in_it(tmp_path: Path, key: str) -> None:
    reason, detail = refused(tmp_path, {"text": PAGE, key: "Write of a ferry, for children."})
    assert (reason, f'metadata = ["{key}"]' in detail) == ("ambiguous_layout", True)
    for said in ("sports", "The ferry is red."):
        assert json.loads(one(tmp_path, {"text": PAGE, key: said})["metadata"]) == {key: said}


def test_turns_without_an_answer_are_counted(tmp_path: Path) -> None:
    found = read(tmp_path, {"messages": [ASKED]}, {"prompt": [ASKED], "completion": A}, {"messages": [ASKED]})
    assert [str(note).partition(": ")[2] for note in found.told] == [
        "2 rows have no turn of an assistant: nothing of them is trained on"
    ]


SURVEY = {"intent": "Somebody wants to know how far it goes.", "knowledge": "One needs to know of ferries."}


def test_what_an_annotator_says_of_an_instruction_is_no_part_of_it(tmp_path: Path) -> None:
    row = {"instruction": Q, "response": A, **SURVEY, "difficulty": "easy", "input_quality": "good"}
    human = [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]
    for whole in (row, {**row, "conversations": human}):
        assert one(tmp_path, whole)["messages"] == [ASKED, SAID]
    for key, said in SURVEY.items():
        reason, detail = refused(tmp_path, {"instruction": Q, "response": A, key: said})
        assert (reason, f'metadata = ["{key}"]' in detail) == ("no_known_layout", True)
    reason, detail = refused(
        tmp_path, {"instruction": Q, "response": A, "context": PAGE, "conversations": human}
    )
    assert (reason, 'metadata = ["context"]' in detail) == ("ambiguous_layout", True)
