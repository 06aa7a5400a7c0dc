"""Tokens: what counts as one, and that a hash never depends on its neighbours or on the way it is stored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.dedup import tokens
from entropy_assets.curation.dedup.tokens import (
    Tokens,
    cuts,
    flatten,
    normalise,
    shingle,
    tokenise,
)


def tokens_of(*several: str) -> Tokens:
    return tokenise([text.encode() for text in several])


texts = st.lists(st.text(alphabet="ab7 .,_é你好สวัス\u3000-", max_size=20), max_size=6)


@pytest.mark.parametrize(
    ("text", "n_tokens"),
    [
        ("", 0),
        (" \n\t", 0),
        ("...", 0),
        ("a cat, sat.", 3),
        ("don't", 2),
        ("3.50", 2),
        ("größe naïve", 2),
        ("你好", 2),
        ("これは本です", 6),
        ("สวัสดี", 6),
        ("안녕 하세요", 2),
        ("用 python 写", 3),
        ("你好，世界。", 4),
        ("“quoted” — text…", 2),
        ("a\u00a0b", 2),
    ],
)
def test_what_is_a_token(text: str, n_tokens: int) -> None:
    assert tokens_of(text).counts.tolist() == [n_tokens]


@given(texts)
def test_a_text_has_the_same_tokens_alone_and_among_others(several: list[str]) -> None:
    together = tokens_of(*several)
    assert together.starts[-1] == len(together.hashes)
    for place, text in enumerate(several):
        alone = tokens_of(text)
        mine = together.hashes[together.starts[place] : together.starts[place + 1]]
        assert mine.tolist() == alone.hashes.tolist()


def test_ascii_hashes_are_the_same_beside_other_scripts() -> None:
    assert tokens_of("the cat").hashes.tolist() == tokens_of("the cat", "你").hashes[:2].tolist()


def test_hashes_stay_the_same_for_ever() -> None:
    """Stored signatures depend on these: a change needs a new `tokens.VERSION`."""
    hashes = [8685989596267980918, 18398537373731371257, 15852652296183787060]
    assert tokens_of("cat 42 好").hashes.tolist() == hashes


@given(texts, st.integers(1, 4))
def test_shingles_by_hand(several: list[str], n: int) -> None:
    tokens = tokens_of(*several)
    made = shingle(tokens, n)
    assert made.counts.tolist() == [max(0, count - n + 1) for count in tokens.counts]
    runs = [
        tuple(tokens.hashes[start : start + n].tolist())
        for first, count in zip(tokens.starts, tokens.counts, strict=False)
        for start in range(first, first + max(0, count - n + 1))
    ]
    assert len(set(runs)) == len(set(made.hashes.tolist()))


def test_the_order_of_tokens_matters() -> None:
    one, other = (shingle(tokens_of(text), 3).hashes for text in ("a b c", "c b a"))
    assert one != other


@given(texts, st.integers(1, 30))
def test_cuts_hold_every_text_once(several: list[str], n_chars: int) -> None:
    pieces = cuts(several, n_chars)
    assert sorted(np.concatenate([[], *pieces]).tolist()) == list(range(len(several)))
    for places in pieces:
        assert len(places) == 1 or sum(len(several[place]) for place in places) <= n_chars
        assert len({several[place].isascii() for place in places}) == 1


@pytest.mark.parametrize(
    ("text", "normal"), [("A\u00a0 B\n", "a b"), ("e\u0301", "é"), ("ＡＢ", "ａｂ"), ("x²", "x²")]
)
def test_normalise(text: str, normal: str) -> None:
    assert normalise(text) == normal


@given(st.lists(st.text(alphabet="aB7 \t\n\x1c.é\u0301\u3000", max_size=12), max_size=6))
def test_flat_texts_are_normalised_like_each_alone(several: list[str]) -> None:
    flat = flatten([text.encode() for text in several])
    cut = [flat.points[start:end].tolist() for start, end in zip(flat.starts, flat.ends, strict=True)]
    assert ["".join(map(chr, points)) for points in cut] == [normalise(text) for text in several]


@given(st.lists(st.text(st.characters(max_codepoint=127), max_size=12), max_size=6))
def test_flat_ascii_texts_are_normalised_like_each_alone(several: list[str]) -> None:
    flat = flatten([text.encode() for text in several])
    assert flat.points.itemsize == 1
    cut = [flat.points[start:end].tobytes() for start, end in zip(flat.starts, flat.ends, strict=True)]
    assert cut == [normalise(text).encode() for text in several]


def test_tokens_that_were_made_in_pieces_are_taken_in_any_order() -> None:
    texts = [b"the cat", b"", "你好 2".encode(), b"sat on a mat", b"the"]
    pieces = [np.array([3, 0]), np.array([4, 1, 2])]
    made = [tokens.cut(tokens.flatten([texts[place] for place in places])) for places in pieces]
    scattered = tokens.joined([tokens.scattered(pieces, made, len(texts)), tokens.scattered([], [], 0)])
    for places in ([0, 1, 2, 3, 4], [4, 2, 2, 0], []):
        taken = scattered.take(np.array(places, np.int64))
        expected = tokens.tokenise([texts[place] for place in places])
        assert (taken.hashes.tolist(), taken.starts.tolist()) == (
            expected.hashes.tolist(),
            expected.starts.tolist(),
        )
    both = tokens.behind(tokens.tokenise(texts[:2]), tokens.tokenise(texts[2:]))
    assert both.starts.tolist() == tokens.tokenise(texts).starts.tolist()
    assert both.hashes.tolist() == tokens.tokenise(texts).hashes.tolist()


def test_shingles_stay_what_stored_signatures_were_made_of() -> None:
    """Other hashes need another `VERSION`: signatures in a stored index would no longer be found."""
    several = [
        "the cat sat on the mat",
        "用 python 写 3 lines, größe",
        "",
        "two words",
        "the cat sat on the mat again",
    ]
    shingles = shingle(tokens_of(*several), 5)
    assert tokens.VERSION == 1
    assert shingles.starts.tolist() == [0, 2, 4, 4, 4, 7]
    the_cat_sat = [8444103518172418654, 10920769558504700073]
    chinese = [9383443805919159067, 1000427488886184077]
    assert shingles.hashes.tolist() == [*the_cat_sat, *chinese, *the_cat_sat, 8509981272796700421]
