"""Ids in a column are those of a list: at places, found, and digested."""

from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets import ids as module
from entropy_assets.errors import InvalidParameter
from entropy_assets.ids import Ids, column_of, digest_of, digest_of_columns, ids_at, places_of
from entropy_assets.storage import digest_value

NAMES = st.lists(st.text(max_size=4), unique=True, max_size=12)


def ids_of(names: list[str]) -> Ids:
    return Ids(pl.Series(names, dtype=pl.String))


@given(NAMES, st.integers(1, 5))
def test_a_column_is_a_list_of_its_ids(names: list[str], piece_rows: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIECE_ROWS", piece_rows)
        made = ids_of(names)
        assert list(made) == names
        assert made == names
        assert made != [*names, "more"]
        assert made != "".join(names)
        assert [made[place] for place in range(len(names))] == names
        assert made[1:3] == names[1:3]
        assert digest_of(made) == digest_of(names) == digest_value(names)
        assert digest_of_columns([made.column, made.column]) == digest_value([names, names])


def test_no_column_has_the_digest_of_an_empty_list() -> None:
    assert digest_of_columns([]) == digest_value([])
    assert digest_of([]) == digest_value([])


@given(NAMES, st.randoms(use_true_random=False))
def test_places_lead_back_to_the_ids(names: list[str], random: Random) -> None:
    wanted = random.choices(names, k=7) if names else []
    for known in (names, sorted(names), ids_of(names), ids_of(sorted(names))):
        places = places_of(wanted, known)
        assert places.dtype == np.int64
        assert ids_at(known, places) == wanted
        assert places_of(pl.Series(wanted, dtype=pl.String), known).tolist() == places.tolist()


@pytest.mark.parametrize("known", [[], ["a"], ["a", "c"], ["c", "a", "z"]])
def test_an_id_that_is_not_there_is_named(known: list[str]) -> None:
    with pytest.raises(InvalidParameter, match=rf"id b is not among the {len(known)} that are known"):
        places_of([*known, "b"], ids_of(known))


def test_a_list_stays_a_list_and_a_column_a_column() -> None:
    assert ids_at(["a", "b"], np.array([1])) == ["b"]
    made = ids_at(ids_of(["a", "b"]), np.array([1, 0, 1]))
    assert isinstance(made, Ids)
    assert column_of(made).to_list() == ["b", "a", "b"]
    assert column_of(["a"]).to_list() == ["a"]
