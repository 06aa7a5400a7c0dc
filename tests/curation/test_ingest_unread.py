"""Keys that no layout knows: what may belong to a prompt is read or refuses the row."""

import json
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.curation.ingest import Ingested, read_drop
from tests.curation.test_ingest_parts import one, read, refused

Q, A = "What does the report say happened?", "It failed."
PAGE = "the gasket of the pump leaks oil onto the warm manifold"
ASKED = {"role": "user", "content": Q}
TURNS = [ASKED, {"role": "assistant", "content": A}]
PLAIN: list[dict[str, Any]] = [
    {"prompt": Q, "completion": A},
    {"prompt": Q, "response": A},
    {"question": Q, "answer": A},
    {"query": Q, "response": A},
    {"instruction": Q, "output": A},
    {"prompt": Q, "chosen": A, "rejected": "It ran."},
]

BELONGING = """
conversation_history chat_history chatHistory dialog_history previous_turns prior_messages few_shot_examples
bot_persona character_card scenario
examples demonstrations preamble developer instructions user_message user_query ctx
grounding chunks retrieved retrieved_chunks webpage html csv json table_text transcript transcription
caption references file_content email email_body log logs stack_trace traceback error_message
diff buggy_code old_code source_code code_context_lines function_signature test_cases hypothesis claim
sentence sentence1 rules constraints problem_statement image_caption ocr ocr_text format_instructions
prompt_template user-question "web page" HTMLBody ticketText
""".replace('"web page"', "web_page")
UNKNOWN = """
thread ticket data content description notes task task_description reference review scene character
persona_notes signature zettel контекст 背景 foo x1 extra
"""
READ = """
example_input inputs text_input user_input input_context extra_context retrieved_context supportingPassage
article2
"""
OF_THE_RECORD = {
    **dict.fromkeys(["record_id", "prompt_id", "annotator_info", "topic", "status"], "r-17"),
    **dict.fromkeys(["source_url", "webpage_url"], "https://a.example/a b c d e f g h"),
    **dict.fromkeys(["created_at", "date", "published_date"], "Thu, 01 Jan 2026 10:00:00 GMT"),
    **dict.fromkeys(["context_source", "subset_name"], "Mills of the North"),
    **dict.fromkeys(["query_type", "task_category"], "Open Question Answering"),
    **dict.fromkeys(["document_license", "text_licence"], PAGE),
    **dict.fromkeys(["model_name", "generator_model"], "Meta Llama 3 70B"),
    "meta": {"page": 3, "title": PAGE, "kind": "a report"},
    "attributes": {"page": 3, "title": PAGE, "labels": ["a", "the old report"]},
    **dict.fromkeys(["split", "language_code", "error_code"], "eng_Latn"),
    "conversation_hash": "9f86d081884c7d65",
    "author": "J. R. R. Tolkien, and others whom nobody knows.",
    "quality_score": 0.7,
    "original_question": "What happened, as the report has it?",
    "original_prompt": "What does the report say?",
    "tags": ["pumps", "old mills"],
    "generation_config": {"stop": PAGE},
    "judge_reasoning": PAGE,
    "chat_template_kwargs": {"enable_thinking": False, "xml_tools": []},
    "tool_choice": "auto",
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    "subcategory": "History of science",
    "file": "x",
}
"""Keys that are about the record -> what they hold then."""

ABOUT_OR_NOT = """
patient_info product_info model_info info input_format output_format format topic setting settings steps
status data_type location_name keywords meta n_examples_text use_context with_passage n_shot_examples
original_prompt original_question category size region agent host date length header param kwargs
annotator_notes_info source domain attribute parent_info
"""
"""Keys whose last word is about the record, or whose first is a switch: what they hold decides."""


