"""Faults: exact shares, the rest untouched, and each does what its name says."""

import re
from collections import Counter
from difflib import SequenceMatcher

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.demo.faults import COPIES_PER_TEMPLATE, FAULTS, damage, damage_mix
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidParameter

SYLLABLES = ["ka", "to", "mi", "ra", "su", "ne", "lo", "vi", "pe", "du", "ha", "zo"]


def make_rows(n_rows: int, n_words: int = 40, n_sources: int = 2) -> list[Row]:
    """Return rows whose answers are random words, the same for the same arguments."""
    rng = np.random.default_rng(0)
    return [
        {
            "id": f"row-{number}",
            "instruction": f"Question {number}?",
            "input": "",
            "output": "\n".join("".join(rng.choice(SYLLABLES, 3)) for _ in range(n_words)),
            "source": f"source-{number % n_sources}",
        }
        for number in range(n_rows)
    ]


ROWS = make_rows(200)


def damaged_pairs(rows: list[Row], result: list[Row]) -> list[tuple[Row, Row]]:
    return [(before, after) for before, after in zip(rows, result, strict=True) if before != after]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("share", [0.0, 0.013, 0.3, 1.0])
def test_the_share_is_exact_and_the_rest_is_untouched(fault: str, share: float) -> None:
    before = [dict(row) for row in ROWS]
    result = damage(ROWS, fault, share, seed=3)
    assert before == ROWS
    assert len(result) == len(ROWS)
    assert len({row["id"] for row in result}) == len(ROWS)
    pairs = damaged_pairs(ROWS, result)
    assert len(pairs) == round(share * len(ROWS))
    assert all(old["source"] == new["source"] for old, new in pairs)
    assert all(old["output"] != new["output"] and old["id"] != new["id"] for old, new in pairs)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_seed_decides(fault: str) -> None:
    assert damage(ROWS, fault, 0.3, seed=1) == damage(ROWS, fault, 0.3, seed=1)
    assert damage(ROWS, fault, 0.3, seed=1) != damage(ROWS, fault, 0.3, seed=2)


def test_near_copies_are_similar_to_few_intact_rows_of_their_source() -> None:
    result = damage(ROWS, "near_copies", 0.4, seed=5)
    copies = [new for _, new in damaged_pairs(ROWS, result)]
    intact = {row["instruction"]: row for row in result if not row["id"].endswith("~near_copies")}
    for copy in copies:
        template = intact[copy["instruction"]]
        assert template["source"] == copy["source"]
        words = template["output"].split(), copy["output"].split()
        assert len(words[0]) == len(words[1])
        assert words[0] != words[1]
        assert SequenceMatcher(None, *words, autojunk=False).ratio() > 0.85
    n_a_template = Counter(copy["instruction"] for copy in copies)
    assert len(n_a_template) <= sum(
        -(-n // COPIES_PER_TEMPLATE) for n in Counter(c["source"] for c in copies).values()
    )
    assert max(n_a_template.values()) >= COPIES_PER_TEMPLATE


def test_near_copies_work_where_no_row_is_long_or_left() -> None:
    """With every row damaged the templates are among the victims; a lone word cannot be swapped."""
    result = damage(make_rows(30, n_words=1), "near_copies", 1.0, seed=0)
    assert len({row["instruction"] for row in result}) <= 2


def trigrams(words: list[str]) -> set[tuple[str, ...]]:
    return set(zip(words, words[1:], words[2:], strict=False))


def test_word_salad_keeps_words_and_loses_their_order() -> None:
    vocabulary = {word for row in ROWS for word in row["output"].split()}
    n_own = n_kept = n_trigrams = 0
    pairs = damaged_pairs(ROWS, damage(ROWS, "word_salad", 0.5, seed=5))
    for old, new in pairs:
        before, after = old["output"].split(), new["output"].split()
        assert new["instruction"] == old["instruction"]
        assert len(before) == len(after)
        assert set(after) <= vocabulary
        n_kept += len(trigrams(before) & trigrams(after))
        n_trigrams += len(trigrams(before))
        assert re.sub(r"\S+", "", old["output"]) == re.sub(r"\S+", "", new["output"])
        n_own += Counter(before) == Counter(after)
    assert 0.3 < n_own / len(pairs) < 0.7
    assert n_kept < 0.01 * n_trigrams


def test_word_salad_draws_words_by_their_frequency() -> None:
    rows = [{**row, "output": "often " * 9 + f"rare{i}"} for i, row in enumerate(make_rows(400))]
    words = Counter(
        w for _, new in damaged_pairs(rows, damage(rows, "word_salad", 0.5, 0)) for w in new["output"].split()
    )
    assert 0.87 < words["often"] / words.total() < 0.93


def test_binary_noise_has_few_spaces_three_encodings_and_the_same_length() -> None:
    pairs = damaged_pairs(ROWS, damage(ROWS, "binary_noise", 0.6, seed=5))
    kinds: Counter[str] = Counter()
    for old, new in pairs:
        noise = new["output"]
        assert new["instruction"] == old["instruction"]
        assert len(noise) == len(old["output"])
        assert noise.count(" ") <= 0.05 * len(noise)
        noise.encode()
        if re.fullmatch(r"[0-9a-f]+", noise):
            kinds["hex"] += 1
        elif re.fullmatch(r"[A-Za-z0-9+/=]+", noise):
            kinds["base64"] += 1
        else:
            assert max(noise) <= "\xff"
            kinds["latin-1"] += 1
    assert all(kinds[kind] > 0.2 * len(pairs) for kind in ("hex", "base64", "latin-1"))


@given(
    n_rows=st.integers(1, 60),
    parts=st.lists(st.floats(0, 1 / 3), min_size=3, max_size=3),
    seed=st.integers(0, 2**32),
)
def test_a_mix_damages_disjoint_parts(n_rows: int, parts: list[float], seed: int) -> None:
    rows = make_rows(n_rows)
    result = damage_mix(rows, dict(zip(FAULTS, parts, strict=True)), seed)
    counts = Counter(row["id"].partition("~")[2] for row in result)
    assert counts.total() - counts[""] == round(n_rows * float(np.cumsum([0.0, *parts])[-1]))
    assert all(abs(counts[fault] - n_rows * part) <= 1 for fault, part in zip(FAULTS, parts, strict=True))
    assert [row["source"] for row in result] == [row["source"] for row in rows]


def test_empty_answers_survive_every_fault() -> None:
    rows = [{**row, "output": ""} for row in make_rows(10)]
    for fault in FAULTS:
        assert all(row["output"] == "" for row in damage(rows, fault, 0.5, seed=0))


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"mould": 0.1}, "'mould' is unknown: choose one of near_copies"),
        ({"word_salad": -0.1}, "between 0 and 1, got -0.1"),
        ({"word_salad": float("nan")}, "between 0 and 1, got nan"),
        ({"word_salad": 0.6, "binary_noise": 0.6}, "at most 1 together"),
    ],
)
def test_wrong_shares_are_refused(shares: dict[str, float], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        damage_mix(ROWS, shares, seed=0)
