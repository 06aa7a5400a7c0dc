"""Planted copies: made by seed, marked, found, and taken out again."""

import random

import polars as pl
import pytest

from entropy_assets.curation.dedup import deduplicate, plant, recall, without_planted
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA, content_id
from tests.curation.dedup.rows import PARAMS, framed, pool


def letters(n: int) -> str:
    """Return a word that stands for a number, since numbers and what holds one are never replaced."""
    return str(n).translate(str.maketrans("0123456789", "bdfgklmnrs"))


TEXTS = [
    " ".join(f"{word}u{letters(i)}" for word in "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop")
    for i in range(50)
]


def test_planted_copies_are_found_and_taken_out() -> None:
    records = framed([*TEXTS, "short"])
    planted = plant(records, 20, seed=1)
    assert planted.height == records.height + 20
    assert without_planted(planted).equals(records)
    result = deduplicate(planted, pool(), PARAMS)
    assert recall(result.pairs, planted) >= 0.95
    assert recall(result.pairs.head(10), planted) == 0.5
    assert recall(result.pairs.clear(), planted) == 0.0


def test_the_seed_and_the_ids_decide_and_not_the_order() -> None:
    records = framed(TEXTS)
    one = plant(records, 5, seed=1)[-5:]
    assert plant(records[list(range(records.height))[::-1]], 5, seed=1)[-5:]["id"].equals(one["id"])
    assert not plant(records, 5, seed=2)[-5:]["id"].equals(one["id"])


def test_three_words_in_a_hundred_are_replaced() -> None:
    text = " ".join(f"w{letters(i)}" for i in range(100))
    copy = plant(framed([text, *TEXTS]), 51, seed=1).filter(
        pl.col("row_id").str.ends_with(framed([text])["id"][0])
    )
    changed = sum(a != b for a, b in zip(text.split(), copy["text"][0].split(), strict=True))
    assert changed == 3


def test_turns_and_roles_stay() -> None:
    turns = [{"role": "user", "content": TEXTS[0]}, {"role": "assistant", "content": TEXTS[1]}]
    row = {"kind": "chat", "messages": turns}
    records = pl.DataFrame([row | {"id": content_id(row), "row_id": "1"}], schema=SCHEMA)
    copy = plant(records, 1, seed=0).row(1, named=True)
    assert [turn["role"] for turn in copy["messages"]] == ["user", "assistant"]
    assert copy["id"] == content_id(copy) != records["id"][0]


def test_nothing_planted_is_nothing_missed() -> None:
    records = framed(["short"])
    assert plant(records, 3, seed=0).equals(records)
    assert recall(deduplicate(records, pool(), PARAMS).pairs, records) == 1.0
    with pytest.raises(InvalidParameter, match="0 or more"):
        plant(records, -1, seed=0)


def near(kind: str, rng: random.Random) -> str:
    """Return a text of which white space says little: a table, Chinese, lines of a log."""
    if kind == "table":
        rows = (
            " | ".join(f"v{letters(rng.randint(0, 999))}" for _ in range(3))
            for _ in range(rng.randint(14, 30))
        )
        return "\n".join(f"| {row} |" for row in rows)
    if kind == "chinese":
        return "".join(chr(rng.randint(0x4E00, 0x5E00)) for _ in range(rng.randint(60, 400)))
    return "\n".join(
        f"2024-01-{rng.randint(1, 28):02} error of store {letters(rng.randint(1, 9999))}: no key"
        f" {letters(rng.randint(1, 999))}"
        for _ in range(rng.randint(5, 9))
    )


@pytest.mark.parametrize("kind", ["table", "chinese", "log"])
def test_copies_of_any_kind_of_text_are_copies_and_found(kind: str) -> None:
    rng = random.Random(0)
    records = framed([near(kind, rng) for _ in range(150)])
    planted = plant(records, 100, seed=1, threshold=PARAMS.threshold, shingle=PARAMS.shingle)
    assert planted.height > records.height + 50
    assert recall(deduplicate(planted, pool(), PARAMS).pairs, planted) > 0.95


def test_what_has_too_little_in_common_is_no_copy() -> None:
    records = framed(TEXTS)
    assert plant(records, 5, seed=1, threshold=0.99).equals(records)


def test_numbers_are_neither_replaced_nor_put_in() -> None:
    numbers = [" ".join(str(n * 1000 + i) for i in range(60)) for n in range(20)]
    assert plant(framed(numbers), 20, seed=1).height == 20
    mixed = framed([*numbers, *TEXTS])
    copies = plant(mixed, 40, seed=1).tail(-mixed.height)
    assert copies.height > 10
    assert not copies["text"].str.contains(r"\b\d{3,}\b").any()


def test_code_is_not_changed() -> None:
    code = "\n".join(f"    total = walk(total, step_{name})" for name in "abcdefghij")
    told = framed([f"{TEXTS[0]}\n\n```\n{code}\n```\n\n{TEXTS[1]}", *TEXTS[2:], f"def walk(total):\n{code}"])
    copies = plant(told, 60, seed=1).tail(-told.height)
    assert sum(code in text for text in copies["text"]) == 1
    assert copies.height == told.height - 1
