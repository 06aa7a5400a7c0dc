"""What of an earlier selection stays when its pool grows."""

from dataclasses import replace

import numpy as np
import pytest

from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Earlier,
    Head,
    Selection,
    ZipParams,
    head_of,
    priced_alone,
    select,
)
from entropy_assets.curation.selection.onward import MIN_RELEASED, MOST_GROWN, MOST_STEPS, RELEASED
from tests.curation.selection.oracle import words_pool

SMALL = ZipParams(n_candidates=60, n_shortlist=12, n_picks=6)
TEXTS = words_pool(400, 7, 80)
IDS = [f"{place * 7:06d}" for place in range(400)]
SIZES = np.array([len(text) for text in TEXTS])
N = 380


def earlier_of(budget: Budget, n: int = N) -> tuple[Selection, Earlier]:
    made = select(TEXTS[:n], budget, "zip", params=SMALL)
    return made, Earlier.of(IDS[:n], made)


def stays(earlier: Earlier, ids: list[str], sizes: np.ndarray, most: int) -> Head:
    head = head_of(earlier, ids, sizes, most)
    assert head is not None
    return head


def onward(head: Head, budget: Budget, workers: int = 1) -> Selection:
    prices = head.prices(priced_alone([TEXTS[place] for place in head.new]))
    rules = Constraints(keep=head.keep.tolist())
    return select(TEXTS, budget, "zip", params=SMALL, constraints=rules, prices=prices, workers=workers)


def test_bytes_say_all_but_the_ids() -> None:
    made, earlier = earlier_of(Budget(150, "records"))
    again = Earlier.from_bytes(IDS[:N], earlier.to_bytes())
    for name in ("rank", "gain", "added", "refused"):
        np.testing.assert_array_equal(getattr(again, name), getattr(earlier, name))
    order = np.argsort(again.rank[again.rank >= 0])
    assert np.flatnonzero(again.rank >= 0)[order].tolist() == made.ranking.tolist()


def test_the_head_stays_in_its_order_and_the_tail_is_chosen_again() -> None:
    made, earlier = earlier_of(Budget(150, "records"))
    head = stays(earlier, IDS, np.ones(400, np.int64), 160)
    assert head.new.tolist() == [*range(N, 400)]
    n_stay = len(head.keep)
    assert n_stay == int((1 - RELEASED * 20 / N) * 150)
    assert head.keep.tolist() == made.ranking[:n_stay].tolist()
    assert head.gains.tolist() == made.gains[:n_stay].tolist()
    more = onward(head, Budget(160, "records"))
    assert more.ranking[:n_stay].tolist() == head.keep.tolist()
    assert len({*more.ranking.tolist()}) == 160
    assert more.ranking.tolist() == onward(head, Budget(160, "records"), workers=3).ranking.tolist()


def test_new_records_come_into_the_selection() -> None:
    _, earlier = earlier_of(Budget(150, "records"))
    head = stays(earlier, IDS, np.ones(400, np.int64), 160)
    whole = select(TEXTS, Budget(160, "records"), "zip", params=SMALL)
    found = onward(head, Budget(160, "records"))
    n_new = int((found.ranking >= N).sum())
    assert n_new >= 0.5 * int((whole.ranking >= N).sum()) > 0


def test_the_head_leaves_room_in_a_budget_of_bytes() -> None:
    _, earlier = earlier_of(Budget(6_000, "bytes"))
    for most in (7_000, 6_000, 4_000):
        head = stays(earlier, IDS, SIZES, most)
        assert SIZES[head.keep].sum() <= (1 - MIN_RELEASED) * most
        assert SIZES[onward(head, Budget(most, "bytes")).ranking].sum() <= most
    assert head_of(earlier, IDS, SIZES, 2_000) is None


def test_what_is_gone_is_not_kept() -> None:
    made, earlier = earlier_of(Budget(150, "records"))
    gone = {*made.ranking[:3].tolist()}
    ids = [name for place, name in enumerate(IDS[:N]) if place not in gone]
    head = stays(earlier, ids, np.ones(len(ids), np.int64), 150)
    assert not len(head.new)
    n_stay = int((1 - MIN_RELEASED) * 150)
    expected = [IDS[place] for place in made.ranking[:n_stay].tolist() if place not in gone]
    assert [ids[place] for place in head.keep.tolist()] == expected[: len(head.keep)]
    assert len(head.keep) >= len(expected) - 3


def test_what_was_refused_is_not_looked_at_again() -> None:
    noise = "".join(f"{number * 7919:x}Qz" for number in range(60)).encode()
    made = select([*TEXTS[:50], noise], Budget(51, "records"), "zip", params=SMALL)
    assert made.refused.tolist() == [50]
    earlier = Earlier.of(IDS[:51], made)
    head = stays(earlier, ["000000", *IDS[2:55]], np.ones(54, np.int64), 50)
    assert head.refused.tolist() == [49]
    assert head.new.tolist() == [*range(50, 54)]


@pytest.mark.parametrize(("n", "is_enough"), [(1, False), (100, False), (310, False), (330, True)])
def test_a_pool_that_grew_much_is_chosen_from_nothing(n: int, is_enough: bool) -> None:
    _, earlier = earlier_of(Budget(n, "records"), n)
    assert (head_of(earlier, IDS, np.ones(400, np.int64), n) is not None) == is_enough


def test_many_steps_or_much_growth_in_all_end_in_a_selection_from_nothing() -> None:
    _, first = earlier_of(Budget(150, "records"))
    head = stays(first, IDS, np.ones(400, np.int64), 160)
    second = Earlier.of(IDS, onward(head, Budget(160, "records")), head)
    assert [(one.steps, one.begun) for one in (first, second)] == [(0, N), (1, N)]
    again = Earlier.from_bytes(IDS, second.to_bytes())
    assert (again.steps, again.begun) == (1, N)
    for steps, begun, is_enough in [
        (MOST_STEPS - 1, N, True),
        (MOST_STEPS, N, False),
        (1, 400 / (1 + MOST_GROWN), True),
        (1, 400 / (1 + MOST_GROWN) - 1, False),
    ]:
        moved = replace(second, steps=steps, begun=int(begun))
        assert (head_of(moved, IDS, np.ones(400, np.int64), 160) is not None) == is_enough


def test_a_pool_that_lost_most_is_chosen_from_nothing() -> None:
    _, earlier = earlier_of(Budget(150, "records"))
    assert head_of(earlier, IDS[:150], np.ones(150, np.int64), 150) is None
