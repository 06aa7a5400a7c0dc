"""What of a record is looked at for damage."""

from typing import Any

import polars as pl

from entropy_assets.curation.damage.passages import Passage, Passages
from entropy_assets.records import SCHEMA


def turn(role: str, content: str, **parts: str) -> dict[str, str]:
    return {"role": role, "content": content, **parts}


def passages(**content: Any) -> list[Passage]:
    kind = "chat" if "messages" in content else "preference"
    return Passages.of(pl.DataFrame([{"source": "s", "kind": kind, **content}], schema=SCHEMA)).items


def test_all_that_the_assistant_says_is_the_answer() -> None:
    said = [
        turn("system", "Be short."),
        turn("user", "Rain?"),
        turn("assistant", "", reasoning="I ask.", tool_calls='[{"name": "rain"}]'),
        turn("tool", "wet"),
        turn("assistant", "Yes."),
        turn("user", "And now?"),
        turn("assistant", "No."),
        turn("tool", "dry"),
    ]
    asked = "Be short.\n\nRain?\n\nwet\n\nAnd now?\n\ndry"
    assert passages(messages=said) == [Passage(asked, 'I ask.\n\n[{"name": "rain"}]\n\nYes.\n\nNo.')]


def test_the_last_turn_answers_where_the_assistant_says_nothing() -> None:
    assert passages(messages=[turn("user", "Hi"), turn("tool", "there")]) == [Passage("Hi", "there")]


def test_a_prompt_is_the_question_whoever_said_it() -> None:
    prompt = [turn("user", "Hi"), turn("assistant", "Hello"), turn("user", "Rain?")]
    sides = {"chosen": [turn("assistant", "Yes.")], "rejected": [turn("assistant", "No.")]}
    asked = "Hi\n\nHello\n\nRain?"
    assert passages(prompt=prompt, **sides) == [Passage(asked, "Yes."), Passage(asked, "No.")]
