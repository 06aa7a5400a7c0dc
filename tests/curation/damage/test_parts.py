"""The parts of a detector: surface, counts, places, networks, what recurs."""

import numpy as np
import pytest

from entropy_assets.curation.damage import Passages
from entropy_assets.curation.damage.features import Reference, look
from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.neighbours import (
    NARROWEST,
    Space,
    clusters,
    folds,
    majority,
    narrowness,
    nearest,
    terms,
)
from entropy_assets.curation.damage.network import Network
from entropy_assets.curation.damage.passages import Passage
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


def test_the_most_frequent_name_of_a_row_is_found_and_the_first_of_equals() -> None:
    names = np.array([["b", "a", "b"], ["c", "b", "a"], ["c", "c", "a"]])
    assert majority(names).tolist() == ["b", "a", "c"]
    assert majority(np.array([[7, 3, 7, 3], [9, 9, 3, 3]])).tolist() == [3, 3]


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


def test_a_drop_of_few_subjects_is_narrow_and_one_like_its_source_is_not() -> None:
    sources, subjects = np.repeat(["a", "b"], 100), np.arange(200) // 20  # five subjects of 20 each
    rng = np.random.default_rng(0)

    def drawn(subject: int, n_subjects: int) -> np.ndarray:
        return narrowness(rng.integers(20 * subject, 20 * (subject + n_subjects), (80, 8)), sources, subjects)

    assert drawn(0, 5).max() < 1.1
    assert drawn(0, 2).min() > 2.2
    assert (drawn(0, 1) == NARROWEST).all()
    one_of_a = rng.integers(0, 20, (40, 8))
    both = narrowness(np.concatenate([one_of_a, rng.integers(100, 200, (40, 8))]), sources, subjects)
    assert both[:40].min() == NARROWEST
    assert both[40:].max() < 1.1
    assert narrowness(np.arange(8)[None], sources, subjects) == [1.0]  # one passage is of one subject


def test_what_a_narrow_drop_repeats_recurs_less() -> None:
    items = [Passage(f"What is {i}?", f"Have a wonderful day, number {i}, and the next.") for i in range(40)]
    others = [Passage(f"Why {i}?", f"For {i} reasons that nobody told.") for i in range(200)]
    reference, kept = Reference.of(others, 0), np.arange(200)
    counts = Counts.of([item.answer for item in others], np.zeros(200, dtype=np.int64), 1)
    usual, thrice = (
        look(items, reference, kept, counts, narrow=narrow)
        for narrow in (None, lambda neighbours: np.full(len(neighbours), 3.0))
    )
    column = usual.names.index("recurring beginning")
    assert (thrice.values[:, column] < 0.75 * usual.values[:, column]).all()
    assert (thrice.values[:, :-5] == usual.values[:, :-5]).all()
