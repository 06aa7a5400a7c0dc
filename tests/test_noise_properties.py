"""What holds of the share of noise for any text."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets import noise
from entropy_assets.noise import is_noise, noise_share
from tests.test_noise import BLOBS, CLEAN

ANY = st.one_of(
    st.text(st.characters(), max_size=300),
    st.lists(st.sampled_from([*CLEAN.values(), *BLOBS.values()]), max_size=4).map("\n".join),
    st.binary(max_size=300).map(lambda data: data.decode("latin-1")),
)
SENTENCES = [text for name, text in CLEAN.items() if name not in ("nothing", "blanks")]
PARTS = (
    noise.encoded_spans,
    noise.impossible_spans,
    noise.mojibake_spans,
    noise.random_letter_spans,
)


@given(ANY)
def test_the_share_is_a_fraction_and_always_the_same(text: str) -> None:
    share = noise_share(text)
    assert 0 <= share <= 1
    assert noise_share(text) == share
    assert is_noise(text) is (share >= noise.NOISE_SHARE)


@given(ANY)
def test_the_share_is_the_union_of_the_parts(text: str) -> None:
    places = {i for part in PARTS for start, end in part(text) for i in range(start, min(end, len(text)))}
    assert noise_share(text) == (len(places) / len(text) if text else 0)


@given(ANY)
def test_spans_lie_in_the_text(text: str) -> None:
    for part in PARTS:
        for start, end in part(text):
            assert 0 <= start < end
            assert start < len(text)
            assert part is noise.mojibake_spans or end <= len(text)


@given(st.sampled_from(SENTENCES), st.integers(2, 30), st.sampled_from(["", " ", "\n", "\n\n"]))
def test_repeated_text_does_not_become_noise(text: str, n: int, between: str) -> None:
    assert not is_noise(between.join([text] * n))


@given(st.permutations(SENTENCES), st.integers(1, 8))
def test_joined_texts_do_not_become_noise(texts: list[str], n: int) -> None:
    assert not is_noise("\n\n".join(texts[:n]))


@given(st.integers(0, 10_000), st.integers(2, 12), st.booleans())
def test_random_letters_are_noise_whatever_their_words(seed: int, n_a_word: int, in_capitals: bool) -> None:
    letters = "".join(map(chr, np.random.default_rng(seed).integers(97, 123, 600)))
    words = " ".join(letters[i : i + n_a_word] for i in range(0, 600, n_a_word))
    assert is_noise(words.upper() if in_capitals else words)


@given(st.sampled_from(sorted(BLOBS)), st.integers(2, 5))
def test_a_repeated_blob_stays_noise(name: str, n: int) -> None:
    assert is_noise("\n".join([BLOBS[name]] * n))
