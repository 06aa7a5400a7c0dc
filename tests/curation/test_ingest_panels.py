"""The files that break other tools, and real data in every layout, against their right answers."""

import json
from pathlib import Path

import pytest

from entropy_assets.curation.ingest import Ingested, Reason, read_drop, read_file
from entropy_assets.settings import IngestSettings


def reasons(found: Ingested) -> dict[int, str]:
    """Return line -> reason of the quarantine."""
    return dict(found.quarantined.select("line", "reason").rows())


def test_one_bad_byte_costs_one_row(shared: Path) -> None:
    path = shared / "panels" / "one_bad_byte.jsonl"
    found = read_file(path, drop="d")
    assert (found.rows_in, found.records.height) == (1002, 1001)
    (entry,) = found.quarantined.rows(named=True)
    assert (entry["line"], entry["reason"]) == (2, Reason.invalid_utf8)
    assert entry["raw"] == path.read_bytes().split(b"\n")[1]
    assert path.read_bytes()[entry["byte_offset"] :].startswith(entry["raw"])
    assert found.records["row_id"].to_list() == [f"r{n}" for n in range(1002) if n != 1]


def test_odd_lines_are_all_accounted_for(shared: Path) -> None:
    found = read_file(shared / "panels" / "odd_lines.jsonl", drop="d")
    assert (found.rows_in, found.blank_lines, found.complete) == (16, 1, True)
    assert reasons(found) == ODD_LINES
    kept = {row["row_id"]: row for row in found.records.rows(named=True)}
    assert list(kept) == ["ok1", "nul", "nan", "big", "17", "types", "ok2"]
    assert kept["nul"]["text"] == "a NUL \x00 inside"
    assert kept["nan"]["metadata"] == '{"score": NaN}'
    assert json.loads(kept["big"]["metadata"]) == {"n": 2**70}
    assert json.loads(kept["types"]["metadata"]) == {"meta": {"a": [1, "x", None, {"b": True}]}}
    assert [turn["content"] for turn in kept["ok2"]["messages"]] == ["Say hello.", "Hello."]


@pytest.mark.parametrize("name", ["chat_forms.jsonl", "chat_forms_array.json"])
def test_chat_forms_keep_every_turn(shared: Path, name: str) -> None:
    found = read_file(shared / "panels" / name, drop="d")
    assert (found.rows_in, found.records.height) == (15, 11)
    assert reasons(found) == CHAT_FORMS
    kept = {row["row_id"]: row for row in found.records.rows(named=True)}
    said = {
        key: [(turn["role"], turn["content"]) for turn in row["messages"]]
        for key, row in kept.items()
        if row["kind"] == "chat"
    }
    assert said["alpaca"] == [("user", "Add the numbers.\n2 and 3"), ("assistant", "5")]
    assert said["alpaca_hist"] == [
        ("system", "You count."),
        *[("user", "First prime?"), ("assistant", "2"), ("user", "Second?"), ("assistant", "3")],
        *[("user", "And the next?"), ("assistant", "7")],
    ]
    assert [role for role, _ in said["sharegpt"]] == ["system", *["user", "assistant"] * 2]
    assert said["sharegpt_tool"][1:3] == [("assistant", ""), ("tool", "rain")]
    assert kept["sharegpt_tool"]["messages"][1]["tool_calls"] == '{"name": "weather"}'
    assert kept["sharegpt_tool"]["tools"] == '[{"name":"weather"}]'
    assert said["messages"] == [("user", "Ping"), ("assistant", "Pong")]
    assert said["prompt_completion"] == [("user", "The sky is"), ("assistant", " blue.")]
    assert (kept["kto"]["label"], kept["kto"]["metadata"]) == (True, None)
    assert json.loads(kept["odd_order"]["metadata"]) == {"odd_role_order": True}
    assert [content for _, content in said["odd_order"]] == ["I speak first.", "Fine.", "Good."]
    pairs = {
        key: [row[field][0]["content"] for field in ("prompt", "chosen", "rejected")]
        for key, row in kept.items()
        if row["kind"] == "preference"
    }
    assert pairs == {
        "pref_explicit": ["Name a color.", "Blue.", "Potato."],
        "pref_implicit": ["Name a fruit.", "Apple.", "Chair."],
        "pref_llamafactory": ["Capital of France?", "Paris.", "Lyon."],
    }


def test_lines_and_array_give_the_same_records(shared: Path) -> None:
    lines, array = (
        read_file(shared / "panels" / name, drop="d", file="chat_forms")
        for name in ("chat_forms.jsonl", "chat_forms_array.json")
    )
    assert lines.records.equals(array.records)


def test_a_stream_cut_in_half_keeps_what_came_before(shared: Path) -> None:
    found = read_file(shared / "panels" / "cut_in_half.jsonl.gz", drop="d")
    assert not found.complete
    assert reasons(found) == {2: Reason.invalid_utf8, 483: Reason.truncated_stream}
    assert found.records["line"].to_list() == [1, *range(3, 483)]


