"""Near-copies that are none: records that share a long prompt, or answer one prompt otherwise."""

import random
from typing import Any

import pytest

from tests.curation.dedup.talks import chat, kept, page, pair, preference, text

RULES = " ".join(
    f"Rule {n}: when the guest of the inn asks about the {place}, answer in a calm way and name the hour."
    for n, place in enumerate(("stable", "kitchen", "cellar", "garden", "mill", "well", "forge", "dairy"), 1)
)
ASKED = (
    ("Is breakfast still on?", "Yes, until ten."),
    ("Is the sauna still on?", "Yes, until nine."),
    ("May I bring a dog?", "Only on a lead."),
    ("Where do I park the car?", "Behind the barn."),
    ("Does the room face the sea?", "No."),
    ("Who carries the bags?", "The porter."),
)


# Shared context


def test_a_long_system_prompt_is_no_similarity() -> None:
    rows = [chat(("system", RULES), ("user", ask), ("assistant", answer)) for ask, answer in ASKED]
    assert kept(rows) == len(rows)
    assert kept(rows[:2]) == 2, "two are enough"
    assert kept(rows[1:], rows[:1]) == len(rows) - 1, "nor against the pool"
    assert kept([*rows, *rows, rows[0]]) == len(rows), "copies still go"


@pytest.mark.parametrize("form", [pair, lambda ask, answer: text(f"{ask}\nAnswer: {answer}")])
@pytest.mark.parametrize(
    "where", ["{0}\n\nQuestion: {1}", "Question: {1}\n\n{0}", "{0} {1} Think first. {0}"]
)
def test_a_passage_or_template_in_the_users_turn(form: Any, where: str) -> None:
    rows = [form(where.format(RULES, ask), answer) for ask, answer in ASKED]
    assert kept(rows) == len(rows)
    assert kept(rows[3:], rows[:3]) == len(rows) - 3
    assert kept([*rows, rows[2]]) == len(rows)


def test_questions_under_one_passage_with_one_answer() -> None:
    rows = [pair(f"{RULES}\n\nQuestion: {ask}", "Yes.") for ask, _ in ASKED]
    assert kept(rows) == len(rows)
    assert kept(rows[-1:], rows[:-1]) == 1
    assert kept(rows[3:5]) == 2, "two are enough"
    assert kept(rows[3:4], rows[4:5]) == 1
    asked = [
        f"Where is the {one} of the {other}?" for one in ("door", "roof", "lamp") for other in ("inn", "mill")
    ]
    rows = [pair(f"{RULES}\n\n{ask}", "Yes.") for ask in asked]
    assert kept(rows) == len(rows)
    assert kept([text(f"{RULES}\n\n{ask} Yes.") for ask in asked]) == len(asked), (
        "nor where nothing names turns"
    )


def test_a_slot_of_one_word_in_a_long_template() -> None:
    rows = [pair(f"{RULES} Now translate the word {word}, and nothing else.", word[::-1]) for word in
            ("lantern", "harbour", "meadow", "kettle")]  # fmt: skip
    assert kept(rows) == len(rows)


def test_tool_definitions_in_a_system_turn() -> None:
    tools = '[{"name": "rain", "parameters": {"town": "string"}}, {"name": "wind"}]' * 12
    asked = [("Rain in Lund?", "rain(town=Lund)"), ("Rain in Bern?", "rain(town=Bern)")]
    assert kept([chat(("system", tools), ("user", ask), ("assistant", call)) for ask, call in asked]) == 2


def test_nothing_but_context() -> None:
    rows = [chat(("system", RULES)), chat(("system", RULES + " ")), chat(("system", f"{RULES} Be kind."))]
    assert kept(rows) == 1


def test_a_licence_over_many_files() -> None:
    """Each file is short beside its header, and its own words are no footer."""
    rows = [text(f"{page(1, 1500)}\n\n{page(n, 60)}") for n in range(2, 9)]
    assert kept(rows) == len(rows)


# Copies stay copies


def test_mirrors_of_a_page() -> None:
    body = page(3, 400)
    feet = (
        "Filed under travel.",
        "Posted by Ann. Share this.",
        "Home | About | Contact",
        "Print",
        "Top of page",
    )
    assert kept([text(f"{body}\n\n{foot}") for foot in feet]) == 1
    assert kept([text(f"{foot}\n\n{body}") for foot in feet]) == 1
    assert kept([text(body), *(text(f"{body}\n\n{foot}") for foot in feet)]) == 1


