"""Mixtures under limits: by hand, beside SciPy's SLSQP, and what cannot be met."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from entropy_assets.curation.mixture import Limits, nearest, softmax
from entropy_assets.curation.mixture.solving import divergence
from entropy_assets.errors import InvalidInput, InvalidParameter

HELD = {"books": 600.0, "code": 300.0, "poems": 100.0}
EVEN = dict.fromkeys(HELD, 1.0)


def test_what_is_wanted_is_taken_where_nothing_is_in_its_way() -> None:
    made = nearest({"books": 2, "code": 1, "poems": 1}, Limits(HELD))
    assert made.weights == pytest.approx({"books": 0.5, "code": 0.25, "poems": 0.25})
    assert made.natural.tolist() == pytest.approx([0.6, 0.3, 0.1])
    assert made.epochs.tolist() == pytest.approx([500 / 600, 250 / 300, 2.5])
    assert made.binds == ((), (), ())
    assert made.divergence == pytest.approx(divergence(made.shares, made.natural))


def test_a_domain_is_repeated_as_often_as_it_may_and_the_others_share_what_is_left() -> None:
    """Poems may be taken once, a tenth of the budget; books and code keep their proportion of 1 to 1."""
    made = nearest(EVEN, Limits(HELD, caps={"poems": 1}))
    assert made.weights == pytest.approx({"books": 0.45, "code": 0.45, "poems": 0.1})
    assert made.binds == ((), (), ("epochs",))
    assert made.caps.tolist() == [16, 16, 1]
    assert made.epochs[2] == pytest.approx(1)


def test_the_budget_counts_and_not_the_number_of_files() -> None:
    short = nearest(EVEN, Limits(HELD, budget=200, max_epochs=1))
    assert short.weights == pytest.approx(dict.fromkeys(HELD, 1 / 3))
    long = nearest(EVEN, Limits(HELD, budget=900, max_epochs=1))
    assert long.weights["poems"] == pytest.approx(1 / 9)
    assert long.weights["code"] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("limits", "bound", "name"),
    [
        ({"floors": {"poems": 0.5}}, ("poems", 0.5), "floor"),
        ({"ceilings": {"books": 0.2}}, ("books", 0.2), "ceiling"),
        ({"caps": {"code": 0.5}}, ("code", 0.15), "epochs"),
    ],
)
def test_the_limit_that_binds_is_named(limits: dict[str, Any], bound: tuple[str, float], name: str) -> None:
    made = nearest(EVEN, Limits(HELD, **limits))
    assert made.weights[bound[0]] == pytest.approx(bound[1])
    others = [share for one, share in made.weights.items() if one != bound[0]]
    assert others[0] == pytest.approx(others[1])
    assert made.binds[made.domains.index(bound[0])] == (name,)
    assert sum(map(len, made.binds)) == 1


def test_a_mixture_is_held_near_the_natural_one() -> None:
    free, near = nearest(EVEN, Limits(HELD)), nearest(EVEN, Limits(HELD, max_divergence=0.05))
    assert free.divergence > 0.05
    assert near.divergence == pytest.approx(0.05, abs=1e-7)
    assert near.is_near
    assert not free.is_near
    natural = nearest(EVEN, Limits(HELD, max_divergence=0))
    assert natural.shares.tolist() == pytest.approx(natural.natural.tolist(), abs=1e-4)


def by_slsqp(
    wanted: np.ndarray, low: np.ndarray, high: np.ndarray, natural: np.ndarray, most: float
) -> np.ndarray:
    begin = np.clip(natural, low, high)

    def to(other: np.ndarray, r: np.ndarray) -> tuple[float, np.ndarray]:
        r = np.clip(r, 1e-9, None)
        return float((r * np.log(r / other)).sum()), np.log(r / other) + 1

    made = minimize(
        lambda r: to(wanted, r)[0],
        begin / begin.sum(),
        jac=lambda r: to(wanted, r)[1],
        method="SLSQP",
        bounds=list(zip(low, high, strict=True)),
        constraints=[
            {"type": "eq", "fun": lambda r: r.sum() - 1, "jac": np.ones_like},
            {"type": "ineq", "fun": lambda r: most - to(natural, r)[0], "jac": lambda r: -to(natural, r)[1]},
        ],
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    assert made.success
    return np.asarray(made.x)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_slsqp_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = [f"d{i}" for i in range(6)]
    natural, wanted = rng.dirichlet(np.ones(6)) * 0.9 + 0.1 / 6, rng.dirichlet(np.ones(6)) * 0.9 + 0.1 / 6
    low, cap = rng.uniform(0, 0.1, 6), rng.uniform(0.9, 3, 6)
    high = np.minimum(cap * natural, 1)
    low = np.minimum(low, high)
    limits = Limits(
        dict(zip(names, natural * 1e6, strict=True)),
        caps=dict(zip(names, cap, strict=True)),
        floors=dict(zip(names, low, strict=True)),
        max_divergence=0.2,
    )
    if high.sum() < 1:
        with pytest.raises(InvalidParameter, match="cannot be filled"):
            nearest(dict(zip(names, wanted, strict=True)), limits)
        return
    made = nearest(dict(zip(names, wanted, strict=True)), limits)
    other = by_slsqp(wanted, low, high, natural, 0.2)
    assert made.shares == pytest.approx(other, abs=2e-5)


@given(
    st.lists(st.tuples(st.floats(1, 1e9), st.floats(-9, 9), st.floats(0.5, 40)), min_size=2, max_size=9),
    st.floats(0.05, 20),
)
def test_shares_add_up_to_one_within_their_bounds(
    rows: list[tuple[float, float, float]], size: float
) -> None:
    held = {f"d{i}": amount for i, (amount, _, _) in enumerate(rows)}
    caps = {f"d{i}": cap for i, (_, _, cap) in enumerate(rows)}
    limits = Limits(held, budget=size * sum(held.values()), caps=caps)
    reach = sum(caps[name] * held[name] for name in held)
    wanted = softmax({f"d{i}": entropy for i, (_, entropy, _) in enumerate(rows)})
    if reach < limits.amount:
        with pytest.raises(InvalidParameter, match="cannot be filled"):
            nearest(wanted, limits)
        return
    made = nearest(wanted, limits)
    assert made.shares.sum() == pytest.approx(1, abs=1e-9)
    assert (made.shares >= 0).all()
    assert (made.epochs <= made.caps * (1 + 1e-6)).all()


@pytest.mark.parametrize(
    ("limits", "kind", "message"),
    [
        (Limits({"a": 1}), InvalidInput, "two domains or more, got one, 'a': name files of other sources"),
        (Limits({}), InvalidInput, "got none"),
        (Limits({"a": 1, "b": 0}), InvalidInput, "domain 'b' holds no text: leave it out"),
        (Limits({"a": 1, "b": float("nan")}), InvalidInput, "domain 'b' holds no text"),
        (
            Limits({"a": 1, "b": 1}, floors={"a": 0.7, "b": 0.5}),
            InvalidParameter,
            "floors add up to 1.2, and 1 is",
        ),
        (
            Limits({"a": 5, "b": 5}, budget=30, max_epochs=2),
            InvalidParameter,
            "30 cannot be filled: .* give 20; low",
        ),
        (
            Limits({"a": 5, "b": 95}, floors={"a": 0.2}, caps={"a": 2}),
            InvalidParameter,
            "domain 'a' has a floor of 0.2, and its epochs allow 0.1 of the budget at most: lower",
        ),
        (
            Limits({"a": 5, "b": 95}, floors={"a": 0.4}, ceilings={"a": 0.3}),
            InvalidParameter,
            "'a' has a floor of 0.4, and its ceiling allow 0.3",
        ),
        (
            Limits({"a": 1, "b": 1}, floors={"a": 0.9}, max_divergence=0.1),
            InvalidParameter,
            r"within 0.1 nats of the natural one, the nearest is 0.3681 away: raise",
        ),
        (
            Limits({"a": 1, "b": 1}, floors={"c": 0.1}),
            InvalidParameter,
            "no domain 'c' for a floor: known are a, b",
        ),
        (
            Limits({"a": 1, "b": 1}, ceilings={"a": 1.1}),
            InvalidParameter,
            "ceiling of 'a' must be a fraction",
        ),
        (
            Limits({"a": 1, "b": 1}, max_epochs=0),
            InvalidParameter,
            "max_epochs must be a finite number above 0",
        ),
        (
            Limits({"a": 1, "b": 1}, caps={"a": -1}),
            InvalidParameter,
            "cap of 'a' must be a finite number above 0",
        ),
        (
            Limits({"a": 1, "b": 1}, budget=0),
            InvalidParameter,
            "the budget must be a finite number above 0, got 0",
        ),
        (
            Limits({"a": 1, "b": 1}, max_divergence=-1),
            InvalidParameter,
            "max_divergence must be 0 nats or more",
        ),
    ],
)
def test_what_cannot_be_met_is_said_in_a_sentence(
    limits: Limits, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message) as told:
        nearest(dict.fromkeys(limits.available, 1.0), limits)
    assert "\n" not in str(told.value)


def test_a_domain_without_a_wanted_share_is_refused() -> None:
    with pytest.raises(InvalidParameter, match="share above 0, got none for 'poems'"):
        nearest({"books": 1, "code": 1}, Limits(HELD))
    with pytest.raises(InvalidParameter, match="no domain 'maps' for a wanted"):
        nearest({**EVEN, "maps": 1}, Limits(HELD))
