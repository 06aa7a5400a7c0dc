"""Ends: the share of cut records is found without bias; where ends say nothing, nothing is measured."""

from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.entropy_law.drop.endings import (
    CLOSED,
    MAX_REFERENCE,
    ODD,
    USUAL,
    Endings,
    Ends,
    measure_truncated,
)
from entropy_assets.curation.entropy_law.drop.pairing import Pair
from tests.curation.entropy_law.sentences import Rows, rows

REFERENCE = rows(1_500, seed=41)


def pair_of(drop: Rows, reference: Rows = REFERENCE) -> Pair:
    own, promoted = drop.measured()[0], reference.measured()[0]
    return Pair(own, promoted, own.members(), promoted.members())


def cut(share: float, n_rows: int = 900) -> Rows:
    drop = rows(n_rows, seed=42)
    rng = np.random.default_rng(1)
    n_cut = round(share * n_rows)
    texts = [t[: int(len(t) * rng.uniform(0.3, 0.8))] for t in drop.texts[:n_cut]] + drop.texts[n_cut:]
    return replace(drop, texts=texts)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 1.0])
def test_the_share_of_cut_records_is_found(share: float) -> None:
    pair = pair_of(cut(share))
    found = measure_truncated(pair, Ends.of(pair))
    assert found is not None
    assert found.n == 900
    assert found.value == pytest.approx(share, abs=0.06)
    assert 0 < found.standard_error < 0.05


def test_ends_are_told_apart() -> None:
    drop = rows(3, seed=42)
    last = REFERENCE.texts[0].rstrip(".").split()[-1]
    texts = ["It ended.", f"It ended with {last}", "It ended with xqz"]
    pair = pair_of(replace(drop, texts=texts))
    by_text = dict(zip(pair.drop.texts, Ends.of(pair).found, strict=True))
    assert [by_text[text.encode()] for text in texts] == [CLOSED, USUAL, ODD]


def test_where_ends_tell_nothing_there_is_no_measurement() -> None:
    pair = pair_of(cut(0.2))
    told = Ends.of(pair)
    assert measure_truncated(pair, told) is not None
    same = np.array([CLOSED, USUAL, ODD] * 200)
    silent = {stratum: Endings.of(same, same) for stratum in pair.members}
    assert measure_truncated(pair, replace(told, strata=silent)) is None


def test_fewer_records_leave_a_larger_error() -> None:
    errors = []
    for n_rows in (90, 900):
        pair = pair_of(cut(0.1, n_rows))
        found = measure_truncated(pair, Ends.of(pair))
        assert found is not None
        errors.append(found.standard_error)
    assert errors[0] > 2 * errors[1]
    assert MAX_REFERENCE > 1_500
