"""A secret in a line of base 64 is found, and only there where what is decoded is text with a secret."""

import base64
import random

import polars as pl
import pytest

from entropy_assets.curation.screening.credentials import PREFILTER, find_secrets, secrets
from entropy_assets.curation.screening.encoded import PREFILTER as ENCODED

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3hJ5"


def in_base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


@pytest.mark.parametrize(
    "said", [f"GITHUB_TOKEN={TOKEN}", f"a: b\ntoken: {TOKEN}\nc: d", f"  {TOKEN}", f"é?{TOKEN}"[2:]]
)
@pytest.mark.parametrize("place", ["{}", "data: {}\n", "echo {} | base64 -d", '"{}"', "key={};"])
def test_a_token_in_a_line_of_base64_is_one(said: str, place: str) -> None:
    text = place.format(in_base64(said))
    (found,) = secrets(text)
    assert text[found[1] : found[2]] == in_base64(said)
    assert "base 64" in found[0]
    assert pl.Series([text]).str.contains(PREFILTER).all()
    assert [row[2] for row in find_secrets(["a"], pl.Series([text]))] == [found[0]]


def test_base64_of_anything_else_is_none() -> None:
    rng = random.Random(0)
    for said in (
        "A page about kilns, and of how hot they are. " * 4,
        bytes(rng.randbytes(200)),
        "héllo wörld " * 9,
    ):
        assert list(secrets(f"data: {in_base64(said)}")) == []


def test_hashes_and_words_are_hardly_ever_decoded() -> None:
    rng = random.Random(0)
    hashes = pl.Series([in_base64(rng.randbytes(48)) for _ in range(2000)])
    assert hashes.str.contains(ENCODED).sum() <= 2
    assert not pl.Series(["Internationalisation" * 3, "/usr/lib/" + "abc" * 20]).str.contains(ENCODED).any()


def test_texts_beside_each_other_are_searched_alike() -> None:
    letters = "hf_" + "qWeRtYuIoPaSdFgHjKlZxCvBnMqWeRtYuI"
    texts = pl.Series([letters, in_base64(f"T={TOKEN}"), "A page about kilns.", TOKEN])
    assert [row[0] for row in find_secrets(["a", "b", "c", "d"], texts)] == ["a", "b", "d"]
