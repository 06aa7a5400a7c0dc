"""Advice is followed to the letter and gives a whole record; where none is sure, the obstacle is told."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.ingest import iter_drop
from tests.bare import bare_rows
from tests.curation.test_ingest_parts import refused

ASKED = "Which knot holds a bucket on a wet rope?"
SAID = "A bowline holds it, since it does not slip."
OTHER = "A granny knot will do for a bucket, I think."
THOUGHT = "The rope is wet, so a knot that slips is out."
CODE = "def knots(n):\n    return n * 2  # two a rope"
TURNS = [{"role": "user", "content": ASKED}]

RENAMED: list[dict[str, Any]] = [
    {
        "question": ASKED,
        "solution": "A bowline, tied twice",
        "attempt": SAID,
        "thinking_trajectories": [THOUGHT],
    },
    {"source": ASKED, "target": SAID, "rationale": THOUGHT, "task": "knots"},
    {"problem": ASKED, "qwen_reasoning": THOUGHT, "qwen_solution": SAID, "domain": "ropes"},
    {
        "prompt": ASKED,
        "llm_response": SAID,
        "gold_standard_solution": "It is a bowline, as all know.",
        "score": 1,
    },
    {"user_question": ASKED, "model_answer": SAID},
]


def follow(row: dict[str, Any], detail: str) -> tuple[dict[str, Any], str]:
    """Return a row with its keys renamed as the detail says, and what it says of drop.toml."""
    named = dict(re.findall(r"'(\w+)' to '(\w+)'", detail))
    declared = re.search(r"metadata = \[[^]]*\]", detail)
    return {named.get(key, key): value for key, value in row.items()}, declared[0] if declared else ""


@pytest.mark.parametrize("row", RENAMED, ids=lambda row: "-".join(row))
def test_a_row_that_is_renamed_as_told_is_a_whole_record(tmp_path: Path, row: dict[str, Any]) -> None:
    reason, detail = refused(tmp_path, row)
    assert (reason, "rename" in detail) == ("no_known_layout", True)
    renamed, declared = follow(row, detail)
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "in.jsonl").write_text(json.dumps(renamed), encoding="utf-8")
    if declared:
        (drop / "drop.toml").write_text(declared, encoding="utf-8")
    (batch,) = iter_drop(drop, "d")
    assert batch.quarantined.is_empty(), batch.quarantined["detail"].to_list()
    (record,) = bare_rows(batch.records)
    asked, answer = record["messages"]
    assert (asked["content"], answer["content"]) == (ASKED, SAID)
    has_thought = any(THOUGHT in str(value) for value in row.values())
    assert answer.get("reasoning") == (THOUGHT if has_thought else None)
    assert SAID not in (record["metadata"] or "")
    assert batch.told == ()


NAMED: list[tuple[dict[str, Any], str]] = [
    (
        {"question": ASKED, "solution": SAID, "test": "assert knots(1) == 2", "r2_solution": CODE},
        "a row for each",
    ),
    (
        {
            "question": ASKED,
            "solution": "42",
            "a_attempt": SAID,
            "b_attempt": OTHER,
            "a_thinking_trajectory": THOUGHT,
            "b_thinking_trajectory": THOUGHT,
        },
        "'a_thinking_trajectory' and 'b_thinking_trajectory' as 'reasoning_content' of its own answer",
    ),
    ({"question": ASKED, "final_answer": "7", "m_solution_1": SAID, "m_solution_2": OTHER}, "a row for each"),
    ({"question": ASKED, "solutions": json.dumps([SAID]), "starter_code": ""}, "'solutions' (1) are answers"),
    (
        {
            "prompt": f"\n\nHuman: {ASKED}\n\nAssistant: ",
            "answers": [{"answer": SAID, "rank": 1}, {"answer": OTHER, "rank": 2}],
        },
        "'answers' (2) are answers to one question",
    ),
    (
        {"question": {"id": "1", "full_text": ASKED}, "answer_0": SAID, "answer_1": OTHER, "score_0": 1},
        "with what 'question' asks as 'prompt'",
    ),
    (
        {
            "instruction": ASKED,
            "models": ["a"],
            "completions": [{"response": SAID, "score": 4}, {"response": OTHER, "score": 1}],
        },
        "the better one as 'chosen'",
    ),
    ({"prompt": ASKED, "responses": [SAID, OTHER], "rewards": [1.0, 0.0]}, "the better one as 'chosen'"),
    ({"prompt": ASKED, "response_0": SAID, "response_1": OTHER, "better_response_id": 1}, "the better one"),
    (
        {"context": TURNS, "response1": SAID, "response2": OTHER, "overall_preference": -2},
        "with what 'context' asks as 'prompt'",
    ),
    ({"trajectory": TURNS, "chosen": SAID, "rejected": OTHER}, "name it 'prompt' beside the answers"),
    ({"dialog_turns": [*TURNS, {"role": "assistant", "content": SAID}]}, "name it 'messages'"),
    (
        {"row_idx": 0, "row": {"instruction": ASKED, "output": SAID}, "truncated_cells": []},
        "jq -c '.[\"row\"]'",
    ),
    ({"translation": {"en": "A rope.", "de": "Ein Seil."}}, "none of them asks"),
    ({"input_ids": [1, 2], "labels": [-100, 2]}, "numbers of tokens"),
    (
        {"custom_id": "r", "response": {"status_code": 200, "body": {"choices": [{"message": {}}]}}},
        "'custom_id'",
    ),
    ({"chat": {"turn_1": {"Human": ASKED, "Model": SAID}}, "num_turns": 1}, "an object of turns"),
    ({"images": ["a.png"], "texts": [{"user": ASKED, "assistant": SAID}]}, "pairs of what asks"),
    (
        {"instruction": {"0": ASKED, "1": "b"}, "output": {"0": SAID, "1": "c"}, "id": {"0": 1, "1": 2}},
        "whole table",
    ),
    ({"columns": ["a", "b"], "index": [0], "data": [[ASKED, SAID]]}, "to_json(orient='records', lines=True)"),
    (
        {
            "prompt": ASKED,
            "chosen": "Step 2: a bowline.",
            "rejected": "Step 2: a granny.",
            "full_chosen": f"{SAID} So 2.",
            "full_rejected": f"{OTHER} So 2.",
        },
        "write 'prompt', 'chosen' and 'rejected' whole",
    ),
]


@pytest.mark.parametrize(("row", "told"), NAMED, ids=lambda value: str(value)[:50])
def test_the_true_obstacle_is_named(tmp_path: Path, row: dict[str, Any], told: str) -> None:
    reason, detail = refused(tmp_path, row)
    assert reason == ("not_a_string" if "table" in told else "no_known_layout")
    assert told in detail
    assert "name what asks" not in detail
    assert not re.search(r"metadata = \[[^]]*(solution|attempt|trajectory|chosen|response)", detail)


def declared(tmp_path: Path, row: dict[str, Any], line: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the records and the details of a drop of one row with a line in its drop.toml."""
    drop = tmp_path / "declared"
    drop.mkdir(exist_ok=True)
    (drop / "in.jsonl").write_text(json.dumps(row), encoding="utf-8")
    (drop / "drop.toml").write_text(line, encoding="utf-8")
    (batch,) = iter_drop(drop, "d")
    return bare_rows(batch.records), batch.quarantined["detail"].to_list()


