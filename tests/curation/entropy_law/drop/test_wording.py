"""Words: what is unknown and what stands beside what, counted on other promoted records."""

import math

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import KnownWords, Texts, Values
from entropy_assets.curation.entropy_law.drop import wording
from tests.curation.entropy_law.sentences import rows

SAID = ("the cat sat", "the cat ran", "a dog sat", "The DOG ran")


def texts(*said: str) -> Texts:
    ids = [f"{number:032x}" for number in range(len(said))]
    return Texts(ids, [text.encode() for text in said], [("a", "en")] * len(said))


def measure_wording(drop: Texts, reference: Texts) -> dict[str, Values]:
    return wording.measure_wording(drop, KnownWords.of(reference))


def test_unknown_words_are_those_of_no_other_promoted_record() -> None:
    found = measure_wording(texts("the cat flew 12 times", "dog, sat!"), texts(*SAID))["unknown_words"]
    assert found.drop.tolist() == [0.5, 0.0]
    assert found.reference.tolist() == pytest.approx([0, 0, 1 / 3, 0])  # "a" stands once


def test_unusual_pairs_are_the_negative_logarithm_of_the_ochiai_coefficient() -> None:
    found = measure_wording(texts("cat the", "the cat"), texts(*SAID))["unusual_pairs"]
    never, twice = (-math.log((n + wording.UNSEEN) / math.sqrt(3 * 2)) for n in (0, 2))
    assert found.drop.tolist() == pytest.approx([never, twice])
    alone = -math.log((1 + wording.UNSEEN) / math.sqrt(2 * 1))  # the others: the, cat; their pair once
    pair = -math.log((0 + wording.UNSEEN) / math.sqrt(1 * 1))  # cat sat: cat and sat once elsewhere
    assert found.reference[0] == pytest.approx((alone + pair) / 2)


def test_what_holds_no_words_has_no_numbers() -> None:
    found = measure_wording(texts("12 + 3", "flew", "日本"), texts("日本語", "日本人"))
    assert np.isnan(found["unknown_words"].drop).tolist() == [True, False, False]
    assert np.isnan(found["unusual_pairs"].drop).tolist() == [True, True, False]
    assert found["unknown_words"].drop[2] == 0  # signs that are written without spaces are words


@pytest.mark.parametrize(("own", "theirs"), [(0, 4), (2, 0), (0, 0)])
def test_nothing_on_a_side(own: int, theirs: int) -> None:
    found = measure_wording(texts(*SAID[:own]), texts(*SAID[:theirs]))
    for code in ("unknown_words", "unusual_pairs"):
        assert found[code].drop.shape == (own,)
        assert found[code].reference.shape == (theirs,)


def test_only_so_many_promoted_records_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "MAX_REFERENCE", 2)
    found = measure_wording(texts("a dog"), texts(*SAID))["unknown_words"]
    assert found.drop.tolist() == [1.0]
    assert np.isnan(found.reference).tolist() == [False, False, True, True]


def test_the_order_of_the_drop_does_not_matter() -> None:
    own, promoted = rows(60, seed=1).measured()[0], rows(120, seed=2).measured()[0]
    turned = own.take(np.arange(len(own))[::-1])
    one, other = measure_wording(own, promoted), measure_wording(turned, promoted)
    for code, values in one.items():
        assert np.array_equal(values.drop[::-1], other[code].drop, equal_nan=True)
        assert np.array_equal(values.reference, other[code].reference, equal_nan=True)


@pytest.mark.parametrize("said", [SAID, ("日本 naïve", "x"), ()])
def test_what_was_counted_can_be_kept(said: tuple[str, ...]) -> None:
    known = KnownWords.of(texts(*said))
    again = KnownWords.from_bytes(known.to_bytes())
    assert again.words.to_list() == known.words.to_list()
    drop = texts("the cat flew 12 times", "日本 x")
    for code, values in wording.measure_wording(drop, known).items():
        kept = wording.measure_wording(drop, again)[code]
        assert np.array_equal(values.drop, kept.drop, equal_nan=True)
        assert np.array_equal(values.reference, kept.reference, equal_nan=True)
