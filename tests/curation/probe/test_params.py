import pytest

from entropy_assets.curation.probe import ProbeParams
from entropy_assets.errors import InvalidParameter


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"depth": 0}, "depth must be a whole number from 1 to 16, got 0"),
        ({"depth": True}, "depth must be a whole number from 1 to 16, got True"),
        ({"context_bytes": 7}, "context_bytes must be a whole number from 8 to 4096, got 7"),
        ({"batch_size": 2.0}, "batch_size must be a whole number from 1 to 4096, got 2.0"),
        ({"budget_bytes": 0}, "budget_bytes must be a whole number from 1 to"),
        ({"learning_rate": 0.0}, "learning_rate must be a finite number above 0, or None, got 0.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number above 0, or None, got nan"),
        ({"warmup_share": 1.1}, "warmup_share must be a number from 0 to 1, got 1.1"),
        ({"max_ngram": 9}, "max_ngram must be a whole number from 1 to 8, got 9"),
        ({"ngram_rows": 15}, "ngram_rows must be a whole number from 16 to 1048576, got 15"),
        ({"max_record_bytes": 0}, "max_record_bytes must be a whole number from 1 to"),
        ({"device": "tpu"}, "device must be one of auto, cpu, cuda, got 'tpu'"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_is_allowed(settings, message):
    with pytest.raises(InvalidParameter) as caught:
        ProbeParams(**settings)
    assert message in str(caught.value)


def test_all_wrong_values_are_named_at_once():
    with pytest.raises(InvalidParameter, match=r"depth must .*; batch_size must .*; device must "):
        ProbeParams(depth=0, batch_size=0, device="?")


def test_width_heads_and_rate_follow_from_depth():
    shallow, deep = ProbeParams(depth=1), ProbeParams(depth=3)
    assert (shallow.width, shallow.n_heads, shallow.base_rate) == (64, 1, 0.006)
    assert (deep.width, deep.n_heads) == (192, 3)
    assert deep.base_rate == pytest.approx(0.002)
