"""The detector of the package sees damage in a drop that has no promoted records beside it."""

from importlib.resources import files

import numpy as np
import pytest

from entropy_assets.curation.damage import FAMILIES, FirstDetector, Passages, first_detector
from entropy_assets.curation.damage.first import KEPT, score_of
from entropy_assets.curation.damage.inside import look_inside
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.damage.recurring import LEAST, RECURRING, recurring
from tests.curation.damage.test_detector import damaged

SEEN_WELL = ("escaped text", "encoded data or random letters", "wrong letter case", "repeated text")


def of_texts(*texts: str) -> Passages:
    return Passages([Passage("", text) for text in texts], ["a"] * len(texts), np.arange(len(texts)))


def test_sound_documentation_stays_within_what_sound_drops_reach(documented: Passages) -> None:
    found = first_detector().measure(documented, 1)
    assert found.n == len(documented)
    assert found.excess < found.natural
    assert len(found.records) < 0.2 * len(documented)


@pytest.mark.parametrize("family", SEEN_WELL)
def test_a_third_of_damaged_records_is_seen_and_named(family: str, promoted: Passages) -> None:
    drop, places = damaged(promoted, family, 0.3)
    found = first_detector().measure(drop, 1)
    assert found.excess > found.natural
    named = {record.place for record in found.records}
    sound = set(range(len(drop))) - set(places.tolist())
    assert len(named & set(places.tolist())) / len(places) > 3 * len(named & sound) / len(sound)
    assert family in found.looks_like


def test_the_same_drop_says_the_same(promoted: Passages) -> None:
    drop, _ = damaged(promoted, SEEN_WELL[0], 0.2)
    assert first_detector().measure(drop, 1) == first_detector().measure(drop, 1)


def test_what_is_kept_is_small_and_holds_numbers_alone() -> None:
    data = (files("entropy_assets.curation.damage") / KEPT).read_bytes()
    assert len(data) < 1_000_000
    detector = FirstDetector.from_bytes(data)
    assert detector.to_bytes() == data
    assert detector.forest.shares.shape[1] == 1 + len(FAMILIES)
    assert 0.5 < detector.limit < 3


def test_a_forest_looks_at_numbers_that_there_are(promoted: Passages) -> None:
    seen = look_inside(promoted.take(range(80)), 0)
    assert len(set(seen.names)) == len(seen.names) == seen.values.shape[1]
    assert np.isfinite(seen.values).all()
    assert first_detector().forest.features.max() < len(seen.names)
    assert tuple(name for name, _ in seen.recurring()) == RECURRING == seen.names[-len(RECURRING) :]


def test_no_passage_is_its_own_neighbour(promoted: Passages) -> None:
    seen = look_inside(promoted.take(range(80)), 0)
    assert not (seen.neighbours == np.arange(80)[:, None]).any()


def test_what_some_records_share_recurs() -> None:
    words = ["alpha beta gamma", "delta epsilon zeta", "eta theta iota", "kappa lambda mu", "nu xi omicron"]
    same = "A stock phrase that stands before each of these: "
    found = recurring(of_texts(*(same + own for own in words[:LEAST]), *words[LEAST:]))
    assert found["shared beginning"][:LEAST] == pytest.approx(np.log1p(len(same)))
    assert (found["shared runs"][:LEAST] > 0.3).all()
    for name in RECURRING:
        assert (found[name][LEAST:] < 1).all(), name


def test_what_two_records_share_is_no_boilerplate_and_is_a_copy() -> None:
    text = "one two three four five six seven eight nine ten"
    found = recurring(of_texts(text, text, "something else stands here", "and here once more"))
    assert not found["shared runs"].any()
    assert (found["runs of another"][:2] > 0.5).all()


def test_a_sentence_that_many_share_recurs_wherever_it_stands() -> None:
    stock = "I am sorry, but I can not help you with that."
    own = ["Red is a colour.", "Blue is another one.", "Green is the third."]
    found = recurring(of_texts(*(f"{text} {stock}" for text in own), "Nothing of the kind."))
    assert (found["shared sentences"][:3] > 0.4).all()
    assert found["shared sentences"][3] == 0
    assert found["shared end"][0] > np.log1p(len(stock) - 1)


def test_the_same_excess_in_more_sources_says_more() -> None:
    usual, scatter = np.array([0.2, 0.1]), np.array([0.1, 0.1])
    one = score_of(np.array([[0.3, 0.2]]), np.array([1.0]), usual, scatter)
    four = score_of(np.tile([0.3, 0.2], (4, 1)), np.full(4, 0.25), usual, scatter)
    assert (one, four) == (pytest.approx(1.0), pytest.approx(2.0))
    assert score_of(np.array([[0.2, 0.1]]), np.array([1.0]), usual, scatter) == pytest.approx(0.0)
