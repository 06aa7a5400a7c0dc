"""Texts that live in a file read like a list of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.texts import StoredTexts, parts_of, sizes_of, taken


@given(st.lists(st.binary(max_size=30), max_size=12))
def test_stored_texts_are_the_list(tmp_path_factory: pytest.TempPathFactory, texts: list[bytes]) -> None:
    stored = StoredTexts.write(tmp_path_factory.mktemp("texts") / "texts.bin", iter(texts))
    assert list(stored) == texts
    assert stored[1:] == texts[1:]
    assert sizes_of(stored).tolist() == sizes_of(texts).tolist() == [len(text) for text in texts]
    for place in range(-len(texts), len(texts)):
        assert stored[place] == texts[place]


def test_a_place_outside_is_an_index_error(tmp_path: Path) -> None:
    stored = StoredTexts.write(tmp_path / "texts.bin", [b"a"])
    for place in (1, -2):
        with pytest.raises(IndexError, match=f"text {place} of 1"):
            stored[place]


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="the system does not tell what is mapped")
def test_what_was_read_does_not_stay_in_memory(tmp_path: Path) -> None:
    stored = StoredTexts.write(tmp_path / "texts.bin", [b"a" * 10_000] * 50)
    assert stored[7] == stored.at(np.array([7]))[0] == b"a" * 10_000
    assert str(tmp_path / "texts.bin") not in Path("/proc/self/maps").read_text()


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "texts.bin").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        StoredTexts.write(tmp_path / "texts.bin", [b"a"])
    assert (tmp_path / "texts.bin").read_bytes() == b"mine"


def test_views_of_stored_texts_read_what_lists_hold(tmp_path: Path) -> None:
    texts = [b"alpha", b"", b"gamma delta", b"x"]
    stored = StoredTexts.nameless(tmp_path, iter(texts))
    assert list(tmp_path.iterdir()) == []
    places = np.array([2, 0, 2])
    first, sizes = np.array([1, 0, 6]), np.array([3, 5, 5])
    for own in (texts, stored):
        picked = taken(own, places)
        assert list(picked) == [b"gamma delta", b"alpha", b"gamma delta"]
        assert sizes_of(picked).tolist() == [11, 5, 11]
        assert list(parts_of(picked, first, sizes)) == [b"amm", b"alpha", b"delta"]
    view = stored.at(places).cut(first, sizes)
    assert (view[1:], view[-1], view.read(np.array([1, 0]))) == (
        [b"alpha", b"delta"],
        b"delta",
        [b"alpha", b"amm"],
    )
    del stored
    assert view[0] == b"amm"
    assert list(StoredTexts.nameless(None, [])) == []
