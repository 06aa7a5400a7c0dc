"""Phrases: what stands in too many records is repeated, whatever is usual is not, and noise has its share."""

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.entropy_law.drop import phrases
from entropy_assets.curation.entropy_law.drop.pairing import Pair
from entropy_assets.curation.entropy_law.drop.phrases import REPEATED_SHARE, Repeated, measure_phrases
from tests.curation.entropy_law.sentences import rows

REFERENCE = rows(900, seed=31).measured()[0]
DROP = rows(300, seed=32).measured()[0]
STOCK = (
    b" as an assistant I cannot help you with that today, and I am sorry that no more may be told by me of it"
)


def with_stock(texts: Texts, every: int) -> Texts:
    said = [text + STOCK * (i % every == 0) for i, text in enumerate(texts.texts)]
    return Texts(texts.ids, said, texts.strata)


def pair(drop: Texts, reference: Texts = REFERENCE) -> Pair:
    return Pair.of(drop, reference, 20)


def test_stock_phrases_are_repeated_in_the_records_that_hold_them() -> None:
    found = Repeated.of(pair(with_stock(DROP, every=10)))
    held = np.arange(len(DROP)) % 10 == 0
    assert found.places.tolist() == list(range(len(DROP)))
    assert found.shares[held].min() > found.shares[~held].max()
    assert found.n_reference == len(REFERENCE)


@pytest.mark.parametrize(("every", "usual_every", "low", "high"), [(10, 10, 0, 0.01), (5, 50, 0.15, 0.25)])
def test_what_promoted_records_say_as_often_is_not_repeated(
    every: int, usual_every: int, low: float, high: float
) -> None:
    short = DROP.take(np.flatnonzero(DROP.sizes < np.median(DROP.sizes)))
    found = measure_phrases(Repeated.of(pair(with_stock(short, every), with_stock(REFERENCE, usual_every))))
    assert low <= found.value <= high
    assert (found.code, found.n, found.scope) == ("repeated_phrases", len(short), "drop")


def test_usual_is_what_a_stratum_says_and_not_the_whole_reference() -> None:
    strata = sorted(set(REFERENCE.strata))
    talkative = strata[0]
    said = [t + STOCK * (s == talkative) for t, s in zip(REFERENCE.texts, REFERENCE.strata, strict=True)]
    usual = Texts(REFERENCE.ids, said, REFERENCE.strata)

    def repeated(stratum: tuple[str, str]) -> float:
        own = DROP.only({stratum})
        found = Repeated.of(pair(Texts(own.ids, [t + STOCK for t in own.texts], own.strata), usual))
        return float(found.shares.mean())

    assert repeated(talkative) < 0.01 < 0.1 < repeated(strata[1])


def test_only_known_strata_are_counted() -> None:
    novel = Texts(DROP.ids, DROP.texts, [("poems", "de")] * len(DROP))
    assert Repeated.of(pair(novel)).places.tolist() == []


def test_only_so_many_records_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrases, "MAX_RECORDS", 100)
    found = Repeated.of(pair(with_stock(DROP, every=4)))
    assert (len(found.places), found.n_reference) == (100, 100)
    assert (found.shares >= REPEATED_SHARE).sum() > 0


def test_few_records_are_noisy() -> None:
    few, many = (measure_phrases(Repeated.of(pair(DROP.take(range(n))))) for n in (20, 200))
    assert few.value == many.value == 0
    assert few.standard_error > 2 * many.standard_error > 0
