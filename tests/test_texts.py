"""Texts that live in a mapped file read like a list of them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.texts import StoredTexts, sizes_of


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


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "texts.bin").write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        StoredTexts.write(tmp_path / "texts.bin", [b"a"])
    assert (tmp_path / "texts.bin").read_bytes() == b"mine"
