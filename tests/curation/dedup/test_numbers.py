"""Numbers, units and dates: what is counted, measured and dated tells two records apart."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text
from tests.curation.dedup.test_dedup import BASE

CHANGED = [
    ("the quay is {} long", ("5 km", "7 miles")),
    ("the quay is {} long", ("5km", "7miles")),
    ("the ferry was sold on {} to a firm", ("12 May 2021", "13 June 2021")),
    ("the ferry was sold on {} to a firm", ("12 May", "12 June")),
    ("the ferry was sold on {} to a firm", ("May 12, 2021", "July 3, 2022")),
    ("the ferry was sold for {} to a firm", ("$5 million", "$7 billion")),
    ("the ferry was sold for {} to a firm", ("5 pounds", "9 francs")),
    ("it took {} to mend the roof", ("three days", "four days")),
    ("it took {} to mend the roof", ("three days", "five weeks")),
    ("the shop is closed on {} in winter", ("Monday", "Thursday")),
    ("the water boils at {} up here", ("96.5 degrees", "93.2 kelvin")),
    ("the route opened in {} for all", ("March", "October")),
    ("das Haus hat {} und einen Keller", ("drei Zimmer", "vier Zimmer")),
    ("la maison a {} et une cave", ("deux chambres", "quatre pièces")),
    ("la casa tiene {} y un patio", ("dos pisos", "siete cuartos")),
    ("в доме {} и подвал", ("два этажа", "пять комнат")),
    ("المدينة فيها {} قديمة", ("٣ أبواب", "٧ جسور")),
    ("गाँव में {} पुराने हैं", ("३ कुएँ", "७ पुल")),
]


@pytest.mark.parametrize(("place", "words"), CHANGED)
def test_a_changed_number_beside_a_changed_word(place: str, words: tuple[str, str]) -> None:
    for around in (f"{BASE}, {{}}, {page(9, 40)}", f"{page(2, 80)} {{}}. {page(3, 40)}"):
        first, second = (around.format(place.format(word)) for word in words)
        assert kept([text(first), text(second)]) == 2
        assert kept([text(first)], [text(second)]) == 1
        assert kept([pair(first, page(10, 60)), pair(second, page(10, 60))]) == 2
        assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2


@pytest.mark.parametrize("words", [("三个", "五个"), ("七座", "九间")])
def test_chinese_numerals(words: tuple[str, str]) -> None:
    around = "河边的老城有很多渔船和仓库，城里还有{}大的院子，镇上的人都在谈论这件事情和它的未来。"
    assert kept([text(around.format(word)) for word in words]) == 2


@pytest.mark.parametrize("words", [("v2", "v3"), ("A4", "A5"), ("GPT4", "GPT5")])
def test_a_number_behind_letters_in_a_short_record(words: tuple[str, str]) -> None:
    assert (
        kept([pair(f"How do I update the printer driver to {one} here?", "Use the menu.") for one in words])
        == 2
    )
    assert (
        kept(
            [
                pair("Which one do I need for it?", f"For this old case you will need the {one} of it all.")
                for one in words
            ]
        )
        == 2
    )


def test_a_number_in_a_long_turn() -> None:
    told = f"{page(4, 300)} so the sum is {{}} in all. {page(5, 60)}"
    for words in (("12 pounds", "17 pounds"), ("12 pounds", "17 francs"), ("twelve", "nine")):
        first, second = (told.format(word) for word in words)
        assert kept([pair("Tell me.", first), pair("Tell me.", second)]) == 2
        assert kept([pair(first, "So it is."), pair(second, "So it is.")]) == 2


def test_a_number_in_a_long_page() -> None:
    told = f"{page(4, 300)}{{}}so the sum of it is {{}} in all of it there.{{}}{page(5, 60)}"
    words = (("12 pounds", "17 pounds"), ("0.45 pounds", "4.5 pounds"), ("twelve", "minus twelve"))
    for both in words:
        assert kept([text(told.format(" ", word, " ")) for word in both]) == 2
    told = f"{page(4, 300)}\n\npage {{}}\n\n{page(5, 60)}"
    assert kept([text(told.format(n)) for n in (12, 17)]) == 1, "a line of its own"
    assert kept([text(f"{page(4, 300)} and it was read {n} times.") for n in (12, 17)]) == 1, "at the end"


def test_a_number_that_only_one_has_is_an_addition() -> None:
    assert kept([text(f"{BASE} {page(2, 80)}"), text(f"{BASE} {page(2, 80)} page 7")]) == 1
    assert kept([text(f"{BASE} {page(2, 80)} one"), text(f"{BASE} {page(2, 80)} such")]) == 1


# Dates of a page


BODY = "\n".join(page(n, 60) for n in range(8))
STAMPS = [
    "Last updated: {}",
    "Posted on {} by Ann",
    "{}",
    "Retrieved {}",
    "© 2021 The Harbour News. Printed {}",
    "Published {} | 12 comments",
]


@pytest.mark.parametrize(
    "dates",
    [
        ("12 May 2021", "13 June 2022"),
        ("2021-05-12", "2022-06-13"),
        ("May 12, 2021", "May 14, 2021"),
        ("12/05/2021 10:31", "13/06/2022 11:42"),
        ("12. Mai 2021", "3. Juli 2022"),
    ],
)
def test_a_page_that_was_fetched_again(dates: tuple[str, str]) -> None:
    for stamp in STAMPS:
        fetched_again(stamp, dates)


def fetched_again(stamp: str, dates: tuple[str, str]) -> None:
    first, second = (stamp.format(date) for date in dates)
    assert kept([text(f"{first}\n{BODY}"), text(f"{second}\n{BODY}")]) == 1
    assert kept([text(f"{BODY}\n\n{first}"), text(f"{BODY}\n\n{second}")]) == 1
    assert kept([text(f"{BODY}\n\n{first}")], [text(f"{BODY}\n\n{second}")]) == 0


def test_other_dates_are_no_stamps() -> None:
    for one, other in (("12 May 2021", "13 June 2022"), ("12", "14")):
        told = "The council met on {} in the hall of the old mill to vote on the bridge."
        first, second = told.format(one), told.format(other)
        short = page(1, 120)
        assert kept([text(f"{first}\n{short}"), text(f"{second}\n{short}")]) == 2, "a sentence"
        middle = [
            f"{page(1, 70)}\n{one}\n{page(2, 70)}" for one in ("Posted 12 May 2021", "Posted 13 June 2022")
        ]
        assert kept([text(f"{page(7, 90)}\nx\ny\nz\nv\nw\n{one}\nx\ny\nz\nv\nw\n") for one in middle]) == 2
    assert kept([text(f"{date}\n{BASE}") for date in ("12 May 2021", "13 June 2022")]) == 2, "a short text"
    assert kept([pair("Tell me.", f"{date}\n{BODY}") for date in ("12 May 2021", "13 June 2022")]) == 2
    assert (
        kept(
            [
                text(f"Posted {date}\n{page(1, 110)} in {n} days")
                for date, n in (("12 May 2021", 4), ("13 June 2022", 5))
            ]
        )
        == 2
    ), "and another number"
