"""What the gate asks and notes of corrections: each limit has a value on either side."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.entropy_law import correction_reasons, worst
from entropy_assets.settings import PolicySettings

POLICY = PolicySettings(max_superseded_share=0.5, max_unlike_corrections=0.1)


def counts(**given_: int) -> dict[str, Any]:
    row = {"source": "web", "rows": 100, "new": 0, "held_out": 0, "live": 200, "leave": 100, "unlike": 10}
    return {**row, **given_}


def told(**given_: int) -> list[tuple[str, str]]:
    return [(one.stands_for, one.why) for one in correction_reasons([counts(**given_)], POLICY)]


def test_at_the_limits_nothing_is_said() -> None:
    assert told() == []
    assert correction_reasons([], POLICY) == ()


@pytest.mark.parametrize(
    ("given_", "word", "why"),
    [
        ({"live": 199}, "ask", "a correction of 100 of the 199 promoted records"),
        ({"unlike": 11}, "ask", "11 of 100 promoted texts are not alike"),
        ({"new": 100, "leave": 0, "unlike": 0}, "ask", "none of whose 100 rows"),
        ({"new": 100, "leave": 0, "unlike": 0, "live": 0}, "ask", "none of whose 100 rows"),
        ({"new": 3}, "note", "3 of 100 rows have ids that the source does not have"),
        ({"held_out": 5}, "note", "5 of 100 rows stay out"),
    ],
)
def test_one_beyond_a_limit_is_said(given_: dict[str, int], word: str, why: str) -> None:
    ((found, text),) = told(**given_)
    assert found == word
    assert why in text


def test_the_limits_are_those_of_the_policy() -> None:
    wide = PolicySettings(max_superseded_share=1.0, max_unlike_corrections=1.0)
    assert correction_reasons([counts(leave=200, unlike=200)], wide) == ()


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 50))
def test_more_that_is_unlike_or_leaves_never_lowers_the_outcome(leave: int, unlike: int, more: int) -> None:
    def outcome(**given_: int) -> str:
        found = correction_reasons([counts(**given_)], POLICY)
        return worst(reason.stands_for for reason in found)

    words = ("promote", "ask", "hold")
    before = outcome(leave=leave, unlike=min(unlike, leave), live=100)
    assert words.index(outcome(leave=leave, unlike=min(unlike + more, leave), live=100)) >= words.index(
        before
    )
    replaced = outcome(leave=leave + more, unlike=0, live=200)
    assert words.index(replaced) >= words.index(outcome(leave=leave, unlike=0, live=200))