@pytest.mark.parametrize("key", [*BELONGING.split(), *UNKNOWN.split()])
def test_a_text_that_may_be_of_the_prompt_refuses_the_row(tmp_path: Path, key: str) -> None:
    for row in PLAIN:
        reason, detail = refused(tmp_path, {**row, key: PAGE})
        assert reason == "no_known_layout"
        assert repr(key) in detail
        assert "drop.toml" in detail
    assert refused(tmp_path, {**PLAIN[0], key: [{"said": PAGE}]})[0] == "no_known_layout"
    assert refused(tmp_path, {**PLAIN[0], key: [PAGE, PAGE]})[0] == "no_known_layout"


@pytest.mark.parametrize("key", BELONGING.split())
def test_such_a_text_beside_turns_that_do_not_say_it(tmp_path: Path, key: str) -> None:
    assert refused(tmp_path, {"messages": TURNS, key: PAGE})[0] == "no_known_layout"
    assert refused(tmp_path, {"messages": [{**ASKED, key: PAGE}, TURNS[1]]})[0] == "no_known_layout"
    said = [{"role": "user", "content": f"{Q}\n{PAGE}"}, TURNS[1]]
    assert json.loads(one(tmp_path, {"messages": said, key: PAGE})["metadata"]) == {key: PAGE}


@pytest.mark.parametrize("key", READ.split())
def test_a_context_under_a_name_that_nobody_knows_is_read(tmp_path: Path, key: str) -> None:
    for row in PLAIN:
        record = one(tmp_path, {**row, key: PAGE})
        assert (record["messages"] or record["prompt"])[0]["content"] == f"{Q}\n{PAGE}"
        assert record["metadata"] is None
    both = one(tmp_path, {**PLAIN[0], key: PAGE, "context": "A pump."})
    assert both["messages"][0]["content"] == f"{Q}\nA pump.\n{PAGE}"
    assert refused(tmp_path, {**PLAIN[0], key: [PAGE]})[0] == "no_known_layout"


def test_numbers_of_a_question_are_not_lost(tmp_path: Path) -> None:
    for key in ("input", "example_input"):
        assert refused(tmp_path, {**PLAIN[0], key: 7})[0] == "not_a_string"
        assert one(tmp_path, {**PLAIN[0], key: "[1,2]"})["messages"][0]["content"] == f"{Q}\n[1,2]"
    assert refused(tmp_path, {**PLAIN[0], "input_data": "[1,2]"})[0] == "no_known_layout"


@pytest.mark.parametrize("key", OF_THE_RECORD)
def test_what_is_about_the_record_stays_metadata(tmp_path: Path, key: str) -> None:
    for row in (*PLAIN, {"messages": TURNS}):
        metadata = one(tmp_path, {**row, key: OF_THE_RECORD[key]})["metadata"]
        assert json.loads(metadata) == {key: OF_THE_RECORD[key]}


@pytest.mark.parametrize("key", ABOUT_OR_NOT.split())
def test_a_passage_under_a_name_of_the_record_refuses_the_row(tmp_path: Path, key: str) -> None:
    said = "Two mills stand at the weir. The older of them was built by monks, and has been dry for years."
    for row in PLAIN:
        for value in (said, [{"title": "weir", "text": said}], [said, said]):
            reason, detail = refused(tmp_path, {**row, key: value})
            assert reason == "no_known_layout"
            assert f'metadata = ["{key}"]' in detail
            is_text = value != [{"title": "weir", "text": said}]
            assert (f'context = ["{key}"]' in detail) == (is_text and key != "steps")
    if key in ("source", "domain"):
        found = read(tmp_path, {"messages": TURNS, key: said})
        assert found.records["source"].to_list() == ["in"]
        assert f"1 rows hold text under {key!r}" in str(found.told[0])


def test_a_sentence_is_the_source_of_no_text(tmp_path: Path) -> None:
    said = "Two mills stand at the weir, and the older of them is dry."
    record = one(tmp_path, {"text": PAGE, "source": said, "domain": "mills"})
    assert (record["source"], json.loads(record["metadata"])) == ("mills", {"source": said})
    title = "The Sign of the Four, by A. C. Doyle"
    assert one(tmp_path, {**PLAIN[0], "source": title})["source"] == title


