"""Planted copies: made by seed, marked, found, and taken out again."""

import polars as pl
import pytest

from entropy_assets.curation.dedup import deduplicate, plant, recall, without_planted
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA, content_id
from tests.curation.dedup.rows import PARAMS, framed, pool

TEXTS = [" ".join(f"{word}{i}" for word in "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop") for i in range(50)]


def test_planted_copies_are_found_and_taken_out() -> None:
    records = framed([*TEXTS, "short"])
    planted = plant(records, 20, seed=1)
    assert planted.height == records.height + 20
    assert without_planted(planted).equals(records)
    result = deduplicate(planted, pool(), PARAMS)
    assert recall(result.pairs, planted) == 1.0
    assert recall(result.pairs.head(10), planted) == 0.5
    assert recall(result.pairs.clear(), planted) == 0.0


def test_the_seed_and_the_ids_decide_and_not_the_order() -> None:
    records = framed(TEXTS)
    one = plant(records, 5, seed=1)[-5:]
    assert plant(records[list(range(records.height))[::-1]], 5, seed=1)[-5:]["id"].equals(one["id"])
    assert not plant(records, 5, seed=2)[-5:]["id"].equals(one["id"])


def test_three_words_in_a_hundred_are_replaced() -> None:
    text = " ".join(f"w{i}" for i in range(100))
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
