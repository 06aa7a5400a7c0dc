"""Shortcuts of close reading: what is looked at first must let every pair through that reading would find."""

from itertools import groupby

import numpy as np
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.dedup import signs, speakers
from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.ends import unlike
from entropy_assets.curation.dedup.marked import ANSWER, ASKED, CONTEXT, REJECTED, ROLES
from entropy_assets.curation.dedup.quantities import MOST_CHARS, may_measure, n_others, quantities_of

PIECES = [
    *(
        "5",
        "12.5",
        "1,000",
        "3/4",
        "7:30",
        "km",
        "m",
        "mg",
        "%",
        "‰",
        "°C",
        "° C",
        "a. m.",
        "p. m.",
        "B. C. E.",
    ),
    *("USD", "A.D.", "BC", "UTC", "kWh/m2", "XIV", "IX", "I", "In", "Louis", "chapter iv", "type ii", "mix"),
    *(
        "三百",
        "二十",
        "٣",
        "µg",
        "″",
        "it",
        "was",
        "here",
        "-",
        "$",
        "(",
        "-> x",
        "a < b",
        "!= c",
        "👍",
        "**so**",
    ),
]
PARTS = st.tuples(st.sampled_from(PIECES), st.sampled_from(["", " ", "  ", "\n", ". ", "\u00a0"]))


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, str]:
    """Return two texts that differ in one or two pieces."""
    parts = draw(st.lists(PARTS, min_size=1, max_size=14))
    others = list(parts)
    for _ in range(draw(st.integers(1, 2))):
        others[draw(st.integers(0, len(parts) - 1))] = draw(PARTS)
    return "".join(map("".join, parts)), "".join(map("".join, others))


@given(edited())
def test_no_pair_with_other_quantities_is_passed_over(pair: tuple[str, str]) -> None:
    tokens = tk.tokenise([text.encode() for text in pair])
    first, second = map(quantities_of, pair)
    if n_others(first, second):
        assert may_measure(pair, tokens, np.array([0]), np.array([1])).all()


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("It is 5 km to go.", "It is 5 mi to go.", True),
        ("It is 5 km to go.", "It is 5 km to run.", False),
        ("It is 5 ° N here.", "It is 5 ° S here.", True),
        ("It began at 7 a. m. sharp.", "It began at 7 p. m. sharp.", True),
        ("It began in 90 B. C. E. or so.", "It began in 90 B. C. F. or so.", True),
        ("It was Louis XIV then.", "It was Louis XV then.", True),
        ("It was Louis XIV then.", "It was Louis XIV now.", False),
        ("It was 三百 then.", "It was 二百 then.", True),
    ],
)
def test_only_what_stands_beside_a_number_is_looked_at(one: str, other: str, may: bool) -> None:
    tokens = tk.tokenise([one.encode(), other.encode()])
    assert may_measure([one, other], tokens, np.array([0]), np.array([1])).tolist() == [may]


@given(edited())
def test_what_both_begin_and_end_with_has_no_other_quantities(pair: tuple[str, str]) -> None:
    whole, rest = (n_others(*map(quantities_of, own)) for own in (pair, unlike(*pair, MOST_CHARS)))
    assert whole == rest


@given(edited())
def test_equal_lines_have_no_other_signs(pair: tuple[str, str]) -> None:
    first, second = ([*signs.signs_of(signs.without_layout(text))] for text in pair)
    both = [
        [sign for sign in own if own.count(sign) > more.count(sign)]
        for own, more in ((first, second), (second, first))
    ]
    assert signs.signs_other(*pair) == all(both)


MARKED = st.lists(
    st.tuples(
        st.sampled_from(["", CONTEXT, ASKED, ANSWER, REJECTED]),
        st.sampled_from(["", *ROLES.values()]),
        st.sampled_from(["", "a", "b\n\nc", " ", "é", "\n"]),
    ),
    max_size=6,
).map(lambda turns: "\n\n".join(f"{mark}{tag if mark else ''}{words}" for mark, tag, words in turns))
"""Marked texts: a tag stands behind a mark alone, and texts of records hold neither."""


@given(MARKED, MARKED)
def test_equal_marks_are_equal_speakers(one: str, other: str) -> None:
    first, second = (speakers.said_by(text.encode()) for text in (one, other))
    if len(first) == len(second) and first:
        expected = [mark for mark, _ in first] != [mark for mark, _ in second]
        assert speakers.are_others(one, other) == expected
    if not first or not second:
        assert not speakers.are_others(one, other)


@given(MARKED)
def test_who_takes_turns_leaves_the_hash_of_the_words(text: str) -> None:
    form = text.encode().translate(
        None, "".join([CONTEXT, ASKED, ANSWER, REJECTED, *ROLES.values()]).encode()
    )
    turns = speakers.said_by(text.encode())
    marks = [mark for mark, _ in groupby(turns, key=lambda turn: turn[0])]
    takes_turns = marks == ([ASKED.encode(), ANSWER.encode()] * 6)[: len(marks)]
    is_plain = not turns or (takes_turns and speakers._n_gaps(form) == len(marks) - 1)
    found = speakers.hash_of(form, text.encode())
    assert (found == xxhash.xxh3_64_intdigest(form)) == is_plain
