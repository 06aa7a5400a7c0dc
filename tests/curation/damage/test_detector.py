"""A detector tells damaged records of unseen texts from sound ones, and says the same wherever it runs."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.damage import MIN_PASSAGES, Detector, DropDamage, Passages, measure_damage
from entropy_assets.curation.damage import detector as measured_by
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.passages import Passage

WELL_TOLD = [
    family
    for family in FAMILIES
    if family not in ("cut text", "words out of order or missing", "answers of other questions")
]


def damaged(fresh: Passages, family: str, share: float) -> tuple[Passages, np.ndarray]:
    """Return passages some of which came to one kind of harm, and which."""
    rng = np.random.default_rng(7)
    places = rng.permutation(len(fresh))[: int(share * len(fresh))]
    items = list(fresh.items)
    for part, generator in zip(np.array_split(places, len(FAMILIES[family])), FAMILIES[family], strict=True):
        new = generator.damage([items[i] for i in part], fresh.items, rng)
        for place, item in zip(part, new, strict=True):
            items[place] = item
    return Passages(items, fresh.sources, np.arange(len(items))), places


def score_of(found: DropDamage) -> float:
    return max(part.known.score for part in found.parts)


def test_sound_records_of_the_same_sources_stay_within_nature(detector: Detector, fresh: Passages) -> None:
    found = measure_damage(detector, fresh)
    assert score_of(found) < detector.nature.limit(0.03, 2.5)
    assert not any(part.is_new for part in found.parts)
    assert len(found.records) < 0.15 * len(fresh)


@pytest.mark.parametrize("family", WELL_TOLD)
def test_a_third_of_damaged_records_is_seen(family: str, detector: Detector, fresh: Passages) -> None:
    drop, places = damaged(fresh, family, 0.35)
    found = measure_damage(detector, drop)
    assert score_of(found) > detector.nature.limit(0.03, 2.5)
    pointed = {record.place for record in found.records}
    sound = set(range(len(drop))) - set(places.tolist())
    assert len(pointed & set(places.tolist())) / len(places) > 2 * len(pointed & sound) / len(sound)


def test_a_record_is_named_with_the_damage_it_has(detector: Detector, fresh: Passages) -> None:
    family = "encoded data or random letters"
    drop, places = damaged(fresh, family, 0.3)
    found = {record.place: record.family for record in measure_damage(detector, drop).records}
    assert np.mean([found.get(int(place)) == family for place in places]) > 0.6


def test_a_drop_of_one_subject_is_scored_as_a_part_of_its_source(
    detector: Detector, promoted: Passages, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = np.bincount(detector.subjects).argmax()
    of_subject = promoted.take(np.flatnonzero(detector.subjects == subject))
    ended = [Passage(one.question, f"{one.answer}\nSee what is new in 3.2.") for one in of_subject.items]
    drop = replace(of_subject, items=ended)
    narrow = detector.score(drop)
    assert (narrow.subjects == subject).mean() > 0.5
    monkeypatch.setattr(measured_by, "narrowness", lambda neighbours, *_: np.ones(len(neighbours)))
    assert (detector.score(drop).shares != narrow.shares).any()


def test_order_does_not_decide(detector: Detector, fresh: Passages) -> None:
    drop, _ = damaged(fresh, "escaped text", 0.2)
    order = np.random.default_rng(1).permutation(len(drop))
    first, mixed = (
        sorted((part.known.n, part.known.score) for part in measure_damage(detector, one).parts)
        for one in (drop, drop.take(order))
    )
    assert np.array(mixed) == pytest.approx(np.array(first))


def test_sources_of_no_promoted_name_are_doubtful_and_never_damaged(
    detector: Detector, fresh: Passages
) -> None:
    drop, _ = damaged(fresh, "escaped text", 0.3)
    renamed = Passages(drop.items, [f"new {source}" for source in drop.sources], drop.records)
    known, new = (measure_damage(detector, one).parts[0] for one in (drop, renamed))
    assert known.known.score > detector.nature.limit(0.005, 3.0)
    assert new.well_known.score < 0
    assert new.known.score > detector.nature.limit(0.005, 3.0)  # it lies among promoted passages
    assert known.novel is None
    assert new.novel is not None
    assert new.novel.score > detector.nature.limit(0.005, 3.0)


def test_sources_of_few_promoted_passages_are_doubtful_and_never_damaged(
    detector: Detector, promoted: Passages, fresh: Passages
) -> None:
    n_promoted = Counter(promoted.sources)
    small = {name for name, n in n_promoted.items() if n < MIN_PASSAGES}
    assert set(detector.well_known) == set(n_promoted) - small
    drop, _ = damaged(
        fresh.take([i for i, name in enumerate(fresh.sources) if name in small]), "escaped text", 0.5
    )
    found = measure_damage(detector, drop).parts[0]
    assert found.known.score > detector.nature.limit(0.005, 3.0)
    assert found.well_known.score < 0


def test_known_records_do_not_dilute_what_is_new(detector: Detector, fresh: Passages) -> None:
    drop, _ = damaged(fresh.take(range(20)), "escaped text", 1.0)
    both = Passages(
        drop.items + fresh.items[20:], ["new"] * len(drop) + fresh.sources[20:], np.arange(len(drop) + 180)
    )
    found = measure_damage(detector, both).parts[0]
    assert found.novel is not None
    assert found.novel.n == len(drop)
    assert found.novel.excess > 0.5


def test_another_language_is_something_new_and_no_damage(detector: Detector) -> None:
    line = "这个函数返回一个新的列表，其中包含所有给定的值，并按照它们的顺序排列。第{}个例子说明如何使用它。"
    items = [Passage("", line.format(number) * (1 + number % 3)) for number in range(100)]
    found = measure_damage(detector, Passages(items, ["zh"] * 100, np.arange(100)))
    assert found.parts[0].is_new
    assert score_of(found) < 1.0


def test_a_known_source_in_a_language_of_its_own_is_new_and_garbled_text_is_none(
    detector: Detector, fresh: Passages
) -> None:
    drop, _ = damaged(fresh, "escaped text", 0.6)
    n = len(drop)
    one = measure_damage(detector, drop, ["eo"] * n).parts[0]
    many = measure_damage(detector, drop, [f"l{i % 10}" for i in range(n)]).parts[0]
    assert one.is_new
    assert one.known.score < 0
    assert not many.is_new
    assert many.known.score > detector.nature.limit(0.005, 3.0)


def test_a_few_examples_a_family_are_enough_and_workers_change_no_byte(promoted: Passages) -> None:
    small, other = (
        Detector.of(promoted.take(range(80)), n_damaged=20, n_epochs=1, seed=0, workers=n) for n in (1, 2)
    )
    assert np.isfinite(small.nature.scatter).all()
    assert small.to_bytes() == other.to_bytes()


def test_kept_bytes_say_the_same(detector: Detector, fresh: Passages) -> None:
    data = detector.to_bytes()
    again = Detector.from_bytes(data)
    assert measure_damage(again, fresh) == measure_damage(detector, fresh)
    assert again.to_bytes() == data


def test_a_pool_of_one_source_has_a_detector_too(promoted: Passages, fresh: Passages) -> None:
    alone = promoted.take([i for i, source in enumerate(promoted.sources) if source == "tkinter"])
    own = fresh.take([i for i, source in enumerate(fresh.sources) if source == "tkinter"])
    detector = Detector.of(alone, n_damaged=80, n_epochs=4, seed=1)
    assert not detector.outsiders
    assert score_of(measure_damage(detector, own)) < detector.nature.limit(0.005, 3.5)
    drop, _ = damaged(own, "encoded data or random letters", 0.4)
    assert score_of(measure_damage(detector, drop)) > detector.nature.limit(0.005, 3.5)
