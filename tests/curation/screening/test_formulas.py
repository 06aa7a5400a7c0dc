"""Answers of formulas alone are found as a whole; parted words and other letters hide nothing."""

import unicodedata

import polars as pl
import pytest

from entropy_assets.candidate.evaluation import told_of_missing
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.records import SCHEMA, content_id

Content = dict[str, object]

QUESTION = "Rolf has 8 crates with 7 lamps and buys 19 more. He sells each for 4 coins. What is left?"
MARKED = "8*7=<<8*7=56>>56\n56+19=<<56+19=75>>75\n75*4=<<75*4=300>>300\n300-88=<<300-88=212>>212\n#### 212"
BARE = "8*7=56\n56+19=75\n75*4=300\n300-88=212\n#### 212"
OTHER = "Which crew reported the hatch?"
TULIPS = "A gardener plants 12 rows of 15 tulips and 45 more by the gate. How many tulips bloom?"
SLUICE = "Où se trouve la plus haute écluse à échelle du pays, selon l'atlas ?"
LONG = "the third keeper of the old mill by the river counts grey geese at dawn and sells none"


def chat(question: str, answer: str) -> Content:
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return {"kind": "chat", "messages": turns}


def framed(*contents: Content) -> pl.DataFrame:
    return pl.DataFrame([{"id": content_id(c), "source": "web", **c} for c in contents], schema=SCHEMA)


def exam(*contents: Content) -> pl.DataFrame:
    named = framed(*contents).with_columns(item_set=pl.lit("quiz"))
    asked = {"questions": pl.List(pl.String), "shown": pl.String, "answer": pl.String}
    named = named.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in asked.items())
    return named.with_columns(row_id=pl.format("q{}", pl.int_range(pl.len())))


def sides(record: Content, *items: Content) -> list[tuple[str, str]]:
    given = framed(chat("Nothing like it.", "Was ever asked."), record)
    found = find_contamination(given, exam(*items))
    assert set(found["id"]) <= {content_id(record)}
    return found.select("side", "item_side").rows()


@pytest.mark.parametrize("answer", [MARKED, BARE])
@pytest.mark.parametrize(
    "said",
    [
        MARKED,
        BARE,
        BARE.removesuffix("\n#### 212"),
        f"So we get\n{MARKED}\nand that is it.",
        BARE.replace("*", " × ").replace("=", " = ").replace("-", " − "),
        BARE.replace("*", r" \times ").replace("\n", "; "),
        "8 x 7 = 56, 56 + 19 = 75, 75 x 4 = $300, $300 - $88 = $212",
        "```\n8 * 7 = 56\n56 + 19 = 75\n75 * 4 = 300\n300 - 88 = 212\n```",
    ],
)
def test_an_answer_of_formulas_alone_is_found(answer: str, said: str) -> None:
    assert sides(chat(OTHER, said), chat(QUESTION, answer)) == [("answer", "answer")]


@pytest.mark.parametrize(
    "said",
    [
        BARE.replace("88", "89"),
        "1" + BARE,
        BARE.replace("56+19=75", "56-19=75"),
        BARE.replace("8*7=56", "8*7=5.6"),
        "8*7=56\n56+19=75",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
        "0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0",
    ],
)
def test_other_formulas_and_lists_that_anybody_writes_are_none(said: str) -> None:
    items = [
        chat(QUESTION, MARKED),
        chat("Count to twelve.", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12"),
        chat("Which bits are set there?", "0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0"),
        chat("How many eggs are there?", "8*7=56\n56+19=75"),
    ]
    assert sides(chat(OTHER, said), *items) == []


def test_an_answer_that_is_not_looked_for_is_counted_and_named() -> None:
    assert told_of_missing(exam(chat(QUESTION, MARKED), chat(TULIPS, "225"))) == ""
    items = exam(chat(QUESTION, MARKED), chat(TULIPS, "12*15=180\n180+45=225"), chat("Why?", "No."))
    assert told_of_missing(items) == (
        "1 of 3 items are too short to be looked for (quiz q2); the answers of 1 more say too little to be "
        "looked for without their questions (quiz q1)"
    )


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (TULIPS, TULIPS.replace("gardener", "gar-\ndener").replace("tulips", "tu-\nlips")),
        (TULIPS, TULIPS.replace("gardener", "gar\u00addener").replace("tulips", "tu\u200blips")),
        (TULIPS, TULIPS.replace("rows", "row‐\r\n  s")),
        (LONG, "So " + LONG.replace("keeper", "kee-\nper").replace("geese", "gee-\nse") + "."),
        (SLUICE, SLUICE.replace("é", "e").replace("ù", "u").replace("à", "a")),
        (SLUICE.replace("é", "e"), SLUICE),
        (SLUICE, unicodedata.normalize("NFD", SLUICE)),
        (SLUICE, f"He asked: « {SLUICE.replace('é', 'e')} » and left."),
        (SLUICE, f"He asked: « {unicodedata.normalize('NFD', SLUICE)} » and left."),
        (TULIPS, TULIPS.replace("a", "а").replace("o", "о").replace("e", "е")),
        (TULIPS, f'"{TULIPS}" is asked'.replace("p", "р").replace("c", "с").replace("A", "А")),
        (LONG, "So " + LONG.replace("e", "é") + "."),
        (LONG, "So " + LONG.replace("o", "о").replace("a", "а") + "."),
        ("Какая река течёт через Норвию к морю?", "Какая река течет через Норвию к морю?"),
        ("Wo liegt die größte Mühle des Landes am Fluß?", "Wo liegt die größte Muhle des Landes am Fluß?"),
    ],
)
def test_parted_words_and_other_letters_hide_nothing(item: str, said: str) -> None:
    record = chat(said, "I do not know.")
    assert [side for side, _ in sides(record, chat(item, "225"))] == ["prompt"]


def test_words_that_are_joined_anyway_are_found_where_they_are_parted() -> None:
    item = "Which well-known mill of the long-lost valley turns no wheel on a free day?"
    assert sides(chat(item.replace("-", "-\n"), "None."), chat(item, "It is the old one."))
    assert not sides(chat("Which of the mills turns no wheel on a free day?", "None."), chat(item, "A."))


def test_what_is_parted_in_metadata_is_found() -> None:
    given = framed(chat("Hi", "Ho")).with_columns(
        metadata=pl.lit('{"a": "' + TULIPS.replace("tulips", "tu-\\nlips") + '"}')
    )
    assert find_contamination(given, exam(chat(TULIPS, "225")))["side"].to_list() == ["metadata"]
