"""Records that share enough tokens in a row have a key in common, whatever stands around these."""

import random

import numpy as np
import polars as pl

from entropy_assets.fingerprints import SHARED, Fingerprints, sorted_keys
from entropy_assets.records import SCHEMA


def framed(texts: list[str]) -> pl.DataFrame:
    rows = [{"id": f"{place:032x}", "kind": "text", "text": text} for place, text in enumerate(texts)]
    return pl.DataFrame(rows, schema=SCHEMA)


def test_a_shared_run_is_met_wherever_it_stands() -> None:
    rng = random.Random(1)
    words = [f"w{number}" for number in range(2_000)]
    for length in range(SHARED, 14):
        run = rng.sample(words, length)
        around = [rng.sample(words, rng.randrange(20)) for _ in range(40)]
        texts = [
            " ".join([*before, *run, *after]) for before, after in zip(around, around[::-1], strict=True)
        ]
        found = Fingerprints.of(framed([*texts, "nothing of it", ""]))
        alone = sorted_keys([Fingerprints.of(framed([" ".join(run).upper()])).keys])
        assert found.meet(alone).tolist() == [True] * 40 + [False] * 2


def test_keys_come_back_from_bytes_and_belong_to_their_records() -> None:
    found = Fingerprints.of(framed(["one two three four five six seven", "", "a b", "1 2 3 4 5 6"]))
    again = Fingerprints.from_bytes(found.to_bytes())
    assert np.array_equal(again.keys, found.keys)
    assert np.array_equal(again.starts, found.starts)
    assert np.diff(found.starts).tolist()[1:3] == [0, 0]
    last = found.keys_of(np.array([False, False, False, True]))
    assert found.meet(sorted_keys([last])).tolist() == [False, False, False, True]
    assert not found.meet(sorted_keys([])).any()
