"""The parts of a detector: surface, counts, places, networks, limits."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from entropy_assets.curation.damage import Passages, measure_damage
from entropy_assets.curation.damage.detector import Scored
from entropy_assets.curation.damage.features import Reference, look, majority
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.nature import FAR, KNOWN, MOST, NEAR, Nature
from entropy_assets.curation.damage.neighbours import Space, clusters, folds, nearest, terms
from entropy_assets.curation.damage.network import Network
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.damage.sound_parts import gumbel
from entropy_assets.curation.damage.surface import surface

ODD = ["", "x", "\n\n", "你好，世界。", "\ufffd" * 50, "a" * 10_000, "<p>\\n</p>", "𝕏 é é"]


def test_surface_is_finite_and_does_not_depend_on_what_else_is_asked(promoted: Passages) -> None:
    texts = [*ODD, *(item.answer for item in promoted.items[:30])]
    together = surface(texts)
    assert all(np.isfinite(values).all() for values in together.values())
    for place in (0, 3, 20):
        alone = surface([texts[place]])
        assert all(alone[name][0] == together[name][place] for name in together)


def test_counts_without_a_fold_are_those_of_the_other_records(promoted: Passages) -> None:
    texts = [item.answer for item in promoted.items[:200]]
    parts = np.arange(200) % 4
    without = Counts.of(texts, parts, 4).surprise(ODD, [1])
    others = [text for text, part in zip(texts, parts, strict=True) if part != 1]
    alone = Counts.of(others, np.zeros(150, dtype=np.int64), 1).surprise(ODD)
    for name in alone:
        if "rarity" not in name:  # the number of texts it is taken from stays that of the pool
            assert without[name] == pytest.approx(alone[name]), name


def test_a_last_text_shorter_than_an_n_gram_is_as_surprising_as_elsewhere(promoted: Passages) -> None:
    counts = Counts.of([item.answer for item in promoted.items[:50]], np.zeros(50, dtype=np.int64), 1)
    first, last = counts.surprise(["x", "yes, it does"]), counts.surprise(["yes, it does", "x"])
    for name in first:
        assert first[name][0] == pytest.approx(last[name][1]), name
        assert first[name][1] == pytest.approx(last[name][0]), name


def test_kept_counts_say_the_same(promoted: Passages) -> None:
    texts = [item.answer for item in promoted.items[:100]]
    counts = Counts.of(texts, np.arange(100) % 3, 3)
    again = Counts.from_arrays(counts.total.arrays())
    for name, values in counts.surprise(ODD).items():
        assert (again.surprise(ODD)[name] == values).all(), name


def test_the_nearest_passage_of_a_passage_is_itself(promoted: Passages) -> None:
    counted = terms([item.text for item in promoted.items])
    space = Space.of(counted, 0)
    vectors = space.vectors(counted)
    places, cosines = nearest(vectors[:50], vectors)
    assert cosines.max(axis=1) == pytest.approx(1.0, abs=1e-5)
    best = places[np.arange(50), cosines.argmax(axis=1)]
    assert np.mean(best == np.arange(50)) > 0.9  # some have a twin


def test_folds_hold_whole_clusters_of_one_source_each(promoted: Passages) -> None:
    sources = np.array(promoted.sources)
    counted = terms([item.text for item in promoted.items])
    found = clusters(Space.of(counted, 0).vectors(counted), sources, 0)
    cut = folds(found, sources, 5)
    for cluster in np.unique(found):
        assert len(np.unique(cut[found == cluster])) == len(np.unique(sources[found == cluster])) == 1
    assert np.bincount(cut, minlength=5).min() > 40


def drawn(n: int, seed: int, width: int = 7) -> tuple[np.ndarray, np.ndarray]:
    """Return `width` numbers each and which of three classes they belong to: rings around each other."""
    values = np.random.default_rng(seed).normal(size=(n, width)).astype(np.float32)
    return values, np.digitize(values[:, 0] ** 2 + values[:, 1] ** 2, (1.0, 3.0)).astype(np.int64)


def test_a_network_tells_classes_apart_that_no_line_parts() -> None:
    network = Network.trained(*drawn(2_000, 0, width=2), 3, n_epochs=10, seed=5)
    values, classes = drawn(1_000, 1, width=2)
    shares = network.predict(values)
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert np.mean(shares.argmax(axis=1) == classes) > 0.75  # the largest class alone is 0.39


def test_a_kept_network_says_the_same_and_so_does_one_trained_again() -> None:
    values, classes = drawn(600, 0)
    network = Network.trained(values, classes, 4, n_epochs=2, seed=5)  # a class that nothing belongs to
    kept = Network.from_arrays(network.arrays("n"), "n")
    again = Network.trained(values, classes, 4, n_epochs=2, seed=5)
    other = Network.trained(values, classes, 4, n_epochs=2, seed=6)
    said = network.predict(values)
    assert (kept.predict(values) == said).all()
    assert (again.predict(values) == said).all()
    assert (other.predict(values) != said).any()


def test_numbers_beyond_all_that_was_seen_give_shares() -> None:
    network = Network.trained(*drawn(300, 0), 3, n_epochs=1, seed=5)
    shares = network.predict(np.full((2, 7), 1e30, dtype=np.float32))
    assert np.isfinite(shares).all()
    assert network.predict(np.empty((0, 7), dtype=np.float32)).shape == (0, 3)


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


def test_the_most_frequent_name_of_a_row_is_found_and_the_first_of_equals() -> None:
    names = np.array([["b", "a", "b"], ["c", "b", "a"], ["c", "c", "a"]])
    assert majority(names).tolist() == ["b", "a", "c"]
    assert majority(np.array([[7, 3, 7, 3], [9, 9, 3, 3]])).tolist() == [3, 3]


def test_two_passages_of_a_record_are_one_record(nature: Nature) -> None:
    assert score(nature, 20, 100, passages=2) < score(nature, 20, 100)


def test_what_two_passages_of_one_record_share_does_not_recur() -> None:
    items = [Passage(f"Question {i // 2}?", f"Answer {i}, and what it says.") for i in range(40)]
    reference = Reference.of(items, 0)
    counts = Counts.of([item.answer for item in items], np.zeros(40, dtype=np.int64), 1)
    kept = np.arange(40)
    apart, together = (
        look(items[:20], reference, kept, counts, records=records) for records in (None, np.arange(20) // 2)
    )
    column = apart.names.index("recurring question")
    assert (apart.values[:, column] > together.values[:, column]).all()


def test_what_one_subject_repeats_among_promoted_passages_does_not_recur() -> None:
    def tickets(first: int, n: int, end: str) -> list[Passage]:
        plain = [f"The train to town {first + i} leaves at {i} o'clock from platform {i}." for i in range(n)]
        ends = [f" {end}" if i % 8 < 3 else f" It is train {first + i}, and it stops." for i in range(n)]
        return [Passage("Which train?", text + own) for text, own in zip(plain, ends, strict=True)]

    others = [Passage(f"What is {i}?", f"A number of {i} things, said {i} times over.") for i in range(200)]
    usual, odd = "Have a wonderful day, and thank you for asking.", "Read all terms of our offer before you pay."
    reference = Reference.of([*tickets(0, 40, usual), *others], 0)
    counts = Counts.of([item.answer for item in reference.items], np.zeros(240, dtype=np.int64), 1)
    ends = {}
    for end in (usual, odd):
        seen = look(tickets(100, 40, end), reference, np.arange(240), counts)
        ends[end] = seen.values[np.arange(40) % 8 < 3, seen.names.index("recurring end")].max()
    assert ends[usual] < 0.05 < 0.2 < ends[odd]


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


def settled(nature: Nature, scores: list[float], source: str = "a", looks: str = "") -> np.ndarray:
    beside, n = np.array(["a"] * len(scores)), len(scores)
    families = np.full(n, list(FAMILIES).index(looks)) if looks else np.arange(n) % len(FAMILIES)
    return nature.settled(np.array(scores), families, beside, np.full(n, NEAR), np.array([source] * n))


def test_what_all_passages_of_a_source_have_in_common_is_taken_off(nature: Nature) -> None:
    usual, shifted = [0.1, 0.1, 0.2, 0.9], [0.2, 0.2, 0.4, 0.95]
    assert settled(nature, usual) == pytest.approx(usual)
    assert (settled(nature, shifted) < shifted).all()
    assert settled(nature, shifted)[0] == pytest.approx(0.1)


def test_no_more_than_a_little_is_taken_off_and_nothing_of_what_is_plain_or_new(nature: Nature) -> None:
    assert settled(nature, [0.5] * 4)[0] == pytest.approx(1 / (1 + np.exp(MOST)))
    for scores, source in (([0.9] * 4, "a"), ([0.3] * 4, "new")):
        assert settled(nature, scores, source) == pytest.approx(scores)


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