def test_short_rows_are_all_kept(shared: Path) -> None:
    found = read_file(shared / "panels" / "short_texts.jsonl", drop="d")
    assert (found.records.height, found.records["id"].n_unique()) == (13, 11)


FORMS = {
    "forms/alpaca_en_demo.jsonl": (999, "chat"),
    "forms/alpaca_zh_demo.jsonl": (1000, "chat"),
    "forms/c4_demo.jsonl": (300, "text"),
    "forms/dpo_en_demo.jsonl": (300, "preference"),
    "forms/dpo_zh_demo.jsonl": (300, "preference"),
    "forms/glaive_toolcall_en_demo.jsonl": (300, "chat"),
    "forms/glaive_toolcall_zh_demo.jsonl": (300, "chat"),
    "forms/kto_en_demo.jsonl": (300, "chat"),
    "forms/v1_dpo_demo.jsonl": (10, "preference"),
    "forms/v1_sft_demo.jsonl": (500, "chat"),
    "instruct/gpteacher_codegen.jsonl.zst": (4535, "chat"),
    "instruct/gpteacher_roleplay.jsonl.zst": (1923, "chat"),
    "instruct/gpteacher_toolformer.jsonl.zst": (7673, "chat"),
    "instruct/gsm8k_train.jsonl.zst": (7473, "chat"),
    "domains/law_de.jsonl.zst": (1021, "text"),
}


@pytest.mark.parametrize("name", FORMS)
def test_real_files_lose_no_row(shared: Path, name: str) -> None:
    rows, kind = FORMS[name]
    found = read_file(shared / "data" / name, drop="d")
    assert (found.rows_in, found.records.height, found.complete) == (rows, rows, True)
    assert found.records["kind"].unique().to_list() == [kind]


def test_turns_of_real_conversations_match_their_rows(shared: Path) -> None:
    path = shared / "data" / "forms" / "glaive_toolcall_en_demo.jsonl"
    outside = [json.loads(line) for line in path.read_bytes().splitlines()]
    records = read_file(path, drop="d").records
    for row, record in zip(outside, records.rows(named=True), strict=True):
        said = [turn["tool_calls"] or turn["content"] for turn in record["messages"]]
        assert said == [turn["value"] for turn in row["conversations"]]
        assert (record["tools"] or json.loads(record["metadata"])["tools"]) == row["tools"]


def test_plain_text_is_one_record(shared: Path) -> None:
    path = shared / "data" / "forms" / "wiki_demo.txt"
    found = read_file(path, drop="d")
    assert found.records["text"].to_list() == [path.read_text(encoding="utf-8").rstrip("\n")]
    lines = read_file(path, drop="d", settings=IngestSettings(text_unit="paragraph"))
    assert lines.quarantined.is_empty()
    assert "".join(lines.records["text"]).split() == "".join(found.records["text"]).split()


ODD_LINES = {
    3: "invalid_json",
    4: "not_a_string",
    5: "empty_text",
    6: "not_a_string",
    7: "no_known_layout",
    8: "not_an_object",
    9: "not_an_object",
    10: "lone_surrogate",
    12: "duplicate_key",
}
CHAT_FORMS = {10: "equal_answers", 13: "unknown_role", 14: "empty_turn", 15: "ambiguous_layout"}

# File -> rows, records, reasons by line, blank lines, whether nothing is missing.
PANELS: dict[str, tuple[int, int, dict[int, str], int, bool]] = {
    "one_bad_byte.jsonl": (1002, 1001, {2: "invalid_utf8"}, 0, True),
    "odd_lines.jsonl": (16, 7, ODD_LINES, 1, True),
    "short_texts.jsonl": (13, 13, {}, 0, True),
    "chat_forms.jsonl": (15, 11, CHAT_FORMS, 0, True),
    "chat_forms_array.json": (15, 11, CHAT_FORMS, 0, True),
    "cut_in_half.jsonl.gz": (483, 481, {2: "invalid_utf8", 483: "truncated_stream"}, 0, False),
}


def test_every_panel_has_its_right_answer(shared: Path) -> None:
    files = {path.name for path in (shared / "panels").iterdir()} - {"README.md"}
    assert files == set(PANELS)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_as_a_drop_of_its_own(shared: Path, tmp_path: Path, name: str) -> None:
    rows, n_records, expected, blank_lines, complete = PANELS[name]
    data = (shared / "panels" / name).read_bytes()
    (tmp_path / name).write_bytes(data)
    found = read_drop(tmp_path, "panel")
    assert (found.rows_in, found.records.height, found.blank_lines) == (rows, n_records, blank_lines)
    assert reasons(found) == expected
    assert found.complete is complete
    for entry in found.quarantined.rows(named=True):
        assert (entry["drop"], entry["file"]) == ("panel", name)
        assert entry["raw"]
        assert not complete or data[entry["byte_offset"] :].startswith(entry["raw"])
