"""Short questions and formulas are found where a turn or line is one; what says nothing alone is named."""

from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening.contamination import CONTAMINATION_SCHEMA, find_contamination
from entropy_assets.curation.screening.whole import keys_of, not_looked_for
from entropy_assets.records import SCHEMA, content_id

Content = dict[str, object]


def framed(*contents: Content) -> pl.DataFrame:
    rows = [{"id": content_id(content), "source": "web", **content} for content in contents]
    return pl.DataFrame(rows, schema=SCHEMA)


def chat(*turns: str) -> Content:
    roles = ("user", "assistant")
    return {"kind": "chat", "messages": [{"role": roles[n % 2], "content": t} for n, t in enumerate(turns)]}


def text(content: str) -> Content:
    return {"kind": "text", "text": content}


def exam(*contents: Content) -> pl.DataFrame:
    named = framed(*contents).with_columns(item_set=pl.lit("quiz"))
    return named.with_columns(row_id=pl.format("q{}", pl.int_range(pl.len())))


CAPITAL = "What is the capital of Norvia?"
FORMULA = r"Solve $\frac{x}{3}+2=7$ for $x$."
SUM = "Compute 17 * 23 + 4 - 9 * 2 - 6 / 3 + 11 * 5 - 1 * 8 + 90."
CHINESE = "挪维亚的首都是哪里？"
ITEMS = exam(chat(CAPITAL, "Tarn"), chat(FORMULA, "15"), chat(SUM, "512"), chat(CHINESE, "塔恩"))
SQUARE = "Solve x^2 + 3 = 7."


@pytest.mark.parametrize(
    ("record", "item", "side"),
    [
        (chat(CAPITAL, "Tarn"), "q0", "prompt"),
        (chat("what is  the capital of NORVIA", "I forgot."), "q0", "prompt"),
        (chat("Hi!", "Hello.", CAPITAL, "Tarn"), "q0", "prompt"),
        (chat(f"Answer the question.\n{CAPITAL}", "Tarn"), "q0", "prompt"),
        (chat(f"Question: {CAPITAL}\nAnswer:", "Tarn"), "q0", "prompt"),
        (text(f"A list of questions.\n\n12) {CAPITAL}\nTarn\n"), "q0", "text"),
        (text(f"Q: {CAPITAL} A: Tarn"), "q0", "text"),
        (chat(f"**Question 3.** {CAPITAL}", "Tarn"), "q0", "prompt"),
        (chat(FORMULA, "It is 15."), "q1", "prompt"),
        (chat(FORMULA.replace("$", "").replace(" ", "  "), "15"), "q1", "prompt"),
        (chat(SUM, "512"), "q2", "prompt"),
        (chat(CHINESE, "塔恩"), "q3", "prompt"),
        (text(f"问：{CHINESE}\n答：塔恩"), "q3", "text"),
    ],
)
def test_a_whole_question_is_found(record: Content, item: str, side: str) -> None:
    records = framed(text("Nothing of this was ever asked anywhere."), record)
    found = find_contamination(records, ITEMS)
    assert found.schema == CONTAMINATION_SCHEMA
    assert found.select("id", "item_id", "side", "item_side").rows() == [
        (content_id(record), item, side, "prompt")
    ]
    said = (
        str(record.get("text")) if "text" in record else "\n".join(t["content"] for t in record["messages"])
    )  # type: ignore[attr-defined]
    assert found["span"][0] in said


@pytest.mark.parametrize(
    "record",
    [
        chat("What is the capital of Norvia and who lives there?", "Tarn"),
        chat("What is the capital of Sorvia?", "Tarn"),
        chat(SUM.replace("+ 4 -", "- 4 +"), "504"),
        chat(SUM.replace("17", "1.7"), "1"),
        chat("Solve x^2 - 3 = 7.", "3"),
        text("The capital of Norvia is Tarn."),
        chat("Tarn", "Tarn"),
    ],
)
def test_another_question_is_none(record: Content) -> None:
    assert find_contamination(framed(record), pl.concat([ITEMS, exam(chat(SQUARE, "2"))])).is_empty()


TASK = r"Compute $\sum_{k=1}^{5} k^2$."


