"""The face, the shared contract and the baselines."""

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from entropy_assets.curation.selection import (
    SELECTORS,
    Budget,
    ZipParams,
    official_json,
    select,
    select_official,
)
from entropy_assets.errors import InvalidParameter
from tests.curation.selection.given import given
from tests.curation.selection.oracle import words_pool

SMALL = ZipParams(n_candidates=12, n_shortlist=6, n_picks=3)


@pytest.mark.parametrize("amount", [0, -1, 1.5, True])
def test_a_budget_is_a_positive_integer(amount: object) -> None:
    with pytest.raises(InvalidParameter, match=f"an integer above 0, got {amount}"):
        Budget(amount, "bytes")  # type: ignore[arg-type]


def test_a_budget_has_a_known_unit_and_stays_as_it_is() -> None:
    with pytest.raises(InvalidParameter, match="'pages' is unknown: choose one of bytes, records, tokens"):
        Budget(1, "pages")  # type: ignore[arg-type]
    with pytest.raises(InvalidParameter, match=r"a budget in tokens names a tokenizer.*tokenizer None"):
        Budget(1, "tokens")
    with pytest.raises(InvalidParameter, match=r"got unit 'bytes' and tokenizer 'x\.json'"):
        Budget(1, "bytes", "x.json")
    with pytest.raises(FrozenInstanceError):
        Budget(1, "bytes").amount = 2  # type: ignore[misc]


@pytest.mark.parametrize("sizes", [(10, 20, 5), (10, 5, 6)])
def test_stages_do_not_grow(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidParameter, match="n_candidates >= n_shortlist >= n_picks"):
        ZipParams(*sizes)


def test_a_stage_is_not_empty() -> None:
    with pytest.raises(InvalidParameter, match="n_picks must be an integer above 0, got 0"):
        ZipParams(n_picks=0)


def test_unknown_selectors_and_arguments_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="'best' is unknown: choose one of zip, zip_paper, random"):
        select([b"a"], Budget(1, "records"), "best")
    with pytest.raises(InvalidParameter, match="workers must be at least 1, got 0"):
        select([b"a"], Budget(1, "records"), "zip", workers=0)
    with pytest.raises(InvalidParameter, match="seed must not be negative, got -1"):
        select([b"a"], Budget(1, "records"), "random", seed=-1)
    with pytest.raises(InvalidParameter, match="text 1 of the pool must be bytes, got str"):
        select([b"a", "b"], Budget(1, "records"), "zip")  # type: ignore[list-item]
    with pytest.raises(InvalidParameter, match="workers must be at least 1, got 0"):
        select_official([{"id": 1}], 1, workers=0)


def test_length_takes_the_longest_first_and_skips_what_does_not_fit() -> None:
    texts = [b"aa", b"bbbb", b"cccc", b"d", b"eeeee"]
    selection = select(texts, Budget(12, "bytes"), "length")
    assert selection.ranking.tolist() == [4, 1, 0, 3]
    assert selection.gains.tolist() == [5, 4, 2, 1]


def test_random_depends_on_the_seed_alone() -> None:
    texts = words_pool(50, 0)
    rankings = [
        select(texts, Budget(20, "records"), "random", seed=seed).ranking.tolist() for seed in (1, 1, 2)
    ]
    assert rankings[0] == rankings[1] != rankings[2]


def test_all_ignores_the_budget() -> None:
    assert select([b"aa", b"b", b""], Budget(1, "bytes"), "all").ranking.tolist() == [0, 1, 2]


@pytest.mark.parametrize("unit", ["bytes", "records"])
@pytest.mark.parametrize("selector", SELECTORS)
def test_progress_rises_to_what_was_taken(selector: str, unit: str) -> None:
    texts = words_pool(60, 3)
    budget = Budget(20 if unit == "records" else 1000, unit)  # type: ignore[arg-type]
    calls: list[tuple[int, int]] = []
    selection = select(
        texts,
        budget,
        selector,
        params=SMALL,
        progress=lambda done, total: calls.append((done, total)),
        **given(selector, len(texts)),
    )
    taken = int(budget.weights(texts)[selection.ranking].sum())
    total = int(budget.weights(texts).sum()) if selector == "all" else budget.amount
    assert calls[-1] == (min(taken, total), total)
    assert calls == sorted(calls)
    assert len(calls) > 1 or not selector.startswith("zip")


def test_the_official_file_is_the_scripts_json() -> None:
    records = [{"b": 1, "a": "ü"}, {"id": "x", "conversations": [{"from": "human", "value": 'say "hi"\n'}]}]
    written = official_json(records, np.array([1, 0]))
    assert written == (
        b'[{"id": "x", "conversations": [{"from": "human", "value": "say \\"hi\\"\\n"}]},'
        b' {"b": 1, "a": "\\u00fc"}]'
    )
    assert json.loads(written) == [records[1], records[0]]
