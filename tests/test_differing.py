"""Metadata in which removed copies differ from the record that stands for them are counted by key."""

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.differing import differing_told, n_differing


def counted(
    rows: list[tuple[str, dict[str, Any] | None]], pairs: list[tuple[str, str, str]]
) -> dict[str, int]:
    told = pl.DataFrame(
        {"id": [name for name, _ in rows], "metadata": [said and json.dumps(said) for _, said in rows]},
        schema={"id": pl.String, "metadata": pl.String},
    )
    removed = pl.DataFrame(pairs, schema=["id", "keeper_id", "rule"], orient="row")
    return n_differing(told["id"], removed, lambda places, n: told[places].iter_slices(n))


@pytest.mark.parametrize(
    "key",
    [
        *("page", "topic", "difficulty", "scene", "mask", "enable_thinking", "voice", "licence"),
        *("rubric", "rubrics", "reward_fn", "tests", "ideal_completions_data", "verification_info"),
    ],
)
def test_every_key_of_exact_copies_is_counted(key: str) -> None:
    rows = [("a", {key: 1}), ("a", {key: 2}), ("b", {key: 1}), ("b", {key: 1}), ("a", None)]
    assert counted(rows, [("a", "a", "exact"), ("b", "b", "exact")]) == {key: 2}


@pytest.mark.parametrize(
    "key", ["prompt_id", "data_source", "crawl_date", "source_url", "judge_score", "created", "ppl_rank"]
)
def test_ids_sources_dates_addresses_and_scores_are_not(key: str) -> None:
    rows = [("a", {key: 1, "page": 1}), ("a", {key: 2, "page": 1})]
    assert counted(rows, [("a", "a", "exact")]) == {}


def test_of_near_copies_what_trainers_read_is_counted() -> None:
    rows = [("b", {"margin": 3, "page": 4, "rubric": "x"}), ("a", {"margin": 1, "page": 1, "rubric": "x"})]
    assert counted(rows, [("b", "a", "near")]) == {"margin": 1}
    assert counted(rows, [("b", "pool", "near")]) == {}, "metadata of the pool are not read again"
    assert counted(rows, [("b", "a", "normalised")]) == {"margin": 1}


@pytest.mark.parametrize("key", ["prefill", "mcp_servers", "response_format"])
def test_what_is_handed_to_a_template_is_what_trainers_read(key: str) -> None:
    rows: list[tuple[str, dict[str, Any] | None]] = [("b", {key: ["x"]}), ("a", {key: ["y"]})]
    assert counted(rows, [("b", "a", "near")]) == {key: 1}


@pytest.mark.parametrize("rule", ["exact", "near"])
def test_what_trainers_read_counts_inside_objects(rule: str) -> None:
    rows: list[tuple[str, dict[str, Any] | None]] = [
        (name, {"info": {"calls": [{"args": {"ground_truth": name}}], "index": name}}) for name in "ba"
    ]
    found = counted(rows, [("b", "a", rule)])
    assert found == {"info.ground_truth": 1}
    assert "that trainers read: info.ground_truth 1" in differing_told(found)
    other: list[tuple[str, dict[str, Any] | None]] = [("b", {"info": {"index": 1}}), ("a", {"info": {}})]
    assert counted(other, [("b", "a", "near")]) == {}


def test_copies_of_a_record_of_the_pool_are_compared_with_each_other() -> None:
    rows = [("a", {"page": 1}), ("a", {"page": 2})]
    assert counted(rows, [("a", "a", "exact"), ("a", "a", "exact")]) == {"page": 1}


def test_ids_of_calls_are_made_up_and_numbers_may_be_odd() -> None:
    rows = [
        ("a", {"message_fields": {"messages.2": {"tool_call_id": "x", "name": "w"}}, "n": float("nan")}),
        ("a", {"message_fields": {"messages.2": {"tool_call_id": "y", "name": "w"}}, "n": 1}),
    ]
    assert counted(rows, [("a", "a", "exact")]) == {"n": 1}


@given(st.dictionaries(st.text(max_size=24) | st.sampled_from(["tool_call_ie", "tool_call_ie_"]), st.text()))
def test_whatever_a_turn_carries_beside_the_id_of_its_call(further: dict[str, Any]) -> None:
    further.pop("tool_call_id", None)
    rows: list[tuple[str, dict[str, Any] | None]] = [
        ("a", {"message_fields": {"messages.2": further | {"tool_call_id": said}}}) for said in ('"x', "y, }")
    ]
    assert counted(rows, [("a", "a", "exact")]) == {}
    other = {"message_fields": {"messages.2": further | {"tool_call_id": "x", "is_error": True}}}
    assert counted([rows[0], ("a", other)], [("a", "a", "exact")]) == (
        {} if further.get("is_error") is True else {"message_fields": 1}
    )


def test_a_copy_without_the_id_of_its_call_says_the_same() -> None:
    carried = {"message_fields": {"messages.2": {"tool_call_id": "x"}}}
    assert counted([("a", carried), ("a", None)], [("a", "a", "exact")]) == {}
    said_in_text = [("a", {"note": f'"tool_call_id": "{n}", }}'}) for n in "xy"]
    assert counted([*said_in_text], [("a", "a", "exact")]) == {"note": 1}, "a text is no key"


def test_keys_are_told_in_one_phrase() -> None:
    many = {f"k{n:02}": 1 for n in range(14)}
    assert differing_told(many | {"page": 1_200}).endswith(
        "in metadata: page 1,200, " + ", ".join(f"k{n:02} 1" for n in range(11)) + " and 3 more keys"
    )
    assert differing_told({}) == ""
