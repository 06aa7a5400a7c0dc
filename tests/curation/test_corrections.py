"""Which records the rows of a correction supersede, and how alike two texts are."""

import random

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.corrections import (
    LIKE,
    NEW_SCHEMA,
    OLD_SCHEMA,
    SUPERSEDED_SCHEMA,
    count_superseded,
    leaving,
    likeness,
    resolve,
    without,
)
from tests.candidate.small import sentences

WORDS = st.text("abcde ", min_size=0, max_size=60)


def old_of(*rows: tuple[str, str, str, bool, bool]) -> pl.DataFrame:
    """Return stored records of (id, row id, drop, whether it counts, whether it is in the exam)."""
    whole = [(name, row, drop, "f", 1, counts, exam) for name, row, drop, counts, exam in rows]
    return pl.DataFrame(whole, schema=OLD_SCHEMA, orient="row")


def new_of(**ids: str) -> pl.DataFrame:
    return pl.DataFrame({"id": list(ids.values()), "row_id": list(ids)}, schema=NEW_SCHEMA)


def test_every_record_of_a_row_id_is_listed_whether_it_counts_or_not() -> None:
    old = old_of(("a1", "a", "first", False, False), ("a2", "a", "fix", True, False))
    found = resolve("later", new_of(a="a3"), old).superseded
    assert found.select("by", "drop", "id", "new_id", "leaves").rows() == [
        ("later", "first", "a1", "a3", False),
        ("later", "fix", "a2", "a3", True),
    ]


def test_a_record_that_counts_and_is_equal_stays_and_one_that_does_not_is_listed() -> None:
    old = old_of(("a1", "a", "first", False, False), ("a2", "a", "fix", True, False))
    found = resolve("back", new_of(a="a2"), old)
    assert found.superseded["id"].to_list() == ["a1"]
    assert (found.corrected, found.unchanged) == (0, 1)


def test_two_records_under_one_row_id_are_both_superseded() -> None:
    old = old_of(("a1", "a", "first", True, False), ("a2", "a", "second", True, False))
    found = resolve("fix", new_of(a="a3"), old)
    assert leaving(found.superseded) == {"fix": {"first": 1, "second": 1}}
    assert found.corrected == 1


def test_where_one_of_two_is_in_the_exam_the_row_is_kept_out_and_supersedes_nothing() -> None:
    old = old_of(("a1", "a", "first", True, True), ("a2", "a", "second", True, False))
    found = resolve("fix", new_of(a="a3"), old)
    assert found.superseded.is_empty()
    assert found.held_out["id"].to_list() == ["a1"]


@given(st.data())
def test_rows_are_conserved_and_nothing_of_the_exam_leaves(data: st.DataObject) -> None:
    ids = st.sampled_from(["x1", "x2", "x3", "x4"])
    rows = data.draw(st.lists(st.sampled_from("abcd"), unique=True))
    new = pl.DataFrame({"id": [data.draw(ids) for _ in rows], "row_id": rows}, schema=NEW_SCHEMA)
    drawn = data.draw(
        st.lists(
            st.tuples(
                ids, st.sampled_from("abcde"), st.sampled_from(["p", "q"]), st.booleans(), st.booleans()
            ),
            unique_by=lambda row: (row[0], row[2]),
        )
    )
    old = old_of(*drawn)
    found = resolve("fix", new, old)
    assert found.corrected + found.unchanged + found.new + found.held_out.height == new.height
    assert found.superseded.schema == SUPERSEDED_SCHEMA
    gone = found.superseded.filter("leaves").join(old, on=["id", "drop"])
    assert not gone["in_exam"].any()
    assert set(found.superseded["row_id"]) <= set(rows)
    assert not set(found.superseded["row_id"]) & set(found.held_out["row_id"])
    shuffled = resolve("fix", new.sample(fraction=1, shuffle=True, seed=1), old.reverse())
    assert shuffled.superseded.equals(found.superseded)


def test_counts_count_a_record_once() -> None:
    old = old_of(("a1", "a", "first", True, False))
    twice = pl.concat([resolve("fix", new_of(a="a2"), old).superseded] * 2)
    assert count_superseded(twice) == {"fix": {"first": 1}}


def test_a_record_of_another_drop_with_the_same_content_stays() -> None:
    records = pl.DataFrame({"drop": ["first", "second"], "id": ["a", "a"]})
    assert without(records, pl.DataFrame({"drop": ["first"], "id": ["a"]}))["drop"].to_list() == ["second"]


@given(WORDS, WORDS)
def test_likeness_is_a_share_and_goes_both_ways(one: str, other: str) -> None:
    found = likeness(one, other)
    assert 0 <= found <= 1
    assert found == likeness(other, one)
    assert likeness(one, one) == 1


@pytest.mark.parametrize("n_edits", [1, 5])
def test_a_mended_text_is_alike_and_another_one_is_not(n_edits: int) -> None:
    rng = random.Random(n_edits)
    text = sentences(7, 8)
    edited = list(text)
    for _ in range(n_edits):
        edited[rng.randrange(len(edited))] = "#"
    assert likeness(text, "".join(edited)) > LIKE
    assert likeness(text, text.replace(" ", "").upper()) == 1
    assert likeness(text, sentences(8, 8)) < LIKE


def test_likeness_of_short_and_empty_texts() -> None:
    assert likeness("", "") == 1
    assert likeness("", "a") == 0
    assert likeness("ok", "no") == 0
    assert likeness("yes", "yes!") == pytest.approx(2 * 1 / 3)
