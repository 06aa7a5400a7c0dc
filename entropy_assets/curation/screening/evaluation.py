r"""The shapes in which evaluation sets are published: a row -> what is asked, its choices, the right answer.

A shape is known by the columns that it needs, in any case of letters; the first that fits is taken.
Passages that a set quotes (BoolQ, SQuAD, DROP, RACE) are no part of an item: they are public texts, and a
record that holds one knows nothing of the exam.

What belongs here: columns and types. What does not: reading files, and what is looked for in records.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from entropy_assets.errors import InvalidInput

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Item:
    """One item of an evaluation set.

    Parameters
    ----------
    questions
        What is asked, one text a turn, each without choices.
    shown
        The first question with its choices below, as an exam shows it.
    answer
        The right answer; None where the set gives none.
    choices
        What is offered, in order; empty where nothing is.
    row_id
        The set's own name for the item, None where it has none.
    """

    questions: tuple[str, ...]
    shown: str
    answer: str | None
    choices: tuple[str, ...]
    row_id: str | None


@dataclass(frozen=True)
class Shape:
    """Columns of a published set.

    Parameters
    ----------
    needs
        Columns that tell the shape.
    asked
        The column with the question, or the list of what is asked turn by turn.
    answers
        Columns with the right answer; the first that is filled counts.
    choices
        Columns with choices: one with a list, or one for each choice.
    base
        Number of the first choice, where an answer is a number.
    """

    needs: frozenset[str]
    asked: str
    answers: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    base: int = 0

    def item(self, row: Row) -> Item:
        """Return the item of a row.

        Raises
        ------
        InvalidInput
            The question is empty or no text, or the answer is none of the choices.
        """
        row = {key.lower(): value for key, value in row.items()}
        questions = self._questions(row)
        choices, labels, right = self._choices(row)
        if self.choices and self.choices[0] == "option1":  # a sentence with a gap
            questions += self._filled(row, questions[0], choices)
        filled = (column for column in self.answers if row.get(column) not in (None, "", [], {}))
        column = next(filled, "")
        answer = right if right is not None else self._answer(column, row.get(column), choices, labels)
        lines = [f"{ascii_uppercase[n % 26]}. {choice}" for n, choice in enumerate(choices)]
        name = next((row[key] for key in _NAMES if row.get(key) not in (None, "")), None)
        row_id = str(name) if isinstance(name, (str, int)) else None
        return Item(questions, "\n".join([questions[0], *lines]), answer, choices, row_id)

    def _questions(self, row: Row) -> tuple[str, ...]:
        asked = row.get(self.asked)
        turns = asked if isinstance(asked, list) else [asked]
        said: list[Any] = [turn.get("content") if isinstance(turn, dict) else turn for turn in turns]
        if not said or not all(isinstance(turn, str) and turn.strip() for turn in said):
            raise InvalidInput(f"`{self.asked}` must be a text that asks something, got {asked!r:.60}")
        return tuple(said)

    def _choices(self, row: Row) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
        """Return the choices, their labels, and the right one where the column itself tells it."""
        given = [row.get(column) for column in self.choices]
        value = given[0] if len(given) == 1 else [choice for choice in given if choice is not None]
        labels: list[Any] = []
        right = None
        if isinstance(value, dict):
            told = value.get("labels")
            labels = value.get("label") or []
            value = value.get("text", value.get("choices"))
            if told is not None and isinstance(value, list) and 1 in told:
                right = str(value[told.index(1)])
        if not isinstance(value, list):
            if value is None:
                return (), (), None
            raise InvalidInput(f"`{self.choices[0]}` must be a list of choices, got {value!r:.60}")
        return tuple(map(str, value)), tuple(map(str, labels)), right

    def _filled(self, row: Row, sentence: str, choices: tuple[str, ...]) -> tuple[str, ...]:
        answer = self._answer("answer", row.get("answer"), choices, ())
        return () if answer is None else (sentence.replace("_", answer, 1),)

    def _answer(
        self, column: str, value: Any, choices: tuple[str, ...], labels: tuple[str, ...]
    ) -> str | None:
        """Return the right answer as a text: a choice by its number or label, or what the column holds."""
        if isinstance(value, dict):
            value = next((value[key] for key in ("value", "text", "spans") if key in value), None)
        if isinstance(value, list):
            value = value[0] if value else None
        if value is None or value == "" or (choices and value == -1):
            return None
        if isinstance(value, bool):
            return "yes" if value else "no"
        told = str(value)
        if not choices or (told in choices and not isinstance(value, int)):
            return told
        if told in labels:
            place = labels.index(told)
        elif re.fullmatch(r"\d{1,2}", told):
            place = int(told) - self.base
        elif re.fullmatch(r"\(?[A-Za-z]\)?", told):
            place = ascii_uppercase.index(told.strip("()").upper())
        else:
            return told
        if not 0 <= place < len(choices):
            raise InvalidInput(f"`{column}` must be one of {len(choices)} choices, got {value!r:.60}")
        return choices[place]


_NAMES = (
    *("id", "task_id", "question_id", "unique_id", "key", "query_id", "instance_id", "example_id", "ind"),
    *("record id", "prompt_id"),
)
"""Columns with a set's own name for an item."""