@pytest.mark.parametrize("word", ["Evaluate", "Calculate", "find", "Determine"])
def test_a_task_with_another_word_for_it_is_the_same(word: str) -> None:
    items = exam(chat(TASK, "55"), chat("Find the least prime above 90.", "97"))
    found = find_contamination(framed(chat(TASK.replace("Compute", word), "It is 55.")), items)
    assert found["item_id"].to_list() == ["q0"]
    other = framed(
        chat(TASK.replace("Compute", "Plot"), "So."), chat("Evaluate the least prime above 80.", "83")
    )
    assert find_contamination(other, items).is_empty()


def test_signs_of_arithmetic_tell_formulas_apart() -> None:
    found = find_contamination(framed(chat(SQUARE.replace(" ", ""), "2")), exam(chat(SQUARE, "2")))
    assert found.height == 1


def test_a_question_that_says_nothing_alone_is_looked_for_with_its_answer() -> None:
    items = exam(
        chat("Why?", "Because the mill burned down twice."),
        *(
            chat("Which of these is true?", f"That {name} is a river of the east.")
            for name in ("Ost", "Pell")
        ),
    )
    leaked = chat("Which of these is true?", "That Pell is a river of the east.")
    both = text("Why?\nBecause the mill burned down twice.")
    others = (chat("Which of these is true?", "None of them, I fear."), chat("Why?", "Nobody knows that."))
    found = find_contamination(framed(leaked, both, *others), items)
    assert dict(found.select("id", "item_id").iter_rows()) == {
        content_id(leaked): "q2",
        content_id(both): "q0",
    }
    assert not_looked_for(items).is_empty()


def test_what_cannot_be_looked_for_is_named() -> None:
    items = exam(chat("Why?", "No."), chat(CAPITAL, "Tarn"), text("…!"), text("Hm."))
    assert not_looked_for(items).rows() == [("quiz", "q0"), ("quiz", "q2"), ("quiz", "q3")]
    records = framed(chat("Why?", "No."), text("Hm."))
    assert find_contamination(records, items).is_empty()


def test_questions_of_a_set_with_choices_are_found_with_and_without_them() -> None:
    question = "Which of these gases makes up most of the air?"
    shown = f"{question}\nA. Oxygen\nB. Nitrogen"
    told = pl.DataFrame(
        {"questions": [[question, "And the rest?"]], "shown": [shown], "answer": ["Nitrogen"]},
        schema={"questions": pl.List(pl.String), "shown": pl.String, "answer": pl.String},
    )
    items = pl.concat([exam(chat(shown, "Nitrogen")), told], how="horizontal")
    for record in (
        chat(question, "Air."),
        chat(shown, "B"),
        text(f"1. {question}\n(a) Oxygen\n(b) Nitrogen"),
    ):
        assert find_contamination(framed(record), items)["item_id"].to_list() == ["q0"]
    assert find_contamination(framed(chat("And the rest?", "Argon.")), items).is_empty()


def test_several_items_of_a_record_are_counted_and_the_longest_is_told() -> None:
    record = text(f"{CAPITAL}\n{CHINESE}")
    (row,) = find_contamination(framed(record), ITEMS).iter_rows(named=True)
    assert (row["item_id"], row["n_items"], row["n_tokens"]) == ("q3", 2, 9)


def test_order_and_workers_play_no_part() -> None:
    records = framed(*(chat(CAPITAL, f"It is number {n}.") for n in range(30)), chat(CHINESE, "塔恩"))
    found = find_contamination(records, ITEMS)
    assert found.height == 31
    assert found.equals(find_contamination(records.reverse(), ITEMS.reverse()))


def test_the_cases_from_the_field(shared: Path) -> None:
    folder = shared / "cases" / "eval_sets"
    items = read_file(folder / "short_items.jsonl", drop="e").records.with_columns(item_set=pl.lit("quiz"))
    train = read_file(folder / "short_items_train.jsonl", drop="t").records
    found = find_contamination(train, items)
    assert found.height == train.height == 8
    assert not_looked_for(items).is_empty()


def test_no_key_is_empty_and_each_names_its_item() -> None:
    keys = keys_of(ITEMS)
    assert keys["key"].str.len_chars().min() >= 4  # type: ignore[operator]
    assert set(keys["item"]) == {0, 1, 2, 3}
