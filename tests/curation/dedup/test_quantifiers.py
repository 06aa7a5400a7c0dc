"""What holds for all, for some, and on what condition: said in nearly the same words, and something else."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

OTHER = [
    ("For every epsilon there is a delta that works.", "There is a delta that works for every epsilon."),
    ("There is a point c in (a, b) such that it holds.", "For every point c in (a, b) it holds that."),
    ("At least one of the roots is real here.", "All of the roots are real here."),
    ("It is paid if the window was closed.", "It is paid even if the window was closed."),
    ("Es gibt ein Maß für alle Mengen darin.", "Für alle Mengen darin gibt es ein Maß."),
    ("It takes an hour and a half to boil.", "It takes half an hour to boil."),
    ("Take one and a half tablets of it.", "Take one tablet of it."),
    ("Il existe un nombre pour tout ensemble.", "Pour tout ensemble il existe un nombre."),
]
SAME = [
    ("All of the guests came that day.", "On that day all of the guests came."),
    ("There was one door, and every key fitted.", "There was one door, which every key fitted."),
    ("Some of them stayed for an hour or so.", "Some of them stayed on for about an hour."),
]


def around(said: str) -> str:
    return f"{page(7, 70)} {said} {page(8, 70)}"


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_another_quantifier_at_any_length(one: str, other: str) -> None:
    assert kept([text(around(one)), text(around(other))]) == 2
    assert kept([pair("What holds?", around(one)), pair("What holds?", around(other))]) == 2


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_quantifier_in_other_words(one: str, other: str) -> None:
    assert kept([text(around(one)), text(around(other))]) == 1


def test_sentences_in_another_order_are_a_copy() -> None:
    told = [
        "Every door is open.",
        "There is a hall.",
        "For all of them it is cold.",
        page(7, 70),
        page(8, 70),
    ]
    assert kept([text(" ".join(told)), text(" ".join([*told[3:], *told[:3]]))]) == 1