def test_all_keys_that_refuse_a_row_are_named_at_once(tmp_path: Path) -> None:
    keys = [f"orig_{what}" for what in ("criteria", "feedback", "reference_answer", "response")]
    _, detail = refused(tmp_path, {**PLAIN[0], **dict.fromkeys(keys, PAGE)})
    assert all(repr(key) in detail for key in keys)
    _, detail = refused(tmp_path, {"messages": TURNS, "evidence": PAGE, "passage": f"{PAGE} again"})
    assert "'passage' and 'evidence'" in detail


@pytest.mark.parametrize(
    "key", ["title", "feedback", "critique", "explanation", "generation_prompt", "quality_signals"]
)
def test_names_that_no_prompt_uses_may_hold_anything(tmp_path: Path, key: str) -> None:
    for row in (*PLAIN, {"messages": TURNS}):
        assert json.loads(one(tmp_path, {**row, key: PAGE})["metadata"]) == {key: PAGE}
    assert refused(tmp_path, {**PLAIN[0], f"customer_{key}x": PAGE})[0] == "no_known_layout"


def test_a_patch_is_what_came_of_a_conversation_and_may_be_what_a_question_is_about(tmp_path: Path) -> None:
    assert json.loads(one(tmp_path, {"messages": TURNS, "patch": PAGE})["metadata"]) == {"patch": PAGE}
    assert refused(tmp_path, {**PLAIN[0], "patch": PAGE})[0] == "no_known_layout"


def test_objects_beside_turns_are_looked_into(tmp_path: Path) -> None:
    for value in ({"system_prompt": PAGE}, {"a": {"chat_history": [PAGE]}}, {"tools": [{"name": "look"}]}):
        for key in ("meta", "extra_info", "zettel"):
            assert refused(tmp_path, {"messages": TURNS, key: value})[0] == "no_known_layout"
    said = {"extra_info": {"question": Q, "split": "train", "index": 3}}
    assert json.loads(one(tmp_path, {"messages": TURNS, **said})["metadata"]) == said


@pytest.mark.parametrize(
    "value",
    [
        *(
            "happy",
            "New York",
            "2024-01-02 10:00:00 UTC",
            "https://a.example/b?c=d",
            "a/b/c.py",
            3,
            True,
            0.5,
        ),
        *(
            "9f86d081884c7d659a2feaa0c55ad015",
            ["red", "blue"],
            {"a": 1},
            "",
            [],
            "It failed",
            "the report say",
        ),
        *("10:30:00 +02:00", "Thu, 01 Jan 2026 10:00:00 GMT"),
    ],
)
def test_a_label_under_an_unknown_key_is_the_users(tmp_path: Path, value: Any) -> None:
    for row in (*PLAIN, {"messages": TURNS}):
        assert json.loads(one(tmp_path, {**row, "foo": value})["metadata"]) == {"foo": value}


def test_a_sentence_without_blanks_is_no_label(tmp_path: Path) -> None:
    said = "泵的垫圈漏油到热的歧管上"
    assert refused(tmp_path, {**PLAIN[0], "foo": said})[0] == "no_known_layout"
    assert refused(tmp_path, {"messages": TURNS, "document": said})[0] == "no_known_layout"
    assert one(tmp_path, {**PLAIN[0], "foo": "数学"})["messages"] == TURNS


def test_text_under_an_unknown_key_beside_turns_is_told(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"messages": TURNS, "zettel": PAGE},
        {"messages": TURNS, "zettel": "the ferry sails past the old lighthouse", "mood": "calm"},
        {"messages": [{**ASKED, "zettel": PAGE}, TURNS[1]]},
    )
    assert found.records.height == 3
    told = [str(note) for note in found.told]
    assert any("2 rows hold text under 'zettel', which no layout reads" in note for note in told), told
    assert any("1 rows hold text under 'zettel (of a turn)'" in note for note in told), told
    assert "mood" not in str(told)


# --- what a drop says of its keys


