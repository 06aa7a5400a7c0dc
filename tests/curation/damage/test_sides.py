"""What preferences chose is judged apart from what they rejected: damage to one side is not halved."""

import numpy as np

from entropy_assets.curation.damage import Detector, DropDamage, Part, Passages, measure_damage
from entropy_assets.curation.damage.generators import GENERATORS
from entropy_assets.curation.damage.passages import Passage


def pairs_of(passages: Passages, chosen: list[Passage]) -> Passages:
    """Return preferences: what was chosen, and as rejected what stands as many places further on."""
    n = len(chosen)
    items = [item for pair in zip(chosen, passages.items[n : 2 * n], strict=True) for item in pair]
    sources = [source for source in passages.sources[:n] for _ in range(2)]
    return Passages(items, sources, np.repeat(np.arange(n), 2))


def scrambled(items: list[Passage]) -> list[Passage]:
    (scramble,) = (one for one in GENERATORS if one.name == "shuffle_words")
    return scramble.damage(items, items, np.random.default_rng(0))


def side_of(found: DropDamage, side: str) -> Part:
    (part,) = (part for part in found.parts if part.side == side)
    return part


def test_damage_to_what_was_chosen_is_seen_on_that_side(detector: Detector, fresh: Passages) -> None:
    chosen = [*scrambled(fresh.items[:20]), *fresh.items[20:100]]
    found = measure_damage(detector, pairs_of(fresh, chosen))
    whole, one, other = found.parts[0], side_of(found, "chosen"), side_of(found, "rejected")
    assert whole.side == ""
    assert one.known.n == other.known.n == whole.known.n == 100
    assert one.known.excess > 1.5 * whole.known.excess
    assert one.known.score > whole.known.score > other.known.score


def test_records_of_one_side_have_no_parts_by_side(detector: Detector, fresh: Passages) -> None:
    assert {part.side for part in measure_damage(detector, fresh).parts} == {""}


def test_rejected_answers_that_look_damaged_in_the_pool_are_expected_to(documented: Passages) -> None:
    n = 300
    worse = [*scrambled(documented.items[n : n + 100]), *documented.items[n + 100 : 2 * n]]
    whole = Passages([*documented.items[:n], *worse], documented.sources, documented.records)
    pool = pairs_of(whole, whole.items[:n])
    learned = Detector.of(pool, n_damaged=80, n_epochs=3, seed=1)
    chosen, rejected = learned.nature.of_sides
    assert (rejected >= 0).all()
    assert rejected[0] > chosen[0] + 0.02
