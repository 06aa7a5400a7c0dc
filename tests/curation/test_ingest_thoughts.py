"""What was thought comes whole: what stands beside the text of a thought is kept as it came."""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.export.layouts import LAYOUTS
from entropy_assets.curation.export.proof import proved_row
from tests.curation.test_ingest_parts import one, read, refused

USER = {"role": "user", "content": "Why is the lamp out?"}
SAID = {"role": "assistant", "content": "A fuse."}
SIGNED = {"type": "thinking", "thinking": "It may be the fuse.", "signature": "EqQB"}
SEALED = {"type": "reasoning.encrypted", "data": "qqq"}
TEXT = {"type": "text", "text": "A fuse."}


def carried(record: dict[str, Any]) -> Any:
    return json.loads(record["metadata"] or "{}").get("message_fields", {}).get("messages.1")


def test_the_signature_of_a_thought_is_kept(tmp_path: Path) -> None:
    record = one(tmp_path, {"messages": [USER, {**SAID, "content": [SIGNED, TEXT]}]})
    assert record["messages"][1] == {**SAID, "reasoning": "It may be the fuse."}
    assert carried(record) == {"thinking_fields": {"signature": "EqQB"}}


@pytest.mark.parametrize(
    "details",
    [
        [{"type": "reasoning.text", "text": "It may be.", "signature": "zzz"}],
        [{"type": "reasoning.text", "text": "It may be."}, SEALED],
        [{"type": "reasoning.text", "text": "It may be.", "index": 0}],
        [{"type": "reasoning.text", "text": "It may be.", "summary": "Fuse."}],
        [{"type": "reasoning.text", "text": "It may be."}, "more"],
    ],
)
def test_details_that_are_more_than_text_are_kept_beside_it(tmp_path: Path, details: list[Any]) -> None:
    record = one(tmp_path, {"messages": [USER, {**SAID, "reasoning_details": details}]})
    assert record["messages"][1] == {**SAID, "reasoning": "It may be."}
    assert carried(record) == {"reasoning_details": details}
    of_row = one(tmp_path, {"question": "Why?", "answer": "A fuse.", "reasoning_details": details})
    assert of_row["messages"][1]["reasoning"] == "It may be."
    assert json.loads(of_row["metadata"]) == {"reasoning_details": details}


def test_details_of_text_alone_are_the_thought(tmp_path: Path) -> None:
    details = [{"type": "reasoning.text", "text": "a b"}, {"type": "reasoning.summary", "summary": "c"}]
    record = one(tmp_path, {"messages": [USER, {**SAID, "reasoning_details": details}]})
    assert (record["messages"][1]["reasoning"], record["metadata"]) == ("a b\n\nc", None)
    sealed = one(tmp_path, {"messages": [USER, {**SAID, "reasoning_details": [SEALED]}]})
    assert carried(sealed) == {"reasoning_details": [SEALED]}


def test_blocks_of_thoughts_are_read(tmp_path: Path) -> None:
    record = one(tmp_path, {"messages": [USER, {**SAID, "thinking_blocks": [SIGNED]}]})
    assert record["messages"][1]["reasoning"] == "It may be the fuse."
    assert carried(record) == {"thinking_blocks": [SIGNED]}


@pytest.mark.parametrize("key", ["inner_thoughts", "scratchpad", "model_thinking", "reasoning_summary"])
def test_thoughts_under_another_name_are_not_lost(tmp_path: Path, key: str) -> None:
    for row in (
        {"messages": [USER, {**SAID, key: "It may be the fuse."}]},
        {"messages": [USER, SAID], key: "It may be the fuse."},
        {"question": "Why?", "answer": "A fuse.", key: "It may be the fuse."},
    ):
        assert refused(tmp_path, row)[0] == "no_known_layout"
    one(tmp_path, {"messages": [USER, SAID], "reasoning_effort": "high"})


@pytest.mark.parametrize(
    "turn",
    [
        {**SAID, "content": [SIGNED, TEXT]},
        {**SAID, "reasoning_details": [{"type": "reasoning.text", "text": "It may be."}, SEALED]},
        {**SAID, "thinking_blocks": [SIGNED]},
    ],
)
def test_export_writes_them_back(tmp_path: Path, turn: dict[str, Any]) -> None:
    row = {"messages": [USER, turn]}
    (record,) = read(tmp_path, row).records.rows(named=True)
    again = read(tmp_path, proved_row(record, LAYOUTS["messages"])).records.rows(named=True)[0]
    assert (again["id"], again["metadata"]) == (record["id"], record["metadata"])
