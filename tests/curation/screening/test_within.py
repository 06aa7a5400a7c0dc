"""A short question within a sentence, a string, a cell, a comment or an address is found."""

import polars as pl
import pytest

from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.records import SCHEMA, content_id

CAPITAL = "What is the capital of Norvia?"
SUM = "Compute 17 * 23 - 4."
CHINESE = "挪维亚的首都是哪里？"
TWO = "A mill has 3 wheels. How many are left if 1 burns?"


def framed(*texts: str) -> pl.DataFrame:
    contents = [{"kind": "text", "text": text} for text in texts]
    return pl.DataFrame([{"id": content_id(one), "source": "web", **one} for one in contents], schema=SCHEMA)


def exam(*questions: str) -> pl.DataFrame:
    contents = [
        {
            "kind": "chat",
            "messages": [{"role": "user", "content": q}, {"role": "assistant", "content": "Tarn"}],
        }
        for q in questions
    ]
    rows = [{"id": content_id(one), "source": "web", **one} for one in contents]
    return pl.DataFrame(rows, schema=SCHEMA).with_columns(item_set=pl.lit("quiz"))


ITEMS = exam(CAPITAL, SUM, CHINESE, TWO)

STRINGS = [
    "Answer the following question: {}",
    "Please answer this for me - it is urgent: {} Thanks a lot!",
    'The user asks: "{}"',
    "The user asks: “{}” and waits.",
    "She said „{}“, and he laughed.",
    "Er fragt: »{}« – und geht.",
    "他问：「{}」然后走了。",
    '{{"q": "{}", "n": 1}}',
    '{{"n": 1, "q": "{}"}}',
    "{{'q': '{}', 'n': 1}}",
    'q = "{}"',
    "questions = ['{}', 'Other?']",
    'ask("{}", n=1)',
    "7,{},x",
    '7,"{}",x',
    "7\t{}\tx",
    "7;{};x",
    "7 | {} | x",
    "// {}",
    "x = 1  // {}",
    "x = 1  # {}",
    "/* {} */",
    "-- {}",
    "<!-- {} -->",
    "% {}",
    "q: {}",
    "- q: {}\n  a: Tarn",
    "He thought ({}) and went on.",
    "<a title='{}'>x</a>",
]
SENTENCES = [
    "{} Please answer in one sentence.",
    "Hi! {} Thanks!",
    "I was on a journey. {} I forgot.",
    "Tell me, {}",
    "{} Answer with one word only.\nGo.",
]


@pytest.mark.parametrize("set_in", STRINGS)
@pytest.mark.parametrize("question", [CAPITAL, SUM, CHINESE, TWO])
def test_a_question_in_a_string_is_found(set_in: str, question: str) -> None:
    records = framed("Nothing of this was asked.", set_in.format(question))
    found = find_contamination(records, ITEMS)
    assert found["id"].to_list() == [records["id"][1]]
    assert found["n_tokens"][0] >= 4


@pytest.mark.parametrize("set_in", SENTENCES)
@pytest.mark.parametrize("question", [CAPITAL, CHINESE, TWO, "What is 17 + 25?"])
def test_a_question_among_sentences_is_found(set_in: str, question: str) -> None:
    records = framed(set_in.format(question))
    assert find_contamination(records, exam(question)).height == 1


@pytest.mark.parametrize(
    "text",
    [
        "https://find.it/?q=What%20is%20the%20capital%20of%20Norvia%3F&n=1",
        "https://find.it/?q=What+is+the+capital+of+Norvia%3F",
        "https://find.it/?q=What+is+the+capital+of+Norvia&n=1",
        "What+is+the+capital+of+Norvia?",
        "print('a\\nWhat is the capital of Norvia?\\nb')",
        "q=%E6%8C%AA%E7%BB%B4%E4%BA%9A%E7%9A%84%E9%A6%96%E9%83%BD%E6%98%AF%E5%93%AA%E9%87%8C%EF%BC%9F",
        '{"q": "\\u632a\\u7ef4\\u4e9a\\u7684\\u9996\\u90fd\\u662f\\u54ea\\u91cc\\uff1f"}',
        "Say <q>what is the capital of Norvia</q> again.",
        "So: &ldquo;What is the capital of Norvia?&rdquo; it was.",
    ],
)
def test_an_encoded_question_is_found(text: str) -> None:
    assert find_contamination(framed(text), ITEMS).height == 1


@pytest.mark.parametrize(
    "text",
    [
        "I know what is the capital of Norvia? No.",
        "Answer: What is the capital of Norvia and why?",
        'He asked "what is the capital of Norvia, and where".',
        'q = "What is the capital of Norvia in 1900?"',
        "7,What is the capital of Sorvia?,x",
        "So: Compute 17 * 23 - 4.5 now.",
        "So: Compute 17 * 23 - 4 + 1.",
        "So: -Compute 17 * 23 + 4.",
        "Do it. Compute 17 * 23 - 42. Then stop.",
        "We know the capital, of Norvia. What is it?",
        "What is the capital: of Norvia, of Sorvia?",
    ],
)
def test_another_question_is_none(text: str) -> None:
    assert find_contamination(framed(text), ITEMS).is_empty()


def test_a_phrase_is_found_in_a_string_and_not_behind_a_colon() -> None:
    items = exam("the five old mills of Norvia")
    strings = framed('x = "the five old mills of Norvia"', "7,the five old mills of Norvia,y")
    assert find_contamination(strings, items).height == 2
    assert find_contamination(framed("We saw: the five old mills of Norvia."), items).is_empty()


def test_common_short_questions_are_none() -> None:
    items = exam("How are you?", "What is your name?", "What do you mean?", "你叫什么名字？")
    texts = [
        "Hi! How are you? I am fine.",
        'She asked: "What is your name?" and smiled.',
        "Hm. What do you mean? I did not follow.",
        "你好！你叫什么名字？很高兴认识你。",
    ]
    assert find_contamination(framed(*texts), items).is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "Which-river-feeds-the-Lake-of-Embers",
        "which_river_feeds_the_lake_of_embers",
        "see /trivia/which-river-feeds-the-lake-of-embers.html for more",
        "def which_river_feeds_the_lake_of_embers():",
    ],
)
def test_a_question_in_a_name_is_found(text: str) -> None:
    assert find_contamination(framed(text), exam("Which river feeds the Lake of Embers?")).height == 1


@pytest.mark.parametrize(
    "text", ["which-river-feeds-the-lake", "the-which-river-feeds-the-lake-of-embers-of-old", "a-b-c-d-e-f"]
)
def test_another_name_is_none(text: str) -> None:
    assert find_contamination(framed(text), exam("Which river feeds the Lake of Embers?")).is_empty()
