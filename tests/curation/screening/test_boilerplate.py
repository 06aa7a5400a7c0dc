"""What is repeated often is boilerplate only where it stands apart from the item as well."""

import polars as pl
import pytest

from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.curation.screening.evidence import MAX_RECORDS
from tests.curation.test_contamination import ANSWER, FILLER, QUESTION, chat, exam, framed, text, words

MANY = 3 * MAX_RECORDS
ITEMS = exam(chat(QUESTION, ANSWER))


def of_others(number: int, n: int = 12) -> str:
    return words(f"{chr(97 + number % 26)}{chr(97 + number // 26)}o", n)


def repeated(template: str, n: int = MANY) -> pl.DataFrame:
    return framed(*(text(template.format(of_others(i), of_others(i + n))) for i in range(n)))


@pytest.mark.parametrize("n", [1, MAX_RECORDS, MAX_RECORDS + 1, MANY])
@pytest.mark.parametrize("leak", [QUESTION, ANSWER, f"{QUESTION} {ANSWER}"])
def test_a_whole_question_or_answer_is_a_leak_however_often(leak: str, n: int) -> None:
    assert find_contamination(repeated(f"{{}} {leak} {{}}", n), ITEMS).height == n


def test_most_of_an_answer_is_one_too_and_the_item_is_named() -> None:
    part = " ".join(ANSWER.split()[2:])
    found = find_contamination(repeated(f"{{}}: {part}. {{}}"), ITEMS)
    assert found.height == MANY
    assert set(found["item_side"]) == {"answer"}


def test_an_answer_that_follows_its_question_is_one_in_any_number_of_chats() -> None:
    records = framed(*(chat(f"{of_others(i)} {QUESTION[:70]}", ANSWER) for i in range(MANY)))
    assert find_contamination(records, ITEMS).height == MANY


def test_a_phrase_of_an_answer_that_others_go_on_from_is_boilerplate() -> None:
    phrase = words("stock", 15)
    items = exam(chat(QUESTION, f"{phrase} {words('mine', 30)}"))
    records = repeated(f"{{}} {phrase} {{}}")
    assert find_contamination(records, items).is_empty()
    leaked = framed(text(f"{FILLER} {phrase} {words('mine', 30)}"))
    both = find_contamination(pl.concat([records, leaked]), items)
    assert both["id"].to_list() == leaked["id"].to_list()


def test_what_others_answer_with_as_a_whole_is_boilerplate() -> None:
    records = framed(*(chat(of_others(i), ANSWER) for i in range(MANY)))
    assert find_contamination(records, ITEMS).is_empty()
    assert find_contamination(records.head(MAX_RECORDS), ITEMS).height == MAX_RECORDS


def test_a_usual_reply_to_other_prompts_is_boilerplate_and_a_long_answer_is_none() -> None:
    usual = framed(*(chat(of_others(i), f"{of_others(i + MANY)} {ANSWER}") for i in range(MANY)))
    assert find_contamination(usual, ITEMS).is_empty()
    answer = words("long", 45)
    items = exam(chat(QUESTION, answer))
    records = framed(*(chat(of_others(i), f"{of_others(i + MANY)} {answer}") for i in range(MANY)))
    assert find_contamination(records, items).height == MANY


def test_a_short_answer_in_many_texts_is_boilerplate() -> None:
    items = exam(chat(QUESTION, words("short", 12)))
    assert find_contamination(repeated(f"{{}} {words('short', 12)} {{}}"), items).is_empty()


def test_an_answer_of_several_items_is_boilerplate() -> None:
    items = exam(chat(QUESTION, ANSWER), chat(words("other", 20), ANSWER))
    assert find_contamination(repeated(f"{{}} {ANSWER} {{}}"), items).is_empty()


def test_a_part_is_judged_as_the_whole_is() -> None:
    records = repeated(f"{{}} {ANSWER} {{}}")
    assert find_contamination(records.head(2), ITEMS, background=records).height == 2
    assert find_contamination(records.reverse(), ITEMS).equals(find_contamination(records, ITEMS))
