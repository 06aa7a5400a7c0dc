"""Rows of known keys with values of every kind become a record or are refused; nothing else is raised."""

import datetime
import random
from decimal import Decimal
from typing import Any

import pytest

from entropy_assets.curation.ingest.layouts import to_content
from entropy_assets.curation.ingest.reasons import Refused

KEYS = [
    "contents",
    "parts",
    "preferred_output",
    "non_preferred_output",
    "input",
    "output",
    "messages",
    "role",
    "content",
    "channel",
    "recipient",
    "type",
    "summary",
    "question",
    "prompt",
    "answer",
    "answers",
    "answer_0",
    "answer_1",
    "solutions",
    "solution",
    "attempt",
    "thinking_trajectories",
    "response",
    "responses",
    "rewards",
    "score",
    "completions",
    "text",
    "context",
    "chosen",
    "rejected",
    "full_chosen",
    "trajectory",
    "translation",
    "en",
    "de",
    "input_ids",
    "columns",
    "data",
    "index",
    "row",
    "chat",
    "turn_1",
    "choices",
    "body",
    "image_id",
    "bbox",
    "frames",
    "page",
    "region",
    "duration",
    "pdf",
    "filename",
    "mask",
    "ignore",
    "is_target",
    "systemInstruction",
    "system",
    "images",
    "texts",
    "user",
    "assistant",
    "source",
    "target",
    "rationale",
    "reasoning",
    "function_call",
    "call_id",
    "tests",
    "rubric",
    "label",
    "from",
    "value",
    "0",
    "1",
]
TEXTS = (
    *(
        "a",
        "What is here today, then?",
        "a.png",
        "[1, 2]",
        '["It is so, as said."]',
        "analysis",
        "user",
        "assistant",
    ),
    *(
        "functions.f",
        "",
        "  ",
        "[",
        "final",
        "true",
        "Human: a\n\nAssistant: b",
        "reasoning",
        "text",
        "input_text",
    ),
)
OTHERS = (
    0,
    1,
    -1,
    3.5,
    True,
    False,
    None,
    10**30,
    float("inf"),
    Decimal("1.5"),
    b"\xff",
    datetime.date(2020, 1, 1),
)


def value(rng: random.Random, depth: int = 0) -> Any:
    kind = rng.random() * (0.6 if depth > 3 else 1)
    if kind < 0.6:
        return rng.choice(TEXTS if kind < 0.4 else OTHERS)
    if kind < 0.8:
        return [value(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    return {rng.choice(KEYS): value(rng, depth + 1) for _ in range(rng.randint(0, 4))}


@pytest.mark.parametrize("seed", range(4))
def test_rows_of_known_keys_are_read_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    n_read = n_refused = 0
    for _ in range(3_000):
        row = {rng.choice(KEYS): value(rng) for _ in range(rng.randint(1, 6))}
        try:
            to_content(row, "s")
        except Refused:
            n_refused += 1
        else:
            n_read += 1
    assert n_read > 10
    assert n_refused > 1_000
