"""Preferences whose sides are swapped, and small changes of reasoning and of tools."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from entropy_assets.curation.dedup.contradictions import n_contradictory
from entropy_assets.curation.dedup.marked import marked_texts, prompt_hash
from tests.curation.dedup.talks import frame_of, kept, page, pair, preference

GOOD = f"{page(7, 150)} and so the guest is shown to the room at once {page(8, 40)}"
NEAR = GOOD.replace("at once", "in time")


def test_near_answers_on_the_other_sides_contradict() -> None:
    rows = [preference("Which is better?", GOOD, NEAR), preference("Which is better?", NEAR, GOOD)]
    assert kept(rows) == 2
    assert kept(rows[:1], rows[1:]) == 1
    asked = np.array([prompt_hash(marked.encode()) for marked in marked_texts(frame_of(rows))], np.uint64)
    assert n_contradictory(asked, pl.Series([], dtype=pl.UInt64)) == 2
    slip = preference("Which is better?", NEAR.replace("shown", "schown"), GOOD)
    assert kept([rows[0], slip]) == 2
    assert kept([rows[1], slip]) == 1
    assert kept([rows[0], preference("Which is better?", GOOD, NEAR.replace("shown", "schown"))]) == 1


def reasoned(thought: str) -> dict[str, Any]:
    row = pair("How long does it take?", page(3, 60))
    row["messages"][1]["reasoning"] = thought
    return row


@pytest.mark.parametrize(
    "words",
    [("12 hours", "14 hours"), ("12 hours", "14 days"), ("is open", "is not open"), ("three", "four")],
)
def test_reasoning_that_differs_in_what_it_says(words: tuple[str, str]) -> None:
    told = f"{page(1, 300)} so here it comes to {{}} in all {page(2, 100)}"
    assert kept([reasoned(told.format(word)) for word in words]) == 2


TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "description": f"Say more of the {name}. {page(n, 30)}",
            "parameters": {
                "type": "object",
                "required": ["town"],
                "properties": {
                    "town": {"type": "string", "description": f"Name of the town. {page(n + 9, 20)}"},
                    "days": {"type": "integer", "maximum": 7, "description": "How far to look ahead."},
                    "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                    "exact": {"type": "boolean", "default": True},
                },
            },
        },
    }
    for n, name in enumerate(("rain", "wind", "tide", "snow"))
]


def with_tools(*changes: tuple[str, str]) -> dict[str, Any]:
    tools = json.dumps(TOOLS)
    for old, new in changes:
        assert old in tools
        tools = tools.replace(old, new, 1)
    return {**pair("What will it be tomorrow?", page(5, 80)), "tools": tools}


@pytest.mark.parametrize(
    "change",
    [
        ('"integer"', '"number"'),
        ('"maximum": 7', '"maximum": 9'),
        ('["town"]', '["unit"]'),
        ('"fahrenheit"]', '"kelvin"]'),
        ('"default": true', '"default": false'),
        ('"name": "wind"', '"name": "gale"'),
        ('"days": {', '"hours": {'),
        ("How far to look", "How far not to look"),
    ],
)
def test_tools_that_differ_in_what_they_take(change: tuple[str, str]) -> None:
    assert kept([with_tools(), with_tools(change)]) == 2
    assert kept([with_tools()], [with_tools(change)]) == 1


def test_tools_that_are_described_otherwise() -> None:
    assert kept([with_tools(), with_tools(("Say more of the wind", "Tell more of the wind"))]) == 1
    assert (
        kept(
            [
                with_tools(),
                with_tools(('"enum": ["celsius", "fahrenheit"]', '"enum": ["fahrenheit", "celsius"]')),
            ]
        )
        == 1
    )
