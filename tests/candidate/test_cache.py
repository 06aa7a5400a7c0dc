"""Kept results: found by their parts, proved by their digest, collected when unused or out of date."""

import os
import time
from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.candidate import cache as caching
from entropy_assets.candidate.cache import KEPT_DAYS, Cache

KIND = "splits"


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(UPath(tmp_path / "work"))


def test_result_is_made_once_for_the_same_parts(cache: Cache) -> None:
    made = []

    def compute() -> bytes:
        made.append(1)
        return b"result"

    assert [cache.remember(KIND, {"a": 1}, compute) for _ in range(3)] == [b"result"] * 3
    assert cache.remember(KIND, {"a": 2}, compute) == b"result"
    assert len(made) == 2


@pytest.mark.parametrize("damage", [b"", b"x", b"0" * 64, b"0" * 64 + b"other", None])
def test_damaged_result_is_made_again(cache: Cache, damage: bytes | None) -> None:
    cache.remember(KIND, {"a": 1}, lambda: b"right")
    path = Path(str(cache.path(KIND, {"a": 1})))
    path.write_bytes(path.read_bytes()[:-1] + b"X" if damage is None else damage)
    assert cache.get(KIND, {"a": 1}) is None
    assert cache.remember(KIND, {"a": 1}, lambda: b"right") == b"right"
    assert cache.get(KIND, {"a": 1}) == b"right"


def test_result_of_other_code_is_not_found(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.remember(KIND, {"a": 1}, lambda: b"old")
    monkeypatch.setitem(caching.VERSIONS, KIND, caching.VERSIONS[KIND] + 1)
    assert cache.get(KIND, {"a": 1}) is None
    assert cache.remember(KIND, {"a": 1}, lambda: b"new") == b"new"
    assert cache.collect() == 1
    assert cache.get(KIND, {"a": 1}) == b"new"


def test_unused_results_are_collected_and_used_ones_stay(cache: Cache) -> None:
    for number in (1, 2):
        cache.remember(KIND, {"a": number}, lambda: b"result")
        path = str(cache.path(KIND, {"a": number}))
        old = time.time() - (KEPT_DAYS + 1) * 86400
        os.utime(path, (old, old))
    cache.remember(KIND, {"a": 1}, lambda: b"other")
    assert cache.collect() == 1
    assert cache.get(KIND, {"a": 1}) == b"result"
    assert cache.get(KIND, {"a": 2}) is None


def test_unknown_kind_has_no_place(cache: Cache) -> None:
    with pytest.raises(KeyError):
        cache.path("anything", {})