def test_copies_with_slips_of_the_pen_in_other_places() -> None:
    words = page(4, 300).split()
    rows = []
    for n in range(8):
        copy = list(words)
        for place in random.Random(n).sample(range(300), 4):
            copy[place] = f"slip{'abcdefgh'[n]}"
        rows.append(" ".join(copy))
    assert kept([text(row) for row in rows]) == 1
    assert kept([pair(row, page(5, 60)) for row in rows]) == 1
    assert kept([pair(page(5, 60), row) for row in rows]) == 1


def test_a_copy_among_questions_on_one_passage() -> None:
    rows = [pair(f"{RULES}\n\nQuestion: {ask}", answer) for ask, answer in ASKED]
    slip = pair(f"{RULES.replace('stable', 'stabel')}\n\nQuestion: {ASKED[0][0]}", ASKED[0][1])
    assert kept([*rows, slip]) == len(rows)


def test_a_question_asked_in_other_words_with_the_same_long_answer() -> None:
    rows = [pair(f"Write a function {how} two numbers.", page(6, 80)) for how in ("that adds", "to add")]
    assert kept(rows) == 1


# Answers


@pytest.mark.parametrize(
    "answers", [("Yes.", "No."), ("A", "B"), ("7", "9"), ("Anna Lee", "ANNA LEE"), ("Lund", "Bern")]
)
def test_answers_that_differ_under_one_prompt(answers: tuple[str, str]) -> None:
    assert kept([pair(page(7), answer) for answer in answers]) == 2
    assert kept([pair(page(7), answers[0])], [pair(page(7), answers[1])]) == 1
    assert kept([preference(page(7), *answers), preference(page(7), *answers[::-1])]) == 2
    assert kept([preference(page(7), answer, page(8)) for answer in answers]) == 2


def test_long_answers_in_the_other_order_are_other_preferences() -> None:
    assert kept([preference("Why?", page(7), page(8)), preference("Why?", page(8), page(7))]) == 2


def test_a_short_answer_in_the_middle_of_a_long_talk() -> None:
    rows = [
        chat(("user", page(1)), ("assistant", word), ("user", page(2)), ("assistant", page(3)))
        for word in ("Yes.", "No.")
    ]
    assert kept(rows) == 2


LONG = " ".join(f"word{n} of the long answer number {n}" for n in range(60))


@pytest.mark.parametrize(
    "part",
    [
        {"weight": 0.0},
        {"tool_calls": '[{"name": "rain"}]'},
        {"attachments": '[{"key": "image", "value": "a.png"}]'},
    ],
    ids=lambda part: next(iter(part)),
)
def test_a_part_that_only_one_of_two_has_makes_them_no_copies(part: dict[str, Any]) -> None:
    with_part, without = (chat(("user", f"Tell me{end}"), ("assistant", LONG)) for end in ("", "."))
    with_part["messages"][1] |= part
    assert kept([with_part, without]) == 2
    assert kept([without, chat(("user", "Tell me"), ("assistant", LONG))]) == 1


def test_an_answer_that_is_wanted_is_no_copy_of_one_that_is_not() -> None:
    rows = [{**pair(asked, LONG), "label": label} for asked, label in (("Why?", True), ("Why?", False))]
    assert kept(rows) == 2
    assert kept([*rows, {**pair("Why ?", LONG), "label": True}]) == 2
    assert kept([pair("Why?", LONG), rows[0]]) == 2


@pytest.mark.parametrize(
    "form",
    [
        "<|start_header_id|>system<|end_header_id|>{}<|eot_id|><|start_header_id|>user<|end_header_id|>{}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>{}<|eot_id|>",
        "<start_of_turn>user {} {}<end_of_turn><start_of_turn>model {}<end_of_turn>",
        "{}<｜User｜>{}<｜Assistant｜>{}",
        "{} USER: {} ASSISTANT: {}",
    ],
    ids=["llama", "gemma", "deepseek", "vicuna"],
)
def test_turns_are_told_by_the_tags_of_chat_templates(form: str) -> None:
    asked = [
        ("Name a bird?", "A wren."),
        ("Where is the mill?", "By the pond."),
        ("Who bakes?", "The miller."),
    ]
    rows = [text(form.format(page(1, 120), *one)) for one in asked]
    assert kept(rows) == 3


def test_a_question_without_an_answer_may_have_a_slip() -> None:
    asked = f"{page(1, 30)} amidst the old houses {page(2, 30)}"
    assert kept([chat(("user", asked)), chat(("user", asked.replace("old houses", "oold huoses")))]) == 1