def drop(folder: Path, declared: str, *rows: Any) -> Ingested:
    """Read rows as a drop with a declaration."""
    folder.mkdir(exist_ok=True)
    (folder / "a.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "drop.toml").write_text(declared, encoding="utf-8")
    return read_drop(folder, "d")


def test_a_drop_says_which_keys_are_metadata(tmp_path: Path) -> None:
    rows = [
        {**PLAIN[0], "chat_history": PAGE},
        {**PLAIN[0], "context": PAGE},
        {"messages": [{**ASKED, "chat_history": PAGE}, TURNS[1]], "context": PAGE},
        {**PLAIN[0], "text": PAGE},
    ]
    found = drop(tmp_path / "d", 'metadata = ["chat_history", "context", "text"]', *rows)
    assert found.quarantined.is_empty(), found.quarantined["detail"].to_list()
    assert found.records["id"].n_unique() == 1
    assert [PAGE in said for said in found.records["metadata"]] == [True] * 4
    assert found.metadata_keys["chat_history"] == 1


def test_a_drop_says_which_keys_are_context(tmp_path: Path) -> None:
    said = 'context = ["ticket", "zettel"]'
    found = drop(
        tmp_path / "d",
        said,
        *({**row, "zettel": "b", "ticket": [PAGE, "a"]} for row in PLAIN),
        {**PLAIN[0], "zettel": {"a": 1}},
        {"messages": TURNS, "zettel": PAGE},
    )
    asked = [row["messages"] or row["prompt"] for row in found.records.rows(named=True)]
    assert [turns[0]["content"] for turns in asked] == [f"{Q}\n{PAGE}\na\nb"] * len(PLAIN)
    assert found.quarantined["line"].to_list() == [7, 8]


@pytest.mark.parametrize("said", ['metadata = "a"', "metadata = [1]", 'context = [""]'])
def test_a_declaration_of_keys_that_cannot_be(tmp_path: Path, said: str) -> None:
    from entropy_assets.errors import InvalidInput

    with pytest.raises(InvalidInput, match=r"in drop\.toml of drop 'd'"):
        drop(tmp_path / "d", said, PLAIN[0])


def test_a_key_is_declared_once(tmp_path: Path) -> None:
    from entropy_assets.errors import InvalidInput

    with pytest.raises(InvalidInput, match="'a' stands under metadata and context"):
        drop(tmp_path / "d", 'metadata = ["a"]\ncontext = ["a"]', PLAIN[0])


CATEGORIES = [
    *("subject", "topic", "focus_area", "court", "case_name", "industry", "journal", "book", "chapter"),
    *("subcategory", "tags", "keywords", "annotator_notes", "quality", "category", "school_subject", "genre"),
]


@pytest.mark.parametrize("key", CATEGORIES)
@pytest.mark.parametrize(
    "value",
    ["Knots", "Ropes & knots", "the knots of the north sea fishermen", "Vol. 2: knots, hitches; etc."],
)
def test_a_column_that_names_a_category_is_metadata_whatever_its_value(
    tmp_path: Path, key: str, value: str
) -> None:
    for said in (value, [value]):
        for beside in ({key: said}, {"info": {key: said}}):
            record = one(tmp_path, {"question": "Which knot holds?", "answer": "A bowline holds."} | beside)
            assert json.loads(record["metadata"]) == beside


@pytest.mark.parametrize("asked", ["Write a line about {topic}.", "Write about the following topic."])
def test_a_topic_that_a_question_has_a_place_for_is_none(tmp_path: Path, asked: str) -> None:
    row = {"instruction": asked, "output": "Knots hold.", "topic": "the knots of the north sea fishermen"}
    assert "'topic' holds text" in refused(tmp_path, row)[1]


def test_prose_under_a_category_and_a_topic_alone_are_refused(tmp_path: Path) -> None:
    prose = "A knot that holds a bucket on a wet rope must not slip when the rope is slack. " * 3
    row = {"question": "Which knot holds?", "answer": "A bowline holds.", "topic": prose}
    assert "'topic' holds text" in refused(tmp_path, row)[1]
    assert refused(tmp_path, {"topic": "Which knot holds?", "answer": "A bowline."})[0] == "no_known_layout"
