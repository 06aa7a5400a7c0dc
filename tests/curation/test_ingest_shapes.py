"""Rows as people have them: missing values, turns in strings, blank turns, odd ids, published shapes."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.ingest import Ingested, read_file
from entropy_assets.languages import language_of
from tests.bare import bare_rows, bare_turns

ASKED = {"role": "user", "content": "Name a bird."}
SAID = {"role": "assistant", "content": "A wren."}
TURNS = [ASKED, SAID]


def read(tmp_path: Path, *rows: dict[str, Any] | str) -> Ingested:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    return read_file(tmp_path / "a.jsonl", drop="d")


def spoken(*contents: str) -> list[dict[str, str]]:
    return [{"role": ("user", "assistant")[n % 2], "content": text} for n, text in enumerate(contents)]


def test_nan_is_null_in_fields_that_are_read_and_stays_in_others(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '{"instruction": "Add.", "input": NaN, "output": "5", "id": NaN, "source": NaN, "score": NaN}',
        '{"text": NaN, "messages": [{"role": "system", "content": NaN}, '
        '{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo"}]}',
        '{"text": NaN}',
    )
    assert bare_turns(found.records["messages"].to_list()) == [spoken("Add.", "5"), spoken("Hi", "Yo")]
    assert found.records["source"].to_list() == ["a", "a"]
    assert "NaN" in found.records["metadata"][0]
    assert found.quarantined["reason"].to_list() == ["not_a_string"]


@pytest.mark.parametrize("field", ["messages", "conversations"])
def test_turns_in_a_string_are_read_alike_in_every_form(tmp_path: Path, field: str) -> None:
    text = json.dumps(TURNS)
    csv_text = text.replace('"', '""')
    (tmp_path / "a.csv").write_text(f'{field}\n"{csv_text}"\n')
    pl.DataFrame({field: [text]}).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_text(json.dumps({field: text}) + "\n" + json.dumps({field: TURNS}))
    ids = [
        content_id
        for name in ("a.csv", "a.parquet", "a.jsonl")
        for content_id in read_file(tmp_path / name, drop="d").records["id"]
    ]
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_answers_in_strings_are_turns_where_the_whole_is_a_list_of_turns(tmp_path: Path) -> None:
    rejected = [ASKED, {"role": "assistant", "content": "A stone."}]
    found = read(
        tmp_path,
        {"chosen": json.dumps(TURNS), "rejected": json.dumps(rejected)},
        {"prompt": json.dumps([1, 2]), "completion": "[3]"},
        {"prompt": "[link] Say it.", "completion": '[{"role": 1'},
    )
    assert (found.records["kind"][0], bare_turns(found.records["prompt"][0].to_list())) == (
        "preference",
        [ASKED],
    )
    assert bare_turns(found.records["messages"].to_list())[1:] == [
        spoken("[1, 2]", "[3]"),
        spoken("[link] Say it.", '[{"role": 1'),
    ]


@pytest.mark.parametrize(
    "text", ['[{"role": "user"', '[{"role": "user", "role": "x"}]', '[{"role": "user"}] 1']
)
def test_a_broken_string_of_turns_is_refused(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, {"messages": text}).records.is_empty()


@pytest.mark.parametrize("content", ["", " \n", None, []])
@pytest.mark.parametrize("keys", [("role", "content"), ("from", "value")])
def test_a_blank_system_turn_is_no_turn(tmp_path: Path, content: Any, keys: tuple[str, str]) -> None:
    role, said = keys
    turns = [
        {role: "system", said: content, "weight": None},
        *({role: t["role"], said: t["content"]} for t in TURNS),
    ]
    found = read(tmp_path, {"messages": turns})
    assert bare_turns(found.records["messages"].to_list()) == [TURNS]


def test_what_a_later_turn_carries_stands_under_the_turn_that_is_kept(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": ""}, {**ASKED, "n": 1}, {**SAID, "n": 2}]
    (metadata,) = read(tmp_path, {"messages": turns}).records["metadata"]
    assert json.loads(metadata)["message_fields"] == {"messages.0": {"n": 1}, "messages.1": {"n": 2}}


def test_a_blank_system_turn_that_carries_something_is_not_lost(tmp_path: Path) -> None:
    found = read(tmp_path, {"messages": [{"role": "system", "content": "", "tools": ["t"]}, *TURNS]})
    assert found.quarantined["reason"].to_list() == ["empty_turn"]


@pytest.mark.parametrize("turn", [{"content": ""}, {"content": None}, {}, {"content": []}])
def test_an_empty_result_of_a_tool_stays_a_turn(tmp_path: Path, turn: dict[str, Any]) -> None:
    found = read(tmp_path, {"messages": [ASKED, {"role": "tool", **turn}, SAID]})
    assert bare_turns(found.records["messages"].to_list()) == [[ASKED, {"role": "tool", "content": ""}, SAID]]


def test_turns_of_persons_stay_not_blank(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        {"messages": [{"role": "user", "content": ""}, SAID]},
        {"messages": [{"role": "system", "content": ""}]},
    )
    assert found.quarantined["reason"].to_list() == ["empty_turn", "empty_text"]


def test_other_spellings_of_roles(tmp_path: Path) -> None:
    turns = [
        {"role": "Human", "content": "a"},
        {"role": "AI", "content": "b"},
        {"role": "user ", "content": "c"},
    ]
    turns += [{"role": "ipython", "content": "d"}, {"role": "assistant", "content": "e"}]
    (messages,) = bare_turns(read(tmp_path, {"messages": turns}).records["messages"].to_list())
    assert [turn["role"] for turn in messages] == ["user", "assistant", "user", "tool", "assistant"]


@pytest.mark.parametrize(
    ("said", "row_id"),
    [
        ("10001.0", "10001"),
        ("1e16", "10000000000000000"),
        ("-3.0", "-3"),
        ("1.5", "1.5"),
        ("1e300", "1e+300"),
        ("12345678901234567890123", "12345678901234567890123"),
        ('"007"', "007"),
        ("0", "0"),
    ],
)
def test_an_id_is_spelt_as_people_wrote_it(tmp_path: Path, said: str, row_id: str) -> None:
    found = read(tmp_path, f'{{"id": {said}, "text": "a"}}')
    assert (found.records["row_id"].to_list(), found.told) == ([row_id], ())


@pytest.mark.parametrize("said", ["true", "Infinity", "-Infinity", "[1]", '{"a": 1}', '""'])
def test_what_is_no_id_stays_and_is_told(tmp_path: Path, said: str) -> None:
    found = read(tmp_path, f'{{"id": {said}, "text": "a"}}', '{"id": null, "text": "b"}')
    assert found.records["row_id"].to_list() == [None, None]
    assert f'"id": {said}' in found.records["metadata"][0]
    assert [note.what[:27] for note in found.told] == ["rows have an id that is non"]
    assert found.told[0].n == 1


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("English", "en"),
        ("EN", "en"),
        ("eng", "en"),
        ("en-US", "en"),
        ("en_GB", "en"),
        ("eng_Latn", "en"),
        ("Deutsch", "de"),
        ("ger", "de"),
        ("français", "fr"),
        ("zh-Hans", "zh"),
        ("cmn", "zh"),
        ("中文", "zh"),
        ("pt-br", "pt"),
        ("Simplified Chinese", "zh"),
        ("iw", "he"),
        ("fil", "fil"),
        ("Python", None),
        ("JavaScript", None),
        ("java", None),
        ("C++", None),
        ("go", None),
        ("css", None),
        ("und", None),
        ("mul", None),
        ("unknown", None),
        ("a\0b", None),
        ("\ud800", None),
        ("", None),
        ("0", None),
    ],
)
def test_a_language_is_one_code(name: str, code: str | None) -> None:
    assert language_of(name) == code


def test_a_word_that_is_no_language_stays_in_the_metadata(tmp_path: Path) -> None:
    found = read(
        tmp_path, {"text": "a", "language": "Python", "lang": "EN"}, {"text": "b", "language": "Python"}
    )
    assert found.records["language"].to_list() == ["en", None]
    assert found.records["metadata"].to_list() == ['{"language": "Python"}'] * 2
    assert [(note.n, note.what[:41]) for note in found.told] == [
        (1, "rows name a language that is none we know")
    ]


SHAPES: dict[str, tuple[dict[str, Any], list[dict[str, str]]]] = {
    "GSM8K": ({"question": "How many?", "answer": "#### 5"}, spoken("How many?", "#### 5")),
    "MetaMathQA": ({"query": "2+2?", "response": "4", "type": "x"}, spoken("2+2?", "4")),
    "OpenOrca": (
        {"id": "t.1", "system_prompt": "Be brief.", "question": "Why?", "response": "So."},
        [{"role": "system", "content": "Be brief."}, *spoken("Why?", "So.")],
    ),
    "OpenOrca without a system prompt": (
        {"system_prompt": "", "question": "Why?", "response": "So."},
        spoken("Why?", "So."),
    ),
    "LIMA": ({"conversations": ["Why?", "So.", "Sure?"], "source": "s"}, spoken("Why?", "So.", "Sure?")),
    "WildChat": (
        {"conversation": [{**ASKED, "country": None}, {**SAID, "country": None}], "language": "English"},
        TURNS,
    ),
}


@pytest.mark.parametrize("name", SHAPES)
def test_published_shapes_are_read(tmp_path: Path, name: str) -> None:
    row, turns = SHAPES[name]
    assert bare_turns(read(tmp_path, row).records["messages"].to_list()) == [turns]


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Which?", "context": ["Of two."], "answer": "b"},
        {"question": "Which?", "choices": ["a", "b"], "answer": "b"},
        {"question": "Which?", "choices": ["a", "b"], "answer": 1},
        {"query": "Which?", "passage": {"text": "Of two."}, "response": "b"},
        {"query": "Which?", "table": "a|b", "response": "b"},
        {"question": "Which?", "answer": ["b"]},
        {"system": "a", "system_prompt": "b", "question": "c", "response": "d"},
    ],
)
def test_a_question_whose_rest_may_stand_elsewhere_is_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    assert read(tmp_path, row).records.is_empty()


def test_a_plain_question_hides_no_other_layout_and_is_not_lost_beside_it(tmp_path: Path) -> None:
    rows = (
        {"text": "Q: b\nA: c", "question": "b", "answer": "c"},
        {"prompt": "a", "completion": "b", "query": "a", "response": "b"},
        {"text": "a", "question": "b", "answer": "c"},
        {"prompt": "a", "completion": "b", "query": "c", "response": "d"},
    )
    found = read(tmp_path, *rows)
    assert bare_turns(found.records["messages"].to_list()) == [spoken("b", "c"), spoken("a", "b")]
    assert found.quarantined["reason"].to_list() == ["ambiguous_layout"] * 2


def test_transcripts_begin_with_their_prompt(tmp_path: Path) -> None:
    begin = "\n\nHuman: How do I boil an egg?\n\nAssistant: Gently.\n\nHuman: How long?\n\nAssistant: "
    found = read(
        tmp_path,
        {"chosen": f"{begin}Seven minutes.\n\nOr eight.", "rejected": f"{begin}No idea."},
        {"chosen": "Green.", "rejected": "Purple."},
        {"chosen": "Human: a\n\nAssistant: b", "rejected": "Purple."},
    )
    (record,) = bare_rows(found.records)
    assert record["prompt"] == spoken("How do I boil an egg?", "Gently.", "How long?")
    assert record["chosen"] == [{"role": "assistant", "content": "Seven minutes.\n\nOr eight."}]
    assert found.quarantined["reason"].to_list() == ["no_known_layout"] * 2
    assert "begin each turn with Human: or Assistant:" in found.quarantined["detail"][0]
