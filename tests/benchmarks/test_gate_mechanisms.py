"""Mechanisms of damage: each changes its rows and nothing else, and does so alike each time."""

import json

import numpy as np
import pytest

from benchmarks.gate_power.listing import PATH, digest, fixed_rows, listing
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST, Mechanism, mechanism, mechanisms
from entropy_assets.errors import InvalidParameter

ALL = [*mechanisms(DEVELOPMENT).values(), *mechanisms(TEST).values()]
PASSAGES = ["Der Nutzer hat die Sache herauszugeben, sobald er damit fertig wurde. " * 4]


# Those of the test alone are not named where whoever builds a detector reads along.
def named(kind: Mechanism) -> str:
    return kind.name if kind.split == DEVELOPMENT else "kept back"


each = pytest.mark.parametrize("kind", ALL, ids=named)


@each
def test_a_mechanism_changes_every_row_it_fits_and_is_repeatable(kind: Mechanism) -> None:
    rows = fixed_rows(60)
    victims, intact = rows[:20], rows[20:]
    assert sum(map(kind.fits, victims)) >= 15
    victims = [row for row in victims if kind.fits(row)]
    found = [kind.using(PASSAGES)(victims, intact, np.random.default_rng(3)) for _ in range(2)]
    assert found[0] == found[1]
    assert len(found[0]) == len(victims)
    assert all(row["output"].strip() and set(row) == set(victims[0]) for row in found[0])
    said = [[(row["instruction"], row["output"]) for row in part] for part in (found[0], victims)]
    assert sum(new != old for new, old in zip(*said, strict=True)) >= 0.9 * len(victims)


@each
def test_a_mechanism_changes_none_of_what_it_is_given_and_takes_odd_rows(kind: Mechanism) -> None:
    odd = [
        {"id": f"o{i}", "source": "a", "instruction": question, "input": "", "output": text}
        for i, (question, text) in enumerate(
            [("?", "x"), ("", "Ja."), ("Q", "  \n"), ("Q", "木漏れ日\u2028。" * 9)]
        )
    ]
    before = json.dumps(odd)
    fitting = [row for row in odd if kind.fits(row)]
    made = kind.damage(fitting, fixed_rows(5), np.random.default_rng(0)) if fitting else []
    assert len(made) == len(fitting)
    assert json.dumps(odd) == before


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.change], ids=named)
def test_ids_and_sources_of_a_changed_answer_stay(kind: Mechanism) -> None:
    rows = fixed_rows(5)
    made = kind.damage(rows, [], np.random.default_rng(0))
    assert [{**row, "output": ""} for row in made] == [{**row, "output": ""} for row in rows]


def test_there_are_enough_kinds_in_enough_families() -> None:
    assert len(ALL) >= 50
    assert len({kind.family for kind in ALL}) >= 14
    assert len(mechanisms(TEST)) >= 25
    assert not mechanisms(TEST).keys() & mechanisms(DEVELOPMENT).keys()
    assert not {k.family for k in mechanisms(TEST).values()} & {
        k.family for k in mechanisms(DEVELOPMENT).values()
    }


def test_the_split_is_the_one_that_was_committed() -> None:
    assert json.loads(PATH.read_text()) == listing()


def test_the_digest_of_a_mechanism_tells_another_damage() -> None:
    one, other = mechanism("lower_cased"), mechanism("upper_cased")
    assert digest(one) != digest(Mechanism(one.name, one.family, one.split, other.damage, one.needs))


def test_an_unknown_mechanism_or_split_is_named() -> None:
    with pytest.raises(InvalidParameter, match="mechanism 'tea' is unknown"):
        mechanism("tea")
    with pytest.raises(InvalidParameter, match="split 'tea' is unknown"):
        mechanisms("tea")


def test_a_cut_answer_is_the_beginning_of_the_whole() -> None:
    rows = fixed_rows(20)
    for new, old in zip(mechanism("truncated").damage(rows, [], np.random.default_rng(0)), rows, strict=True):
        assert old["output"].startswith(new["output"])
        assert 0.25 < len(new["output"]) / len(old["output"]) <= 0.8


def test_no_row_keeps_its_own_answer_and_answers_stay_in_their_source() -> None:
    rows = fixed_rows(30)
    shuffled = mechanism("shuffled_answers").damage(rows, [], np.random.default_rng(0))
    own = {row["output"]: row["source"] for row in rows}
    assert sorted(row["output"] for row in shuffled) == sorted(own)
    assert all(own[row["output"]] == row["source"] for row in shuffled)
