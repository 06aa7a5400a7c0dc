"""Turns that stand below a turn: a tree is refused, since its first turn alone would be trained on."""

from pathlib import Path
from typing import Any

import pytest

from tests.curation.test_ingest_two_meanings import ASKED, SAID, record, refusal

BELOW = {"text": "An answer in the tree", "role": "assistant", "replies": []}
ROOT = {"message_id": "m1", "text": "Root question here", "role": "prompter"}


@pytest.mark.parametrize(
    "row",
    [
        {**ROOT, "replies": [BELOW]},
        {**ROOT, "replies": BELOW},
        {"message_tree_id": "m1", "tree_state": "ready", "prompt": {**ROOT, "replies": [BELOW]}},
        {"text": "Root question here", "children": [{"content": "An answer"}]},
        {"text": "Root question here", "responses": [{"role": "assistant", "value": "An answer"}]},
        {"text": "Root question here", "comments": [{"body": "An answer", "author": "x"}]},
        {"title": "Root question", "selftext": "here", "comments": [{"body": "An answer", "author": "x"}]},
        {"text": "Root question here", "replies": ["An answer"]},
        {"text": "Root question here", "kids": [{"text": "An answer", "kids": []}]},
        {"role": "user", "content": "Root?", "children": [{**SAID, "children": []}]},
        {"messages": [{**ASKED, "children": [{**SAID, "children": []}]}, SAID]},
        {"messages": [{**ASKED, "kids": [{**SAID, "kids": []}]}, SAID]},
        {"messages": [ASKED, SAID], "replies": [SAID]},
        {"prompt": "Is it?", "chosen": "It is.", "rejected": "No.", "children": [SAID]},
    ],
)
def test_a_tree_of_turns_is_refused_with_what_to_do(tmp_path: Path, row: dict[str, Any]) -> None:
    reason, detail = refusal(tmp_path, row)
    assert reason == "no_known_layout"
    assert "a row for each path" in detail
    assert "deliver that" not in detail


@pytest.mark.parametrize(
    "rest",
    [
        {"replies": []},
        {"replies": None},
        {"replies": 3},
        {"children": ["m2", "m3"]},
        {"children": [{"id": "m2"}]},
        {"comments": "12 pages, 3 figures"},
        {"comments": [{"score": 3}]},
        {"replies": [{"text": ""}]},
        {"spans": [{"text": "Root", "start": 0}]},
    ],
)
def test_what_holds_no_turn_is_metadata(tmp_path: Path, rest: dict[str, Any]) -> None:
    assert record(tmp_path, {**ROOT, **rest})["text"] == ROOT["text"]
    assert record(tmp_path, {"messages": [ASKED, {**SAID, **rest}]})["kind"] == "chat"


def test_turns_below_may_be_declared_to_be_metadata(tmp_path: Path) -> None:
    said = 'metadata = ["replies"]\n'
    assert record(tmp_path / "a", {**ROOT, "replies": [BELOW]}, said=said)["text"] == ROOT["text"]
    row = {"messages": [ASKED, {**SAID, "replies": [BELOW]}]}
    assert len(record(tmp_path / "b", row, said=said)["messages"]) == 2