def _shape(
    needs: str, asked: str, answers: str = "", choices: str = "", base: int = 0, sep: str = " "
) -> Shape:
    columns = [tuple(name for name in names.split(sep) if name) for names in (needs, answers, choices)]
    return Shape(frozenset(columns[0]), asked, columns[1], columns[2], base)


SHAPES = (
    _shape("question options answer_index", "question", "answer_index answer", "options"),  # MMLU-Pro
    _shape("article question options answer", "question", "answer", "options"),  # RACE
    _shape("question choices answer", "question", "answer", "choices"),  # MMLU
    _shape("question choices answerkey", "question", "answerkey", "choices"),  # ARC, CommonsenseQA
    _shape("question_stem choices answerkey", "question_stem", "answerkey", "choices"),  # OpenBookQA
    _shape("query choices gold", "query", "gold", "choices"),  # AGIEval
    _shape("prompt canonical_solution", "prompt", "canonical_solution"),  # HumanEval
    _shape("text code test_list", "text", "code"),  # MBPP
    _shape("prompt code test_list", "prompt", "code"),  # MBPP, sanitized
    _shape("question best_answer", "question", "best_answer"),  # TruthfulQA
    _shape("question|best answer", "question", "best answer", sep="|"),  # TruthfulQA, as CSV
    _shape("question mc1_targets", "question", "", "mc1_targets"),  # TruthfulQA, choices
    _shape("prompt instruction_id_list", "prompt"),  # IFEval
    _shape("ctx endings", "ctx", "label", "endings"),  # HellaSwag
    _shape("sentence option1 option2", "sentence", "answer", "option1 option2", 1),  # Winogrande
    _shape("goal sol1 sol2", "goal", "label", "sol1 sol2"),  # PIQA
    _shape("question passage answer", "question", "answer"),  # BoolQ
    _shape("context question answers", "question", "answers"),  # SQuAD
    _shape("passage question answers_spans", "question", "answers_spans"),  # DROP
    _shape(
        "question|correct answer|incorrect answer 1",  # GPQA
        "question",
        "correct answer",
        "correct answer|incorrect answer 1|incorrect answer 2|incorrect answer 3",
        sep="|",
    ),
    _shape(
        "question correct_answer distractor1",  # SciQ
        "question",
        "correct_answer",
        "correct_answer distractor1 distractor2 distractor3",
    ),
    _shape("turns", "turns", "reference"),  # MT-Bench, Arena-Hard
    _shape("prompt reference", "prompt", "reference"),  # MT-Bench on the hub
    _shape("instruction output generator", "instruction", "output"),  # AlpacaEval
    _shape("input target", "input", "target"),  # BBH
    _shape("inputs targets", "inputs", "targets", "multiple_choice_targets"),  # BIG-bench
    _shape("problem solution", "problem", "solution answer"),  # MATH, AIME
    _shape("problem answer", "problem", "answer"),  # AIME, SimpleQA
    _shape("problem_statement patch", "problem_statement", "patch"),  # SWE-bench
    _shape("question answer", "question", "answer answer_number"),  # GSM8K, MGSM, TriviaQA, NQ-open
    _shape("question answer_number", "question", "answer_number"),  # MGSM, where no row is worked out
)
"""The shapes, the more special ones first."""


def shape_of(columns: Collection[str]) -> Shape | None:
    """Return the shape of a set with these columns, None where none is known."""
    known = {column.lower() for column in columns}
    return next((shape for shape in SHAPES if shape.needs <= known), None)


def named_shape(text: str) -> Shape:
    """Return the shape of the columns that a setting names, as `question + choices -> answer`.

    Raises
    ------
    InvalidInput
        It is none of these.
    """
    asked, arrow, answer = text.partition("->")
    columns = [column.strip().lower() for column in asked.split("+")]
    answer = answer.strip().lower()
    if not all(columns) or len(columns) > 2 or "->" in answer or bool(arrow) != bool(answer):
        raise InvalidInput(
            "columns must be named as `question -> answer`, `question + choices -> answer` or `question`, "
            f"got {text!r}"
        )
    needs = frozenset([*columns, answer]) - {""}
    return Shape(needs, columns[0], (answer,) if answer else (), tuple(columns[1:]))