PAIR = {"prompt": ASKED, "chosen": SAID, "rejected": OTHER}
BESIDE: list[tuple[dict[str, Any], bool]] = [
    ({"question": ASKED, "answer": SAID, "metadata": {"system": f"{THOUGHT} Say so."}}, False),
    ({"question": ASKED, "answer": SAID, "examples": {"one": THOUGHT}}, False),
    (PAIR | {"reference": THOUGHT}, False),
    (PAIR | {"solution_steps": [THOUGHT, OTHER]}, False),
    (PAIR | {"distractors": [THOUGHT, "It is the one of the sheet, tied twice."]}, False),
    (PAIR | {"gold_explained": THOUGHT}, False),
    (PAIR | {"expectedText": THOUGHT}, False),
    (PAIR | {"zettel": THOUGHT}, True),
    ({"question": ASKED, "answer": SAID, "notes": [THOUGHT, OTHER]}, True),
    ({"question": ASKED, "answer": SAID, "zettel": THOUGHT, "steps": [THOUGHT]}, True),
]


@pytest.mark.parametrize(("row", "may_stand"), BESIDE, ids=str)
def test_advice_about_drop_toml_is_followed_and_never_shows_the_answer(
    tmp_path: Path, row: dict[str, Any], may_stand: bool
) -> None:
    reason, detail = refused(tmp_path, row)
    told = "\n".join(re.findall(r"(?:metadata|context) = \[[^]]*\]", detail))
    assert (reason, "context = " in told) == ("no_known_layout", may_stand)
    for line in told.splitlines():
        if "..." in line:
            keys = set(row) - {"question", "answer"} - set(re.findall(r"context = \[\"(\w+)", told))
            line = f"metadata = {json.dumps(sorted(keys))}\n{told.splitlines()[-1]}"
        records, details = declared(tmp_path, row, line)
        assert (len(records), details) == (1, [])
        asked = (records[0].get("prompt") or records[0]["messages"])[0]["content"]
        assert ("context" in line) == (THOUGHT in asked)


def test_what_a_renamed_row_would_lose_is_not_advised(tmp_path: Path) -> None:
    row = {"source": ASKED, "target": SAID, "notes": "The rope lay in the rain for a week."}
    assert "rename" not in refused(tmp_path, row)[1]
    assert (
        "rename 'source' to 'prompt'" in refused(tmp_path, {key: row[key] for key in ("source", "target")})[1]
    )
