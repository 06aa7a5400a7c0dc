"""Numbers of promoted records stand at their places."""

import numpy as np
import pytest

from entropy_assets.candidate.record_values import _placed
from entropy_assets.errors import InvalidParameter


def test_values_stand_at_the_places_of_their_records() -> None:
    found = _placed(["c", "a"], np.array([3.0, 1.0]), ["a", "b", "c"])
    assert found.tolist() == pytest.approx([1.0, np.nan, 3.0], nan_ok=True)
    assert np.isnan(_placed([], np.array([]), ["a", "b"])).all()
    assert len(_placed([], np.array([]), [])) == 0


def test_a_value_of_no_promoted_record_is_an_error() -> None:
    with pytest.raises(InvalidParameter, match="id d is not among the 3"):
        _placed(["d"], np.array([1.0]), ["a", "b", "c"])
