"""Evaluation sets are read in the shapes in which they are published; what has no known shape is None."""

from typing import Any

import pytest

from entropy_assets.curation.screening.evaluation import Item, named_shape, shape_of
from entropy_assets.errors import InvalidInput

Q = "Which of these gases makes up most of the air?"
ROWS: dict[str, tuple[dict[str, Any], tuple[str, ...], str | None]] = {
    "GSM8K": ({"question": Q, "answer": "so\n#### 3"}, (Q,), "so\n#### 3"),
    "MMLU": ({"question": Q, "subject": "p", "choices": ["O", "N"], "answer": 1}, (Q,), "N"),
    "MMLU of numbers": ({"question": Q, "choices": ["1", "0", "2"], "answer": 1}, (Q,), "0"),
    "MMLU by letter": ({"question": Q, "choices": ["O", "N"], "answer": "B"}, (Q,), "N"),
    "MMLU-Pro": (
        {
            "question_id": 70,
            "question": Q,
            "options": ["O", "N"],
            "answer": "B",
            "answer_index": 1,
            "cot_content": "",
            "category": "p",
            "src": "s",
        },
        (Q,),
        "N",
    ),
    "HumanEval": (
        {
            "task_id": "T/0",
            "prompt": "def f():\n",
            "canonical_solution": "    return 1\n",
            "test": "assert f()",
            "entry_point": "f",
        },
        ("def f():\n",),
        "    return 1\n",
    ),
    "MBPP": (
        {
            "task_id": 11,
            "text": "Write f.",
            "code": "def f(): 1",
            "test_list": ["assert f()"],
            "test_setup_code": "",
            "challenge_test_list": [],
        },
        ("Write f.",),
        "def f(): 1",
    ),
    "MBPP sanitized": (
        {
            "source_file": "x",
            "task_id": 2,
            "prompt": "Write f.",
            "code": "def f(): 1",
            "test_imports": [],
            "test_list": ["assert f()"],
        },
        ("Write f.",),
        "def f(): 1",
    ),
    "ARC": (
        {"id": "M_1", "question": Q, "choices": {"text": ["O", "N"], "label": ["A", "B"]}, "answerKey": "B"},
        (Q,),
        "N",
    ),
    "ARC by number": (
        {"id": "M_2", "question": Q, "choices": {"text": ["O", "N"], "label": ["1", "2"]}, "answerKey": "1"},
        (Q,),
        "O",
    ),
    "OpenBookQA": (
        {
            "id": "7",
            "question_stem": Q,
            "choices": {"text": ["O", "N"], "label": ["A", "B"]},
            "answerKey": "A",
        },
        (Q,),
        "O",
    ),
    "TruthfulQA": (
        {
            "type": "A",
            "category": "M",
            "question": Q,
            "best_answer": "N",
            "correct_answers": ["N", "N2"],
            "incorrect_answers": ["O"],
            "source": "u",
        },
        (Q,),
        "N",
    ),
    "TruthfulQA choices": (
        {
            "question": Q,
            "mc1_targets": {"choices": ["O", "N"], "labels": [0, 1]},
            "mc2_targets": {"choices": ["O"], "labels": [0]},
        },
        (Q,),
        "N",
    ),
    "IFEval": (
        {
            "key": 1000,
            "prompt": "Write a poem in two lines.",
            "instruction_id_list": ["length:n"],
            "kwargs": [{"n": 2, "m": None}],
        },
        ("Write a poem in two lines.",),
        None,
    ),
    "HellaSwag": (
        {
            "ind": 4,
            "activity_label": "Roof",
            "ctx_a": "A man sits.",
            "ctx_b": "he",
            "ctx": "A man sits. he",
            "endings": ["a", "b", "c", "d"],
            "source_id": "s",
            "split": "val",
            "split_type": "i",
            "label": "3",
        },
        ("A man sits. he",),
        "d",
    ),
    "HellaSwag without label": (
        {"ctx": "A man sits. he", "endings": ["a", "b"], "label": ""},
        ("A man sits. he",),
        None,
    ),
    "Winogrande": (
        {"sentence": "Ann met Bo, and _ ran.", "option1": "Ann", "option2": "Bo", "answer": "2"},
        ("Ann met Bo, and _ ran.", "Ann met Bo, and Bo ran."),
        "Bo",
    ),
    "PIQA": (
        {"goal": "To boil an egg,", "sol1": "use oil", "sol2": "use water", "label": 1},
        ("To boil an egg,",),
        "use water",
    ),
    "BoolQ": (
        {"question": "is air mostly nitrogen", "passage": "Air is a gas.", "answer": True},
        ("is air mostly nitrogen",),
        "yes",
    ),
    "BBH": (
        {"input": "not ( True ) and ( True ) is", "target": "False"},
        ("not ( True ) and ( True ) is",),
        "False",
    ),
    "MATH": (
        {"problem": "Solve $x=1$.", "level": "Level 1", "type": "Algebra", "solution": "1"},
        ("Solve $x=1$.",),
        "1",
    ),
    "MATH-500": (
        {
            "problem": "Solve $x=1$.",
            "solution": "It is 1",
            "answer": "1",
            "subject": "A",
            "level": 1,
            "unique_id": "t/1",
        },
        ("Solve $x=1$.",),
        "It is 1",
    ),
    "AIME": ({"ID": "2024-I-1", "Problem": "Find x.", "Solution": "s", "Answer": 204}, ("Find x.",), "s"),
    "AIME without solution": ({"id": 1, "problem": "Find x.", "answer": 204}, ("Find x.",), "204"),
    "GPQA": (
        {
            "Record ID": "r",
            "Question": Q,
            "Correct Answer": "N",
            "Incorrect Answer 1": "O",
            "Incorrect Answer 2": "A",
            "Incorrect Answer 3": "H",
            "Explanation": "e",
        },
        (Q,),
        "N",
    ),
    "MT-Bench": (
        {
            "question_id": 81,
            "category": "w",
            "turns": ["Write a post.", "Shorten it."],
            "reference": ["a", "b"],
        },
        ("Write a post.", "Shorten it."),
        "a",
    ),
    "MT-Bench of the hub": (
        {"prompt": ["Write a post.", "Shorten it."], "reference": [], "prompt_id": 1, "category": "w"},
        ("Write a post.", "Shorten it."),
        None,
    ),
    "Arena-Hard": (
        {"question_id": "q", "category": "a", "cluster": "c", "turns": [{"content": "Write a post."}]},
        ("Write a post.",),
        None,
    ),
    "AlpacaEval": (
        {"dataset": "h", "instruction": "Name a bird.", "output": "A wren.", "generator": "g"},
        ("Name a bird.",),
        "A wren.",
    ),
    "SQuAD": (
        {
            "id": "5",
            "title": "T",
            "context": "Air is a gas.",
            "question": Q,
            "answers": {"text": ["N"], "answer_start": [3]},
        },
        (Q,),
        "N",
    ),
    "DROP": (
        {
            "section_id": "s",
            "query_id": "q",
            "passage": "p",
            "question": Q,
            "answers_spans": {"spans": ["N"], "types": ["span"]},
        },
        (Q,),
        "N",
    ),
    "RACE": (
        {"example_id": "h1", "article": "a", "answer": "B", "question": Q, "options": ["O", "N"]},
        (Q,),
        "N",
    ),
    "TriviaQA": (
        {
            "question": Q,
            "question_id": "t",
            "question_source": "s",
            "entity_pages": {},
            "search_results": {},
            "answer": {"value": "N", "aliases": ["N2"]},
        },
        (Q,),
        "N",
    ),
    "NQ-open": ({"question": Q, "answer": ["N", "N2"]}, (Q,), "N"),
    "MGSM": ({"question": Q, "answer": None, "answer_number": 18, "equation_solution": None}, (Q,), "18"),
    "SciQ": (
        {
            "question": Q,
            "distractor1": "O",
            "distractor2": "A",
            "distractor3": "H",
            "correct_answer": "N",
            "support": "s",
        },
        (Q,),
        "N",
    ),
    "AGIEval": ({"query": Q, "choices": ["(A)O", "(B)N"], "gold": [1]}, (Q,), "(B)N"),
    "BIG-bench": (
        {"idx": 1, "inputs": Q, "targets": ["N"], "multiple_choice_targets": ["O", "N"]},
        (Q,),
        "N",
    ),
    "SWE-bench": (
        {"instance_id": "a__b-1", "problem_statement": "It fails.", "patch": "diff"},
        ("It fails.",),
        "diff",
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_published_shape_is_read(name: str) -> None:
    row, questions, answer = ROWS[name]
    shape = shape_of(row.keys())
    assert shape is not None
    item = shape.item(row)
    assert (item.questions, item.answer) == (questions, answer)
    assert all(choice in item.shown for choice in item.choices)
    assert questions[0] in item.shown


@pytest.mark.parametrize(
    "columns", [["ask", "reply"], ["text"], ["messages"], ["prompt"], ["question"], ["passage", "answer"], []]
)
def test_what_has_no_known_shape_is_none(columns: list[str]) -> None:
    assert shape_of(columns) is None


def test_choices_are_shown_below_the_question() -> None:
    row, _, _ = ROWS["MMLU"]
    shape = shape_of(row.keys())
    assert shape is not None
    assert shape.item(row) == Item((Q,), f"{Q}\nA. O\nB. N", "N", ("O", "N"), None)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"answer": 7}, "answer"),
        ({"question": None}, "question"),
        ({"question": " "}, "question"),
        ({"choices": "x"}, "choices"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_column(change: dict[str, Any], what: str) -> None:
    row = {**ROWS["MMLU"][0], **change}
    shape = shape_of(row.keys())
    assert shape is not None
    with pytest.raises(InvalidInput, match=f"`{what}`"):
        shape.item(row)


def test_columns_can_be_named() -> None:
    shape = named_shape("ask + parts -> reply")
    item = shape.item({"ask": "Why?", "parts": ["a", "b"], "reply": 1})
    assert (item.questions, item.shown, item.answer) == (("Why?",), "Why?\nA. a\nB. b", "b")
    assert named_shape("ask").item({"ask": "Why?"}).answer is None


@pytest.mark.parametrize("text", ["", "->", "a ->", "-> b", "a -> b -> c", "a + -> b"])
def test_columns_that_are_not_named_right_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="question"):
        named_shape(text)
