"""Prices that are known before a selection begins."""

from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Prices,
    ZipParams,
    alone,
    priced_alone,
    select,
    zip_long,
)
from entropy_assets.errors import InvalidInput, InvalidParameter
from tests.curation.selection.oracle import added_bytes, words_pool

SMALL = ZipParams(n_candidates=60, n_shortlist=12, n_picks=6)
TEXTS = words_pool(300, 5)
BUDGET = Budget(100, "records")


@pytest.mark.parametrize("limits", [(1, 10_000), (7, 10_000), (10_000, 100), (10_000, 1), (10_000, 10_000)])
def test_prices_alone_are_those_of_a_fresh_compressor(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int]
) -> None:
    monkeypatch.setattr(alone, "RUN_RECORDS", limits[0])
    monkeypatch.setattr(alone, "RUN_BYTES", limits[1])
    texts = [*TEXTS[:20], b"", b"a"]
    assert priced_alone(texts, workers=2).tolist() == [added_bytes(text, []) for text in texts]
    assert priced_alone([]).tolist() == []


@pytest.mark.parametrize("codec", ["zstd", "zlib"])
def test_known_prices_of_records_alone_change_nothing_and_are_not_taken_again(
    codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = select(TEXTS, BUDGET, "zip", params=SMALL, codec=codec)
    prices = Prices.alone(priced_alone(TEXTS, codec))
    monkeypatch.setattr(zip_long, "priced_alone", lambda *_: pytest.fail("priced again"))
    again = select(TEXTS, BUDGET, "zip", params=SMALL, codec=codec, prices=prices)
    assert again.ranking.tolist() == plain.ranking.tolist()
    assert again.gains.tolist() == plain.gains.tolist()


def test_other_prices_would_be_seen() -> None:
    plain = select(TEXTS, BUDGET, "zip", params=SMALL)
    wrong = Prices.alone(np.arange(len(TEXTS)))
    assert select(TEXTS, BUDGET, "zip", params=SMALL, prices=wrong).ranking.tolist() != plain.ranking.tolist()


def test_a_selection_goes_on_from_the_head_of_an_earlier_one() -> None:
    texts = words_pool(400, 7, 80)
    first = select(texts[:380], Budget(150, "records"), "zip", params=SMALL)
    assert first.added is not None
    assert (first.added <= priced_alone(texts[:380])).all()
    head = first.ranking[:140].tolist()
    prices = Prices(np.concatenate([first.added, priced_alone(texts[380:])]), np.arange(400) < 380)
    rules = Constraints(keep=head)
    more = select(texts, Budget(160, "records"), "zip", params=SMALL, constraints=rules, prices=prices)
    ranking = more.ranking.tolist()
    assert ranking[:140] == head
    assert len(set(ranking)) == 160
    assert more.added is not None
    assert len(more.added) == 400


def test_prices_of_another_pool_or_below_zero_are_refused() -> None:
    with pytest.raises(InvalidParameter, match="prices need one of each of the 300 records, got 2 and 2"):
        select(TEXTS, BUDGET, "zip", prices=Prices.alone(np.array([1, 2])))
    with pytest.raises(InvalidParameter, match="a price must be 0 or more, got -1"):
        select(TEXTS, BUDGET, "zip", prices=Prices.alone(np.full(300, -1)))


def test_a_state_made_beside_other_prices_is_refused(tmp_path: Path) -> None:
    state = UPath(tmp_path / "state")
    rules = Constraints(keep=[1, 2])
    alone = priced_alone(TEXTS)
    select(TEXTS, BUDGET, "zip", params=SMALL, constraints=rules, state=state)
    kept = Prices.alone(alone)
    select(TEXTS, BUDGET, "zip", params=SMALL, constraints=rules, state=state, prices=kept)
    informed = Prices(alone, np.ones(300, bool))
    with pytest.raises(InvalidInput, match="is the state of another selection: prices was"):
        select(TEXTS, BUDGET, "zip", params=SMALL, constraints=rules, state=state, prices=informed)


def test_runs_hold_no_more_than_they_may_but_for_one_long_text() -> None:
    sizes = np.array([0, 5, 9, alone.RUN_BYTES + 1, 1, alone.RUN_BYTES, 0, *[1] * (alone.RUN_RECORDS + 3)])
    runs = [*alone._runs(sizes)]
    assert [start for start, _ in runs] == [0, *(stop for _, stop in runs[:-1])]
    assert runs[-1][1] == len(sizes)
    for start, stop in runs:
        assert stop - start <= alone.RUN_RECORDS
        assert stop == start + 1 or sizes[start:stop].sum() <= alone.RUN_BYTES
    assert len(runs) == 6
