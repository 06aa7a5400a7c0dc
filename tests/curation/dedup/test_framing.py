"""What only one of two records has around its answer: thoughts, a system prompt, tools."""

from typing import Any

import pytest

from tests.curation.dedup.talks import chat, kept, page, pair, text
from tests.curation.dedup.test_sides import reasoned, with_tools

ANSWER = page(5, 200)


def test_a_short_thought_that_only_one_has() -> None:
    bare = pair("How long does it take?", page(3, 60))
    assert kept([reasoned("It is in the book."), bare]) == 2
    assert kept([bare], [reasoned("It is in the book.")]) == 1
    slip = reasoned("It is in the book.")
    slip["messages"][1]["content"] = slip["messages"][1]["content"].replace("bal", "ball", 1)
    assert kept([reasoned("It is in the book."), slip]) == 1


@pytest.mark.parametrize("empty", ["<think></think>\n", "<think>\n\n</think>\n\n", ""])
def test_a_thought_in_tags(empty: str) -> None:
    full = f"<think>It is in the book.</think>\n{ANSWER}"
    assert kept([pair("Tell me.", full), pair("Tell me.", f"{empty}{ANSWER}")]) == 2
    assert kept([text(full), text(f"{empty}{ANSWER}")]) == 2
    assert kept([pair("Tell me.", full), pair("Tell me.", full.replace("bal", "ball", 1))]) == 1


def framed_by(system: str) -> dict[str, Any]:
    frame = [("system", system)] if system else []
    return chat(*frame, ("user", "How long does it take?"), ("assistant", ANSWER))


@pytest.mark.parametrize(
    "words", [("Answer as a pirate.", "Answer as a judge."),
              ("You are a helpful cook.", "You are a helpful tailor."),
              ("Reply in French.", ""), ("You are a helpful assistant.", "")]
)  # fmt: skip
def test_another_short_system_prompt(words: tuple[str, str]) -> None:
    assert kept([framed_by(word) for word in words]) == 2
    assert kept([framed_by(words[0])], [framed_by(words[1])]) == 1


def test_a_system_prompt_that_is_the_same_nearly() -> None:
    assert kept([framed_by("Answer as a pirate."), framed_by("Answer as a pirate!")]) == 1
    assert kept([framed_by("Answer as a friendly pirate."), framed_by("Answer as a friendly pirat.")]) == 1
    told = f"{page(1, 300)} so you are a {{}} of the hall {page(2, 60)}"
    assert kept([framed_by(told.format(word)) for word in ("keeper", "guardian")]) == 1


def test_tools_that_only_one_has() -> None:
    row = with_tools()
    few = {**row, "tools": '[{"name": "rain"}]'}
    bare = {key: value for key, value in row.items() if key != "tools"}
    assert kept([few, bare]) == 2
    assert kept([bare], [few]) == 1
