"""Evaluation sets as they are published, JSONL and Parquet, are read; what cannot be says what to write."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from entropy_assets import records
from entropy_assets.candidate.contamination import check_contamination
from entropy_assets.candidate.evaluation import evaluation_items, told_of_missing
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.screening.contamination import CONTAMINATION_SCHEMA, find_contamination
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import ScreeningSettings
from tests.curation.screening.test_evaluation import ROWS

IN_PARQUET = sorted(set(ROWS) - {"MGSM", "TriviaQA", "MT-Bench of the hub"})  # structs without a field


def opened(root: Path, **settings: Any) -> CandidateRun:
    screening = ScreeningSettings(evaluation_sets={"quiz": settings.pop("file", "quiz.jsonl")}, **settings)
    found = SimpleNamespace(
        workspace=SimpleNamespace(root=root), settings=SimpleNamespace(screening=screening)
    )
    return cast(CandidateRun, found)


def write(root: Path, *rows: dict[str, Any]) -> None:
    (root / "quiz.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def chat(question: str, answer: str) -> pl.DataFrame:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    content = {"kind": "chat", "messages": turns}
    return pl.DataFrame(
        [{**content, "id": records.content_id(content), "source": "web"}], schema=records.SCHEMA
    )


@pytest.mark.parametrize("name", ROWS)
def test_jsonl_of_a_published_shape_is_read_and_found(tmp_path: Path, name: str) -> None:
    row, questions, answer = ROWS[name]
    write(tmp_path, row)
    items = evaluation_items(opened(tmp_path))
    assert items["questions"].to_list() == [list(questions)]
    assert items["answer"].to_list() == [answer]
    if len(questions[0]) > 20:
        found = find_contamination(chat(questions[0], "I do not know."), items)
        assert found["item_set"].to_list() == ["quiz"]


@pytest.mark.parametrize("name", IN_PARQUET)
def test_parquet_of_a_published_shape_has_the_same_items(tmp_path: Path, name: str) -> None:
    row, _, _ = ROWS[name]
    write(tmp_path, row)
    pl.DataFrame([row]).write_parquet(tmp_path / "quiz.parquet")
    columns = ["id", "row_id", "questions", "shown", "answer"]
    as_lines = evaluation_items(opened(tmp_path)).select(columns)
    assert evaluation_items(opened(tmp_path, file="quiz.parquet")).select(columns).rows() == as_lines.rows()


def test_mmlu_of_the_hub_keeps_its_small_integers(tmp_path: Path) -> None:
    row = {"question": "Which gas is most of the air?", "subject": "p", "choices": ["O", "N"], "answer": 1}
    frame = pl.DataFrame([row]).with_columns(pl.col("answer").cast(pl.Int64))
    frame.write_parquet(tmp_path / "test-00000-of-00001.parquet")
    items = evaluation_items(opened(tmp_path, file="test-00000-of-00001.parquet"))
    assert items["answer"].to_list() == ["N"]


def test_a_file_of_examples_is_read(tmp_path: Path) -> None:
    examples = [{"input": f"not ( True ) and ( {n} ) is", "target": "False"} for n in range(3)]
    (tmp_path / "task.json").write_text(json.dumps({"canary": "c", "examples": examples}))
    assert evaluation_items(opened(tmp_path, file="task.json")).height == 3


def test_truthfulqa_as_csv_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "Type,Category,Question,Best Answer,Correct Answers,Incorrect Answers,Source\n"
        "A,M,What happens if you eat seeds?,Nothing,Nothing; they pass,You grow,u\n"
    )
    items = evaluation_items(opened(tmp_path, file="t.csv"))
    assert items.select("questions", "answer").rows() == [(["What happens if you eat seeds?"], "Nothing")]


def test_records_of_a_known_form_are_items(tmp_path: Path) -> None:
    write(tmp_path, {"id": "s1", "prompt": "What is the capital of Norvia?", "completion": "Tarn"})
    items = evaluation_items(opened(tmp_path))
    assert items.select("row_id", "item_set", "questions").rows() == [("s1", "quiz", None)]


def test_an_unknown_shape_names_its_columns_and_the_setting(tmp_path: Path) -> None:
    write(tmp_path, {"ask": "What is the capital of Norvia?", "reply": "Tarn", "level": 3})
    with pytest.raises(InvalidInput) as caught:
        evaluation_items(opened(tmp_path))
    assert str(caught.value) == (
        "evaluation set 'quiz' must be readable as a whole, and has no known shape: its columns are ask, "
        "reply, level; name those of the question and the answer: [screening.evaluation_fields] "
        "quiz = 'question -> answer'"
    )
    named = opened(tmp_path, evaluation_fields={"quiz": "ask -> reply"})
    items = evaluation_items(named)
    assert items.select("questions", "answer").rows() == [(["What is the capital of Norvia?"], "Tarn")]
    with pytest.raises(InvalidInput, match="has no column question; its columns are ask, reply, level"):
        evaluation_items(opened(tmp_path, evaluation_fields={"quiz": "question -> reply"}))


def test_a_row_that_does_not_fit_its_shape_is_named(tmp_path: Path) -> None:
    good, _, _ = ROWS["MMLU"]
    write(tmp_path, good, {**good, "answer": 9})
    with pytest.raises(InvalidInput, match=r"'quiz', row 2: `answer` must be one of 2 choices, got 9"):
        evaluation_items(opened(tmp_path))


@pytest.mark.parametrize("content", ["", "{not json}\n", '{"question": "a"}\n[1]\n'])
def test_a_damaged_file_is_refused_as_a_whole(tmp_path: Path, content: str) -> None:
    (tmp_path / "quiz.jsonl").write_text(content)
    with pytest.raises(InvalidInput, match=r"mend the file"):
        evaluation_items(opened(tmp_path))


def test_fields_of_a_set_that_is_not_named_are_refused(tmp_path: Path) -> None:
    write(tmp_path, ROWS["MMLU"][0])
    with pytest.raises(InvalidInput, match=r"names other, which screening\.evaluation_sets does not"):
        evaluation_items(opened(tmp_path, evaluation_fields={"other": "a -> b"}))


def test_what_cannot_be_looked_for_is_counted_and_named(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"question": "Why?", "answer": "No."},
        {"question": "What is the capital of Norvia?", "answer": "T"},
    )
    items = evaluation_items(opened(tmp_path))
    missing = told_of_missing(items)
    assert missing.startswith("1 of 2 items are too short to be looked for (quiz ")
    checked = check_contamination(CONTAMINATION_SCHEMA.to_frame(), missing)
    assert checked.passed
    assert checked.description.endswith(missing)
    write(tmp_path, {"question": "What is the capital of Norvia?", "answer": "T"})
    assert told_of_missing(evaluation_items(opened(tmp_path))) == ""


def test_the_cases_from_the_field_are_read(shared: Path, tmp_path: Path) -> None:
    for file in sorted((shared / "cases" / "eval_sets").glob("*.jsonl")):
        (tmp_path / "quiz.jsonl").write_bytes(file.read_bytes())
        assert evaluation_items(opened(tmp_path)).height == len(file.read_text().splitlines())
