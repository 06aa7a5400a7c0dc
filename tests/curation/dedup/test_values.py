"""A number is one value: with its decimals, groups, fraction, scale, range and bound, in digits or words."""

import pytest

from entropy_assets.curation.dedup.numerals import values_of
from tests.curation.dedup.talks import kept, page, pair, text

ROUND = "In the log of the mill that lay in the attic it is said that {} sacks were sold that week, and more."
EXTENDED = [
    ("4", "4.5"),
    ("4", "4,5"),
    ("7", "0.7"),
    ("20", "20,000"),
    ("20", "20 000"),
    ("20", "20{,}000"),
    ("3/4", "3"),
    ("2", "¼"),
    ("2", "2¼"),
    ("6", "6 thousand"),
    ("6", "6 bn"),
    ("6", "6k"),
    ("8", "8 dozen"),
    ("45", "7:45"),
    ("5-6", "5"),
    ("5 to 6", "5"),
    ("5 to 6", "5 or 6"),
    ("thirty", "thirty-four"),
    ("two hundred", "two hundred and six"),
    ("two", "two and a half"),
    ("a quarter", "two and a quarter"),
    ("40", "one hundred and forty"),
    ("9", "more than 9"),
    ("9", "at most 9"),
    ("9", "~9"),
    ("under 9", "over 9"),
    ("dreißig", "vierunddreißig"),
    ("vingt", "vingt et un"),
    ("veinte", "veintidós"),
    ("6 Millionen", "6"),
    ("三", "三十"),
    ("3万", "3"),
]


@pytest.mark.parametrize(("one", "other"), EXTENDED)
def test_a_number_that_is_extended_is_another(one: str, other: str) -> None:
    first, second = ROUND.format(one), ROUND.format(other)
    assert kept([text(first), text(second)]) == 2
    assert kept([pair("What does it say?", first), pair("What does it say?", second)]) == 2
    assert kept([pair(first, "It was in May.")], [pair(second, "It was in May.")]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3", "three"),
        ("21", "twenty-one"),
        ("2.5", "2,5"),
        ("2½", "two and a half"),
        ("5 million", "5,000,000"),
        ("6k", "6000"),
        ("more than 9", "over 9"),
        ("about 9", "roughly 9"),
        ("3-4", "3–4"),
        ("3 to 4", "3-4"),
        ("5", "5.0"),
        ("einundzwanzig", "21"),
        ("twelve hundred", "1200"),
    ],
)
def test_one_value_in_two_forms(one: str, other: str) -> None:
    assert values_of(ROUND.format(one)) == values_of(ROUND.format(other))


@pytest.mark.parametrize(
    ("one", "other"), [("12 km", "12 kilometres"), ("3 hours", "three hours"), ("3 %", "3%")]
)
def test_one_value_in_two_forms_is_a_copy(one: str, other: str) -> None:
    assert kept([text(ROUND.format(one)), text(ROUND.format(other))]) == 1


def test_marks_behind_a_number_are_units_unless_they_close_a_quote() -> None:
    for one, other, n_kept in (("'", "''", 2), ("'", '"', 2), ("''", '"', 1), ("′", "'", 1)):
        assert kept([text(ROUND.format(f"boxes 5{sign} high and")) for sign in (one, other)]) == n_kept
    long = f"{page(3, 40)} {ROUND}"
    assert kept([text(long.format(f"{sign}about 5{sign} of the")) for sign in ("'", '"')]) == 1


def test_what_stands_in_no_number_is_none() -> None:
    assert values_of("in v1.2 of May 12, 2021, and one of two; 3D\n- 4") == [
        "2",
        "12",
        "2021",
        "1|2",
        "3d",
        "4",
    ]
    assert values_of("thousands of men and a million more, half of them") == ["1000000", "0.5"]
    assert values_of("") == values_of("no number here, nor hundreds") == []
