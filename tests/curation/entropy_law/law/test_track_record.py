"""Rank correlations of scores with R, L and residual: signs, numbers, and when nothing can be said."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.entropy_law.law.track_record import (
    FIGURES,
    HELDOUT,
    MIN_VERSIONS,
    RankCorrelation,
    VersionPlace,
    rank_correlations,
)
from entropy_assets.scores import RESERVED


def place(
    number: int,
    ratio: float = 2.0,
    loss_bpb: float | None = 2.0,
    score: float | None = None,
    heldout_bpb: float | None = None,
    from_scratch: bool = False,
) -> VersionPlace:
    """Return a version whose residual is its loss less 2."""
    return VersionPlace(
        version=f"v{number:04d}-aaaa",
        candidate=f"drop-{number}",
        ratio=ratio,
        loss_bpb=loss_bpb,
        residual_bpb=None if loss_bpb is None else loss_bpb - 2.0,
        heldout_bpb=heldout_bpb,
        from_scratch=from_scratch,
        scores={} if score is None else {"bench": score},
    )


def found(places: list[VersionPlace], figure: str, score: str = "bench", worse: bool = False):
    told = rank_correlations(places, {"bench": worse})
    (one,) = [one for one in told if (one.score, one.figure) == (score, figure)]
    return one


def test_every_score_meets_every_figure_held_out_first() -> None:
    told = rank_correlations([], {"b": False, "a": True})
    assert [(one.score, one.figure) for one in told] == [
        (score, figure) for score in (HELDOUT, "b", "a") for figure in FIGURES
    ]


def test_a_law_that_holds_has_a_correlation_of_minus_one() -> None:
    places = [place(i, ratio=2.0 + i, score=10.0 - i) for i in range(4)]
    one = found(places, "ratio")
    assert (one.rho, one.n, one.why) == (pytest.approx(-1.0), 4, "")
    assert one.p_value == pytest.approx(2 / 24)  # one order and its reverse, of 4! orders


def test_a_hand_counted_example_with_a_tie() -> None:
    # Ranks of R: 1 2 3 4 5; of the score: 5 4 2.5 2.5 1. Centred: products sum to -9.5, norms √10 and √9.5.
    places = [
        place(i, ratio=r, score=z)
        for i, (r, z) in enumerate([(1.1, 9.0), (1.2, 8.0), (1.3, 5.0), (1.4, 5.0), (1.5, 1.0)])
    ]
    one = found(places, "ratio")
    assert one.rho == pytest.approx(-9.5 / math.sqrt(10 * 9.5))
    assert one.p_value == pytest.approx(4 / 120)  # the tie makes two of each extreme order


def test_a_score_of_which_more_is_worse_is_turned_round() -> None:
    places = [place(i, loss_bpb=2.0 + i, score=float(i)) for i in range(4)]
    assert found(places, "loss_bpb").rho == pytest.approx(1.0)
    assert found(places, "loss_bpb", worse=True).rho == pytest.approx(-1.0)
    assert found(places, "residual_bpb", worse=True).rho == pytest.approx(-1.0)


def test_held_out_loss_counts_as_worse_when_it_is_higher() -> None:
    places = [place(i, ratio=2.0 + i, heldout_bpb=2.0 + i) for i in range(5)]
    assert found(places, "ratio", HELDOUT).rho == pytest.approx(-1.0)


def test_too_few_versions_say_so() -> None:
    places = [place(i, ratio=2.0 + i, score=float(i)) for i in range(MIN_VERSIONS - 1)]
    one = found([*places, place(9)], "ratio")
    assert one == RankCorrelation("bench", "ratio", 3, why="3 version(s) have both, 4 are needed")


def test_equal_values_say_so() -> None:
    places = [place(i, score=float(i)) for i in range(6)]
    one = found(places, "ratio")
    assert (one.rho, one.p_value, one.n, one.why) == (None, None, 6, "all values are equal")


def test_loss_from_scratch_is_compared_with_nothing_but_its_ratio_is() -> None:
    places = [
        place(i, ratio=2.0 + i, loss_bpb=3.0 - i, score=float(i), heldout_bpb=3.0 - i, from_scratch=not i)
        for i in range(5)
    ]
    assert [found(places, figure).n for figure in FIGURES] == [5, 4, 4]
    assert [found(places, figure, HELDOUT).n for figure in FIGURES] == [4, 4, 4]


def test_many_versions_get_a_drawn_p_value_that_repeats() -> None:
    places = [place(i, ratio=2.0 + i, score=float(-i)) for i in range(12)]
    one, again = found(places, "ratio"), found(places, "ratio")
    assert one == again
    assert one.p_value == 1 / 10_000  # none of the drawn orders is as extreme
    mixed = [place(i, ratio=2.0 + i, score=float(z)) for i, z in enumerate([3, 7, 1, 5, 2, 8, 4, 6, 0])]
    assert 0.3 < found(mixed, "ratio").p_value <= 1


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=4, max_size=7))
def test_only_the_order_of_versions_counts(pairs: list[tuple[int, int]]) -> None:
    plain = found([place(i, ratio=1.0 + r, score=float(z)) for i, (r, z) in enumerate(pairs)], "ratio")
    bent = found([place(i, ratio=float(2**r), score=z**3) for i, (r, z) in enumerate(pairs)], "ratio")
    turned = found([place(i, ratio=1.0 + r, score=-z) for i, (r, z) in enumerate(pairs)], "ratio")
    assert (plain.rho is None) == (len({r for r, _ in pairs}) == 1 or len({z for _, z in pairs}) == 1)
    if plain.rho is not None:
        assert bent.rho == pytest.approx(plain.rho)
        assert turned.rho == pytest.approx(-plain.rho)
        assert 0 < bent.p_value == plain.p_value == turned.p_value <= 1


def test_no_score_can_take_the_name_of_a_figure() -> None:
    assert set(RESERVED) == {*FIGURES, HELDOUT}
