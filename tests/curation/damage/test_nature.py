"""Limits of what is nature in a drop, and which records are pointed at beyond them."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from entropy_assets.curation.damage import Passages, measure_damage
from entropy_assets.curation.damage.detector import Scored
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.nature import FAR, KNOWN, MOST, MOST_KNOWN, NEAR, Nature
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.damage.sound_parts import gumbel


def test_gumbel_finds_the_parameters_it_was_drawn_with() -> None:
    drawn = np.random.default_rng(0).gumbel(0.5, 0.8, 20_000)
    assert gumbel(drawn) == pytest.approx((0.5, 0.8), abs=0.02)


@pytest.fixture
def nature() -> Nature:
    return Nature(
        sources=np.array(["a", "b"]),
        thresholds=np.tile([0.5, 0.6, 0.7, 0.8], (3, 1)),
        among=np.tile([0.3, 0.35, 0.4, 0.45], (2, 1)),
        close=np.array([0.6, 0.8]),
        usual=np.array([[0.1, 0.1], [0.05, 0.05]]),
        units=np.array([0, 1]),
        far=np.array([0.5, 0.5]),
        expected=np.tile([0.05, 0.03, 0.015, 0.005], (3, 1)),
        scatter=np.tile([0.03, 0.02, 0.01, 0.01], (3, 1)),
        far_share=np.array([0.02, 0.01]),
        of_sides=np.zeros((2, 4)),
        foreign=0.2,
        location=0.0,
        scale=1.0,
        n_parts=50,
    )


def score(
    nature: Nature,
    n_beyond: int,
    n: int,
    sources: str = "a",
    passages: int = 1,
    lies: int = NEAR,
    n_subjects: int = 1,
) -> float:
    beyond = np.zeros((n, 4), dtype=bool)
    beyond[:n_beyond] = True
    beside = np.array(list(sources))[np.arange(n) % len(sources)]
    subjects = np.arange(n) // len(sources) % n_subjects
    return nature.excess(beyond, np.full(n, lies), beside, subjects, n // passages).score


def test_more_passages_beyond_never_lower_the_score_and_fewer_passages_never_raise_it(nature: Nature) -> None:
    scores = [score(nature, n_beyond, 100) for n_beyond in range(0, 101, 5)]
    assert scores == sorted(scores)
    assert score(nature, 10, 50) < score(nature, 20, 100) < score(nature, 200, 1000)


def test_what_all_sources_have_weighs_more_than_what_one_has(nature: Nature) -> None:
    assert score(nature, 80, 800) < score(nature, 80, 800, "ab")
    too_small = replace(nature, units=np.array([2, 2]))  # for thresholds of their own: no sources apart
    assert score(too_small, 80, 800, "ab") == score(nature, 80, 800)


def test_what_many_known_subjects_of_a_source_have_weighs_more_than_what_one_has(nature: Nature) -> None:
    scores = [score(nature, 40, 400, lies=KNOWN, n_subjects=n) for n in (1, 2, 5, 20)]
    assert scores == sorted(scores)
    assert scores[0] < scores[1] < scores[3]
    of_sources = [score(nature, 40, 400, "ab", lies=KNOWN, n_subjects=n) for n in (1, 5)]
    assert scores[0] < of_sources[0] < of_sources[1]


def test_what_lies_apart_from_promoted_passages_may_be_one_subject(nature: Nature) -> None:
    too_small = replace(nature, units=np.array([2, 2]))
    for few, lies in ((nature, NEAR), (nature, FAR), (too_small, KNOWN)):
        one, many = (score(few, 40, 400, lies=lies, n_subjects=n) for n in (1, 20))
        assert one == many


def test_two_passages_of_a_record_are_one_record(nature: Nature) -> None:
    assert score(nature, 20, 100, passages=2) < score(nature, 20, 100)


def lies(nature: Nature, near: list[float], sources: str, strangeness: float = 0.0) -> list[int]:
    beside = np.array(["a"] * len(near))
    found = nature.lies(beside, np.full(len(near), strangeness), np.array(near), np.array(list(sources)))
    return [int(one) for one in found]


def test_a_source_most_of_whose_passages_lie_among_promoted_ones_is_of_known_subjects(nature: Nature) -> None:
    assert lies(nature, [0.7, 0.7, 0.7, 0.5], "aaaa") == [KNOWN, KNOWN, KNOWN, NEAR]
    assert lies(nature, [0.7, 0.7, 0.5, 0.5], "aaaa") == [NEAR] * 4
    assert lies(nature, [0.7, 0.7, 0.5, 0.5], "aabb") == [KNOWN, KNOWN, NEAR, NEAR]
    assert lies(nature, [0.7] * 4, "cccc") == [KNOWN] * 4  # whatever its name
    assert lies(nature, [0.7] * 4, "aaaa", strangeness=0.6) == [FAR] * 4


def settled(
    nature: Nature, scores: list[float], source: str = "a", looks: str = "", lies: int = NEAR
) -> np.ndarray:
    beside, n = np.array(["a"] * len(scores)), len(scores)
    families = np.full(n, list(FAMILIES).index(looks)) if looks else np.arange(n) % len(FAMILIES)
    return nature.settled(np.array(scores), families, beside, np.full(n, lies), np.array([source] * n))


def test_what_all_passages_of_a_source_have_in_common_is_taken_off(nature: Nature) -> None:
    usual, shifted = [0.1, 0.1, 0.2, 0.9], [0.2, 0.2, 0.4, 0.95]
    assert settled(nature, usual) == pytest.approx(usual)
    assert (settled(nature, shifted) < shifted).all()
    assert settled(nature, shifted)[0] == pytest.approx(0.1)


def test_no_more_than_a_little_is_taken_off_and_nothing_of_what_is_plain_or_new(nature: Nature) -> None:
    assert settled(nature, [0.5] * 4)[0] == pytest.approx(1 / (1 + np.exp(MOST)))
    for scores, source in (([0.9] * 4, "a"), ([0.3] * 4, "new")):
        assert settled(nature, scores, source) == pytest.approx(scores)


def test_less_is_taken_off_where_no_new_subject_accounts_for_it(nature: Nature) -> None:
    alike = replace(nature, usual=np.full((2, 2), 0.1))
    assert settled(alike, [0.5] * 4, lies=KNOWN)[0] == pytest.approx(1 / (1 + np.exp(MOST_KNOWN)))
    assert settled(alike, [0.5] * 4, lies=KNOWN)[0] > settled(alike, [0.5] * 4)[0]
    assert settled(alike, [0.15] * 4, lies=KNOWN) == pytest.approx(settled(alike, [0.15] * 4))


def test_a_source_that_looks_like_one_kind_of_damage_throughout_is_no_nature(nature: Nature) -> None:
    shifted = [0.2, 0.2, 0.4, 0.95]
    assert settled(nature, shifted, looks="wrong letter case") == pytest.approx(shifted)
    assert (settled(nature, shifted, looks="boilerplate") < shifted).all()  # another heading, say


def test_damage_to_a_part_of_a_source_stays_where_it_is(nature: Nature) -> None:
    scores = [0.1] * 60 + [0.95] * 40
    assert settled(nature, scores) == pytest.approx(scores)


def test_less_is_beyond_what_sound_passages_of_known_subjects_score(nature: Nature) -> None:
    scores, beside = np.array([0.42, 0.42, 0.42]), np.array(["a", "a", "b"])
    beyond = nature.beyond(scores, beside, np.array([NEAR, KNOWN, FAR]))
    assert beyond.sum(axis=1).tolist() == [0, 3, 0]


def test_limits_rise_as_the_wanted_rate_falls_and_have_a_floor(nature: Nature) -> None:
    assert nature.limit(0.001, 0.0) > nature.limit(0.01, 0.0) > nature.limit(0.1, 0.0)
    assert nature.limit(0.5, 2.5) == 2.5


def test_kept_limits_say_the_same(nature: Nature) -> None:
    again = Nature.from_arrays(nature.arrays())
    assert again.limit(0.01, 0.0) == nature.limit(0.01, 0.0)
    assert (again.thresholds == nature.thresholds).all()


def named(nature: Nature, *passages: tuple[int, float]) -> list[int]:
    """Return the places of records that are pointed at, of passages with a family and a score each."""
    shares = np.zeros((len(passages), 1 + len(FAMILIES)))
    for place, (family, score) in enumerate(passages):
        shares[place, [0, 1 + family]] = 1 - score, score
    zeros, beside = np.zeros(len(passages)), np.array(["a"] * len(passages))
    detector = SimpleNamespace(
        nature=nature,
        well_known=np.array(["a"]),
        score=lambda _: Scored(shares, beside, zeros, zeros, zeros + 1, zeros),
    )
    drop = Passages(
        [Passage("", str(i)) for i in range(len(passages))], beside.tolist(), np.arange(len(passages))
    )
    return [one.place for one in measure_damage(detector, drop).records]  # type: ignore[arg-type]


def test_where_a_family_is_frequent_less_is_needed_to_see_it_in_one_record(nature: Nature) -> None:
    weak, strong, sound = (3, 0.3), (3, 0.55), (3, 0.1)
    assert named(nature, weak, sound) == []
    assert named(nature, weak, *[sound] * 7, *[strong] * 5) == [0, 8, 9, 10, 11, 12]


def test_a_rare_family_is_pointed_at_only_where_it_is_plain(nature: Nature) -> None:
    assert named(nature, (7, 0.55), *[(3, 0.9)] * 9)[0] == 1
    assert named(nature, (7, 0.75), *[(3, 0.9)] * 9)[0] == 0
