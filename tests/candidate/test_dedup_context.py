"""Dedup of candidates whose records share a long prompt: nothing is lost, and contradictions are counted."""

from typing import Any

import pytest

from entropy_assets.candidate import dedup
from tests.candidate.test_dedup import Light, light, text_of

__all__ = ["light"]

PROMPT = text_of(1, 300)


def asked(numbers: range, where: str = "user", answer: int = 0) -> list[dict[str, Any]]:
    """Return chats under one long prompt, in the user's turn or the system's, each with its question."""
    rows: list[dict[str, Any]] = []
    for n in numbers:
        question, answered = text_of(1000 + n, 6), text_of(2000 + n + answer, 4)
        turns = [{"role": "user", "content": f"{PROMPT}\n\nQuestion: {question}"}]
        if where == "system":
            turns = [{"role": "system", "content": PROMPT}, {"role": "user", "content": question}]
        rows.append({"id": f"{n}-{answer}", "messages": [*turns, {"role": "assistant", "content": answered}]})
    return rows


@pytest.mark.parametrize("where", ["user", "system"])
def test_a_drop_under_one_long_prompt_against_a_pool_of_the_same(light: Light, where: str) -> None:
    light.bring("first", asked(range(60), where))
    assert light.kept("first").height == 60
    result = light.dedup(light.deliver("second", [*asked(range(60, 120), where), *asked(range(5), where)]))
    assert light.kept("second").height == 60, "what the pool has word for word goes, and nothing else"
    assert light.pairs("second")["rule"].to_list() == ["exact"] * 5
    assert result.retention.passed
    assert result.part.contradictory == 0


def test_a_drop_that_comes_row_by_row(light: Light) -> None:
    """Each row is alone with the pool, which tells frame and copy apart as a whole drop does."""
    light.bring("first", asked(range(10)))
    for n in range(10, 13):
        light.bring(f"drop-{n}", asked(range(n, n + 1)))
    assert light.pool().height == 13


def test_contradictory_answers_are_counted_in_drop_and_pool(light: Light) -> None:
    light.bring("first", asked(range(10)))
    rows = [*asked(range(4), answer=500), *asked(range(20, 23)), *asked(range(20, 23), answer=500)]
    result = light.dedup(light.deliver("second", [*rows, *asked(range(30, 35))]))
    assert light.kept("second").height == 15
    assert result.part.contradictory == 4 + 3 + 3
    assert result.explained.figures["contradictory"] == 10
    assert "10 contradictory" in result.explained.description
    light.publish("second")
    light.withdraw("first")
    again = light.dedup(light.deliver("third", asked(range(4), answer=900)))
    assert again.part.contradictory == 4, "the second drop asks these too"
    left = light.dedup(light.deliver("fourth", asked(range(5, 9), answer=900)))
    assert left.part.contradictory == 0, "the first drop is no longer in the pool"
    assert (
        dedup.check_removals_explained(left.run, left.deduped, left.pairs).description.count("contradictory")
        == 0
    )


def test_copies_that_differ_in_what_trainers_read_are_counted(light: Light) -> None:
    (row,) = asked(range(1))
    result = light.dedup(light.deliver("first", [row | {"ground_truth": n} for n in (4, 5, 4)]))
    assert result.part.differing == {"ground_truth": 1}
    assert result.explained.description.endswith("in metadata that trainers read: ground_truth 1")
