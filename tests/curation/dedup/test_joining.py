"""Joining words and added words: each that says another thing tells two records apart."""

import pytest

from entropy_assets.curation.dedup.joining import FILLERS, JOINING, LIMITING, join_alike
from tests.curation.dedup.talks import kept, page, pair, text

ANSWER = page(5, 60)
LONG = f"{page(6, 90)} {{}} {page(7, 90)}"


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("Where did the fleet sink?", "How did the fleet sink?"),
        ("Who closed the mill?", "Why was closed the mill?"),
        ("What tools does a smith use?", "Which tools may a smith use?"),
        ("Where did they meet?", "When did they meet?"),
        ("What shall we eat before the race?", "What shall we eat after the race?"),
        ("What shall we eat before the race?", "What shall we eat during the race?"),
        ("What did he take from me?", "What did he take for me?"),
        ("Can dogs eat grapes?", "Should dogs eat grapes?"),
        ("Could I park here?", "May I park here?"),
        ("Check my essay.", "Check your essay."),
        ("Wann fiel die Burg?", "Warum fiel die Burg?"),
        ("¿Cuándo cayó el muro?", "¿Cómo cayó el muro?"),
        ("Où est mort Molière?", "Quand est mort Molière?"),
        ("Is the lake deep?", "Is the lake still deep enough?"),
        ("Who was king?", "Who was the first king?"),
    ],
)
def test_questions_with_other_joining_words_under_one_answer(asked: str, other: str) -> None:
    assert kept([pair(asked, ANSWER), pair(other, ANSWER)]) == 2
    assert kept([pair(asked, ANSWER)], [pair(other, ANSWER)]) == 1


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        ("What is the colour of a plum?", "What is the color of a plum?"),
        ("Is there a boat to the isle?", "Is there the boat to the isle?"),
        ("Name the bridges that were lost.", "Name the bridges which were lost."),
        ("Please name the three bridges that were lost.", "Name the three bridges that were lost."),
    ],
)
def test_questions_that_ask_the_same(asked: str, other: str) -> None:
    assert kept([pair(asked, ANSWER), pair(other, ANSWER)]) == 1


OTHERS = [
    ("because", "although"),
    ("with", "against"),
    ("before", "while"),
    ("before", "after"),
    ("by", "for"),
    ("into", "onto"),
    ("on", "beside"),
    ("within", "per"),
    ("can", "must"),
    ("must", "should"),
    ("may", "should"),
    ("my", "your"),
    ("this", "that"),
    ("like", "unlike"),
    ("for", "from"),
    ("thereby", "nevertheless"),
    ("each", "either"),
    ("where", "when"),
    ("he", "we"),
    ("weil", "obwohl"),
    ("avec", "sans"),
    ("antes", "durante"),
    ("под", "над"),
    ("may", "might"),
    ("the", "your"),
    ("the", "its"),
    ("the", "their"),
    ("yes", "sure"),
    ("sure", "certainly"),
    ("but", "yet"),
    ("but", "still"),
    ("too", "also"),
    ("besides", "also"),
    ("last", "finally"),
    ("normally", "usually"),
    ("as", "a"),
    ("doch", "aber"),
]


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_other_joining_words_in_texts_of_any_length(one: str, other: str) -> None:
    for around in (f"{page(3, 9)} {{}} {page(4, 9)}", f"{page(3, 25)} {{}} {page(4, 25)}", LONG):
        assert kept([text(around.format(word)) for word in (one, other)]) == 2
        assert kept([text(around.format(one))], [text(around.format(other))]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "the"),
        ("that", "which"),
        ("while", "whilst"),
        ("toward", "towards"),
        ("on", "upon"),
        ("until", "till"),
        ("der", "die"),
        ("le", "un"),
        ("è il", "è un"),
    ],
)
def test_joining_words_that_say_the_same(one: str, other: str) -> None:
    for around in (f"{page(3, 12)} {{}} {page(4, 12)}", LONG):
        assert kept([text(around.format(word)) for word in (one, other)]) == 1


SAID = "The council {}approved the plan for the harbour in the spring, and the work on it went on for years."


@pytest.mark.parametrize(
    "word",
    ["nearly", "refused and", "reportedly", "only", "unanimously", "pretended to", "privately", "presque"],
)
def test_a_word_that_was_added_to_a_short_text(word: str) -> None:
    both = SAID.format(""), SAID.format(f"{word} ")
    assert kept([text(one) for one in both]) == 2


@pytest.mark.parametrize("word", ["very", "also", "just", "really", "then", "so", "well", "auch", "aussi"])
def test_a_filler_that_was_added_to_a_short_text(word: str) -> None:
    assert kept([text(SAID.format("")), text(SAID.format(f"{word} "))]) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("the suspected spy", "the spy"),
        ("he nearly won it", "he won it"),
        ("they declined to pay it", "they pay it"),
        ("she put off the trial", "she put the trial"),
        ("a fake stamp", "a stamp"),
        ("half the sum", "the sum"),
        ("der ehemalige Chef", "der Chef"),
        ("le faux billet", "le billet"),
        ("el presunto ladrón", "el ladrón"),
        ("почти все суда", "все суда"),
    ],
)
def test_a_limiting_word_that_was_added_to_a_text_of_any_length(words: tuple[str, str]) -> None:
    for around in (f"{page(3, 9)} {{}} {page(4, 12)}", LONG):
        assert kept([text(around.format(word)) for word in words]) == 2


def test_other_words_that_were_added_to_a_longer_text() -> None:
    for words in (("the old spy", "the spy"), ("they met again there", "they met there")):
        assert kept([text(LONG.format(word)) for word in words]) == 1


def test_lists_of_words_are_in_lower_case_and_none_is_in_two_that_contradict() -> None:
    assert not FILLERS & LIMITING
    assert all(word == word.lower() for word in FILLERS | LIMITING | JOINING)
    assert not any(join_alike(word, "because") for word in JOINING - {"because"})
