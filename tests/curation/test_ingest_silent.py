"""What trainers train on is read, counted or refused: rows that differ in it never become one in silence."""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.export import export
from entropy_assets.curation.ingest import iter_drop
from entropy_assets.records import content_id
from tests.curation.test_ingest_parts import one, read, refused

ASKED = {"role": "user", "content": "Name a good cat for a house."}
SAID = {"role": "assistant", "content": "Old tabby."}
ROWS_TOLD = "is a list of rows: deliver that list alone"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"segments": [{"label": False, "text": "<s>hi"}, {"label": True, "text": "ho"}]}, "a mask for each"),
        ({"trajectory": [{"role": "system", "text": "Be."}, {"role": "user", "text": "Fix"}]}, "of turns"),
        ({"chunks": [{"text": "One"}, {"text": "two."}]}, "name what asks 'prompt'"),
        ({"rows": [{"text": "One."}, {"txt": "Two."}]}, "name what asks 'prompt'"),
        ({"rows": [{"text": "One."}, {"text": "Two."}]}, ROWS_TOLD),
        ({"rows": [{"prompt": "One?", "completion": "Two.", "label": False}]}, ROWS_TOLD),
    ],
)
def test_a_list_is_rows_only_where_each_element_is_one(
    tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    reason, detail = refused(tmp_path, row)
    assert (reason, told in detail, ROWS_TOLD in detail) == ("no_known_layout", True, told == ROWS_TOLD)


@pytest.mark.parametrize(
    "beside",
    [
        {"rejected_response": "Wild lion."},
        {"rejected": "Old"},
        {"rejectedMessages": [ASKED, {**SAID, "content": "Wild lion."}]},
        {"preferred_answer": "A dog."},
    ],
)
def test_an_answer_that_was_rejected_is_never_only_metadata(tmp_path: Path, beside: dict[str, Any]) -> None:
    for row in ({"messages": [ASKED, SAID]}, {"prompt": "Name a cat.", "completion": "Tabby."}):
        reason, detail = refused(tmp_path, row | beside)
        assert (reason, "the better one" in detail) == ("no_known_layout", True)


def test_what_is_known_about_the_sides_is_metadata(tmp_path: Path) -> None:
    about = {"rejected_score": 2.0, "chosen_model": "m", "chosen_response": "Old tabby.", "rejected": None}
    assert json.loads(one(tmp_path, {"messages": [ASKED, SAID]} | about)["metadata"]) == about


@pytest.mark.parametrize(
    ("asks", "answers"), [("prompt", "completion"), ("prompt", "response"), ("input", "output")]
)
def test_the_place_of_a_hole_is_not_lost(tmp_path: Path, asks: str, answers: str) -> None:
    reason, detail = refused(tmp_path, {asks: "a = 1", "suffix": "b = 2", answers: "hole"})
    assert (reason, "no place for the hole" in detail) == ("no_known_layout", True)


def calls(*ids: str) -> dict[str, Any]:
    cities = ("Oslo", "Rome", "Bern")
    made = [
        {"id": one, "function": {"name": "w", "arguments": city}}
        for one, city in zip(ids, cities, strict=False)
    ]
    return {"role": "assistant", "content": "", "tool_calls": made}


def results(**said: str) -> list[dict[str, Any]]:
    return [{"role": "tool", "tool_call_id": one, "content": content} for one, content in said.items()]


def test_which_call_a_result_answers_counts(tmp_path: Path) -> None:
    rows = [
        [ASKED, calls("a", "b"), *results(a="sun", b="rain"), SAID],
        [ASKED, calls("a", "b"), *results(b="rain", a="sun"), SAID],  # the same, in the order of arrival
        [ASKED, calls("a", "b"), *results(b="sun", a="rain"), SAID],
    ]
    found = read(tmp_path, *({"messages": turns} for turns in rows)).records
    first, same, other = found["id"]
    assert (first == same, first == other) == (True, False)
    for row in export(found, "messages").rows:
        turns = json.loads(row)["messages"]
        assert [turn.get("tool_call_id") for turn in turns] == [None, None, "a", "b", None]
    pair = {"prompt": rows[0][:2], "chosen": rows[1][2:], "rejected": rows[2][2:]}
    told = one(tmp_path, pair)
    assert [[turn["content"] for turn in told[side]] for side in ("chosen", "rejected")] == [
        ["sun", "rain", "Old tabby."],
        ["rain", "sun", "Old tabby."],
    ]


def test_results_whose_calls_a_record_cannot_tell(tmp_path: Path) -> None:
    asked = [ASKED, calls("a", "b")]
    assert refused(tmp_path, {"messages": [*asked, *results(b="rain"), SAID]})[0] == "no_known_layout"
    twice = [*results(a="rain"), *results(a="sun")]
    assert refused(tmp_path, {"messages": [*asked, *twice, SAID]})[0] == "ambiguous_layout"
    for kept in (results(x="sun", a="rain"), results(a="sun")):  # an unknown id; the later call is unanswered
        turns = one(tmp_path, {"messages": [*asked, *kept, SAID]})["messages"]
        assert [turn["content"] for turn in turns[2:-1]] == [turn["content"] for turn in kept]


def drop(folder: Path, row: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    folder.mkdir(parents=True)
    (folder / "a.jsonl").write_text(json.dumps(row))
    (batch,) = iter_drop(folder.parent, drop="d")
    return batch.records.rows(named=True), batch.quarantined["detail"].to_list()


def test_a_folder_is_the_key_that_a_row_would_have(tmp_path: Path) -> None:
    row = {"instruction": "Say it.", "output": "It."}
    records, _ = drop(tmp_path / "1" / "prompt=cot", row)
    assert json.loads(records[0]["metadata"]) == {"prompt": "cot"}
    records, details = drop(tmp_path / "2" / "response=x", row)
    assert (records, "differ" in details[0]) == ([], True)
    records, details = drop(tmp_path / "3" / "text=hello", {"body": "A page."})  # a folder makes no example
    assert (records, "the fields are 'body'" in details[0]) == ([], True)
    records, _ = drop(tmp_path / "4" / "response=x", {"prompt": [ASKED]})
    assert (len(records[0]["messages"]), json.loads(records[0]["metadata"])["response"]) == (1, "x")


def test_a_prompt_of_turns_alone_has_no_answer(tmp_path: Path) -> None:
    row = {"prompt": [ASKED], "ground_truth": "4", "reward_model": {"style": "rule", "ground_truth": "4"}}
    record = one(tmp_path, row)
    assert (record["kind"], record["messages"]) == ("chat", [ASKED])
    assert {"ground_truth", "reward_model"} <= json.loads(record["metadata"]).keys()
    assert record["id"] == content_id(one(tmp_path, {"messages": [ASKED]}))
    assert one(tmp_path, row | {"prompt": json.dumps([ASKED])})["id"] == record["id"]
    assert "name it 'messages'" in refused(tmp_path, row | {"prompt": [ASKED, SAID]})[1]
    assert refused(tmp_path, {"prompt": "What?", "ground_truth": "4"})[0] == "no_known_layout"


@pytest.mark.parametrize("weight", ["Infinity", "-Infinity", "1e400", '"inf"'])
def test_a_weight_that_is_not_finite_is_refused(tmp_path: Path, weight: str) -> None:
    turn = f'{{"role": "assistant", "content": "Ho.", "weight": {weight}}}'
    told = refused(tmp_path, f'{{"messages": [{json.dumps(ASKED)}, {turn}]}}')
    assert (told[0], "finite number" in told[1]) == ("no_known_layout", True)
    assert refused(tmp_path, f'{{"prompt": "Hi", "completion": "Ho", "weight": {weight}}}') == told


def test_calls_and_results_in_a_content_are_those_of_turns(tmp_path: Path) -> None:
    used = [{"type": "tool_use", "id": one, "name": "w", "input": {"city": one}} for one in "ab"]
    got = [
        {"type": "tool_result", "tool_use_id": "b", "content": [{"type": "text", "text": "rain"}]},
        {"type": "tool_result", "tool_use_id": "a", "content": "sun", "is_error": False},
    ]
    told = {"type": "text", "text": "I look."}
    parts = [ASKED, {"role": "assistant", "content": [told, *used]}]
    row = {"messages": [*parts, {"role": "user", "content": [*got, {"type": "text", "text": "And?"}]}, SAID]}
    record = one(tmp_path, row)
    made = [
        {"id": one, "type": "function", "function": {"name": "w", "arguments": {"city": one}}} for one in "ab"
    ]
    assert record["messages"] == [
        ASKED,
        {"role": "assistant", "content": "I look.", "tool_calls": json.dumps(made)},
        {"role": "tool", "content": "sun"},
        {"role": "tool", "content": "rain"},
        {"role": "user", "content": "And?"},
        SAID,
    ]
    assert json.loads(record["metadata"])["message_fields"] == {
        "messages.2": {"tool_call_id": "a", "is_error": False},
        "messages.3": {"tool_call_id": "b"},
    }
    (written,) = export(read(tmp_path, row).records, "messages").rows
    assert one(tmp_path, written)["id"] == record["id"]
    for wrong in ([*used, told], [*used, {"type": "server_tool_use", "id": "c"}]):
        assert "behind a call" in refused(tmp_path, {"messages": [ASKED, {**SAID, "content": wrong}]})[1]
    early = {"role": "user", "content": [told, *got]}
    assert "before a result" in refused(tmp_path, {"messages": [*parts, early, SAID]})[1]
