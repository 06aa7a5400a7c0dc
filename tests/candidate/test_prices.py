"""Prices of records alone are found once a drop."""

from pathlib import Path

import numpy as np
import pytest
from upath import UPath

from entropy_assets.candidate import prices as pricing
from entropy_assets.candidate.cache import Cache
from entropy_assets.candidate.prices import kept_prices
from entropy_assets.curation.selection import priced_alone
from entropy_assets.settings import SelectionSettings

TEXTS = [f"record {i} says something else {i * i}".encode() for i in range(30)]
DROPS = ["b", "a", "b"] * 10


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(UPath(tmp_path / "work"))


@pytest.fixture
def priced(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Texts that were priced, and not found."""
    texts: list[bytes] = []
    monkeypatch.setattr(
        pricing, "priced_alone", lambda own, *rest: texts.extend(own) or priced_alone(own, *rest)
    )
    return texts


def found(cache: Cache, places: list[int], settings: SelectionSettings | None = None) -> list[int]:
    texts = [TEXTS[place] for place in places]
    drops = np.array(DROPS)[places]
    of_drop = {name: np.flatnonzero(drops == name) for name in sorted(set(DROPS))}
    made = kept_prices(cache, of_drop, texts, settings or SelectionSettings(), 2)
    assert not made.knows_keep.any()
    return made.added.tolist()


def test_only_records_that_no_table_holds_are_priced(cache: Cache, priced: list[bytes]) -> None:
    right = priced_alone(TEXTS)
    assert found(cache, [*range(20)]) == right[:20].tolist()
    assert len(priced) == 20
    assert found(cache, [*range(25)]) == right[:25].tolist()
    assert sorted(priced[20:]) == sorted(TEXTS[20:25])
    del priced[:]
    assert found(cache, [3, 1, 7]) == right[[3, 1, 7]].tolist()
    assert found(cache, [*range(25)]) == right[:25].tolist()
    assert priced == []
    assert found(cache, []) == []


def test_another_codec_or_form_has_tables_of_its_own(cache: Cache, priced: list[bytes]) -> None:
    found(cache, [0, 1])
    zlib = SelectionSettings(codec="zlib")
    assert found(cache, [0, 1], zlib) == priced_alone(TEXTS[:2], "zlib").tolist()
    found(cache, [0, 1], SelectionSettings(with_rejected=True))
    assert len(priced) == 6


def test_a_damaged_table_is_made_again(cache: Cache) -> None:
    right = found(cache, [*range(30)])
    for path in Path(str(cache.folder)).rglob("*.bin"):
        path.write_bytes(path.read_bytes()[:-1] + b"X")
    assert found(cache, [*range(30)]) == right
    assert np.array_equal(right, priced_alone(TEXTS))
